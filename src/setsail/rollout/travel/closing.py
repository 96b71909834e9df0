"""Closed ways: which bridges and roads an event closes, and the ways round a closed road."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from setsail.base.arrays import I32
from setsail.base.errors import UnknownName
from setsail.rollout.model import Rollout
from setsail.rollout.travel.matrix import UNREACHABLE

SIGN = "|"
"""Between the two places of a road."""
DONE = 1 << 40
"""Stands for a place whose shortest way is known."""


def parted(closed: Iterable[str], rollout: Rollout) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """The closed bridges, and the closed roads as pairs of places. Raises UnknownName."""
    places = {d.depot for d in rollout.depots} | {s.site for s in rollout.sites}
    names = {b.bridge for b in rollout.bridges}
    bridges, roads = set(), []
    for name in sorted(closed):
        a, sign, b = name.partition(SIGN)
        if not sign and name in names:
            bridges.add(name)
        elif sign and a in places and b in places and a != b:
            roads.append((a, b))
        else:
            shown = ", ".join(sorted(names)) or "no bridges here"
            raise UnknownName(f"is {name!r}", where="closed", allowed=f"{shown}; or two places written A|B")
    return frozenset(bridges), tuple(roads)


def close(seconds: I32, metres: I32, pairs: Iterable[tuple[int, int]]) -> None:
    """Closes direct ways in place, both directions; each becomes the shortest way over other places, if there is one.

    seconds, metres : (n, n).  Ways between other pairs stay as they are: theirs do not lead along the closed road.
    """
    both = [(i, j) for a, b in pairs for i, j in ((a, b), (b, a))]
    for i, j in both:
        seconds[i, j] = UNREACHABLE
    ways = [_round(seconds, metres, i, j) for i, j in both]
    for (i, j), (taken, way) in zip(both, ways, strict=True):
        seconds[i, j], metres[i, j] = taken, way


def _round(seconds: I32, metres: I32, start: int, end: int) -> tuple[int, int]:
    """Seconds and metres of the shortest way from start to end over any places (Dijkstra, on a full matrix)."""
    best, way = seconds[start].astype(np.int64), metres[start].astype(np.int64)
    waiting = best.copy()
    waiting[start] = DONE
    while True:
        via = int(waiting.argmin())
        if via == end or waiting[via] >= UNREACHABLE:
            break
        waiting[via] = DONE
        through = best[via] + seconds[via]
        better = (through < best) & (waiting < DONE)
        best[better] = waiting[better] = through[better]
        way[better] = way[via] + metres[via][better]
    return (int(best[end]), int(way[end])) if best[end] < UNREACHABLE else (UNREACHABLE, 0)
