"""Sums of independent sources and blocking, against enumeration of every state and against published formulas."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.design.dimension.admission import (
    Sources,
    blocking,
    demand,
    overflow_probability,
    quantile,
)


def kaufman_roberts(capacity: int, offered: Sequence[tuple[float, int]]) -> list[float]:
    """Blocking of each class of Poisson arrivals, given as (offered traffic [Erlang], units).

    Source: Kaufman (1981) and J. W. Roberts, A service system with heterogeneous user requirements (1981):
    j q(j) = sum over k of a_k b_k q(j - b_k), q(0) = 1; B_k is the sum of q over the last b_k states over that of all.
    """
    q = np.zeros(capacity + 1)
    q[0] = 1.0
    for j in range(1, capacity + 1):
        q[j] = sum(a * b * q[j - b] for a, b in offered if b <= j) / j
        if q[j] > 1e200:
            q /= q[j]
    total = float(q.sum())
    return [float(q[max(0, capacity - b + 1) :].sum()) / total for _, b in offered]


def erlang_b(servers: int, offered: float) -> float:
    """Blocking of Erlang's first formula by its inverse recursion."""
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1 + inverse * n / offered
    return 1 / inverse


def states(classes: list[Sources], capacity: int | None) -> list[tuple[tuple[int, ...], float]]:
    """Every state with its weight, those above the capacity left out: plain enumeration."""
    found = []
    for state in itertools.product(*(range(c.count + 1) for c in classes)):
        weight = math.prod(
            math.comb(c.count, n) * c.activity_ratio**n * (1 - c.activity_ratio) ** (c.count - n)
            for c, n in zip(classes, state, strict=True)
        )
        used = sum(c.units * n for c, n in zip(classes, state, strict=True))
        if capacity is None or used <= capacity:
            found.append((state, weight))
    return found


def blocked_share(classes: list[Sources], capacity: int, k: int) -> float:
    """Lost arrivals of class k over its arrivals: idle sources ask at one rate, in every state that may be."""
    asked = lost = 0.0
    for state, weight in states(classes, capacity):
        idle = classes[k].count - state[k]
        used = sum(c.units * n for c, n in zip(classes, state, strict=True))
        asked += weight * idle
        lost += weight * idle * (used + classes[k].units > capacity)
    return lost / asked


CLASSES = st.lists(
    st.builds(Sources, st.integers(1, 4), st.integers(1, 3), st.floats(0.05, 0.95)),
    min_size=1, max_size=3, unique_by=lambda c: (c.units, c.activity_ratio),
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(CLASSES, st.integers(4, 14))
def test_blocking_is_that_of_all_states_counted_one_by_one(classes: list[Sources], capacity: int) -> None:
    expected = [blocked_share(classes, capacity, k) for k in range(len(classes))]
    assert blocking(classes, capacity) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(CLASSES)
def test_demand_is_that_of_all_states_counted_one_by_one(classes: list[Sources]) -> None:
    expected = np.zeros(41)
    for state, weight in states(classes, None):
        expected[sum(c.units * n for c, n in zip(classes, state, strict=True))] += weight
    np.testing.assert_allclose(demand(classes, 40), expected, atol=1e-14)


def test_kaufman_roberts_of_one_class_is_erlang_b() -> None:
    assert kaufman_roberts(10, [(6.0, 1)]) == pytest.approx([erlang_b(10, 6.0)], rel=1e-12)
    assert kaufman_roberts(20, [(6.0, 2)]) == pytest.approx([erlang_b(10, 6.0)], rel=1e-12)


def test_kaufman_roberts_of_two_classes_is_that_of_all_states() -> None:
    capacity, offered = 6, [(1.5, 1), (0.7, 3)]
    weights = {
        (i, j): 1.5**i / math.factorial(i) * 0.7**j / math.factorial(j)
        for i in range(7) for j in range(3) if i + 3 * j <= capacity
    }  # fmt: skip
    total = sum(weights.values())
    expected = [sum(w for (i, j), w in weights.items() if i + 3 * j + units > capacity) / total for units in (1, 3)]
    assert kaufman_roberts(capacity, offered) == pytest.approx(expected, rel=1e-12)


def test_kaufman_roberts_of_heavy_traffic_does_not_overflow() -> None:
    got = kaufman_roberts(5000, [(4900.0, 1)])
    assert got == pytest.approx([erlang_b(5000, 4900.0)], rel=1e-9)


def test_many_seldom_active_sources_block_as_poisson_arrivals() -> None:
    many = [Sources(1, 40_000, 4 / 40_000), Sources(3, 20_000, 1 / 20_000)]
    assert blocking(many, 12) == pytest.approx(kaufman_roberts(12, [(4.0, 1), (1.0, 3)]), rel=2e-3)


def test_always_active_sources_block_only_where_they_do_not_fit() -> None:
    assert blocking([Sources(3, 3, 1.0)], 9) == [0.0]
    assert blocking([Sources(3, 3, 1.0)], 8) == [1.0]
    assert overflow_probability([Sources(3, 3, 1.0)], 8) == 1.0


def test_device_larger_than_the_cell_is_always_blocked() -> None:
    assert blocking([Sources(11, 1, 0.1), Sources(1, 1, 0.5)], 10) == [1.0, 0.0]


def test_equal_classes_are_one_class() -> None:
    split = [Sources(2, 3, 0.3), Sources(2, 4, 0.3)]
    assert blocking(split, 7) == pytest.approx(blocking([Sources(2, 7, 0.3)], 7) * 2, rel=1e-12)


def test_quantile_is_the_least_amount_that_holds() -> None:
    coin = [Sources(5, 1, 0.25)]
    assert quantile(coin, 0.75, 100) == 0
    assert quantile(coin, 0.751, 100) == 5
    assert quantile(coin, 0.751, 3) == 3
    assert quantile([], 0.99, 100) == 0


def test_empty_cell_has_no_overflow() -> None:
    assert overflow_probability([], 10) == 0.0
    assert blocking([], 10) == []


def test_source_that_cannot_be_is_refused() -> None:
    for bad in ((0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5)):
        with pytest.raises(BadInput, match="allowed: units"):
            Sources(*bad)
