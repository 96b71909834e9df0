"""Distribution of a sum of independent delays: exact where at most one of them varies, else on a grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from setsail.base.arrays import F64
from setsail.service.latency.mixture import RATIO, Mixture, constant

STEP_S = 5e-6
"""Step of the grid. Rounding each of n varying parts to it moves a percentile by n / 2 steps at most."""


@dataclass(frozen=True, eq=False)
class Sum:
    """The sum of independent delays. parts : those that vary;  fixed_s : the constants together."""

    parts: tuple[Mixture, ...]
    fixed_s: float
    step_s: float = STEP_S

    @property
    def mean_s(self) -> float:
        """Mean of the packets that arrive; exact."""
        return self.fixed_s + math.fsum(part.mean_s for part in self.parts)

    @property
    def min_s(self) -> float:
        """Least; exact."""
        return self.fixed_s + math.fsum(part.min_s for part in self.parts)

    @property
    def max_s(self) -> float:
        """Longest of a packet that arrives; exact."""
        return self.fixed_s + math.fsum(part.max_s for part in self.parts)

    @property
    def delivered_ratio(self) -> float:
        """Share of packets that arrive."""
        return math.prod(part.delivered_ratio for part in self.parts)

    @property
    def method(self) -> str:
        """How percentiles are found, in words."""
        if len(self.parts) <= 1:
            return "exact enumeration of arrival phases and retransmissions; no grid"
        return (
            f"exact enumeration of arrival phases and retransmissions, with {len(self.parts) - 1} varying term(s) "
            f"on a grid of {self.step_s * 1e6:g} us: a percentile errs by {self.resolution_s * 1e6:g} us or less"
        )

    @property
    def resolution_s(self) -> float:
        """Most by which the grid moves a percentile."""
        return self.step_s * len(self.parts) / 2 if len(self.parts) > 1 else 0.0

    def percentile_s(self, ratio: float) -> float:
        """Delay within which that share of all packets arrives; infinite where more than the rest is lost."""
        RATIO.require(ratio, "percentile")
        if len(self.parts) <= 1:
            one = self.parts[0] if self.parts else constant(0.0)
            return self.fixed_s + one.percentile_s(ratio)
        start, cumulated = self.grid
        if ratio > cumulated[-1] + 1e-12:
            return math.inf
        i = min(int(np.searchsorted(cumulated, ratio - 1e-12)), len(cumulated) - 1)
        return self.fixed_s + min(start + i * self.step_s, self.max_s - self.fixed_s)

    def ratio_within(self, delay_s: float) -> float:
        """Share of all packets that arrive within a delay."""
        rest = delay_s - self.fixed_s
        if len(self.parts) <= 1:
            one = self.parts[0] if self.parts else constant(0.0)
            return float(one.cdf(rest + 1e-15)[0])
        if rest >= self.max_s - self.fixed_s:
            return self.delivered_ratio
        start, cumulated = self.grid
        i = math.floor((rest - start) / self.step_s + 1e-9)
        return 0.0 if i < 0 else float(cumulated[min(i, len(cumulated) - 1)])

    def plus(self, fixed_s: float = 0.0, parts: Iterable[Mixture] = ()) -> Sum:
        """The sum with more terms; the grid is kept where only a constant comes."""
        more = tuple(parts)
        made = total([*self.parts, *more], self.fixed_s + fixed_s, self.step_s)
        if not more and "grid" in self.__dict__:
            made.__dict__["grid"] = self.grid
        return made

    @cached_property
    def grid(self) -> tuple[float, F64]:
        """First delay of the grid and the distribution function on it, of the varying parts."""
        start, mass = _cells(self.parts[0], self.step_s)
        for part in self.parts[1:]:
            begin, other = _cells(part, self.step_s)
            start, mass = start + begin, np.convolve(mass, other)
        return start, np.cumsum(mass)


def total(parts: Iterable[Mixture], fixed_s: float = 0.0, step_s: float = STEP_S) -> Sum:
    """The sum of independent delays; constants among them are taken exactly."""
    every = list(parts)
    fixed = fixed_s + math.fsum(part.min_s for part in every if part.constant)
    return Sum(tuple(part for part in every if not part.constant), fixed, step_s)


def _cells(part: Mixture, step_s: float) -> tuple[float, F64]:
    """Centre of the first cell and the mass of each cell of a grid through the least delay."""
    count = math.ceil((part.max_s - part.min_s) / step_s + 0.5) + 1
    edges: F64 = part.min_s + (np.arange(count + 1, dtype=np.float64) - 0.5) * step_s
    return part.min_s, np.diff(part.cdf(edges))
