"""What had ended before an event stays as it was, whatever the event: random events on a small synthetic rollout."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, UnknownName
from setsail.rollout.live import desk
from setsail.rollout.live.course import Course
from setsail.rollout.live.events import Told
from setsail.rollout.live.standing import state
from setsail.rollout.live.tasks import tasks
from setsail.rollout.model import Stage
from setsail.rollout.plan_model import Plan
from tests.rollout.live.small import BY, NOW, rollout, told
from tests.rollout.live.test_desk_at_random import events

SMALL = rollout()
OF_ONE_SITE = {"line-late", "line-ready", "accepted", "test-failed", "road-closed", "road-open"}
"""Kinds of events that move no crew that has begun."""


def tell(folder: Path, one: Told) -> None:
    desk.tell(folder, SMALL, [one], now=NOW, by=BY, clock=time.perf_counter, seconds=0.02)


def planned(folder: Path) -> Plan:
    plan = desk.now_is(folder, SMALL).plan
    assert plan is not None
    return plan


def ended(course: Course, at: datetime) -> dict[tuple[str, Stage], datetime]:
    found = tasks(state(course, at))
    return {(s, k): t.ended for s, row in found.items() for k, t in row.items() if t.ended is not None}


def speaks_of(one: Told, site: str, plans: list[Plan]) -> bool:
    """True where an event speaks of a site, of a crew that comes to it, or of another site of such a crew."""
    crews = {s.site: {c for plan in plans for row in plan.sites if row.site == s.site for c in row.crews}
             for s in SMALL.sites}  # fmt: skip
    told_of = one.values.get("site", "")
    if told_of == site or one.kind in OF_ONE_SITE:
        return told_of == site
    return bool(crews[site] & (crews.get(told_of, set()) | {one.values.get("crew", "")}))


def loaded_anew(plan: Plan, site: str) -> bool:
    """True where the set for a site is loaded by a vehicle that is still to leave its depot."""
    trips = {(v.crew, v.trip) for v in plan.visits if v.kind == "load" and not v.begun}
    return any((v.crew, v.trip) in trips for v in plan.visits if v.place == site and not v.begun)


@pytest.mark.slow  # which plan is found in the time depends on the machine, and with it what an event concerns
@settings(max_examples=25, deadline=None, phases=[Phase.generate], derandomize=True)
@given(events())
def test_stages_that_had_ended_stay_as_they_were_through_events_that_do_not_speak_of_them(sequence: list[Told]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        tell(folder, told("line-ready", "22:00", site="S06"))
        for one in sequence:
            before = desk.now_is(folder, SMALL)
            try:
                tell(folder, one)
            except (BadInput, UnknownName, OutOfRange, DuplicateKey):
                continue
            after = desk.now_is(folder, SMALL)
            if one.kind in {"undo", "note"} or before.plan is None or after.plan is None:
                continue
            now = ended(after, after.at)
            for (site, stage), end in ended(before, after.at).items():
                if stage == "loaded" and loaded_anew(after.plan, site):
                    continue
                if not speaks_of(one, site, [before.plan, after.plan]):
                    assert now.get((site, stage)) == end, (one, site, stage)


def test_sets_aboard_stay_loaded_on_the_board_and_in_the_plan_when_a_line_is_late(tmp_path: Path) -> None:
    tell(tmp_path, told("line-ready", "22:00", site="S06"))
    plan = planned(tmp_path)
    last = max((v for v in plan.visits if v.kind == "visit" and v.trip == 1), key=lambda v: v.order)
    left = next(v.end for v in plan.visits if v.kind == "load" and (v.crew, v.trip) == (last.crew, 1))
    at = left + timedelta(minutes=1)
    assert ended(desk.now_is(tmp_path, SMALL), at)[last.place, "loaded"] == left
    tell(tmp_path, told("line-late", at.isoformat(), site=last.place, until=(at + timedelta(hours=9)).isoformat()))
    assert next(s for s in planned(tmp_path).sites if s.site == last.place).stages["loaded"] == left
    assert ended(desk.now_is(tmp_path, SMALL), at)[last.place, "loaded"] == left


def test_site_is_registered_only_after_its_time_from_an_end_told_later_than_planned(tmp_path: Path) -> None:
    tell(tmp_path, told("line-ready", "22:00", site="S06"))
    first = min((v for v in planned(tmp_path).visits if v.kind == "visit"), key=lambda v: v.end)
    late = first.end + timedelta(minutes=1)
    other = next(s.site for s in SMALL.sites if s.site != first.place)
    tell(tmp_path, told("line-late", (late + timedelta(hours=1)).isoformat(), site=other, until="09:00"))
    tell(tmp_path, told("done", late.isoformat(), site=first.place, stage="delivered"))
    found = ended(desk.now_is(tmp_path, SMALL), late + timedelta(hours=1))
    minutes = SMALL.durations.register_min, SMALL.durations.accept_min
    assert found[first.place, "registered"] == late + timedelta(minutes=minutes[0])
    assert found[first.place, "accepted"] == late + timedelta(minutes=sum(minutes))
