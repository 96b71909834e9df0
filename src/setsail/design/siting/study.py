"""The siting study: candidates, demand and costs to an answer with a proven gap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, UnknownName
from setsail.design.cost.items import Costs, Sharing
from setsail.design.cost.price import Prices, prices
from setsail.design.siting import bounds as proofs
from setsail.design.siting.configurations import Configurations, configurations
from setsail.design.siting.coverage import Coverage, coverage
from setsail.design.siting.greedy import State, cheapest_forced, greedy, pruned
from setsail.design.siting.inputs import Candidates, Demand
from setsail.design.siting.milp import Solved, solve
from setsail.design.siting.options import Aim, RadioChoice
from setsail.design.siting.problem import UNLIMITED, Answer, Problem

UNIFORM_RATIO = 1.0 - 1.0 / np.e
KNAPSACK_RATIO = 0.5 * UNIFORM_RATIO
CONTRADICTION = 1e-5
"""Relative slack before a bound of the solver is held to be wrong: ten times its own tolerance."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Everything a reader of the answer needs: the inputs, what was made of them, and the answer."""

    given: Candidates
    wanted: Demand
    found: Configurations
    cover: Coverage
    prices: Prices
    problem: Problem
    answer: Answer
    aim: Aim
    radio: RadioChoice
    costs: Costs
    sharing: Sharing


def study(given: Candidates, wanted: Demand, *, costs: Costs, sharing: Sharing, aim: Aim, radio: RadioChoice) -> Study:
    """The sites, bands and tilts for an aim. Raises BadInput, UnknownName, OutOfRange, MissingExtra, NotComputable."""
    found = configurations(given)
    priced = prices(
        costs, sharing, existing=given.existing, bands=found.bands, sectors=radio.sectors, overrides=given.overrides
    )
    strange = sorted(set(aim.capacity) - set(found.bands))
    if strange:
        raise UnknownName(f"is {strange[0]!r}", where="capacity", allowed=", ".join(found.bands))
    cover = coverage(given, wanted, found, radio)
    problem = _problem(given, wanted, found, cover=cover, priced=priced, aim=aim)
    require_affordable(problem)
    return Study(given, wanted, found, cover, priced, problem, answer(problem, aim), aim, radio, costs, sharing)


def answer(problem: Problem, aim: Aim) -> Answer:
    """The set for an aim: the greedy one with its bound, and with `milp` the one that HiGHS makes of it."""
    first = _start(problem, aim)
    if not first.reached or aim.method == "greedy":
        return first
    return _better(problem, first, solve(problem, first.chosen, aim.time_limit_s))


def require_affordable(problem: Problem) -> None:
    """Raises BadInput where the budget is below the forced sites, or below every single choice."""
    least = problem.cost(cheapest_forced(problem))
    if not problem.affords(least):
        raise BadInput(
            f"is {problem.budget:,.2f}, below the {least:,.2f} of the sites that are fixed in", where="budget",
            allowed=f"{least:,.2f} or more",
        )  # fmt: skip
    cheapest = float((problem.price + problem.site_price[problem.site]).min())
    if not problem.affords(cheapest):
        raise BadInput(
            f"is {problem.budget:,.2f}, below the cheapest candidate",
            where="budget",
            allowed=f"{cheapest:,.2f} or more",
        )


def _problem(
    given: Candidates, wanted: Demand, found: Configurations, *, cover: Coverage, priced: Prices, aim: Aim
) -> Problem:
    present = aim.money == "present"
    band = (priced.band_present if present else priced.band_once)[found.site, found.band]
    room = np.array([aim.capacity.get(name, UNLIMITED) for name in found.bands])[found.band]
    target = None if aim.share is None else aim.share * float(wanted.weight.sum())
    return Problem(
        cover, found.site, found.slot, band, priced.site_present if present else priced.site_once, given.fixed == 1,
        wanted.weight, room, UNLIMITED if aim.budget is None else aim.budget, target,
    )  # fmt: skip


def _start(problem: Problem, aim: Aim) -> Answer:
    """The greedy answer; where it misses the target, the most that can be covered, with the proof if there is one."""
    if problem.target is None:
        states = [greedy(problem, "ratio"), greedy(problem, "gain")]
        return _judged(problem, max(states, key=lambda s: s.value), aim)
    state = greedy(problem)
    if state.done():
        return _judged(problem, state, aim)
    most = replace(problem, target=None)
    best = _judged(most, greedy(most, "gain"), aim)
    if aim.method == "milp":
        best = _better(most, best, solve(most, best.chosen, aim.time_limit_s))
    if problem.reaches(best.value):
        return _of_set(problem, best.chosen, best.value, aim)
    notes = (*best.notes, _unreached(problem, best))
    cost = problem.cost(best.chosen)
    return replace(best, reached=False, cost=cost, notes=notes)


