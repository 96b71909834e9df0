"""Where the work stands: what the plan began counts, what is told wins, and nothing begun moves."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, UnknownName
from setsail.base.record import Record
from setsail.rollout.live import board, desk, log
from setsail.rollout.live.course import Course
from setsail.rollout.live.standing import State, state
from setsail.rollout.live.tasks import tasks
from setsail.rollout.plan_model import Visit
from tests.rollout.live.small import BY, NOW, clock, rollout, told

SMALL = rollout()


def tell(folder: Path, kind: str, at: str = "", **values: str) -> Record:
    return desk.tell(folder, SMALL, [told(kind, at, **values)], now=NOW, by=BY, clock=time.perf_counter, seconds=0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rollout whose plan was made at the notice."""
    tell(tmp_path, "line-ready", "22:00", site="S06")
    return tmp_path


def now_is(folder: Path) -> Course:
    return desk.now_is(folder, SMALL)


def at_work(folder: Path) -> Visit:
    """The first visit on site whose end is told to nobody."""
    plan = now_is(folder).plan
    assert plan is not None
    return min((v for v in plan.visits if v.kind == "visit"), key=lambda v: v.begin)


def next_of_crew(folder: Path) -> Visit:
    """The visit after the first one, by the same crew: who needs less time there than planned is early here."""
    plan, first = now_is(folder).plan, at_work(folder)
    assert plan is not None
    own = (v for v in plan.visits if v.kind == "visit" and v.crew == first.crew and v.depart >= first.end)
    return min(own, key=lambda v: v.depart)


def hour(at: datetime) -> str:
    return at.isoformat()


def standing(folder: Path, at: datetime | None = None) -> State:
    return state(now_is(folder), at)


def test_visit_counts_as_begun_once_its_drive_should_have_and_not_at_that_very_second(folder: Path) -> None:
    visit = at_work(folder)
    for at, begun in ((visit.depart, False), (visit.depart + timedelta(seconds=1), True)):
        found = standing(folder, at)
        assert any(v.place == visit.place and v.kind == "visit" for v in found.begun) is begun
        assert tasks(found)[visit.place]["delivered"].state == ("begun" if begun else "waiting")


def test_visit_counts_as_done_by_the_plan_at_its_end_and_says_that_nobody_told_it(folder: Path) -> None:
    visit = at_work(folder)
    before = tasks(standing(folder, visit.end - timedelta(seconds=1)))[visit.place]["delivered"]
    after = tasks(standing(folder, visit.end))[visit.place]["delivered"]
    assert (before.state, after.state, after.by, after.ended) == ("begun", "done", "plan", visit.end)


def test_told_end_wins_over_the_planned_one_and_frees_the_crew(folder: Path) -> None:
    visit = at_work(folder)
    early = visit.end - timedelta(minutes=10)
    tell(folder, "done", hour(early), site=visit.place, stage="delivered")
    found = standing(folder)
    assert found.standing.crews[visit.crew].free_at == early
    task = tasks(found)[visit.place]["delivered"]
    assert (task.state, task.by, task.ended) == ("done", "told", early)


def test_late_stop_holds_its_crew_and_what_the_plan_has_after_it_has_not_begun(folder: Path) -> None:
    visit = at_work(folder)
    late = visit.end + timedelta(hours=2)
    tell(folder, "late", hour(visit.end - timedelta(minutes=1)), site=visit.place, stage="delivered", until=hour(late))
    tell(folder, "note", hour(late - timedelta(minutes=1)), text="still there")
    found = standing(folder, late - timedelta(minutes=1))
    own = sorted((v for v in found.begun if v.crew == visit.crew), key=lambda v: v.depart)
    assert (own[-1].place, own[-1].end) == (visit.place, late)


def test_late_by_minutes_is_written_as_a_time_by_the_plan_in_force(folder: Path) -> None:
    visit = at_work(folder)
    tell(folder, "late", hour(visit.begin), site=visit.place, stage="delivered", minutes="25")
    until = log.read(folder).lines[-2].fields["until"]
    assert datetime.fromisoformat(until) == visit.end + timedelta(minutes=25)


