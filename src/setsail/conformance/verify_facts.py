"""The facts of a design, gathered from every room that states them; and the judgement of a site's folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from setsail.conformance.findings import Judged
from setsail.conformance.profile import Profile, Stage
from setsail.conformance.verify import verify
from setsail.design import bill
from setsail.design.assess import radio, service, structure
from setsail.design.assess.facts import Fact
from setsail.design.indoor.maps import RadioMaps
from setsail.design.indoor.maps import maps as make_maps
from setsail.design.network import folder as network_folder
from setsail.design.network.fits import require_places
from setsail.design.network.model import Network
from setsail.site import folder as site_folder
from setsail.site.model import Site


class Assessed(NamedTuple):
    """A site with its network, its maps, its facts, and what a profile says of them."""

    site: Site
    network: Network
    maps: RadioMaps
    facts: tuple[Fact, ...]
    judged: Judged


def gather(site: Site, network: Network, maps: RadioMaps | None = None) -> tuple[Fact, ...]:
    """Every fact of the design: its structure, its radio (from `maps`, made where None), its service with the bill.

    Raises what the studies raise.
    """
    made = make_maps(site, network) if maps is None else maps
    return (
        *structure.facts(site, network),
        *radio.facts(site, network, made),
        *service.facts(site, network),
    )


def assess(path: Path, profile: Profile, stage: Stage = "design", *, before: Judged | None = None) -> Assessed:
    """The folder of a site read, its facts stated and judged. Raises BadInput for a folder that cannot be read."""
    site, network = site_folder.read(path), network_folder.read(path)
    require_places(network, site, str(path))
    maps = make_maps(site, network)
    facts = gather(site, network, maps)
    return Assessed(site, network, maps, facts, verify(site, network, profile, facts, stage, before=before))


def moved(before: Assessed, head: str, x_m: float, y_m: float) -> Assessed:
    """The judgement with one head at another place: its maps, its facts, and the checks that these touch.

    Flows, shares and links stay as they are, and so do their facts. Raises UnknownName.
    """
    maps = before.maps.moved(head, x_m, y_m)
    site, network = before.site, maps.network
    kept = (f for f in before.facts if f.key.startswith("service."))
    facts = (
        *structure.facts(site, network),
        *radio.facts(site, network, maps),
        *kept,
        *bill.facts(bill.bill(site, network), site),
    )
    judged = verify(site, network, before.judged.profile, facts, before.judged.stage, before=before.judged)
    return Assessed(site, network, maps, facts, judged)
