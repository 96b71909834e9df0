"""The audit trail: every change once, each entry carrying the hash of the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from setsail.store.canonical import canonical, sha256_text, utc_text, utc_time
from setsail.store.findings import Finding
from setsail.store.registry import audit

START = "0" * 64
"""What stands for the hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `hash` covers every other field, `prev` included."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]
    prev: str
    hash: str


def append(
    connection: sa.Connection, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object]
) -> Entry:
    """The entry added. The connection must come from `registry.writing`, which puts writers in one queue."""
    last = connection.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    row = {
        "seq": (last.seq if last else 0) + 1,
        "at": utc_text(at, "audit time"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": canonical(dict(detail), "audit detail"),
        "prev": last.hash if last else START,
    }
    row["hash"] = _hash(row)
    connection.execute(sa.insert(audit).values(**row))
    return _entry(row)


def entries(connection: sa.Connection, *, after: int = 0) -> Iterator[Entry]:
    """Entries in their order, from the one after `after`."""
    found = connection.execute(sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq))
    for row in found.mappings():
        yield _entry(row)


def newest(connection: sa.Connection, *, before: int | None = None, limit: int) -> list[Entry]:
    """The newest entries first, from the one before `before`."""
    query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
    found = connection.execute(query if before is None else query.where(audit.c.seq < before))
    return [_entry(row) for row in found.mappings()]


def verify_audit(connection: sa.Connection, *, noted: str | None = None) -> list[Finding]:
    """What is wrong with the chain: changed, removed or inserted entries; empty when whole.

    noted : a hash written down earlier; an entry with it must still be there, which tells whether the end was cut.
    """
    findings = []
    seq, prev, seen = 0, START, False
    for row in connection.execute(sa.select(audit).order_by(audit.c.seq)).mappings():
        where = f"audit entry {row['seq']}"
        if row["seq"] != seq + 1:
            findings.append(Finding("audit-gap", where, f"follows entry {seq}", f"entry {seq + 1}"))
        if row["prev"] != prev:
            findings.append(Finding("audit-link", where, f"names {row['prev'][:12]} before it", prev[:12]))
        if row["hash"] != _hash(row):
            findings.append(Finding("audit-changed", where, "its fields do not give its hash", row["hash"][:12]))
        seq, prev = row["seq"], row["hash"]
        seen = seen or prev == noted
    if noted is not None and not seen:
        findings.append(Finding("audit-cut", "audit", "the noted hash is not in the chain", noted[:12]))
    return findings


def _hash(row: Mapping[str, object] | sa.RowMapping) -> str:
    fields = ("seq", "at", "actor", "action", "subject", "detail", "prev")
    return sha256_text(canonical({name: row[name] for name in fields}))


def _entry(row: Mapping[str, object] | sa.RowMapping) -> Entry:
    values = dict(row)
    values["at"] = utc_time(str(values["at"]))
    values["detail"] = json.loads(str(values["detail"]))
    return Entry(**values)
