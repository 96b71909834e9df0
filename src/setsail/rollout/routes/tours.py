"""A bound by all tours that one crew can make: too few crews for every choice of tours that end by a time.

Source: the covering relaxation of Dantzig and Ramser's problem, Balinski and Quandt, Operations Research 12(2), 1964.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.routes.columns import prepare
from setsail.rollout.timing.frame import Frame, moment

MOST_SITES = 60
"""A set of sites is kept as bits of one number."""
MOST_TOURS = 400_000
"""Sets of sites in all, with the last of them, beyond which the argument is given up."""
MOST_WAYS = 4
"""Orders in which a set with its last site is met, on the average, beyond which there are too many to sort."""
CLOSE_S = 1
ADDED = 150
"""Tours taken into the linear program at once."""
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Tours:
    """Sets of sites that a crew of one class can serve. cover : (tours, sites) 0 or 1;  finish : least for each;
    who : the crews of this class.
    """

    cover: F64
    finish: I64
    who: tuple[int, ...]

    @property
    def crews(self) -> int:
        """How many crews the class has."""
        return len(self.who)


@dataclass(slots=True)
class Purse:
    """What an enumeration may cost. left : sets with their last site;  until : on the clock."""

    left: int
    until: float
    clock: Callable[[], float]

    def pay(self, count: int) -> None:
        """Raises TooManyError where it is used up."""
        self.left -= count
        self.require(0)

    def require(self, count: int) -> None:
        """Raises TooManyError where so many more could not be paid."""
        if self.left < count or self.clock() > self.until:
            raise TooManyError


class TooManyError(Exception):
    """More tours than are worth it."""


def least_finish(
    frame: Frame, sites: tuple[int, ...], ahead: I64, between: I64 | None, *, low: int, upper: int | None,
    seconds: float, clock: Callable[[], float] = time.perf_counter,
) -> tuple[int, str] | None:  # fmt: skip
    """No plan ends before this, and why; None where the argument is too costly or gives nothing above `low`.

    Let a plan end by F. The sites that a crew serves in it are a set that some order of visits serves by F, with sets
    at hand whenever it comes to its depot, any number of them aboard and no way longer than the shortest chain. So
    there is a choice of such sets, no more of a class than it has crews, that covers every site. If weights y >= 0 of
    the sites exist whose sum is more than the sum over classes of (crews) x (greatest weight of such a set), no choice
    covers all, not even a fractional one, and F is refuted. The weights come from a linear program; the inequality is
    checked over all sets.
    """
    if between is None or upper is None or len(sites) > MOST_SITES or any(frame.crews_at[p] > 1 for p in sites):
        return None
    until = clock() + seconds
    try:
        classes = classes_of(frame, sites, ahead, between, by=upper - 1, purse=Purse(MOST_TOURS, until, clock))
    except TooManyError:
        return None
    first = least_open(classes, low=low, upper=upper, count=len(sites), until=until, clock=clock)
    return None if first <= low else (first, told(frame, classes, first, len(sites)))


def told(frame: Frame, classes: list[Tours], first: int, count: int) -> str:
    """The argument in words, where all times before `first` are refuted."""
    crews = sum(one.crews for one in classes)
    return f"no choice of tours of {crews} crews serves all {count} sites before {moment(frame, first):%H:%M:%S}"


def least_open(
    classes: list[Tours], *, low: int, upper: int, count: int, until: float, clock: Callable[[], float]
) -> int:
    """The first time that is not refuted; all before it are. Looked for from `upper` on down, where it mostly lies."""
    reached, refuted, step = upper, low - 1, CLOSE_S
    while reached - refuted > CLOSE_S and clock() < until:
        tried = max((reached + refuted) // 2, reached - step)
        if _refuted(classes, tried, count, until, clock):
            refuted, step = tried, upper - low
        else:
            reached, step = tried, 4 * step
    return refuted + 1


def classes_of(frame: Frame, sites: tuple[int, ...], ahead: I64, between: I64, *, by: int, purse: Purse) -> list[Tours]:
    """Tours of each class of crews that are alike. Raises TooManyError."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for c, own in enumerate(frame.crews):
        alike.setdefault((ahead[c].tobytes(), own.have, own.until_s), []).append(c)
    way = between[np.ix_(np.array(sites), np.array(sites))]
    return [
        Tours(*_tours(frame, sites, ahead[crews[0]], way, c=crews[0], by=by, purse=purse), tuple(crews))
        for crews in alike.values()
    ]


