"""The founding case with its milestones as upper limits, its variants, and large generated cases."""

from __future__ import annotations

from datetime import datetime

import pytest

from setsail.rollout import cases
from setsail.rollout.schedule.study import plan
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import require_no_overlap


@pytest.mark.parametrize("name", ["wuhan-2020-bridges", "huoshenshan-2020", "generated-64"])
def test_variants_and_generated_cases_are_planned_whole(name: str) -> None:
    made = cases.example(name)
    travel = times(made)
    found = plan(made, travel, at=made.notice, seconds=60, rounds=20)
    assert {s.site for s in found.sites} == {s.site for s in made.sites}
    assert found.finish is not None
    assert found.bound_finish <= found.finish
    require_no_overlap(found, travel)


@pytest.mark.slow
def test_thousands_of_sites_are_planned_whole() -> None:
    made = cases.generated(5500, 1)
    travel = times(made)
    found = plan(made, travel, at=made.notice, seconds=60)
    assert {s.site for s in found.sites} | set(found.unplanned) == {s.site for s in made.sites}
    require_no_overlap(found, travel)


def test_hundreds_of_sites_are_planned_in_time_with_every_rule_kept() -> None:
    made = cases.generated(400, 1)
    travel = times(made)
    found = plan(made, travel, at=made.notice, seconds=60, rounds=5)
    assert found.feasible is True
    assert {s.site for s in found.sites} == {s.site for s in made.sites}
    require_no_overlap(found, travel)


def test_the_same_rounds_and_seed_give_the_same_plan() -> None:
    made = cases.generated(64, 3)
    first, second = (plan(made, times(made), at=made.notice, seconds=600, rounds=10, seed=5) for _ in range(2))
    assert first == second


def test_founding_case_keeps_its_milestones_and_is_proved_to_end_as_early_as_can_be() -> None:
    made = cases.example("wuhan-2020")
    travel = times(made)
    found = plan(made, travel, at=made.notice, seconds=60, rounds=100)
    assert found.finish == found.bound_finish == datetime.fromisoformat("2020-02-06T07:58:53+08:00")
    assert "it is proved that no plan ends earlier" in found.reason
    assert found.feasible is True
    delivered = [s.stages["delivered"] for s in found.sites]
    assert len(delivered) == 29
    assert sum(d <= datetime.fromisoformat("2020-02-06T07:30+08:00") for d in delivered) >= 22
    assert sum(d <= datetime.fromisoformat("2020-02-06T08:30+08:00") for d in delivered) == 29
    assert all(m.met for m in found.milestones)
    require_no_overlap(found, travel)
