"""Periods: what each form covers, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.base.period import parse_day, parse_period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023", date(2023, 1, 1), date(2024, 1, 1)),
        ("2023-Q4", date(2023, 10, 1), date(2024, 1, 1)),
        ("2023-12", date(2023, 12, 1), date(2024, 1, 1)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_period_of_each_form_is_half_open(text: str, start: date, end: date) -> None:
    period = parse_period(text)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "text", ["2023-13", "2023-00", "2023-02-29", "23-12", "2023/12", "2023-Q5", "", "NaN", "2023-1"]
)
def test_period_of_a_wrong_form_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="allowed"):
        parse_period(text)


def test_day_refuses_a_month() -> None:
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        parse_day("2024-01")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_year_fraction_grows_with_the_day_and_stays_in_its_year(day: date) -> None:
    period = parse_period(day.isoformat())
    assert day.year < period.year_fraction <= day.year + 1
    assert period.month == f"{day:%Y-%m}"