def _tours(
    frame: Frame, sites: tuple[int, ...], ahead: I64, way: I64, *, c: int, by: int, purse: Purse
) -> tuple[F64, I64]:
    """All sets that end by `by`: of each set and last site the earliest end, site by site longer."""
    own = frame.crews[c]
    floor, work, remote, line, limit = (
        np.array([column[p] for p in sites], dtype=np.int64)
        for column in (frame.floor, frame.work, frame.remote, frame.line, frame.limit)
    )
    may = np.array([not frame.need[p] & ~own.have for p in sites])
    latest = np.minimum(np.minimum(limit, own.until_s), by - remote)
    latest[~may | (line + remote > by)] = -1
    bits = np.int64(1) << np.arange(len(sites), dtype=np.int64)
    end = np.maximum(ahead, floor) + work
    good = np.flatnonzero(end <= latest)
    layer = bits[good], good, end[good]
    masks, finishes = [], []
    while len(layer[0]):
        purse.pay(len(layer[0]))
        mask, last, ended = layer
        masks.append(mask)
        finishes.append(np.maximum(ended, line[last]) + remote[last])
        arrive = np.maximum(ended[:, None] + way[last], np.maximum(ahead, floor)[None, :]) + work[None, :]
        free = (mask[:, None] & bits[None, :]) == 0
        row, following = np.nonzero(free & (arrive <= latest[None, :]))
        purse.require(len(row) // MOST_WAYS)
        layer = _earliest(mask[row] | bits[following], following, arrive[row, following])
    if not masks:
        return np.zeros((0, len(sites))), np.zeros(0, dtype=np.int64)
    return _by_set(np.concatenate(masks), np.concatenate(finishes), bits)


def _earliest(mask: I64, last: I64, end: I64) -> tuple[I64, I64, I64]:
    """Of each set and last site the earliest end."""
    order = np.lexsort((end, last, mask))
    mask, last, end = mask[order], last[order], end[order]
    first = np.ones(len(mask), dtype=bool)
    first[1:] = (mask[1:] != mask[:-1]) | (last[1:] != last[:-1])
    return mask[first], last[first], end[first]


def _by_set(mask: I64, finish: I64, bits: I64) -> tuple[F64, I64]:
    """Of each set its least finish."""
    order = np.lexsort((finish, mask))
    mask, finish = mask[order], finish[order]
    first = np.ones(len(mask), dtype=bool)
    first[1:] = mask[1:] != mask[:-1]
    return ((mask[first, None] & bits[None, :]) != 0).astype(np.float64), finish[first]


def _refuted(classes: list[Tours], by: int, count: int, until: float, clock: Callable[[], float]) -> bool:
    """True where weights prove that the crews cannot cover all sites by then; False too where the time is over."""
    open_ = [one.cover[one.finish <= by] for one in classes]
    crews = np.array([one.crews for one in classes], dtype=np.float64)
    if not np.vstack([np.zeros((1, count)), *open_]).max(axis=0).all():
        return True
    taken = [np.zeros(0, dtype=np.int64) for _ in open_]
    weights = np.ones(count)
    while clock() < until:
        values = [cover @ weights for cover in open_]
        most = np.array([value.max(initial=0.0) for value in values])
        if weights.sum() > (crews * most).sum() + TOLERANCE:
            return True
        before = sum(map(len, taken))
        taken = [
            np.union1d(old, np.argsort(-value, kind="stable")[:ADDED]) for old, value in zip(taken, values, strict=True)
        ]
        if sum(map(len, taken)) == before:
            return False
        uncovered, weights = _weights([cover[rows] for cover, rows in zip(open_, taken, strict=True)], crews, count)
        if uncovered <= TOLERANCE:
            return False
    return False


def _weights(covers: list[F64], crews: F64, count: int) -> tuple[float, F64]:
    """How much of the sites stays uncovered by the tours taken, and what each site is worth (duals)."""
    optimize, sparse = prepare()
    sizes = [len(cover) for cover in covers]
    total = sum(sizes)
    cost = np.concatenate([np.zeros(total), np.ones(count)])
    cover = sparse.hstack([sparse.csr_array(np.vstack(covers).T), sparse.eye_array(count)])
    kind = sparse.csr_array(
        (np.ones(total), (np.repeat(np.arange(len(sizes)), sizes), np.arange(total))), shape=(len(sizes), total + count)
    )
    made: Any = optimize.linprog(
        cost, A_ub=sparse.vstack([-cover, kind]).tocsr(), b_ub=np.concatenate([-np.ones(count), crews]),
        bounds=(0, None), method="highs",
    )  # fmt: skip
    return float(made.fun), np.clip(-np.asarray(made.ineqlin.marginals[:count]), 0.0, 1.0)
