"""The least assignment against SciPy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from setsail.rollout.routes.assignment import least


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 12), st.integers(0, 6), st.integers(0, 10**6))
def test_an_assignment_costs_as_little_as_scipys(rows: int, more: int, seed: int) -> None:
    cost = np.random.default_rng(seed).integers(0, 40, (rows, rows + more))
    taken = linear_sum_assignment(cost)
    assert least(cost) == cost[taken].sum()


def test_an_assignment_of_a_hundred_sites_costs_as_little_as_scipys() -> None:
    place = np.random.default_rng(3).random((100, 2))
    cost = (np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) * 6000).astype(np.int64)
    cost += np.eye(100, dtype=np.int64) * 10**9
    taken = linear_sum_assignment(cost)
    assert least(cost) == cost[taken].sum()
