"""The fewest heads of a floor: a mixed-integer program over candidate places, with what it proves and what binds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from setsail.base.arrays import F64, I64, Bool
from setsail.design.siting.milp import Model, run

SLACK = 1e-9
BOUND_SLACK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is asked of a floor.

    covers : (n, m) whether a candidate reaches what a point needs;  backs : (n, m) whether it reaches the level of a
    second server;  group : (m,) room of each point;  share : least share of all points, by weight;
    room_share : (rooms,) of the points of each room, 0 for no need of its own;  second_share : (rooms,) of points that
    two heads reach;  weight : (m,);  price : (n,);  fixed : (n,) heads that stand there.
    """

    covers: Bool
    backs: Bool
    group: I64
    share: float
    room_share: F64
    second_share: F64
    weight: F64
    price: F64
    fixed: Bool

    @property
    def rooms(self) -> int:
        """Number of rooms."""
        return self.room_share.size


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What all candidates together reach: share of the floor, and of each room with one and with two heads."""

    share: float
    room_share: F64
    second_share: F64


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The chosen candidates, the price, a proven lower bound of the price of any set, and how the search ended."""

    index: I64
    price: float
    bound: float
    status: str

    @property
    def gap_ratio(self) -> float:
        """Distance of the price from the bound over the price; 0 without heads."""
        return max(self.price - self.bound, 0.0) / self.price if self.price > 0.0 else 0.0


def by_room(values: F64, group: I64, rooms: int) -> F64:
    """(rooms,) sum of a value of every point."""
    return np.asarray(np.bincount(group, weights=values, minlength=rooms), dtype=np.float64)


def shares(wanted: Wanted, index: I64) -> Limits:
    """What a set of candidates reaches."""
    held = wanted.covers[index].any(axis=0)
    twice = wanted.backs[index].sum(axis=0) >= 2
    size = np.maximum(by_room(np.ones(wanted.group.size), wanted.group, wanted.rooms), 1.0)
    total = max(float(wanted.weight.sum()), SLACK)
    return Limits(
        float(wanted.weight[held].sum()) / total, by_room(held.astype(float), wanted.group, wanted.rooms) / size,
        by_room(twice.astype(float), wanted.group, wanted.rooms) / size,
    )  # fmt: skip


def reachable(wanted: Wanted) -> tuple[Wanted, Limits]:
    """The same with every share cut to what all candidates together reach, and those limits."""
    most = shares(wanted, np.arange(wanted.price.size))
    cut = Wanted(
        wanted.covers, wanted.backs, wanted.group, min(wanted.share, most.share),
        np.minimum(wanted.room_share, most.room_share), np.minimum(wanted.second_share, most.second_share),
        wanted.weight, wanted.price, wanted.fixed,
    )  # fmt: skip
    return cut, most


def meets(wanted: Wanted, index: I64) -> bool:
    """True where a set reaches every share asked for."""
    got = shares(wanted, index)
    return bool(
        got.share >= wanted.share - SLACK
        and np.all(got.room_share >= wanted.room_share - SLACK)
        and np.all(got.second_share >= wanted.second_share - SLACK)
    )


def greedy(wanted: Wanted) -> I64:
    """A set that reaches every share (which must be reachable): most new need for its price, then without the idle."""
    size = np.maximum(by_room(np.ones(wanted.group.size), wanted.group, wanted.rooms), 1.0)
    covers, backs = wanted.covers.astype(np.float32), wanted.backs.astype(np.float32)
    chosen: list[int] = np.flatnonzero(wanted.fixed).tolist()
    for _ in range(wanted.price.size):
        index = np.array(chosen, dtype=np.int64)
        if meets(wanted, index):
            break
        got = shares(wanted, index)
        held = wanted.covers[index].any(axis=0)
        count = wanted.backs[index].sum(axis=0)
        short = got.room_share < wanted.room_share - SLACK
        thin = got.second_share < wanted.second_share - SLACK
        floor = wanted.weight * ((got.share < wanted.share - SLACK) * ~held)
        room = (short[wanted.group] & ~held) * (1.0 / size[wanted.group])
        second = (thin[wanted.group] & (count < 2)) * (0.5 / size[wanted.group])
        unit = max(float(wanted.weight.mean()), SLACK)
        gain = covers @ (floor / unit + room * wanted.weight.size / wanted.rooms).astype(np.float32)
        gain += backs @ (second * wanted.weight.size / wanted.rooms).astype(np.float32)
        gain[index] = -1.0
        best = int(np.argmax(gain / np.maximum(wanted.price, SLACK)))
        if gain[best] <= 0.0:
            break
        chosen.append(best)
    return _pruned(wanted, chosen)


