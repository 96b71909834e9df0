"""A printed table: parts, their printed total, and the same table in other periods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from setsail.base.printed import Band, Qualifier, band

TOTAL = -1
"""Index that stands for the printed total among the cells of a table."""

SLACK = 1e-12
"""Share of the total that binary fractions may add to a sum; far below any printed step."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed number. `value` and `step` are in the printed unit; `factor` turns them into the table's unit."""

    region: str
    value: float | None
    step: float = 0.0
    factor: float = 1.0
    qualifier: Qualifier = "exact"
    place: str = ""

    @property
    def amount(self) -> float:
        """The value in the table's unit; nothing printed counts as 0."""
        return 0.0 if self.value is None else self.value * self.factor

    @property
    def band(self) -> Band:
        """What the printed number allows, in the table's unit."""
        if self.value is None:
            return Band(0.0, 0.0)
        return band(self.value, self.step, self.qualifier).scaled(self.factor)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The same table in another period, in the same unit. `when` orders periods; negative is earlier."""

    label: str
    when: float
    values: Mapping[str, float]
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Sum of the parts against the total, in the table's unit: it meets when `low <= gap <= high`."""

    parts_sum: float
    total: float
    gap: float
    low: float
    high: float
    slack: float

    @property
    def meets(self) -> bool:
        """True when rounding alone can explain the gap."""
        return self.low - self.slack <= self.gap <= self.high + self.slack


@dataclass(frozen=True)
class PrintedTable:
    """Parts that should make up a total, in the order they are printed.

    besides : parts of the total that are no regions;  roster : regions that should be there (default: the neighbours');
    also_printed : the same total as printed elsewhere in the source, `place` says where;
    breaks : other periods that count by another definition and are therefore no neighbours, in words.
    """

    name: str
    unit: str
    period: str
    total: Cell
    parts: tuple[Cell, ...]
    indicator: str = ""
    besides: tuple[Cell, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    roster: tuple[str, ...] = ()
    also_printed: tuple[Cell, ...] = ()
    breaks: tuple[str, ...] = ()

    @cached_property
    def balance(self) -> Balance:
        """The gap and what printed precision allows it to be."""
        return balance(self.parts, self.total, self.besides)

    def cell(self, index: int) -> Cell:
        """The part of that index, or the total for TOTAL."""
        return self.total if index == TOTAL else self.parts[index]

    def missing(self) -> list[str]:
        """Regions of the nearest neighbour (or the roster) that this table does not print, in their order there."""
        here = {cell.region for cell in self.parts}
        nearest = min((n for n in self.neighbours if n.values), key=lambda n: abs(n.when), default=None)
        roster = self.roster or tuple(nearest.values if nearest else ())
        return [region for region in roster if region not in here]


def balance(parts: Sequence[Cell], total: Cell, besides: Sequence[Cell] = ()) -> Balance:
    """Sum of the parts against the total within printed precision: half a step of every number that is summed."""
    cells = [*parts, *besides]
    bands = [cell.band for cell in cells]
    parts_sum = math.fsum(cell.amount for cell in cells)
    allowed = total.band
    lower = math.fsum(c.amount - b.low for c, b in zip(cells, bands, strict=True))
    upper = math.fsum(b.high - c.amount for c, b in zip(cells, bands, strict=True) if math.isfinite(b.high))
    open_above = any(math.isinf(b.high) for b in bands)
    return Balance(
        parts_sum=parts_sum,
        total=total.amount,
        gap=parts_sum - total.amount,
        low=-math.inf if open_above else -(upper + total.amount - allowed.low),
        high=math.inf if math.isinf(allowed.high) else lower + allowed.high - total.amount,
        slack=SLACK * max(abs(total.amount), math.fsum(abs(c.amount) for c in cells), 1e-9),
    )
