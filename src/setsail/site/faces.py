"""Walls from the lines of a drawing: two faces become one wall on the line between them, gaps at doors are closed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely

from setsail.base.arrays import F64
from setsail.site.geometry import LEAST_LENGTH_M, gaps_between, point
from setsail.site.joints import Line
from setsail.site.model import Point

THICKEST_M = 0.40
THINNEST_M = 0.04
"""Two parallel lines this far apart are the faces of one wall."""
LEAST_FACE_M = 0.25
TOUCH_M = 0.02
PARALLEL_SINE = math.sin(math.radians(2.0))
BESIDE_M = 0.3
"""Points of a door or window lie within this of the line of its wall."""
JAMB_M = 0.2
"""A wall may end this far before the door that stands in its line."""
WIDTH_M = (0.5, 8.0)


def centre_lines(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """The lines with pairs of faces replaced by the line between them, and how many pairs there were.

    What faces nobody stays as it is; short ends that close a wall go. Lines pair within one class.
    """
    found: list[Line] = []
    pairs = 0
    by_class: dict[str, list[Line]] = defaultdict(list)
    for line in dict.fromkeys(_directed(line) for line in lines if line.length >= LEAST_LENGTH_M):
        by_class[line.named].append(line)
    for named in sorted(by_class):
        more, count = _paired(by_class[named])
        found += more
        pairs += count
    return found, pairs


def _directed(line: Line) -> Line:
    a, b = sorted((line.start, line.end))
    return Line(a, b, line.named)


def _paired(lines: Sequence[Line]) -> tuple[list[Line], int]:
    ends = np.array([[line.start, line.end] for line in lines])
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    along = (ends[:, 1] - ends[:, 0]) / length[:, None]
    covered: dict[int, list[tuple[float, float]]] = defaultdict(list)
    found: list[Line] = []
    for first, second, low, high, distance in _candidates(ends, along, length):
        free = [
            (max(a, low), min(b, high))
            for a, b in gaps_between(covered[first], 0.0, float(length[first]))
            if min(b, high) - max(a, low) >= LEAST_FACE_M
        ]
        for a, b in free:
            points = ends[first, 0] + np.array([[a], [b]]) * along[first]
            s = (points - ends[second, 0]) @ along[second]
            if any(min(d, max(s)) - max(c, min(s)) > LEAST_FACE_M / 2 for c, d in covered[second]):
                continue
            covered[first].append((a, b))
            covered[second].append((float(min(s)), float(max(s))))
            normal = np.array([-along[first][1], along[first][0]])
            middle = points + normal * distance / 2.0
            found.append(Line(point(middle[0]), point(middle[1]), lines[first].named))
    pairs = len(found)
    faces = shapely.MultiPoint([tuple(p) for i in covered if covered[i] for p in ends[i]])
    for index, line in enumerate(lines):
        if covered[index] or _is_cap(line, faces):
            free = gaps_between(covered[index], 0.0, line.length) if covered[index] else []
            parts = [(a, b) for a, b in free if b - a > THICKEST_M]
        else:
            parts = [(0.0, line.length)]
        for a, b in parts:
            points = ends[index, 0] + np.array([[a], [b]]) * along[index]
            found.append(Line(point(points[0]), point(points[1]), line.named))
    return found, pairs


def _candidates(ends: F64, along: F64, length: F64) -> list[tuple[int, int, float, float, float]]:
    """Pairs of parallel lines, the nearest first: two indices, the stretch along the first, signed distance."""
    drawn = shapely.linestrings(ends)
    i, j = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=THICKEST_M + 1e-9)
    sine = along[i, 0] * along[j, 1] - along[i, 1] * along[j, 0]
    kept = (i < j) & (np.abs(sine) < PARALLEL_SINE)
    i, j = i[kept], j[kept]
    s = np.stack([np.sum((ends[j, k] - ends[i, 0]) * along[i], axis=1) for k in (0, 1)])
    normal = np.column_stack([-along[i, 1], along[i, 0]])
    distance = np.sum(((ends[j, 0] + ends[j, 1]) / 2.0 - ends[i, 0]) * normal, axis=1)
    low, high = np.maximum(s.min(axis=0), 0.0), np.minimum(s.max(axis=0), length[i])
    away = np.abs(distance)
    kept = (high - low >= LEAST_FACE_M) & (away >= THINNEST_M) & (away <= THICKEST_M + 1e-9)
    columns = (i[kept], j[kept], low[kept], high[kept], distance[kept])
    rows = [(int(a), int(b), float(c), float(d), float(e)) for a, b, c, d, e in zip(*columns, strict=True)]
    return sorted(rows, key=lambda r: (round(abs(r[4]), 4), -(r[3] - r[2]), r[0], r[1]))


def _is_cap(line: Line, faces: shapely.Geometry) -> bool:
    """True for a short line between the ends of two faces: the end of a wall, or a jamb."""
    if line.length > THICKEST_M + TOUCH_M or faces.is_empty:
        return False
    return all(faces.distance(shapely.Point(p)) <= TOUCH_M for p in (line.start, line.end))


def placed(points: Sequence[Point], walls: list[Line]) -> tuple[int, Point, Point] | None:
    """The wall of a door or window, and its two ends on that wall; None where no wall is near.

    points : of its drawing.  Those near the line of a wall span it: hinge and latch of a door whose leaf stands open.
    A wall that ends before the door is led on to its far side; `walls` is changed so.
    """
    at = np.array(points)
    best: tuple[float, int, float, float] | None = None
    for index, wall in enumerate(walls):
        start, length = np.array(wall.start), wall.length
        along = (np.array(wall.end) - start) / length
        off = (at - start) @ np.array([-along[1], along[0]])
        s = ((at - start) @ along)[np.abs(off) <= BESIDE_M]
        if s.size < 2:
            continue
        low, high = float(s.min()), float(s.max())
        touches = low <= length + JAMB_M and high >= -JAMB_M
        if not touches or not WIDTH_M[0] <= high - low <= WIDTH_M[1]:
            continue
        outside = max(0.0, -low) + max(0.0, high - length)
        rank = float(np.abs(off[np.abs(off) <= BESIDE_M]).mean()) + outside
        if best is None or rank < best[0]:
            best = (rank, index, low, high)
    if best is None:
        return None
    _, index, low, high = best
    wall = walls[index]
    start = np.array(wall.start)
    along = (np.array(wall.end) - start) / wall.length
    reach = (min(0.0, low), max(wall.length, high))
    walls[index] = Line(point(start + along * reach[0]), point(start + along * reach[1]), wall.named)
    return index, point(start + along * low), point(start + along * high)
