"""Whether a network and a site speak of the same floors, rooms and bands."""

from __future__ import annotations

from setsail.base.errors import BadInput, UnknownName
from setsail.design.network.model import Network
from setsail.site.model import Site
from setsail.standards.radio import bands

SHOWN = 8
"""Names told in an error."""


def require_fits(network: Network, site: Site, where: str) -> None:
    """Raises UnknownName for a floor or room that the site lacks, BadInput for a band that its licence lacks."""
    require_places(network, site, where)
    for carrier in network.carriers:
        require_licensed(carrier.band, site, f"{where} carrier {carrier.carrier}")


def require_places(network: Network, site: Site, where: str) -> None:
    """Raises UnknownName for a floor, a room, or a licensed band of `site.toml` that nothing carries."""
    for name in site.licensed_bands:
        if name not in bands():
            raise UnknownName(f"names {name!r}", where=f"{where}/site.toml licensed_bands",
                              allowed="NR bands", hint="setsail radio bands")  # fmt: skip
    floors = {floor.floor for floor in site.floors}
    rooms = {room.room for room in site.rooms()}
    for head in network.heads:
        if head.floor not in floors:
            raise UnknownName(f"stands on floor {head.floor!r}", where=f"{where} head {head.head}",
                              allowed=_some(floors))  # fmt: skip
    for flow in network.flows:
        if flow.room not in rooms:
            raise UnknownName(f"is in room {flow.room!r}", where=f"{where} flow {flow.flow}", allowed=_some(rooms),
                              hint="the names of rooms are in floors/*.geojson")  # fmt: skip


def require_licensed(band: str, site: Site, where: str) -> None:
    """Raises BadInput where the site states its licensed bands and this is none of them."""
    if site.licensed_bands and band not in site.licensed_bands:
        raise BadInput(f"uses {band}, which the licence of the site does not hold", where=where,
                       allowed=", ".join(site.licensed_bands), hint="licensed_bands in site.toml")  # fmt: skip


def _some(names: set[str]) -> str:
    first = sorted(names)[:SHOWN]
    return ", ".join(first) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
