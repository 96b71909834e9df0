"""What is wrong or doubtful in a site: findings, each with its place and what to try. Nothing here raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal

import shapely

from setsail.base.limits import Limit
from setsail.site.classes import wall_classes
from setsail.site.functions import functions
from setsail.site.model import Room, Site
from setsail.site.pieces import faults
from setsail.site.records import counted_with, through
from setsail.standards.applications import applications
from setsail.standards.radio import bands

Grade = Literal["defect", "notice"]
"""A defect makes a design of the site wrong or impossible; a notice is for its owner to look at."""
OVERLAP_M2 = 0.1
"""Drawn rooms may overlap by this much: a line of 2 cm along 5 m."""
HEIGHT_M = Limit("height of a floor", 1.8, 60.0, "assumption")
EXTENT_M = Limit("extent of a floor", 2.0, 3000.0, "assumption")
DOOR_M = Limit("median width of doors", 0.5, 2.3, "assumption")
CLEAR_M = Limit("median clear height of rooms", 1.8, 6.5, "assumption")
FOOT_M = 0.3048
AREA_RATIO = 0.15
"""Share by which the areas of a plan may differ from a whole unit before its unit is not suspected."""
HEAD_M = 0.5
"""A head may hang this far outside the outline of a room: in its wall."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: stable code, grade, place, what was met, and what to try."""

    code: str
    grade: Grade
    where: str
    what: str
    hint: str = ""


def check(site: Site) -> list[Finding]:
    """Every finding of a site, defects first."""
    rules: tuple[Callable[[Site], Iterable[Finding]], ...] = (
        _building, _floors, _units, _rooms, _overlaps, _walls, _needs, _licence,
    )  # fmt: skip
    return ordered(finding for rule in rules for finding in rule(site))


def check_heads(site: Site, heads: Iterable[tuple[str, str, float, float]]) -> list[Finding]:
    """Findings of heads (id, floor, x, y [m]): on no floor, or outside every indoor room of it."""
    found = []
    bodies: dict[str, shapely.Geometry] = {}
    for name, floor_id, x, y in heads:
        floor = site.floor(floor_id)
        where = f"heads.csv (head {name!r})"
        if floor is None:
            floors = ", ".join(f.floor for f in site.floors)
            found.append(Finding("head-floor", "defect", where, f"is on floor {floor_id!r}", f"one of {floors}"))
            continue
        if floor_id not in bodies:
            shapes = [_polygon(r) for r in (*floor.rooms, *through(site, floor)) if r.indoor]
            bodies[floor_id] = shapely.union_all(shapes).buffer(HEAD_M)
        if not shapely.intersects_xy(bodies[floor_id], x, y):
            what = f"hangs at ({x:g}, {y:g}), outside the building"
            found.append(Finding("head-outside", "defect", where, what, f"a place in a room of {floor_id}"))
    return ordered(found)


def check_bands(site: Site, carriers: Iterable[tuple[str, str]]) -> list[Finding]:
    """Findings of carriers (id, band): a band that is not known, or that the site's licence does not name."""
    found = []
    licensed = ", ".join(site.licensed_bands)
    for name, band in carriers:
        where = f"network.toml (carrier {name!r})"
        if band not in bands():
            found.append(Finding("band-unknown", "defect", where, f"is on {band!r}, no NR band", "setsail radio bands"))
        elif site.licensed_bands and band not in site.licensed_bands:
            what = f"is on {band}, which may not be used here (licensed: {licensed})"
            found.append(Finding("band-licence", "defect", where, what, "another band, or licensed_bands of site.toml"))
    return ordered(found)


