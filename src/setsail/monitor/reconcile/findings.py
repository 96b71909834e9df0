"""What else a reader of the table should know: outliers in time, repeated names, totals printed twice, blanks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from setsail.monitor.reconcile.neighbours import Expected, TimeModel
from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.results import ReconcileFinding
from setsail.monitor.reconcile.table import PrintedTable, balance

OUTLIER_Z = 5.0
"""A part is an outlier from this many spreads off its expectation."""

SUSPECTED_ODDS = 3.0
"""Odds from which a number beside a blank cell is said to belong there perhaps; too weak for a proposal."""


def findings(table: PrintedTable, model: TimeModel) -> Iterator[ReconcileFinding]:
    """Findings in the order of the table."""
    yield from _outliers(table, model)
    yield from _named_twice(table)
    yield from _same_total(table)
    yield from _other_totals(table)
    yield from _beside_blank(table, model)
    yield from (ReconcileFinding("definition_break", table.total.region, text) for text in table.breaks)


def _outliers(table: PrintedTable, model: TimeModel) -> Iterator[ReconcileFinding]:
    for i, cell in enumerate(table.parts):
        z, expected = model.z(i, cell.value), model.expected(i)
        if z is None or expected is None or abs(z) < OUTLIER_Z:
            continue
        yield ReconcileFinding(
            "outlier", cell.region, f"{told(cell.value)} is {abs(z):.0f} spreads off: {_why(expected)}"
        )


def _named_twice(table: PrintedTable) -> Iterator[ReconcileFinding]:
    for region, times in Counter(cell.region for cell in table.parts).items():
        if times > 1:
            values = " and ".join(told(c.value) for c in table.parts if c.region == region)
            yield ReconcileFinding("named_twice", region, f"stands in {times} rows: {values}")


def _same_total(table: PrintedTable) -> Iterator[ReconcileFinding]:
    for neighbour in table.neighbours:
        if neighbour.total is not None and abs(neighbour.total - table.balance.total) <= table.balance.slack:
            text = f"the total {told(table.balance.total)} is also that of {neighbour.label}"
            yield ReconcileFinding("same_total", table.total.region, text)


def _other_totals(table: PrintedTable) -> Iterator[ReconcileFinding]:
    for other in table.also_printed:
        against = balance(table.parts, other, table.besides)
        meets = "which the parts meet" if against.meets else f"which the parts miss by {told(round(against.gap, 9))}"
        text = f"{other.place} prints {told(other.value)}, {meets}; the table prints {told(table.total.value)}"
        yield ReconcileFinding("other_total", table.total.region, text)


def _beside_blank(table: PrintedTable, model: TimeModel) -> Iterator[ReconcileFinding]:
    """Numbers that fit the blank row beside them better than their own: a row shift, perhaps."""
    for i, cell in enumerate(table.parts):
        if cell.value is not None or model.expected(i) is None:
            continue
        for k in (i - 1, i + 1):
            if not 0 <= k < len(table.parts) or table.parts[k].value is None:
                continue
            other = table.parts[k]
            new = other.amount / cell.factor
            z_here, z_there = model.z(i, new), model.z(k, other.value)
            here, there = model.log_mass(i, new), model.log_mass(k, other.value or 0.0)
            if z_here is None or z_there is None or here is None or there is None:
                continue
            odds = math.exp(min(here - there, 50.0))
            if odds < SUSPECTED_ODDS or abs(z_here) > 1:
                continue
            yield ReconcileFinding(
                "shift_suspected",
                other.region,
                f"{told(other.value)} fits {cell.region}, the blank row beside it, better than {other.region} "
                f"({odds:.1f} to 1): too weak for a proposal, worth a look",
            )


def _why(expected: Expected) -> str:
    return (
        f"{expected.said_by.label} had {told(round(expected.had, 9))}, "
        f"the others differ by {expected.growth_of_others:+.1%} (median)"
    )
