"""Delays as mixtures of uniform pieces: mean, extremes, distribution function and percentiles without a grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from setsail.base.arrays import F64
from setsail.base.limits import Limit

RATIO = Limit("ratio", 0.0, 1.0, "a share of the packets")

CELLS = 2_000_000
"""Times by pieces that are evaluated at once."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """With probability `weight[i]` the delay is uniform on [low_s[i], high_s[i]]; what lacks to 1 is lost.

    low_s, high_s, weight : (n,) [s], [s], ratio. A piece with both ends alike is a constant.
    """

    low_s: F64
    high_s: F64
    weight: F64

    @cached_property
    def delivered_ratio(self) -> float:
        """Share of packets that arrive at all."""
        return min(float(math.fsum(self.weight)), 1.0)

    @cached_property
    def mean_s(self) -> float:
        """Mean delay of the packets that arrive."""
        return float(math.fsum(self.weight * (self.low_s + self.high_s)) / 2 / math.fsum(self.weight))

    @cached_property
    def min_s(self) -> float:
        """Least delay."""
        return float(self.low_s.min())

    @cached_property
    def max_s(self) -> float:
        """Longest delay of a packet that arrives (a supremum: no packet need meet it)."""
        return float(self.high_s.max())

    def cdf(self, t_s: F64 | float) -> F64:
        """Share of all packets that arrive within each of `t_s` (n_t,) [s], n_t values."""
        t = np.atleast_1d(np.asarray(t_s, dtype=np.float64))
        rows = max(CELLS // len(self.weight), 1)
        return np.concatenate([self._cdf(t[i : i + rows]) for i in range(0, len(t), rows)])

    def _cdf(self, t: F64) -> F64:
        """The same of as many values as fit into memory with all pieces."""
        width = self.high_s - self.low_s
        flat = width <= 0
        inside = (t[:, None] - self.low_s) / np.where(flat, 1.0, width)
        share = np.where(flat, t[:, None] >= self.low_s, np.clip(inside, 0.0, 1.0))
        found: F64 = share @ self.weight
        return found

    @cached_property
    def _knots(self) -> tuple[F64, F64]:
        """The ends of all pieces, and the distribution function there; it is linear between."""
        ends = np.unique(np.concatenate([self.low_s, self.high_s]))
        return ends, self.cdf(ends)

    def percentile_s(self, ratio: float) -> float:
        """Delay within which that share of all packets arrives; infinite where more than the rest is lost.

        Exact: the distribution function is linear between the ends of the pieces. Raises OutOfRange.
        """
        RATIO.require(ratio, "percentile")
        ends, at = self._knots
        if ratio > at[-1] + 1e-12:
            return math.inf
        i = int(np.searchsorted(at, ratio - 1e-15))
        if i == 0:
            return float(ends[0])
        i = min(i, len(ends) - 1)
        below, before = float(at[i - 1]), self._before(float(ends[i]))
        if before <= below or ratio >= before:
            return float(ends[i])
        return float(ends[i - 1] + (ends[i] - ends[i - 1]) * max(ratio - below, 0.0) / (before - below))

    def _before(self, t_s: float) -> float:
        """The distribution function just under `t_s`, without the constants that lie there."""
        here = (self.low_s == t_s) & (self.high_s == t_s)
        return float(self.cdf(t_s)[0] - math.fsum(self.weight[here]))

    def shifted(self, by_s: float) -> Mixture:
        """The same, later by a constant."""
        return Mixture(self.low_s + by_s, self.high_s + by_s, self.weight)

    def scaled(self, ratio: float) -> Mixture:
        """The same, of a share of the packets."""
        return Mixture(self.low_s, self.high_s, self.weight * ratio)

    @property
    def constant(self) -> bool:
        """True where every packet has the same delay and none is lost."""
        return self.min_s == self.max_s and self.delivered_ratio == 1.0


def pieces(rows: Iterable[tuple[float, float, float]]) -> Mixture:
    """The mixture of rows (low [s], high [s], weight)."""
    table = np.array(list(rows), dtype=np.float64).reshape(-1, 3)
    return Mixture(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())


def constant(delay_s: float) -> Mixture:
    """The same delay for every packet."""
    return pieces([(delay_s, delay_s, 1.0)])


def uniform(low_s: float, high_s: float) -> Mixture:
    """A delay spread evenly over a range."""
    return pieces([(low_s, high_s, 1.0)])


def joined(parts: Iterable[Mixture]) -> Mixture:
    """All pieces of mixtures whose weights are already shares of the same packets."""
    every = list(parts)
    return Mixture(
        np.concatenate([m.low_s for m in every]),
        np.concatenate([m.high_s for m in every]),
        np.concatenate([m.weight for m in every]),
    )
