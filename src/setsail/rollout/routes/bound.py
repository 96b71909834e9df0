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

from setsail.base.arrays import I32, I64
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Standing
from setsail.rollout.routes import assignment
from setsail.rollout.routes.covering import least_finish
from setsail.rollout.timing.frame import NEVER, Frame, frame_of, moment
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes

MOST_EXACT = 400
"""Places up to which shortest chains are worked out for all pairs, and the assignment argument is tried."""


BLOCK = 256
"""Rows of the matrix looked at together, so that thousands of sites take no copy of it."""


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
    ways = ways_of(frame)
    found = simple_s(frame, ways)
    if not ways.sites:
        return found
    if upper is not None and found.seconds >= upper:
        return found
    harder = least_finish(frame, ways.sites, low=found.seconds, upper=upper, seconds=seconds, clock=clock)
    return found if harder is None or harder[0] <= found.seconds else Bound(*harder)


def simple_s(frame: Frame, ways: Ways) -> Bound:
    """The best of the arguments that cost next to nothing."""
    found = [_settled(frame)]
    if ways.sites:
        found += [_one_site(frame, ways), _bench(frame, ways), _workload(frame, ways)]
    return max(found, key=lambda b: b.seconds)


def _settled(frame: Frame) -> Bound:
    """Sites that need no visit any more are accepted when they are, whatever is planned."""
    if not frame.fixed:
        return Bound(frame.at, "there is nothing to do")
    last = max(frame.fixed, key=lambda p: frame.fixed[p][2])
    when = frame.fixed[last][2]
    return Bound(when, f"{frame.places[last]} is accepted at {moment(frame, when):%H:%M} as it stands")


def ways_of(frame: Frame) -> Ways:
    """Earliest arrivals and least legs.

    A crew reaches a site from where it stands by some chain of places, each leg at least as long as told, and between
    them it works, waits and loads for no less than nothing. Unless it stands outside its depot with enough sets (or
    needs none), it has been at its depot with the first sets and has loaded. So its arrival is not before the end of
    the shortest such chain.
    """
    n = frame.n
    table = np.asarray(frame.seconds).reshape(n, n)
    todo = np.array(sorted(frame.todo), dtype=np.int64)
    between = _closure(table.astype(np.int64)) if n <= MOST_EXACT else None
    chains = np.broadcast_to(_least_legs(table), (n, n)) if between is None else between
    crews = range(len(frame.crews))
    ahead = np.array([_ahead(frame, c, todo, chains) for c in crews], dtype=np.int64).reshape(len(crews), len(todo))
    kept = np.flatnonzero(_earliest(frame, todo, ahead) < NEVER)
    sites = tuple(int(p) for p in todo[kept])
    if between is None:
        leg = np.broadcast_to(chains[0, todo[kept]], (n, len(kept)))
    else:
        leg = between[:, todo[kept]]
        leg[todo[kept], np.arange(len(kept))] = NEVER
    start = np.array([_start(frame, c) for c in crews], dtype=np.int64)
    return Ways(sites, ahead[:, kept], leg, between, start)


def _least_legs(table: I32) -> I64:
    """The shortest leg into each place from another: no chain to it is shorter."""
    n = len(table)
    out = np.full(n, NEVER, dtype=np.int64)
    for begin in range(0, n, BLOCK):
        legs = table[begin : begin + BLOCK].copy()
        legs[np.arange(len(legs)), np.arange(begin, begin + len(legs))] = NEVER
        np.minimum(out, legs.min(axis=0), out=out)
    return out


def _closure(table: I64) -> I64:
    """Shortest chains between all pairs."""
    out = table.copy()
    for k in range(len(out)):
        np.minimum(out, out[:, k : k + 1] + out[k : k + 1, :], out=out)
    return out


def _start(frame: Frame, c: int) -> int:
    """When a crew can leave for anything at the earliest."""
    own = frame.crews[c]
    free = max(own.free, own.from_s)
    return free if own.moving else max(free + own.load, own.road_from)


def _ahead(frame: Frame, c: int, sites: I64, chains: I64) -> I64:
    """The earliest arrivals of a crew at places."""
    own = frame.crews[c]
    free = max(own.free, own.from_s)
    bring, one = _columns(frame.bring, sites), _columns(frame.crews_at, sites) == 1
    home = free + (0 if own.start == own.home else int(chains[own.start, own.home]))
    supply = frame.supplies[own.home]
    sets = {int(k): supply.first(int(k))[-1].end if k else 0 for k in np.unique(bring)}
    ready = np.where(one, np.array([sets[int(k)] for k in bring], dtype=np.int64), 0)
    loaded = np.maximum(np.maximum(home, ready) + own.load, own.road_from)
    limits = np.maximum(_columns(frame.set_from, sites) + own.load, _columns(frame.load_from, sites))
    found = np.where(one, np.maximum(loaded, limits), loaded) + chains[own.home, sites]
    if own.moving:
        straight = max(free, own.road_from) + np.where(sites == own.start, 0, chains[own.start, sites])
        found = np.where(~one | (bring <= own.aboard), np.minimum(found, straight), found)
    return np.asarray(found, dtype=np.int64)


def _columns(column: list[int], sites: I64) -> I64:
    """What a list by place holds for these."""
    return np.array(column, dtype=np.int64)[sites]


def _earliest(frame: Frame, sites: I64, ahead: I64) -> I64:
    """The earliest acceptance of places: that of the k-th crew to come where k are needed; NEVER where they cannot.

    A crew cannot that lacks a skill or the room where one crew is needed, or whose work would end after the window or
    its shift.
    """
    if not len(frame.crews) or not len(sites):
        return np.full(len(sites), NEVER, dtype=np.int64)
    needed, bring = _columns(frame.crews_at, sites), _columns(frame.bring, sites)
    need, limit = _columns(frame.need, sites), _columns(frame.limit, sites)
    ends = np.maximum(ahead, _columns(frame.floor, sites)) + _columns(frame.work, sites)
    for c, own in enumerate(frame.crews):
        unfit = (needed == 1) & ((need & ~own.have != 0) | (bring > max(own.capacity, own.aboard)))
        ends[c, unfit | (ends[c] > np.minimum(limit, min(own.until_s, UNREACHABLE)))] = NEVER
    ends.sort(axis=0)
    few = needed > len(frame.crews)
    end = ends[np.minimum(needed, len(frame.crews)) - 1, np.arange(len(sites))]
    accepted = np.maximum(end, _columns(frame.line, sites)) + _columns(frame.remote, sites)
    return np.where(few | (end >= NEVER), NEVER, accepted)


def _one_site(frame: Frame, ways: Ways) -> Bound:
    """No site is accepted before the crew that can be there first has worked there, its line is up, its window open.

    Where k crews are needed, work begins when the k-th of them is there at the earliest.
    """
    accepted = _earliest(frame, np.array(ways.sites, dtype=np.int64), ways.ahead)
    times = {p: int(when) for p, when in zip(ways.sites, accepted, strict=True)}
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
        rows = ways.leg if ways.between is not None else ways.leg[:1]
        legs = rows[:, list(mine)].min(axis=0, initial=NEVER)
        for start in starts:
            np.minimum(legs, start, out=legs)
        return int((legs * np.array([frame.crews_at[p] for p in places])).sum())
    table = np.vstack([ways.between[np.ix_(places, places)] + np.eye(len(places), dtype=np.int64) * NEVER, *starts]).T
    return assignment.least(table)


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
