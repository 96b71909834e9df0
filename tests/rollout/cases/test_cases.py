"""Shipped cases hold their published numbers and the mark of every value; generated ones are the same each time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from setsail.base.errors import OutOfRange, UnknownName
from setsail.rollout import cases
from setsail.rollout.cases import shipped
from setsail.rollout.folder.checking import problems
from setsail.rollout.folder.rules import Places, require
from setsail.rollout.travel.matrix import UNREACHABLE
from setsail.rollout.travel.study import times
from setsail.standards import facts

NAMES = tuple(cases.EXAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_holds_to_every_rule_and_nothing_makes_it_impossible(name: str) -> None:
    made = cases.example(name)
    require(made)
    assert made.rollout == name
    assert {p.grade for p in problems(made, Places())} == {"notice"}


def test_the_founding_case_has_its_published_hours_and_counts() -> None:
    made = cases.example("wuhan-2020")
    assert made.notice.isoformat() == "2020-02-05T22:00:00+08:00"
    assert made.deadline - made.notice == timedelta(hours=24)
    assert Counter(s.role for s in made.sites) == {"designated": 26, "fangcang": 3}
    assert [s.site for s in made.sites] == [f"S{i:02d}" for i in range(1, 30)]
    assert [(m.by.strftime("%H:%M"), m.stage, m.count) for m in made.milestones] == [
        ("07:30", "delivered", 22), ("08:30", "delivered", 29), ("18:00", "accepted", 29),
    ]  # fmt: skip
    assert {m.mark for m in made.milestones} == {"published"}
    assert {v.from_at.strftime("%H:%M") for v in made.vehicles if v.from_at} == {"03:30"}
    assert made.durations.survey_min == 60.0
    assert all(s.line_ready_at is None for s in made.sites)


def test_thirty_sets_are_configured_within_three_hours_of_the_notice() -> None:
    made = cases.example("wuhan-2020")
    (depot,), (stock,) = made.depots, made.equipment
    rounds = -(-stock.sets // depot.stations)
    assert stock.sets == 30
    assert made.durations.survey_min + rounds * depot.minutes_per_set <= 180.0


def test_what_is_assumed_of_the_founding_case_says_so() -> None:
    made = cases.example("wuhan-2020")
    assert Counter(s.mark for s in made.sites) == {"published": 18, "assumed": 11}
    for site in made.sites:
        assert (site.mark == "assumed") == site.source.startswith("assumption: "), site
    for group in (made.depots, made.vehicles, made.crews):
        assert {row.mark for row in group} == {"assumed"}
    assert made.travel.mark == "assumed"


@pytest.mark.parametrize("table", ["wuhan_hospitals", "wuhan_bridges", "wuhan_history"])
def test_every_row_of_a_case_names_its_source_and_clause(table: str) -> None:
    rows = facts.table(f"rollout/{table}.csv")
    assert rows
    for row in rows:
        assert row.need("source_id") in facts.sources(), row
        assert row.need("clause")
        assert (row.need("mark") == "assumed") >= (row.need("source_id") == "assumption"), row


@pytest.mark.parametrize("case", ["wuhan-2020", "huoshenshan-2020"])
def test_every_fact_of_a_case_names_its_source(case: str) -> None:
    _, given, _ = shipped._document(case)
    assert len(given["facts"]) > 2
    assert {f["source_id"] for f in given["facts"]} <= set(facts.sources())
    assert any(f["source_id"] == "assumption" for f in given["facts"])


def test_hospitals_beyond_the_twenty_nine_are_there_too() -> None:
    found = shipped.hospitals()
    assert len(found) == 39
    assert sum(s.role == "extra" for s in found) == 10
    assert next(s for s in found if s.site == "X01").name.startswith("Tazihu")


def test_the_rivers_leave_three_banks_joined_by_named_crossings() -> None:
    made = cases.example("wuhan-2020-bridges")
    assert {s.bank for s in made.sites} == {"Hankou", "Hanyang", "Wuchang"}
    assert {frozenset((b.bank_a, b.bank_b)) for b in made.bridges} == {
        frozenset(p) for p in (("Hankou", "Hanyang"), ("Hankou", "Wuchang"), ("Hanyang", "Wuchang"))
    }
    assert {b.mark for b in made.bridges} == {"assumed"}
    assert replace(made, rollout="wuhan-2020", name=cases.example("wuhan-2020").name, bridges=()) == cases.example(
        "wuhan-2020"
    )


def test_history_leaves_five_sites_open_at_half_past_eight_and_the_last_line_before_six() -> None:
    made, events = cases.example("wuhan-2020"), cases.example_history("wuhan-2020")
    assert {e.kind for e in events} == {"line-late"}
    assert len({e.site for e in events}) == len(events) == 24
    assert len({e.at for e in events}) == len(events)
    last = max(events, key=lambda e: e.until or e.at)
    assert last.site == "S01"
    assert last.until is not None
    after = timedelta(minutes=made.durations.register_min + made.durations.accept_min)
    assert last.until + after <= made.milestones[-1].by
    assert all(e.until and e.until > made.milestones[1].by for e in events)
    assert {e.mark for e in events} == {"assumed"}


def test_huoshenshan_has_a_cable_24_poles_and_three_5g_sites() -> None:
    made = cases.example("huoshenshan-2020")
    assert Counter(s.kind for s in made.sites) == {"cable": 1, "pole": 24, "radio": 3}
    assert made.deadline - made.notice == timedelta(days=3)
    assert {m.mark for m in made.milestones} == {"published"}
    assert made.milestones[-1].by.isoformat() == "2020-01-25T12:00:00+08:00"
    assert times(made).metres[1:, 1:].max() < 2000


def test_a_generated_rollout_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert cases.generated(64, 5) == cases.generated(64, 5)
    assert cases.generated(64, 5).sites != cases.generated(64, 6).sites


def test_a_generated_rollout_has_skills_two_crew_sites_windows_and_late_lines() -> None:
    made = cases.example("generated-5500")
    n = len(made.sites)
    assert n == 5500
    assert len(made.depots) == 37
    for share in (
        sum(s.crews == 2 for s in made.sites) / 0.02,
        sum("fibre" in s.skills for s in made.sites) / 0.10,
        sum("power" in s.skills for s in made.sites) / 0.06,
        sum(s.window_to is not None for s in made.sites) / 0.10,
        sum(s.line_ready_at is not None for s in made.sites) / 0.10,
    ):
        assert share == pytest.approx(n, rel=0.25)  # five standard deviations of the rarest
    assert {s.mark for s in made.sites} == {"synthetic"}
    assert all(s.name.startswith("Synthetic") for s in made.sites)


@pytest.mark.parametrize("sites", [1, 2, 39, 40, 400])
def test_a_generated_rollout_of_any_size_is_sound(sites: int) -> None:
    made = cases.generated(sites, 2)
    require(made)
    assert len(made.depots) == (1 if sites < 40 else max(2, round(sites / 150)))
    assert (times(made).seconds < UNREACHABLE).all()
    assert {p.grade for p in problems(made, Places())} == {"notice"}


@pytest.mark.parametrize(("sites", "seed"), [(0, 1), (20_001, 1), (5, -1)])
def test_a_size_or_seed_out_of_range_is_refused(sites: int, seed: int) -> None:
    with pytest.raises(OutOfRange):
        cases.generated(sites, seed)


def test_an_unknown_example_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="wuhan-2020, wuhan-2020-bridges, huoshenshan-2020"):
        cases.example("wuhan")
    with pytest.raises(UnknownName):
        cases.example_history("wuhan")


def test_generated_sites_lie_about_their_own_depot() -> None:
    made = cases.generated(300, 1)
    found = times(made)
    nearest = found.metres[: len(made.depots), len(made.depots) :].min(axis=0)
    assert np.median(nearest) < 25_000
    assert nearest.max() < 75_000
