"""Tours of a class of crews made longer site by site, from where the crew stands and again from its depot.

Of two ways to serve the same sites with the same last one and as many sets from the depot, the earlier is kept. What
other crews do is left out: sets are taken to be there as soon as the bench can have so many at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from setsail.base.arrays import I64, Bool
from setsail.rollout.routes.stones import in_time
from setsail.rollout.routes.tours import Purse, TooManyError, Tours
from setsail.rollout.timing.frame import NEVER, CrewFrame, Frame
from setsail.rollout.timing.supply import NONE_LEFT

BLOCK = 20_000
"""Tours made longer at once."""
LATE = 100
"""What a second of lateness costs where a second of waiting, and a metre of way, costs 1."""
SETS, TIME = 10, 24
"""Bits of a number of sets and of a second in a key."""


def classes_of(frame: Frame, sites: Sequence[int], *, by: int, purse: Purse) -> list[Tours]:
    """Tours of each class of crews that are alike in which every site is accepted by then. Raises TooManyError."""
    if by >> TIME or sum(frame.bring[p] for p in sites) >> SETS:
        raise TooManyError
    return [_Tree(_Ground.of(frame, sites, who[0], by), tuple(sites), who, purse).tours() for who in frame.alike]


@dataclass(slots=True)
class _Labels:
    """Tours on their way: sites as bits, the last one (-1 at the depot), when the crew is free there, sets left aboard,
    sets from the depot in all, when the first of them must be there (`NEVER` for none), the number of the label
    before, cost, and sites in time for each milestone.
    """

    mask: I64
    last: I64
    free: I64
    left: I64
    loaded: I64
    needs: I64
    before: I64
    cost: I64
    stones: I64

    def __len__(self) -> int:
        return len(self.mask)

    def of(self, rows: slice | I64) -> _Labels:
        """Some of them."""
        return _Labels(*(getattr(self, f.name)[rows] for f in fields(self)))


def _joined(parts: Sequence[_Labels]) -> _Labels:
    return _Labels(*(np.concatenate([getattr(one, f.name) for one in parts]) for f in fields(_Labels)))


def _first(*keys: I64) -> tuple[I64, Bool]:
    """The order by these keys, the last of them least, and which rows are the first of those alike in all but it."""
    order = np.lexsort(keys[::-1])
    first = np.ones(len(order), dtype=bool)
    if len(order):
        first[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys[:-1]], axis=0)
    return order, first


def _soonest(way: I64) -> I64:
    """The shortest way from home, the last row, to each site, over others where that is shorter."""
    found: I64 = way[-1]
    for _ in range(len(found)):
        nearer: I64 = np.minimum(found, (found[:, None] + way[: len(found)]).min(axis=0))
        if np.array_equal(nearer, found):
            break
        found = nearer
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What a crew meets at each site. way, metres : (sites + 2, sites) to a site from a site, from where the crew
    stands, from home;  back : home, from where the crew stands at last;  from_home : a site is not reached before with
    a set of its own;  latest : its work ends by then;  given : when the depot has a set, and one more, at all.
    """

    own: CrewFrame
    at: int
    way: I64
    metres: I64
    back: I64
    back_metres: I64
    floor: I64
    work: I64
    remote: I64
    line: I64
    bring: I64
    due: I64
    from_home: I64
    latest: I64
    in_time: I64
    given: I64

    @classmethod
    def of(cls, frame: Frame, sites: Sequence[int], c: int, by: int) -> _Ground:
        """The ground of a crew for tours that end by a time."""
        own, places, n = frame.crews[c], list(sites), frame.n
        seconds, metres = (np.asarray(flat).reshape(n, n).astype(np.int64) for flat in (frame.seconds, frame.metres))

        def column(values: Sequence[int]) -> I64:
            return np.array([values[p] for p in places], dtype=np.int64)

        rows, home = np.ix_([*places, own.start, own.home], places), [*places, own.start]
        remote, line, bring, way = column(frame.remote), column(frame.line), column(frame.bring), seconds[rows]
        latest = np.minimum(np.minimum(column(frame.limit), min(own.until_s, NEVER)), by - remote)
        latest[(column(frame.need) & ~own.have != 0) | (line + remote > by)] = -1
        leave = np.maximum(column(frame.set_from) + own.load, column(frame.load_from))
        sets = frame.supplies[own.home].first(int(bring.sum()))
        return cls(
            own, frame.at, way, metres[rows], seconds[home, own.home], metres[home, own.home], column(frame.floor),
            column(frame.work), remote, line, bring, column(frame.due), leave + _soonest(way), latest,
            in_time(frame, places), np.array([one.end for one in sets if one.end < NONE_LEFT], dtype=np.int64),
        )  # fmt: skip

    def ends(self, labels: _Labels, *, direct: bool) -> I64:
        """(labels, sites) when the work at each site would end that comes next."""
        begun = np.where(labels.last >= 0, labels.last, len(self.floor) + (not direct))
        arrive = labels.free[:, None] + self.way[begun]
        if not direct:
            arrive = np.maximum(arrive, self.from_home)
        return np.asarray(np.maximum(arrive, self.floor) + self.work, dtype=np.int64)

    def fits(self, labels: _Labels) -> Bool:
        """(labels, sites) where a site is not in the tour yet and there is a set for it."""
        bits = np.int64(1) << np.arange(len(self.floor), dtype=np.int64)
        return np.asarray((self.bring <= labels.left[:, None]) & (labels.mask[:, None] & bits == 0))

    def tiers(self) -> list[tuple[int, int]]:
        """When the depot has how many sets at all; at first none."""
        counts = np.searchsorted(self.given, np.unique(self.given), side="right")
        return [(0, 0), *zip(map(int, np.unique(self.given)), map(int, counts), strict=True)]

    def longer(self, labels: _Labels, k: I64, end: I64, before: I64, *, direct: bool) -> _Labels:
        """Labels with a site more."""
        accepted = np.maximum(end, self.line[k]) + self.remote[k]
        begun = np.where(labels.last >= 0, labels.last, len(self.floor) + (not direct))
        cost = accepted - self.at + LATE * np.maximum(0, accepted - self.due[k]) + self.metres[begun, k]
        return _Labels(
            labels.mask | np.int64(1) << k, k, end, labels.left - self.bring[k],
            labels.loaded + (0 if direct else self.bring[k]), labels.needs, before, labels.cost + cost,
            labels.stones + (end[:, None] <= self.in_time[:, k].T),
        )  # fmt: skip


