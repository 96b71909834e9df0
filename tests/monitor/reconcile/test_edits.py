"""Slips of one number, undone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.monitor.reconcile.edits import POWERS, cell_edits, digit_step
from setsail.monitor.reconcile.kinds import kinds


def outcomes(value: float, step: float, kind: str) -> set[float]:
    return {e.value for e in cell_edits(value, step) if e.kind == kind}


def test_transpositions_of_a_number_are_all_pairs_of_unequal_digits_without_a_leading_zero() -> None:
    assert outcomes(8511, 1, "transposed_digits") == {5811, 1581, 1518, 8151, 8115} | {1518} - {8511}
    assert outcomes(205, 1, "transposed_digits") == {250, 502}
    assert outcomes(83.1, 0.1, "transposed_digits") == {38.1, 81.3, 13.8}


def test_wrong_digits_of_a_number_change_one_digit_and_keep_its_length() -> None:
    found = outcomes(40, 1, "wrong_digit")
    assert found == {10, 20, 30, 50, 60, 70, 80, 90} | {41, 42, 43, 44, 45, 46, 47, 48, 49}


def test_powers_of_ten_go_both_ways_and_move_the_step_with_the_number() -> None:
    larger, smaller = [e for e in cell_edits(83.1, 0.1) if e.kind == "factor_10_4"]
    assert (larger.value, larger.step) == pytest.approx((831_000, 1000))
    assert (smaller.value, smaller.step) == pytest.approx((0.00831, 1e-5))
    assert len([e for e in cell_edits(7, 1) if e.kind.startswith("factor")]) == 2 * len(POWERS)


def test_exact_count_is_never_taken_for_a_fraction_of_one() -> None:
    assert {e.value for e in cell_edits(1200, 0) if e.kind.startswith("factor") and e.value < 1200} == {120, 12}


def test_zero_has_no_slip() -> None:
    assert list(cell_edits(0, 1)) == []


def test_step_of_a_number_without_one_is_that_of_its_shortest_writing() -> None:
    assert [digit_step(8511.0, 0), digit_step(83.1, 0), digit_step(83.1, 0.01)] == pytest.approx([1, 0.1, 0.01])


@given(st.integers(1, 10**9))
def test_edits_never_repeat_the_number_and_every_slip_can_be_made_back(value: int) -> None:
    for edit in cell_edits(value, 1):
        assert edit.value != value
        if edit.kind in ("transposed_digits", "wrong_digit") and edit.value > 0:
            assert float(value) in outcomes(edit.value, 1, edit.kind)


@given(st.integers(1, 10**7), st.floats(0, 1e7), st.floats(0, 1e7))
def test_edits_within_bounds_are_those_of_all_that_lie_within(value: int, a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    near = {(e.kind, e.value) for e in cell_edits(value, 1, low, high) if not e.kind.startswith("factor")}
    every = {(e.kind, e.value) for e in cell_edits(value, 1) if not e.kind.startswith("factor")}
    assert near == {(k, v) for k, v in every if low - 1e-6 <= v <= high + 1e-6}


def test_rates_of_the_kinds_are_shares_of_one() -> None:
    assert math.fsum(k.rate for k in kinds().values()) == pytest.approx(1)