def test_failed_work_frees_the_crew_with_the_set_and_the_site_is_planned_again(folder: Path) -> None:
    visit = at_work(folder)
    at = visit.begin + timedelta(minutes=5)
    made = tell(folder, "failed", hour(at), site=visit.place, stage="delivered", reason="no key to the room")
    plan = now_is(folder).plan
    assert plan is not None
    assert made["after"]["verdict"] == "in time"
    again = [v for v in plan.visits if v.place == visit.place and not v.begun]
    assert len(again) == 1
    assert again[0].depart >= at
    assert tasks(standing(folder))[visit.place]["delivered"].state == "failed"


def test_start_told_before_its_time_pulls_the_visit_forward_and_stays_under_later_plans(folder: Path) -> None:
    visit = next_of_crew(folder)
    early = visit.depart - timedelta(minutes=3)
    tell(folder, "started", hour(early), site=visit.place, stage="delivered")
    for minutes in (1, 2):
        tell(folder, "line-late", hour(early + timedelta(minutes=minutes)), site="S06", until=f"0{minutes + 5}:00")
        found = [v for v in standing(folder).begun if v.place == visit.place]
        assert [(v.crew, v.begin) for v in found] == [(visit.crew, early)]


def test_report_from_a_site_that_its_crew_cannot_have_reached_is_refused_with_the_earliest_time(folder: Path) -> None:
    visit = at_work(folder)
    early = hour(visit.depart - timedelta(minutes=3))
    lines = log.read(folder).lines
    with pytest.raises(OutOfRange, match=f"before the crew of the plan can be at {visit.place}") as refused:
        tell(folder, "done", early, site=visit.place, stage="delivered")
    assert log.read(folder).lines == lines
    earliest = datetime.fromisoformat(refused.value.allowed.removeprefix("from "))
    assert datetime.fromisoformat(early) < earliest < visit.arrive
    with pytest.raises(OutOfRange):
        tell(folder, "done", hour(earliest - timedelta(seconds=1)), site=visit.place, stage="delivered")
    tell(folder, "done", hour(earliest), site=visit.place, stage="delivered")
    assert standing(folder).standing.crews[visit.crew].free_at == earliest


def test_work_that_others_did_leaves_the_crew_of_the_plan_where_it_is_with_its_sets(folder: Path) -> None:
    visit = next_of_crew(folder)
    first = at_work(folder)
    at = hour(first.arrive + timedelta(minutes=1))
    before = standing(folder, first.arrive + timedelta(minutes=1)).standing.crews[first.crew]
    tell(folder, "done", at, site=visit.place, stage="delivered", reason="the clinic fetched a set itself")
    found = standing(folder)
    assert found.standing.crews[first.crew] == before
    assert tasks(found)[visit.place]["delivered"].state == "done"
    plan = now_is(folder).plan
    assert plan is not None
    assert not [v for v in plan.visits if v.place == visit.place]


def test_lost_crew_gives_its_running_visit_back_and_its_sets_return_to_stock(folder: Path) -> None:
    visit = at_work(folder)
    at = visit.begin + timedelta(minutes=1)
    tell(folder, "crew-lost", hour(at), crew=visit.crew)
    found = standing(folder)
    assert visit.crew in found.standing.lost
    assert not [v for v in found.begun if v.place == visit.place]
    back = found.standing.incoming["D1"]
    assert len(back) == 3
    assert min(back) > at + timedelta(minutes=SMALL.durations.return_sets_min)
    plan = now_is(folder).plan
    assert plan is not None
    assert all(v.crew != visit.crew for v in plan.visits if v.depart >= at)


def test_sets_lost_with_a_crew_never_come_back_and_use_up_the_spares(folder: Path) -> None:
    visit = at_work(folder)
    tell(folder, "crew-lost", hour(visit.begin), crew=visit.crew, sets="lost")
    found = standing(folder)
    assert found.standing.incoming == {}
    assert found.standing.spares == {"terminal": 0}


def test_crew_that_comes_back_is_free_at_its_depot(folder: Path) -> None:
    tell(folder, "crew-lost", "01:00", crew="C1")
    tell(folder, "crew-back", "02:00", crew="C1")
    crew = standing(folder).standing.crews["C1"]
    assert (crew.place, crew.free_at, crew.aboard) == ("D1", clock("02:00"), 0)


