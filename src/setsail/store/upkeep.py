"""Upkeep of a whole workspace: check everything, sweep what dead processes left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from setsail.store import audit
from setsail.store.findings import Finding
from setsail.store.leases import LOCK, locked, sweep_leases
from setsail.store.manifests import read, select
from setsail.store.migrate import revision
from setsail.store.opening import TEMPORARY
from setsail.store.registry import REVISION, metadata, reading, writing
from setsail.store.registry import manifests as manifests_table
from setsail.store.runs import read_runs
from setsail.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole workspace looked at, and what it met."""

    data_sets: int
    files: int
    rows: int
    runs: int
    audit_entries: int
    findings: tuple[Finding, ...]


def check_workspace(workspace: Workspace) -> Checked:
    """Every file against its manifest, every manifest and run against the audit trail, and the trail itself."""
    with reading(workspace.engine) as connection:
        manifests, runs = read(connection, select(None, None)), read_runs(connection, None)
        trail = list(audit.entries(connection))
        findings = audit.verify_audit(connection)
    digests = {m.id: m.digest for m in manifests} | {run.id: run.digest for run in runs}
    findings += _against_trail(trail, digests)
    findings += [finding for manifest in manifests for finding in workspace.check(manifest)]
    files = sum(len(manifest.files) for manifest in manifests)
    rows = sum(manifest.rows for manifest in manifests)
    return Checked(len(manifests), files, rows, len(runs), len(trail), tuple(findings))


def sweep(workspace: Workspace, *, now: datetime, actor: str) -> list[str]:
    """Paths of what dead processes left behind, removed: temporary folders, and data folders that no row names.

    Waits until no process is publishing. The registry is read as a writer, so that a commit still on its way to a
    PostgreSQL server is seen or has failed.
    """
    root = workspace.root
    with locked(root / LOCK), writing(workspace.engine) as connection:
        removed = [name for place in TEMPORARY for name in sweep_leases(root, place)]
        named = set(connection.execute(sa.select(manifests_table.c.id)).scalars())
        for folder in _versions(root):
            if folder.name not in named:
                shutil.rmtree(folder)
                removed.append(str(folder.relative_to(root)))
        if removed:
            audit.append(
                connection, at=now, actor=actor, action="sweep", subject="workspace", detail={"removed": removed}
            )
    return removed


def describe(workspace: Workspace) -> dict[str, object]:
    """The registry: address without password, kind, revision and the one known here, rows of each table."""
    engine = workspace.engine
    with reading(engine) as connection:
        counts = {
            f"{name}_rows": connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name != "identity"
        }
    url = engine.url.render_as_string(hide_password=True)
    kind = engine.dialect.name
    return {"url": url, "kind": kind, "revision": revision(engine), "revision_known": REVISION, **counts}


def _versions(root: Path) -> Iterator[Path]:
    yield from sorted(path for path in (root / "data").glob("*/*/*") if path.is_dir())


def _against_trail(trail: list[audit.Entry], digests: dict[str, str]) -> Iterator[Finding]:
    """Rows changed, added or removed behind the trail's back."""
    told = {entry.subject: str(entry.detail.get("digest", "")) for entry in trail if entry.action in {"write", "run"}}
    for subject in sorted(told.keys() | digests.keys()):
        if subject not in digests:
            yield Finding("row-gone", subject, "no row", f"digest {told[subject][:12]}")
        elif subject not in told:
            yield Finding("row-added", subject, f"digest {digests[subject][:12]}", "no audit entry")
        elif told[subject] != digests[subject]:
            yield Finding("row-changed", subject, f"digest {digests[subject][:12]}", f"digest {told[subject][:12]}")