def _pruned(wanted: Wanted, chosen: list[int]) -> I64:
    kept = sorted(chosen)
    for c in sorted(chosen, key=lambda c: (-wanted.price[c], -c)):
        left = np.array([k for k in kept if k != c], dtype=np.int64)
        if not wanted.fixed[c] and meets(wanted, left):
            kept = left.tolist()
    return np.array(kept, dtype=np.int64)


def swapped(wanted: Wanted, index: I64, rounds: int = 2) -> I64:
    """The set after exchanges of two heads for one, while there are any."""
    best = index
    for _ in range(rounds):
        found = _two_for_one(wanted, best)
        if found is None:
            return best
        best = found
    return best


def _two_for_one(wanted: Wanted, index: I64) -> I64 | None:
    free = [int(c) for c in index if not wanted.fixed[c]]
    rooms, covers = _Rooms(wanted, index), wanted.covers.astype(np.float64)
    for i, a in enumerate(free):
        for b in free[i + 1 :]:
            held, backed = rooms.without(a, b)
            lost = np.flatnonzero((wanted.covers[a] | wanted.covers[b]) & ~held)
            order = np.argsort(-(covers[:, lost] @ wanted.weight[lost]), kind="stable")
            for c in order[:3].tolist():
                if rooms.short(held | wanted.covers[c], backed + wanted.backs[c]):
                    continue
                tried = np.unique(np.append(index[(index != a) & (index != b)], c))
                if meets(wanted, tried):
                    return tried
    return None


class _Rooms:
    """How often a set reaches each point, and what is left of that in the rooms without two of its heads."""

    def __init__(self, wanted: Wanted, index: I64) -> None:
        self._wanted = wanted
        self._held, self._backed = wanted.covers[index].sum(axis=0), wanted.backs[index].sum(axis=0)
        self._size = np.maximum(by_room(np.ones(wanted.group.size), wanted.group, wanted.rooms), 1.0)

    def without(self, a: int, b: int) -> tuple[Bool, I64]:
        """(m,) points that the set reaches without two heads, and how many back each of them."""
        covers, backs = self._wanted.covers, self._wanted.backs
        held = self._held > covers[a].astype(np.int64) + covers[b]
        return held, self._backed - backs[a] - backs[b]

    def short(self, held: Bool, backed: I64) -> bool:
        """True where a room does not get its share, so that no set with these points need be looked at further."""
        asked = self._wanted
        pairs = (held, asked.room_share), (backed >= 2, asked.second_share)
        return any(
            bool(np.any(np.bincount(asked.group[hit], minlength=asked.rooms) / self._size < share - SLACK))
            for hit, share in pairs
        )


def undominated(wanted: Wanted) -> I64:
    """Candidates that no other one replaces: none covers all that it covers for no more.

    Of equal ones the first is kept, and a head that stands there always; so is each one that could be a second server,
    because the one that covers more may be the first.
    """
    covers = wanted.covers.astype(np.float32)
    own = covers.sum(axis=1)
    within = covers @ covers.T >= own[:, None] - 0.5
    cheaper = wanted.price[None, :] <= wanted.price[:, None] + SLACK
    order = np.arange(own.size)
    equal = within & within.T & (np.abs(wanted.price[None, :] - wanted.price[:, None]) <= SLACK)
    beaten = within & cheaper & (~equal | (order[None, :] < order[:, None]))
    np.fill_diagonal(beaten, val=False)
    second = wanted.backs[:, wanted.second_share[wanted.group] > 0.0].any(axis=1)
    return np.flatnonzero(wanted.fixed | second | ~(beaten.any(axis=1) | (own == 0))).astype(np.int64)


