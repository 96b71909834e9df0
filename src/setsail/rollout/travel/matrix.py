"""Driving times and distances as matrices over named places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setsail.base.arrays import I32


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Driving between places: depots first, then sites, each in the order of the rollout.

    seconds, metres : int32, (n, n), row = from, column = to;  a pair that cannot be driven has `UNREACHABLE` seconds.
    """

    places: tuple[str, ...]
    index: Mapping[str, int]
    seconds: I32
    metres: I32


UNREACHABLE = 10**8
"""Seconds of a pair without a way: more than any deadline, small enough to add up in 32 bits."""
