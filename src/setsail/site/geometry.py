"""Plane geometry of a floor: shapes of rooms that do not overlap, their edges, and which edges face each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from setsail.base.arrays import F64
from setsail.site.model import Point, Room

LEAST_LENGTH_M = 0.01
"""Ends nearer than this are one place: a wall or an edge between them has no length."""
SLIVER_M = 0.3
"""Remnants of a cut box thinner than this are wall, not room."""
OVERLAP_M = 0.15
"""Outlines that overlap by less than this still share one wall."""
PARALLEL_RAD = math.radians(5.0)
SAME_M = 1e-6
"""Corners of an outline nearer than this are one; what is left of an outline below its square has no area."""
DIGITS = 9
"""Decimals of a corner [m]: what is smaller would vanish in a product and be divided by."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of all shapes, each with its room to the left. start, end, along, normal : (n, 2);  others : (n,)."""

    start: F64
    end: F64
    along: F64
    normal: F64
    length: F64
    room: F64


@dataclass(frozen=True, slots=True)
class Facing:
    """Edge `other` lies before edge `edge` from `low` to `high` along it, at distances `near` and `far` there [m]."""

    edge: int
    other: int
    low: float
    high: float
    near: float
    far: float

    @property
    def distance(self) -> float:
        """Mean distance, without sign [m]."""
        return abs(self.near + self.far) / 2.0


def polygon(outline: Sequence[Point]) -> Polygon:
    """The polygon of an outline, counter-clockwise; of one that crosses itself, its largest part; else empty."""
    rounded = [(round(x, DIGITS), round(y, DIGITS)) for x, y in outline]
    corners = [p for n, p in enumerate(rounded) if math.dist(p, rounded[n - 1]) > SAME_M]
    if len(corners) < 3:
        return Polygon()
    drawn = Polygon(corners)
    whole = drawn if drawn.is_valid else shapely.set_precision(shapely.make_valid(drawn), SAME_M)
    return largest(whole, SAME_M**2)


def parts(shape: shapely.Geometry, least_m2: float = 0.0) -> list[Polygon]:
    """The polygons in a shape above an area, counter-clockwise, the largest first."""
    found = [p for p in shapely.get_parts(shape, return_index=False) if p.geom_type in ("Polygon", "MultiPolygon")]
    flat = [q for p in found for q in (p.geoms if p.geom_type == "MultiPolygon" else [p])]
    kept = [shapely.geometry.polygon.orient(p) for p in flat if p.area > least_m2]
    return sorted(kept, key=lambda p: -p.area)


def largest(shape: shapely.Geometry, least_m2: float = 0.0) -> Polygon:
    """The largest polygon of a shape above an area, or an empty one."""
    return next(iter(parts(shape, least_m2)), Polygon())


def whole_rings(shape: Polygon) -> list[Polygon]:
    """The shape in parts without holes, cut upright through the middle of each hole; area is conserved."""
    if not shape.interiors:
        return [shape]
    west, south, east, north = shape.bounds
    hole = Polygon(max(shape.interiors, key=lambda ring: Polygon(ring).area))
    at = (hole.bounds[0] + hole.bounds[2]) / 2.0
    halves = (
        shapely.box(west - 1.0, south - 1.0, at, north + 1.0),
        shapely.box(at, south - 1.0, east + 1.0, north + 1.0),
    )
    return [whole for half in halves for part in parts(shape.intersection(half)) for whole in whole_rings(part)]


def disjoint(rooms: Iterable[Room]) -> dict[str, list[Polygon]]:
    """The parts of each room, where no bounding box covers another room.

    Drawn outlines stay as they are. Boxes are taken from small to large; each is cut by what was taken before it, so
    that of two boxes the smaller stays whole. What is thinner than SLIVER_M after a cut is dropped.
    """
    shapes: dict[str, list[Polygon]] = {}
    taken: list[shapely.Geometry] = []
    ordered = [(room, polygon(room.outline)) for room in rooms]
    ordered.sort(key=lambda pair: (not pair[0].drawn, 0.0 if pair[0].drawn else pair[1].area, pair[0].room))
    for room, whole in ordered:
        if whole.is_empty:
            continue
        shapes[room.room] = [whole] if room.drawn else _cut(whole, taken)
        taken += shapes[room.room]
    return shapes


