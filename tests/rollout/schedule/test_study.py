"""Plans of small rollouts: verdicts with their reasons, odd cases, what a plan promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from setsail.rollout.model import Crew, Equipment, Milestone, Rollout, RolloutSite, Vehicle
from setsail.rollout.plan_model import CrewStanding, Plan, Standing
from setsail.rollout.schedule.study import plan
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import NOTICE, clock, line_travel, require_no_overlap, rollout, site

MIN = timedelta(minutes=1)
QUICK_S = 0.4


def planned(made: Rollout, travel: TravelTimes | None = None, seconds: float = QUICK_S) -> Plan:
    """A plan in little time."""
    return plan(made, travel or line_travel(made), at=NOTICE, seconds=seconds)


def skilled(made: Rollout, crew: str, *skills: str) -> Rollout:
    """The rollout with skills for one crew."""
    return replace(made, crews=tuple(replace(c, skills=skills) if c.crew == crew else c for c in made.crews))


def test_a_plan_serves_all_sites_and_tells_what_decides_its_finish() -> None:
    made = rollout([site(f"S{i}") for i in range(1, 7)], 2)
    found = planned(made)
    assert found.feasible is True
    assert not found.unplanned
    assert {s.site for s in found.sites} == {s.site for s in made.sites}
    assert found.critical_site in found.reason
    assert found.finish == max(s.stages["accepted"] for s in found.sites)
    assert found.bound_finish <= found.finish
    require_no_overlap(found, line_travel(made))


def test_no_sites_is_feasible_and_ends_at_once() -> None:
    found = planned(rollout([]))
    assert (found.feasible, found.finish, found.sites) == (True, None, ())
    assert found.reason == "there is nothing to do"


def test_skill_that_nobody_has_is_named() -> None:
    made = rollout([site("S07", skills=("fibre",)), site("S08")])
    found = planned(made)
    assert found.feasible is False
    assert found.reason == "no crew has the skill fibre that S07 needs"
    assert set(found.unplanned) == {"S07"}
    assert [s.site for s in found.sites] == ["S08"]


def test_skills_that_no_single_crew_has_are_named_and_two_crews_may_share_them() -> None:
    made = rollout([site("S1", skills=("fibre", "power"))], 2)
    made = skilled(skilled(made, "C1", "fibre"), "C2", "power")
    assert planned(made).reason == "no single crew has all the skills that S1 needs: fibre, power"
    together = replace(made, sites=(replace(made.sites[0], crews=2),))
    found = planned(together)
    assert found.feasible is True
    assert set(found.sites[0].crews) == {"C1", "C2"}


def test_fewer_sets_than_sites_is_told_and_the_others_are_planned() -> None:
    stock = (Equipment("terminal", "D1", 2, 0),)
    made = rollout([site("S1"), site("S2"), site("S3")], equipment=stock)
    found = planned(made)
    assert found.feasible is False
    assert found.reason == "3 sets of terminal are asked for and 2 are there"
    assert (len(found.unplanned), len(found.sites)) == (1, 2)


@pytest.mark.parametrize(("over_s", "feasible"), [(0, True), (1, False)])
def test_window_is_possible_up_to_its_last_second(over_s: int, feasible: bool) -> None:
    closes = NOTICE + 60 * MIN + 10 * MIN + 30 * MIN - timedelta(seconds=over_s)
    made = rollout([site("S1", window_to=closes)], minutes_per_set=60)
    found = planned(made)
    assert found.feasible is feasible
    if not feasible:
        assert "the bench gives its set at 23:00, S1 is 10 min away and its work takes 30 min" in found.reason
        assert "its window closes at 23:39" in found.reason


def test_window_shorter_than_the_work_is_told() -> None:
    made = rollout([site("S1", window_from=clock(2), window_to=clock(2.25))])
    assert "cannot begin before 00:00 and its window closes at 00:15" in planned(made).reason


@pytest.mark.parametrize(("over_s", "feasible"), [(0, True), (1, False)])
def test_deadline_before_the_bound_is_proved_impossible(over_s: int, feasible: bool) -> None:
    made = rollout([site("S1"), site("S2")], deadline=NOTICE + 85 * MIN - timedelta(seconds=over_s))
    made = replace(made, sites=made.sites)
    found = planned(made, seconds=6)
    assert found.feasible is feasible
    if not feasible:
        assert found.reason.startswith("it is proved that no plan")


def test_one_site_that_cannot_be_in_time_is_named_with_the_cause() -> None:
    made = rollout([site("S1", line_ready_at=clock(19.5))], deadline=clock(19))
    found = planned(made)
    assert found.feasible is False
    assert found.reason.startswith("the line of S1 comes up at 17:30")
    far = rollout([site("S1", due=NOTICE + 44 * MIN)])
    assert "S1 is 10 min away and its work takes 30 min" in planned(far).reason


def test_late_line_decides_and_gives_the_crew_slack() -> None:
    made = rollout([site("S1", line_ready_at=clock(19.5)), site("S2")])
    found = planned(made)
    assert found.feasible is True
    assert found.critical_site == "S1"
    assert found.sites[0].binding == "line"
    assert found.bound_finish == found.finish == clock(19.5) + 5 * MIN
    assert found.sites[0].slack_min > 600


def test_site_at_the_depot_and_work_without_length_are_planned() -> None:
    made = rollout([site("S1", deliver_min=0.0)])
    places = ("D1", "S1")
    zero = line_travel(made, step_s=0)
    assert zero.places == places
    found = planned(made, zero)
    assert found.feasible is True
    assert found.finish == NOTICE + 5 * MIN


def test_two_crews_needed_where_one_exists_is_told() -> None:
    found = planned(rollout([site("S1", crews=2), site("S2")]))
    assert found.feasible is False
    assert found.reason == "S1 needs 2 crews at once and there is 1"
    assert [s.site for s in found.sites] == ["S2"]


def test_two_crews_meet_and_go_on() -> None:
    made = rollout([site("S1", crews=2), site("S2"), site("S3"), site("S4", crews=2)], 2)
    found = planned(made, seconds=6)
    assert found.feasible is True
    for name in ("S1", "S4"):
        works = [v for v in found.visits if v.place == name]
        assert {v.crew for v in works} == {"C1", "C2"}
        assert len({v.begin for v in works}) == 1


@pytest.mark.parametrize(("over_s", "feasible"), [(0, True), (1, False)])
def test_shift_is_long_enough_up_to_its_last_second(over_s: int, feasible: bool) -> None:
    made = rollout([site("S1")])
    end = NOTICE + 40 * MIN - timedelta(seconds=over_s)
    made = replace(made, crews=(replace(made.crews[0], until_at=end),))
    found = planned(made)
    assert found.feasible is feasible
    assert feasible or "the shift of every crew that may come to S1 ends" in found.reason


def test_vehicle_smaller_than_the_sets_of_a_site_is_told() -> None:
    made = rollout([site("S1", sets=5)], capacity=4)
    assert planned(made).reason == "S1 gets 5 sets and no vehicle of a crew that may come carries more than 4"
    assert planned(rollout([site("S1", sets=4)], capacity=4)).feasible is True


def test_full_vehicle_comes_back_for_a_second_trip() -> None:
    made = rollout([site("S1"), site("S2"), site("S3")], capacity=2)
    found = planned(made)
    assert found.feasible is True
    assert len([v for v in found.visits if v.kind == "load"]) == 2


def test_no_road_to_a_site_is_told() -> None:
    made = rollout([site("S1"), site("S2")])
    travel = line_travel(made)
    seconds = travel.seconds.copy()
    seconds[2, :2] = seconds[:2, 2] = UNREACHABLE
    found = planned(made, replace(travel, seconds=seconds))
    assert found.feasible is False
    assert found.unplanned == {"S2": "no road leads to S2"}


def test_no_crew_left_leaves_every_site_out_with_the_reason() -> None:
    found = planned(rollout([site("S1")], crews=0))
    assert found.feasible is False
    assert found.unplanned == {"S1": "no crew is left for S1"}


def test_bench_decides_where_it_is_slow_and_the_last_set_is_early_enough() -> None:
    made = rollout([site(f"S{i}") for i in range(1, 5)], 4, stations=1, minutes_per_set=60)
    found = planned(made)
    assert found.feasible is True
    last = next(s for s in found.sites if s.site == found.critical_site)
    assert last.binding == "bench"
    assert "the bench gives the sets" in found.reason
    assert found.critical_site == found.bench[-1].site == "S1"


def test_milestones_come_before_the_way() -> None:
    stone = Milestone(NOTICE + 85 * MIN, "delivered", 2)
    made = rollout([site("S1"), site("S2")], milestones=(stone,))
    state = planned(made).milestones[0]
    assert (state.required, state.reached, state.met) == (2, 2, True)


def test_slack_is_what_the_last_site_leaves() -> None:
    made = rollout([site("S1"), site("S2", released_at=clock(3))])
    found = {s.site: s for s in planned(made).sites}
    assert found["S2"].slack_min == 0
    assert found["S2"].binding == "release"
    assert found["S1"].slack_min == pytest.approx(130)


def test_more_than_one_reason_is_counted() -> None:
    made = rollout([site("S1", skills=("fibre",)), site("S2", crews=3)])
    assert planned(made).reason.endswith("(and 1 more reasons)")


def test_same_seed_gives_the_same_plan() -> None:
    sites: list[RolloutSite] = [site(f"S{i}", deliver_min=10.0 * i) for i in range(1, 7)]
    made = replace(rollout(sites, 2), vehicles=(Vehicle("V1", "D1", 8), Vehicle("V2", "D1", 8)),
                   crews=(Crew("C1", "V1"), Crew("C2", "V2")))  # fmt: skip
    first, second = planned(made), planned(made)
    assert first.finish == second.finish


def test_depot_gives_no_more_sets_than_it_has_although_another_has_enough() -> None:
    sites = [site(f"S{i}") for i in range(1, 7)]
    made = rollout(sites, 2)
    far = replace(made.depots[0], depot="D2", longitude_deg=made.depots[0].longitude_deg + 0.5)
    vans = (made.vehicles[0], replace(made.vehicles[1], depot="D2"))
    stock = (Equipment("terminal", "D1", 2, 0), Equipment("terminal", "D2", 5, 0))
    made = replace(made, depots=(*made.depots, far), vehicles=vans, equipment=stock)
    found = planned(made, times(made))
    loads = {d: sum(v.sets for v in found.visits if v.kind == "load" and v.place == d) for d in ("D1", "D2")}
    assert not found.unplanned
    assert (loads["D1"] <= 2, loads["D2"] <= 5, sum(loads.values())) == (True, True, 6)


def test_sets_that_were_all_configured_are_not_made_again_when_they_are_under_way() -> None:
    made = replace(rollout([site(f"S{i}") for i in range(1, 4)], 1), equipment=(Equipment("terminal", "D1", 3, 0),))
    at = NOTICE + 120 * MIN
    back = at + 90 * MIN
    standing = Standing(at, configured={"D1": 1}, incoming={"D1": (back, back)}, raw={"D1": 0})
    found = plan(made, line_travel(made), at=at, standing=standing, seconds=QUICK_S)
    assert found.bench == ()
    loads = sorted((v.begin, v.sets) for v in found.visits if v.kind == "load")
    assert sum(n for _, n in loads) == 3
    assert all(begin >= back for begin, n in loads if n > 1)


def test_site_for_which_its_depot_has_no_set_is_left_out_with_the_reason() -> None:
    made = replace(rollout([site("S1"), site("S2")], 1), equipment=(Equipment("terminal", "D1", 3, 0),))
    found = plan(
        made, line_travel(made), at=NOTICE, standing=Standing(NOTICE, configured={"D1": 1}, raw={"D1": 0}),
        seconds=QUICK_S,
    )  # fmt: skip
    assert (found.feasible, len(found.sites)) == (None, 1)
    assert "no set left" in next(iter(found.unplanned.values()))


def test_sites_of_a_lost_crew_wait_for_its_sets_and_none_is_left_out() -> None:
    made = replace(rollout([site(f"S{i}") for i in range(1, 7)], 3), equipment=(Equipment("terminal", "D1", 6, 0),))
    at = NOTICE + 180 * MIN
    crews = {c: CrewStanding(c, "D1", at, aboard=2) for c in ("C1", "C2")}
    standing = Standing(
        at, crews=crews, lost=frozenset({"C3"}), incoming={"D1": (at + 30 * MIN,) * 2}, raw={"D1": 0}
    )  # fmt: skip
    routes = {"C1": (("S1", "S2"),), "C2": (("S3", "S4"),)}
    for seed in range(3):
        found = plan(made, line_travel(made), at=at, standing=standing, routes=routes, seed=seed, seconds=QUICK_S)
        assert (found.unplanned, len(found.sites), found.feasible) == ({}, 6, True)
        assert sum(v.sets for v in found.visits if v.kind == "load") <= 2
