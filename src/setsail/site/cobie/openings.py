"""Doors and windows of a COBie workbook: components with a place, set into the walls that were derived."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import shapely

from setsail.site import geometry
from setsail.site.cobie.book import Line
from setsail.site.cobie.rooms import Box
from setsail.site.functions import functions
from setsail.site.model import Floor, Opening, Point, Room, Site, Wall
from setsail.site.notes import Notes
from setsail.site.records import through
from setsail.site.runs import runs

KINDS: Mapping[str, Literal["door", "window"]] = {"ifcdoor": "door", "ifcwindow": "window"}
WITHIN_M = 0.4
"""An opening belongs to the nearest wall along its line, at most this far from it: walls run midway between boxes."""
LEAST_M = 0.3
OPEN_GROUPS = frozenset({"circulation", "public", "vertical"})


@dataclass(frozen=True, slots=True)
class Given:
    """A door or window of the workbook: middle, direction along its wall (x or y), width [m], and its rooms."""

    name: str
    kind: Literal["door", "window"]
    at: tuple[float, float, float]
    along_x: bool
    width_m: float
    rooms: tuple[str, ...]
    lead: bool


def given(
    components: Sequence[Line],
    attributes: Sequence[Line],
    coordinates: Sequence[Line],
    found: Mapping[str, Box],
    notes: Notes,
) -> list[Given]:
    """The doors and windows that have a place; those without one are noted.

    coordinates : lines of the Coordinate sheet, whose point rows hold the rotation;  found : boxes of components [m].
    """
    lead = {
        a.text("RowName")
        for a in attributes
        if a.text("SheetName") == "Component" and a.text("Name") == "Shielded" and "lead" in a.text("Value").casefold()
    }
    turned = {
        c.text("RowName"): c.number_of("ClockwiseRotation") or 0.0
        for c in coordinates
        if c.text("SheetName") == "Component" and c.text("Category") == "point"
    }
    placed, without = [], []
    for line in components:
        kind = KINDS.get(line.text("ExtObject").casefold())
        name = line.text("Name")
        if kind is None:
            continue
        if name not in found or name not in turned:
            without.append(name)
            continue
        box, turn = found[name], turned[name] % 180.0
        if min(turn, abs(turn - 90.0), 180.0 - turn) > 1.0:
            notes.refuse(name, f"turned by {turned[name]:g} degrees", "only openings along x or y are placed")
            continue
        placed.append(_given(line, kind, box, along_x=abs(turn - 90.0) > 45.0, lead=name in lead))
    if without:
        notes.refuse(f"{len(without)} doors and windows", "no place in the workbook", ", ".join(sorted(without)))
    return placed


def _given(line: Line, kind: Literal["door", "window"], box: Box, *, along_x: bool, lead: bool) -> Given:
    """The box of an open door holds its leaf too, so that only its extent along the wall is that of the opening."""
    axis = 0 if along_x else 1
    rooms = tuple(part.strip() for part in line.text("Space").split(",") if part.strip())
    middle = tuple((a + b) / 2.0 for a, b in zip(box.low, box.high, strict=True))
    at = (middle[0], middle[1], box.low[2])
    return Given(line.text("Name"), kind, at, along_x, box.high[axis] - box.low[axis], rooms, lead)


def on_points(openings: Iterable[Given], coordinates: Sequence[Line], factor: float) -> list[Given]:
    """The openings with the line of their wall from the point rows: the point lies in the wall, the box may not."""
    points = {
        c.text("RowName"): (c.number_of("CoordinateXAxis"), c.number_of("CoordinateYAxis"))
        for c in coordinates
        if c.text("SheetName") == "Component" and c.text("Category") == "point"
    }
    found = []
    for one in openings:
        x, y = points.get(one.name, (None, None))
        if x is not None and y is not None:
            at = (one.at[0], y * factor, one.at[2]) if one.along_x else (x * factor, one.at[1], one.at[2])
            found.append(replace(one, at=at))
    return found


def shielded(rooms: Sequence[Room], openings: Iterable[Given], notes: Notes) -> list[Room]:
    """The rooms, those behind a lead-lined door marked as shielded.

    A lead-lined door of a room that is shielded by its function says nothing of the room on its other side.
    """
    by_id = {one.room: one for one in rooms}
    behind: set[str] = set()
    for door in openings:
        sides = [by_id[name] for name in door.rooms if name in by_id]
        if not door.lead or any(one.shielded for one in sides):
            continue
        for one in sides:
            if one.function not in functions() or functions()[one.function].group not in OPEN_GROUPS:
                behind.add(one.room)
                notes.infer(f"room {one.room}", "shielded", f"its door {door.name!r} is lead-lined")
    return [replace(one, shielded=True) if one.room in behind else one for one in rooms]


def placed(site: Site, openings: Sequence[Given], notes: Notes) -> Site:
    """The site with the given doors and windows in its walls, in place of those of their kind that were inferred."""
    floors = []
    home = {one.room: floor.floor for floor in site.floors for one in floor.rooms}
    for floor in site.floors:
        own = [one for one in openings if _floor_of(one, home, site.floors) == floor.floor]
        floors.append(_on_floor(floor, through(site, floor), own, notes) if floor.walls else floor)
        if own and not floor.walls:
            notes.refuse(f"floor {floor.name}", f"{len(own)} doors and windows", "the floor has no walls")
    return replace(site, floors=tuple(floors))


def _floor_of(one: Given, home: Mapping[str, str], floors: Sequence[Floor]) -> str:
    known = [home[name] for name in one.rooms if name in home]
    if known:
        return known[0]
    below = [f for f in floors if f.elevation_m <= one.at[2] + 0.5 and f.walls]
    return max(below, key=lambda f: f.elevation_m).floor if below else ""


def _on_floor(floor: Floor, through: Sequence[Room], own: Sequence[Given], notes: Notes) -> Floor:
    by_id = {one.room: one for one in (*floor.rooms, *through)}
    found, left, walls = [], [], list(floor.walls)
    for one in own:
        opening = _opening(one, floor.walls, floor.floor, by_id)
        if opening is None:
            left.append(one)
        else:
            found.append(opening)
    for one, wall in _partitions(floor, through, left):
        opening = _opening(one, [wall], floor.floor, by_id)
        if opening is not None:
            walls += [wall] if wall not in walls else []
            found.append(opening)
            left.remove(one)
    for one in left:
        notes.refuse(one.name, "not placed", f"no wall along it within {WITHIN_M:g} m on {floor.name}")
    if len(walls) > len(floor.walls):
        what = f"{len(walls) - len(floor.walls)} walls across rooms of circulation"
        notes.infer(f"floor {floor.name}", what, "doors of the workbook stand there")
    kinds = {one.kind for one in found}
    for kind in sorted(kinds):
        count = sum(1 for o in found if o.kind == kind)
        notes.infer(
            f"floor {floor.name}",
            f"{count} {kind}s of the workbook, in place of those inferred",
            "it gives their places",
        )
    served = {name for one in own if one.kind == "door" and one not in left for name in one.rooms}
    needed = _only_doors(floor, served)
    kept = [o for o in floor.openings if o.kind not in kinds or o.opening in needed]
    return replace(floor, walls=tuple(walls), openings=(*kept, *found))


def _only_doors(floor: Floor, served: set[str]) -> set[str]:
    """The inferred doors of rooms for which the workbook places none."""
    closed = [
        one.outline for one in floor.rooms
        if one.indoor and one.room not in served
        and (one.function not in functions() or functions()[one.function].group not in OPEN_GROUPS)
    ]  # fmt: skip
    doors = [one for one in floor.openings if one.kind == "door"]
    if not closed or not doors:
        return set()
    middles = shapely.points([[(a + b) / 2 for a, b in zip(d.start, d.end, strict=True)] for d in doors])
    rooms = shapely.union_all([shapely.Polygon(outline) for outline in closed])
    near = shapely.distance(rooms, middles) <= WITHIN_M
    return {door.opening for door, at_room in zip(doors, near.tolist(), strict=True) if at_room}


def _partitions(floor: Floor, through: Sequence[Room], doors: Sequence[Given]) -> list[tuple[Given, Wall]]:
    """A wall for each door that stands between two rooms of circulation, where none was derived."""
    if not doors:
        return []
    rooms = [one for one in (*floor.rooms, *through) if one.indoor]
    stretches = [run for run in runs(rooms, geometry.disjoint(rooms)) if run.is_open]
    named: dict[int, Wall] = {}
    found = []
    for door in doors:
        lines = [
            (i, Wall("", floor.floor, geometry.point(run.start), geometry.point(run.end), run.wall_class, "derived"))
            for i, run in enumerate(stretches)
        ]
        fits = [(i, wall) for i, wall in lines if _opening(door, [wall], floor.floor, {}) is not None]
        if fits:
            i, wall = min(fits, key=lambda pair: _away(door, pair[1]))
            named.setdefault(i, replace(wall, wall=f"{floor.floor}-p{len(named) + 1:03d}"))
            found.append((door, named[i]))
    return found


def _away(one: Given, wall: Wall) -> float:
    across = 1 if one.along_x else 0
    return abs(wall.start[across] - one.at[across])


def _opening(one: Given, walls: Sequence[Wall], floor: str, rooms: Mapping[str, Room]) -> Opening | None:
    best: tuple[float, Wall, float, float] | None = None
    axis = 0 if one.along_x else 1
    for wall in walls:
        (a, b), across = sorted((wall.start[axis], wall.end[axis])), 1 - axis
        if abs(wall.start[across] - wall.end[across]) > 0.02:
            continue
        away = abs(wall.start[across] - one.at[across])
        low, high = max(a, one.at[axis] - one.width_m / 2), min(b, one.at[axis] + one.width_m / 2)
        enough = high - low >= max(LEAST_M, one.width_m / 2)
        if away <= WITHIN_M and enough and (best is None or (away, -(high - low)) < (best[0], best[2] - best[3])):
            best = (away, wall, low, high)
    if best is None:
        return None
    _, wall, low, high = best
    at = wall.start[1 - axis]
    ends = ((low, at), (high, at)) if one.along_x else ((at, low), (at, high))
    start, end = (cast(Point, tuple(round(v, 3) + 0.0 for v in p)) for p in ends)
    leaded = one.lead or any(rooms[name].shielded for name in one.rooms if name in rooms)
    opening_class = {"door": "door-lead" if leaded else "door-wood", "window": "window-lead" if leaded else "window"}
    if math.dist(start, end) < LEAST_M:
        return None
    return Opening(one.name, floor, start, end, one.kind, opening_class[one.kind], wall.wall, "given")
