from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange
from setsail.rollout import cases
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import CrewStanding, Routes, Standing, Visit
from setsail.rollout.routes import improving
from setsail.rollout.routes.bound import bound_s
from setsail.rollout.routes.modelling import Model, whole
from setsail.rollout.routes.parts import groups, parts
from setsail.rollout.routes.repair import repaired, repaired_trips
from setsail.rollout.routes.start import first_routes, first_trips
from setsail.rollout.timing.frame import frame_of
from setsail.rollout.timing.runs import run
from setsail.rollout.timing.study import timed
from setsail.rollout.timing.values import Timed
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import NOTICE, clock, line_travel, random_rollout, random_travel, rollout, site

SHORT = 0.5
"""Seconds of a search in these tests; none of them rests on how far it comes in that time."""


def placed(routes: Routes) -> list[str]:
    return sorted(name for trips in routes.values() for trip in trips for name in trip)


def test_first_routes_serve_every_site_once_and_keep_all_rules() -> None:
    made = rollout([site(f"S{k}") for k in range(1, 9)], crews=3, capacity=2)
    travel = line_travel(made)
    routes = first_routes(made, travel, at=NOTICE, seconds=SHORT)
    assert placed(routes) == sorted(s.site for s in made.sites)
    assert timed(made, travel, routes, None, at=NOTICE).broken == ()


def test_first_routes_send_only_crews_with_the_skill() -> None:
    made = rollout([site("S1", skills=("fibre",)), site("S2", skills=("fibre",)), site("S3")], crews=3)
    made = replace(made, crews=(*made.crews[:2], replace(made.crews[2], skills=("fibre",))))
    routes = first_routes(made, line_travel(made), at=NOTICE, seconds=SHORT)
    assert {"S1", "S2"} <= {name for trip in routes["C3"] for name in trip}


def test_first_routes_leave_out_what_no_crew_can_serve_and_what_needs_two() -> None:
    made = rollout([site("S1"), site("S2", skills=("diving",)), site("S3", crews=2)], crews=2)
    assert placed(first_routes(made, line_travel(made), at=NOTICE, seconds=SHORT)) == ["S1"]


def test_first_routes_spread_work_so_that_the_last_acceptance_is_early() -> None:
    """Three crews, three sites on a line: the shortest way is one crew, the earliest end is three."""
    made = rollout([site("S1"), site("S2"), site("S3")], crews=3)
    travel = line_travel(made)
    found = timed(made, travel, first_routes(made, travel, at=NOTICE, seconds=SHORT), None, at=NOTICE)
    assert found.finish == NOTICE + timedelta(minutes=30 + 30 + 5)


def test_first_routes_without_sites_or_crews_are_empty() -> None:
    nobody = rollout([site("S1")], crews=0)
    assert first_routes(nobody, line_travel(nobody), at=NOTICE, seconds=SHORT) == {}
    nothing = rollout([], crews=2)
    assert placed(first_routes(nothing, line_travel(nothing), at=NOTICE, seconds=SHORT)) == []


def test_seconds_outside_their_limit_are_refused() -> None:
    made = rollout([site("S1")])
    for seconds in (0.09, 3600.1):
        with pytest.raises(OutOfRange):
            first_routes(made, line_travel(made), at=NOTICE, seconds=seconds)
        with pytest.raises(OutOfRange):
            repaired(made, line_travel(made), {}, None, at=NOTICE, seconds=seconds)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_first_routes_never_end_before_the_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = random_rollout(rng)
    frame = frame_of(made, random_travel(made, rng), None, at=NOTICE)
    done = run(frame, first_trips(frame, seed=seed, seconds=0.3))
    if not done.score.broken_s:
        assert done.score.finish_s >= bound_s(frame, upper=done.score.finish_s, seconds=5).seconds


def test_improving_never_makes_routes_worse() -> None:
    rng = np.random.default_rng(2020)
    for _ in range(8):
        made = random_rollout(rng)
        frame = frame_of(made, random_travel(made, rng), None, at=NOTICE)
        state = improving.State(
            frame, [[] for _ in frame.crews], tuple(range(len(frame.crews))), run(frame, [[] for _ in frame.crews])
        )
        given_ = improving.recreated(state, [p for p in frame.todo if frame.crews_at[p] == 1], None)
        better = improving.improved(frame, given_, rng=rng, rounds=60, seconds=60.0)
        assert improving.key(run(frame, better)) <= improving.key(run(frame, given_))
        assert sorted(p for o in better for t in o for p in t) == sorted(p for o in given_ for t in o for p in t)


