"""Bounds hold at any multiplier, and more rounds never loosen them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.design.siting.bounds import bounds, inner
from tests.design.siting.problems import POINTS, best, make


@settings(max_examples=80, deadline=None, derandomize=True)
@given(seed=st.integers(0, 100_000), capacity=st.booleans(), target=st.booleans(), steps=st.sampled_from([0, 1, 7, 60]))
def test_bounds_hold_from_any_covered_set_after_any_number_of_rounds(
    seed: int, capacity: bool, target: bool, steps: int
) -> None:
    problem = make(seed, capacity=capacity, target=target)
    expected = best(problem)
    if expected is None:
        return
    covered = np.random.default_rng(seed).random(POINTS) < 0.5
    loose = problem.covered(np.flatnonzero(problem.price < 0)) if not target else 1e3
    if not target and not set(np.flatnonzero(covered)) <= set(np.flatnonzero(problem.weight < 0)):
        covered[:] = False  # a set that is not covered by a choice proves nothing
    found = bounds(problem, covered, loose, steps)
    if target:
        assert found.online <= found.tightened <= expected * (1 + 1e-9)
    else:
        assert expected * (1 - 1e-9) <= found.tightened <= found.online


def test_more_rounds_tighten_towards_the_relaxation() -> None:
    problem = make(6, sites=4)
    none, some = (bounds(problem, np.zeros(POINTS, dtype=bool), 0.0, steps) for steps in (0, 300))
    assert some.tightened < none.tightened
    assert some.online == none.online


def test_inner_maximum_takes_one_tilt_of_a_slot_and_pays_a_site_once() -> None:
    problem = make(2)
    worth = np.full(len(problem), 100.0)
    got = inner(problem, worth, 1.0)
    assert len(set(problem.slot[got.chosen])) == len(got.chosen) == int(problem.slot.max()) + 1
    expected = 100.0 * got.chosen.size - problem.cost(got.chosen)
    assert got.value == pytest.approx(expected)
    for s in range(int(problem.slot.max()) + 1):
        own = np.flatnonzero(problem.slot == s)
        assert problem.price[own].min() in problem.price[np.intersect1d(own, got.chosen)]


def test_forced_sites_are_paid_in_the_bound_of_the_cost() -> None:
    problem = replace(make(1, target=True), target=0.0, forced=np.array([True, False, False]))
    found = bounds(problem, np.zeros(POINTS, dtype=bool), 1e3, 0)
    assert found.online >= problem.site_price[0]
