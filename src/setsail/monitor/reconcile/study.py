"""Reconciliation of one table: the method in the order a careful reader would follow.

1. Sum the parts and compare with the printed total within half a step of every number.
2. Where they do not meet, undo every single slip (`kinds.csv`) and keep what closes the gap.
3. Ask the neighbours in time: what contradicts them is rejected with the reason, the rest is ranked by odds.
4. Rows swapped or moved leave the sum alone: they are proposed on the word of the neighbours only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from setsail.monitor.reconcile.candidate import Candidate
from setsail.monitor.reconcile.evidence import contradiction, evidence, gap_text
from setsail.monitor.reconcile.findings import findings
from setsail.monitor.reconcile.neighbours import TimeModel
from setsail.monitor.reconcile.pairs import pair_slips
from setsail.monitor.reconcile.results import Proposal, Reconciliation, Status
from setsail.monitor.reconcile.rows import UNNAMED, moved_rows, row_slips, unnamed_row
from setsail.monitor.reconcile.search import single_slips
from setsail.monitor.reconcile.table import PrintedTable

AMBIGUOUS_ODDS = 20.0
"""Proposals within these odds of the first fit about as well: all of them are marked ambiguous."""

SUSPECT_ODDS = 1000.0
"""Odds that a move of rows needs before it is proposed in a table that meets its total (an assumption)."""

MOST_PAIRS = 100
"""Most proposals of two slips at once; the most plausible ones are kept."""


@dataclass(frozen=True, slots=True)
class ReconcileOptions:
    """pairs : look for two slips at once where no single one closes the gap;  pair_bound : edits that may be paired."""

    pairs: bool = False
    pair_bound: int = 3000


def reconcile(table: PrintedTable, options: ReconcileOptions | None = None) -> Reconciliation:
    """Parts against the printed total, with ranked proposals of repair. The table is not changed."""
    chosen, model = options or ReconcileOptions(), TimeModel(table)
    notes: list[str] = []
    if table.balance.meets:
        found = [c for c in moved_rows(table, model) if c.score > math.log(SUSPECT_ODDS)]
    else:
        found = [*single_slips(table, model), *row_slips(table, model), *moved_rows(table, model)]
    standing, rejected = _sifted(model, found)
    if table.balance.meets:
        standing, rejected = standing[:1], []
    elif not standing and chosen.pairs:
        pairs, told_bound = pair_slips(table, model, chosen.pair_bound)
        standing, more = _sifted(model, pairs)
        rejected, notes = [*rejected, *more], [*notes, told_bound]
        if len(standing) > MOST_PAIRS:
            notes.append(f"{len(standing)} pairs close the gap; the {MOST_PAIRS} most plausible are listed")
            standing = standing[:MOST_PAIRS]
    elif not standing:
        standing = list(unnamed_row(table))
        notes.append("no single slip of a printed number closes the gap; two at once are looked for with --pairs")
    if not model.informed:
        notes.append("no table of another period was given: proposals are not judged by time (--previous FILE)")
    status: Status = "gap" if not table.balance.meets else "suspect" if standing else "meets"
    if status == "gap":
        notes.insert(0, gap_text(table))
    elif table.balance.gap:
        counted = "" if table.unit else "; where these are counts to the last one, say so by a column unit (count)"
        notes.insert(0, gap_text(table) + counted)
    return Reconciliation(
        table,
        status,
        tuple(_proposals(table, model, standing)),
        tuple(_turned_down(table, model, rejected)),
        tuple(findings(table, model)),
        tuple(notes),
    )


def _sifted(model: TimeModel, found: Iterable[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """Candidates that stand, the likeliest first, and those that the neighbours contradict; each repair once."""
    best: dict[object, Candidate] = {}
    for candidate in found:
        known = best.get(candidate.key)
        if known is None or candidate.score > known.score:
            best[candidate.key] = candidate
    standing, rejected = [], []
    for candidate in sorted(best.values(), key=lambda c: -c.score):
        reason = contradiction(model, candidate)
        if reason:
            rejected.append((candidate, reason))
        else:
            standing.append(candidate)
    return standing, rejected


def _proposals(table: PrintedTable, model: TimeModel, standing: list[Candidate]) -> Iterable[Proposal]:
    if not standing:
        return
    top = standing[0].score
    odds = [math.exp(c.score - top) for c in standing]
    near = [o * AMBIGUOUS_ODDS >= 1 for o in odds] if model.informed else [True] * len(odds)
    several = sum(near) > 1
    for candidate, share, close in zip(standing, odds, near, strict=True):
        guessed = any(change.region == UNNAMED for change in candidate.changes)
        unsure = guessed or (several and close)
        yield Proposal(candidate, share / math.fsum(odds), unsure, evidence(table, model, candidate))


def _turned_down(table: PrintedTable, model: TimeModel, rejected: list[tuple[Candidate, str]]) -> Iterable[Proposal]:
    for candidate, reason in rejected:
        yield Proposal(candidate, 0.0, False, evidence(table, model, candidate)[:2], reason)
