"""The facts of a design, gathered from every room that states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setsail.design.assess.facts import Fact
from setsail.design.network.model import Network
from setsail.site.model import Site

if TYPE_CHECKING:
    from setsail.design.indoor.maps import RadioMaps


def gather(site: Site, network: Network, maps: RadioMaps | None = None) -> tuple[Fact, ...]:
    """Every fact of the design: its structure, its radio (from `maps`, made where None), its service.

    Raises what the studies raise.
    """
    from setsail.design.assess import radio, service, structure
    from setsail.design.indoor.maps import maps as make_maps

    made = make_maps(site, network) if maps is None else maps
    return (*structure.facts(site, network), *radio.facts(site, network, made), *service.facts(site, network))
