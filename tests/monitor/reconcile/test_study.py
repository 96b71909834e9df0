"""Reconciliation end to end: planted slips are found, clean tables stay silent."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.monitor.reconcile.results import Reconciliation
from setsail.monitor.reconcile.rows import UNNAMED
from setsail.monitor.reconcile.shipped import tables
from setsail.monitor.reconcile.study import ReconcileOptions, reconcile
from setsail.monitor.reconcile.table import Cell, Neighbour, PrintedTable
from setsail.standards import facts
from tests.monitor.reconcile.planted import SLIPS, clean_table, plant, printed

TABLES = 120
DAY = date(2026, 1, 1)

FIRST_AT_LEAST = {
    "transposed": 0.80,
    "wrong_digit": 0.45,
    "factor_10_4": 1.00,
    "doubled_row": 1.00,
    "overwritten_row": 0.99,
    "wrong_year": 0.88,
    "missing_row": 1.00,
    "swapped_rows": 0.80,
    "shifted_rows": 0.93,
    "total_wrong": 0.72,
}
"""Share of 120 synthetic tables (36 parts, growth 3 +- 2 %) where the true repair is first; measured on 300 tables:
0.88, 0.55, 1.00, 1.00, 1.00, 0.93, 1.00, 0.88, 0.97, 0.80. Slips smaller than the growth of a month cannot be told."""

AMONG_AT_LEAST = dict.fromkeys(SLIPS, 1.0) | {"swapped_rows": 0.80, "shifted_rows": 0.97}
"""Swapped rows leave the sum alone: they are only seen where the two numbers are far apart."""


@cache
def outcome(slip: str, seed: int, *, history: bool = True) -> tuple[bool, bool, Reconciliation]:
    """Whether the true repair is listed, whether it is first, and the result."""
    planted = plant(slip, np.random.default_rng([seed, 5]), history=history)
    result = reconcile(planted.table)
    hits = [i for i, proposal in enumerate(result.proposals) if planted.solved_by(proposal)]
    return bool(hits), hits[:1] == [0], result


@pytest.mark.parametrize("slip", list(SLIPS))
def test_planted_slip_with_history_is_listed_and_mostly_first(slip: str) -> None:
    found = [outcome(slip, seed) for seed in range(TABLES)]
    assert sum(listed for listed, _, _ in found) >= AMONG_AT_LEAST[slip] * TABLES
    assert sum(first for _, first, _ in found) >= FIRST_AT_LEAST[slip] * TABLES


@pytest.mark.parametrize("slip", [s for s in SLIPS if s not in ("swapped_rows", "shifted_rows")])
def test_first_proposal_that_is_wrong_is_marked_ambiguous(slip: str) -> None:
    for seed in range(TABLES):
        _, first, result = outcome(slip, seed)
        assert first or result.proposals[0].ambiguous


@pytest.mark.parametrize("slip", ["transposed", "wrong_digit", "factor_10_4", "doubled_row", "total_wrong"])
def test_planted_slip_without_history_is_listed_and_ambiguous_unless_alone(slip: str) -> None:
    for seed in range(40):
        listed, _, result = outcome(slip, seed, history=False)
        assert listed
        assert all(p.ambiguous for p in result.proposals) == (len(result.proposals) > 1)


def test_large_wrong_digits_with_history_are_first() -> None:
    first = total = 0
    for seed in range(300):
        planted = plant("wrong_digit", np.random.default_rng([seed, 6]))
        ((region, true),) = planted.truth.items()
        seen = next(c.value for c in planted.table.parts if c.region == region)
        if true is None or seen is None or abs(seen / true - 1) < 0.15:
            continue
        result = reconcile(planted.table)
        total += 1
        first += planted.solved_by(result.proposals[0])
    assert total > 60
    assert first / total > 0.97


@settings(derandomize=True, max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 60), history=st.booleans())
def test_clean_table_gives_no_proposal(seed: int, n: int, history: bool) -> None:
    result = reconcile(clean_table(np.random.default_rng(seed), n, history=history))
    assert (result.status, result.proposals, result.rejected) == ("meets", (), ())


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), slip=st.sampled_from(list(SLIPS)))
def test_every_proposal_closes_the_gap_and_leaves_the_table_unchanged(seed: int, slip: str) -> None:
    table = plant(slip, np.random.default_rng(seed)).table
    before = repr(table)
    result = reconcile(table)
    for proposal in (*result.proposals, *result.rejected):
        changed = sum(
            (0.0 if c.new is None else c.new) - (0.0 if c.old is None else c.old)
            for c in proposal.candidate.changes
            if c.region != table.total.region
        )
        total = sum((c.new or 0) - (c.old or 0) for c in proposal.candidate.changes if c.region == table.total.region)
        assert table.balance.gap + changed - total == pytest.approx(0, abs=1e-6)
    assert repr(table) == before


def test_india_in_november_2023_is_repaired_at_chhattisgarh_and_not_at_jharkhand() -> None:
    rows = facts.dataset("india-states")
    (table,) = tables("india-states", rows, known_on=DAY, period="2023-11-30")
    result = reconcile(table).record()
    assert result["gap"] == 2700
    first = result["proposals"][0]
    assert (first["kind"], first["region"], first["from"], first["to"]) == (
        "transposed_digits", "Chhattisgarh", 8511, 5811,
    )  # fmt: skip
    assert first["ambiguous"] is False
    (rejected,) = result["rejected"]
    assert (rejected["region"], rejected["from"], rejected["to"]) == ("Jharkhand", 8593, 5893)
    assert "2023-10-31 had 8,404" in rejected["reason"]


def test_india_without_history_lists_both_states_as_ambiguous() -> None:
    rows = facts.dataset("india-states")
    (table,) = tables("india-states", rows, known_on=DAY, period="2023-11-30")
    result = reconcile(replace(table, neighbours=()))
    assert {p.candidate.changes[0].region for p in result.proposals} == {"Chhattisgarh", "Jharkhand"}
    assert all(p.ambiguous for p in result.proposals)


def test_typing_slip_in_the_census_is_listed_at_shandong() -> None:
    """A copy of the census prints 101,528,453 for Shandong's 101,527,453."""
    rows = facts.dataset("china-provinces") + facts.dataset("china-national")
    (table,) = tables("china-provinces", rows, known_on=DAY, period="2020-11", indicator="population")
    at = next(i for i, c in enumerate(table.parts) if c.region == "370000")
    result = reconcile(printed(table, {at: 101_528_453.0}))
    named = [(p.candidate.kind, p.candidate.changes[0].region, p.candidate.changes[0].new) for p in result.proposals]
    assert ("wrong_digit", "370000", 101_527_453.0) in named
    assert result.proposals[0].ambiguous


