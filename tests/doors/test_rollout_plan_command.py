"""`setsail rollout plan`: the answer of the command, its exit codes and what it leaves behind."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from setsail.cli.main import run
from setsail.rollout.folder import writing
from tests.rollout.timing.cases import clock, rollout, site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small rollout as a folder."""
    made = rollout([site(f"S{i}", deliver_min=20.0) for i in range(1, 6)], 2)
    place = tmp_path / "w"
    writing.write(made, place)
    return place


def test_plan_answers_with_every_field_that_is_promised(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "plan", str(folder), "--seconds", "0.5", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["feasible"] is True
    assert {"reason", "finish", "finish_delivered", "bound_finish", "bound_reason", "distance_m", "lateness_min",
            "milestones", "critical_site", "method", "seed", "visits", "bench", "unplanned"} <= set(answer)  # fmt: skip
    assert len(answer["sites"]) == 5
    for one in answer["sites"]:
        stages = [datetime.fromisoformat(one[s]) for s in ("surveyed", "loaded", "delivered", "installed", "accepted")]
        assert stages == sorted(stages)
        assert stages[0].utcoffset() is not None
        assert {"id", "crews", "trip", "order", "arrive", "slack_min", "late_min", "binding"} <= set(one)
    assert datetime.fromisoformat(answer["bound_finish"]) <= datetime.fromisoformat(answer["finish"])


def test_adopted_plan_is_in_the_log_and_one_that_is_not_is_not(folder: Path) -> None:
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3", "--no-adopt"]) == 0
    assert not (folder / "events.jsonl").exists()
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3"]) == 0
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["planned"]


def test_table_shows_the_verdict_first_and_every_site(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3", "--no-adopt"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("IN TIME: ")
    assert all(f"S{i}" in text for i in range(1, 6))
    assert "critical" in text


def test_sheet_of_a_crew_shows_its_stops(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["rollout", "plan", str(folder), "--seconds", "0.3", "--no-adopt", "--crew", "C1", "--format", "json"]
    assert run(call) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["do"].startswith("load ")
    assert rows[-1]["do"] == "back at the depot"


def test_plan_that_is_impossible_ends_with_one_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = rollout([site("S1", line_ready_at=clock(19.5)), site("S2")], deadline=clock(19))
    writing.write(made, tmp_path / "w")
    assert run(["rollout", "plan", str(tmp_path / "w"), "--seconds", "0.3", "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["feasible"] is False
    assert answer["reason"].startswith("the line of S1 comes up at 17:30")
    assert answer["lateness_min"] == 35


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "nan"], "--seconds"),
        (["--seed", "-1"], "--seed"),
        (["--crew", "C9", "--seconds", "0.3", "--no-adopt"], "--crew"),
    ],
)
def test_bad_options_end_with_two(folder: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "plan", str(folder), *more]) == 2
    assert told in capsys.readouterr().err


def test_no_folder_ends_with_two(tmp_path: Path) -> None:
    assert run(["rollout", "plan", str(tmp_path / "none")]) == 2