def test_improving_with_the_same_seed_and_rounds_gives_the_same_routes() -> None:
    made = rollout([site(f"S{k}") for k in range(1, 13)], crews=3, capacity=3)
    frame = frame_of(made, random_travel(made, np.random.default_rng(1)), None, at=NOTICE)
    begun = [[[p] for p in sorted(frame.todo)], [], []]
    first, second = (
        improving.improved(frame, begun, rng=np.random.default_rng(5), rounds=100, seconds=60.0) for _ in range(2)
    )
    assert first == second


def test_the_library_and_the_exact_times_agree_where_no_bench_is_waited_for() -> None:
    made = cases.example("wuhan-2020")
    frame = frame_of(made, times(made), None, at=made.notice)
    model = Model(frame, whole(frame))
    trips = first_trips(frame, seed=0, seconds=SHORT)
    assert model.finish(model.solution(model.data(None), trips)) == run(frame, trips).score.finish_s
    assert model.trips(model.solution(model.data(None), trips)) == trips


def fallen(made: Rollout, found: Timed, lost: str, at: datetime) -> Standing:
    """How the work stands at a time of a plan, with one crew lost: what has left is begun, sets aboard come along."""
    begun = tuple(
        replace(v, begun=True) for v in found.visits if v.depart <= at and not (v.crew == lost and v.end > at)
    )
    crews = {}
    for crew in made.crews:
        mine = [v for v in begun if v.crew == crew.crew]
        if crew.crew != lost and mine:
            last = max(mine, key=lambda v: v.end)
            aboard = sum(
                v.sets
                for v in found.visits
                if v.crew == crew.crew and v.kind == "visit" and v.trip == last.trip and v.depart > at
            )
            crews[crew.crew] = CrewStanding(crew.crew, last.place, max(at, last.end), aboard)
    done = {(v.place, "delivered"): v.end for v in begun if v.kind == "visit" and v.end <= at}
    return Standing(at, done=done, begun=begun, crews=crews, lost=frozenset({lost}))  # type: ignore[arg-type]


def test_repair_after_a_lost_crew_serves_all_that_is_left_and_moves_nothing_begun() -> None:
    made = cases.example("wuhan-2020")
    travel = times(made)
    routes = first_routes(made, travel, at=made.notice, seconds=SHORT)
    plan = timed(made, travel, routes, None, at=made.notice)
    at = made.notice + timedelta(hours=7)
    standing = fallen(made, plan, "C3", at)
    after = repaired(made, travel, routes, standing, at=at, seconds=SHORT)
    told = timed(made, travel, after, standing, at=at)
    assert (told.missing, told.broken) == ((), ())
    assert "C3" not in after
    gone = {v.place for v in standing.begun if v.kind == "visit"}
    assert not gone & set(placed(after))
    assert sorted(gone | set(placed(after))) == sorted(s.site for s in made.sites)
    assert told.visits[: len(standing.begun)] == standing.begun


def test_repair_is_never_worse_than_leaving_the_routes_as_they_are() -> None:
    rng = np.random.default_rng(7)
    for seed in range(6):
        made = random_rollout(rng)
        frame = frame_of(made, random_travel(made, rng), None, at=NOTICE)
        trips = first_trips(frame, seed=seed, seconds=0.1)
        after = repaired_trips(frame, trips, seed=seed, seconds=0.3, begun=0.0, rounds=60, clock=lambda: 0.1)
        assert improving.key(run(frame, after)) <= improving.key(run(frame, trips))


def test_repair_gives_a_site_that_needs_two_crews_a_new_second_one() -> None:
    made = rollout([site("S1", crews=2), site("S2")], crews=3)
    routes: Routes = {"C1": (("S1",),), "C2": (("S1",),), "C3": (("S2",),)}
    standing = Standing(clock(0.5), lost=frozenset({"C2"}))
    after = repaired(made, line_travel(made), routes, standing, at=clock(0.5), seconds=SHORT)
    assert placed(after) == ["S1", "S1", "S2"]
    assert sorted(after) == ["C1", "C3"]


