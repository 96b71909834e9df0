"""Routes of a part with an early last acceptance: PyVRP under a time limit that is drawn in step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setsail.rollout.routes import search
from setsail.rollout.routes.modelling import Model
from setsail.rollout.timing.runs import Trips

if TYPE_CHECKING:
    from pyvrp import Solution

ATTEMPT = 1000
"""Iterations of each searcher at one limit before it is taken as out of reach (which is no proof)."""
A_ROUND = 5
"""Iterations at one limit for each round that is asked for, `ATTEMPT` at most."""
LONGEST_ATTEMPT = 0.15
"""Of the seconds, for one limit."""
CLOSE_S = 20
"""A limit that is drawn in by less is not tried."""


def attempts(rounds: int | None) -> int:
    """Iterations at one limit where a search is to take so many rounds."""
    return ATTEMPT if rounds is None else min(ATTEMPT, max(20, A_ROUND * rounds))


@dataclass(frozen=True, slots=True)
class Descended:
    """trips : of the crews of the part, in its order;  finish : by the library's schedule;  reached : windows hold."""

    trips: Trips
    finish: int
    reached: bool


def descended(
    model: Model, *, seed: int, seconds: float, start: Trips | None = None, searchers: int = search.SEARCHERS,
    attempt: int = ATTEMPT, clock: Callable[[], float] = time.perf_counter,
) -> Descended:  # fmt: skip
    """Trips whose last acceptance is as early as could be reached, and of those short ones.

    attempt : iterations at one limit;  seconds : a cap; on a machine that is not overloaded the iterations end first,
    so that a run can be repeated.
    """
    until = clock() + seconds
    best = _first(model, start, seed=seed, seconds=seconds, searchers=searchers, attempt=attempt)
    if not best.reached:
        return best
    low = model.least()
    step, tries = (best.finish - low) // 4, 0
    while step >= CLOSE_S and best.finish > low and clock() < until:
        tries += 1
        left = min(until - clock(), seconds * LONGEST_ATTEMPT)
        target = max(low, best.finish - step)
        made = _attempt(model, best, target, seed=seed + tries, seconds=left, searchers=searchers, iterations=attempt)
        if made is None:
            step //= 3
        else:
            best = made
            step = min(step, best.finish - low)
    return best


def _first(model: Model, start: Trips | None, *, seed: int, seconds: float, searchers: int, attempt: int) -> Descended:
    """A feasible beginning: with all due times kept, else without, else the least bad one."""
    for dues in (True, False):
        data = model.data(None, dues=dues)
        begun = None if start is None else model.solution(data, start)
        effort = search.Effort(seconds / 6, iterations=attempt, rounds=1, choice_seconds=0, searchers=searchers)
        found = search.feasible(
            data, begun, seed=seed, iterations=4 * attempt, seconds=seconds / 4, searchers=searchers
        )
        if found:
            return _best(model, found)
    solution = search.searched(data, effort, seed=seed, start=begun).solution
    return Descended(model.trips(solution), model.finish(solution), reached=False)


def _attempt(
    model: Model, best: Descended, target: int, *, seed: int, seconds: float, searchers: int, iterations: int
) -> Descended | None:
    """Trips that end by `target`, from the best ones, if they were found."""
    data = model.data(target)
    found = search.feasible(
        data, model.solution(data, best.trips), seed=seed, iterations=iterations, seconds=max(0.01, seconds),
        searchers=searchers,
    )  # fmt: skip
    return _best(model, found) if found else None


def _best(model: Model, found: list[Solution]) -> Descended:
    """The earliest, and of those the shortest."""
    chosen = min(found, key=lambda one: (model.finish(one), one.distance()))
    return Descended(model.trips(chosen), model.finish(chosen), reached=True)
