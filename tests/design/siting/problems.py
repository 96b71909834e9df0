"""Small random problems, and their optimum by trying every set."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from setsail.design.siting.coverage import Coverage
from setsail.design.siting.problem import Problem
from setsail.design.siting.study import carried

POINTS = 12


def make(
    seed: int,
    *,
    sites: int = 3,
    capacity: bool = False,
    target: bool = False,
    forced: bool = False,
    single: bool = False,
) -> Problem:
    """Sites with one or two bands of one or two tilts; `single`: one configuration a site."""
    rng = np.random.default_rng(seed)
    site: list[int] = []
    slot: list[int] = []
    for s in range(sites):
        for _ in range(1 if single else int(rng.integers(1, 3))):
            number = slot[-1] + 1 if slot else 0
            for _ in range(1 if single else int(rng.integers(1, 3))):
                site.append(s)
                slot.append(number)
    n = len(site)
    held = [np.flatnonzero(rng.random(POINTS) < 0.3).astype(np.int32) for _ in range(n)]
    first = np.concatenate([[0], np.cumsum([p.size for p in held])]).astype(np.int64)
    weight = rng.integers(0, 20, POINTS).astype(float)
    weight[0] = 5.0
    room = rng.integers(5, 40, n).astype(float) if capacity else np.full(n, np.inf)
    must = np.zeros(sites, dtype=bool)
    must[int(rng.integers(sites))] = forced
    made = Problem(
        Coverage(first, np.concatenate(held), POINTS), np.array(site), np.array(slot),
        rng.integers(1, 10, n).astype(float), rng.integers(0, 20, sites).astype(float), must, weight, room,
    )  # fmt: skip
    if target:
        return replace(made, target=float(rng.uniform(0.2, 0.8) * weight.sum()))
    return replace(made, budget=float(rng.uniform(32, 70)))


def best(problem: Problem) -> float | None:
    """The optimum by trying every allowed set; None where none is."""
    slots = [[None, *np.flatnonzero(problem.slot == s)] for s in range(int(problem.slot.max()) + 1)]
    found: list[float] = []
    for picks in itertools.product(*slots):
        chosen = np.array([c for c in picks if c is not None], dtype=np.int64)
        sites = set(problem.site[chosen])
        if any(must and s not in sites for s, must in enumerate(problem.forced)):
            continue
        cost = problem.cost(chosen)
        if not problem.affords(cost):
            continue
        value = carried(problem, chosen)
        if problem.reaches(value):
            found.append(value if problem.target is None else -cost)
    if not found:
        return None
    return max(found) if problem.target is None else -max(found)


def shuffled(problem: Problem, seed: int) -> Problem:
    """The same problem with sites, slots, configurations and points in another order."""
    rng = np.random.default_rng(seed)
    sites, slots = rng.permutation(len(problem.site_price)), rng.permutation(int(problem.slot.max()) + 1)
    points = rng.permutation(len(problem.weight))
    site, slot = sites[problem.site], slots[problem.slot]
    order = np.lexsort((rng.random(len(problem)), slot, site))
    renumbered = {old: new for new, old in enumerate(dict.fromkeys(slot[order]))}
    held = [np.sort(points[problem.coverage.of(int(c))]).astype(np.int32) for c in order]
    first = np.concatenate([[0], np.cumsum([p.size for p in held])]).astype(np.int64)
    weight, site_price = np.empty_like(problem.weight), np.empty_like(problem.site_price)
    forced = np.empty_like(problem.forced)
    weight[points], site_price[sites], forced[sites] = problem.weight, problem.site_price, problem.forced
    return replace(
        problem, coverage=Coverage(first, np.concatenate(held), len(weight)), site=site[order],
        slot=np.array([renumbered[s] for s in slot[order]]), price=problem.price[order], site_price=site_price,
        forced=forced, weight=weight, capacity=problem.capacity[order],
    )  # fmt: skip
