from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange
from setsail.base.observation import Observation
from setsail.base.period import parse_period
from setsail.monitor.forecast.results import day_of, month_of
from setsail.monitor.forecast.series import Series, linked, series_of


def seen(period: str, value: float, **more: object) -> Observation:
    return Observation("stations", "CN", parse_period(period), value, "count", step=1.0, **more)  # type: ignore[arg-type]


def test_series_with_times_out_of_order_is_refused_with_the_place() -> None:
    with pytest.raises(BadInput, match=r"times\[2\].*ascending"):
        Series((2020.0, 2021.0, 2021.0), (1.0, 2.0, 3.0))


def test_series_with_unequal_lengths_is_refused() -> None:
    with pytest.raises(BadInput, match="values"):
        Series((2020.0, 2021.0), (1.0,))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_series_with_a_value_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(BadInput, match=r"values\[1\]"):
        Series((2020.0, 2021.0), (1.0, value))


def test_series_counted_in_months_is_refused() -> None:
    with pytest.raises(OutOfRange, match="decimal years"):
        Series((1.0, 2.0), (1.0, 2.0))


def test_printed_half_width_passes_over_open_bands() -> None:
    series = Series((2020.0, 2021.0, 2022.0), (5.0, 6.0, 7.0), (4.5, 6.0, 6.5), (5.5, math.inf, 7.5))
    assert series.printed_half_width == 0.5


def test_series_of_observations_takes_the_latest_known_figure_of_each_period() -> None:
    rows = [
        seen("2023-12", 805.0, known_on=date(2024, 1, 19)),
        seen("2022-12", 561.0, known_on=date(2023, 1, 19)),
        seen("2023-12", 806.0, known_on=date(2024, 3, 1)),
    ]
    series = series_of(rows, unit="count")
    assert series.times == (2023.0, 2024.0)
    assert series.values == (561.0, 806.0)
    assert (series.low[1], series.high[1]) == (805.5, 806.5)


def test_series_of_two_definitions_is_refused() -> None:
    with pytest.raises(DuplicateKey, match="definition"):
        series_of([seen("2023-12", 1.0, definition="a"), seen("2024-12", 2.0, definition="b")], unit="count")


def test_series_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="empty"):
        series_of([], unit="count")


def test_linked_series_brings_the_older_to_the_level_of_the_newer() -> None:
    older = Series((2022.0, 2023.0, 2024.0), (50.0, 70.0, 80.0), name="old")
    newer = Series((2024.0, 2025.0), (88.0, 99.0), name="new")
    joined = linked(older, newer)
    assert joined.times == (2022.0, 2023.0, 2024.0, 2025.0)
    assert joined.values == pytest.approx((55.0, 77.0, 88.0, 99.0))


def test_linked_series_without_a_common_period_is_refused() -> None:
    with pytest.raises(BadInput, match="share no time"):
        linked(Series((2022.0,), (1.0,)), Series((2023.0,), (1.0,)))


@pytest.mark.parametrize("year", [1999, 2000, 2023, 2024, 2100])
def test_month_of_each_month_end_is_that_month(year: int) -> None:
    ends = [f"{year}-{month:02d}" for month in range(1, 13)]
    assert [month_of(parse_period(text).year_fraction) for text in ends] == ends
    assert day_of(parse_period(f"{year}-02").year_fraction) == parse_period(f"{year}-02").last_day
    times = [parse_period(text).year_fraction for text in ends]
    assert [month_of((a + b) / 2) for a, b in pairwise(times)] == ends[1:]
