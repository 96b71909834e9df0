"""Two slips at once: edits of two numbers that close the gap together, found by meeting in the middle."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from setsail.monitor.reconcile.candidate import Candidate, Change, closes
from setsail.monitor.reconcile.edits import Edit, cell_edits
from setsail.monitor.reconcile.neighbours import TimeModel
from setsail.monitor.reconcile.table import PrintedTable

MOST_CANDIDATES = 2000
"""Most pairs that are handed on; the most plausible ones are kept."""


@dataclass(frozen=True, slots=True)
class _Scored:
    index: int
    edit: Edit
    score: float
    change: float


def pair_slips(table: PrintedTable, model: TimeModel, bound: int) -> tuple[list[Candidate], str]:
    """Pairs of edits in two rows that close the gap, and a line on how much was searched.

    bound : how many edits, the most plausible first, may be paired. Time and memory grow with bound and pairs found.
    """
    edits = _edits(table, model)
    kept = sorted(edits, key=lambda e: -e.score)[:bound]
    told = f"two slips at once: {len(kept)} of {len(edits)} edits were paired"
    if len(kept) < len(edits):
        told += ", the most plausible ones (--pair-bound)"
    kept.sort(key=lambda e: e.change)
    changes = np.array([e.change for e in kept])
    now = table.balance
    low, high = now.low - now.gap - now.slack, now.high - now.gap + now.slack
    first = np.searchsorted(changes, low - changes, side="left")
    last = np.searchsorted(changes, high - changes, side="right")
    scores = np.array([e.score for e in kept])
    found: list[tuple[float, int, int]] = []
    for i in range(len(kept)):
        partners = np.arange(max(int(first[i]), i + 1), int(last[i]))
        found += [(float(scores[i] + scores[k]), i, int(k)) for k in partners if kept[k].index != kept[i].index]
    best = sorted(found, key=lambda f: -f[0])
    candidates = (_pair(table, kept[i], kept[k], score) for score, i, k in best)
    return list(itertools.islice((c for c in candidates if closes(table, c)), MOST_CANDIDATES)), told


def _edits(table: PrintedTable, model: TimeModel) -> list[_Scored]:
    scored = []
    for index, cell in enumerate(table.parts):
        if not cell.value:
            continue
        for edit in cell_edits(cell.value, cell.step):
            score = edit.log_rate + model.log_ratio(index, cell.value, edit.value)
            scored.append(_Scored(index, edit, score, (edit.value - cell.value) * cell.factor))
    return scored


def _pair(table: PrintedTable, a: _Scored, b: _Scored, score: float) -> Candidate:
    first, second = sorted((a, b), key=lambda e: e.index)
    changes = []
    for part in (first, second):
        cell = table.parts[part.index]
        changes.append(Change(part.index, cell.region, cell.value, part.edit.value, part.edit.step))
    kinds = {first.edit.kind, second.edit.kind}
    kind = kinds.pop() if len(kinds) == 1 else f"{first.edit.kind}+{second.edit.kind}"
    how = f"two slips: {first.edit.kind}, {first.edit.how}; {second.edit.kind}, {second.edit.how}"
    return Candidate(kind, tuple(changes), score, how)
