"""Printed numbers: the step of the last digit and what a figure allows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.base.printed import band, number, printed_step


@pytest.mark.parametrize(("text", "step"), [("83.1", 0.1), ("8593", 1), ("53.30", 0.01), ("4e7", 1e7), ("1.2e3", 100)])
def test_step_is_that_of_the_last_digit(text: str, step: float) -> None:
    assert printed_step(text) == pytest.approx(step)


@pytest.mark.parametrize(
    "text",
    ["NaN", "inf", "-inf", "1,234", "１２", "", "1e999", "9" * 400, "1e61", "-1e61", "9e-61", "12 %", "0x10", "1_000"],
)
def test_number_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="allowed"):
        number(text)


@given(st.floats(0, 1e12), st.floats(0, 1e6))
def test_band_holds_its_value(value: float, step: float) -> None:
    exact, about = band(value, step, "exact"), band(value, step, "about")
    assert about.low <= exact.low <= value <= exact.high <= about.high
    assert band(value, step, "over").low == value
    assert math.isinf(band(value, step, "over").high)


@pytest.mark.parametrize("text", ["0", "1e60", "-1e60", "1e-60"])
def test_number_of_a_size_that_sums_and_shares_can_hold_is_read(text: str) -> None:
    assert number(text) == float(text)
