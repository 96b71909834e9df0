"""`setsail rollout demo`: by itself from the founding case to its board, with the call where Janus is, else without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.cli import _rollout_demo as demo
from setsail.cli.main import run
from tests.conference.conftest import janus_here as janus_here  # noqa: PLC0414 - a fixture


def _run(workspace: Path) -> int:
    return run(["rollout", "demo", "--workspace", str(workspace), "--no-serve"])


def _board(workspace: Path, name: str = "wuhan-2020") -> dict[str, object]:
    return api.rollout_board(workspace / "rollouts" / "Demonstration" / name)


def test_demo_without_a_conference_server_says_so_in_one_line_and_plans_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object, **__: object) -> None:
        raise MissingExtra("is not to be had on this system", where="janus", hint="a Debian 12 machine")

    monkeypatch.setattr(api, "conference_up", none)
    monkeypatch.setattr(demo, "PLAN_S", 0.5)
    assert _run(tmp_path) == 0
    told = capsys.readouterr()
    assert told.err.count("without the call") == 1
    assert "crew-lost" in told.err
    board = _board(tmp_path)
    assert [e["kind"] for e in board["events"]] == ["crew-lost"]  # type: ignore[attr-defined]
    assert _run(tmp_path) == 0  # what is there is kept: a second one beside it
    assert _board(tmp_path, "wuhan-2020-2")["last"] == board["last"]


@pytest.mark.slow
def test_demo_accepts_all_hospitals_on_the_call_loses_a_crew_and_ends_with_all_accepted(
    janus_here: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(tmp_path) == 0
    board = json.loads(json.dumps(_board(tmp_path)))
    records = board["evidence"]["sites"]
    assert len(records) == 29
    assert all(one["passed"] for one in records.values())
    assert all(len(row) >= 28 for row in board["evidence"]["pairs"].values())
    assert board["counts"]["accepted"]["told"] == 29
    assert [e["crew"] for e in board["events"] if e["kind"] == "crew-lost"] == ["C3"]
    assert "29 sites on one call" not in capsys.readouterr().out  # a progress, not a result
