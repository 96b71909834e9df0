from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa

from setsail.base.errors import BadInput, StoreConflict
from setsail.store.registry import writing
from setsail.store.runs import Run
from setsail.store.upkeep import check_workspace, sweep
from setsail.store.workspace import Workspace
from tests.store.workers import AT, put


def _run(workspace: Workspace) -> Run:
    return Run(
        study="index", actor="tester", inputs={"c": put(workspace, "c", 0).sha256}, code_version="0.1.0",
        standards={"TS 38.104": "18.5.0"}, options={"runs": 1000}, result="out.json", started_at=AT, ended_at=AT,
    )  # fmt: skip


def _codes(workspace: Workspace) -> list[str]:
    return [finding.code for finding in check_workspace(workspace).findings]


def test_run_reads_back_with_an_id_and_an_audit_entry(either: Workspace) -> None:
    run = either.record_run(_run(either))
    assert run.id
    assert either.runs("index") == [run]
    assert either.runs("other") == []
    assert [entry.action for entry in either.audit_entries()] == ["write", "run"]
    assert _codes(either) == []


def test_run_that_ends_before_it_starts_or_twice_is_refused(workspace: Workspace) -> None:
    run = _run(workspace)
    with pytest.raises(BadInput, match="ended_at"):
        workspace.record_run(dataclasses.replace(run, ended_at=AT.replace(year=2025)))
    named = workspace.record_run(run)
    with pytest.raises(StoreConflict):
        workspace.record_run(named)
    assert len(workspace.audit_entries()) == 2


def test_check_counts_what_it_looked_at(workspace: Workspace) -> None:
    workspace.record_run(_run(workspace))
    put(workspace, "d", 0)
    checked = check_workspace(workspace)
    assert (checked.data_sets, checked.files, checked.rows, checked.runs, checked.audit_entries) == (2, 2, 16, 1, 3)


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE manifests SET licence = 'free'", ["row-changed"]),
        ("UPDATE manifests SET rows = 7", ["row-changed"]),
        ("UPDATE runs SET options = '{}'", ["row-changed"]),
        ("DELETE FROM runs", ["row-gone"]),
        ("UPDATE manifests SET id = 'other'", ["row-added", "row-gone"]),
    ],
)
def test_row_changed_behind_the_trail_is_found(either: Workspace, statement: str, codes: list[str]) -> None:
    either.record_run(_run(either))
    with writing(either.engine) as connection:
        connection.execute(sa.text(statement))
    assert sorted(_codes(either)) == codes


def test_sweep_removes_files_that_no_row_names_and_says_so(either: Workspace) -> None:
    kept = put(either, "c", 0)
    orphan = either.root / "data" / "cells" / "c" / "orphan"
    orphan.mkdir()
    (orphan / "part-00000.parquet").write_bytes(b"half")
    assert sweep(either, now=AT, actor="tester") == ["data/cells/c/orphan"]
    assert not orphan.exists()
    assert either.check(kept) == []
    assert either.audit_entries()[-1].detail == {"removed": ["data/cells/c/orphan"]}
    assert sweep(either, now=AT, actor="tester") == []
    assert len(either.audit_entries()) == 2
