"""A time before which no plan has its last site accepted, and the argument that gives it.

Every argument drops rules (so that plans can only end earlier) and is proved where it stands. Driving between two
places is taken by the shortest chain of places, so that nothing rests on a triangle inequality.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from setsail.base.arrays import I64
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Standing
from setsail.rollout.routes import columns, tours
from setsail.rollout.timing.frame import NEVER, Frame, frame_of, moment
from setsail.rollout.travel.matrix import TravelTimes

MOST_EXACT = 400
"""Places up to which shortest chains are worked out for all pairs, and the assignment argument is tried."""


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan that keeps all rules and serves every site that can be served ends before `seconds` after the notice."""

    seconds: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """What every argument reads. ahead : (crews, sites) the earliest arrival of a crew at a site, whatever it does
    before;  leg : (places, sites) seconds of the last leg to a site at least;  sites : places that are to be visited
    and that can be;  start : (crews,) when a crew can leave for its first site at the earliest.
    """

    sites: tuple[int, ...]
    ahead: I64
    leg: I64
    between: I64 | None
    start: I64


def bound(
    rollout: Rollout, travel: TravelTimes, standing: Standing | None = None, *, at: datetime,
    upper: datetime | None = None, seconds: float = 2.0,
) -> tuple[datetime, str]:  # fmt: skip
    """When the last site is accepted at the earliest in any plan from `at`, and why.

    upper : when a known plan ends, above which nothing need be tried;  seconds : a cap for the costliest argument.
    """
    frame = frame_of(rollout, travel, standing, at=at)
    top = None if upper is None else round((upper - rollout.notice).total_seconds())
    found = bound_s(frame, upper=top, seconds=seconds)
    return moment(frame, found.seconds), found.reason


def bound_s(
    frame: Frame, *, upper: int | None = None, seconds: float = 2.0, clock: Callable[[], float] = time.perf_counter
) -> Bound:
    """The best of all arguments, in seconds from the notice."""
    settled = _settled(frame)
    ways = _ways(frame)
    if not ways.sites:
        return settled
    found = max((settled, _one_site(frame, ways), _bench(frame, ways), _workload(frame, ways)), key=lambda b: b.seconds)
    if upper is not None and found.seconds >= upper:
        return found
    harder = tours.least_finish(
        frame, ways.sites, ways.ahead, ways.between, low=found.seconds, upper=upper, seconds=seconds, clock=clock
    )
    return found if harder is None or harder[0] <= found.seconds else Bound(*harder)


def _settled(frame: Frame) -> Bound:
    """Sites that need no visit any more are accepted when they are, whatever is planned."""
    if not frame.fixed:
        return Bound(frame.at, "there is nothing to do")
    last = max(frame.fixed, key=lambda p: frame.fixed[p][2])
    when = frame.fixed[last][2]
    return Bound(when, f"{frame.places[last]} is accepted at {moment(frame, when):%H:%M} as it stands")


def _ways(frame: Frame) -> Ways:
    """Earliest arrivals and least legs.

    A crew reaches a site from where it stands by some chain of places, each leg at least as long as told, and between
    them it works, waits and loads for no less than nothing. Unless it stands outside its depot with enough sets (or
    needs none), it has been at its depot with the first sets and has loaded. So its arrival is not before the end of
    the shortest such chain.
    """
    n = frame.n
    table = np.asarray(frame.seconds).reshape(n, n).astype(np.int64)
    todo = sorted(frame.todo)
    small = n <= MOST_EXACT
    between = _closure(table) if small else None
    ahead = np.array(
        [[_ahead(frame, c, p, between, table) for p in todo] for c in range(len(frame.crews))], dtype=np.int64
    )
    ahead = ahead.reshape(len(frame.crews), len(todo))
    kept = [k for k, p in enumerate(todo) if _can_be_served(frame, p, ahead[:, k])]
    sites = tuple(todo[k] for k in kept)
    leg = (table if between is None else between)[:, list(sites)].copy()
    for k, p in enumerate(sites):
        leg[p, k] = NEVER
    start = np.array([_start(frame, c) for c in range(len(frame.crews))], dtype=np.int64)
    return Ways(sites, ahead[:, kept], leg, between, start)


