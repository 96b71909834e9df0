"""Lazy greedy: the configuration with the most new demand for its money, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.design.siting.problem import ROUNDING, Problem

Rule = Literal["ratio", "gain"]


@dataclass(slots=True)
class State:
    """A set that grows: what is left of the demand, of the money and of the choices.

    left : (m,) demand not yet covered;  opened : sites paid for;  closed : slots taken;  served : how each chosen
    configuration's capacity was used.
    """

    problem: Problem
    left: F64 = field(init=False)
    chosen: list[int] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    value: float = 0.0
    cost: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.problem.weight.copy()

    def gain(self, c: int) -> float:
        """Demand that `c` would add; never grows as the set grows."""
        new = min(float(self.left[self.problem.coverage.of(c)].sum()), float(self.problem.capacity[c]))
        target = self.problem.target
        return new if target is None else min(new, max(target - self.value, 0.0))

    def price(self, c: int) -> float:
        """Cost that `c` would add; the site is paid once."""
        site = int(self.problem.site[c])
        return float(self.problem.price[c] + (0.0 if site in self.opened else self.problem.site_price[site]))

    def add(self, c: int) -> None:
        """Takes `c`."""
        self.cost += self.price(c)
        self.value += self._serve(c)
        self.chosen.append(c)
        self.opened.add(int(self.problem.site[c]))
        self.closed.add(int(self.problem.slot[c]))

    def _serve(self, c: int) -> float:
        points = self.problem.coverage.of(c)
        wanted = self.left[points]
        room = float(self.problem.capacity[c])
        if wanted.sum() <= room:
            self.left[points] = 0.0
            return float(wanted.sum())
        before = np.cumsum(wanted) - wanted
        taken = np.clip(room - before, 0.0, wanted)
        self.left[points] = wanted - taken
        return float(taken.sum())

    def done(self) -> bool:
        """True where the target is met."""
        target = self.problem.target
        return target is not None and self.problem.reaches(self.value)


def greedy(problem: Problem, rule: Rule = "ratio", start: Iterable[int] = ()) -> State:
    """The greedy set, grown from `start` and from one configuration for every forced site.

    Gains never grow, so a stored one is an upper bound and only the top of the heap is recomputed (lazy evaluation,
    Minoux 1978). When a site is opened its other configurations become cheaper and are put into the heap anew.
    """
    state = State(problem)
    for c in start:
        state.add(int(c))
    _force(state)
    mates: dict[int, list[int]] = {}
    for c in range(len(problem)):
        mates.setdefault(int(problem.site[c]), []).append(c)
    gains = problem.coverage.sums(problem.weight)
    heap = [(-_score(state, c, float(min(gains[c], problem.capacity[c])), rule), c) for c in range(len(problem))]
    heapq.heapify(heap)
    while heap and not state.done():
        stored, c = heapq.heappop(heap)
        if stored == 0.0:
            break
        if int(problem.slot[c]) in state.closed or not problem.affords(state.cost + state.price(c)):
            continue
        score = _score(state, c, state.gain(c), rule)
        if heap and score < -heap[0][0] * (1.0 - ROUNDING):
            heapq.heappush(heap, (-score, c))
            continue
        if score <= 0.0:
            continue
        fresh = int(problem.site[c]) not in state.opened
        state.add(c)
        for mate in mates[int(problem.site[c])] if fresh else ():
            if int(problem.slot[mate]) not in state.closed:
                heapq.heappush(heap, (-_score(state, mate, state.gain(mate), rule), mate))
    return state


def pruned(problem: Problem, chosen: I64) -> I64:
    """The set without configurations that the target does not need, the dearest first; capacity must be unlimited."""
    counts = problem.coverage.counts(chosen)
    value = float(problem.weight[counts > 0].sum())
    kept = list(map(int, chosen))
    for c in sorted(kept, key=lambda c: -problem.price[c]):
        alone = problem.forced[problem.site[c]] and sum(problem.site[k] == problem.site[c] for k in kept) == 1
        points = problem.coverage.of(c)
        lost = float(problem.weight[points[counts[points] == 1]].sum())
        if not alone and problem.reaches(value - lost):
            counts[points] -= 1
            value -= lost
            kept.remove(c)
    return np.array(sorted(kept), dtype=np.int64)


def cheapest_forced(problem: Problem) -> I64:
    """One configuration, the cheapest, for every forced site."""
    found = []
    for site in np.flatnonzero(problem.forced):
        own = np.flatnonzero(problem.site == site)
        found.append(int(own[np.argmin(problem.price[own])]))
    return np.array(found, dtype=np.int64)


def _force(state: State) -> None:
    """One configuration for every forced site: the best for its money that leaves enough for the others."""
    problem = state.problem
    cheapest = {int(problem.site[c]): int(c) for c in cheapest_forced(problem)}
    waiting = {s: c for s, c in cheapest.items() if s not in state.opened}
    for site in list(waiting):
        del waiting[site]
        kept = problem.cost(np.array(list(waiting.values()), dtype=np.int64)) if waiting else 0.0
        own = np.flatnonzero(problem.site == site)
        fits = [int(c) for c in own if problem.affords(state.cost + state.price(int(c)) + kept)] or [cheapest[site]]
        state.add(max(fits, key=lambda c: (_score(state, c, state.gain(c), "ratio"), -problem.price[c], -c)))


def _score(state: State, c: int, gain: float, rule: Rule) -> float:
    if rule == "gain" or gain <= 0.0:
        return gain
    price = state.price(c)
    return gain / price if price > 0.0 else gain * 1e15
