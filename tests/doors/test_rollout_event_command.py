"""`setsail rollout event | what-if | events | board | replay | history`, as a dispatcher calls them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run

DELIVERED = {"07:30": 22, "08:30": 29}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The founding case with a plan in force."""
    folder = tmp_path_factory.mktemp("case") / "w"
    assert run(["rollout", "example", "wuhan-2020", "--out", str(folder)]) == 0
    assert run(["rollout", "plan", str(folder), "--seconds", "2"]) == 0
    return folder


@pytest.fixture
def folder(planned: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copy = tmp_path / "w"
    copy.mkdir()
    for file in planned.iterdir():
        if file.is_file():
            (copy / file.name).write_bytes(file.read_bytes())
    return copy


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["rollout", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def begun(folder: Path, at: str) -> list[dict[str, Any]]:
    from setsail.rollout.folder.clock import moment
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import desk
    from setsail.rollout.live.standing import state

    rollout = read(folder)
    found = state(desk.now_is(folder, rollout), moment(at, rollout.notice, "at"))
    return [
        {"crew": v.crew, "place": v.place, "kind": v.kind, "times": (v.depart, v.arrive, v.begin, v.end)}
        for v in found.begun
    ]


def test_lost_crew_gives_a_new_plan_with_begun_work_unchanged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = begun(folder, "05:00")
    made = told(capsys, "event", str(folder), "crew-lost", "--crew", "C3", "--at", "05:00")
    assert made["after"]["feasible"] is True
    assert all("C3" not in row["crews_after"] for row in made["moved"] if row["delay_min"] > 0)
    after = begun(folder, "05:00")
    kept = [v for v in before if v["crew"] != "C3"]
    assert kept
    assert all(v in after for v in kept)
    shown = told(capsys, "board", str(folder))
    assert next(c["state"] for c in shown["crews"] if c["crew"] == "C3") == "lost"
    assert told(capsys, "events", str(folder))[0]["crew"] == "C3"


def test_supposed_event_is_shown_and_not_written_and_then_told_the_same_way(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(folder), "crew-lost", "--crew", "C3", "--at", "05:00"]
    supposed = told(capsys, "what-if", *words, "--and", "road-closed --road 'D1|S01' --at=05:10")
    assert [e["kind"] for e in supposed["events"]] == ["crew-lost", "road-closed"]
    assert told(capsys, "events", str(folder)) == []
    told(capsys, "event", *words)
    assert [e["kind"] for e in told(capsys, "events", str(folder))] == ["crew-lost"]


def test_wrong_event_is_taken_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    n = told(capsys, "event", str(folder), "crew-lost", "--crew", "C3", "--at", "05:00")["events"][0]["n"]
    made = told(capsys, "event", str(folder), "undo", "--of", str(n))
    assert made["after"]["finish"] <= made["before"]["finish"]
    assert [e["undone"] for e in told(capsys, "events", str(folder))] == [True, False]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["crew-lost", "--crew", "C99"], "'C99' is not there"),
        (["crew-gone", "--crew", "C3"], "no kind of event"),
        (["late", "--site", "S01", "--stage", "delivered", "--minutes", "-5"], "minutes from 0"),
        (["crew-lost", "--crew", "C3", "--at", "2020-02-05T21:00"], "before the notice"),
        (["crew-lost", "--crew", "C3", "--at", "noon"], "allowed: HH:MM"),
        (["undo", "--of", "7"], "no event 7"),
    ],
)
def test_bad_event_is_refused_with_code_2_and_leaves_the_log(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = (folder / "events.jsonl").read_bytes()
    at = [] if "--at" in words or "undo" in words else ["--at", "05:00"]
    assert run(["rollout", "event", str(folder), *words, *at]) == 2
    assert said in capsys.readouterr().err
    assert (folder / "events.jsonl").read_bytes() == before


def test_clock_of_today_needs_a_time_for_a_case_of_2020(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "event", str(folder), "crew-lost", "--crew", "C3"]) == 2
    assert "say --at" in capsys.readouterr().err


def test_broken_chain_is_told_with_its_line_and_code_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = folder / "events.jsonl"
    run(["rollout", "event", str(folder), "note", "--text", "one", "--at", "05:00"])
    log.write_bytes(log.read_bytes().replace(b'"feasible":true', b'"feasible":null', 1))
    assert run(["rollout", "board", str(folder)]) == 3
    assert "events.jsonl:2" in capsys.readouterr().err


def test_event_that_makes_it_late_ends_with_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(
        capsys,
        "event",
        str(folder),
        "line-late",
        "--site",
        "S05",
        "--until",
        "2020-02-06T23:00",
        "--at",
        "05:00",
        code=1,
    )
    assert made["after"]["verdict"] in ("late", "impossible")


