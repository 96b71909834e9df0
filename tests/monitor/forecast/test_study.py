from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.monitor.forecast.options import Comparator, ForecastOptions, Target
from setsail.monitor.forecast.results import Forecast, month_of
from setsail.monitor.forecast.series import Series
from setsail.monitor.forecast.study import forecast
from tests.monitor.forecast.curves import THETA, clean, monthly, noisy

KINDS = sorted(THETA)
BASIC = ForecastOptions(at=(2026.5, 2027.0))
T = np.linspace(2020.25, 2026.0, 24)

seeds = st.integers(0, 10_000)
few = settings(max_examples=8, deadline=None)


def made(seed: int, **options: object) -> tuple[Series, Forecast]:
    series = noisy(np.random.default_rng(seed))
    return series, forecast(series, ForecastOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_forecast_of_a_clean_curve_finds_its_parameters(kind: str) -> None:
    got = forecast(Series(tuple(T), tuple(clean(kind, T))), ForecastOptions())
    fit = next(m for m in got.models if m.kind == kind)
    np.testing.assert_allclose([p.value for p in fit.parameters][:2], THETA[kind][:2], rtol=2e-2)
    assert fit.parameters[-1].value == pytest.approx(THETA[kind][-1], abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_forecast_of_a_clean_curve_chooses_growth_and_stays_on_it(kind: str) -> None:
    ahead = np.array([2026.5, 2027.0, 2028.0])
    got = forecast(Series(tuple(T), tuple(clean(kind, T))), ForecastOptions(at=tuple(ahead)))
    assert got.model is not None
    assert got.model.family == "growth"
    np.testing.assert_allclose([p.value for p in got.at], clean(kind, ahead), rtol=0.01)


def test_forecast_with_a_known_limit_stays_below_it() -> None:
    t = monthly(np.random.default_rng(3), 18, 40)
    y = 100.0 / (1.0 + np.exp(-1.5 * (t - 2022.0)))
    series = Series(tuple(t), tuple(y), unit="percent")
    got = forecast(series, ForecastOptions(upper_limit=100.0, lower_limit=0.0, at=(series.times[-1] + 3.0,)))
    assert all(i.high <= 100.0 and i.low >= 0.0 for p in (*got.path, *got.at) for i in p.intervals)
    for model in got.models:
        assert all(p.value <= 100.0 * (1 + 1e-9) for p in model.parameters if p.name == "saturation")


def test_forecast_with_a_limit_below_a_value_is_refused() -> None:
    series = Series(tuple(T), tuple(clean("logistic", T)))
    with pytest.raises(OutOfRange, match="upper limit"):
        forecast(series, ForecastOptions(upper_limit=100.0))
    with pytest.raises(OutOfRange, match="at least"):
        forecast(series, ForecastOptions(lower_limit=500.0))


@pytest.mark.parametrize("points", [0, 1, 4])
def test_forecast_of_too_few_points_says_how_many_are_needed(points: int) -> None:
    got = forecast(Series(tuple(T[:points]), tuple(clean("bass", T)[:points])), ForecastOptions())
    assert not got.made
    assert got.reason == f"too few points: {points}, at least 5 are needed"
    assert got.points_needed == 5 - points
    assert got.model is None


def test_forecast_of_five_points_is_made_and_says_what_it_rests_on() -> None:
    got = forecast(Series(tuple(T[:5]), tuple(clean("bass", T)[:5])), ForecastOptions())
    assert got.made
    assert got.coverage is not None
    assert got.coverage.points == 1
    assert any("assumed errors" in note for note in got.notes)


def test_forecast_of_a_constant_series_is_refused() -> None:
    got = forecast(Series(tuple(T), tuple(np.full(T.size, 7.0))), ForecastOptions())
    assert (got.made, got.points_needed) == (False, 0)
    assert "constant" in got.reason


def test_forecast_of_numbers_too_large_to_fit_is_refused() -> None:
    y = np.linspace(1e307, 1.7e308, T.size) * np.where(np.arange(T.size) % 2, 1.0, -1.0)
    got = forecast(Series(tuple(T), tuple(y)), ForecastOptions())
    assert not got.made
    assert "every model failed" in got.reason


def test_forecast_of_a_series_with_negative_values_uses_baselines_alone() -> None:
    got = forecast(Series(tuple(T), tuple(np.linspace(-3.0, 5.0, T.size))), ForecastOptions(at=(2027.0,)))
    assert got.made
    assert {m.family for m in got.models} == {"middle", "baseline"}
    assert any("negative" in note for note in got.notes)
    assert got.at[0].value == pytest.approx(5.0 + 8.0 / 5.75, rel=1e-6)


def test_forecast_of_a_series_that_starts_at_zero_is_made() -> None:
    y = np.concatenate([np.zeros(6), np.arange(1.0, 19.0)])
    got = forecast(Series(tuple(T), tuple(y)), ForecastOptions(non_decreasing=True))
    assert got.made
    assert all(row.mape is None or math.isfinite(row.mape) for row in got.back_test)


def test_forecast_for_a_date_that_has_passed_is_refused() -> None:
    series = Series(tuple(T), tuple(clean("bass", T)))
    with pytest.raises(BadInput, match="after the last point"):
        forecast(series, ForecastOptions(at=(2026.0,)))
    with pytest.raises(BadInput, match="within 10 years"):
        forecast(series, ForecastOptions(at=(2036.1,)))
    assert forecast(series, ForecastOptions(at=(2036.0,))).at[0].beyond_back_test


@pytest.mark.parametrize(
    "bad",
    [
        {"back_test_years": 0.0},
        {"levels": (1.0,)},
        {"levels": ()},
        {"saturation_bounds": (0.9, 2.0)},
        {"saturation_bounds": (2.0, 2.0)},
        {"at": (math.nan,)},
        {"upper_limit": 1.0, "lower_limit": 1.0},
    ],
)
def test_options_outside_what_is_allowed_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ForecastOptions(**bad)  # type: ignore[arg-type]


@given(seeds)
@few
def test_intervals_hold_the_forecast_and_grow_with_their_level(seed: int) -> None:
    _, got = made(seed)
    assert got.path
    for point in got.path:
        assert [i.level for i in point.intervals] == [0.5, 0.8, 0.95]
        for inner, outer in pairwise(point.intervals):
            assert outer.low <= inner.low <= point.value <= inner.high <= outer.high


@given(seeds)
@few
def test_forecast_of_a_count_that_never_falls_is_never_below_the_last_value(seed: int) -> None:
    series, got = made(seed, non_decreasing=True, at=(2030.0,))
    assert all(i.low >= series.values[-1] for p in (*got.path, *got.at) for i in p.intervals)


@given(seeds, st.integers(-40, 40))
@few
def test_forecast_in_another_unit_is_the_same_forecast(seed: int, power: int) -> None:
    series = noisy(np.random.default_rng(seed))
    by = 2.0**power  # exact in binary: not even the last bit may differ
    other = dataclasses.replace(series, values=tuple(v * by for v in series.values), low=(), high=())
    a, b = forecast(series, BASIC), forecast(other, BASIC)
    assert a.model is not None
    assert b.model is not None
    assert a.model.name == b.model.name
    assert a.coverage == b.coverage
    for p, q in zip(a.at, b.at, strict=True):
        assert q.value == pytest.approx(p.value * by, rel=1e-9)
        assert q.interval().high == pytest.approx(p.interval().high * by, rel=1e-9)


@given(seeds, st.sampled_from([-400, -7, 3, 64]))
@few
def test_forecast_in_other_years_is_the_same_forecast(seed: int, years: int) -> None:
    series = noisy(np.random.default_rng(seed))
    other = dataclasses.replace(series, times=tuple(t + years for t in series.times))
    a = forecast(series, BASIC)
    b = forecast(other, ForecastOptions(at=tuple(t + years for t in BASIC.at)))
    assert a.model is not None
    assert b.model is not None
    assert a.model.name == b.model.name
    assert a.coverage == b.coverage
    for p, q in zip(a.at, b.at, strict=True):
        assert q.value == pytest.approx(p.value, rel=1e-6)  # times carry 12 digits after the shift
        assert q.interval().low == pytest.approx(p.interval().low, rel=1e-5)


def test_forecast_twice_is_the_same_to_the_last_bit() -> None:
    series = noisy(np.random.default_rng(5))
    assert forecast(series, BASIC) == forecast(series, BASIC)


def test_forecast_counts_a_point_as_covered_by_its_printed_precision() -> None:
    t, y = T, np.round(clean("logistic", T) / 50.0) * 50.0
    low, high = tuple(y - 25.0), tuple(y + 25.0)
    got = forecast(Series(tuple(t), tuple(y), low, high), ForecastOptions())
    assert all(p.interval().high - p.interval().low >= 50.0 - 1e-9 for p in got.path)


@given(seeds)
@few
def test_probability_at_an_end_of_the_interval_is_what_the_interval_leaves_out(seed: int) -> None:
    series, got = made(seed, at=(2027.0,))
    interval = got.at[0].interval()
    comparators: tuple[tuple[Comparator, float], ...] = (("at_least", 0.1), ("at_most", 0.9))
    for comparator, expected in comparators:
        target = Target(interval.high, 2027.0, comparator)
        again = forecast(series, ForecastOptions(at=(2027.0,), target=target)).target
        assert again is not None
        assert again.probability == pytest.approx(expected, abs=1e-6)


def test_probability_falls_as_the_target_rises_and_ends_at_the_limits() -> None:
    series = noisy(np.random.default_rng(12))
    last = series.values[-1]
    chances = []
    for value in (last, last * 1.02, last * 1.2, last * 3.0):
        options = ForecastOptions(target=Target(value, 2027.0), non_decreasing=True, upper_limit=last * 2.0)
        outlook = forecast(series, options).target
        assert outlook is not None
        assert outlook.probability is not None
        chances.append(outlook.probability)
    assert chances[0] == 1.0
    assert chances[-1] == 0.0
    assert chances == sorted(chances, reverse=True)


def test_crossing_lies_between_its_ends_and_where_the_path_crosses() -> None:
    series = Series(tuple(T[:16]), tuple(clean("logistic", T)[:16]))
    value = 0.9 * THETA["logistic"][0]
    got = forecast(series, ForecastOptions(target=Target(value, 2025.5)))
    assert got.target is not None
    assert got.target.crossing is not None
    crossing = got.target.crossing
    exact = THETA["logistic"][2] + math.log(9.0) / THETA["logistic"][1]
    assert crossing.expected is not None
    assert abs(int(crossing.expected[:4]) * 12 + int(crossing.expected[5:]) - exact * 12) <= 2.5
    assert crossing.earliest is not None
    assert crossing.earliest <= crossing.expected
    assert crossing.latest is None or crossing.expected <= crossing.latest
    assert got.target.at_deadline is not None
    assert month_of(got.target.at_deadline.t) == got.target.at_deadline.month


def test_target_reached_already_has_no_crossing_ahead() -> None:
    series = Series(tuple(T), tuple(clean("logistic", T)))
    got = forecast(series, ForecastOptions(target=Target(500.0, 2028.0), non_decreasing=True)).target
    assert got is not None
    assert (got.reached, got.probability, got.crossing) == (True, 1.0, None)


def test_target_whose_deadline_has_passed_is_certain_either_way() -> None:
    series = Series(tuple(T), tuple(clean("logistic", T)))
    for value, chance in ((500.0, 1.0), (5000.0, 0.0)):
        got = forecast(series, ForecastOptions(target=Target(value, 2026.0))).target
        assert got is not None
        assert (got.probability, got.at_deadline) == (chance, None)


def test_target_too_far_ahead_has_no_probability() -> None:
    series = Series(tuple(T), tuple(clean("logistic", T)))
    got = forecast(series, ForecastOptions(target=Target(5000.0, 2040.0))).target
    assert got is not None
    assert (got.probability, got.at_deadline) == (None, None)


def test_target_at_most_is_crossed_by_a_falling_series() -> None:
    series = Series(tuple(T), tuple(100.0 - 10.0 * (T - T[0])))
    got = forecast(series, ForecastOptions(target=Target(30.0, 2028.0, "at_most"), lower_limit=0.0)).target
    assert got is not None
    assert got.crossing is not None
    assert got.crossing.expected in {"2027-03", "2027-04"}  # 100 - 10 (t - 2020.25) = 30 at 2027.25
    assert got.probability is not None
    assert got.probability > 0.9


def test_back_test_table_shows_each_kind_over_each_horizon() -> None:
    _, got = made(21)
    kinds = {"logistic", "gompertz", "bass", "local line", "damped trend", "median"}
    assert kinds <= {m.kind for m in got.models}
    assert all(math.isfinite(row.mae) and 0.0 <= row.coverage <= 1.0 for row in got.back_test)
    assert got.coverage is not None
    by_model: dict[str, int] = {}
    for row in got.back_test:
        by_model[row.model] = by_model.get(row.model, 0) + row.points
    assert set(by_model.values()) == {got.coverage.points}
    assert got.model is not None
    assert got.error == min(m.error for m in got.models if m.error is not None)


def test_note_says_when_a_declared_count_falls() -> None:
    y = clean("logistic", T)
    y[10] = y[9] * 0.5
    got = forecast(Series(tuple(T), tuple(y)), ForecastOptions(non_decreasing=True))
    assert any("falls 1 times" in note for note in got.notes)


def test_intervals_on_synthetic_curves_cover_between_70_and_90_percent() -> None:
    rng = np.random.default_rng(1969)
    found = [forecast(noisy(rng), ForecastOptions()).coverage for _ in range(40)]
    issued = np.array([c.issued for c in found if c is not None], dtype=float)
    points = np.array([c.points for c in found if c is not None])
    assert 0.7 <= float(np.sum(issued * points) / np.sum(points)) <= 0.9
    assert 0.7 <= float(np.mean(issued)) <= 0.9
    assert float(np.mean((issued >= 0.7) & (issued <= 0.9))) >= 0.6  # single short series scatter around 0.8