def test_repair_puts_back_a_site_whose_acceptance_failed() -> None:
    made = rollout([site("S1"), site("S2")], crews=1)
    standing = Standing(
        clock(3), done={("S1", "delivered"): clock(1), ("S1", "installed"): clock(1)}, again=frozenset({"S1"}),
        crews={"C1": CrewStanding("C1", "S1", clock(3), 1)},
    )  # fmt: skip
    after = repaired(made, line_travel(made), {"C1": (("S2",),)}, standing, at=clock(3), seconds=SHORT)
    assert placed(after) == ["S1", "S2"]


def test_repair_with_no_crew_left_gives_no_routes() -> None:
    made = rollout([site("S1")], crews=1)
    standing = Standing(clock(1), lost=frozenset({"C1"}))
    assert repaired(made, line_travel(made), {"C1": (("S1",),)}, standing, at=clock(1), seconds=SHORT) == {}


def test_parts_of_a_large_rollout_hold_each_place_and_crew_once() -> None:
    made = cases.generated(300, 4)
    frame = frame_of(made, times(made), None, at=made.notice)
    cut = parts(frame, most=60)
    assert len(cut) > 3
    places, crews = [p for part in cut for p in part.places], [c for part in cut for c in part.crews]
    assert len(places) == len(set(places))
    assert len(crews) == len(set(crews))
    one_crew = {p for p in frame.todo if frame.crews_at[p] == 1}
    assert set(places) <= one_crew
    assert len(set(places)) > 0.9 * len(one_crew)


def test_crews_of_several_depots_serve_all_sites_and_keep_all_rules() -> None:
    made = cases.generated(320, 4)
    frame = frame_of(made, times(made), None, at=made.notice)
    found = run(frame, first_trips(frame, seed=0, seconds=2.0))
    assert (found.missing, found.broken) == ([], [])


def test_sites_go_to_the_depot_that_is_nearest_as_long_as_its_crews_have_time() -> None:
    made = cases.generated(600, 4)
    frame = frame_of(made, times(made), None, at=made.notice)
    found = groups(frame)
    assert sorted(p for group in found for p in group.places) == sorted(frame.todo)
    sizes = [len(group.places) / len(group.crews) for group in found]
    assert max(sizes) < 1.2 * min(sizes)


def test_a_depot_with_few_crews_leaves_sites_to_the_others() -> None:
    """Two depots side by side, 20 crews at one and 2 at the other: the work is shared out by crews."""
    made = cases.generated(300, 4)
    travel = times(made)
    few = [c.crew for c in made.crews if c.vehicle in {v.vehicle for v in made.vehicles if v.depot == "D02"}][2:]
    made = replace(made, crews=tuple(c for c in made.crews if c.crew not in few))
    second = next(i for i, d in enumerate(made.depots) if d.depot == "D02")
    seconds = travel.seconds.copy()
    seconds[second, 2:] = seconds[0, 2:]
    frame = frame_of(made, replace(travel, seconds=seconds), None, at=made.notice)
    sizes = {frame.crews[group.crews[0]].home: len(group.places) / len(group.crews) for group in groups(frame)}
    assert max(sizes.values()) < 1.5 * min(sizes.values())


def test_a_crew_under_way_to_a_site_for_two_is_not_its_second_crew() -> None:
    made = rollout([site("S1", crews=2), site("S2")], crews=3)
    visit = Visit("C1", "V1", 1, 1, "visit", "S1", NOTICE, clock(0.2), clock(0.2), clock(0.7), 720, 1, 1, begun=True)
    standing = Standing(
        clock(0.1), begun=(visit,), lost=frozenset({"C2"}), crews={"C1": CrewStanding("C1", "S1", clock(0.7), 0)}
    )
    after = repaired(made, line_travel(made), {"C2": (("S1",),)}, standing, at=clock(0.1), seconds=SHORT)
    assert "S1" in placed({"C3": after["C3"]})
    assert "S1" not in placed({"C1": after["C1"]})