def _closure(table: I64) -> I64:
    """Shortest chains between all pairs."""
    out = table.copy()
    for k in range(len(out)):
        np.minimum(out, out[:, k : k + 1] + out[k : k + 1, :], out=out)
    return out


def _way(between: I64 | None, table: I64, a: int, b: int) -> int:
    """Seconds from a to b at least: the shortest chain, or the shortest last leg where that is too much to work out."""
    if between is not None:
        return int(between[a, b])
    legs = table[:, b].copy()
    legs[b] = NEVER
    return min(int(table[a, b]), int(legs.min()))


def _start(frame: Frame, c: int) -> int:
    """When a crew can leave for anything at the earliest."""
    own = frame.crews[c]
    free = max(own.free, own.from_s)
    return free if own.moving else max(free + own.load, own.road_from)


def _ahead(frame: Frame, c: int, p: int, between: I64 | None, table: I64) -> int:
    """The earliest arrival of a crew at a place."""
    own = frame.crews[c]
    free = max(own.free, own.from_s)
    one = frame.crews_at[p] == 1
    home = free + _way(between, table, own.start, own.home)
    if one and frame.bring[p]:
        home = max(home, frame.supplies[own.home].first(frame.bring[p])[-1].end)
    loaded = max(home + own.load, own.road_from)
    if one:
        loaded = max(loaded, frame.set_from[p] + own.load, frame.load_from[p])
    found = loaded + _way(between, table, own.home, p)
    if own.moving and (not one or frame.bring[p] <= own.aboard):
        found = min(found, max(free, own.road_from) + _way(between, table, own.start, p))
    return found


def _can_be_served(frame: Frame, p: int, arrive: I64) -> bool:
    """False where no crew, or not enough of them, can end the work there within its window and their shifts."""
    return _earliest(frame, p, arrive) < NEVER


