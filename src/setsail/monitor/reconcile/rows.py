"""Slips of whole rows: printed twice, left out, swapped, moved by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from setsail.monitor.reconcile.candidate import NEW_ROW, Candidate, Change, closes
from setsail.monitor.reconcile.edits import digit_step
from setsail.monitor.reconcile.kinds import rate
from setsail.monitor.reconcile.neighbours import TimeModel
from setsail.monitor.reconcile.search import solved_value
from setsail.monitor.reconcile.table import PrintedTable

ODD_Z = 3.0
"""A row counts as odd from this many spreads off its expectation; only odd rows are looked at for moves."""

MOST_ODD = 200
"""Most odd rows that moves are looked for between; the oddest come first."""

UNNAMED = "(row not printed)"
"""Region of a missing row that no table names."""

MOST_MOVED = 60
"""Most rows that are looked at as one block moved by one."""

LOG_ABSENCE = math.log(0.01)
"""Ln of the chance that a part printed last time is rightly not printed this time (an assumption)."""

NAMED_TWICE = 5.0
"""Ln odds that the same name twice adds for a doubled row (an assumption)."""


def row_slips(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """Candidates of rows doubled, overwritten or left out that close the gap."""
    yield from _printed_twice(table, model)
    yield from _overwritten(table, model)
    yield from _left_out(table, model)


def moved_rows(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """Candidates of rows swapped or moved by one that close the gap (or keep it closed); they need neighbours."""
    odd = _odd_rows(table, model)
    yield from _swapped(table, model, odd)
    yield from _moved_by_one(table, model, odd)


def _printed_twice(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """One of two rows with the same number is one too many."""
    by_value: dict[float, list[int]] = {}
    for i, cell in enumerate(table.parts):
        if cell.value:
            by_value.setdefault(cell.amount, []).append(i)
    named: dict[str, list[int]] = {}
    for i, cell in enumerate(table.parts):
        named.setdefault(cell.region, []).append(i)
    for i, cell in enumerate(table.parts):
        same_name = [k for k in named[cell.region] if k < i]
        twins = [k for k in by_value.get(cell.amount, []) if k < i]
        twin = next(iter(same_name or twins), None)
        if twin is None or cell.value is None:
            continue
        surprise = -(model.log_mass(i, cell.value) or -_digits(cell.amount, digit_step(cell.value, cell.step)))
        score = math.log(rate("doubled_row") / 2) + surprise + (NAMED_TWICE if same_name else 0.0)
        if not same_name and abs(i - twin) > 1:
            score += LOG_ABSENCE
        how = f"row {i + 1} repeats row {twin + 1} ({table.parts[twin].region})"
        candidate = Candidate("doubled_row", (Change(i, cell.region, cell.value, None, 0.0),), score, how)
        if closes(table, candidate):
            yield candidate


def _overwritten(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """A row carries the number of the row beside it; its own follows from the total."""
    for i, cell in enumerate(table.parts):
        if not cell.value:
            continue
        beside = [k for k in (i - 1, i + 1) if 0 <= k < len(table.parts) and table.parts[k].amount == cell.amount]
        new = solved_value(table, cell)
        if not beside or new <= 0:
            continue
        score = math.log(rate("doubled_row") / 2) + model.log_ratio(i, cell.value, new)
        how = f"the number is that of the row beside it ({table.parts[beside[0]].region})"
        change = Change(i, cell.region, cell.value, new, cell.step)
        candidate = Candidate("doubled_row", (change,), score, how, solved=True)
        if closes(table, candidate):
            yield candidate


def _left_out(table: PrintedTable, model: TimeModel) -> Iterator[Candidate]:
    """A part that was printed in another period is not printed here."""
    if table.balance.gap >= 0:
        return
    blank = [(i, cell.region) for i, cell in enumerate(table.parts) if cell.value is None]
    absent = [*blank, *((NEW_ROW, region) for region in table.missing())]
    if not absent:
        return
    like = table.parts[0]
    for index, region in absent:
        cell = table.parts[index] if index != NEW_ROW else like
        step = cell.step or like.step
        new = _solved_new(table, step, cell.factor)
        mass = model.log_mass(index, new) if index != NEW_ROW else model.log_mass_absent(region, new * cell.factor)
        usual = mass if mass is not None else -_digits(new, step or 1.0)
        score = math.log(rate("missing_row") / len(absent)) + usual - LOG_ABSENCE
        how = "the cell is blank" if index != NEW_ROW else "the row is not printed"
        candidate = Candidate("missing_row", (Change(index, region, None, new, step),), score, how, solved=True)
        if new > 0 and closes(table, candidate):
            yield candidate


def unnamed_row(table: PrintedTable) -> Iterator[Candidate]:
    """A row that nobody knows of: fits any sum that is too small, so it is asked for where nothing else fits."""
    like = table.parts[0]
    new = _solved_new(table, like.step, like.factor)
    if new > 0:
        how = "a row that the table does not print; no other table names it"
        change = Change(NEW_ROW, UNNAMED, None, new, like.step)
        yield Candidate("missing_row", (change,), math.log(rate("missing_row")), how, solved=True)


def _swapped(table: PrintedTable, model: TimeModel, odd: list[int]) -> Iterator[Candidate]:
    share = math.log(rate("swapped_rows"))
    for a, i in enumerate(odd):
        for j in odd[a + 1 :]:
            low, high = min(i, j), max(i, j)
            old = table.parts[low].value, table.parts[high].value
            if old[0] is None or old[1] is None or table.parts[low].amount == table.parts[high].amount:
                continue
            gain = model.log_ratio(low, old[0], old[1]) + model.log_ratio(high, old[1], old[0])
            away = math.log(0.5 / len(table.parts)) if high - low == 1 else math.log(1 / len(table.parts) ** 2)
            changes = (_taking(table, low, high), _taking(table, high, low))
            candidate = Candidate("swapped_rows", changes, share + away + gain, "the two rows change places")
            if gain > 0 and closes(table, candidate):
                yield candidate


def _moved_by_one(table: PrintedTable, model: TimeModel, odd: list[int]) -> Iterator[Candidate]:
    """Blocks of rows whose numbers stand one row too low or too high; an odd row, or its double, begins them."""
    share = math.log(rate("shifted_columns") / (4 * len(table.parts)) / max(len(odd), 1))
    for first in sorted({*odd, *_doubled_beside(table)}):
        for step in (1, -1):
            gain = 0.0
            for size in range(1, MOST_MOVED + 1):
                end = first + step * size
                if not 0 <= end < len(table.parts):
                    break
                gain += _gain(table, model, end - step, end)
                candidate = _block(table, model, first, end, share + gain) if size > 1 and gain > 0 else None
                if candidate is not None and closes(table, candidate):
                    yield candidate


def _doubled_beside(table: PrintedTable) -> list[int]:
    """Rows whose number the next row repeats, and those rows: where a block that slipped by one may begin."""
    pairs = [i for i, (a, b) in enumerate(pairwise(table.parts)) if a.value and a.amount == b.amount]
    return [k for i in pairs[:MOST_ODD] for k in (i, i + 1)]


def _block(table: PrintedTable, model: TimeModel, first: int, end: int, score: float) -> Candidate | None:
    """Rows first..end each take the number of the next; the end takes what the total leaves it."""
    step = 1 if end > first else -1
    start, last = table.parts[first], table.parts[end]
    if last.value is None or end == first:
        return None
    after_first = table.parts[first + step]
    if start.value is not None and not table.balance.meets and start.amount != after_first.amount:
        return None
    changes = [_taking(table, k, k + step) for k in range(first, end, step)]
    left = (start.amount - (0.0 if table.balance.meets else table.balance.gap)) / last.factor
    if left < 0 or (left == 0 and start.value is not None):
        return None
    new = None if start.value is None and table.balance.meets else float(f"{left:.12g}")
    changes.append(Change(end, last.region, last.value, new, last.step))
    own = model.log_ratio(end, last.value, new) if new is not None else 0.0
    real = tuple(c for c in changes if c.old != c.new)
    where = f"rows {min(first, end) + 1} to {max(first, end) + 1} stand one row too {'low' if step > 0 else 'high'}"
    return Candidate("shifted_columns", real, score + own, where, solved=not table.balance.meets)


def _taking(table: PrintedTable, index: int, other: int) -> Change:
    """Row `index` reads the number of row `other`."""
    cell, source = table.parts[index], table.parts[other]
    new = None if source.value is None else float(f"{source.amount / cell.factor:.12g}")
    return Change(index, cell.region, cell.value, new, source.step * source.factor / cell.factor)


def _gain(table: PrintedTable, model: TimeModel, index: int, other: int) -> float:
    change = _taking(table, index, other)
    return 0.0 if change.new is None else model.log_ratio(index, change.old, change.new)


def _odd_rows(table: PrintedTable, model: TimeModel) -> list[int]:
    """Rows off their expectation, or blank though printed in another period; in the order of the table."""
    scored = []
    for i, cell in enumerate(table.parts):
        z = model.z(i, cell.value)
        if cell.value is None and any(cell.region in n.values for n in table.neighbours):
            scored.append((math.inf, i))
        elif z is not None and abs(z) >= ODD_Z:
            scored.append((abs(z), i))
    return sorted(i for _, i in sorted(scored, reverse=True)[:MOST_ODD])


def _solved_new(table: PrintedTable, step: float, factor: float) -> float:
    last = step or 1.0
    return float(f"{round(-table.balance.gap / factor / last) * last:.12g}")


def _digits(value: float, last: float) -> float:
    """Ln of how many values of that size could have been printed: the surprise of meeting one of them by chance."""
    return math.log(max(value / last, 1.0))