def _unreached(problem: Problem, best: Answer) -> str:
    total = float(problem.weight.sum())
    asked, most = (problem.target or 0.0) / total, best.bound / total
    if not problem.reaches(best.bound):
        return f"no choice covers the share {asked:.6g}: at most {most:.6g}"
    return f"the share {asked:.6g} was not reached and not proved out of reach: at most {most:.6g}"


def _judged(problem: Problem, state: State, aim: Aim) -> Answer:
    """The answer of a greedy set, without what it does not need."""
    chosen = np.array(sorted(state.chosen), dtype=np.int64)
    if problem.target is not None and not problem.capacitated:
        chosen = pruned(problem, chosen)
        return _of_set(problem, chosen, problem.covered(chosen), aim)
    return _of_set(problem, chosen, carried(problem, chosen) if problem.capacitated else state.value, aim)


def _of_set(problem: Problem, chosen: I64, value: float, aim: Aim) -> Answer:
    cost = problem.cost(chosen)
    objective = value if problem.target is None else cost
    covered = problem.coverage.counts(chosen) > 0
    found = proofs.bounds(problem, covered, objective, aim.bound_steps)
    told = {"online": found.online, "lagrange": found.tightened}
    return Answer(chosen, value, cost, objective, _tightest(problem, told), told, optimal=False)


def _tightest(problem: Problem, told: dict[str, float]) -> float:
    return min(told.values()) if problem.target is None else max(told.values())


def _better(problem: Problem, first: Answer, solved: Solved) -> Answer:
    """The better of two sets with the tighter of their bounds; every sum is taken again from the set itself."""
    best, told, notes = first, dict(first.bounds), [f"HiGHS ended with: {solved.status}"]
    if solved.chosen is not None:
        chosen = tidy(problem, solved.chosen)
        value, cost = carried(problem, chosen), problem.cost(chosen)
        objective = value if problem.target is None else cost
        gains = objective > first.objective if problem.target is None else objective < first.objective
        if gains and problem.affords(cost) and problem.reaches(value):
            best = replace(first, chosen=chosen, value=value, cost=cost, objective=objective)
    contradicted = _contradicted(problem, solved.bound, best.objective)
    if contradicted:
        notes.append(f"the bound of HiGHS, {solved.bound:g}, contradicts a set that was found, and is left aside")
    elif np.isfinite(solved.bound):
        told["highs"] = solved.bound
    bound = _tightest(problem, told)
    bound = max(bound, best.objective) if problem.target is None else min(bound, best.objective)
    optimal = solved.status == "optimal" and not contradicted
    return replace(best, bound=bound, bounds=told, optimal=optimal, notes=tuple(notes))


def _contradicted(problem: Problem, bound: float, objective: float) -> bool:
    """True where a set that was found is better than what the solver says no set can be."""
    slack = CONTRADICTION * max(abs(bound), abs(objective))
    return bound < objective - slack if problem.target is None else bound > objective + slack


def tidy(problem: Problem, chosen: I64) -> I64:
    """The set without configurations that cover nothing of their own; as it is where capacity counts."""
    if problem.capacitated:
        return chosen
    return pruned(replace(problem, target=problem.covered(chosen)), chosen)


def carried(problem: Problem, chosen: I64) -> float:
    """Demand that a set covers, or carries where capacity counts."""
    if not problem.capacitated:
        return problem.covered(chosen)
    return float(np.sum(load(problem, chosen)))


def load(problem: Problem, chosen: I64) -> F64:
    """(chosen,) demand that each configuration of a set carries when together they carry the most."""
    from setsail.design.siting.flow import most_carried  # noqa: PLC0415 - needed only where capacity counts

    return most_carried(problem, chosen)


def guarantee(problem: Problem) -> float | None:
    """Share of the best value that the greedy attains for certain before it runs; None where theory gives none.

    Source: Nemhauser, Wolsey, Fisher (1978) for equal costs; Leskovec et al. (KDD 2007) for the better of the greedy
    by gain and the greedy by gain for money under a budget. Neither covers sites that hold several configurations.
    """
    if problem.target is not None or problem.capacitated or not problem.modular:
        return None
    return UNIFORM_RATIO if problem.uniform else KNAPSACK_RATIO
