"""The answers against every possible set, and what they claim about themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.design.siting import study
from setsail.design.siting.milp import Solved
from setsail.design.siting.options import Aim
from setsail.design.siting.problem import Problem
from tests.design.siting.problems import best, make, shuffled

EXACT = 1e-6
"""Relative tolerance of the solver's own gap."""
SEEDS = st.integers(0, 100_000)
KINDS = st.fixed_dictionaries({"capacity": st.booleans(), "target": st.booleans(), "forced": st.booleans()})


def aim(problem: Problem, **choices: object) -> Aim:
    kind = {"budget": 1.0} if problem.target is None else {"share": 0.5}
    return Aim(**kind, **({"time_limit_s": 30.0} | choices))  # type: ignore[arg-type]


def affordable(problem: Problem) -> bool:
    return best(problem) is not None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS, kind=KINDS)
def test_milp_on_small_cases_equals_the_best_of_all_sets(seed: int, kind: dict[str, bool]) -> None:
    problem = make(seed, **kind)
    expected = best(problem)
    if expected is None and problem.target is None:
        return  # the door refuses such a budget
    found = study.answer(problem, aim(problem))
    assert found.reached == (expected is not None)
    if expected is not None:
        assert found.objective == pytest.approx(expected, rel=EXACT)
        assert found.bound == pytest.approx(expected, rel=2 * EXACT)
        assert found.cost == pytest.approx(problem.cost(found.chosen))
        assert found.value == pytest.approx(study.carried(problem, found.chosen))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(seed=SEEDS, kind=KINDS)
def test_greedy_set_is_allowed_and_its_bound_holds(seed: int, kind: dict[str, bool]) -> None:
    problem = make(seed, **kind)
    expected = best(problem)
    if expected is None and problem.target is None:
        return
    found = study.answer(problem, aim(problem, method="greedy"))
    slots = problem.slot[found.chosen]
    assert len(set(slots)) == len(slots)
    assert set(np.flatnonzero(problem.forced)) <= set(problem.site[found.chosen])
    assert found.value <= study.carried(problem, found.chosen) * (1 + 1e-9)
    if expected is None:
        assert not found.reached
    elif problem.target is None:
        assert problem.affords(found.cost)
        assert found.objective <= expected * (1 + 1e-9) <= found.bound * (1 + 2e-9)
    elif found.reached:
        assert found.objective >= expected * (1 - 1e-9) >= found.bound * (1 - 2e-9)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_greedy_keeps_its_guarantee_where_it_gives_one(seed: int) -> None:
    problem = make(seed, sites=6, single=True)
    ratio = study.guarantee(problem)
    assert ratio == study.KNAPSACK_RATIO
    expected = best(problem)
    assert expected is not None
    assert study.answer(problem, aim(problem, method="greedy")).objective >= ratio * expected
    equal = replace(problem, price=np.full(6, 5.0), site_price=np.zeros(6), budget=15.0)
    assert study.guarantee(equal) == pytest.approx(1 - 1 / np.e)
    assert study.answer(equal, aim(equal, method="greedy")).objective >= (1 - 1 / np.e) * (best(equal) or 0.0)


def test_greedy_guarantee_is_not_claimed_for_sites_of_several_configurations() -> None:
    assert study.guarantee(make(1)) is None
    assert study.guarantee(make(1, target=True)) is None


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=SEEDS, order=SEEDS, target=st.booleans())
def test_objective_does_not_change_with_the_order_of_the_input(seed: int, order: int, target: bool) -> None:
    problem = make(seed, target=target)
    if not affordable(problem):
        return
    one, two = study.answer(problem, aim(problem)), study.answer(shuffled(problem, order), aim(problem))
    assert one.objective == pytest.approx(two.objective, rel=EXACT)


@pytest.mark.parametrize("target", [False, True])
def test_time_limit_of_a_moment_still_gives_the_greedy_set_with_a_valid_bound(target: bool) -> None:
    problem = make(3, sites=4, target=target)
    rushed = study.answer(problem, aim(problem, time_limit_s=1e-6))
    start = study.answer(problem, aim(problem, method="greedy"))
    expected = best(problem)
    assert expected is not None
    if target:
        assert rushed.objective <= start.objective
        assert rushed.bound <= expected <= rushed.objective
    else:
        assert rushed.objective >= start.objective
        assert rushed.bound >= expected >= rushed.objective


def test_bound_of_the_solver_that_a_found_set_contradicts_is_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make(0)
    true = best(problem)
    assert true is not None
    monkeypatch.setattr(study, "solve", lambda *_: Solved(np.array([], dtype=np.int64), 0.5 * true, "optimal"))
    found = study.answer(problem, aim(problem))
    assert "highs" not in found.bounds
    assert found.bound >= true
    assert not found.optimal
    assert any("contradicts" in note for note in found.notes)


def test_set_of_the_solver_that_breaks_the_budget_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = replace(make(0, sites=4), budget=25.0)
    everything = np.array([np.flatnonzero(problem.slot == s)[0] for s in range(int(problem.slot.max()) + 1)])
    assert not problem.affords(problem.cost(everything))
    monkeypatch.setattr(study, "solve", lambda *_: Solved(everything, np.inf, "time limit reached"))
    found = study.answer(problem, aim(problem))
    assert problem.affords(found.cost)


def test_share_out_of_reach_is_proved_so_and_the_most_is_told() -> None:
    made = (replace(make(seed), budget=np.inf) for seed in range(100))
    problem, away = next((p, a) for p in made if (a := p.coverage.counts(np.arange(len(p))) == 0).any())
    weight = np.where(away, 50.0, problem.weight)
    asked = replace(problem, weight=weight, target=float(weight.sum()))
    found = study.answer(asked, aim(asked))
    assert not found.reached
    assert found.value < asked.target  # type: ignore[operator]
    assert any("no choice covers" in note for note in found.notes)


def test_chosen_set_holds_nothing_useless() -> None:
    problem = replace(make(7, sites=4), budget=1e9)
    found = study.answer(problem, aim(problem))
    for c in found.chosen:
        assert problem.covered(found.chosen[found.chosen != c]) < found.value
