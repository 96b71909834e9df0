"""Runs: which study made a result, from which inputs, by which code, after which standards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from setsail.base.errors import BadInput
from setsail.store.canonical import canonical, checked_name, sha256_text, utc_text, utc_time
from setsail.store.registry import runs as table

_MAPS = ("inputs", "standards", "options")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a study.

    inputs : name -> sha256 of each input (`Manifest.sha256`, or of a file);  standards : document -> version;
    result : where the result lies (manifest id, or a path);  id : given by the registry where empty.
    """

    study: str
    actor: str
    inputs: Mapping[str, str]
    code_version: str
    standards: Mapping[str, str]
    options: Mapping[str, object]
    result: str
    started_at: datetime
    ended_at: datetime
    id: str = ""

    @property
    def digest(self) -> str:
        """Hash of every field; the audit trail keeps it."""
        return sha256_text(canonical(self.record()))

    def record(self) -> dict[str, object]:
        """Every field as plain JSON values. Raises BadInput for options that JSON cannot hold."""
        return {
            "id": self.id,
            "study": checked_name(self.study, "study"),
            "actor": self.actor,
            "inputs": dict(self.inputs),
            "code_version": self.code_version,
            "standards": dict(self.standards),
            "options": dict(self.options),
            "result": self.result,
            "started_at": utc_text(self.started_at, "started_at"),
            "ended_at": utc_text(self.ended_at, "ended_at"),
        }


def insert_run(connection: sa.Connection, run: Run) -> None:
    """Adds the row of a run. Raises BadInput where it ends before it starts."""
    if run.ended_at < run.started_at:
        raise BadInput(f"is {run.ended_at}", where="ended_at", allowed=f"{run.started_at} or later")
    row = run.record()
    for field in _MAPS:
        row[field] = canonical(row[field], field)
    connection.execute(sa.insert(table).values(**row))


def read_runs(connection: sa.Connection, study: str | None) -> list[Run]:
    """Runs of a study (None: of all) in the order of their end."""
    query = sa.select(table).order_by(table.c.ended_at, table.c.id)
    if study is not None:
        query = query.where(table.c.study == study)
    return [_run(row) for row in connection.execute(query).mappings()]


def _run(row: sa.RowMapping) -> Run:
    values = dict(row)
    for field in _MAPS:
        values[field] = json.loads(row[field])
    for field in ("started_at", "ended_at"):
        values[field] = utc_time(row[field])
    return Run(**values)