@dataclass(slots=True)
class _Tree:
    """The labels of one class of crews, layer by layer; a label knows the one that it makes longer."""

    ground: _Ground
    sites: tuple[int, ...]
    who: tuple[int, ...]
    purse: Purse
    layers: list[_Labels] = field(default_factory=list)
    count: int = 0

    def tours(self) -> Tours:
        """Of each set of sites and number of sets from the depot the tour that ends first."""
        own, none = self.ground.own, np.zeros(1, dtype=np.int64)
        free = max(own.free, own.from_s)
        stones = np.zeros((1, len(self.ground.in_time)), dtype=np.int64)
        start = _Labels(none, none - 1, none + free, none, none, none + NEVER, none - 1, none, stones)
        begun = [self._held(start)]
        if own.moving:
            first = replace(
                start, free=none + max(free, own.road_from), left=none + min(own.aboard, int(self.ground.bring.sum()))
            )
            begun += self._grown(first, direct=True)
        while begun:
            begun = self._grown(self._loading(_joined(begun)), direct=False)
        return self._finished()

    def _held(self, labels: _Labels) -> _Labels:
        """A layer more; its labels with their numbers in `before`, for those that come after them."""
        self.purse.pay(len(labels))
        self.layers.append(labels)
        self.count += len(labels)
        return replace(labels, before=np.arange(self.count - len(labels), self.count, dtype=np.int64))

    def _grown(self, layer: _Labels, *, direct: bool) -> list[_Labels]:
        """All tours that go on from these labels without another way to the depot, each with its own number."""
        out = []
        while len(layer):
            parts = [self._longer(layer.of(slice(i, i + BLOCK)), direct=direct) for i in range(0, len(layer), BLOCK)]
            layer = self._held(_earliest(_joined(parts)))
            out += [layer] * bool(len(layer))
        return out

    def _longer(self, labels: _Labels, *, direct: bool) -> _Labels:
        end = self.ground.ends(labels, direct=direct)
        row, k = np.nonzero(self.ground.fits(labels) & (end <= self.ground.latest))
        self.purse.require(0)
        return self.ground.longer(labels.of(row), k, end[row, k], labels.before[row], direct=direct)

    def _loading(self, labels: _Labels) -> _Labels:
        """The departures from the depot after these tours: for each set of sites the earliest with so many sets."""
        ground, own = self.ground, self.ground.own
        home = labels.free + ground.back[labels.last]  # the last entry is from where the crew stands
        order, first = _first(labels.mask, labels.loaded, home)
        kept = order[first]
        begin = np.maximum(home[kept], own.road_from - own.load)
        parts = [self._departing(labels.of(kept), begin, *tier) for tier in ground.tiers()]
        made = _joined(parts)
        order, first = _first(made.mask, made.loaded, made.left, made.free)
        made = made.of(order[first])
        soonest = int((ground.way[-1] + ground.work).min(initial=NEVER))
        return self._held(made.of(np.flatnonzero(made.free + soonest <= ground.latest.max(initial=-1))))

    def _departing(self, labels: _Labels, begin: I64, ready: int, there: int) -> _Labels:
        """The departures with the sets that the depot has at a time, where a crew that could load before takes them;
        with none, at any time, where a site needs none.
        """
        ground, own = self.ground, self.ground.own
        later = ground.given[there] if there < len(ground.given) else NEVER
        left = np.clip(there - labels.loaded, 0, own.capacity)
        at = np.flatnonzero(
            (begin < later) & (left > 0) if there else np.full(len(left), bool((ground.bring == 0).any()))
        )
        begin = np.maximum(begin[at], ready)
        made = labels.of(at)
        return replace(
            made, last=np.full(len(at), -1, dtype=np.int64), free=begin + own.load, left=left[at],
            needs=np.minimum(made.needs, begin) if there else made.needs,
            cost=made.cost + ground.back_metres[made.last],
        )  # fmt: skip

    def _finished(self) -> Tours:
        """The tours that bring the vehicle home in time, in the order in which they end."""
        ground, every = self.ground, _joined(self.layers)
        home = every.free + ground.back[every.last]
        rows = np.flatnonzero((every.last >= 0) & (home <= ground.own.road_until))
        last = every.last[rows]
        finish = np.maximum(every.free[rows], ground.line[last]) + ground.remote[last]
        order, first = _first(every.mask[rows], every.loaded[rows], finish)
        kept = order[first]
        kept = kept[np.argsort(finish[kept], kind="stable")]
        rows, last, finish = rows[kept], last[kept], finish[kept]
        cover = (every.mask[rows, None] >> np.arange(len(self.sites)) & 1).astype(np.float64)
        return Tours(
            cover, finish, every.loaded[rows], every.needs[rows], every.cost[rows] + ground.back_metres[last],
            every.stones[rows], self.who, ground.own.home, lambda row: self._trips(every, int(rows[row])),
        )  # fmt: skip

    def _trips(self, every: _Labels, label: int) -> list[list[int]]:
        """The trips of the tour that ends in a label."""
        trips: list[list[int]] = [[]]
        while label >= 0:
            last = int(every.last[label])
            if last >= 0:
                trips[0].insert(0, self.sites[last])
            elif trips[0]:
                trips.insert(0, [])
            label = int(every.before[label])
        return [trip for trip in trips if trip]


def _earliest(labels: _Labels) -> _Labels:
    """Of tours alike in all but the time those that are free first."""
    alike = (labels.last << SETS | labels.left) << SETS | labels.loaded
    order, first = _first(labels.mask, alike, labels.free)
    return labels.of(order[first])