def _cut(whole: Polygon, taken: Sequence[shapely.Geometry]) -> list[Polygon]:
    over = [shape for shape in taken if shape.intersects(whole)]
    if not over:
        return [whole]
    left = shapely.MultiPolygon(parts(whole.difference(shapely.union_all(over))))  # without lines and points
    if left.area > whole.area * (1.0 - 1e-9):
        return [whole]
    half = SLIVER_M / 2.0
    opened = left.buffer(-half, join_style="mitre").buffer(half, join_style="mitre").intersection(left)
    return parts(shapely.set_precision(shapely.simplify(opened, 1e-6), 1e-6), least_m2=0.25)


def edges(shapes: dict[str, list[Polygon]], order: Sequence[str]) -> Edges:
    """The edges of every ring, with the index of the room in `order`."""
    starts, ends, rooms = [], [], []
    for index, name in enumerate(order):
        for part in shapes.get(name, []):
            for ring in (part.exterior, *part.interiors):
                corners = shapely.get_coordinates(shapely.simplify(ring, 1e-6))
                starts.append(corners[:-1])
                ends.append(corners[1:])
                rooms.append(np.full(len(corners) - 1, index))
    if not starts:
        none = np.empty((0, 2))
        return Edges(none, none, none, none, np.empty(0), np.empty(0, dtype=np.int64))
    start, end, room = np.concatenate(starts), np.concatenate(ends), np.concatenate(rooms)
    length = np.hypot(*(end - start).T)
    keep = length >= LEAST_LENGTH_M
    start, end, room, length = start[keep], end[keep], room[keep], length[keep]
    along = (end - start) / length[:, None]
    return Edges(start, end, along, np.column_stack([along[:, 1], -along[:, 0]]), length, room)


def facing(found: Edges, gap_m: float, least_m: float = 0.05) -> list[Facing]:
    """Every pair of edges of two rooms that face each other within a gap, seen from each of the two."""
    if not found.length.size:
        return []
    lines = shapely.linestrings(np.stack([found.start, found.end], axis=1))
    i, j = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=gap_m + 1e-9)
    cosine = np.sum(found.along[i] * found.along[j], axis=1)
    kept = (found.room[i] != found.room[j]) & (cosine < -math.cos(PARALLEL_RAD))
    i, j, cosine = i[kept], j[kept], cosine[kept]
    first, second = found.end[j] - found.start[i], found.start[j] - found.start[i]
    a, b = np.sum(first * found.along[i], axis=1), np.sum(second * found.along[i], axis=1)
    at_a, at_b = np.sum(first * found.normal[i], axis=1), np.sum(second * found.normal[i], axis=1)
    low, high = np.maximum(a, 0.0), np.minimum(b, found.length[i])
    slope = (at_b - at_a) / np.where(b - a > 1e-9, b - a, 1.0)
    near, far = at_a + (low - a) * slope, at_a + (high - a) * slope
    middle = (near + far) / 2.0
    kept = (high - low >= least_m) & (middle <= gap_m + 1e-9) & (middle >= -OVERLAP_M)
    columns = (i, j, low, high, near, far)
    return [Facing(int(e), int(o), *map(float, rest)) for e, o, *rest in zip(*(c[kept] for c in columns), strict=True)]


def gaps_between(intervals: Iterable[tuple[float, float]], low: float, high: float) -> list[tuple[float, float]]:
    """The parts of [low, high] that no interval covers."""
    free, at = [], low
    for start, end in sorted(intervals):
        if start > at:
            free.append((at, min(start, high)))
        at = max(at, end)
        if at >= high:
            break
    if at < high:
        free.append((at, high))
    return [(a, b) for a, b in free if b > a]


def envelope(shapes: Iterable[Polygon], reach_m: float, void_m2: float) -> shapely.Geometry:
    """The building's body: gaps up to twice the reach closed, and holes under an area filled (courtyards stay open)."""
    body = shapely.union_all(list(shapes)).buffer(reach_m, join_style="mitre").buffer(-reach_m, join_style="mitre")
    filled = []
    for part in parts(body):
        yards = [ring for ring in part.interiors if Polygon(ring).area >= void_m2]
        filled.append(Polygon(part.exterior, yards))
    return shapely.union_all(filled)


def point(at: F64 | Sequence[float]) -> Point:
    """A place to the millimetre."""
    return round(float(at[0]), 3) + 0.0, round(float(at[1]), 3) + 0.0
