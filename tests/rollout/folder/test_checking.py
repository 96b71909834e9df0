"""What a check finds: defects, what no plan can do, what is assumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from setsail.rollout.folder.checking import Problem, problems
from setsail.rollout.folder.rules import Places
from setsail.rollout.model import Bridge, Crew, Equipment, Rollout, Travel, Vehicle
from tests.rollout.folder.rollouts import at, small, with_site


def found(made: Rollout, grade: str) -> list[Problem]:
    return [p for p in problems(made, Places()) if p.grade == grade]


def impossible(made: Rollout) -> list[str]:
    assert not found(made, "defect")
    return [p.what for p in found(made, "impossible")]


def test_a_sound_rollout_has_nothing_impossible() -> None:
    assert impossible(small()) == []


def test_every_defect_is_told_not_the_first_alone() -> None:
    made = with_site(latitude_deg=95.0, skills=("diving",), deliver_min=-1.0)
    assert [p.where.split("column ")[1] for p in found(made, "defect")] == [
        "'latitude_deg'",
        "'deliver_min'",
        "'skills'",
    ]


def test_a_window_shorter_than_the_work_is_impossible() -> None:
    kept: dict[str, Any] = {"window_from": at(10), "window_to": at(10.75)}
    assert impossible(with_site(**kept)) == []
    assert impossible(with_site(**kept, deliver_min=45.1)) == [
        "work of 45.1 min at site 'S2' cannot end before 2026-03-02T08:45:06+08:00"
    ]


def test_a_line_that_comes_up_too_late_for_the_deadline_is_impossible() -> None:
    assert impossible(with_site(line_ready_at=at(24 - 5 / 60))) == []
    (told,) = found(with_site(line_ready_at=at(24 - 4 / 60)), "impossible")
    assert told.what == "site 'S2' cannot be accepted before 2026-03-02T22:01:00+08:00, for its line"
    assert told.where == "sites 'S2' column 'line_ready_at'"


def test_a_due_time_before_anybody_can_be_there_is_impossible() -> None:
    (told,) = impossible(with_site(due=at(0.5)))
    assert told.endswith("for its crew")


def test_too_few_sets_are_impossible_and_just_enough_are_not() -> None:
    assert impossible(small(equipment=(Equipment("terminal", "D1", 2),))) == []
    assert impossible(small(equipment=(Equipment("terminal", "D1", 1),))) == [
        "has 1 sets of 'terminal', and the sites need 2"
    ]
    assert len(impossible(small(equipment=(Equipment("router", "D1", 9),)))) == 1


def test_more_sets_than_the_crews_can_carry_are_impossible() -> None:
    plenty = (Equipment("terminal", "D1", 99),)
    assert impossible(replace(with_site(sets=4), equipment=plenty)) == []
    assert impossible(replace(with_site(sets=5), equipment=plenty)) == [
        "site 'S2' gets 5 sets, more than its crews can carry"
    ]
    assert impossible(replace(with_site(sets=8, crews=2), equipment=plenty)) == []


def test_skills_that_no_single_crew_joins_are_impossible_for_one_and_possible_for_two() -> None:
    crews = (Crew("C1", "V1", skills=("fibre",)), Crew("C2", "V2", skills=("power",)))
    apart = replace(with_site(skills=("fibre", "power")), crews=crews)
    assert impossible(apart) == ["no 1 crews together have the skills fibre, power of site 'S2'"]
    both = replace(with_site(skills=("fibre", "power"), crews=2), crews=crews)
    assert impossible(both) == []


def test_a_site_on_a_bank_without_a_bridge_is_impossible() -> None:
    made = replace(with_site(bank="island"), bridges=(Bridge("b", "B", "north", "south", 30.5, 114.3),))
    made = replace(made, depots=(replace(made.depots[0], bank="south"),))
    assert impossible(made) == ["no way leads to site 'S2' from any depot"]
    assert any("lie on no bank" in p.what for p in found(made, "notice"))


def test_a_vehicle_that_starts_late_is_reckoned_with() -> None:
    late = tuple(Vehicle(v, "D1", 4, from_at=at(23.5)) for v in ("V1", "V2"))
    assert len(impossible(small(vehicles=late))) == 2


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (small(equipment=()), "sets are taken to suffice"),
        (small(equipment=(Equipment("terminal", "D1", 3, 0),)), "there is no spare"),
        (small(matrix=(("D1", "S1", 1.0, 1.0),)), "travel.method is 'circle'"),
        (small(travel=Travel(mark="assumed")), "speed and detour are assumed"),
        (with_site(mark="assumed"), "1 of 2 rows are assumed"),
    ],
)
def test_what_is_to_be_known_is_told_as_a_notice(made: Rollout, words: str) -> None:
    assert any(words in p.what for p in found(made, "notice"))
    assert impossible(made) == []
