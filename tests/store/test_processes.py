"""Several processes on one workspace lose nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from setsail.store.upkeep import check_workspace, sweep
from setsail.store.workspace import Workspace
from tests.store.workers import AT, VERSIONS, context, ended, hold_a_write, open_many, start, write_many

PROCESSES, ROWS = 3, 8


def _write_together(root: Path, url: str | None, names: list[str]) -> None:
    barrier = context().Barrier(len(names))
    processes = [start(write_many, root, url, barrier, name, 10_000 * index) for index, name in enumerate(names)]
    assert ended(processes) == [0] * len(names)


def _ids(workspace: Workspace) -> Counter[int]:
    """How often each row is stored, over all versions."""
    found: Counter[int] = Counter()
    for manifest in workspace.manifests():
        for path in workspace.files(manifest):
            found.update(pq.read_table(path)["h3"].to_pylist())
    return found


def _expected() -> Counter[int]:
    return Counter(
        10_000 * process + 100 * version + row
        for process in range(PROCESSES)
        for version in range(VERSIONS)
        for row in range(ROWS)
    )


def test_first_openings_of_a_fresh_workspace_at_once_lose_no_row(root: Path, url: str | None) -> None:
    _write_together(root, url, ["a", "b", "c"])
    with Workspace.open(root, database_url=url) as workspace:
        assert _ids(workspace) == _expected()
        assert check_workspace(workspace).findings == ()
        assert sweep(workspace, now=AT, actor="tester") == []


def test_first_openings_at_once_agree_on_one_workspace_time_after_time(tmp_path: Path) -> None:
    roots = [tmp_path / f"w{index}" for index in range(12)]
    barrier = context().Barrier(PROCESSES)
    assert ended([start(open_many, roots, barrier) for _ in range(PROCESSES)]) == [0] * PROCESSES
    for root in roots:
        with Workspace.open(root, create=False) as workspace:
            assert [manifest.version for manifest in workspace.manifests()] == [1, 2, 3]


def test_one_name_written_by_several_processes_keeps_every_version(root: Path, url: str | None) -> None:
    _write_together(root, url, ["same"] * PROCESSES)
    with Workspace.open(root, database_url=url) as workspace:
        versions = [manifest.version for manifest in workspace.manifests(name="same")]
        assert versions == list(range(1, PROCESSES * VERSIONS + 1))
        assert _ids(workspace) == _expected()
        trail = workspace.audit_entries()
        assert [entry.seq for entry in trail] == list(range(1, PROCESSES * VERSIONS + 1))
        assert workspace.verify_audit() == []


def test_sweep_leaves_the_folder_of_a_living_process_alone(either: Workspace, url: str | None) -> None:
    entered, leave = context().Event(), context().Event()
    writer = start(hold_a_write, either.root, url, entered, leave)
    assert entered.wait(60)
    assert len([path for path in (either.root / "incoming").iterdir() if path.is_dir()]) == 1
    assert sweep(either, now=AT, actor="tester") == []
    assert either.sweep_temporary() == []
    leave.set()
    assert ended([writer]) == [0]
    assert either.latest("slow").rows == 8
    assert either.check(either.latest("slow")) == []


def test_sweep_removes_the_folder_of_a_killed_process(either: Workspace, url: str | None) -> None:
    entered, leave = context().Event(), context().Event()
    writer = start(hold_a_write, either.root, url, entered, leave)
    assert entered.wait(60)
    writer.kill()
    writer.join(60)
    (left,) = [path for path in (either.root / "incoming").iterdir() if path.is_dir()]
    assert sweep(either, now=AT, actor="tester") == [f"incoming/{left.name}"]
    assert list((either.root / "incoming").iterdir()) == []
    assert either.manifests() == []
    assert [entry.action for entry in either.audit_entries()] == ["sweep"]
