"""A process killed at any moment leaves the last good state."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from setsail.store.upkeep import check_workspace, sweep
from setsail.store.workspace import Workspace
from tests.store.workers import AT, ended, open_and_die, put, start, write_and_die, write_until_killed

ROUNDS = 12
MOST_BORDERS = 300


def _require_last_good_state(root: Path, url: str | None, acknowledged: set[str]) -> None:
    """What was acknowledged is there, all that is there is whole, and a sweep leaves nothing else."""
    with Workspace.open(root, database_url=url) as workspace:
        checked = check_workspace(workspace)
        assert checked.findings == ()
        stored = workspace.manifests()
        assert acknowledged <= {manifest.id for manifest in stored}
        for name in {manifest.name for manifest in stored}:
            versions = [manifest.version for manifest in stored if manifest.name == name]
            assert versions == list(range(1, len(versions) + 1))


def _require_clean_after_sweep(root: Path, url: str | None) -> None:
    with Workspace.open(root, database_url=url) as workspace:
        sweep(workspace, now=AT, actor="tester")
        assert [entry.name for place in ("incoming", "scratch") for entry in (root / place).iterdir()] == []
        homes = {path.name for path in (root / "data").glob("*/*/*")}
        assert homes == {manifest.id for manifest in workspace.manifests()}
        assert check_workspace(workspace).findings == ()


def test_writers_killed_at_random_moments_lose_nothing_acknowledged(
    root: Path, tmp_path: Path, url: str | None
) -> None:
    Workspace.open(root, database_url=url).close()
    moments = random.Random(2021)
    acks = [tmp_path / "acks-0", tmp_path / "acks-1"]
    for turn in range(ROUNDS):
        writers = [start(write_until_killed, root, url, file, f"d{index}") for index, file in enumerate(acks)]
        while turn == 0 and not any(f.exists() and f.stat().st_size for f in acks) and writers[0].is_alive():
            writers[0].join(0.01)  # on a busy machine a process may need longer to begin than it is given to live
        for writer in writers:
            writer.join(moments.uniform(0.02, 0.25))
            writer.kill()
        assert ended(writers) == [-signal.SIGKILL] * 2
        told = {line for file in acks if file.exists() for line in file.read_text().splitlines()}
        _require_last_good_state(root, url, told)
    assert told, "no write ended before its kill: the moments are too early to prove anything"
    _require_clean_after_sweep(root, url)


def test_writer_killed_at_every_border_leaves_the_last_good_state(root: Path) -> None:
    """After each call that touches the disk or the registry, one process is killed there."""
    with Workspace.open(root) as workspace:
        before = {put(workspace, "crash", 0).id}
    orphans = 0
    for border in range(MOST_BORDERS):
        (code,) = ended([start(write_and_die, root, None, border)])
        _require_last_good_state(root, None, before)
        with Workspace.open(root) as workspace:
            stored = {manifest.id for manifest in workspace.manifests()}
        orphans += len({path.name for path in (root / "data").glob("*/*/*")} - stored)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        before = stored
    assert code == 0
    assert border > 40
    assert orphans, "no kill fell between files and row"
    assert len(stored) > 2, "no kill fell between the row and the end of the write"
    _require_clean_after_sweep(root, None)


def test_first_opening_killed_at_every_border_can_be_repeated(tmp_path: Path) -> None:
    for border in range(0, MOST_BORDERS, 2):
        root = tmp_path / f"w{border}"
        (code,) = ended([start(open_and_die, root, None, border)])
        with Workspace.open(root) as workspace:
            put(workspace, "after", border)
            assert check_workspace(workspace).findings == ()
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    assert border > 40
