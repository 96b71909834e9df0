"""Intervals from replicates over blocks, with Student's t on as many blocks as weigh."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from setsail.base.arrays import F64, I64
from setsail.base.errors import NotComputable
from setsail.radio.calibrate.design import Design
from setsail.radio.calibrate.links import Levels
from setsail.radio.calibrate.options import LEAST_BLOCKS
from setsail.radio.calibrate.results import Interval
from setsail.radio.calibrate.solve import Solution, System, log_spread_influence, replicates

MOST_SKIPPED = 0.2
"""Share of replicates that may lack a term before the interval is refused."""
LEAST_SIGMA_DB = 1e-12
LEAST_SHARE = 0.1
"""Blocks given shorter than the correlation are not corrected beyond this."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Blocks of samples: block (n,), side of ground blocks, decorrelation distance, and how many weigh."""

    by: str
    block: I64
    side_m: float | None
    apart_m: float
    count: float

    def require(self, name: str) -> None:
        """Raises NotComputable, with what would be needed, where the blocks are too few."""
        if self.count >= LEAST_BLOCKS:
            return
        what, hint = "cells", "measure more cells"
        if self.side_m is not None:
            what = f"stretches of {self.side_m:.0f} m (decorrelation distance {self.apart_m:.0f} m)"
            hint = f"drive {LEAST_BLOCKS * self.side_m / 1000:.1f} km or more of different streets"
        raise NotComputable(
            f"rests on {self.count:.1f} independent {what}", where=name, allowed=f"{LEAST_BLOCKS} or more", hint=hint
        )

    @property
    def widening(self) -> float:
        """By how much borders between ground blocks, which cut correlated samples apart, make the spread look smaller.

        Exact for the mean along a straight track with correlation exp(-x / d) in blocks of length L:
        the variance of the sum of a block is 2 d L - 2 d^2 (1 - exp(-L / d)) where 2 d L is its share of the whole.
        """
        if self.side_m is None or not self.apart_m:
            return 1.0
        r = self.apart_m / self.side_m
        return float(1.0 / np.sqrt(max(1.0 - r * (1.0 - np.exp(-1.0 / r)), LEAST_SHARE)))

    def independent(self, n: int) -> float:
        """How many of n samples would say as much if they were independent: one per two decorrelation distances."""
        if self.side_m is None or not self.apart_m:
            return min(self.count, float(n))
        return min(self.count * max(self.side_m / (2.0 * self.apart_m), 1.0), float(n))


@dataclass(slots=True)
class Judged:
    """A solution with its replicates. Raises NotComputable where too many replicates lack a term."""

    of: System
    found: Solution
    made: Design
    grouping: Grouping
    counts: F64
    confidence: float
    name: str
    beta: F64 = field(init=False)
    sigma: F64 = field(init=False)
    skipped: int = field(init=False)

    def __post_init__(self) -> None:
        beta, sigma = replicates(self.of, self.found, self.grouping.block, self.counts)
        whole = np.isfinite(beta).all(axis=1) & np.isfinite(sigma)
        self.beta, self.sigma, self.skipped = beta[whole], sigma[whole], int((~whole).sum())
        if self.skipped > MOST_SKIPPED * len(whole):
            raise NotComputable(
                f"lacks a term in {self.skipped} of {len(whole)} replicates",
                where=self.name,
                hint="fewer terms, or samples of every cell and device in more places",
            )

    def reach(self, count: float) -> float:
        """Half an interval in standard deviations of the replicates, when `count` blocks carry the estimate.

        Replicates of n blocks vary by (n - 1) / n less than samples of n blocks do.
        """
        t = float(stats.t.ppf(0.5 + self.confidence / 2.0, max(count - 1.0, 1.0)))
        return t * self.grouping.widening * float(np.sqrt(count / max(count - 1.0, 1.0)))

    def carried(self, combination: F64) -> float:
        """How many blocks carry a combination (p,) of coefficients: (sum of v)^2 / sum of v^2, v = influence^2.

        Source: the degrees of freedom of Satterthwaite, Biometrics Bulletin 2 (1946), 110-114, for whole blocks.
        """
        curvature = self.of.x.T @ (self.of.w[:, None] * self.of.x)
        influence = self.of.w * (self.of.x @ np.linalg.solve(curvature, combination))
        v = np.bincount(self.grouping.block, influence) ** 2
        return float(v.sum() ** 2 / np.sum(v**2))

    def carried_spread(self) -> float:
        """How many blocks carry sigma: 2 n / (kurtosis - 1) of their influences, at most those that weigh.

        The variance of the replicates is itself an estimate; squares of residuals have longer tails than residuals, so
        it is known less well than for a coefficient. Equal to n for influences of a normal distribution.
        Source: variance of a sample variance (Kenney and Keeping, Mathematics of Statistics 2, 1951, cl. 7.7), set
        equal to that of a chi-squared variable with as many degrees of freedom.
        """
        if self.found.sigma <= LEAST_SIGMA_DB:
            return self.grouping.count
        u = np.bincount(self.grouping.block, log_spread_influence(self.of, self.found))
        kurtosis = len(u) * float(np.sum(u**4)) / float(np.sum(u**2)) ** 2
        return min(self.grouping.count, 2.0 * len(u) / max(kurtosis - 1.0, 1e-9))

    def term(self, k: int) -> Interval:
        """Coefficient k."""
        return self._combined(np.eye(self.of.x.shape[1])[k])

    def slope(self) -> Interval | None:
        """The slope, where it is fitted."""
        part = self.made.columns("slope")
        return None if part is None else self.term(part.start)

    def spread(self) -> Interval:
        """Standard deviation around the fit, corrected for the terms fitted; its interval is made on the logarithm."""
        p = self.of.x.shape[1]
        n = max(self.grouping.independent(len(self.of.y)), p + 1.0)
        value = self.found.sigma * float(np.sqrt(n / (n - p)))
        ratio = float(np.exp(self.reach(self.carried_spread()) * np.log(np.maximum(self.sigma, LEAST_SIGMA_DB)).std()))
        return Interval(value, value / ratio, value * ratio)

    def levels(self, term: str, of: Levels) -> tuple[tuple[str, Interval], ...]:
        """Every level's own term by name, the last as minus the sum of the others."""
        part = self.made.columns(term)
        if part is None:
            return ()
        full = np.zeros((len(of), self.of.x.shape[1]))
        full[:, part] = np.vstack([np.eye(len(of) - 1), -np.ones(len(of) - 1)])
        return tuple((name, self._combined(full[k])) for k, name in enumerate(of.names))

    def _combined(self, combination: F64) -> Interval:
        """The interval of a combination (p,) of coefficients."""
        value = float(self.found.beta @ combination)
        half = self.reach(self.carried(combination)) * float((self.beta @ combination).std())
        return Interval(value, value - half, value + half)


def scaled(of: Interval, factor: float) -> Interval:
    """The interval of a multiple."""
    low, high = sorted((of.low * factor, of.high * factor))
    return Interval(of.value * factor, low, high)
