"""Siting: the proof of HiGHS, the greedy with its bound, and the size at which memory still holds.

Peer of the greedy is the plain one, which computes every score in every round; peer of the proof is the greedy bound.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from typing import Any

import numpy as np

from setsail.base.arrays import I64
from setsail.design.siting.configurations import configurations
from setsail.design.siting.coverage import Coverage, coverage
from setsail.design.siting.greedy import State, greedy
from setsail.design.siting.inputs import Candidates, Demand
from setsail.design.siting.options import Aim, RadioChoice
from setsail.design.siting.problem import Problem
from setsail.design.siting.study import answer

SIZES = {"smoke": ((20, 300, 2.0),), "full": ((300, 6_000, 60.0), (3_000, 100_000, 0.0))}
"""Candidates, points, seconds for HiGHS (0: greedy alone)."""
DENSITY_PER_KM2 = 0.35
BUDGET_RATIO = 0.15
BANDS = ("n28", "n78")


def run(size: str) -> list[dict[str, Any]]:
    """One row per number of candidates. size : smoke or full. Raises AssertionError where a bound does not hold."""
    return [_case(size, *numbers) for numbers in SIZES[size]]


def _case(size: str, sites: int, points: int, seconds: float) -> dict[str, Any]:
    given, wanted = _country(sites, points)
    found = configurations(given)
    start = time.process_time()
    cover = coverage(given, wanted, found, RadioChoice())
    relation_s = time.process_time() - start
    problem = _problem(given, wanted, cover, found.site, found.slot)
    start = time.process_time()
    lazy = greedy(problem)
    lazy_s = time.process_time() - start
    row: dict[str, Any] = {
        "case": "siting", "size": size, "candidates": sites, "points": points, "pairs": int(cover.point.size),
        "seconds_relation": relation_s, "seconds_greedy": lazy_s,
    }  # fmt: skip
    quick = answer(problem, Aim(budget=1.0, method="greedy"))
    row |= {"greedy_gap": quick.gap_ratio, "online_gap": quick.bounds["online"] / quick.objective - 1.0}
    if seconds:
        row |= _proof(problem, lazy, seconds)
    row["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def _proof(problem: Problem, lazy: State, seconds: float) -> dict[str, Any]:
    start = time.process_time()
    plain = _plainly(problem)
    plain_s = time.process_time() - start
    assert abs(plain.value - lazy.value) <= 1e-9 * plain.value
    proved = answer(problem, Aim(budget=1.0, time_limit_s=seconds))
    assert lazy.value <= proved.objective <= proved.bound * (1.0 + 1e-9)
    return {"seconds_plain_greedy": plain_s, "highs_limit_s": seconds, "highs_gap": proved.gap_ratio}


def _plainly(problem: Problem) -> State:
    state = State(problem)
    while True:
        scores = {}
        for c in range(len(problem)):
            if problem.slot[c] not in state.closed and problem.affords(state.cost + state.price(c)):
                scores[c] = state.gain(c) / state.price(c)
        top = max(scores, key=lambda c: (scores[c], -c), default=None)
        if top is None or scores[top] <= 0.0:
            return state
        state.add(top)


def _country(sites: int, points: int) -> tuple[Candidates, Demand]:
    """Synthetic: candidates evenly, people in towns; the area grows with the number of candidates."""
    rng = np.random.default_rng(20_261)
    side_deg = (sites / DENSITY_PER_KM2) ** 0.5 / 111.2
    place = rng.uniform(0.0, side_deg, (sites, 2))
    towns = place[rng.integers(0, sites, points)] + rng.normal(0.0, 0.02, (points, 2))
    given = Candidates(
        tuple(map(str, range(sites))), 117.0 + place[:, 0], 20.0 + place[:, 1], rng.choice([25.0, 35.0], sites),
        np.zeros(sites, dtype=bool), np.zeros(sites, dtype=np.int64), (BANDS,) * sites,
        (("low", "medium", "high"),) * sites, np.zeros(sites), {},
    )  # fmt: skip
    wanted = Demand(
        tuple(map(str, range(points))), 117.0 + towns[:, 0], 20.0 + towns[:, 1], rng.pareto(2.0, points) + 0.1
    )
    return given, wanted


def _problem(given: Candidates, wanted: Demand, cover: Coverage, site: I64, slot: I64) -> Problem:
    rng = np.random.default_rng(1)
    sites, n = len(given), len(site)
    made = Problem(
        cover, site, slot, rng.uniform(30.0, 50.0, n), rng.uniform(50.0, 150.0, sites), np.zeros(sites, dtype=bool),
        wanted.weight, np.full(n, np.inf),
    )  # fmt: skip
    return replace(made, budget=140.0 * sites * BUDGET_RATIO)
