"""The best choice of tours for a small rollout: all tours are known, an integer program (HiGHS) picks them.

What the tours leave out (the order on the bench, several trips) the exact times judge afterwards. Where those agree
with the choice, the plan has the earliest finish that there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.routes.bound import ways_of
from setsail.rollout.routes.columns import prepare
from setsail.rollout.routes.improving import key
from setsail.rollout.routes.start import within
from setsail.rollout.routes.tours import (
    MOST_SITES,
    MOST_TOURS,
    Purse,
    TooManyError,
    Tours,
    classes_of,
    least_open,
    told,
)
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.route import route_value
from setsail.rollout.timing.runs import Trips, run, stage_times

MOST_COLUMNS = 30_000
MOST_NODES = 2000
LONGEST_ORDERED = 7
"""Sites of one tour up to which every order is tried."""
SOLVED, INFEASIBLE = 0, 2


@dataclass(frozen=True, slots=True)
class Exact:
    """trips : None where none better were found;  bound : no plan ends before;  reason : why."""

    trips: Trips | None
    bound: int
    reason: str


def exact(
    frame: Frame, trips: Trips, *, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> Exact | None:
    """Trips that end before the given ones, or a proof that none do; None where there are too many tours.

    A choice of one tour for each crew, each site in exactly one, is sought for the earliest finish that the linear
    relaxation leaves open; where there is none, that finish is refuted and the next one is tried.
    """
    done = run(frame, trips)
    if frame.together or len(frame.todo) > MOST_SITES or done.score.broken_s:
        return None
    until, ways = clock() + seconds, ways_of(frame)
    if ways.between is None or set(ways.sites) != frame.todo:
        return None
    finish = max(done.accepted.values())
    purse = Purse(MOST_TOURS, until, clock)
    prepare()
    try:
        classes = classes_of(frame, ways.sites, ways.ahead, ways.between, by=finish - 1, purse=purse)
    except TooManyError:
        return None
    count = len(ways.sites)
    low = least_open(classes, low=0, upper=finish, count=count, until=until, clock=clock)
    best, by, proves = None, low, True
    known = sum(len(one.finish) for one in classes) <= MOST_COLUMNS
    while known and by < finish and clock() < until:
        rows = _chosen(frame, classes, by, count, until - clock())
        if rows is None:
            break
        if rows:
            best = _routed(frame, ways.sites, classes, rows)
            break
        proves = proves and _chosen(frame, classes, by, count, until - clock(), stones=False) == []
        by = _next(classes, by, finish)
        low = by if proves else low
    if best is not None and key(run(frame, best)) >= key(done):
        best = None
    return Exact(best, low, told(frame, classes, low, count))


def _next(classes: Sequence[Tours], after: int, finish: int) -> int:
    """The next finish of a tour."""
    later = np.concatenate([one.finish[one.finish > after] for one in classes])
    return min(finish, int(later.min(initial=finish)))


def _chosen(
    frame: Frame, classes: Sequence[Tours], by: int, count: int, seconds: float, *, stones: bool = True
) -> list[I64] | None:
    """The tours chosen of each class that all end by then; [] where there is no choice, None where it is not known.

    stones : milestones are to be met too, each tour taken to have all its sites but the last in time.
    """
    optimize, sparse = prepare()
    open_ = [np.flatnonzero(one.finish <= by) for one in classes]
    sizes = [len(rows) for rows in open_]
    cover = sparse.csr_array(np.vstack([one.cover[rows] for one, rows in zip(classes, open_, strict=True)]).T)
    kind = sparse.csr_array(
        (np.ones(sum(sizes)), (np.repeat(np.arange(len(sizes)), sizes), np.arange(sum(sizes)))),
        shape=(len(sizes), sum(sizes)),
    )
    wanted = _stones(frame, classes, open_) if stones else ()
    found = optimize.milp(
        np.zeros(sum(sizes)), integrality=np.ones(sum(sizes)), bounds=optimize.Bounds(0, 1),
        constraints=[
            optimize.LinearConstraint(cover, np.ones(count), np.ones(count)),
            optimize.LinearConstraint(kind, -np.inf, np.array([one.crews for one in classes])),
            *(optimize.LinearConstraint(row, need, np.inf) for row, need in wanted),
        ],
        options={"time_limit": max(0.05, seconds), "node_limit": MOST_NODES},
    )  # fmt: skip
    if found.status == INFEASIBLE:
        return []
    if found.x is None:
        return None
    ends = np.cumsum([0, *sizes])
    taken = found.x > 0.5
    return [rows[taken[a:b]] for rows, a, b in zip(open_, ends[:-1], ends[1:], strict=True)]


def _stones(frame: Frame, classes: Sequence[Tours], open_: Sequence[I64]) -> Iterator[tuple[F64, int]]:
    """For each milestone how many sites each tour has in time, and how many are needed of all."""
    for stone in frame.rollout.milestones:
        fixed = stage_times(frame, stone.stage, {}, {})
        if fixed is None:
            continue
        by = round((stone.by - frame.rollout.notice).total_seconds())
        remote = 0 if stone.stage == "accepted" else min(frame.remote[p] for p in frame.todo)
        rows = [
            one.cover[rows].sum(axis=1) - (one.finish[rows] - remote > by)
            for one, rows in zip(classes, open_, strict=True)
        ]
        yield np.concatenate(rows), stone.count - sum(t <= by for t in fixed)


def _routed(frame: Frame, sites: Sequence[int], classes: Sequence[Tours], chosen: Sequence[I64]) -> Trips:
    """The chosen tours as trips of the crews of their class, each in its best order."""
    trips: Trips = [[] for _ in frame.crews]
    for one, rows in zip(classes, chosen, strict=True):
        for c, row in zip(one.who, rows, strict=False):
            trips[c] = _ordered(frame, c, [sites[int(k)] for k in np.flatnonzero(one.cover[row])])
    return trips


def _ordered(frame: Frame, c: int, places: list[int]) -> list[list[int]]:
    """The trips of a crew that serve these places best."""
    orders = permutations(places) if len(places) <= LONGEST_ORDERED else [tuple(places)]
    made = (within(frame, c, [list(order)]) for order in orders)
    return min(made, key=lambda own: (route_value(frame, c, own, [0] * len(own)), own))
