"""Driving times of a rollout by the method that it names."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64
from setsail.rollout.model import Depot, Rollout, RolloutSite
from setsail.rollout.travel import circle
from setsail.rollout.travel.matrix import TravelTimes

BLOCK = 512
"""Rows worked out at once."""


def times(rollout: Rollout, closed: frozenset[str] = frozenset()) -> TravelTimes:
    """Seconds and metres between all depots and sites, depots first, as int32 matrices (n, n).

    closed : bridges, or roads written "A|B" between two places (both directions), that cannot be driven.
    """
    places: tuple[Depot | RolloutSite, ...] = (*rollout.depots, *rollout.sites)
    names = tuple([d.depot for d in rollout.depots] + [s.site for s in rollout.sites])
    at = circle.units(np.array([p.latitude_deg for p in places]), np.array([p.longitude_deg for p in places]))
    n = len(names)
    seconds, metres = np.empty((n, n), np.int32), np.empty((n, n), np.int32)
    per_second = rollout.travel.speed_kmh / 3.6
    for begin in range(0, n, BLOCK):
        way: F64 = circle.metres(at[begin : begin + BLOCK], at) * rollout.travel.detour_factor
        metres[begin : begin + BLOCK] = np.rint(way)
        seconds[begin : begin + BLOCK] = np.rint(way / per_second)
    return TravelTimes(names, {name: i for i, name in enumerate(names)}, seconds, metres)
