"""Stretches of wall between rooms: where the edges of two rooms face each other, and where an edge faces nobody."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import Polygon

from setsail.site import geometry
from setsail.site.geometry import LEAST_LENGTH_M, Edges, Facing, point
from setsail.site.model import Point, Room
from setsail.site.rules import inner_class, is_open, outer_class, void_class

GAP_M = 0.45
"""Outlines that face each other within this have one wall between them."""
CLOSED_M = 1.0
VOID_M2 = 25.0
"""Channels up to twice the first, and holes under the second, lie inside the building; others are the open air."""


@dataclass(frozen=True, slots=True)
class Run:
    """A straight stretch of wall between two rooms, or between a room and the open or a void (`second` None)."""

    start: tuple[float, float]
    end: tuple[float, float]
    wall_class: str
    first: Room
    second: Room | None = None
    outside: bool = False

    @property
    def rooms(self) -> tuple[Room, Room]:
        """The two rooms; the first twice where there is no second."""
        return self.first, self.second or self.first

    @property
    def is_open(self) -> bool:
        """True where no wall stands."""
        return self.second is not None and is_open(self.first, self.second)

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return math.dist(self.start, self.end)


def runs(rooms: Sequence[Room], shapes: dict[str, list[Polygon]], gap_m: float = GAP_M) -> list[Run]:
    """Every stretch of wall, before stretches in one line are joined."""
    edges = geometry.edges(shapes, [room.room for room in rooms])
    chosen = _nearest(geometry.facing(edges, gap_m))
    between: dict[tuple[int, int], list[tuple[float, float, Facing]]] = defaultdict(list)
    covered: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for low, high, seen in chosen:
        covered[seen.edge].append((low, high))
        between[min(seen.edge, seen.other), max(seen.edge, seen.other)].append((low, high, seen))
    found = []
    for pair in sorted(between):
        first, second = rooms[int(edges.room[pair[0]])], rooms[int(edges.room[pair[1]])]
        for start, end in _shared(edges, pair, between[pair]):
            found.append(Run(start, end, inner_class(first, second), first, second))
    return found + _single(rooms, shapes, edges, covered, gap_m)


def _nearest(found: Sequence[Facing]) -> list[tuple[float, float, Facing]]:
    """For every stretch of every edge, the nearest edge before it."""
    by_edge: dict[int, list[Facing]] = defaultdict(list)
    for seen in found:
        by_edge[seen.edge].append(seen)
    chosen = []
    for seens in by_edge.values():
        cuts = sorted({value for seen in seens for value in (seen.low, seen.high)})
        for low, high in pairwise(cuts):
            over = [s for s in seens if s.low <= low + 1e-9 and s.high >= high - 1e-9]
            if over and high - low > 1e-6:
                chosen.append((low, high, min(over, key=lambda s: s.distance)))
    return chosen


def _shared(
    edges: Edges, pair: tuple[int, int], stretches: Sequence[tuple[float, float, Facing]]
) -> list[tuple[Point, Point]]:
    """The middle lines of a pair of edges, whichever of the two saw the other."""
    base = pair[0]
    lines = []
    for low, high, seen in stretches:
        slope = (seen.far - seen.near) / max(seen.high - seen.low, 1e-9)
        at = np.array([low, high])
        offset = (seen.near + (at - seen.low) * slope) / 2.0
        points = edges.start[seen.edge] + at[:, None] * edges.along[seen.edge]
        points += offset[:, None] * edges.normal[seen.edge]
        s = (points - edges.start[base]) @ edges.along[base]
        lines.append((*sorted(zip(s.tolist(), points.tolist(), strict=True)),))
    joined: list[tuple[tuple[float, list[float]], tuple[float, list[float]]]] = []
    for start, end in sorted(lines):
        if joined and start[0] <= joined[-1][1][0] + 1e-6:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [((a[1][0], a[1][1]), (b[1][0], b[1][1])) for a, b in joined if b[0] - a[0] >= LEAST_LENGTH_M]


def _single(
    rooms: Sequence[Room],
    shapes: dict[str, list[Polygon]],
    edges: Edges,
    covered: dict[int, list[tuple[float, float]]],
    gap_m: float,
) -> list[Run]:
    """Stretches of edges that face no room: to the open, or to a void inside the building."""
    body = geometry.envelope([p for ps in shapes.values() for p in ps], CLOSED_M, VOID_M2)
    found = []
    for index, length in enumerate(edges.length.tolist()):
        spans = covered.get(index, [])
        for low, high in geometry.gaps_between(spans, 0.0, length):
            if high - low < LEAST_LENGTH_M or (spans and high - low <= gap_m + 1e-6):
                continue
            start, end = (edges.start[index] + at * edges.along[index] for at in (low, high))
            found.append((index, start, end))
    if not found:
        return []
    beyond = np.array([(start + end) / 2.0 + 0.15 * edges.normal[index] for index, start, end in found])
    inside = shapely.contains_xy(body, beyond[:, 0], beyond[:, 1])
    out = []
    for (index, start, end), void in zip(found, inside.tolist(), strict=True):
        room = rooms[int(edges.room[index])]
        named = void_class(room) if void else outer_class(room)
        out.append(Run(point(start), point(end), named, room, None, not void))
    return out
