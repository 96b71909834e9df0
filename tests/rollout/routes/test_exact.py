"""The choice among all tours: never above the best of all plans, and better than what it was given."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout.model import Milestone
from setsail.rollout.routes.exact import exact
from setsail.rollout.routes.improving import key
from setsail.rollout.timing.frame import frame_of
from setsail.rollout.timing.runs import Trips, run
from tests.rollout.routes.test_bound import optimum, tiny
from tests.rollout.timing.cases import NOTICE, clock, line_travel, rollout, site


def by_one_crew(count: int, crews: int) -> Trips:
    """Every site on a trip of its own of the first crew; places of sites follow that of the depot."""
    return [[[p] for p in range(1, count + 1)], *([] for _ in range(crews - 1))]


def test_a_choice_of_tours_ends_as_early_as_the_best_of_all_plans() -> None:
    made = rollout([site(f"S{k}") for k in range(1, 5)], crews=2)
    frame = frame_of(made, line_travel(made), None, at=NOTICE)
    found = exact(frame, by_one_crew(4, 2), seconds=60)
    assert found is not None
    assert found.trips is not None
    assert run(frame, found.trips).score.finish_s == found.bound == optimum(frame)
    assert "no choice of tours of 2 crews serves all 4 sites before" in found.reason


def test_a_milestone_is_met_before_the_finish_is_made_earlier() -> None:
    stone = Milestone(clock(1.5), "delivered", 2)
    made = rollout([site("S1"), site("S2"), site("S3"), site("S4")], crews=2, milestones=(stone,))
    frame = frame_of(made, line_travel(made), None, at=NOTICE)
    found = exact(frame, by_one_crew(4, 2), seconds=60)
    assert found is not None
    assert found.trips is not None
    assert run(frame, found.trips).score.short_s == 0


def test_sites_that_need_two_crews_are_left_to_others() -> None:
    made = rollout([site("S1", crews=2), site("S2")], crews=2)
    frame = frame_of(made, line_travel(made), None, at=NOTICE)
    assert exact(frame, [[[1], [2]], [[1]]], seconds=60) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_choice_of_tours_is_better_than_what_it_was_given_and_proves_no_more_than_is_true(seed: int) -> None:
    frame = tiny(seed)
    places = sorted(p for p in frame.todo if frame.crews_at[p] == 1)
    given_: Trips = [[[p] for p in places], *([] for _ in frame.crews[1:])]
    found = exact(frame, given_, seconds=60)
    if found is None:
        return
    best = optimum(frame)
    if best is None:
        assert found.trips is None or run(frame, found.trips).score.broken_s
        return
    assert found.bound <= best
    if found.trips is not None:
        assert key(run(frame, found.trips)) < key(run(frame, given_))