def test_dead_device_of_an_open_site_brings_a_crew_with_another_set(folder: Path) -> None:
    visit = at_work(folder)
    at = visit.end + timedelta(minutes=30)
    tell(folder, "device-dead", hour(at), site=visit.place)
    found = standing(folder)
    assert found.standing.dead == {visit.place}
    assert found.standing.spares == {"terminal": 2}
    plan = now_is(folder).plan
    assert plan is not None
    again = [v for v in plan.visits if v.place == visit.place and v.kind == "again"]
    assert [v.sets for v in again] == [1]
    row = tasks(found)[visit.place]
    assert (row["installed"].state, row["accepted"].state) == ("failed", "failed")
    later = standing(folder, again[0].end + timedelta(minutes=10))
    assert later.standing.dead == frozenset()
    assert tasks(later)[visit.place]["accepted"].state == "done"


@pytest.mark.parametrize(("needs", "visits"), [("retry", 0), ("visit", 1)])
def test_failed_acceptance_puts_the_site_back_into_the_schedule(folder: Path, needs: str, visits: int) -> None:
    visit = at_work(folder)
    at = visit.end + timedelta(minutes=10)
    tell(folder, "test-failed", hour(at), site=visit.place, needs=needs, reason="no picture")
    plan = now_is(folder).plan
    assert plan is not None
    site = next(s for s in plan.sites if s.site == visit.place)
    assert site.stages["accepted"] >= at + timedelta(minutes=5)
    assert len([v for v in plan.visits if v.place == visit.place and v.kind == "again"]) == visits
    assert tasks(standing(folder))[visit.place]["accepted"].state == "failed"
    assert tasks(standing(folder, site.stages["accepted"]))[visit.place]["accepted"].state == "done"


def test_line_that_comes_late_moves_the_acceptance_and_not_the_crew(folder: Path) -> None:
    visit = at_work(folder)
    made = tell(folder, "line-late", "23:30", site=visit.place, until="15:00")
    plan = now_is(folder).plan
    assert plan is not None
    site = next(s for s in plan.sites if s.site == visit.place)
    assert site.stages["line_ready"] == clock("15:00")
    assert site.stages["accepted"] == clock("15:05")
    assert made["delay_min"] > 0
    tell(folder, "line-ready", "14:00", site=visit.place)
    plan = now_is(folder).plan
    assert plan is not None
    assert next(s for s in plan.sites if s.site == visit.place).stages["accepted"] <= clock("14:05")


def test_closed_road_is_driven_by_nobody_who_has_not_left(folder: Path) -> None:
    tell(folder, "road-closed", "23:00", road="B1")
    assert standing(folder).standing.closed == {"B1"}
    tell(folder, "road-open", "23:30", road="B1")
    assert standing(folder).standing.closed == frozenset()


def test_undone_event_leaves_the_rollout_as_if_it_had_never_been_told(folder: Path) -> None:
    before = standing(folder)
    tell(folder, "crew-lost", "01:00", crew="C1")
    lost = log.read(folder).lines[-2].n
    tell(folder, "undo", of=str(lost))
    after = standing(folder, clock("01:00"))
    assert after.standing.lost == frozenset()
    begun = {(v.crew, v.kind, v.place, v.depart) for v in state(before.course, clock("01:00")).begun}
    assert begun <= {(v.crew, v.kind, v.place, v.depart) for v in after.begun}


def test_undo_without_a_number_takes_back_the_latest_event_that_holds(folder: Path) -> None:
    tell(folder, "crew-lost", "01:00", crew="C1")
    tell(folder, "line-late", "01:01", site="S05", until="15:00")
    assert tell(folder, "undo")["events"][0]["of"] == log.read(folder).lines[-4].n
    assert standing(folder).standing.lost == {"C1"}
    tell(folder, "undo")
    assert standing(folder).standing.lost == frozenset()
    tell(folder, "undo")
    with pytest.raises(UnknownName, match="nothing is there to be taken back"):
        tell(folder, "undo")


