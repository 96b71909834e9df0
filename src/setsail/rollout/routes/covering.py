"""Too few crews or sets for every choice of tours that end by a time: a bound, and the tours worth choosing from.

Let a plan end by F. The sites that a crew serves in it are a set that some order of visits serves by F. So there is a
choice of such sets, no more of a class than it has crews, with no more sets from a depot than it can have, in which
every site is. If weights y >= 0 of the sites and prices s >= 0 of a set of each depot exist so that the sum of weights
is more than the sum over classes of (crews) x (greatest weight of a tour less the price of its sets) and all sets that
the depots can have at their price, no choice covers all, not even a fractional one, and F is refuted. Weights and
prices come from a linear program; the inequality is checked over all tours.
Source: the covering relaxation of Dantzig and Ramser's problem, Balinski and Quandt, Operations Research 12(2), 1964.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.routes.growing import classes_of
from setsail.rollout.routes.masters import Master, Row
from setsail.rollout.routes.programs import solved
from setsail.rollout.routes.stones import Step, steps
from setsail.rollout.routes.tours import MOST_SITES, Purse, TooManyError, Tours
from setsail.rollout.timing.frame import Frame, moment

MOST_TOURS = 400_000
"""Sets of sites in all, with the last of them, beyond which the argument is given up."""
GROWTH = 1.5
"""Times as long as one step takes the next, at least; one that does not fit the seconds is not begun."""
ADDED = 150
"""Tours of each class taken into the linear program at once."""
TOLERANCE = 1e-6


class Stock(NamedTuple):
    """Of the sets of a depot no more than `sets` can be there before a second."""

    home: int
    before: int
    sets: int


@dataclass(slots=True)
class Covering:
    """Tours of all classes that end by a time, and the weights of sites and prices of sets that were found for them.

    stock : what each depot can give by then;  tiers : and before each time at which it has more;  taken : tours in the
    linear program, by class;  reached : when the tours end of the last fractional choice that serves all.
    """

    classes: list[Tours]
    count: int
    stock: list[Stock]
    tiers: list[Stock]
    steps: list[Step]
    until: float
    clock: Callable[[], float]
    weights: F64 = field(init=False)
    prices: F64 = field(init=False)
    taken: list[I64] = field(init=False)
    reached: int = 0

    def __post_init__(self) -> None:
        self.weights, self.prices = np.ones(self.count), np.zeros(len(self.stock))
        self.taken = [np.zeros(0, dtype=np.int64) for _ in self.classes]

    def refuted(self, by: int) -> bool | None:
        """True where weights prove that no choice of tours that end by then serves all; None where time is over."""
        ends = [one.by(by) for one in self.classes]
        covered = np.any([one.cover[:end].any(axis=0) for one, end in zip(self.classes, ends, strict=True)], axis=0)
        if not covered.all():
            self.weights, self.prices = (~covered).astype(np.float64), np.zeros(len(self.stock))
            return True
        rows = [own[own < end] for own, end in zip(self.taken, ends, strict=True)]
        before = -1
        while self.clock() < self.until:
            values = self._values(ends)
            if self.weights.sum() > self._most(values) + TOLERANCE:
                return True
            rows = [_with_best(own, value) for own, value in zip(rows, values, strict=True)]
            if sum(map(len, rows)) == before:
                return False
            before = sum(map(len, rows))
            self.taken = [np.union1d(old, new) for old, new in zip(self.taken, rows, strict=True)]
            if self._covered(rows):
                return False
        return None

    def _values(self, ends: Sequence[int]) -> list[F64]:
        """What each tour is worth: the weight of its sites less the price of its sets."""
        return [
            one.cover[:end] @ self.weights - self._price(one) * one.loaded[:end]
            for one, end in zip(self.classes, ends, strict=True)
        ]

    def _price(self, one: Tours) -> float:
        """The price of a set of the depot of a class."""
        return float(sum(price for price, stock in zip(self.prices, self.stock, strict=True) if stock.home == one.home))

    def _most(self, values: Sequence[F64]) -> float:
        """What all crews and sets are worth at most."""
        crews = sum(one.crews * value.max(initial=0.0) for one, value in zip(self.classes, values, strict=True))
        return float(crews + self._all_sets())

    def _all_sets(self) -> float:
        """What all sets that the depots can have cost."""
        return float(self.prices @ np.array([stock.sets for stock in self.stock], dtype=np.float64))

    def _covered(self, rows: Sequence[I64]) -> bool:
        """True where a fractional choice of these tours serves all; else weights and prices say why none does."""
        answer = solved(self.master().program(rows), seconds=max(0.0, self.until - self.clock()))
        if answer.x is None or not len(answer.duals):
            return False
        if answer.value <= TOLERANCE:
            used = np.flatnonzero(answer.x[: sum(map(len, rows))] > TOLERANCE)
            finish = np.concatenate([one.finish[own] for one, own in zip(self.classes, rows, strict=True)])
            self.reached = int(finish[used].max(initial=0))
            return True
        count, classes = self.count, len(self.classes)
        self.weights = np.clip(answer.duals[:count], 0.0, 1.0)
        self.prices = np.clip(-answer.duals[count + classes : count + classes + len(self.stock)], 0.0, None)
        return False

    def master(self) -> Master:
        """The program of which sites can be served at all, with the sets that can be there."""
        return Master(self.classes, self.count, [self._limit(stock) for stock in self.stock])

    def choosing(self, by: int) -> Master:
        """The program of the best choice that ends by then, where sets come one after the other.

        A tour that ends earlier can wait for its sets so much longer.
        """
        rows = [self._limit(stock) for stock in self.stock]
        for home, before, sets in self.tiers:
            soon = [one.needs + by - one.finish < before for one in self.classes]
            of = [
                (one.loaded * early * (one.home == home)).astype(np.float64)
                for one, early in zip(self.classes, soon, strict=True)
            ]
            rows.append(Row(of, sets))
        for k, step in enumerate(self.steps):
            rows.append(Row([one.stones[:, k].astype(np.float64) for one in self.classes], step.missing, step.costs))
        return Master(self.classes, self.count, rows, costs=True)

    def _limit(self, stock: Stock) -> Row:
        return Row([(one.loaded * (one.home == stock.home)).astype(np.float64) for one in self.classes], stock.sets)

    def refuted_until(self, by: int) -> int:
        """The last time that the present weights refute, where they refute `by`; no later than all tours are known."""
        values = self._values([len(one) for one in self.classes])
        best = [np.maximum.accumulate(np.concatenate([[0.0], value])) for value in values]
        times = [one.finish[np.flatnonzero(np.diff(most) > 0)] for one, most in zip(self.classes, best, strict=True)]
        later = np.unique(np.concatenate([when[when > by] for when in times]))
        for when in later:
            crews = sum(one.crews * most[one.by(int(when))] for one, most in zip(self.classes, best, strict=True))
            if self.weights.sum() <= crews + self._all_sets() + TOLERANCE:
                return int(when) - 1
        return max((int(one.finish[-1]) for one in self.classes if len(one)), default=by)


def _with_best(taken: I64, value: F64) -> I64:
    """The tours taken and those that are worth most."""
    best = np.argpartition(-value, ADDED)[:ADDED] if len(value) > ADDED else np.arange(len(value))
    return np.union1d(taken, best[value[best] > TOLERANCE])


@dataclass(frozen=True, slots=True)
class Opened:
    """No choice of tours ends before `low`.  tours : those that end by `by` or before, None where they are too many;

    open : a fractional choice of them ends at `low`.
    """

    low: int
    by: int
    tours: Covering | None
    open: bool


def opened(
    frame: Frame, sites: Sequence[int], *, low: int, upper: int, until: float, clock: Callable[[], float]
) -> Opened:
    """The first time that is not refuted, with the tours that end by about then.

    From `low`, which no plan beats, up to `upper` by steps: tours that end early are few, and found at once.
    """
    found: Opened = Opened(low, low - 1, None, open=False)
    by, taken = min(low, upper - 1), 0.0
    while by >= found.low and clock() + GROWTH * taken < until:
        begun = clock()
        try:
            given = tours_by(frame, sites, by, until=until, clock=clock)
        except TooManyError:
            return Opened(found.low, found.by, None, open=False)
        found = _between(given, found.low, by)
        if found.open:
            break
        by, taken = min(upper - 1, by + _step(frame, sites)), clock() - begun
    return found


def tours_by(frame: Frame, sites: Sequence[int], by: int, *, until: float, clock: Callable[[], float]) -> Covering:
    """All tours that end by then. Raises TooManyError."""
    classes = classes_of(frame, sites, by=by, purse=Purse(MOST_TOURS, until, clock))
    homes = sorted({own.home for own in frame.crews})
    given = {home: _given(frame, home, sites, by) for home in homes}
    stock = [Stock(home, by + 1, len(given[home])) for home in homes]
    tiers = [Stock(home, when, given[home].index(when)) for home in homes for when in sorted(set(given[home]))]
    return Covering(classes, len(sites), stock, tiers, steps(frame), until, clock)


def _given(frame: Frame, home: int, sites: Sequence[int], by: int) -> list[int]:
    """When the sets are there that a depot can have by then."""
    needed = sum(frame.bring[p] for p in sites)
    return [one.end for one in frame.supplies[home].first(needed) if one.end <= by]


def _step(frame: Frame, sites: Sequence[int]) -> int:
    """Seconds by which the time is put off where all before it is refuted: about half the work at a site."""
    return max(60, sum(frame.work[p] for p in sites) // (2 * len(sites)))


def _between(given: Covering, low: int, by: int) -> Opened:
    """The first time from `low` to `by` that the tours leave open, or the one after `by`."""
    first = given.refuted(by)
    if first is not False:
        return Opened(by + 1 if first else low, by, given, open=False)
    refuted, reached = low - 1, min(by, given.reached)
    while reached - refuted > 1:
        tried = (refuted + reached) // 2
        told = given.refuted(tried)
        if told is None:
            return Opened(refuted + 1, by, given, open=True)
        if told:
            refuted = min(reached - 1, max(tried, given.refuted_until(tried)))
        else:
            reached = min(tried, given.reached)
    return Opened(reached, by, given, open=True)


def least_finish(
    frame: Frame, sites: tuple[int, ...], *, low: int, upper: int | None, seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[int, str] | None:  # fmt: skip
    """No plan ends before this, and why; None where the argument does not apply or gives nothing above `low`."""
    if upper is None or len(sites) > MOST_SITES or any(frame.crews_at[p] > 1 for p in sites):
        return None
    found = opened(frame, sites, low=low, upper=upper, until=clock() + seconds, clock=clock)
    return None if found.low <= low else (found.low, told(frame, found.low, len(sites)))


def told(frame: Frame, first: int, count: int) -> str:
    """The argument in words, where all times before `first` are refuted."""
    crews = len(frame.crews)
    return f"no choice of tours of {crews} crews serves all {count} sites before {moment(frame, first):%H:%M:%S}"