def test_case_as_it_happened_is_accepted_by_18_and_keeps_its_milestones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = told(capsys, "history", str(folder))
    assert made["told"] == len(made["steps"]) > 0
    shown = told(capsys, "board", str(folder))
    assert shown["finish"] <= "2020-02-06T18:00:00+08:00"
    delivered = sorted(s["stages"]["delivered"]["ended"] or s["stages"]["delivered"]["planned"] for s in shown["sites"])
    for clock, count in DELIVERED.items():
        assert sum(at[11:16] <= clock for at in delivered) >= count
    assert all(m["met"] for m in shown["milestones"])
    again = told(capsys, "history", str(folder))
    assert (again["told"], again["skipped"]) == (0, made["told"])
    replayed = told(capsys, "replay", str(folder))
    assert replayed["board"] == shown


EVENTS: dict[str, dict[str, str]] = {
    "road-closed": {"road": "D1|S05"}, "crew-lost": {"crew": "C3"}, "device-dead": {"site": "S12"},
    "line-late": {"site": "S05", "until": "17:00"}, "test-failed": {"site": "S12", "needs": "visit"},
    "failed": {"site": "S12", "stage": "installed"}, "late": {"site": "S05", "stage": "delivered", "minutes": "45"},
    "done": {"site": "S18", "stage": "delivered"}, "started": {"site": "S18", "stage": "delivered"},
}  # fmt: skip


@pytest.mark.parametrize("at", ["03:00", "04:30", "06:30", "08:30"])
def test_every_kind_of_disturbance_is_planned_for_at_any_time(folder: Path, at: str) -> None:
    from datetime import UTC, datetime

    for kind, values in EVENTS.items():
        made = api.rollout_what_if(
            folder, [(kind, at, values)], now=datetime(2026, 1, 1, tzinfo=UTC), by="", clock=lambda: 0.0, seconds=0.05
        )
        assert made["after"]["verdict"] == "in time", (kind, at, made["after"]["reason"])
        assert made["unplanned"] == {}


def test_log_tail_gives_the_lines_after_a_number_without_the_plans_bulk(folder: Path) -> None:
    assert [line["kind"] for line in api.rollout_log_tail(folder)] == ["planned"]
    run(["rollout", "event", str(folder), "note", "--text", "one", "--at", "05:00"])
    assert [line["n"] for line in api.rollout_log_tail(folder, 1)] == [2]
    assert "plan" not in api.rollout_log_tail(folder)[0]


def test_tables_for_people_are_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["event", str(folder), "crew-lost", "--crew", "C3", "--at", "05:00"], ["board", str(folder)],
                  ["events", str(folder)], ["events", "--kinds"], ["replay", str(folder)],
                  ["what-if", str(folder), "crew-back", "--crew", "C3", "--at", "06:00"]):  # fmt: skip
        assert run(["rollout", *words]) == 0
    shown = capsys.readouterr()
    assert "begun work unchanged" in shown.err
    assert "Sites that move" in shown.out


def test_commands_of_a_running_rollout_load_no_solver_to_show_the_board(folder: Path) -> None:
    code = (
        f"import sys; from setsail.cli.main import run; run(['rollout', 'board', {str(folder)!r}, '--format', 'json']);"
        "print([m for m in ('pyvrp', 'ortools', 'scipy') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]"), done.stderr


def test_tables_of_values_carry_whole_times_and_plain_lists(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["rollout", "event", str(folder), "line-late", "--site", "S02", "--until", "09:00", "--at", "05:00"]) == 0
    )
    rows = {}
    for name in ("plan", "board", "events", "replay"):
        capsys.readouterr()
        more = ["--no-adopt", "--seconds", "0.3"] if name == "plan" else []
        assert run(["rollout", name, str(folder), *more, "--format", "csv"]) == 0
        rows[name] = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for row in (*rows["plan"], *rows["board"]):
        assert datetime.fromisoformat(row["delivered"]).utcoffset() is not None
        assert set(row["crews"].split("|")) <= {f"C{n}" for n in range(1, 9)}
    assert rows["events"][0]["until"] == rows["board"][1]["line_ready"] == "2020-02-06T09:00:00+08:00"
    assert rows["board"][1]["line_ready_state"] == "waiting"
    assert {row["at"] for row in rows["replay"]} == {"2020-02-05T22:00:00+08:00", "2020-02-06T05:00:00+08:00"}


def test_planning_after_every_event_was_taken_back_goes_on_from_where_the_crews_stand(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "event", str(folder), "crew-lost", "--crew", "C3", "--at", "06:00")
    told(capsys, "event", str(folder), "undo")
    made = told(capsys, "plan", str(folder), "--seconds", "0.5")
    assert made["at"] == "2020-02-06T06:00:00+08:00"
    assert all(v["begun"] or v["depart"] >= made["at"] for v in made["visits"])
    crews = told(capsys, "board", str(folder))["crews"]
    assert all(0 <= c["share"] <= 1 for c in crews if c["share"] is not None)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1-cmd", "-2+3", "@SUM(A1)"])
def test_a_remark_that_a_spreadsheet_would_run_is_text_in_a_csv(
    folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rollout", "event", str(folder), "note", f"--text={text}"]) == 0
    capsys.readouterr()
    assert run(["rollout", "events", str(folder), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert f"'{text}" in [cell for row in rows for cell in row.values()]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert run(["rollout", "events", str(folder), "--format", "json"]) == 0
    assert text in capsys.readouterr().out