def test_site_was_loaded_when_its_vehicle_left_whatever_a_wrong_event_made_of_the_plan_meanwhile(folder: Path) -> None:
    plan = now_is(folder).plan
    assert plan is not None
    was = {s.site: s.stages["loaded"] for s in plan.sites}
    last = max(plan.visits, key=lambda v: v.end).end
    tell(folder, "done", hour(last + timedelta(hours=2)), site=at_work(folder).place, stage="delivered")
    tell(folder, "undo")
    found = standing(folder)
    assert {site: found.done[site, "loaded"] for site in was} == was


def test_error_of_planning_says_that_the_event_is_told_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise BadInput("cannot be written: no room", where="synthetic")

    monkeypatch.setattr(desk, "replanned", full)
    with pytest.raises(BadInput, match=r"no room when it was planned for; event \d+ is told and stands in the log"):
        tell(folder, "crew-lost", "01:00", crew="C1")
    assert [e.kind for e in now_is(folder).uncovered] == ["crew-lost"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("road-closed", {"road": "B1"}), ("line-late", {"site": "S06", "until": "15:00"}),
        ("crew-lost", {"crew": "C2"}), ("line-ready", {"site": "S05"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["23:30", "01:00", "02:30", "04:00"])
def test_visits_begun_keep_their_times_and_crew_through_every_event(
    folder: Path, kind: str, values: dict[str, str], at: str
) -> None:
    old = [v for v in standing(folder, clock(at)).begun if v.crew != values.get("crew")]
    tell(folder, kind, at, **values)
    assert set(old) <= set(standing(folder).begun)
    plan = now_is(folder).plan
    assert plan is not None
    assert set(old) <= set(plan.visits)


def test_event_survives_a_fault_of_the_planner_and_the_next_plan_takes_it_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("synthetic fault")

    with monkeypatch.context() as patch:
        patch.setattr("setsail.rollout.live.replan.study.plan", fault)
        with pytest.raises(RuntimeError):
            tell(folder, "crew-lost", "01:00", crew="C1")
    assert [e.kind for e in now_is(folder).uncovered] == ["crew-lost"]
    assert board.board(now_is(folder))["unplanned_events"] == [now_is(folder).log.last]
    with pytest.raises(DuplicateKey, match="try: rollout plan"):
        tell(folder, "crew-lost", "01:00", crew="C1")
    tell(folder, "note", "01:05", text="nothing follows from a remark")
    assert now_is(folder).uncovered
    tell(folder, "line-ready", "01:10", site="S01")
    assert now_is(folder).uncovered == ()
    assert standing(folder).standing.lost == {"C1"}


def test_finish_is_told_of_all_sites_or_not_at_all_and_that_of_the_served_ones_beside_it(folder: Path) -> None:
    whole = board.board(now_is(folder))
    assert (whole["finish"], whole["served"]) == (whole["finish_served"], len(SMALL.sites))
    tell(folder, "crew-lost", "01:00", crew="C1")
    made = tell(folder, "crew-lost", "01:00", crew="C2")
    shown = board.board(now_is(folder))
    assert made["unplanned"]
    for one in (shown, made["after"]):
        assert (one["finish"], one["finish_delivered"]) == (None, None)
        assert one["served"] == len(SMALL.sites) - len(made["unplanned"])
    assert made["delay_min"] is None
    assert desk.replay(folder, SMALL)["steps"][-1]["finish"] is None


def test_supposed_events_show_their_consequence_and_write_nothing(folder: Path) -> None:
    before = (folder / log.FILE).read_bytes()
    made = desk.what_if(
        folder, SMALL, [told("crew-lost", "01:00", crew="C1"), told("line-late", "01:05", site="S02", until="15:00")],
        now=clock("23:00"), by=BY, clock=time.perf_counter, seconds=0.05,
    )  # fmt: skip
    assert (folder / log.FILE).read_bytes() == before
    assert [e["kind"] for e in made["events"]] == ["crew-lost", "line-late"]
    assert made["after"]["finish"] > made["before"]["finish"]
    assert any(row["crews_before"] == ["C1"] for row in made["moved"])


def test_board_tells_where_each_crew_is_and_what_comes_next(folder: Path) -> None:
    visit = at_work(folder)
    half = visit.depart + (visit.arrive - visit.depart) / 2
    crew = next(c for c in board.board(now_is(folder), at=half)["crews"] if c["crew"] == visit.crew)
    assert (crew["state"], crew["from"], crew["to"], crew["share"]) == ("on the road", "D1", visit.place, 0.5)
    on_site = board.board(now_is(folder), at=visit.begin)["crews"]
    assert next(c["state"] for c in on_site if c["crew"] == visit.crew) == "on site"


def kept(folder: Path, site: str, **more: object) -> str:
    """A synthetic record of a site and its summary, in the form of those of acceptance; its digest."""
    own = folder / "accept" / site
    own.mkdir(parents=True)
    content = {"site": site, "at": "x", "passed": True, "pairs": {"S02": {"marks": 3}}, **more}
    data = json.dumps({"acceptance": content, "jws": "synthetic"}).encode()
    (own / "first.json").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    (own / "record.json").write_text(json.dumps({**content, "record": "first.json", "sha256": digest}))
    return digest


def changed(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_board_shows_acceptance_records_and_passes_over_broken_ones(folder: Path) -> None:
    kept(folder, "S01")
    for site, text in (("S02", "{"), ("S03", "[]")):
        (folder / "accept" / site).mkdir(parents=True)
        (folder / "accept" / site / "record.json").write_text(text)
    found = board.board(now_is(folder), folder)["evidence"]
    assert found["pairs"] == {"S01": {"S02": {"marks": 3}}}
    told = {"at": "x", "passed": True, "failing_step": "", "doubt": "", "synthetic": False}
    assert found["sites"] == {"S01": told}


def test_board_marks_records_of_simulated_terminals(folder: Path) -> None:
    kept(folder, "S01", synthetic=True)
    kept(folder, "S02", synthetic=False)
    found = board.board(now_is(folder), folder)["evidence"]["sites"]
    assert (found["S01"]["synthetic"], found["S02"]["synthetic"]) == (True, False)


@pytest.mark.parametrize(
    ("file", "old", "new", "doubt"),
    [
        ("record.json", '"passed": false', '"passed": true', "something else than the signed record"),
        ("first.json", '"passed": false', '"passed": true', "not the record that was signed"),
        ("record.json", '"marks": 3', '"marks": 9', "something else than the signed record"),
        ("record.json", "first.json", "../S02/first.json", "names no signed record"),
        ("record.json", "first.json", "other.json", "is gone"),
        ("record.json", '"record"', '"nothing"', "names no signed record"),
    ],
)
def test_edited_acceptance_record_proves_nothing_and_the_board_says_why(
    folder: Path, file: str, old: str, new: str, doubt: str
) -> None:
    kept(folder, "S01", passed=False)
    changed(folder / "accept" / "S01" / file, old, new)
    found = board.board(now_is(folder), folder)["evidence"]
    assert found["pairs"] == {}
    assert found["sites"]["S01"]["passed"] is None
    assert doubt in found["sites"]["S01"]["doubt"]


def test_record_other_than_the_one_that_the_log_names_is_doubted(folder: Path) -> None:
    site = at_work(folder).place
    digest = kept(folder, site)
    tell(folder, "accepted", hour(at_work(folder).end + timedelta(hours=1)), site=site, record=digest)
    assert board.board(now_is(folder), folder)["evidence"]["sites"][site]["doubt"] == ""
    shutil.rmtree(folder / "accept")
    kept(folder, site, by="somebody else")
    found = board.board(now_is(folder), folder)["evidence"]
    assert "not the record by which the log" in found["sites"][site]["doubt"]


def test_replay_up_to_a_line_gives_the_board_of_that_line(folder: Path) -> None:
    boards = [board.text(board.board(now_is(folder), folder))]
    for kind, at, values in (
        ("crew-lost", "01:00", {"crew": "C1"}),
        ("line-late", "01:30", {"site": "S02", "until": "15:00"}),
    ):
        tell(folder, kind, at, **values)
        boards.append(board.text(board.board(now_is(folder), folder)))
    assert [board.text(desk.replay(folder, SMALL, str(n))["board"]) for n in (3, 5, 7)] == boards
    assert board.text(desk.replay(folder, SMALL, "01:10")["board"]) == boards[1]
