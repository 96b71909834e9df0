"""A design changed by hand: its maps and its judgement, of which only what the change touches is made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.conformance.verify import verify
from setsail.conformance.verify_facts import Assessed, gather
from setsail.design import bill
from setsail.design.assess import radio, structure
from setsail.design.assess.facts import Fact
from setsail.design.indoor.maps import RadioMaps
from setsail.design.indoor.maps import maps as make_maps
from setsail.design.indoor.raster import extent
from setsail.design.network.model import Head, Network
from setsail.site.check import check, check_heads
from setsail.site.model import Floor, Site
from setsail.site.pieces import faults

MOST_VALUES = 150_000_000
"""Of all planes of an edit together: pixels x heads x floors; 600 MB."""
BEARABLE = frozenset({"rooms-overlap"})
"""Defects that come and go while rooms are moved; the check of the site tells them."""


def edited(before: Assessed, heads: Sequence[Head], floors: Mapping[str, Floor]) -> Assessed:
    """The judgement with other heads, and other drawings of some floors. Nothing is written.

    heads : all of them;  floors : the changed ones by id. Where heads only move, only their planes are made again;
    flows, shares and links stay as they are; needs and flows of rooms that are gone go with them.
    Raises BadInput, OutOfRange, UnknownName.
    """
    site = _site(before.site, floors)
    network = _network(before.network, site, heads)
    _require_bounded(site, network, before.maps.options.resolution_m)
    maps = _maps(before, site, network)
    facts = gather(site, network, maps) if floors else _restated(before, site, network, maps)
    judged = verify(site, network, before.judged.profile, facts, before.judged.stage, before=before.judged)
    return Assessed(site, network, maps, facts, judged)


def _site(site: Site, floors: Mapping[str, Floor]) -> Site:
    strange = set(floors) - {f.floor for f in site.floors}
    if strange:
        raise UnknownName(f"is {sorted(strange)[0]!r}", where="floor", allowed=", ".join(f.floor for f in site.floors))
    for floor in floors.values():
        for fault in faults(floor):
            raise BadInput(fault.what, where=fault.subject, allowed=fault.reason)
        for room in floor.rooms:
            if len(room.outline) < 3:
                raise BadInput("has no outline", where=f"room {room.room}", allowed="three corners or more")
    if not floors:
        return site
    made = replace(site, floors=tuple(floors.get(f.floor, f) for f in site.floors))
    ids = Counter(room.room for room in made.rooms())
    twice = [room for room, count in ids.items() if count > 1]
    if twice:
        raise BadInput("is there twice", where=f"room {twice[0]}", allowed="one room of an id in a site")
    gone = {room.room for room in site.rooms()} - set(ids)
    made = replace(made, needs=tuple(need for need in made.needs if need.room not in gone))
    _require_sound(site, made)
    return made


def _require_sound(before: Site, after: Site) -> None:
    """Raises BadInput for a defect that the edit brings."""
    known = {(f.code, f.where) for f in check(before)}
    for found in check(after):
        if found.grade == "defect" and found.code not in BEARABLE and (found.code, found.where) not in known:
            raise BadInput(found.what, where=found.where, hint=found.hint)


def _require_bounded(site: Site, network: Network, resolution_m: float) -> None:
    """Raises OutOfRange where the maps of the edit would take too much memory."""
    floors = [f for f in site.floors if any(r.indoor for r in f.rooms)]
    west, south, east, north = extent(floors, 0.0)
    values = (east - west) * (north - south) / resolution_m**2 * len(network.heads) * len(floors)
    if values > MOST_VALUES:
        raise OutOfRange(f"takes {values:,.0f} values", where="maps of the edit", allowed=f"at most {MOST_VALUES:,}",
                         hint="a smaller building, or fewer heads")  # fmt: skip


def _network(network: Network, site: Site, heads: Sequence[Head]) -> Network:
    if not heads:
        raise BadInput("has no head", where="network", allowed="at least one")
    for fault in check_heads(site, [(h.head, h.floor, h.x_m, h.y_m) for h in heads]):
        where = fault.where.removeprefix("heads.csv (").removesuffix(")")
        raise BadInput(fault.what, where=where, allowed=fault.hint, hint="undo, or move it back")
    rooms = {room.room for room in site.rooms()}
    flows = tuple(flow for flow in network.flows if not flow.room or flow.room in rooms)
    kept = network.flows if len(flows) == len(network.flows) else flows
    return replace(network, heads=tuple(heads), flows=kept)


def _maps(before: Assessed, site: Site, network: Network) -> RadioMaps:
    """The maps, by moves of single heads where the same heads stand on the same floors."""
    old = before.network.heads
    same = [(h.head, h.floor) for h in old] == [(h.head, h.floor) for h in network.heads]
    if site is before.site and same:
        maps = before.maps
        for index, (was, head) in enumerate(zip(old, network.heads, strict=True)):
            maps = maps if was == head else maps.with_head(index, head)
        return replace(maps, network=network)
    known = tuple(f.scene for f in before.maps.floors) if site is before.site else ()
    return make_maps(site, network, before.maps.options, known=known)


def _restated(before: Assessed, site: Site, network: Network, maps: RadioMaps) -> tuple[Fact, ...]:
    """Every fact; those of flows as they were, for no flow has changed."""
    kept = (f for f in before.facts if f.key.startswith("service."))
    return (
        *structure.facts(site, network), *radio.facts(site, network, maps), *kept,
        *bill.facts(bill.bill(site, network), site),
    )  # fmt: skip
