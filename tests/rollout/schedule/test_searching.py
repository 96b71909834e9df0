"""Routes after an event: by a choice among all tours from where crews stand, or else by repair."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from setsail.rollout import cases
from setsail.rollout.plan_model import CrewStanding, Standing
from setsail.rollout.routes.improving import key
from setsail.rollout.schedule.searching import Effort, choosable, repaired, searched
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.runs import Trips
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import NOTICE, line_travel, rollout, site

ENOUGH_S = 40.0


def lost_on_the_way(crews: int = 5, first: int = 8, stock: int = 2) -> Frame:
    """The founding case with some crews out on the road, three sets aboard each, and few sets left at the depot."""
    made = cases.example("wuhan-2020")
    at = made.notice + timedelta(hours=7)
    known = [c.crew for c in made.crews]
    places = [s.site for s in made.sites]
    standing = Standing(
        at,
        done={(s, "installed"): at for s in places[:first]} | {(s, "delivered"): at for s in places[:first]},
        crews={
            c: CrewStanding(c, places[i], at + timedelta(minutes=7 * i), 3) for i, c in enumerate(known[:crews])
        },
        lost=frozenset(known[crews:]),
        configured={"D1": stock},
        raw={"D1": 3},
    )  # fmt: skip
    frame = frame_of(made, times(made), standing, at=at)
    return replace(frame, todo=frozenset(sorted(frame.todo)[: crews * 3 + stock]))


def nothing(frame: Frame) -> Trips:
    return [[] for _ in frame.crews]


def effort(seed: int, seconds: float = ENOUGH_S) -> Effort:
    return Effort(time.perf_counter(), seconds, seed, time.perf_counter)


@pytest.mark.parametrize("seed", [0, 1])
def test_routes_after_an_event_end_when_it_is_proved_that_none_end_earlier_whatever_the_seed(seed: int) -> None:
    frame = replace(lost_on_the_way(), rollout=replace(cases.example("wuhan-2020"), milestones=()))
    found = searched(frame, nothing(frame), effort(seed))
    assert found.run.score.broken_s == 0
    assert found.run.score.finish_s == found.bound
    assert "no choice of tours of 5 crews serves all 17 sites before" in found.bound_reason


def test_a_choice_among_all_tours_is_no_worse_than_repair_and_search_at_the_same_time() -> None:
    frame = lost_on_the_way()
    plain = repaired(frame, nothing(frame), effort(0, 2.0))
    found = searched(frame, nothing(frame), effort(0, 6.0))
    assert key(found.run) <= key(plain.run)


def test_without_time_for_the_choice_every_site_is_served_all_the_same() -> None:
    frame = lost_on_the_way()
    found = searched(frame, nothing(frame), effort(0, 0.0))
    assert {p for own in found.trips for trip in own for p in trip} == frame.todo


def test_sites_that_need_two_crews_are_not_chosen_from_tours() -> None:
    made = rollout([site("S1", crews=2), site("S2")], crews=2)
    assert not choosable(frame_of(made, line_travel(made), None, at=NOTICE))
