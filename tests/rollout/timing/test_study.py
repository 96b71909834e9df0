"""Exact times of given routes: one rule a test, then the rules together on random rollouts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout.model import STAGES, Milestone
from setsail.rollout.plan_model import BenchSlot, CrewStanding, Standing, Visit
from setsail.rollout.timing.study import timed
from tests.rollout.timing.cases import (
    NOTICE,
    clock,
    line_travel,
    random_rollout,
    random_routes,
    random_travel,
    require_no_overlap,
    rollout,
    site,
)

MIN = timedelta(minutes=1)


def test_a_trip_drives_works_and_goes_on() -> None:
    made = rollout([site("S1"), site("S2")])
    found = timed(made, line_travel(made), {"C1": (("S1", "S2"),)}, None, at=NOTICE)
    assert [(v.kind, v.place) for v in found.visits] == [
        ("load", "D1"), ("visit", "S1"), ("visit", "S2"), ("return", "D1"),
    ]  # fmt: skip
    assert found.stages["S1"]["delivered"] == NOTICE + 40 * MIN
    assert found.stages["S2"]["delivered"] == NOTICE + 80 * MIN
    assert found.stages["S2"]["accepted"] == found.finish == NOTICE + 85 * MIN
    assert found.distance_m == 4 * 6000
    assert not found.broken


def test_survey_comes_before_bench_bench_before_loading() -> None:
    made = rollout([site("S1")], minutes_per_set=20, load_min=5)
    made = replace(made, durations=replace(made.durations, survey_min=60))
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    stages = found.stages["S1"]
    assert stages["surveyed"] == NOTICE + 60 * MIN
    assert stages["configured"] == NOTICE + 80 * MIN
    assert stages["loaded"] == NOTICE + 85 * MIN


def test_bench_with_two_stations_makes_two_sets_at_a_time() -> None:
    made = rollout([site("S1", sets=3)], stations=2, minutes_per_set=20)
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert [(s.station, s.begin - NOTICE) for s in found.bench] == [(1, 0 * MIN), (2, 0 * MIN), (1, 20 * MIN)]
    assert found.stages["S1"]["loaded"] == NOTICE + 40 * MIN


def test_bench_serves_the_longest_trip_first() -> None:
    made = rollout([site("S1"), site("S2", deliver_min=300)], 2, stations=1, minutes_per_set=60)
    routes = {"C1": (("S1",),), "C2": (("S2",),)}
    found = timed(made, line_travel(made), routes, None, at=NOTICE)
    assert [s.site for s in found.bench] == ["S2", "S1"]
    other = timed(made, line_travel(made), routes, None, at=NOTICE, bench_order=[("C1", 0), ("C2", 0)])
    assert [s.site for s in other.bench] == ["S1", "S2"]
    assert other.score.finish_s > found.score.finish_s


def test_a_second_trip_loads_at_the_depot_again() -> None:
    made = rollout([site("S1"), site("S2")], load_min=10, capacity=1)
    found = timed(made, line_travel(made), {"C1": (("S1",), ("S2",))}, None, at=NOTICE)
    second = [v for v in found.visits if v.kind == "load"][1]
    assert (second.trip, second.arrive, second.end) == (2, NOTICE + 60 * MIN, NOTICE + 70 * MIN)
    assert not found.broken


def test_a_trip_with_more_sets_than_the_vehicle_carries_breaks_the_rule() -> None:
    made = rollout([site("S1"), site("S2")], capacity=1)
    found = timed(made, line_travel(made), {"C1": (("S1", "S2"),)}, None, at=NOTICE)
    assert [b.rule for b in found.broken] == ["capacity"]


def test_window_is_waited_for_and_told_where_it_has_closed() -> None:
    made = rollout([site("S1", window_from=clock(3), window_to=clock(3.5))])
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert found.stages["S1"]["delivered"] == clock(3.5)
    assert not found.broken
    tight = rollout([site("S1", window_from=clock(3), window_to=clock(3.5) - timedelta(seconds=1))])
    late = timed(tight, line_travel(tight), {"C1": (("S1",),)}, None, at=NOTICE)
    assert [(b.rule, b.seconds) for b in late.broken] == [("window", 1)]


def test_line_decides_when_the_remote_steps_begin() -> None:
    made = rollout([site("S1", line_ready_at=clock(19.5))])
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert found.stages["S1"]["installed"] == NOTICE + 40 * MIN
    assert found.stages["S1"]["registered"] == clock(19.5) + 2 * MIN
    assert found.stages["S1"]["accepted"] == clock(19.5) + 5 * MIN


def test_two_crews_begin_when_the_second_is_there() -> None:
    made = rollout([site("S1"), site("S2", crews=2, sets=2)], 2)
    found = timed(made, line_travel(made), {"C1": (("S1", "S2"),), "C2": (("S2",),)}, None, at=NOTICE)
    works = [v for v in found.visits if v.place == "S2"]
    assert {v.crew for v in works} == {"C1", "C2"}
    assert {v.begin for v in works} == {NOTICE + 50 * MIN}
    assert [v.sets for v in found.visits if v.kind == "load"] == [3, 0]
    assert not found.broken


def test_second_crew_brings_nothing_and_does_not_load_again_for_nothing() -> None:
    made = rollout([site("S1"), site("S2", crews=2, sets=2)], 2, load_min=10)
    routes = {"C1": (("S2",),), "C2": (("S1",), ("S2",))}
    found = timed(made, line_travel(made), routes, None, at=NOTICE)
    assert [(v.crew, v.sets) for v in found.visits if v.place == "S2"] == [("C1", 2), ("C2", 0)]
    assert [(v.crew, v.sets) for v in found.visits if v.kind == "load"] == [("C1", 2), ("C2", 1)]
    assert {v.begin for v in found.visits if v.place == "S2"} == {NOTICE + 60 * MIN}  # 10 load, 10, 30 work, 10


def test_crews_that_meet_in_crossed_order_are_told_and_not_waited_for() -> None:
    made = rollout([site("S1", crews=2), site("S2", crews=2)], 2)
    found = timed(made, line_travel(made), {"C1": (("S1", "S2"),), "C2": (("S2", "S1"),)}, None, at=NOTICE)
    assert {b.rule for b in found.broken} == {"order"}
    assert found.missing == ("S1", "S2")
    assert "wait for each other" in found.broken[0].words


def test_one_crew_where_two_are_needed_breaks_the_rule() -> None:
    made = rollout([site("S1", crews=2)], 2)
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert [b.rule for b in found.broken] == ["crews"]


def test_a_crew_without_the_skill_breaks_the_rule() -> None:
    made = rollout([site("S1", skills=("fibre",))])
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert [b.words for b in found.broken] == ["the crew sent to S1 has no skill fibre"]


def test_shift_and_vehicle_times_hold_at_their_limit() -> None:
    made = rollout([site("S1")])
    at_end = replace(made, crews=(replace(made.crews[0], until_at=NOTICE + 40 * MIN),))
    assert not timed(at_end, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE).broken
    over = replace(made, crews=(replace(made.crews[0], until_at=NOTICE + 39 * MIN),))
    assert [b.rule for b in timed(over, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE).broken] == ["shift"]
    van = replace(made, vehicles=(replace(made.vehicles[0], from_at=clock(1), until_at=clock(1) + 50 * MIN),))
    found = timed(van, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert found.stages["S1"]["loaded"] == clock(1)
    assert not found.broken


def test_a_site_that_is_left_out_is_missing_and_counts() -> None:
    made = rollout([site("S1"), site("S2")])
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, None, at=NOTICE)
    assert found.missing == ("S2",)
    assert found.score.broken_s > 0


def test_missed_milestone_is_counted_in_seconds() -> None:
    stone = Milestone(NOTICE + 70 * MIN, "delivered", 2)
    made = rollout([site("S1"), site("S2")], milestones=(stone,))
    found = timed(made, line_travel(made), {"C1": (("S1", "S2"),)}, None, at=NOTICE)
    assert found.score.short_s == 600


def standing_of_a_crew_under_way() -> Standing:
    """C1 is on its way to S1 with another set aboard."""
    begun = Visit("C1", "V1", 1, 1, "visit", "S1", NOTICE, NOTICE + 10 * MIN, NOTICE + 10 * MIN, NOTICE + 40 * MIN, 600,
                  6000, 1, begun=True)  # fmt: skip
    return Standing(
        NOTICE + 5 * MIN, begun=(begun,), crews={"C1": CrewStanding("C1", "S1", NOTICE + 40 * MIN, aboard=1)}
    )


def test_a_begun_visit_keeps_its_times_and_the_crew_goes_on_with_what_is_aboard() -> None:
    made = rollout([site("S1"), site("S2"), site("S3")])
    standing = standing_of_a_crew_under_way()
    found = timed(made, line_travel(made), {"C1": (("S2",), ("S3",))}, standing, at=standing.at)
    assert found.visits[0] is standing.begun[0]
    on = next(v for v in found.visits if v.place == "S2")
    assert (on.trip, on.order, on.depart) == (1, 2, NOTICE + 40 * MIN)
    loads = [v for v in found.visits if v.kind == "load"]
    assert [(v.trip, v.sets) for v in loads] == [(2, 1)]
    assert found.stages["S1"]["delivered"] == NOTICE + 40 * MIN


def test_more_sets_than_are_aboard_send_the_crew_back_to_load() -> None:
    made = rollout([site("S1"), site("S2"), site("S3")])
    standing = standing_of_a_crew_under_way()
    found = timed(made, line_travel(made), {"C1": (("S2", "S3"),)}, standing, at=standing.at)
    load = next(v for v in found.visits if v.kind == "load")
    assert (load.arrive, load.sets) == (NOTICE + 50 * MIN, 2)


def test_done_stages_stay_and_a_dead_device_brings_a_crew_again() -> None:
    made = rollout([site("S1")])
    done = {("S1", stage): NOTICE + 40 * MIN for stage in STAGES}
    dead = Standing(clock(2), done=done, dead=frozenset({"S1"}))
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, dead, at=dead.at)
    again = next(v for v in found.visits if v.kind == "again")
    assert (again.begin, again.end, again.sets) == (clock(2) + 10 * MIN, clock(2) + 30 * MIN, 1)
    assert found.stages["S1"]["delivered"] == NOTICE + 40 * MIN
    assert found.stages["S1"]["accepted"] == clock(2) + 35 * MIN
    quiet = Standing(clock(2), done=done)
    assert timed(made, line_travel(made), {}, quiet, at=quiet.at).missing == ()


def test_the_second_crew_joins_the_one_that_is_under_way() -> None:
    made = rollout([site("S1", crews=2), site("S2")], 2)
    standing = standing_of_a_crew_under_way()
    found = timed(made, line_travel(made), {"C1": (("S2",),), "C2": (("S1",),)}, standing, at=standing.at)
    joins = next(v for v in found.visits if v.crew == "C2" and v.place == "S1")
    assert (joins.arrive, joins.begin, joins.sets) == (NOTICE + 15 * MIN, NOTICE + 15 * MIN, 0)
    assert found.stages["S1"]["installed"] == NOTICE + 45 * MIN
    assert not found.broken


def test_lost_crew_has_no_visits_and_its_sites_are_missing() -> None:
    made = rollout([site("S1")], 2)
    standing = Standing(clock(1), lost=frozenset({"C1"}))
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, standing, at=standing.at)
    assert not found.visits
    assert found.missing == ("S1",)


def test_stage_that_the_log_calls_late_does_not_end_before() -> None:
    made = rollout([site("S1")])
    for stage in ("surveyed", "configured", "loaded", "delivered", "installed", "line_ready", "registered", "accepted"):
        standing = Standing(NOTICE, late={("S1", stage): clock(5)})
        found = timed(made, line_travel(made), {"C1": (("S1",),)}, standing, at=NOTICE)
        if stage != "surveyed":
            assert found.stages["S1"][stage] == clock(5), stage
        assert found.stages["S1"]["accepted"] >= clock(5), stage


def test_work_told_in_minutes_replaces_the_duration() -> None:
    made = rollout([site("S1")])
    standing = Standing(NOTICE, on_site={"S1": 55})
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, standing, at=NOTICE)
    assert found.stages["S1"]["delivered"] == NOTICE + 65 * MIN


def test_begun_slots_keep_their_station_and_configured_sets_are_used_first() -> None:
    made = rollout([site("S1"), site("S2"), site("S3")], stations=1, minutes_per_set=30)
    begun = BenchSlot("D1", 1, "S1", NOTICE, NOTICE + 30 * MIN)
    standing = Standing(NOTICE + 10 * MIN, bench=(begun,), configured={"D1": 1})
    found = timed(made, line_travel(made), {"C1": (("S1", "S2", "S3"),)}, standing, at=standing.at)
    assert found.bench[0] == begun
    assert [(s.begin, s.end) for s in found.bench[1:]] == [(NOTICE + 30 * MIN, NOTICE + 60 * MIN)]
    assert found.stages["S1"]["loaded"] == NOTICE + 60 * MIN


def test_sets_that_come_back_are_waited_for_only_where_the_bench_is_slower() -> None:
    made = rollout([site("S1")], stations=1, minutes_per_set=60)
    standing = Standing(NOTICE, incoming={"D1": (NOTICE + 20 * MIN,)})
    found = timed(made, line_travel(made), {"C1": (("S1",),)}, standing, at=NOTICE)
    assert found.stages["S1"]["loaded"] == NOTICE + 20 * MIN
    assert not found.bench


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_times_of_random_routes_keep_the_rules(seed: int, together: bool) -> None:
    rng = np.random.default_rng(seed)
    made = random_rollout(rng, together=together)
    travel, routes = random_travel(made, rng), random_routes(made, rng)
    found = timed(made, travel, routes, None, at=NOTICE)
    assert not found.missing
    require_no_overlap(found, travel)
    for one in made.sites:
        stages, works = found.stages[one.site], [v for v in found.visits if v.place == one.site]
        chain = [stages[s] for s in STAGES if s != "line_ready"]
        assert chain == sorted(chain)
        assert stages["registered"] >= stages["line_ready"]
        assert len({(v.begin, v.end) for v in works}) == 1
        assert len(works) == one.crews
        assert all(v.begin >= f for v in works for f in (one.released_at, one.window_from) if f)
        assert any(b.rule == "window" for b in found.broken) >= bool(one.window_to and works[0].end > one.window_to)
    loads = sorted((v for v in found.visits if v.kind == "load"), key=lambda v: v.end)
    ready = sorted(s.end for s in found.bench)
    taken = 0
    for load in loads:
        taken += load.sets
        assert not load.sets or ready[taken - 1] <= load.begin
    for station in {s.station for s in found.bench}:
        mine = sorted((s.begin, s.end) for s in found.bench if s.station == station)
        assert all(a[1] <= b[0] for a, b in pairwise(mine))
    assert found.distance_m == sum(v.distance_m for v in found.visits)
