"""Upkeep of a workspace: audit trail, checks, sweeping, its registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from setsail.base.record import Record


def admin_audit(workspace: Path, *, after: int = 0) -> list[Record]:
    """Entries of the audit trail in their order, from the one after `after`."""
    from dataclasses import asdict

    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return [asdict(entry) for entry in store.audit_entries(after=after)]


def admin_audit_page(workspace: Path, *, before: int | None = None, limit: int = 100) -> Record:
    """Entries of the audit trail, the newest first: `rows`, and `next`, what to give as `before` for older ones."""
    from dataclasses import asdict

    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        found = store.audit_newest(before=before, limit=limit + 1)
    rows = [asdict(entry) for entry in found[:limit]]
    return {"rows": rows, "next": rows[-1]["seq"] if len(found) > limit else None}


def admin_runs(workspace: Path, *, study: str | None = None) -> list[Record]:
    """Runs of studies, the newest first: inputs by hash, code and standards by version, options, result."""
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return [run.record() for run in reversed(store.runs(study))]


def admin_audit_verify(workspace: Path, *, noted: str | None = None) -> Record:
    """Whether the audit chain is whole: verdict, number of entries, hash of the last (to be noted), findings.

    noted : a hash noted earlier; it must still be in the chain, which tells whether its end was cut.
    """
    from dataclasses import asdict

    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        findings = store.verify_audit(noted=noted)
        entries = store.audit_entries()
    return {
        "verdict": "fail" if findings else "pass",
        "entries": len(entries),
        "head": entries[-1].hash if entries else "",
        "findings": [asdict(finding) for finding in findings],
    }


def admin_check(workspace: Path) -> Record:
    """Whether the whole workspace is as recorded: files against manifests, rows against the audit trail, the trail."""
    from dataclasses import asdict

    from setsail.store.upkeep import check_workspace
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        checked = check_workspace(store)
    return {"verdict": "fail" if checked.findings else "pass", **asdict(checked)}


def admin_sweep(workspace: Path, *, now: datetime, actor: str) -> Record:
    """What dead processes left behind, removed; a living process is never touched."""
    from setsail.store.upkeep import sweep
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return {"removed": sweep(store, now=now, actor=actor)}


def admin_database(workspace: Path) -> Record:
    """The registry of a workspace: address without password, kind, revision, rows of each table."""
    from setsail.store.upkeep import describe
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return describe(store)


def admin_make(workspace: Path) -> None:
    """Makes the workspace where there is none yet; nothing changes in one that is there. Raises BadInput."""
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace):
        pass
