"""Reasons in words and numbers: what closes the gap, and what the neighbours in time say."""

from __future__ import annotations

import math

from setsail.monitor.reconcile.candidate import NEW_ROW, Candidate, Change, closing
from setsail.monitor.reconcile.neighbours import TimeModel
from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.table import TOTAL, PrintedTable

CONTRADICTED_Z = 4.0
"""A candidate's number contradicts its neighbours from this many spreads on, if the printed one lay nearer."""


def contradiction(model: TimeModel, candidate: Candidate) -> str:
    """Why the neighbours in time speak against the candidate; empty where they do not."""
    for change in candidate.changes:
        if change.index < 0 or change.new is None:
            continue
        new, old = model.z(change.index, change.new), model.z(change.index, change.old)
        if new is None or abs(new) <= CONTRADICTED_Z or (old is not None and abs(new) <= abs(old) + 1):
            continue
        return _against(model, change, new)
    return ""


def evidence(table: PrintedTable, model: TimeModel, candidate: Candidate) -> tuple[str, ...]:
    """The reasons for a candidate, the strongest first."""
    reasons = [candidate.how, f"{_reading(candidate)}: {closing(table, candidate)}"]
    if candidate.solved:
        reasons.append("the new number follows from the total alone: look it up")
    reasons += [text for change in candidate.changes if (text := _time(model, change))]
    return tuple(reasons)


def gap_text(table: PrintedTable) -> str:
    """The gap in words."""
    balance = table.balance
    parts, total, gap = (told(round(v, 9)) for v in (balance.parts_sum, balance.total, abs(balance.gap)))
    side = "more" if balance.gap > 0 else "less"
    most = balance.high if balance.gap > 0 else -balance.low
    allowed = told(round(most, 9)) if math.isfinite(most) else "any gap"
    return f"the parts sum to {parts}, {gap} {side} than the printed total {total}; rounding allows {allowed}"


def _reading(candidate: Candidate) -> str:
    return "; ".join(
        f"{c.region} left out" if c.new is None else f"{c.region} read as {told(c.new)} for {told(c.old)}"
        for c in candidate.changes
    )


def _time(model: TimeModel, change: Change) -> str:
    if change.index in (TOTAL, NEW_ROW) or change.new is None:
        return ""
    expected = model.expected(change.index)
    if expected is None or expected.had <= 0:
        return ""
    factor = model.table.parts[change.index].factor
    text = (
        f"{expected.said_by.label} had {told(round(expected.had / factor, 9))}: {told(change.new)} is "
        f"{_percent(change.new * factor, expected.had)} against {expected.growth_of_others:+.1%} for the others"
    )
    if change.old is not None:
        text += f"; {told(change.old)} would be {_percent(change.old * factor, expected.had)}"
    return text


def _against(model: TimeModel, change: Change, z: float) -> str:
    expected = model.expected(change.index)
    if expected is None or change.new is None:
        return ""
    factor = model.table.parts[change.index].factor
    text = (
        f"{expected.said_by.label} had {told(round(expected.had / factor, 9))}: {told(change.new)} would be "
        f"{_percent(change.new * factor, expected.had)} while the others differ by "
        f"{expected.growth_of_others:+.1%} (median), {abs(z):.0f} spreads off"
    )
    if change.old is not None:
        text += f"; {told(change.old)} as printed is {_percent(change.old * factor, expected.had)}"
    return text


def _percent(now: float, then: float) -> str:
    return f"{now / then - 1:+.1%}" if then > 0 else "new"