def test_part_in_ten_thousands_among_units_is_found_by_its_factor() -> None:
    parts = (Cell("East", 1_741_000, 1000), Cell("Central", 88.7, 0.1), Cell("West", 1_043_000, 1000))
    result = reconcile(PrintedTable("t", "", "", Cell("T", 3_671_000, 1000), parts))
    assert [(p.candidate.kind, p.candidate.changes[0].region) for p in result.proposals] == [("factor_10_4", "Central")]
    assert result.proposals[0].candidate.changes[0].new == pytest.approx(887_000)


def test_number_from_the_next_column_is_proposed_as_a_shifted_column() -> None:
    table = clean_table(np.random.default_rng(4))
    before = dict(table.neighbours[0].values)
    after = {c.region: float(round((c.value or 0) * 1.05)) for c in table.parts}
    region = table.parts[7].region
    shifted = printed(table, {7: before[region]})
    before[region] = round(before[region] * 0.9)
    after[region], true = table.parts[7].value or 0.0, table.parts[7].value
    neighbours = (Neighbour("before", -1, before), Neighbour("after", 1, after))
    result = reconcile(replace(shifted, neighbours=neighbours))
    kinds = {(p.candidate.kind, p.candidate.changes[0].region, p.candidate.changes[0].new) for p in result.proposals}
    assert ("shifted_columns", region, true) in kinds


def test_sum_that_is_too_small_without_any_slip_asks_for_a_row_nobody_named() -> None:
    table = PrintedTable("t", "count", "", Cell("T", 1000), (Cell("a", 111), Cell("b", 222)))
    (proposal,) = reconcile(table).proposals
    assert proposal.candidate.kind == "missing_row"
    assert (proposal.candidate.changes[0].region, proposal.candidate.changes[0].new) == (UNNAMED, 667)
    assert proposal.ambiguous


def test_two_slips_are_found_with_pairs_only() -> None:
    rng = np.random.default_rng(8)
    first = SLIPS["transposed"](clean_table(rng), rng)
    assert first is not None
    second = SLIPS["wrong_digit"](first.table, rng)
    assert second is not None
    truth = {**first.truth, **second.truth}
    without = reconcile(second.table)
    assert not without.proposals or truth not in [_read(p) for p in without.proposals]
    found = reconcile(second.table, ReconcileOptions(pairs=True))
    assert truth in [_read(p) for p in found.proposals]
    assert any("two slips at once" in note for note in found.notes)


def _read(proposal: object) -> dict[str, float | None]:
    return {c.region: c.new for c in proposal.candidate.changes}  # type: ignore[attr-defined]


def test_table_of_three_thousand_parts_is_searched_whole() -> None:
    planted = plant("transposed", np.random.default_rng(3), n=3000)
    result = reconcile(planted.table)
    assert any(planted.solved_by(p) for p in result.proposals)
