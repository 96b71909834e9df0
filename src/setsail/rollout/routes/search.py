"""Routes by iterated local search (PyVRP) on several threads, joined by the best choice among all routes met.

PyVRP lets go of Python's lock while it searches, so that threads use all cores and share one pool of routes.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setsail.base.errors import NotComputable
from setsail.base.extras import require
from setsail.rollout.routes import columns
from setsail.rollout.routes.columns import Column

if TYPE_CHECKING:
    from pyvrp import CostEvaluator, ProblemData, Route, Solution

PENALTY = 100.0
"""The library begins at 50,000 a unit of load and of time, and needs tens of thousands of iterations to come down to
where the search is quick: more than a few seconds allow. Here a unit of time begins at 100, one of load at the mean
distance, 100 at least."""
DEAREST, DEAREST_WAYS = 100_000.0, 10.0
"""No penalty grows above the first, the library's own limit, nor above so many mean distances where ways are longer:
below what a way costs, a vehicle that carries too much would be the cheaper choice."""
WORTH_KEEPING = 1.03
"""Routes of solutions dearer than this ratio of the best are not kept."""
MOST_COLUMNS = 40_000
SEARCHERS = 2
LEAST_ROUND_S = 0.02


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: `seconds` at most, `iterations` of each searcher where given (then a run can be repeated).

    rounds : after each the searchers meet and the best choice among all routes met is taken over.
    """

    seconds: float
    iterations: int | None = None
    rounds: int = 5
    choice_seconds: float = 0.5
    searchers: int = SEARCHERS


@dataclass(frozen=True, slots=True)
class Found:
    """The best solution (PyVRP's), which may be infeasible;  iterations : of all searchers together."""

    solution: Solution
    iterations: int


@dataclass(slots=True)
class _Searcher:
    """One local search with its penalties, its solution and its random numbers."""

    search: Any
    penalties: Any
    rng: Any
    current: Solution | None = None
    iterations: int = 0


@dataclass(slots=True)
class _Collector:
    """Keeps the routes of every good solution that the search meets (callbacks of the library)."""

    pool: dict[Column, int]

    def on_start(self, _search: object) -> None:
        """Nothing to do."""

    on_end = on_restart = on_best = on_start

    def on_iteration(self, _current: object, candidate: Solution, best: Solution, cost: CostEvaluator) -> None:
        """Keeps the routes of a feasible candidate that is not much dearer than the best."""
        if (
            len(self.pool) < MOST_COLUMNS
            and candidate.is_feasible()
            and cost.cost(candidate) <= WORTH_KEEPING * cost.cost(best)
        ):
            for route in candidate.routes():
                self.pool.setdefault((route.vehicle_type(), str(route)), _cost(route))


@dataclass(slots=True)
class _Meeting:
    """What the searchers share."""

    data: ProblemData
    pool: dict[Column, int] = field(default_factory=dict)
    best: Solution | None = None
    meeting_s: float = 0.0
    collecting: bool = True


def searched(
    data: ProblemData,
    effort: Effort,
    *,
    seed: int,
    clock: Callable[[], float] = time.perf_counter,
    start: Solution | None = None,
) -> Found:
    """The best solution of PyVRP's `data` that was found.

    start : a solution to begin from.  With `effort.iterations` the same seed gives the same solution as long as
    `effort.seconds` do not run out.  Raises MissingExtra.
    """
    columns.prepare()
    begun = clock()
    searchers = [_searcher(data, seed * effort.searchers + k) for k in range(effort.searchers)]
    for one in searchers:
        one.current = start
    shared = _Meeting(data)
    for k in range(effort.rounds):
        left = effort.seconds - (clock() - begun)
        if k and left < LEAST_ROUND_S:
            break
        _together(
            shared, searchers, max(LEAST_ROUND_S, left / (effort.rounds - k) - shared.meeting_s), _share(effort, k)
        )
        met = clock()
        _meet(shared, searchers, _choice_s(effort))
        shared.meeting_s = clock() - met
    if shared.best is None:
        raise NotComputable("found no solution at all", where="routes")
    return Found(shared.best, sum(one.iterations for one in searchers))


def feasible(
    data: ProblemData, start: Solution | None, *, seed: int, iterations: int, seconds: float, searchers: int = SEARCHERS
) -> list[Solution]:
    """The solutions in which each searcher ended that found a feasible one, in the order of their seeds."""
    stop = require("pyvrp.stop", "rollout")
    team = [_searcher(data, seed * searchers + k) for k in range(searchers)]
    for one in team:
        one.current = start
    shared = _Meeting(data, collecting=False)
    _together(shared, team, seconds, iterations, (stop.FirstFeasible(),))
    return [one.current for one in team if one.current is not None and one.current.is_feasible()]


