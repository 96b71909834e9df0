"""How likely it is that the devices of a cell ask for more than it has: exact sums of independent sources.

Capacity and demands are whole numbers of units. Each source of a class is active with its probability, independent of
all others, and then holds its units. Where all that is asked fits, it is carried; an arrival that does not fit is lost.
The state of such a system is the product form of its sources cut at the capacity, so that blocking follows from sums
of independent sources alone. Poisson arrivals (many sources, each seldom active) are the limit of Kaufman and Roberts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput

NEGLIGIBLE = 1e-18
"""Probability below which a number of active sources is left out of a sum."""


@dataclass(frozen=True, slots=True)
class Sources:
    """One class: `count` devices that each hold `units` while they are active, for `activity_ratio` of the time."""

    units: int
    count: int
    activity_ratio: float

    def __post_init__(self) -> None:
        if self.units < 1 or self.count < 0 or not 0 <= self.activity_ratio <= 1:
            raise BadInput(f"is {self}", where="Sources", allowed="units >= 1, count >= 0, activity_ratio in [0, 1]")


def demand(classes: Sequence[Sources], top: int) -> F64:
    """Probability (top + 1,) that all classes together ask for 0, 1 ... top units; what is missing to 1 lies above."""
    p = np.zeros(top + 1)
    p[0] = 1.0
    for one in _merged(classes):
        p = with_class(p, one)
    return p


def with_class(p: F64, one: Sources, less: int = 0) -> F64:
    """The distribution `p` with a class added, of which `less` sources are left out."""
    out = np.zeros_like(p)
    for active, probability in _binomial(one.count - less, one.activity_ratio):
        shift = active * one.units
        if shift >= p.size:
            break
        out[shift:] += probability * p[: p.size - shift]
    return out


def _binomial(count: int, ratio: float) -> list[tuple[int, float]]:
    if ratio in (0.0, 1.0) or not count:
        return [(count if ratio else 0, 1.0)]
    up, down = math.log(ratio), math.log1p(-ratio)
    whole = math.lgamma(count + 1)
    logs = [
        whole - math.lgamma(k + 1) - math.lgamma(count - k + 1) + k * up + (count - k) * down for k in range(count + 1)
    ]
    return [(k, math.exp(one)) for k, one in enumerate(logs) if one > math.log(NEGLIGIBLE)]


def _merged(classes: Sequence[Sources]) -> list[Sources]:
    """The classes with those of equal units and activity as one."""
    counts: dict[tuple[int, float], int] = {}
    for one in classes:
        if one.count:
            counts[one.units, one.activity_ratio] = counts.get((one.units, one.activity_ratio), 0) + one.count
    return [Sources(units, count, ratio) for (units, ratio), count in counts.items()]


def overflow_probability(classes: Sequence[Sources], capacity: int) -> float:
    """Probability that the active devices ask for more than the capacity."""
    return max(0.0, 1.0 - float(demand(classes, capacity).sum()))


def quantile(classes: Sequence[Sources], probability: float, top: int) -> int:
    """Smallest number of units that is asked for or less with at least `probability`; `top` where it lies beyond."""
    if sum(c.units * c.count for c in classes) == 0:
        return 0
    below = np.cumsum(demand(classes, top))
    return min(int(np.searchsorted(below, probability - 1e-12)), top)


def blocking(classes: Sequence[Sources], capacity: int) -> list[float]:
    """Probability, for each class, that an arrival of it does not fit; 1 where a device alone does not.

    An arrival of a class of n sources sees the other sources only: the n - 1 of its class and all others, cut at the
    capacity (the arrival theorem of systems with a product form).
    Source: J. S. Kaufman, Blocking in a shared resource environment, IEEE Trans. Commun. 29 (1981), for the product
    form of any mixture of finite sources; the arrival theorem of Lavenberg and Reiser (1980).
    """
    merged = _merged(classes)
    before = [_start(capacity)]
    for one in merged:
        before.append(with_class(before[-1], one))
    after, found = _start(capacity), {}
    for index in range(len(merged) - 1, -1, -1):
        one = merged[index]
        others = with_class(before[index], one, less=1)
        found[one.units, one.activity_ratio] = _blocked(others, np.cumsum(after), one.units, capacity)
        after = with_class(after, one)
    return [found.get((c.units, c.activity_ratio), 0.0) for c in classes]


def _start(capacity: int) -> F64:
    p = np.zeros(capacity + 1)
    p[0] = 1.0
    return p


def _blocked(some: F64, below: F64, units: int, capacity: int) -> float:
    """1 - P(S <= C - b) / P(S <= C), for S the sum of `some` and of what has the distribution function `below`."""
    if units > capacity:
        return 1.0
    whole = float(some @ below[::-1])
    left = capacity - units
    if whole <= 0.0:
        return 1.0
    return max(0.0, 1.0 - float(some[: left + 1] @ below[left::-1]) / whole)
