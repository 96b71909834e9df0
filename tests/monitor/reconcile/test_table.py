"""Parts against totals within printed precision."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.monitor.reconcile.study import reconcile
from setsail.monitor.reconcile.table import Cell, PrintedTable, balance


def four_parts(total: float) -> PrintedTable:
    parts = tuple(Cell(f"R{i}", v, 0.1) for i, v in enumerate((174.1, 88.7, 104.3, 24.5)))
    return PrintedTable("t", "10k_count", "", Cell("T", total, 0.1), parts)


@pytest.mark.parametrize(
    ("total", "meets"), [(391.6, True), (391.8, True), (391.85, True), (391.86, False), (391.35, True), (391.34, False)]
)
def test_balance_at_the_edge_of_printed_precision_meets_just_inside(total: float, meets: bool) -> None:
    # four parts and a total printed to 0.1 leave (4 + 1) half steps of 0.05: 0.25
    assert four_parts(total).balance.meets is meets


def test_balance_of_parts_in_ten_thousands_against_a_total_in_units_meets_across_the_factor() -> None:
    parts = [Cell("a", 83.1, 0.1, 10_000), Cell("b", 34.7, 0.1, 10_000)]
    found = balance(parts, Cell("T", 1_178_000, 1000))
    assert found.gap == pytest.approx(0, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((-1500, 1500))


def test_balance_with_a_total_that_is_over_meets_any_larger_sum_and_no_smaller_one() -> None:
    over = Cell("T", 100, 1, qualifier="over")
    assert balance([Cell("a", 150)], over).meets
    assert balance([Cell("a", 100)], over).meets
    assert not balance([Cell("a", 99)], over).meets
    assert math.isinf(balance([Cell("a", 150)], over).high)


def test_balance_with_a_part_that_is_over_may_fall_short_but_not_exceed() -> None:
    over = Cell("a", 90, 10, qualifier="over")
    assert balance([over, Cell("b", 5)], Cell("T", 120)).meets
    assert not balance([over, Cell("b", 5)], Cell("T", 80)).meets


def test_whole_counts_printed_to_the_unit_leave_no_tolerance() -> None:
    table = PrintedTable("t", "count", "", Cell("T", 10), (Cell("a", 4), Cell("b", 7)))
    assert not table.balance.meets
    assert table.balance.gap == 1


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    step=st.sampled_from([0.1, 1.0, 10.0, 1000.0]),
    total_step=st.sampled_from([0.1, 1.0, 1000.0, 100_000.0]),
)
def test_rounding_alone_never_raises_a_gap_a_proposal_or_a_finding(
    seed: int, n: int, step: float, total_step: float
) -> None:
    true = np.random.default_rng(seed).uniform(0, 1e6, n)
    parts = tuple(Cell(f"R{i}", round(v / step) * step, step) for i, v in enumerate(true))
    total = Cell("T", round(float(true.sum()) / total_step) * total_step, total_step)
    result = reconcile(PrintedTable("t", "", "", total, parts))
    assert result.status == "meets"
    assert (result.proposals, result.rejected) == ((), ())
    assert not [f for f in result.findings if f.kind != "same_total"]
