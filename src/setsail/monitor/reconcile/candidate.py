"""One way a table may have gone wrong: which numbers change, and how plausible that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.table import TOTAL, Balance, Cell, PrintedTable

NEW_ROW = -2
"""Index of a row that the table lacks."""


@dataclass(frozen=True, slots=True)
class Change:
    """One number to read differently, in the unit it is printed in; `new` of None is a row that is not there."""

    index: int
    region: str
    old: float | None
    new: float | None
    step: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repair. `score`: ln of its odds against a table without slip, up to one term common to all candidates.

    solved : the new number follows from the total alone and not from the printed digits.
    """

    kind: str
    changes: tuple[Change, ...]
    score: float
    how: str
    solved: bool = False

    @property
    def key(self) -> tuple[tuple[int, str, float | None], ...]:
        """What is changed to what: two candidates with one key are one repair."""
        return tuple(sorted(((c.index, c.region, c.new) for c in self.changes), key=repr))


def balance_after(table: PrintedTable, candidate: Candidate) -> Balance:
    """Parts against total as the candidate reads them, from the balance of the table and the changed cells alone."""
    now = table.balance
    parts_sum, total, low, high = now.parts_sum, now.total, now.low, now.high
    for change in candidate.changes:
        before = _cell(table, change)
        after = replace(before, value=change.new, step=change.step)
        below = (after.amount - after.band.low) - (before.amount - before.band.low)
        above = _above(after) - _above(before)
        if change.index == TOTAL:
            total += after.amount - before.amount
            low, high = low - below, high + above
        else:
            parts_sum += after.amount - before.amount
            low, high = low - above, high + below
    return replace(now, parts_sum=parts_sum, total=total, gap=parts_sum - total, low=low, high=high)


def closes(table: PrintedTable, candidate: Candidate) -> bool:
    """True when the table meets its total as the candidate reads it."""
    return balance_after(table, candidate).meets


def closing(table: PrintedTable, candidate: Candidate) -> str:
    """How the candidate closes the gap, in words."""
    after = balance_after(table, candidate)
    if abs(after.gap) <= after.slack:
        return "the parts then sum to the total exactly"
    return f"the parts then miss the total by {told(round(abs(after.gap), 9))}, which rounding allows"


def _cell(table: PrintedTable, change: Change) -> Cell:
    if change.index == NEW_ROW:
        like = table.parts[0] if table.parts else table.total
        return Cell(change.region, None, like.step, like.factor)
    return table.cell(change.index)


def _above(cell: Cell) -> float:
    """Room above the value that rounding leaves; an open qualifier (over) is the same before and after."""
    return 0.0 if cell.qualifier == "over" else cell.band.high - cell.amount
