"""A network is judged only on the site that it speaks of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.design.network.fits import require_fits, require_places
from setsail.design.network.model import Carrier, Flow, Head, Network
from setsail.site.model import Floor, Room, Site

ROOM = Room("R1", "Ward", "F1", "ward", ((0.0, 0.0), (5.0, 0.0), (5.0, 4.0), (0.0, 4.0)), 20.0)
SITE = Site("s", "Invented", "hospital", (Floor("F1", "First", 0, 0.0, 3.0, (ROOM,)),), licensed_bands=("n78",))
CARRIER = Carrier("c", "n78", 3.5e9, 100e6, 30e3)
HEAD = Head("H1", "F1", 1.0, 1.0, 2.8, "C1", 24.0, 4)
FLOW = Flow("f", "R1", "APP-131", 1, 1.0, 2, "s1")
NETWORK = Network("s", (CARRIER,), (), (HEAD,), flows=(FLOW,))


def test_network_of_the_site_fits() -> None:
    require_fits(NETWORK, SITE, "x")


@pytest.mark.parametrize(
    ("network", "site", "told"),
    [
        (replace(NETWORK, heads=(replace(HEAD, floor="F9"),)), SITE, "x head H1: stands on floor 'F9'; allowed: F1"),
        (replace(NETWORK, flows=(replace(FLOW, room="77777"),)), SITE, "x flow f: is in room '77777'; allowed: R1"),
        (NETWORK, replace(SITE, licensed_bands=("n999",)), "x/site.toml licensed_bands: names 'n999'"),
    ],
)
def test_place_that_is_not_there_is_named(network: Network, site: Site, told: str) -> None:
    with pytest.raises(UnknownName, match=told.replace("(", r"\(")):
        require_places(network, site, "x")


def test_band_outside_the_licence_is_refused_by_an_import_and_judged_by_a_check() -> None:
    unlicensed = replace(NETWORK, carriers=(replace(CARRIER, band="n41"),))
    require_places(unlicensed, SITE, "x")
    with pytest.raises(BadInput, match="which the licence of the site does not hold"):
        require_fits(unlicensed, SITE, "x")
