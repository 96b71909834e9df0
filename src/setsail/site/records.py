"""A site as rows for tables and JSON: what was imported, and what stands on each floor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from setsail.base.record import Record
from setsail.site.functions import Counted, functions
from setsail.site.model import Floor, Room, Site

DECIMALS = 3
"""Areas are told to the square decimetre: what lies beyond is the sum's own rounding."""


def imported_record(site: Site) -> Record:
    """What an import found: counts, areas, floors, functions, walls, and everything inferred or refused.

    `area_indoor_m2` counts all rooms of the building's floors, without roofs, plant on the roof and grounds; rooms of
    the floors that lie outdoors, such as a loading dock, are in it as the source has them, and named in `outdoors`.
    """
    rooms = list(site.rooms())
    inside = counted(rooms, "floor")
    walls = [wall for floor in site.floors for wall in floor.walls]
    openings = [opening for floor in site.floors for opening in floor.openings]
    unmapped = [room for room in rooms if not room.function]
    return {
        "site": site.site,
        "name": site.name,
        "kind": site.kind,
        "spaces": len(rooms),
        "area_total_m2": area_m2(rooms),
        "spaces_indoor": len(inside),
        "area_indoor_m2": area_m2(inside),
        "outdoors": [{"room": r.room, "name": r.name, "area_m2": r.area_m2} for r in inside if not r.indoor],
        "floors": [floor_record(floor) for floor in site.floors],
        "functions": {
            "mapped": len(rooms) - len(unmapped),
            "unmapped": [{"room": r.room, "words": r.function_given} for r in unmapped],
            "rooms": dict(sorted(Counter(r.function for r in rooms if r.function).items())),
        },
        "walls": dict(sorted(Counter(w.origin for w in walls).items())) | {"all": len(walls)},
        "openings": dict(sorted(Counter(f"{o.kind} {o.origin}" for o in openings).items())) | {"all": len(openings)},
        "needs": len(site.needs),
        "inferred": [asdict(told) for told in site.inferred],
        "refused": [asdict(told) for told in site.refused],
    }


def counted(rooms: Iterable[Room], wanted: Counted) -> list[Room]:
    """The rooms whose area counts with the floors, the roofs or the grounds."""
    return [room for room in rooms if counted_with(room) == wanted]


def counted_with(room: Room) -> Counted:
    """Where the area of a room counts; that of one without a known function with the floors."""
    known = functions().get(room.function)
    return known.counted if known else "floor"


def through(site: Site, floor: Floor) -> list[Room]:
    """Rooms of lower floors that reach a floor, such as a lift."""
    reaching = {f.floor for f in site.floors if f.level >= floor.level}
    return [room for f in site.floors if f.level < floor.level for room in f.rooms if room.to_floor in reaching]


def area_m2(rooms: Sequence[Room]) -> float:
    """Sum of the areas of rooms [m2]."""
    return round(math.fsum(room.area_m2 for room in rooms), DECIMALS)


def floor_record(floor: Floor) -> Record:
    """One floor in numbers."""
    shown = Counter(room.function or "(none)" for room in floor.rooms)
    return {
        "floor": floor.floor,
        "name": floor.name,
        "level": floor.level,
        "elevation_m": floor.elevation_m,
        "height_m": floor.height_m,
        "rooms": len(floor.rooms),
        "area_m2": area_m2(floor.rooms),
        "area_indoor_m2": area_m2([room for room in floor.rooms if room.indoor]),
        "walls": len(floor.walls),
        "openings": len(floor.openings),
        "functions": dict(shown.most_common()),
    }


def shown_record(site: Site, floors: Sequence[Floor]) -> Record:
    """A site with the chosen floors, each with its rooms."""
    return {
        "site": site.site,
        "name": site.name,
        "kind": site.kind,
        "synthetic": site.synthetic,
        "source": site.source,
        "licensed_bands": list(site.licensed_bands),
        "needs": len(site.needs),
        "floors": [
            floor_record(f) | {"room_list": [_room(r) for r in f.rooms], "wall_classes": _classes(f)} for f in floors
        ],
    }


def _room(room: Room) -> Record:
    return {
        "room": room.room, "name": room.name, "function": room.function, "area_m2": room.area_m2,
        "height_m": room.height_m, "indoor": room.indoor, "critical": room.critical, "shielded": room.shielded,
    }  # fmt: skip


def _classes(floor: Floor) -> dict[str, float]:
    """Metres of wall of each class."""
    found: dict[str, float] = {}
    for wall in floor.walls:
        found[wall.wall_class] = found.get(wall.wall_class, 0.0) + math.dist(wall.start, wall.end)
    return {name: round(length, 1) for name, length in sorted(found.items())}
