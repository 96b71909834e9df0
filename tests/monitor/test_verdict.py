"""Verdicts: the published plans, and each rule at its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.base.observation import Observation, Observations
from setsail.base.period import parse_period
from setsail.monitor.cascade import targets_for
from setsail.monitor.evidence import unused
from setsail.monitor.verdict import Verdict, judge, side
from setsail.standards import facts
from setsail.standards.plans import Target, plan

TODAY = date(2026, 11, 21)
FINAL = plan("cn-set-sail-2021-final")
LEVEL = Target("networks", "count", date(2023, 12, 31), "X", target=100.0)


def _figure(period: str, value: float, **more: Any) -> Observation:
    values: dict[str, Any] = {"indicator": "networks", "region": "X", "unit": "count", "step": 1.0} | more
    return Observation(period=parse_period(period), value=value, **values)


def _judge(*figures: Observation, target: Target = LEVEL, on: date = TODAY) -> Verdict:
    return judge(target, "X", Observations(figures), on)


def _national(indicator: str, on: date = TODAY) -> Verdict:
    target = next(t for t in FINAL.targets if t.indicator == indicator)
    return judge(target, "CN", facts.observations(), on)


def test_the_final_plan_is_judged_as_the_evidence_allows() -> None:
    outcomes = {t.indicator: _national(t.indicator).outcome for t in FINAL.targets if not t.headline}
    assert outcomes == {
        "penetration_5g_individual": "met",
        "traffic_share_5g": "not_provable",
        "large_industrial_penetration_5g": "not_provable",
        "iot_terminals_5g_growth": "not_provable",
        "base_stations_5g_per_10k": "met",
        "industry_virtual_private_networks_5g": "met",
        "demo_models_per_key_industry": "not_provable",
    }


@pytest.mark.parametrize(
    ("indicator", "after", "before"),
    [
        ("penetration_5g_individual", "2022-12", "2023-02"),
        ("base_stations_5g_per_10k", "2023-02", "2023-03"),
        ("industry_virtual_private_networks_5g", "2021-12", "2022-05"),
        ("traffic_share_5g", "2022-05", "2024-02"),
        ("large_industrial_penetration_5g", None, None),
    ],
)
def test_the_crossing_lies_between_published_months(indicator: str, after: str | None, before: str | None) -> None:
    verdict = _national(indicator)
    assert (verdict.crossed_after, verdict.crossed_before) == (after, before)


@pytest.mark.parametrize(("on", "value"), [(date(2024, 1, 31), 57.1), (date(2024, 8, 31), 58.3)])
def test_penetration_is_replayed_as_known_on_a_day(on: date, value: float) -> None:
    assert _national("penetration_5g_individual", on).value == pytest.approx(value, abs=0.05)


def test_stations_per_ten_thousand_use_the_population_of_the_same_year_end() -> None:
    verdict = _national("base_stations_5g_per_10k")
    assert verdict.value == pytest.approx(3_377_000 / 1_409_670_000 * 10_000)


def test_computed_ratios_meet_the_published_ones_within_their_rounding() -> None:
    verdict = _national("base_stations_5g_per_10k")
    published = {p.period.text: p for p in verdict.evidence if p.origin == "published" and p.qualifier == "exact"}
    computed = {p.period.text: p for p in verdict.evidence if p.origin == "computed"}
    both = sorted(set(published) & set(computed))
    assert len(both) >= 5
    for period in both:
        assert abs(published[period].value - computed[period].value) < 0.06, period


def test_the_holiday_share_is_shown_and_never_decides() -> None:
    verdict = _national("traffic_share_5g")
    assert {o.indicator for o in verdict.related} == {"traffic_share_5g_spring_festival"}
    assert all(p.parts[0].indicator == "traffic_share_5g" for p in verdict.evidence)


def test_an_unverified_target_is_never_met() -> None:
    target = replace(LEVEL, verified=False)
    verdict = _judge(_figure("2023-12", 500), target=target)
    assert (verdict.outcome, verdict.reason.count("unverified")) == ("not_provable", 1)


@pytest.mark.parametrize(("value", "outcome"), [(99, "missed"), (100, "met"), (101, "met")])
def test_a_figure_of_the_deadline_decides_at_just_in_and_just_out(value: float, outcome: str) -> None:
    assert _judge(_figure("2023-12", value)).outcome == outcome


@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [(">", 100, "short"), (">", 101, "reached"), ("<=", 100, "reached"), ("<=", 101, "short"), ("<", 100, "short")],
)
def test_each_comparator_is_kept(comparator: Any, value: float, expected: str) -> None:
    target = replace(LEVEL, comparator=comparator)
    point = _judge(_figure("2023-12", value), target=target).evidence[0]
    assert side(target, point) == expected


def test_over_a_value_short_of_the_target_is_unclear() -> None:
    assert _judge(_figure("2023-12", 90, qualifier="over")).outcome == "not_provable"
    assert _judge(_figure("2023-12", 110, qualifier="over")).outcome == "met"


def test_about_a_value_whose_band_holds_the_target_is_unclear() -> None:
    assert _judge(_figure("2023-12", 105, qualifier="about", step=10.0)).outcome == "not_provable"
    assert _judge(_figure("2023-12", 115, qualifier="about", step=10.0)).outcome == "met"


@pytest.mark.parametrize("mark", ["recalled", "assumed", "unverified"])
def test_a_weak_figure_alone_never_decides(mark: Any) -> None:
    verdict = _judge(_figure("2023-12", 500, mark=mark))
    assert verdict.outcome == "not_provable"
    assert "unverified" in verdict.reason


def test_definitions_that_disagree_at_the_deadline_are_not_provable() -> None:
    verdict = _judge(_figure("2023-12", 90, definition="a"), _figure("2023-12", 110, definition="b"))
    assert verdict.outcome == "not_provable"
    assert "disagree" in verdict.reason


def test_figures_on_both_sides_of_the_deadline_bracket_it_only_within_a_year() -> None:
    assert _judge(_figure("2023-10", 110), _figure("2024-02", 120)).outcome == "met"
    assert _judge(_figure("2023-10", 80), _figure("2024-02", 90)).outcome == "missed"
    assert _judge(_figure("2023-10", 80), _figure("2024-02", 120)).outcome == "not_provable"
    assert _judge(_figure("2022-12", 110), _figure("2024-02", 120)).outcome == "met"
    assert _judge(_figure("2022-11", 110), _figure("2024-02", 120)).outcome == "not_provable"


def test_a_count_that_does_not_fall_is_proved_by_an_earlier_figure() -> None:
    steady = replace(LEVEL, nondecreasing=True)
    assert _judge(_figure("2022-05", 110), target=steady).outcome == "met"
    assert _judge(_figure("2022-05", 110), target=LEVEL).outcome == "not_provable"
    assert _judge(_figure("2024-06", 90), target=steady).outcome == "missed"


def test_a_deadline_ahead_is_open_with_the_pace_needed() -> None:
    verdict = _judge(_figure("2021-12", 40), _figure("2022-12", 60), on=date(2023, 6, 30))
    assert verdict.outcome == "open"
    assert verdict.pace_needed_per_year == pytest.approx(40, rel=0.01)
    assert verdict.pace_recent_per_year == pytest.approx(20, rel=0.01)


def test_on_the_deadline_itself_a_target_is_still_open() -> None:
    assert _judge(_figure("2022-12", 60), on=date(2023, 12, 31)).outcome == "open"
    assert _judge(_figure("2022-12", 60), on=date(2024, 1, 1)).outcome == "not_provable"


def test_growth_needs_two_figures_a_year_apart_of_one_definition() -> None:
    target = Target("g", "percent_per_year", date(2023, 12, 31), "X", kind="growth", series="networks", target=200.0)
    assert _judge(_figure("2022-12", 10), _figure("2023-12", 30), target=target).value == pytest.approx(200)
    assert _judge(_figure("2022-12", 10), _figure("2023-12", 29), target=target).outcome == "missed"
    apart = _judge(_figure("2022-12", 10, definition="a"), _figure("2023-12", 30, definition="b"), target=target)
    assert apart.outcome == "not_provable"
    assert len(apart.related) == 2


def test_models_per_industry_need_every_listed_industry() -> None:
    target = Target(
        "networks", "count", date(2023, 12, 31), "X", kind="per_industry", industries=("mine", "port"), target=100.0
    )
    mine, port = _figure("2023-12", 120, industry="mine"), _figure("2023-12", 130, industry="port")
    assert _judge(mine, port, target=target).outcome == "met"
    assert "port" in _judge(mine, target=target).reason
    assert _judge(mine, _figure("2023-12", 99, industry="port"), target=target).outcome == "missed"
    assert _judge(mine, port, target=replace(target, industries=())).outcome == "not_provable"


def test_a_share_above_a_hundred_percent_is_allowed_with_a_note() -> None:
    target = Target("share", "percent", date(2024, 3, 31), "X", target=85.0)
    verdict = _judge(_figure("2024-03", 105.94, indicator="share", unit="percent", step=0.01), target=target)
    assert verdict.outcome == "met"
    assert any("above 100 percent" in note for note in verdict.notes)


def test_beijing_is_judged_by_its_own_plan_and_inherits_only_shares() -> None:
    cascaded = {c.target.indicator: c for c in targets_for(plan("cn-set-sail-2024-upgrade"), "110000")}
    assert cascaded["base_stations_5g_per_10k"].target.target == 70
    assert cascaded["base_stations_5g_per_10k"].plan_id == "cn-beijing-2027"
    assert cascaded["large_medium_industrial_penetration_5g"].inherited
    assert "industry_virtual_private_networks_5g" not in cascaded


def test_a_city_inherits_through_its_province() -> None:
    cascaded = targets_for(plan("cn-set-sail-2024-upgrade"), "440300")
    assert cascaded
    assert all(c.inherited and c.target.geography == "440300" for c in cascaded)


def test_a_macro_region_takes_its_population_from_its_provinces() -> None:
    target = next(t for t in FINAL.targets if t.indicator == "base_stations_5g_per_10k")
    verdict = judge(target, "CN-EAST", facts.observations(), TODAY)
    assert verdict.outcome == "met"
    assert "sum of 10 provinces" in {p.parts[1].note for p in verdict.evidence}


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200)), max_size=12))
def test_a_verdict_is_one_of_four_and_crossing_months_are_in_order(rows: list[tuple[int, int]]) -> None:
    figures = {
        f"{2020 + m // 12}-{m % 12 + 1:02d}": _figure(f"{2020 + m // 12}-{m % 12 + 1:02d}", float(v)) for m, v in rows
    }
    verdict = _judge(*figures.values())
    assert verdict.outcome in ("met", "missed", "not_provable", "open")
    if verdict.crossed_after and verdict.crossed_before:
        assert verdict.crossed_after < verdict.crossed_before


@given(st.dates(date(2019, 1, 1), date(2026, 11, 1)))
def test_a_replay_uses_nothing_that_became_known_later(day: date) -> None:
    for indicator in ("penetration_5g_individual", "base_stations_5g_per_10k"):
        assert all(p.known <= day for p in _national(indicator, day).evidence)


def test_a_restated_figure_no_longer_decides_at_the_deadline() -> None:
    first = _figure("2023-12", 120, known_on=date(2024, 1, 20))
    restated = _figure("2023-12", 90, known_on=date(2024, 7, 1))
    verdict = _judge(first, restated)
    assert (verdict.outcome, verdict.value) == ("missed", 90)
    assert verdict.notes == ("restated: 120 was the figure known from 2024-01-20",)
    assert _judge(first, restated, on=date(2024, 6, 30)).outcome == "met"


def test_a_restated_figure_no_longer_proves_that_a_count_was_reached() -> None:
    target = replace(LEVEL, nondecreasing=True)
    figures = (_figure("2022-12", 120, known_on=date(2023, 1, 20)), _figure("2022-12", 90, known_on=date(2023, 7, 1)))
    verdict = _judge(*figures, target=target)
    assert (verdict.outcome, verdict.crossed_before) == ("not_provable", None)


@pytest.mark.parametrize(("first", "last", "outcome"), [(90, 110, "met"), (110, 90, "missed")])
def test_of_daily_figures_the_last_of_the_deadline_month_decides(first: float, last: float, outcome: str) -> None:
    assert _judge(_figure("2023-12-03", first), _figure("2023-12-31", last)).outcome == outcome


def test_a_growing_count_below_an_upper_bound_proves_nothing_for_later() -> None:
    target = replace(LEVEL, comparator="<=", nondecreasing=True)
    assert _judge(_figure("2022-06", 90), target=target).outcome == "not_provable"


@pytest.mark.parametrize(("value", "outcome"), [(101, "missed"), (100, "not_provable"), (90, "not_provable")])
def test_over_a_value_past_an_upper_bound_misses_it(value: float, outcome: str) -> None:
    target = replace(LEVEL, comparator="<=")
    assert _judge(_figure("2023-12", value, qualifier="over"), target=target).outcome == outcome


def test_figures_around_the_deadline_that_disagree_prove_nothing() -> None:
    around = [_figure("2023-10", 90, definition="a"), _figure("2023-10", 120, definition="b"), _figure("2024-02", 130)]
    assert _judge(*around).outcome == "not_provable"


INDUSTRIES = replace(LEVEL, kind="per_industry", industries=("mining", "health"))


@pytest.mark.parametrize(
    ("period", "lasting", "outcome"),
    [("2023-12", False, "met"), ("2021-06", False, "not_provable"), ("2021-06", True, "met")],
)
def test_an_old_figure_of_an_industry_counts_only_where_the_count_cannot_fall(
    period: str, lasting: bool, outcome: str
) -> None:
    figures = [_figure(period, 120, industry="mining"), _figure("2023-12", 130, industry="health")]
    assert _judge(*figures, target=replace(INDUSTRIES, nondecreasing=lasting)).outcome == outcome


def test_industries_that_the_plan_does_not_list_decide_nothing() -> None:
    figures = [_figure("2023-12", 120, industry=i) for i in ("mining", "health")]
    assert _judge(*figures, _figure("2023-12", 3, industry="ports"), target=INDUSTRIES).outcome == "met"


RATIO = Target(
    "share", "percent", date(2023, 12, 31), "X", kind="ratio", numerator="networks", denominator="all", target=50.0
)


@pytest.mark.parametrize(("qualifier", "outcome"), [("exact", "met"), ("over", "not_provable")])
def test_a_share_of_more_than_a_number_is_no_exact_share(qualifier: str, outcome: str) -> None:
    whole = _figure("2023-12", 100, indicator="all", qualifier=qualifier)
    assert _judge(_figure("2023-12", 60), whole, target=RATIO).outcome == outcome


@pytest.mark.parametrize(
    ("unit", "bottom", "target_unit", "place"),
    [
        ("percent", "persons", "percent", "networks"),
        ("percent", "persons", "per_10k_persons", "networks"),
        ("count", "count", "per_10k_persons", "all"),
        ("count", "km2", "percent", "networks"),
    ],
)
def test_a_ratio_of_wrong_units_is_refused(unit: str, bottom: str, target_unit: str, place: str) -> None:
    figures = [_figure("2023-12", 60, unit=unit), _figure("2023-12", 100, indicator="all", unit=bottom)]
    with pytest.raises(BadInput, match=f"observation {place} X 2023-12"):
        _judge(*figures, target=replace(RATIO, unit=target_unit))


def test_figures_that_no_verdict_can_use_are_told() -> None:
    figures = Observations(
        [
            _figure("2035-12", 1),
            _figure("2023-12", 1, known_on=date(2023, 6, 1)),
            _figure("2022-12", 0, indicator="all"),
            _figure("2022-12", 5, indicator="netwroks"),
        ]
    )
    notes = unused([RATIO], figures, TODAY)
    assert [n.split("; first: ")[1].split(" ")[0] for n in notes] == ["networks", "networks", "all", "netwroks"]
    assert unused([RATIO], Observations([_figure("2023-12", 1)]), TODAY) == []


@pytest.mark.parametrize(("comparator", "told"), [(">=", True), ("<=", True), (">", False), ("<", False)])
def test_a_value_at_the_target_is_told_to_reach_it_within_rounding_only(comparator: Any, told: bool) -> None:
    verdict = _judge(_figure("2023-12", 100, step=10), target=replace(LEVEL, comparator=comparator))
    assert verdict.outcome == ("met" if told else "missed")
    assert bool(verdict.notes) is told


@pytest.mark.parametrize(("earlier", "outcome"), [(120, "met"), (80, "not_provable")])
def test_a_rough_figure_of_the_deadline_does_not_unprove_a_count_reached_before(earlier: float, outcome: str) -> None:
    figures = (_figure("2023-06", earlier), _figure("2023-12", 90, qualifier="over"))
    assert _judge(*figures, target=replace(LEVEL, nondecreasing=True)).outcome == outcome


def test_a_ratio_without_a_usable_denominator_says_so() -> None:
    target = Target(
        "per", "per_10k_persons", date(2023, 12, 31), "X", kind="ratio", numerator="networks", denominator="population",
        target=1.0,
    )  # fmt: skip
    old = _figure("2020-12", 1000, indicator="population", unit="persons")
    verdict = _judge(_figure("2023-12", 50), old, target=target)
    assert verdict.outcome == "not_provable"
    assert "denominator" in verdict.reason
