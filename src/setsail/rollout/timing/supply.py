"""When the bench of a depot gives how many configured sets."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from setsail.rollout.model import Depot, Rollout
from setsail.rollout.plan_model import Standing

NONE_LEFT = 10**9
"""The second at which a set is ready that is not there: no rollout reaches it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A configured set: ready at `end`, `NONE_LEFT` where the depot has no more.

    station : on which it is made from `begin`, -1 where it stands or comes.
    """

    begin: int
    end: int
    station: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the sets of a depot come from. stock : ready times of sets that stand there or come back, sorted.

    free : second from which each station can begin;  each : seconds a set;  raw : sets that are there and not yet on
    the bench, None where they are taken to suffice.
    """

    stock: tuple[int, ...]
    free: tuple[int, ...]
    each: int
    raw: int | None = None
    made: list[Given] = field(default_factory=list, compare=False, repr=False)
    """Sets worked out so far, kept because searches ask again and again."""

    def first(self, count: int) -> list[Given]:
        """The first `count` sets in the order in which they are ready; the bench makes only those that are missing."""
        if len(self.made) < count:
            self.made[:] = self._worked_out(2 * count)
        return self.made[:count]

    def _worked_out(self, count: int) -> list[Given]:
        """The same, worked out anew."""
        stations = [(free + self.each, i) for i, free in enumerate(self.free)]
        heapq.heapify(stations)
        out: list[Given] = []
        stock = list(reversed(self.stock))
        raw = count if self.raw is None else self.raw
        while len(out) < count:
            if stock and (not raw or not stations or stock[-1] <= stations[0][0]):
                ready = stock.pop()
                out.append(Given(ready, ready, -1))
            elif not raw:
                out.append(Given(NONE_LEFT, NONE_LEFT, -1))
            else:
                raw -= 1
                end, station = heapq.heappop(stations)
                out.append(Given(end - self.each, end, station))
                heapq.heappush(stations, (end + self.each, station))
        return out


def sets_at(rollout: Rollout, depot: str) -> int | None:
    """Sets that a depot has at the notice, None where they are taken to suffice: no stock is told of some kind."""
    told = {e.kind for e in rollout.equipment}
    if not told or any(s.kind not in told for s in rollout.sites):
        return None
    return sum(e.sets for e in rollout.equipment if e.depot == depot)


def supply_of(
    depot: Depot, standing: Standing, *, raw: int | None, opens: int, at: int, since: Callable[[datetime], int]
) -> Supply:
    """The supply of a depot: sets that stand configured, sets that come back, sets begun on the bench, new ones.

    raw : sets that are there and not yet on the bench, None where they are taken to suffice.
    """
    name = depot.depot
    stock = [at] * standing.configured.get(name, 0)
    stock += [max(at, since(moment)) for moment in standing.incoming.get(name, ())]
    free = [opens] * max(1, depot.stations)
    for slot in standing.bench:
        if slot.depot == name and since(slot.end) > at:
            stock.append(since(slot.end))
            if 0 <= slot.station - 1 < len(free):
                free[slot.station - 1] = max(opens, since(slot.end))
    return Supply(tuple(sorted(stock)), tuple(free), round(depot.minutes_per_set * 60), raw)
