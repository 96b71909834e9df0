"""Single slips that close a gap: one printed number, or the total itself, read differently."""

from __future__ import annotations

import math
from collections.abc import Iterator

from setsail.monitor.reconcile.candidate import Candidate, Change, closes
from setsail.monitor.reconcile.edits import cell_edits, digit_step
from setsail.monitor.reconcile.kinds import rate
from setsail.monitor.reconcile.neighbours import TimeModel
from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.table import TOTAL, Cell, PrintedTable


def single_slips(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """Candidates that change one number and close the gap, in the order of the table."""
    for index, cell in enumerate(table.parts):
        if cell.value is None:
            continue
        yield from _edited(table, model, index, cell, cell.value)
        yield from _other_period(table, model, index, cell, cell.value)
        yield from _other_column(table, model, index, cell, cell.value)
    yield from wrong_totals(table)


def wrong_totals(table: PrintedTable) -> Iterator[Candidate]:
    """Candidates that read the total differently. The parts speak for themselves, so its history adds no odds."""
    total, now = table.total, table.balance
    if total.value is None:
        return
    low, high = now.total + now.gap - now.high, now.total + now.gap - now.low
    for edit in cell_edits(total.value, total.step, low / total.factor, high / total.factor):
        change = Change(TOTAL, total.region, total.value, edit.value, edit.step)
        candidate = Candidate("total_wrong", (change,), edit.log_rate, f"{edit.kind}: {edit.how}")
        if closes(table, candidate):
            yield candidate
    same = [n for n in table.neighbours if n.total is not None and abs(n.total - total.amount) <= now.slack]
    if same:
        new = _on_step(now.parts_sum / total.factor, total)
        score = math.log(rate("wrong_year") / len(table.neighbours))
        how = f"wrong_year: the total is that of {same[0].label}"
        candidate = Candidate(
            "total_wrong", (Change(TOTAL, total.region, total.value, new, total.step),), score, how, solved=True
        )
        if closes(table, candidate):
            yield candidate


def solved_value(table: PrintedTable, cell: Cell, others_change: float = 0.0) -> float:
    """The value of one cell that makes the parts meet the total, on the cell's own step, in its unit.

    others_change : what other cells of the same repair add to the sum, in the table's unit.
    """
    return _on_step((cell.amount - table.balance.gap - others_change) / cell.factor, cell)


def _edited(table: PrintedTable, model: TimeModel, index: int, cell: Cell, value: float) -> Iterator[Candidate]:
    now = table.balance
    low = value + (now.low - now.gap - now.slack) / cell.factor
    high = value + (now.high - now.gap + now.slack) / cell.factor
    for edit in cell_edits(value, cell.step, low, high):
        score = edit.log_rate + model.log_ratio(index, value, edit.value)
        change = Change(index, cell.region, value, edit.value, edit.step)
        candidate = Candidate(edit.kind, (change,), score, edit.how)
        if closes(table, candidate):
            yield candidate


def _other_period(table: PrintedTable, model: TimeModel, index: int, cell: Cell, value: float) -> Iterator[Candidate]:
    """The printed number is that of another period; the true one follows from the total."""
    same = [
        n for n in table.neighbours if abs(n.values.get(cell.region, math.inf) - cell.amount) <= table.balance.slack
    ]
    new = solved_value(table, cell)
    if not same or value == 0 or new <= 0:
        return
    score = math.log(rate("wrong_year") / len(table.neighbours)) + model.log_ratio(index, value, new)
    change = Change(index, cell.region, value, new, cell.step)
    candidate = Candidate(
        "wrong_year", (change,), score, f"{told(value)} is the number of {same[0].label}", solved=True
    )
    if closes(table, candidate):
        yield candidate


def _other_column(table: PrintedTable, model: TimeModel, index: int, cell: Cell, value: float) -> Iterator[Candidate]:
    """The number of this row that stands in another period's column closes the gap here."""
    for neighbour in table.neighbours:
        if cell.region not in neighbour.values:
            continue
        new = neighbour.values[cell.region] / cell.factor
        if abs(new - value) * cell.factor <= table.balance.slack:
            continue
        score = math.log(rate("shifted_columns") / 2 / len(table.neighbours)) + model.log_ratio(index, value, new)
        change = Change(index, cell.region, value, new, cell.step)
        how = f"the number printed for {neighbour.label} belongs here: the row stands one column off"
        candidate = Candidate("shifted_columns", (change,), score, how)
        if closes(table, candidate):
            yield candidate


def _on_step(value: float, cell: Cell) -> float:
    """The value rounded to the digits that the cell prints."""
    last = digit_step(cell.value, cell.step) if cell.value is not None else cell.step or 1.0
    return float(f"{round(value / last) * last:.12g}")