def _earliest(frame: Frame, p: int, arrive: I64) -> int:
    """The earliest acceptance of a place: that of the k-th crew to come where it needs k."""
    ends = []
    for c, own in enumerate(frame.crews):
        if frame.crews_at[p] == 1 and (frame.need[p] & ~own.have or frame.bring[p] > max(own.capacity, own.aboard)):
            continue
        end = max(int(arrive[c]), frame.floor[p]) + frame.work[p]
        if end <= min(frame.limit[p], own.until_s, NEVER // 10):
            ends.append(end)
    if len(ends) < frame.crews_at[p]:
        return NEVER
    return max(sorted(ends)[frame.crews_at[p] - 1], frame.line[p]) + frame.remote[p]


def _one_site(frame: Frame, ways: Ways) -> Bound:
    """No site is accepted before the crew that can be there first has worked there, its line is up, its window open.

    Where k crews are needed, work begins when the k-th of them is there at the earliest.
    """
    times = {p: _earliest(frame, p, ways.ahead[:, k]) for k, p in enumerate(ways.sites)}
    last = max(times, key=lambda p: times[p])
    name = frame.places[last]
    arrive = int(ways.ahead[:, ways.sites.index(last)].min())
    if frame.line[last] >= max(arrive, frame.floor[last]) + frame.work[last]:
        why = f"the line of {name} comes up at {moment(frame, frame.line[last]):%H:%M}"
    elif frame.floor[last] > arrive:
        why = f"work at {name} may begin at {moment(frame, frame.floor[last]):%H:%M}"
    else:
        why = f"no crew that may work at {name} is there before {moment(frame, arrive):%H:%M}"
    return Bound(times[last], f"{why}, so that it is accepted at {moment(frame, times[last]):%H:%M} at the earliest")


def _bench(frame: Frame, ways: Ways) -> Bound:
    """The sets come one after the other; that of a site is followed by loading, the way, the work and remote steps.

    Let q be that tail of a site, least over depots, and t_1 <= t_2 <= ... the times of the sets of all depots (and of
    those aboard now). Some set is given to each site. Exchanging two sets that are given in the order of t to tails in
    the order of q never makes max(t + q) greater if the earlier set goes to the longer tail; so no order of the bench
    does better than the earliest set to the longest tail.
    """
    tails: list[tuple[int, int]] = []
    homes = {own.home: own.load for own in frame.crews}
    for k, p in enumerate(ways.sites):
        if frame.bring[p]:
            way = min(load + int(ways.leg[home, k]) for home, load in homes.items())
            if ways.between is None:
                way = min(way, min(homes.values()) + int(ways.leg[:, k].min()))
            tails += [(way + frame.work[p] + frame.remote[p], p)] * frame.bring[p]
    if not tails:
        return Bound(frame.at, "no sets are needed")
    tails.sort(reverse=True)
    aboard = sum(own.aboard for own in frame.crews)
    given = sorted(one.end for home in homes for one in frame.supplies[home].first(max(0, len(tails) - aboard)))
    times = zip(given, tails[aboard:], strict=False)
    count, (when, (tail, p)) = max(
        enumerate(times, start=1), key=lambda one: one[1][0] + one[1][1][0], default=(0, (0, (0, -1)))
    )
    if p < 0:
        return Bound(frame.at, "all sets are under way")
    return Bound(when + tail, f"the bench has {count} sets configured at {moment(frame, when):%H:%M} at the earliest")


def _workload(frame: Frame, ways: Ways) -> Bound:
    """Work and driving together need so many hours of all crews; also for the sites that need one skill alone.

    Between two works a crew drives at least the way to the second. Each site has one place before it and is before at
    most one other, so that all driving of a crew from its first departure to its last work is not less than the
    cheapest assignment of a predecessor (another site, or where a crew starts) to every site, each used once (with the
    least leg into each site where there are too many sites). Crew c is there from its start s_c: if all is over by t,
    the sum over crews of max(0, t - s_c) is not less than all work and driving, which gives t; the remote steps follow.
    """
    everyone = tuple(range(len(frame.crews)))
    found = [_load_of(frame, ways, tuple(range(len(ways.sites))), everyone, "")]
    for bit, skill in enumerate(frame.skills):
        mine = tuple(k for k, p in enumerate(ways.sites) if frame.need[p] >> bit & 1 and frame.crews_at[p] == 1)
        able = tuple(c for c, own in enumerate(frame.crews) if own.have >> bit & 1)
        if mine and able:
            found.append(_load_of(frame, ways, mine, able, skill))
    return max(found, key=lambda b: b.seconds)


def _load_of(frame: Frame, ways: Ways, mine: tuple[int, ...], crews: tuple[int, ...], skill: str) -> Bound:
    """The workload argument for some sites and the crews that may serve them."""
    places = [ways.sites[k] for k in mine]
    work = sum(frame.work[p] * frame.crews_at[p] for p in places)
    total = work + _driving(frame, ways, mine, crews)
    starts = sorted(int(ways.start[c]) for c in crews)
    end = _level(starts, total)
    when = end + min(frame.remote[p] for p in places)
    who = f"the {len(crews)} crews" + (f" with the skill {skill}" if skill else "")
    told = f"{who} need {total / 3600:.1f} hours together for the work at {len(places)} sites and the way to each"
    return Bound(when, told)


def _driving(frame: Frame, ways: Ways, mine: tuple[int, ...], crews: tuple[int, ...]) -> int:
    """Seconds of driving at least, without the way home."""
    places = [ways.sites[k] for k in mine]
    starts = [_first_leg(ways, c, mine) for c in crews]
    if ways.between is None or any(frame.crews_at[p] > 1 for p in places):
        legs = np.vstack([ways.leg[:, list(mine)], *starts])
        return int((legs.min(axis=0) * np.array([frame.crews_at[p] for p in places])).sum())
    optimize, _ = columns.prepare()
    table = np.vstack([ways.between[np.ix_(places, places)] + np.eye(len(places), dtype=np.int64) * NEVER, *starts]).T
    followers, before = optimize.linear_sum_assignment(table)
    return int(table[followers, before].sum())


def _first_leg(ways: Ways, c: int, mine: tuple[int, ...]) -> I64:
    """From where a crew begins to each site, after its start."""
    legs: I64 = np.maximum(0, ways.ahead[c, list(mine)] - ways.start[c])
    return legs


def _level(starts: list[int], total: int) -> int:
    """The earliest time by which crews that start then have `total` seconds together."""
    for count in range(len(starts), 0, -1):
        end = -(-(total + sum(starts[:count])) // count)
        if end >= starts[count - 1]:
            return end
    return total
