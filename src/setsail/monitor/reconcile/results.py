"""What reconciliation hands back: the balance, proposals, rejected candidates and findings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from setsail.base.record import Record
from setsail.monitor.reconcile.candidate import Candidate
from setsail.monitor.reconcile.numbers import tidy
from setsail.monitor.reconcile.table import PrintedTable

Status = Literal["meets", "gap", "suspect"]
"""`suspect`: the sum meets the total and yet rows contradict their neighbours in time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A repair with its reasons. `weight`: its share of the odds among the proposals that stand, 0 to 1."""

    candidate: Candidate
    weight: float
    ambiguous: bool
    evidence: tuple[str, ...]
    reason: str = ""

    def record(self) -> Record:
        """The proposal as JSON shows it: lists of `from` and `to` where several numbers change."""
        changes = self.candidate.changes
        single = len(changes) == 1
        first = changes[0]
        record: Record = {
            "kind": self.candidate.kind,
            "region": first.region if single else [c.region for c in changes],
            "from": tidy(first.old) if single else [tidy(c.old) for c in changes],
            "to": tidy(first.new) if single else [tidy(c.new) for c in changes],
        }
        if self.reason:
            return record | {"reason": self.reason, "evidence": list(self.evidence)}
        return record | {
            "ambiguous": self.ambiguous,
            "weight": float(f"{self.weight:.3g}"),
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class ReconcileFinding:
    """Something about the table that a reader should know; `kind` is stable, `text` says it in numbers."""

    kind: str
    region: str
    text: str

    def record(self) -> dict[str, str]:
        """The finding as JSON shows it."""
        return {"kind": self.kind, "region": self.region, "text": self.text}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Parts against their printed total, and what may have gone wrong."""

    table: PrintedTable
    status: Status
    proposals: tuple[Proposal, ...]
    rejected: tuple[Proposal, ...]
    findings: tuple[ReconcileFinding, ...]
    notes: tuple[str, ...] = ()

    def record(self) -> Record:
        """The result as JSON shows it. `tolerance`: the lowest and highest gap that rounding allows, None if open."""
        balance = self.table.balance
        return {
            "dataset": self.table.name,
            "indicator": self.table.indicator,
            "period": self.table.period,
            "unit": self.table.unit,
            "status": self.status,
            "parts": len(self.table.parts),
            "parts_sum": tidy(balance.parts_sum),
            "total_region": self.table.total.region,
            "total": tidy(balance.total),
            "gap": tidy(balance.gap),
            "tolerance": [tidy(v) if math.isfinite(v) else None for v in (balance.low, balance.high)],
            "proposals": [p.record() for p in self.proposals],
            "rejected": [p.record() for p in self.rejected],
            "findings": [f.record() for f in self.findings],
            "notes": list(self.notes),
        }
