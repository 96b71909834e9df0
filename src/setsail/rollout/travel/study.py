"""Driving times of a rollout by the method that it names."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64, I32, I64
from setsail.base.extras import require
from setsail.rollout.model import Depot, Rollout, RolloutSite
from setsail.rollout.travel import circle, closing, crossings, given
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes

BLOCK = 256
"""Rows worked out at once: a block of 5,500 places takes some tens of megabytes."""


def times(rollout: Rollout, closed: frozenset[str] = frozenset()) -> TravelTimes:
    """Seconds and metres between all depots and sites, depots first, as int32 matrices (n, n).

    closed : bridges, or roads written "A|B" between two places (both directions), that cannot be driven; what would
    have led over them takes the shortest other way, or is `UNREACHABLE`.
    Raises UnknownName for a closed thing that is not here, BadInput for a matrix with gaps or an extract that cannot be
    read, MissingExtra where the extract needs a reader that is not installed.
    """
    names = tuple([d.depot for d in rollout.depots] + [s.site for s in rollout.sites])
    index = {name: i for i, name in enumerate(names)}
    bridges, roads = closing.parted(closed, rollout)
    if rollout.travel.method == "circle":
        seconds, metres = _circles(rollout, bridges)
    elif rollout.travel.method == "matrix":
        seconds, metres = _whole(*given.times(rollout, index))
    else:
        seconds, metres = _whole(*_by_roads(rollout, bridges))
    if roads:
        closing.close(seconds, metres, [(index[a], index[b]) for a, b in roads])
    return TravelTimes(names, index, seconds, metres)


def _circles(rollout: Rollout, closed: frozenset[str]) -> tuple[I32, I32]:
    """Great circle x detour / speed, over open bridges between banks."""
    places: tuple[Depot | RolloutSite, ...] = (*rollout.depots, *rollout.sites)
    at = circle.units(np.array([p.latitude_deg for p in places]), np.array([p.longitude_deg for p in places]))
    per_second, detour = rollout.travel.speed_kmh / 3.6, rollout.travel.detour_factor
    bank, names = _banks(rollout, places)
    open_ = [b for b in rollout.bridges if b.bridge not in closed]
    ends = crossings.ends(open_, names, per_second, detour) if rollout.bridges else None
    n = len(places)
    seconds, metres = np.empty((n, n), np.int32), np.empty((n, n), np.int32)
    for begin in range(0, n, BLOCK):
        rows = slice(begin, min(begin + BLOCK, n))
        way = circle.metres(at[rows], at) * detour
        taken = way / per_second
        if ends is not None:
            for mine, theirs, s, m in crossings.ways(ends, at[rows], bank[rows], at, bank):
                taken[np.ix_(mine, theirs)], way[np.ix_(mine, theirs)] = s, m
        seconds[rows], metres[rows] = _whole(taken, way)
    return seconds, metres


def _banks(rollout: Rollout, places: tuple[Depot | RolloutSite, ...]) -> tuple[I64, list[str]]:
    """The number of each place's bank (-1: none), and the names of the banks."""
    names = sorted({p.bank for p in places} | {b for x in rollout.bridges for b in (x.bank_a, x.bank_b)} - {""})
    numbers = {bank: i for i, bank in enumerate(names)} | {"": -1}
    return np.array([numbers[p.bank] for p in places], np.int64), names


def _whole(seconds: F64, metres: F64) -> tuple[I32, I32]:
    """Rounded to whole seconds and metres; what has no way is UNREACHABLE and 0 m."""
    reached = np.isfinite(seconds) & (seconds < UNREACHABLE)
    whole = np.where(reached, np.rint(np.where(reached, seconds, 0.0)), UNREACHABLE).astype(np.int32)
    return whole, np.where(reached, np.rint(np.where(reached, metres, 0.0)), 0.0).astype(np.int32)


def _by_roads(rollout: Rollout, closed: frozenset[str]) -> tuple[F64, F64]:
    extract = require("setsail.rollout.travel.extract", "osm")
    found: tuple[F64, F64] = extract.times(rollout, closed)
    return found