def _choice_s(effort: Effort) -> float:
    """Seconds for one choice; where iterations end the search, the clock must not."""
    return effort.seconds if effort.iterations is not None else min(effort.choice_seconds, 0.1 * effort.seconds)


def _share(effort: Effort, k: int) -> int | None:
    """Iterations of round `k`."""
    if effort.iterations is None:
        return None
    return effort.iterations * (k + 1) // effort.rounds - effort.iterations * k // effort.rounds


def _searcher(data: ProblemData, seed: int) -> _Searcher:
    """A local search with all operators that the data allow."""
    pyvrp, search = require("pyvrp", "rollout"), require("pyvrp.search", "rollout")
    rng = pyvrp.RandomNumberGenerator(seed=seed)
    own = search.PerturbationManager(search.PerturbationParams())  # the default one is shared by all searches
    local = search.LocalSearch(data, rng, search.compute_neighbours(data), own)
    for operator in search.OPERATORS:
        if operator.supports(data):
            local.add_operator(operator(data))
    way = float(data.distance_matrix(0).mean())
    initial = ([max(PENALTY, way)] * data.num_load_dimensions, PENALTY, PENALTY)
    limits = pyvrp.PenaltyParams(max_penalty=max(DEAREST, DEAREST_WAYS * way))
    return _Searcher(local, pyvrp.PenaltyManager(initial, limits), rng)


def _together(
    shared: _Meeting, searchers: list[_Searcher], seconds: float, iterations: int | None, stops: tuple[Any, ...] = ()
) -> None:
    """One round: every searcher in a thread of its own."""
    failed: list[BaseException] = []

    def work(one: _Searcher) -> None:
        try:
            _walk(shared, one, seconds, iterations, stops)
        except BaseException as err:
            failed.append(err)

    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in searchers[1:]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", require("pyvrp.exceptions", "rollout").PenaltyBoundWarning)
        for thread in threads:
            thread.start()
        work(searchers[0])
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]


def _walk(shared: _Meeting, one: _Searcher, seconds: float, iterations: int | None, stops: tuple[Any, ...]) -> None:
    """The searcher goes on from where it stands."""
    pyvrp, stop = require("pyvrp", "rollout"), require("pyvrp.stop", "rollout")
    limits = [stop.MaxRuntime(seconds), *stops]
    if iterations is not None:
        limits.append(stop.MaxIterations(iterations))
    until = stop.MultipleCriteria(limits)
    if one.current is None:
        random = pyvrp.Solution.make_random(shared.data, one.rng)
        one.current = one.search(random, one.penalties.max_cost_evaluator(), exhaustive=True)
    params = pyvrp.IteratedLocalSearchParams(callbacks=_Collector(shared.pool) if shared.collecting else None)
    done = pyvrp.IteratedLocalSearch(shared.data, one.penalties, one.search, one.current, params).run(until, False)
    one.current, one.iterations = done.best, one.iterations + done.num_iterations


def _meet(shared: _Meeting, searchers: list[_Searcher], seconds: float) -> None:
    """Takes the best of the searchers, then the best choice among all routes met; the first goes on from it."""
    cost = searchers[0].penalties.cost_evaluator()
    for one in searchers:
        if one.current is not None and (shared.best is None or _rank(one.current, cost) < _rank(shared.best, cost)):
            shared.best = one.current
    if shared.best is None or not shared.best.is_feasible():
        return
    data = shared.data
    kinds = [kind.num_available for kind in data.vehicle_types()]
    choice = columns.cheapest(shared.pool, data.num_clients, kinds, below=cost.cost(shared.best), seconds=seconds)
    if choice.columns is not None:
        shared.best = assembled(data, choice.columns)
    searchers[0].current = shared.best


def _rank(solution: Solution, cost: CostEvaluator) -> tuple[bool, int]:
    """Feasible ones first, then the cheaper."""
    feasible = solution.is_feasible()
    return (not feasible, cost.cost(solution) if feasible else cost.penalised_cost(solution))


def assembled(data: ProblemData, chosen: tuple[Column, ...]) -> Solution:
    """The solution (PyVRP's) of these routes."""
    pyvrp = require("pyvrp", "rollout")
    routes = []
    for kind, stops in chosen:
        reload = data.vehicle_type(kind).reload_depots
        names = [f"D{reload[0]}" if stop == "|" else stop for stop in stops.split()]
        routes.append(pyvrp.Route(data, [pyvrp.Activity(name) for name in names], kind))
    made: Solution = pyvrp.Solution(data, routes)
    return made


def _cost(route: Route) -> int:
    """What a route adds to the objective."""
    return int(route.distance_cost() + route.duration_cost() + route.fixed_vehicle_cost())
