"""Straight lines joined to walls: parts in one line become one, and ends are led on to the walls that they meet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from setsail.base.arrays import F64
from setsail.site.geometry import LEAST_LENGTH_M, point
from setsail.site.model import Point

IN_LINE_M = 0.03
IN_LINE_RAD = math.radians(0.5)
CROSSING_SINE = math.sin(math.radians(20.0))
INSIDE_M = 0.03
"""An end that is led on to the next wall may not come deeper than this into a room."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line with its two ends and its class."""

    start: Point
    end: Point
    named: str

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return math.dist(self.start, self.end)


def joined(lines: Sequence[Line], shapes: Mapping[str, list[Polygon]], gap_m: float) -> list[Line]:
    """Lines of one class joined along their line over gaps up to `gap_m`, their ends led on to the lines they meet.

    shapes : rooms that no end may be led into.
    """
    long = [line for line in lines if line.length >= LEAST_LENGTH_M]
    merged = [one for group in _in_line(long) for one in _merged(group, gap_m)]
    ends = _led_on([(start, end) for start, end, _ in merged], shapes, gap_m)
    found = [Line(point(a), point(b), named) for (a, b), (_, _, named) in zip(ends, merged, strict=True)]
    return [line for line in found if line.length >= LEAST_LENGTH_M]


def _in_line(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of one class that lie on one line."""
    keyed = []
    for line in lines:
        (x0, y0), (x1, y1) = line.start, line.end
        angle = math.atan2(y1 - y0, x1 - x0) % math.pi
        angle = 0.0 if math.pi - angle < IN_LINE_RAD / 2.0 else angle
        step = round(angle / IN_LINE_RAD)
        normal = (-math.sin(step * IN_LINE_RAD), math.cos(step * IN_LINE_RAD))
        offset = ((x0 + x1) * normal[0] + (y0 + y1) * normal[1]) / 2.0
        keyed.append((line.named, step, offset, line))
    keyed.sort(key=lambda k: (k[0], k[1], k[2], k[3].start, k[3].end))
    groups: list[list[Line]] = []
    head: tuple[str, int, float] | None = None
    for named, step, offset, line in keyed:
        if head and head[:2] == (named, step) and offset - head[2] <= IN_LINE_M:
            groups[-1].append(line)
        else:
            groups.append([line])
            head = (named, step, offset)
    return groups


def _merged(group: Sequence[Line], gap_m: float) -> list[tuple[F64, F64, str]]:
    """Parts of one line, joined where less than a wall's thickness lies between them."""
    longest = max(group, key=lambda line: line.length)
    origin = np.array(longest.start)
    along = (np.array(longest.end) - origin) / longest.length
    normal = np.array([-along[1], along[0]])
    spans = []
    for line in group:
        ends = np.array([line.start, line.end]) - origin
        s = ends @ along
        spans.append((float(s.min()), float(s.max()), float((ends @ normal).mean()) * line.length, line.length))
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
        out.append((base + along * low, base + along * high, longest.named))
    return out


def _led_on(lines: list[tuple[F64, F64]], shapes: Mapping[str, list[Polygon]], gap_m: float) -> list[tuple[F64, F64]]:
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
