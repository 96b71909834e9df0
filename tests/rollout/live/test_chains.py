"""A stop that ends later than planned holds up what its crew began after it, and takes nothing of it back."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from setsail.rollout.live import desk
from setsail.rollout.live.chains import follow
from setsail.rollout.live.changes import begun_moved
from setsail.rollout.live.standing import state
from setsail.rollout.live.stops import Stop
from setsail.rollout.model import Rollout, RolloutSite
from setsail.rollout.plan_model import Visit, VisitKind
from tests.rollout.live.small import BY, NOTICE, NOW, rollout, told

SMALL = rollout()


def after(minutes: float) -> datetime:
    return NOTICE + timedelta(minutes=minutes)


def stop(
    place: str, depart: float, arrive: float, begin: float, end: float, *, crew: str = "C1",
    kind: VisitKind = "visit", told: bool = False,
) -> Stop:  # fmt: skip
    drive = round(60 * (arrive - depart))
    visit = Visit(crew, "V1", 1, 1, kind, place, after(depart), after(arrive), after(begin), after(end), drive, 0, 1)
    return Stop(visit, 1, used=1, told=told)


def run(at: float, *stops: Stop, together: tuple[str, ...] = ()) -> dict[str, list[tuple[str, float, float, float]]]:
    """Crew -> place, departure, begin and end in minutes of what has begun."""
    by_crew: dict[str, list[Stop]] = {}
    for one in stops:
        by_crew.setdefault(one.visit.crew, []).append(one)
    follow(by_crew, after(at), together)
    return {c: [row(s.visit) for s in own] for c, own in by_crew.items()}


def row(visit: Visit) -> tuple[str, float, float, float]:
    depart, begin, end = ((t - NOTICE) / timedelta(minutes=1) for t in (visit.depart, visit.begin, visit.end))
    return visit.place, depart, begin, end


def test_stop_after_a_late_one_is_as_much_later_and_so_is_the_next() -> None:
    late = stop("S1", 0, 10, 10, 62, told=True)
    found = run(200, late, stop("S2", 60, 70, 70, 115), stop("S3", 115, 120, 120, 165))
    assert found == {"C1": [("S1", 0, 10, 62), ("S2", 62, 72, 117), ("S3", 117, 122, 167)]}


def test_wait_before_the_work_takes_up_the_delay() -> None:
    late = stop("S1", 0, 10, 10, 62, told=True)
    assert run(200, late, stop("S2", 60, 70, 90, 135), stop("S3", 135, 140, 140, 185))["C1"][1:] == [
        ("S2", 62, 90, 135), ("S3", 135, 140, 185),
    ]  # fmt: skip


@pytest.mark.parametrize(("end", "begun"), [(99.9, True), (100, False)])
def test_stop_that_would_be_left_for_only_now_has_not_begun_nor_what_comes_after_it(end: float, begun: bool) -> None:
    late = stop("S1", 0, 10, 10, end, told=True)
    places = [row[0] for row in run(100, late, stop("S2", 60, 70, 70, 80), stop("S3", 99.5, 110, 110, 120))["C1"]]
    assert places == (["S1", "S2"] if begun else ["S1"])


def test_load_that_the_delay_puts_off_is_a_drive_to_the_depot() -> None:
    late = stop("S1", 0, 10, 10, 62, told=True)
    by_crew = {"C1": [late, stop("D1", 60, 70, 70, 80, kind="load"), stop("S2", 80, 95, 95, 140)]}
    follow(by_crew, after(71), ())
    kept = by_crew["C1"][1:]
    assert [(s.visit.kind, s.visit.end, s.visit.sets) for s in kept] == [("return", after(72), 0)]


def test_crew_that_waits_for_a_late_one_begins_with_it_and_is_late_at_its_next_site() -> None:
    stops = [
        stop("S1", 0, 10, 10, 65, told=True), stop("S2", 60, 70, 70, 115),
        stop("S2", 40, 55, 70, 115, crew="C2"), stop("S3", 115, 120, 120, 165, crew="C2"),
    ]  # fmt: skip
    found = run(200, *stops, together=("S2",))
    assert [found["C1"][1], *found["C2"]] == [("S2", 65, 75, 120), ("S2", 40, 75, 120), ("S3", 120, 125, 170)]


def test_told_stop_shows_that_the_crew_had_left_the_one_before() -> None:
    found = run(200, stop("S1", 0, 10, 10, 55), stop("S2", 50, 60, 60, 105, told=True))
    assert found["C1"] == [("S1", 0, 10, 50), ("S2", 50, 60, 105)]


def test_told_end_stands_where_the_stop_before_it_was_told_to_end_late() -> None:
    found = run(200, stop("S1", 0, 10, 10, 62, told=True), stop("S2", 55, 65, 65, 105, told=True))
    assert found["C1"] == [("S1", 0, 10, 62), ("S2", 62, 72, 105)]


def tell(folder: Path, asked: Rollout, kind: str, at: datetime, **values: str) -> None:
    one = [told(kind, at.isoformat(), **values)]
    desk.tell(folder, asked, one, now=NOW, by=BY, clock=time.perf_counter, seconds=0.05)


def two_in_turn(folder: Path, asked: Rollout) -> tuple[Visit, Visit]:
    """Two visits of one crew, one after the other, of the plan in force."""
    plan = desk.now_is(folder, asked).plan
    assert plan is not None
    own = sorted((v for v in plan.visits if v.kind == "visit"), key=lambda v: (v.crew, v.depart))
    return next((a, b) for a, b in pairwise(own) if a.crew == b.crew and a.trip == b.trip)


def test_end_told_late_after_another_event_leaves_the_next_begun_visit_with_its_crew(tmp_path: Path) -> None:
    tell(tmp_path, SMALL, "line-ready", NOTICE, site="S06")
    first, second = two_in_turn(tmp_path, SMALL)
    now = second.begin + timedelta(minutes=10)
    tell(tmp_path, SMALL, "line-late", now, site="S05", until=(now + timedelta(minutes=1)).isoformat())
    before = desk.now_is(tmp_path, SMALL)
    tell(tmp_path, SMALL, "done", first.end + timedelta(minutes=2), site=first.place, stage="delivered")
    moved = begun_moved(before, desk.now_is(tmp_path, SMALL))
    assert [row["place"] for row in moved] == [first.place, second.place]
    assert all(row["why"].endswith(f"done {first.place}") for row in moved)
    assert begun_moved(before, before) == []
    found = state(desk.now_is(tmp_path, SMALL))
    kept = next(v for v in found.begun if v.place == second.place)
    assert (kept.crew, kept.depart, kept.end) == (
        first.crew, second.depart + timedelta(minutes=2), second.end + timedelta(minutes=2),
    )  # fmt: skip
    plan = found.course.plan
    assert plan is not None
    assert [v.crew for v in plan.visits if v.place == second.place] == [first.crew]


def test_end_of_work_of_two_crews_told_late_leaves_the_next_visit_of_both_begun(tmp_path: Path) -> None:
    sites = tuple(RolloutSite(f"S{i:02d}", f"Synthetic clinic {i}", 30.5 + 0.01 * i, 114.3, crews=2) for i in (1, 2, 3))
    asked = replace(SMALL, sites=sites)
    tell(tmp_path, asked, "line-ready", NOTICE, site="S01")
    first, second = two_in_turn(tmp_path, asked)
    now = second.begin + timedelta(minutes=5)
    tell(tmp_path, asked, "line-late", now, site=second.place, until=(now + timedelta(minutes=1)).isoformat())
    tell(tmp_path, asked, "done", first.end + timedelta(minutes=3), site=first.place, stage="delivered")
    begun = [v for v in state(desk.now_is(tmp_path, asked)).begun if v.place == second.place]
    assert {v.crew for v in begun} == {"C1", "C2"}
    assert {(v.begin, v.end) for v in begun} == {tuple(t + timedelta(minutes=3) for t in (second.begin, second.end))}
