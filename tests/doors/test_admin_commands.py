"""`setsail admin` and `setsail data aggregate`."""

from __future__ import annotations

import json
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from setsail.cli.main import run
from setsail.store.migrations import versions
from setsail.store.workspace import Workspace
from tests.engine.sail import serving
from tests.store.workers import put


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one small data set of cells."""
    monkeypatch.delenv("SETSAIL_DATABASE_URL", raising=False)
    root = tmp_path / "workspace"
    with Workspace.open(root) as opened:
        put(opened, "made-up", 0)
    monkeypatch.setenv("SETSAIL_WORKSPACE", str(root))
    return root


def _json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("workspace")
def test_audit_lists_entries_and_tells_the_hash_to_note(capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = _json(capsys, "admin", "audit")
    assert (entry["seq"], entry["action"], entry["detail"]["rows"]) == (1, "write", 8)
    result = _json(capsys, "admin", "audit", "--verify")
    assert (result["verdict"], result["head"], result["findings"]) == ("pass", entry["hash"], [])
    assert _json(capsys, "admin", "audit", "--noted", entry["hash"])["verdict"] == "pass"
    assert _json(capsys, "admin", "audit", "--noted", "0" * 64, code=1)["findings"][0]["code"] == "audit-cut"


def test_check_ends_with_one_where_a_file_was_changed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _json(capsys, "admin", "check")["verdict"] == "pass"
    (path,) = workspace.glob("data/*/*/*/*.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    result = _json(capsys, "admin", "check", code=1)
    assert (result["verdict"], result["findings"][0]["code"]) == ("fail", "file-size")
    assert run(["admin", "check"]) == 1
    assert "file-size" in capsys.readouterr().out


def test_sweep_tells_what_it_removed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "data" / "cells" / "made-up" / "left").mkdir()
    assert _json(capsys, "admin", "sweep") == {"removed": ["data/cells/made-up/left"]}
    assert _json(capsys, "admin", "sweep") == {"removed": []}


@pytest.mark.usefixtures("workspace")
def test_database_shows_kind_revision_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    told = _json(capsys, "admin", "database")
    newest = max(m.name[1:5] for m in iter_modules(versions.__path__) if m.name.startswith("r"))
    assert (told["kind"], told["revision"], told["manifests_rows"], told["audit_rows"]) == ("sqlite", newest, 1, 1)


def test_commands_on_no_workspace_make_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = tmp_path / "none"
    for command in ("audit", "check", "sweep", "database"):
        assert run(["admin", command, "--workspace", str(none)]) == 2
        assert "not a workspace" in capsys.readouterr().err
    assert not none.exists()


@pytest.mark.usefixtures("workspace")
def test_aggregate_gives_one_answer_on_every_engine(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pysail", reason="the extra 'sail' is not installed; try: uv sync --extra sail")
    arguments = ("data", "aggregate", "made-up", "--by", "region")
    ours = _json(capsys, *arguments)
    assert ours["rows"] == [{"region": "r0", "n": 4, "hexes": 4}, {"region": "r4", "n": 4, "hexes": 4}]
    assert ours["synthetic"] is True
    with serving({}) as address:
        theirs = _json(capsys, *arguments, "--engine", address)
    assert theirs == {**ours, "engine": address}


@pytest.mark.usefixtures("workspace")
def test_aggregate_hides_small_groups_and_says_synthetic(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "aggregate", "made-up", "--by", "region", "--suppress-under", "5", "--format", "csv"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == ["region,n,hexes,suppressed", "r0,,,True", "r4,,,True"]
    assert "synthetic" in told.err


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--by", "province"), "lacks column 'province'"),
        (("--by", "region", "--engine", "spark"), "sc://host:port"),
        (("--by", "region", "--suppress-under", "0"), "k: is 0"),
        (("--by", "region", "--threshold-dbm", "20"), "threshold_dbm"),
    ],
)
def test_aggregate_refuses_bad_input(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "aggregate", "made-up", *arguments]) == 2
    assert told in capsys.readouterr().err