def check_flows(site: Site, flows: Iterable[tuple[str, str]]) -> list[Finding]:
    """Findings of flows (id, room): a room that is not here any more."""
    rooms = {room.room for room in site.rooms()}
    return [
        Finding("flow-room", "defect", f"flows.csv (flow {name!r})", f"names the room {room!r}, which is not here",
                "setsail design run, to make the flows anew")
        for name, room in flows if room and room not in rooms
    ]  # fmt: skip


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Findings with the defects first, otherwise as they came."""
    return sorted(found, key=lambda finding: finding.grade != "defect")


def _place(floor: str, kind: str, name: str) -> str:
    return f"floors/{floor}.geojson ({kind} {name!r})"


def _polygon(room: Room) -> shapely.Geometry:
    if len(room.outline) < 3:
        return shapely.Polygon()
    return shapely.make_valid(shapely.Polygon(room.outline))


def _building(site: Site) -> Iterator[Finding]:
    if not any(room.indoor for room in site.rooms()):
        yield Finding("no-rooms", "defect", "site.toml", "has no room indoors", "setsail site import")
    for told in site.refused:
        if told.what == "left out":
            yield Finding("left-out", "notice", told.subject, f"was left out by the import: {told.reason}")


def _floors(site: Site) -> Iterator[Finding]:
    levels: dict[int, str] = {}
    for floor in site.floors:
        where = f"site.toml (floor {floor.floor!r})"
        if floor.slab_class not in wall_classes():
            yield Finding(
                "slab-class", "defect", where, f"has the slab class {floor.slab_class!r}", "setsail site classes"
            )
        rooms = [room for room in floor.rooms if _counts(room)]
        if not rooms:
            continue
        if not HEIGHT_M.holds(floor.height_m):
            what = f"has the height {floor.height_m:g} m"
            yield Finding("floor-height", "defect", where, what, f"height_m within {HEIGHT_M.text()}")
        points = [p for room in rooms for p in room.outline] or [(0.0, 0.0)]
        extent = max(max(p[axis] for p in points) - min(p[axis] for p in points) for axis in (0, 1))
        if not EXTENT_M.holds(extent):
            what = f"is {extent:g} m across: a plan without a scale"
            yield Finding("floor-scale", "defect", where, what, "import it again with --unit mm, ft ... or a scale")
        if floor.level in levels and any(room.indoor for room in rooms):
            what = f"has the level {floor.level} of floor {levels[floor.level]!r}"
            yield Finding("floor-level", "notice", where, what, "a level of its own")
        levels.setdefault(floor.level, floor.floor)
        if not floor.walls and any(room.indoor for room in rooms):
            what = "has rooms and no walls: signals pass unhindered"
            yield Finding("no-walls", "notice", where, what, "derive them by an import")


def _counts(room: Room) -> bool:
    return counted_with(room) == "floor"


def _units(site: Site) -> Iterator[Finding]:
    """Signs that a plan was read in feet or another unit: sizes that no building has in metres."""
    signs = []
    doors = [
        ((o.start[0] - o.end[0]) ** 2 + (o.start[1] - o.end[1]) ** 2) ** 0.5
        for f in site.floors for o in f.openings if o.kind == "door" and o.origin == "given"
    ]  # fmt: skip
    heights = [r.height_m for r in site.rooms() if r.height_m and r.indoor and _counts(r)]
    areas = [
        r.area_m2 / shape.area for r in site.rooms()
        if r.area_origin == "given" and r.area_m2 > 0.0 and (shape := _polygon(r)).area > 0.0
    ]  # fmt: skip
    if doors and not DOOR_M.holds(median(doors)):
        signs.append(f"doors are {median(doors):.3g} m wide in the middle")
    if heights and not CLEAR_M.holds(median(heights)):
        signs.append(f"rooms are {median(heights):.3g} m high in the middle")
    ratio = median(areas) if areas else 1.0
    if any(abs(ratio * factor - 1.0) < AREA_RATIO for factor in (FOOT_M**2, FOOT_M**-2)):
        signs.append(f"stated areas are {ratio:.3g} times those of the outlines, as square feet and metres are")
    if signs:
        grade: Grade = "defect" if len(signs) > 1 or "square feet" in signs[0] else "notice"
        hint = "import it again with --unit ft (or mm, cm, in)"
        yield Finding("plan-unit", grade, "site", f"seems not to be in metres: {'; '.join(signs)}", hint)


def _rooms(site: Site) -> Iterator[Finding]:
    floors = {floor.floor for floor in site.floors}
    nameless: list[str] = []
    for room in site.rooms():
        where = _place(room.floor, "room", room.room)
        if _polygon(room).area <= 0.0:
            yield Finding("room-outline", "defect", where, "has an outline without an area", "three corners or more")
        elif not shapely.Polygon(room.outline).is_valid:
            yield Finding("room-crosses", "defect", where, "has an outline that crosses itself", "corners in order")
        if room.area_m2 <= 0.0:
            grade: Grade = "defect" if _counts(room) else "notice"
            yield Finding(
                "room-area", grade, where, f"has the area {room.area_m2:g} m2", "its area, or that of its outline"
            )
        if room.function and room.function not in functions():
            yield Finding(
                "room-function", "defect", where, f"has the function {room.function!r}", "setsail site functions"
            )
        if not room.function:
            nameless.append(room.room)
        if room.to_floor and room.to_floor not in floors:
            yield Finding("room-reach", "defect", where, f"reaches up to {room.to_floor!r}, no floor here")
    if nameless:
        what = f"{len(nameless)} rooms without a function: {', '.join(nameless[:20])}"
        yield Finding("no-function", "notice", "floors", what, "a function of `setsail site functions`")


def _overlaps(site: Site) -> Iterator[Finding]:
    for floor in site.floors:
        rooms = [room for room in floor.rooms if room.drawn and _counts(room)]
        shapes = [_polygon(room) for room in rooms]
        if len(shapes) < 2:
            continue
        for i, j in shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist():
            area = shapes[i].intersection(shapes[j]).area if i < j else 0.0
            if area > OVERLAP_M2:
                what = f"overlaps room {rooms[j].room!r} by {area:.3g} m2; both are drawn"
                where = _place(floor.floor, "room", rooms[i].room)
                yield Finding("rooms-overlap", "defect", where, what, "move the line between them")


def _walls(site: Site) -> Iterator[Finding]:
    for floor in site.floors:
        for told in faults(floor):
            kind, _, name = told.subject.partition(" ")
            grade: Grade = "notice" if told.what.startswith("overlaps") else "defect"
            yield Finding(f"{kind}-fault", grade, _place(floor.floor, kind, name), told.what, told.reason)


def _needs(site: Site) -> Iterator[Finding]:
    rooms = {room.room for room in site.rooms()}
    used = {room.function for room in site.rooms()}
    known = applications()
    for need in site.needs:
        where = f"needs.csv (need {need.need!r})"
        if need.room and need.room not in rooms:
            what = f"names the room {need.room!r}, which is not here"
            yield Finding("need-room", "defect", where, what, "a room of the site, or remove the need")
        if need.function and need.function not in functions():
            yield Finding(
                "need-function", "defect", where, f"names the function {need.function!r}", "setsail site functions"
            )
        elif need.function and need.function not in used:
            yield Finding("need-unused", "notice", where, f"no room has the function {need.function!r}")
        if need.application not in known:
            what = f"names the application {need.application!r}"
            yield Finding("need-application", "defect", where, what, f"{min(known)} to {max(known)}")


def _licence(site: Site) -> Iterator[Finding]:
    for band in site.licensed_bands:
        if band not in bands():
            what = f"names {band!r}, no NR band"
            yield Finding("band-unknown", "defect", "site.toml licensed_bands", what, "setsail radio bands")
    if not site.licensed_bands:
        what = "no band is stated: any would be taken as allowed"
        yield Finding("no-licence", "notice", "site.toml licensed_bands", what, 'licensed_bands = ["n78"], say')