def _of(wanted: Wanted, index: I64) -> Wanted:
    return replace(
        wanted, covers=wanted.covers[index], backs=wanted.backs[index], price=wanted.price[index],
        fixed=wanted.fixed[index],
    )  # fmt: skip


def choose(wanted: Wanted, time_limit_s: float, most_nodes: int) -> Chosen:
    """The cheapest set that HiGHS finds from the greedy one, every share being reachable. Raises MissingExtra.

    The bound is that of HiGHS, left aside where the set it should bound is cheaper.
    """
    kept = undominated(wanted)
    found = _chosen(_of(wanted, kept), time_limit_s, most_nodes)
    return replace(found, index=kept[found.index])


def _chosen(wanted: Wanted, time_limit_s: float, most_nodes: int) -> Chosen:
    start = swapped(wanted, greedy(wanted))
    price = float(wanted.price[start].sum())
    if not start.size or not meets(wanted, start):
        return Chosen(start, price, 0.0, "greedy")
    model, point = program(wanted, start)
    ran = run(model, point, time_limit_s, most_nodes=most_nodes)
    best = start
    if ran.columns is not None:
        found = np.flatnonzero(ran.columns[: wanted.price.size] > 0.5)
        if meets(wanted, found) and wanted.price[found].sum() < price - SLACK:
            best = _pruned(wanted, found.tolist())
    price = float(wanted.price[best].sum())
    bound = ran.bound if np.isfinite(ran.bound) and ran.bound <= price + BOUND_SLACK else 0.0
    return Chosen(best, price, min(max(_whole(wanted, bound), 0.0), price), ran.status)


def _whole(wanted: Wanted, bound: float) -> float:
    """The bound led up to the next sum that equal prices can make."""
    unit = float(wanted.price[0])
    return unit * math.ceil(bound / unit - BOUND_SLACK) if unit > 0.0 and np.all(wanted.price == unit) else bound


def program(wanted: Wanted, start: I64) -> tuple[Model, F64]:
    """The program, and the columns of a set: candidates, then groups of points covered twice, then covered once.

    Points of one room that the same candidates cover are one group. Where a room may miss none of its points, its
    groups are no columns but rows, and of two such rows the one that the other implies is left out. A group is covered
    once as far as a candidate covers it, and twice or not at all, so the second kind is whole.
    """
    n = wanted.price.size
    kinds = (
        (2.0, _kind(wanted, wanted.backs, wanted.second_share, 2), wanted.second_share),
        (1.0, _kind(wanted, wanted.covers, wanted.room_share, 1), wanted.room_share),
    )
    blocks, low, high = [], [], []
    for k, (need, kind, shares_) in enumerate(kinds, start=1):
        hard, soft = _least(kind.hit[:, kind.hard]), kind.hit[:, ~kind.hard]
        blocks.append([hard.T.astype(float), None, None])
        row: list[Any] = [-soft.T.astype(float), None, None]
        row[k] = need * sparse.eye_array(soft.shape[1])
        share: list[Any] = [None, None, None]
        share[k], least = _room_rows(wanted, kind, shares_)
        blocks += [row, share]
        low += [np.full(hard.shape[1], need), np.full(soft.shape[1], -np.inf), least]
        high += [np.full(hard.shape[1], np.inf), np.zeros(soft.shape[1]), np.full(least.size, np.inf)]
    twice, once = kinds[0][1], kinds[1][1]
    total = max(float(wanted.weight.sum()), SLACK)
    blocks.append([None, None, (once.weight[~once.hard] / total)[None, :]])
    low.append(np.array([wanted.share - SLACK - float(once.weight[once.hard].sum()) / total]))
    high.append(np.array([np.inf]))
    sizes = (n, int(np.count_nonzero(~twice.hard)), int(np.count_nonzero(~once.hard)))
    matrix = sparse.vstack([_row(block, sizes) for block in blocks], format="csc")
    more = np.zeros(sizes[1] + sizes[2])
    cost, lower = np.append(wanted.price, more), np.append(wanted.fixed.astype(float), more)
    ends = np.concatenate(low), np.concatenate(high)
    model = Model(cost, np.ones(cost.size), lower, n + sizes[1], matrix, *ends, np.empty(0, np.int64), 1.0)
    chosen = np.zeros(n)
    chosen[start] = 1.0
    backed = twice.hit[start][:, ~twice.hard].sum(axis=0) >= 2
    held = once.hit[start][:, ~once.hard].any(axis=0)
    return model, np.concatenate([chosen, backed, held])


