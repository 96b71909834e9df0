"""Accepted repairs: signed, dated, kept apart from the figures, applied at reading time only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput, StoreConflict
from setsail.base.record import Record
from setsail.monitor.reconcile.candidate import Candidate
from setsail.monitor.reconcile.numbers import tidy, told
from setsail.monitor.reconcile.table import Cell, PrintedTable
from setsail.store.audit import Entry
from setsail.store.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

KIND, NAME = "repairs", "repairs"
DECLINED = "decline-repair"
OWN = "own"
"""Kind of a repair that a person states without a proposal of ours."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One number to read as another. Rows of one `repair_id` were accepted together.

    digest : sha256 of the file that was repaired, empty for a shipped data set.
    """

    repair_id: str
    dataset: str
    digest: str
    indicator: str
    period: str
    region: str
    kind: str
    old: float | None
    new: float | None
    reason: str
    signed_by: str
    signed_at: datetime

    def record(self) -> Record:
        """The repair as JSON shows it."""
        return {
            "repair_id": self.repair_id,
            "dataset": self.dataset,
            "indicator": self.indicator,
            "period": self.period,
            "region": self.region,
            "kind": self.kind,
            "from": tidy(self.old),
            "to": tidy(self.new),
            "reason": self.reason,
            "signed_by": self.signed_by,
            "signed_at": self.signed_at,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class Signature:
    """Who takes a repair on, why, and when."""

    signed_by: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        for name, text in (("--signed-by", self.signed_by), ("--reason", self.reason)):
            if not text.strip():
                raise BadInput(
                    "is empty", where=name, allowed="a name" if name == "--signed-by" else "a reason in words"
                )


def accept(
    workspace: Workspace, table: PrintedTable, candidate: Candidate, signature: Signature, *, digest: str = ""
) -> list[Repair]:
    """The repairs now on record, one per number changed, written as a new immutable data set with its audit entry.

    Raises StoreConflict where the same numbers of the table are under repair already.
    """
    taken = {(r.region, r.old) for r in on_record(workspace) if _concerns(r, table, digest)}
    again = [c for c in candidate.changes if (c.region, c.old) in taken]
    if again:
        told_cell = f"{again[0].region} {told(again[0].old)} of {table.name} {table.period}".rstrip()
        raise StoreConflict(
            f"{told_cell} is under an accepted repair", where=str(workspace.root), hint="setsail monitor repair list"
        )
    repair_id = "-".join([f"{signature.at:%Y%m%dT%H%M%S%f}", *_slug(candidate.changes[0].region)])
    rows = [
        Repair(
            repair_id, table.name, digest, table.indicator, table.period, c.region, candidate.kind, c.old, c.new,
            signature.reason.strip(), signature.signed_by.strip(), signature.at,
        )
        for c in candidate.changes
    ]  # fmt: skip
    batch = _batch(rows)
    workspace.write(
        KIND, NAME, [batch], schema=batch.schema, source=f"reconciliation of {table.name}", licence="own work",
        recorded_at=signature.at, actor=signature.signed_by.strip(),
        meta={"repair_id": repair_id, "reason": signature.reason.strip()},
    )  # fmt: skip
    return rows


def decline(workspace: Workspace, table: PrintedTable, candidate: Candidate, signature: Signature) -> Record:
    """The refusal of a proposal, as the audit trail keeps it. Raises StoreConflict for one declined already."""
    said: Record = {
        "dataset": table.name, "indicator": table.indicator, "period": table.period, "kind": candidate.kind,
        "changes": [{"region": c.region, "from": tidy(c.old), "to": tidy(c.new)} for c in candidate.changes],
    }  # fmt: skip
    if any(all(earlier[key] == said[key] for key in said) for earlier in declined_on_record(workspace)):
        raise StoreConflict("is declined already", where=f"proposal for {candidate.changes[0].region} of {table.name}")
    entry = workspace.audit(
        at=signature.at, actor=signature.signed_by.strip(), action=DECLINED,
        subject=f"{table.name} {table.indicator} {table.period}", detail={**said, "reason": signature.reason.strip()},
    )  # fmt: skip
    return _declined(entry)


def declined_on_record(workspace: Workspace) -> list[Record]:
    """Every refusal, in the order in which they were signed."""
    return [_declined(entry) for entry in workspace.audit_entries() if entry.action == DECLINED]


def _declined(entry: Entry) -> Record:
    return {**entry.detail, "signed_by": entry.actor, "signed_at": entry.at}


def on_record(workspace: Workspace) -> list[Repair]:
    """Every accepted repair, in the order of acceptance."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only where repairs are read

    found: list[Repair] = []
    for manifest in workspace.manifests(KIND):
        for path in workspace.files(manifest):
            for row in pq.read_table(path, partitioning=None).to_pylist():
                row["old"], row["new"] = row.pop("from_value"), row.pop("to_value")
                found.append(Repair(**row))
    return found


def applied(
    table: PrintedTable, repairs: Iterable[Repair], *, digest: str = ""
) -> tuple[PrintedTable, list[Repair], list[str]]:
    """The table as read with its repairs, the repairs used, and notes on those that no longer fit."""
    used: list[Repair] = []
    notes: list[str] = []
    for repair in repairs:
        if repair.dataset != table.name or (repair.indicator, repair.period) != (table.indicator, table.period):
            continue
        if repair.digest != digest:
            notes.append(f"repair {repair.repair_id} was accepted for other content of {table.name}: not applied")
            continue
        changed = _changed(table, repair)
        if changed is None:
            notes.append(f"repair {repair.repair_id}: {repair.region} does not read {told(repair.old)}: not applied")
            continue
        table, used = changed, [*used, repair]
    return table, used, notes


def _changed(table: PrintedTable, repair: Repair) -> PrintedTable | None:
    """The table with one number read differently; None where the number is not there."""
    if repair.region == table.total.region and table.total.value == repair.old:
        return replace(table, total=replace(table.total, value=repair.new))
    parts = list(table.parts)
    at = next(
        (i for i, c in reversed(list(enumerate(parts))) if (c.region, c.value) == (repair.region, repair.old)), None
    )
    if at is None:
        if repair.old is not None or any(c.region == repair.region for c in parts):
            return None
        parts.append(Cell(repair.region, repair.new, parts[0].step, parts[0].factor))
    elif repair.new is None and repair.kind == "doubled_row":
        del parts[at]
    else:
        parts[at] = replace(parts[at], value=repair.new)
    return replace(table, parts=tuple(parts))


def _concerns(repair: Repair, table: PrintedTable, digest: str) -> bool:
    key = (repair.dataset, repair.indicator, repair.period, repair.digest)
    return key == (table.name, table.indicator, table.period, digest)


def _slug(text: str) -> list[str]:
    """The words of a name."""
    return "".join(ch if ch.isalnum() else " " for ch in text).split()


def _batch(rows: Sequence[Repair]) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - only where repairs are written

    text = ("repair_id", "dataset", "digest", "indicator", "period", "region", "kind")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in text),
            ("from_value", pa.float64()),
            ("to_value", pa.float64()),
            ("reason", pa.string()),
            ("signed_by", pa.string()),
            ("signed_at", pa.timestamp("us", tz="UTC")),
        ]
    )
    columns = [[getattr(r, f) for r in rows] for f in (*text, "old", "new", "reason", "signed_by", "signed_at")]
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)
