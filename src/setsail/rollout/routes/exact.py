"""The best choice of tours for a small rollout: all tours are known, an integer program (HiGHS) picks them.

What the tours leave out (who gets a set first where several crews load) the exact times judge afterwards. Where those
agree with the choice, the plan has the earliest finish that there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.routes.bound import simple_s, ways_of
from setsail.rollout.routes.covering import TOLERANCE, Covering, Opened, opened, told, tours_by
from setsail.rollout.routes.improving import key
from setsail.rollout.routes.masters import Master
from setsail.rollout.routes.programs import prepare, solved
from setsail.rollout.routes.tours import MOST_SITES, TooManyError
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import Trips, run

PUT_OFF_S = (0, 60, 240, 960, 3840)
"""Seconds after the first time that is not refuted by which a choice is sought."""
CHOICE_SHARE = 0.6
"""Of the seconds left, for one choice."""
OPEN_SHARE = 0.7
"""Of the seconds, until it is known what that time is."""
LONGEST_S = 960
"""By which the finish is put off at most where milestones are missed."""
WORTH = 300
"""Tours among which the integer program chooses: those that a choice would be least dearer with."""
PRICED = 400
"""Tours added at once where the costs of tours are weighed."""


@dataclass(frozen=True, slots=True)
class Exact:
    """trips : None where none better were found;  bound : no plan ends before;  reason : why."""

    trips: Trips | None
    bound: int
    reason: str


def exact(
    frame: Frame, trips: Trips, *, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> Exact | None:
    """Trips that are better than the given ones, or a proof that none end earlier; None where it does not apply.

    A choice of one tour for each crew, each site in exactly one, is sought for the earliest finish that the linear
    relaxation leaves open, and for later ones where there is none.  Of the choices for one finish the one with the
    least lateness, way and waiting is taken, and milestones are met where they can be.
    """
    done = run(frame, trips)
    if frame.together or not frame.todo or not frame.crews or len(frame.todo) > MOST_SITES:
        return None
    prepare()
    begun, sites = clock(), tuple(sorted(frame.todo))
    kept = not done.score.broken_s
    ways = ways_of(frame)
    if set(ways.sites) != frame.todo:
        return None
    low = simple_s(frame, ways).seconds
    upper = max(done.accepted.values()) if kept else low + _one_by_one(frame, sites)
    found = opened(frame, sites, low=low, upper=upper, until=begun + OPEN_SHARE * seconds, clock=clock)
    best = _best(frame, sites, found, upper=upper, until=begun + seconds, clock=clock) if found.open else None
    if best is not None and key(run(frame, best)) >= key(done):
        best = None
    return Exact(best, found.low, told(frame, found.low, len(sites)))


def _one_by_one(frame: Frame, sites: Sequence[int]) -> int:
    """Seconds in which one crew serves all sites, each on a trip of its own: what takes longer is not looked for."""
    n, homes = frame.n, {own.home for own in frame.crews}
    ways = (max(frame.seconds[home * n + p] + frame.seconds[p * n + home] for home in homes) for p in sites)
    load = max(own.load for own in frame.crews)
    return sum(load + frame.work[p] + way for p, way in zip(sites, ways, strict=True))


def _best(
    frame: Frame, sites: Sequence[int], found: Opened, *, upper: int, until: float, clock: Callable[[], float]
) -> Trips | None:
    """The trips of the choice that ends first; of a later one where their exact times are better."""
    best: Trips | None = None
    given, known = found.tours, found.by
    for more in PUT_OFF_S:
        by = min(found.low + more, upper)
        if clock() > until or (more and by == upper):
            break
        if by > known or given is None:
            try:
                given, known = tours_by(frame, sites, by, until=until, clock=clock), by
            except TooManyError:
                break
        given.until = until
        chosen = _chosen(given, by)
        if chosen is None:
            continue
        trips = _routed(frame, given, chosen)
        best = trips if best is None else min(best, trips, key=lambda one: key(run(frame, one)))
        if _settled(frame, best, by, more):
            break
    return best


def _settled(frame: Frame, best: Trips, by: int, more: int) -> bool:
    """True where a later finish cannot be better: milestones come before it, and those of all sites with it."""
    score = run(frame, best).score
    return score.finish_s <= by and (not score.short_s or more >= LONGEST_S)


def _chosen(given: Covering, by: int) -> list[I64] | None:
    """The tours of each class of a choice that ends by then, None where none was found."""
    master = given.choosing(by)
    rows = _worth(given, master, by)
    answer = solved(master.program(rows, whole=True), seconds=CHOICE_SHARE * (given.until - given.clock()))
    if answer.x is None:
        return None
    ends = np.cumsum([0, *(len(own) for own in rows)])
    taken = answer.x[: ends[-1]] > 0.5
    return [own[taken[a:b]] for own, a, b in zip(rows, ends[:-1], ends[1:], strict=True)]


def _worth(given: Covering, master: Master, by: int) -> list[I64]:
    """The tours that end by then with which the linear relaxation of the whole is least dearer."""
    ends = [one.by(by) for one in given.classes]
    rows = [own[own < end] for own, end in zip(given.taken, ends, strict=True)]
    reduced: list[F64] = []
    while not reduced or given.clock() < given.until:
        answer = solved(master.program(rows), seconds=given.until - given.clock())
        if answer.x is None:
            break
        reduced = master.reduced(ends, answer.duals)
        more = [np.union1d(own, _least(value)) for own, value in zip(rows, reduced, strict=True)]
        if sum(map(len, more)) == sum(map(len, rows)):
            break
        rows = more
    if sum(ends) <= WORTH or not reduced:
        return [np.arange(end) for end in ends] if sum(ends) <= WORTH else rows
    limit = np.partition(np.concatenate(reduced), WORTH)[WORTH]
    return [np.flatnonzero(value <= limit) for value in reduced]


def _least(reduced: F64) -> I64:
    """The tours that the relaxation would take, the least dear ones."""
    best = np.argpartition(reduced, PRICED)[:PRICED] if len(reduced) > PRICED else np.arange(len(reduced))
    return best[reduced[best] < -TOLERANCE]


def _routed(frame: Frame, given: Covering, chosen: Sequence[I64]) -> Trips:
    """The chosen tours as trips of the crews of their class."""
    trips: Trips = [[] for _ in frame.crews]
    for one, rows in zip(given.classes, chosen, strict=True):
        for c, row in zip(one.who, rows, strict=False):
            trips[c] = one.trips(int(row))
    return trips
