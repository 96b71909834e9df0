"""The lazy greedy does what the plain one does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setsail.design.siting.greedy import State, greedy, pruned
from setsail.design.siting.problem import Problem
from tests.design.siting.problems import make


def plainly(problem: Problem) -> State:
    """Greedy by ratio, every score computed anew in every round."""
    state = State(problem)
    while True:
        scores = {}
        for c in range(len(problem)):
            free = problem.slot[c] not in state.closed and problem.affords(state.cost + state.price(c))
            if free and state.gain(c) > 0:
                scores[c] = state.gain(c) / max(state.price(c), 1e-12)
        if not scores or state.done():
            return state
        state.add(max(scores, key=lambda c: (scores[c], -c)))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("target", [False, True])
def test_lazy_greedy_takes_what_the_plain_one_takes(seed: int, target: bool) -> None:
    problem = make(seed, sites=5, target=target)
    rng = np.random.default_rng(seed)
    problem = replace(problem, price=problem.price + rng.random(len(problem)))  # without ties
    lazy, plain = greedy(problem), plainly(problem)
    assert lazy.value == pytest.approx(plain.value)
    assert lazy.cost == pytest.approx(plain.cost)


def test_open_site_makes_its_other_band_cheaper() -> None:
    problem = make(4)
    state = State(problem)
    first = 0
    before = [state.price(c) for c in range(len(problem))]
    state.add(first)
    for c in np.flatnonzero(problem.site == problem.site[first]):
        assert state.price(int(c)) == before[c] - problem.site_price[problem.site[first]]


def test_full_configuration_leaves_demand_to_others() -> None:
    problem = make(8, capacity=True)
    state = State(problem)
    c = int(np.argmax(problem.coverage.sums(problem.weight) - problem.capacity))
    state.add(c)
    assert state.value == pytest.approx(min(problem.capacity[c], problem.weight[problem.coverage.of(c)].sum()))
    assert state.left.sum() == pytest.approx(problem.weight.sum() - state.value)


def test_pruning_keeps_the_target_and_the_forced_site() -> None:
    problem = replace(make(9, target=True), forced=np.array([True, False, False]))
    everything = np.array([np.flatnonzero(problem.slot == s)[0] for s in range(int(problem.slot.max()) + 1)])
    problem = replace(problem, target=0.4 * problem.covered(everything))
    kept = pruned(problem, everything)
    assert problem.covered(kept) >= problem.target  # type: ignore[operator]
    assert 0 in problem.site[kept]
    assert len(kept) < len(everything)
