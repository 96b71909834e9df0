"""What the neighbours in time let one expect of each part: growth of the part against growth of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.monitor.reconcile.edits import digit_step
from setsail.monitor.reconcile.table import Neighbour, PrintedTable

FREEDOM = 4.0
"""Degrees of freedom of the Student t that residual growth is taken to follow (an assumption: jumps do happen)."""

PRIOR_SPREAD, PRIOR_WEIGHT = 0.05, 4.0
"""Spread of ln growth taken for granted, and how many parts it counts for: keeps four regions from looking exact."""

FEWEST_OTHERS = 3
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one part: centre and spread of ln(value), and the neighbour that says most."""

    centre: float
    spread: float
    said_by: Neighbour
    had: float
    growth_of_others: float


class TimeModel:
    """Expectations of one table from the nearest earlier and the nearest later table.

    ln(value now / value then) of a part is its growth; the others' growth has a median and a spread (1.4826 MAD,
    drawn towards PRIOR_SPREAD, plus counting and rounding). Each part is judged by the others, itself left out.
    """

    def __init__(self, table: PrintedTable) -> None:
        self.table = table
        self._half = [digit_step(c.value, c.step) / 2 * c.factor if c.value is not None else 0.5 for c in table.parts]
        self._now = np.array(
            [self.log(i, c.value) if c.value is not None else np.nan for i, c in enumerate(table.parts)]
        )
        self._sides = [self._side(n) for n in _nearest(table.neighbours)]
        self._cache: dict[int, Expected | None] = {}

    @property
    def informed(self) -> bool:
        """True when at least one part can be judged."""
        return any(self.expected(i) is not None for i in range(len(self.table.parts)))

    def log(self, index: int, value: float) -> float:
        """Ln of a printed value of that part in the table's unit, half a digit added so that 0 has one."""
        return math.log(max(value, 0.0) * self.table.parts[index].factor + self._half[index])

    def expected(self, index: int) -> Expected | None:
        """What the others' growth makes of this part's neighbours; None where nothing can be said."""
        if index not in self._cache:
            self._cache[index] = self._expected(index)
        return self._cache[index]

    def z(self, index: int, value: float | None) -> float | None:
        """How many spreads a value lies off its expectation."""
        expected = self.expected(index)
        if expected is None or value is None:
            return None
        return (self.log(index, value) - expected.centre) / expected.spread

    def log_mass(self, index: int, value: float) -> float | None:
        """Ln of the chance of exactly this printed value, by the Student t of the expectation."""
        expected, z = self.expected(index), self.z(index, value)
        if expected is None or z is None:
            return None
        return _log_t(z) - math.log(expected.spread) + math.log(2 * self._half[index]) - self.log(index, value)

    def log_ratio(self, index: int, old: float | None, new: float) -> float:
        """Ln of how much likelier `new` is than `old` in this part; 0 where nothing can be said."""
        if old is None:
            return self.log_mass(index, new) or 0.0
        a, b = self.log_mass(index, new), self.log_mass(index, old)
        return 0.0 if a is None or b is None else a - b

    def log_mass_absent(self, region: str, amount: float) -> float | None:
        """Ln of the chance of that amount (table's unit) in a region that the table does not print."""
        half = float(np.median(self._half)) if self._half else 0.5
        for neighbour, then in self._sides:
            growth = (self._now - then)[np.isfinite(self._now - then)]
            if region not in neighbour.values or growth.size < FEWEST_OTHERS:
                continue
            median, spread = _centre_and_spread(growth, neighbour.values[region], 2 * half)
            expected = math.log(neighbour.values[region] + half) + median
            here = math.log(max(amount, 0.0) + half)
            return _log_t((here - expected) / spread) - math.log(spread) + math.log(2 * half) - here
        return None

    def _side(self, neighbour: Neighbour) -> tuple[Neighbour, F64]:
        then = [neighbour.values.get(cell.region, np.nan) for cell in self.table.parts]
        known = np.array(then, dtype=np.float64)
        return neighbour, np.log(np.where(known >= 0, known, np.nan) + np.array(self._half))

    def _expected(self, index: int) -> Expected | None:
        said: list[Expected] = []
        for neighbour, then in self._sides:
            if not np.isfinite(then[index]):
                continue
            others = np.delete(self._now - then, index)
            others = others[np.isfinite(others)]
            if others.size < FEWEST_OTHERS:
                continue
            had = neighbour.values[self.table.parts[index].region]
            median, spread = _centre_and_spread(others, had, 2 * self._half[index])
            said.append(Expected(float(then[index]) + median, spread, neighbour, had, math.expm1(median)))
        if not said:
            return None
        weights = [1 / e.spread**2 for e in said]
        centre = sum(w * e.centre for w, e in zip(weights, said, strict=True)) / sum(weights)
        best = min(said, key=lambda e: e.spread)
        return Expected(centre, best.spread, best.said_by, best.had, best.growth_of_others)


def _centre_and_spread(growth: F64, had: float, width: float) -> tuple[float, float]:
    """Median of the others' ln growth, and the spread of one part's around it."""
    median = float(np.median(growth))
    mad = MAD_TO_SIGMA * float(np.median(np.abs(growth - median)))
    drawn = (PRIOR_WEIGHT * PRIOR_SPREAD**2 + growth.size * mad**2) / (PRIOR_WEIGHT + growth.size)
    return median, math.sqrt(drawn + _counting(had, width))


def _counting(had: float, width: float) -> float:
    """Variance of ln growth that small numbers carry: counting (1/value) and rounding (width^2 / 6 value^2)."""
    size = max(had, width)
    return min(width, 1.0) / size + (width / size) ** 2 / 6


def _nearest(neighbours: tuple[Neighbour, ...]) -> list[Neighbour]:
    earlier = [n for n in neighbours if n.when < 0 and n.values]
    later = [n for n in neighbours if n.when > 0 and n.values]
    return [*sorted(earlier, key=lambda n: -n.when)[:1], *sorted(later, key=lambda n: n.when)[:1]]


_LOG_T0 = math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2) - math.log(FREEDOM * math.pi) / 2


def _log_t(z: float) -> float:
    """Ln density of the Student t with FREEDOM degrees."""
    return _LOG_T0 - (FREEDOM + 1) / 2 * math.log1p(z * z / FREEDOM)
