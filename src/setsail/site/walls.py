"""Walls of a floor whose plan shows rooms only: one wall where two outlines face each other, none twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import Polygon

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.site import geometry
from setsail.site.geometry import LEAST_LENGTH_M, point
from setsail.site.model import Floor, Opening, Room, Site, Told, Wall
from setsail.site.openings import infer
from setsail.site.pieces import Piece, faults, pieces
from setsail.site.runs import GAP_M, Run, runs

__all__ = ["Piece", "derive", "faults", "pieces", "with_walls"]

IN_LINE_M = 0.03
IN_LINE_RAD = math.radians(0.5)
CROSSING_SINE = math.sin(math.radians(20.0))
INSIDE_M = 0.03
"""An end that is led on to the next wall may not come deeper than this into a room."""


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
    walls = _walls(floor.floor, stretches, shapes, gap_m)
    openings, told = infer(floor, rooms, stretches, walls)
    return walls, openings, (*_told(floor, rooms, shapes, walls), *told)


def with_walls(site: Site) -> Site:
    """The site with derived walls and openings on every floor that has rooms but no walls; `inferred` tells so."""
    floors: list[Floor] = []
    told: list[Told] = []
    for floor in site.floors:
        if floor.walls or not any(room.indoor for room in floor.rooms):
            floors.append(floor)
            continue
        walls, openings, more = derive(floor, through=_through(site, floor))
        floors.append(replace(floor, walls=walls, openings=openings))
        told += more
    return replace(site, floors=tuple(floors), inferred=(*site.inferred, *told))


def _through(site: Site, floor: Floor) -> tuple[Room, ...]:
    """Rooms of lower floors that reach this one."""
    reaching = {f.floor for f in site.floors if f.level >= floor.level}
    return tuple(r for f in site.floors if f.level < floor.level for r in f.rooms if r.to_floor in reaching)


def _walls(floor: str, stretches: Sequence[Run], shapes: dict[str, list[Polygon]], gap_m: float) -> tuple[Wall, ...]:
    """Walls of stretches joined along their line, their ends led on to the walls they meet."""
    lines = [
        line for group in _in_line([run for run in stretches if not run.is_open]) for line in _joined(group, gap_m)
    ]
    ends = _led_on([(start, end) for start, end, _ in lines], shapes, gap_m)
    named = []
    for (start, end), (_, _, wall_class) in zip(ends, lines, strict=True):
        a, b = sorted((point(start), point(end)))
        if math.dist(a, b) >= LEAST_LENGTH_M:
            named.append((a, b, wall_class))
    named.sort()
    return tuple(Wall(f"{floor}-w{n:04d}", floor, a, b, c, "derived") for n, (a, b, c) in enumerate(named, start=1))


def _in_line(stretches: Sequence[Run]) -> list[list[Run]]:
    """Stretches of one class that lie on one line."""
    keyed = []
    for run in stretches:
        (x0, y0), (x1, y1) = run.start, run.end
        angle = math.atan2(y1 - y0, x1 - x0) % math.pi
        angle = 0.0 if math.pi - angle < IN_LINE_RAD / 2.0 else angle
        step = round(angle / IN_LINE_RAD)
        normal = (-math.sin(step * IN_LINE_RAD), math.cos(step * IN_LINE_RAD))
        offset = ((x0 + x1) * normal[0] + (y0 + y1) * normal[1]) / 2.0
        keyed.append((run.wall_class, step, offset, run))
    keyed.sort(key=lambda k: (k[0], k[1], k[2], k[3].start, k[3].end))
    groups: list[list[Run]] = []
    head: tuple[str, int, float] | None = None
    for wall_class, step, offset, run in keyed:
        if head and head[:2] == (wall_class, step) and offset - head[2] <= IN_LINE_M:
            groups[-1].append(run)
        else:
            groups.append([run])
            head = (wall_class, step, offset)
    return groups


def _joined(group: Sequence[Run], gap_m: float) -> list[tuple[F64, F64, str]]:
    """Stretches of one line, joined where less than a wall's thickness lies between them."""
    longest = max(group, key=lambda run: run.length)
    origin = np.array(longest.start)
    along = (np.array(longest.end) - origin) / longest.length
    normal = np.array([-along[1], along[0]])
    spans = []
    for run in group:
        ends = np.array([run.start, run.end]) - origin
        s = ends @ along
        spans.append((float(s.min()), float(s.max()), float((ends @ normal).mean()) * run.length, run.length))
    merged: list[list[float]] = []
    for low, high, offset, length in sorted(spans):
        if merged and low - merged[-1][1] <= gap_m + 1e-6:
            merged[-1][1] = max(merged[-1][1], high)
            merged[-1][2] += offset
            merged[-1][3] += length
        else:
            merged.append([low, high, offset, length])
    out = []
    for low, high, offset, length in merged:
        base = origin + normal * (offset / length)
        out.append((base + along * low, base + along * high, longest.wall_class))
    return out


def _led_on(lines: list[tuple[F64, F64]], shapes: dict[str, list[Polygon]], gap_m: float) -> list[tuple[F64, F64]]:
    """Each line with its two ends led on, within a wall's thickness, to the farthest line that they meet."""
    if not lines:
        return []
    ends = np.array(lines)
    tree = shapely.STRtree(shapely.linestrings(ends))
    inner = [part.buffer(-INSIDE_M, join_style="mitre") for parts in shapes.values() for part in parts]
    rooms = shapely.STRtree([shape for shape in inner if not shape.is_empty])
    out = []
    for index in range(len(ends)):
        pair = []
        for side in (0, 1):
            tip, tail = ends[index, side], ends[index, 1 - side]
            near = tree.query(shapely.Point(tip), predicate="dwithin", distance=gap_m * math.sqrt(2.0))
            pair.append(_tip(tip, tail, [ends[k] for k in near.tolist() if k != index], rooms, gap_m))
        out.append((pair[0], pair[1]))
    return out


def _tip(tip: F64, tail: F64, others: Sequence[F64], rooms: shapely.STRtree, gap_m: float) -> F64:
    along = (tip - tail) / math.dist(tip, tail)
    reached = sorted({round(s, 6) for other in others if (s := _meets(tip, along, other, gap_m)) is not None})
    for s in reversed(reached):
        led = tip + along * s
        if not rooms.query(shapely.LineString([tip, led]), predicate="intersects").size:
            return np.asarray(led)
    return tip


def _meets(tip: F64, along: F64, other: F64, gap_m: float) -> float | None:
    """How far beyond the tip the other line is met, within a wall's thickness of its ends; None where it is not."""
    length = math.dist(other[0], other[1])
    direction = (other[1] - other[0]) / length
    sine = float(along[0] * direction[1] - along[1] * direction[0])
    if abs(sine) < CROSSING_SINE:
        return None
    to = other[0] - tip
    s = float(to[0] * direction[1] - to[1] * direction[0]) / sine
    t = float(to[0] * along[1] - to[1] * along[0]) / sine
    return s if 1e-6 < s <= gap_m + 1e-6 and -gap_m <= t <= length + gap_m else None


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
