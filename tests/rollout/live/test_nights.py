"""Live work in a night in which clocks change, and a site that two crews open together when one of them is lost."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.rollout.folder.reading import read
from setsail.rollout.folder.writing import write
from setsail.rollout.live import desk
from setsail.rollout.model import Rollout
from tests.rollout.live.small import BY, rollout

BACK = datetime.fromisoformat("2026-10-24T22:00:00+02:00")
FORTH = datetime.fromisoformat("2027-03-27T22:00:00+01:00")
PLAIN = datetime.fromisoformat("2026-11-14T22:00:00+01:00")
SECONDS = 3.0


def begun(made: Rollout, folder: Path) -> Path:
    """A rollout's folder with a plan in force."""
    write(made, folder)
    api.rollout_plan(folder, seconds=SECONDS, now=made.notice, by=BY, clock=time.perf_counter)
    return folder


def tell(folder: Path, kind: str, at: str, **values: str) -> dict[str, Any]:
    now = read(folder).notice + timedelta(days=2)
    return api.rollout_event(
        folder, kind, at=at, values=values, now=now, by=BY, clock=time.perf_counter, seconds=SECONDS
    )


@pytest.mark.parametrize("notice", [BACK, FORTH, PLAIN])
def test_a_night_in_which_clocks_change_takes_as_long_as_any_other(notice: datetime, tmp_path: Path) -> None:
    made = rollout(3, 1, notice=notice, deadline=notice + timedelta(hours=24), milestones=())
    told = tell(begun(made, tmp_path / "w"), "line-late", "23:30", site="S02", until="04:30")
    finish = datetime.fromisoformat(told["after"]["finish"])
    assert finish - notice == timedelta(hours=6, minutes=30 + 5)  # the line, then register and accept


def test_an_event_by_the_clock_on_the_wall_carries_its_offset(tmp_path: Path) -> None:
    made = rollout(notice=BACK, deadline=BACK + timedelta(hours=24), milestones=())
    folder = begun(made, tmp_path / "w")
    tell(folder, "note", "02:30", text="the first half past two")
    tell(folder, "note", "2026-10-25T02:30+01:00", text="the second")
    first, second = (datetime.fromisoformat(one["at"]) for one in api.rollout_events(folder))
    assert second - first == timedelta(hours=1)
    assert (first.isoformat(), second.isoformat()) == ("2026-10-25T02:30:00+02:00", "2026-10-25T03:30:00+02:00")


def together(crews: int) -> Rollout:
    """Six sites of which one needs two crews at once."""
    made = rollout(crews=crews)
    return replace(made, sites=(replace(made.sites[0], crews=2), *made.sites[1:]))


def test_a_site_for_two_crews_gets_another_where_one_of_them_is_lost_before_it_begins(tmp_path: Path) -> None:
    made = together(3)
    folder = begun(made, tmp_path / "w")
    before = desk.now_is(folder, made).plan
    assert before is not None
    first, other = sorted(v.crew for v in before.visits if v.place == "S01" and v.kind == "visit")
    at = min(v.depart for v in before.visits if v.place == "S01") - timedelta(minutes=1)
    tell(folder, "crew-lost", at.isoformat(), crew=first)
    after = desk.now_is(folder, made).plan
    assert after is not None
    come = [v for v in after.visits if v.place == "S01" and v.kind == "visit"]
    assert len({v.crew for v in come}) == 2
    assert first not in {v.crew for v in come}
    assert len({(v.begin, v.end) for v in come}) == 1
    assert other in {c.crew for c in made.crews}


def test_a_site_for_two_crews_is_left_out_with_a_reason_where_one_crew_is_left(tmp_path: Path) -> None:
    made = together(2)
    folder = begun(made, tmp_path / "w")
    told = tell(folder, "crew-lost", "23:30", crew="C1")
    assert told["unplanned"]["S01"] in {
        "S01 needs 2 crews at once and there is 1",
        "S01 needs another crew beside those that are on their way to it, and none is left",
    }
    assert told["after"]["verdict"] == "impossible"


def test_of_two_crews_at_work_the_one_that_is_left_waits_for_another(tmp_path: Path) -> None:
    made = together(3)
    folder = begun(made, tmp_path / "w")
    before = desk.now_is(folder, made).plan
    assert before is not None
    own = sorted((v for v in before.visits if v.place == "S01" and v.kind == "visit"), key=lambda v: v.crew)
    at = own[0].begin + timedelta(minutes=5)
    tell(folder, "crew-lost", at.isoformat(), crew=own[0].crew)
    after = desk.now_is(folder, made).plan
    assert after is not None
    come = {v.crew for v in after.visits if v.place == "S01" and v.kind == "visit"}
    assert own[1].crew in come
    assert own[0].crew not in come
    assert len(come) == 2
    assert next(s for s in after.sites if s.site == "S01").stages["delivered"] > own[0].end
