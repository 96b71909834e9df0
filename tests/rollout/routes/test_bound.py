"""No plan beats the bound: held against every plan of tiny rollouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout import cases
from setsail.rollout.plan_model import CrewStanding, Standing
from setsail.rollout.routes.bound import bound, bound_s
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import NOTICE, clock, line_travel, random_rollout, random_travel, rollout, site

TINY = 4


def all_trips(frame: Frame) -> Iterator[Trips]:
    """Every way to give places that one crew serves to crews, in every order, cut into trips in every way."""
    places, crews = sorted(frame.todo), range(len(frame.crews))
    for owners in product(crews, repeat=len(places)):
        own = [[p for p, c in zip(places, owners, strict=True) if c == crew] for crew in crews]
        for orders in product(*(list(permutations(mine)) for mine in own)):
            yield from (list(cut) for cut in product(*(list(cuts(list(order))) for order in orders)))


def cuts(order: list[int]) -> Iterator[list[list[int]]]:
    """Every way to cut an order of places into trips."""
    if not order:
        yield []
        return
    for size in range(1, len(order) + 1):
        for rest in cuts(order[size:]):
            yield [order[:size], *rest]


def optimum(frame: Frame) -> int | None:
    """The least finish of all plans that keep every rule, whatever the order of the bench; None where there is none."""
    found = []
    for trips in all_trips(frame):
        loads = [(c, k) for c, own in enumerate(trips) for k in range(len(own))]
        for order in permutations(loads) if len(loads) <= 3 else [None]:
            done = run(frame, trips, None if order is None else list(order))
            if not done.score.broken_s:
                found.append(done.score.finish_s)
    return min(found, default=None)


def tiny(seed: int) -> Frame:
    """A random rollout of at most four sites and two crews, windows, releases, lines and a slow bench at random."""
    rng = np.random.default_rng(seed)
    made = random_rollout(rng)
    made = replace(made, sites=made.sites[:TINY], crews=made.crews[:2], vehicles=made.vehicles, milestones=())
    standing = None
    if rng.random() < 0.4:
        at = clock(float(rng.uniform(1, 4)))
        crews = {
            c.crew: CrewStanding(
                c.crew, made.sites[int(rng.integers(len(made.sites)))].site,
                at + timedelta(minutes=int(rng.integers(0, 60))), int(rng.integers(0, 3)),
            )
            for c in made.crews
        }  # fmt: skip
        standing = Standing(at, crews=crews, configured={"D1": int(rng.integers(0, 2))})
    return frame_of(made, random_travel(made, rng), standing, at=NOTICE if standing is None else standing.at)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_bound_of_tiny_rollouts_is_not_above_the_best_of_all_plans(seed: int) -> None:
    frame = tiny(seed)
    best = optimum(frame)
    if best is None:
        return
    assert bound_s(frame).seconds <= best
    assert bound_s(frame, upper=best + 600, seconds=30).seconds <= best


def test_bound_by_tours_meets_the_optimum_where_tours_decide() -> None:
    made = rollout([site(f"S{k}") for k in range(1, 5)], crews=2)
    frame = frame_of(made, line_travel(made), None, at=NOTICE)
    best = optimum(frame)
    assert best is not None
    assert bound_s(frame, upper=best + 900, seconds=30).seconds == best


def test_bound_of_one_far_site_is_its_way_and_work() -> None:
    made = rollout([site("S1"), site("S2"), site("S3")], crews=3, load_min=10.0)
    when, why = bound(made, line_travel(made), at=NOTICE)
    assert when == NOTICE + timedelta(minutes=10 + 30 + 30 + 5)
    assert "S3" in why


def test_bound_of_a_late_line_is_the_line_and_the_remote_steps() -> None:
    made = rollout([site("S1", line_ready_at=clock(15)), site("S2")], crews=2)
    when, why = bound(made, line_travel(made), at=NOTICE)
    assert when == clock(15) + timedelta(minutes=5)
    assert "line of S1" in why


def test_bound_of_a_slow_bench_is_the_last_set_and_the_nearest_site() -> None:
    made = rollout([site(f"S{k}") for k in range(1, 4)], crews=3, stations=1, minutes_per_set=120.0)
    when, why = bound(made, line_travel(made), at=NOTICE)
    assert when == NOTICE + timedelta(minutes=3 * 120 + 10 + 30 + 5)
    assert "bench" in why


def test_bound_of_a_rare_skill_is_the_work_of_the_crew_that_has_it() -> None:
    made = rollout([site(f"S{k}", skills=("fibre",)) for k in range(1, 6)], crews=3)
    made = replace(made, crews=(replace(made.crews[0], skills=("fibre",)), *made.crews[1:]))
    when, why = bound(made, line_travel(made), at=NOTICE)
    assert when == NOTICE + timedelta(minutes=5 * 30 + 5 * 10 + 5)
    assert "fibre" in why


def test_bound_where_nothing_is_to_be_done_is_the_time_itself() -> None:
    made = rollout([], crews=1)
    when, why = bound(made, line_travel(made), at=clock(3))
    assert when == clock(3)
    assert "nothing" in why


def test_bound_leaves_out_a_site_that_no_crew_can_serve() -> None:
    made = rollout([site("S1"), site("S2", skills=("diving",))], crews=1)
    when, _ = bound(made, line_travel(made), at=NOTICE)
    assert when == NOTICE + timedelta(minutes=10 + 30 + 5)


@pytest.mark.parametrize("seconds", [1, 60])
def test_bound_of_the_founding_case_is_within_a_minute_of_a_plan(seconds: int) -> None:
    """The plan ends at 07:58:53 (a value of ours: it must not lie below the bound, and the gap must stay small)."""
    made = cases.example("wuhan-2020")
    frame = frame_of(made, times(made), None, at=made.notice)
    best = 9 * 3600 + 58 * 60 + 53
    found = bound_s(frame, upper=best + seconds, seconds=60).seconds
    assert best - 60 <= found <= best
