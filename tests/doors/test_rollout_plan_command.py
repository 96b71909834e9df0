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
        (["--rounds", "300", "--seconds", "100"], "one of the two"),
        (["--at", "noon"], "--at"),
        (["--crew", "C9", "--seconds", "0.3", "--no-adopt"], "--crew"),
    ],
)
def test_bad_options_end_with_two(folder: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "plan", str(folder), *more]) == 2
    assert told in capsys.readouterr().err


def test_no_folder_ends_with_two(tmp_path: Path) -> None:
    assert run(["rollout", "plan", str(tmp_path / "none")]) == 2


def at_hour(hours: float) -> str:
    return clock(hours).isoformat()


def test_first_plan_after_the_notice_begins_now_and_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", at_hour(4))
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3", "--format", "json"]) == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert answer["at"] == at_hour(4)
    assert min(visit["depart"] for visit in answer["visits"]) >= at_hour(4)
    assert shown.err.splitlines() == [f"planned from now on, {at_hour(4)}: the notice of {at_hour(0)} is past"]
    assert run(["rollout", "event", str(folder), "note", "--at", at_hour(4), "--text", "all wait"]) == 0
    capsys.readouterr()
    assert run(["rollout", "board", str(folder), "--format", "json"]) == 0
    stages = [s["stages"]["delivered"]["state"] for s in json.loads(capsys.readouterr().out)["sites"]]
    assert stages == ["waiting"] * 5


@pytest.mark.parametrize("now", [-1.0, 0.0, 24 + 25])
def test_first_plan_of_a_rollout_that_is_over_or_to_come_begins_at_its_notice(
    folder: Path, now: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", at_hour(now))
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3", "--no-adopt", "--format", "json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["at"] == at_hour(0)
    assert not shown.err


def test_plan_in_force_is_planned_again_from_now_and_what_is_begun_stays(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = ["rollout", "plan", str(folder), "--seconds", "0.3", "--format", "json"]
    assert run(plan) == 0
    first = {(v["crew"], v["place"], v["depart"]) for v in json.loads(capsys.readouterr().out)["visits"]}
    monkeypatch.setenv("SETSAIL_NOW", at_hour(0.25))
    assert run(plan) == 0
    again = json.loads(capsys.readouterr().out)["visits"]
    assert any(visit["begun"] for visit in again)
    for visit in again:
        key = (visit["crew"], visit["place"], visit["depart"])
        assert key in first if visit["begun"] else visit["depart"] >= at_hour(0.25)


def test_plan_begins_at_the_time_that_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = ["rollout", "plan", str(folder), "--seconds", "0.3", "--no-adopt", "--format", "json"]
    assert run([*plan, "--at", "02:30"]) == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert answer["at"] == at_hour(4.5)
    assert min(slot["begin"] for slot in answer["bench"]) >= at_hour(4.5)
    assert min(visit["depart"] for visit in answer["visits"]) >= at_hour(4.5)
    assert not shown.err


def test_plan_does_not_begin_before_the_notice_or_what_was_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rollout", "plan", str(folder), "--at", at_hour(-0.1)]) == 2
    assert f"from {at_hour(0)} on, the notice" in capsys.readouterr().err
    assert run(["rollout", "plan", str(folder), "--seconds", "0.3", "--at", at_hour(3)]) == 0
    assert run(["rollout", "plan", str(folder), "--at", at_hour(2)]) == 2
    assert f"from {at_hour(3)} on, the latest told" in capsys.readouterr().err


def test_rounds_alone_give_the_same_plan_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert run(["rollout", "plan", str(folder), "--rounds", "20", "--no-adopt", "--format", "json"]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