def _row(block: list[Any], sizes: tuple[int, int, int]) -> Any:  # noqa: ANN401 - a sparse array of floats
    rows = next(part.shape[0] for part in block if part is not None)
    parts: list[Any] = [
        sparse.csr_array((rows, k)) if part is None else sparse.csr_array(part)
        for part, k in zip(block, sizes, strict=True)
    ]
    return sparse.hstack(parts, format="csr")


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Groups of points: hit (n, groups) their candidates;  room, size, weight (groups,);  hard (groups,) all needed."""

    hit: Bool
    room: I64
    size: F64
    weight: F64
    hard: Bool


def _kind(wanted: Wanted, hit: Bool, share: F64, need: int) -> _Kind:
    reached = hit.sum(axis=0) >= need
    kept = np.flatnonzero(reached if need == 1 else reached & (share > 0.0)[wanted.group])
    groups, room, size, weight = _groups(wanted, hit, kept)
    points = by_room(np.ones(wanted.group.size), wanted.group, wanted.rooms)
    may_miss = np.floor((1.0 - share) * points + 1e-6) - (points - by_room(size, room, wanted.rooms))
    return _Kind(groups, room, size, weight, (may_miss < 1.0)[room] & (share[room] > 0.0))


def _room_rows(wanted: Wanted, kind: _Kind, share: F64) -> tuple[sparse.csr_array, F64]:
    """Rows of the shares of rooms that may miss some points, over their groups, and their least values."""
    room, size = kind.room[~kind.hard], kind.size[~kind.hard]
    asked = np.unique(room[share[room] > 0.0])
    at = np.flatnonzero(np.isin(room, asked))
    total = by_room(np.ones(wanted.group.size), wanted.group, wanted.rooms)
    entries = size[at] / total[room[at]]
    rows = sparse.csr_array((entries, (np.searchsorted(asked, room[at]), at)), shape=(asked.size, room.size))
    return rows, share[asked] - SLACK


def _least(hit: Bool) -> Bool:
    """(n, rows) columns of `hit` that no other one implies: those whose candidates hold no other's."""
    unique = np.unique(hit, axis=1)
    own = unique.sum(axis=0).astype(np.float32)
    common = unique.astype(np.float32).T @ unique.astype(np.float32)
    implied = common >= own[None, :] - 0.5
    np.fill_diagonal(implied, val=False)
    return unique[:, ~implied.any(axis=1)]


def _groups(wanted: Wanted, hit: Bool, at: I64) -> tuple[Bool, I64, F64, F64]:
    """(n, groups) candidates of each group of the points `at`, its room, number of points and weight."""
    packed = np.packbits(hit[:, at], axis=0)
    keys = np.vstack([packed, wanted.group[at].astype(np.int32).view(np.uint8).reshape(-1, 4).T])
    _, first, inverse = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    size = by_room(np.ones(at.size), inverse.ravel(), first.size)
    weight = by_room(wanted.weight[at], inverse.ravel(), first.size)
    return hit[:, at[first]], wanted.group[at[first]], size, weight
