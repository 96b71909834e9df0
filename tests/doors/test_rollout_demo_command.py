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
    assert "planned again in" in told.err
    assert "since the start" not in told.err
    assert "feasible: yes; all accepted" in told.out
    assert "True" not in told.out
    assert told.out.count("no call was made, so that no site is accepted by its record") == 2
    assert "sites accepted by their records" not in told.out
    board = _board(tmp_path)
    assert [e["kind"] for e in board["events"]] == ["crew-lost"]  # type: ignore[attr-defined]
    assert _run(tmp_path) == 0  # what is there is kept: a second one beside it
    assert _board(tmp_path, "wuhan-2020-2")["last"] == board["last"]


def test_sites_that_do_not_pass_for_the_same_cause_are_told_in_one_line() -> None:
    def row(site: str, reason: str, verdict: str = "inconclusive", step: str = "call") -> dict[str, str]:
        return {"site": site, "verdict": verdict, "failing_step": step, "reason": reason}

    busy = [row(f"S{k:02d}", f"seen_by_peers {k} of 4: overloaded at load {k}.5") for k in range(1, 29)]
    told = demo._causes([*busy, row("S29", "silent", "fail", "tone"), row("S30", "silent", "fail", "tone")])
    assert len(told) == 2
    assert told[0].startswith("28 sites inconclusive at call: seen_by_peers … of …: overloaded at load … (S01, S02, ")
    assert told[1] == "2 sites fail at tone: silent (S29, S30)"
    assert demo._causes([row("S07", "3 of 4 seen")]) == ["1 site inconclusive at call: 3 of 4 seen (S07)"]
    assert demo._causes([]) == []


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
