"""Walls of a floor whose plan shows rooms only: one wall where two outlines face each other, none twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapely import Polygon

from setsail.base.errors import BadInput
from setsail.site import geometry
from setsail.site.joints import Line, joined
from setsail.site.model import Floor, Opening, Origin, Room, Site, Told, Wall
from setsail.site.openings import holder, infer
from setsail.site.pieces import OFF_WALL_M, Piece, faults, pieces
from setsail.site.runs import GAP_M, runs

__all__ = ["Piece", "derive", "faults", "pieces", "with_walls"]


def derive(
    floor: Floor, *, through: Sequence[Room] = (), gap_m: float = GAP_M
) -> tuple[tuple[Wall, ...], tuple[Opening, ...], tuple[Told, ...]]:
    """Walls, doors and windows of a floor from the outlines of its indoor rooms, and what was inferred.

    Edges of two rooms that face each other within `gap_m` become one wall on the line between them; an edge that faces
    nobody becomes an exterior wall, or a partition towards a void inside the building. Between rooms of circulation
    there is none. Classes follow the functions of the two rooms. Of boxes that overlap, the smaller stays whole (see
    `geometry.disjoint`).

    through : rooms of lower floors that reach this one.  Raises BadInput for a room without an area.
    """
    rooms = tuple(r for r in (*floor.rooms, *through) if r.indoor)
    for room in rooms:
        if geometry.polygon(room.outline).area <= 0.0:
            raise BadInput("has an outline without an area", where=f"room {room.room}", allowed="three corners or more")
    shapes = geometry.disjoint(rooms)
    stretches = runs(rooms, shapes, gap_m)
    lines = [Line(run.start, run.end, run.wall_class) for run in stretches if not run.is_open]
    walls = numbered(floor.floor, joined(lines, shapes, gap_m), "derived")
    openings, told = infer(floor, rooms, stretches, walls)
    return walls, openings, (*_told(floor, rooms, shapes, walls), *told)


def with_walls(site: Site) -> Site:
    """The site with derived walls and openings on every floor that has rooms but no walls; `inferred` tells so.

    Doors and windows that the floor has stay, where they lie in a derived wall, and none of their kind is inferred;
    others go to `refused`.
    """
    floors: list[Floor] = []
    told: list[Told] = []
    lost: list[Told] = []
    for floor in site.floors:
        if floor.walls or not any(room.indoor for room in floor.rooms):
            floors.append(floor)
            continue
        walls, openings, more = derive(floor, through=_through(site, floor))
        kept = tuple(o for o in floor.openings if holder(o.start, o.end, walls, OFF_WALL_M) is not None)
        lost += [
            Told(f"opening {o.opening}", f"a {o.kind}", "lies in no wall") for o in floor.openings if o not in kept
        ]
        given = {"door" if o.kind == "gap" else o.kind for o in kept}
        made = _renumbered(
            floor.floor, [*(replace(o, wall="") for o in kept), *(o for o in openings if o.kind not in given)]
        )
        floors.append(replace(floor, walls=walls, openings=made if kept else openings))
        told += [t for t in more if not any(f" {kind}s" in t.what for kind in given)]
    return replace(site, floors=tuple(floors), inferred=(*site.inferred, *told), refused=(*site.refused, *lost))


def _renumbered(floor: str, openings: Sequence[Opening]) -> tuple[Opening, ...]:
    return tuple(replace(o, opening=f"{floor}-o{n:04d}") for n, o in enumerate(openings, start=1))


def _through(site: Site, floor: Floor) -> tuple[Room, ...]:
    """Rooms of lower floors that reach this one."""
    reaching = {f.floor for f in site.floors if f.level >= floor.level}
    return tuple(r for f in site.floors if f.level < floor.level for r in f.rooms if r.to_floor in reaching)


def numbered(floor: str, lines: Sequence[Line], origin: Origin) -> tuple[Wall, ...]:
    """Walls of lines, in the order of their places."""
    named = sorted((min(line.start, line.end), max(line.start, line.end), line.named) for line in lines)
    return tuple(Wall(f"{floor}-w{n:04d}", floor, a, b, c, origin) for n, (a, b, c) in enumerate(named, start=1))


def _told(
    floor: Floor, rooms: Sequence[Room], shapes: dict[str, list[Polygon]], walls: Sequence[Wall]
) -> tuple[Told, ...]:
    where = f"floor {floor.floor}"
    told = []
    if walls:
        what = f"{len(walls)} walls on the lines between {len(rooms)} rooms, classes by their functions"
        told.append(Told(where, what, "the source holds rooms, no walls"))
    boxes = [room for room in rooms if not room.drawn]
    cut = [r for r in boxes if sum(p.area for p in shapes[r.room]) < geometry.polygon(r.outline).area * 0.999]
    if cut:
        what = f"{len(cut)} of {len(boxes)} bounding boxes cut by the smaller boxes over them"
        told.append(Told(where, what, "boxes of rooms that are not rectangles overlap"))
    told += [
        Told(f"room {r.room}", "no walls of its own", "smaller boxes cover it") for r in rooms if not shapes[r.room]
    ]
    return tuple(told)
