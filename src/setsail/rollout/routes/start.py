"""The first routes of a rollout: who goes where, so that the last site is accepted early."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from setsail.base.limits import Limit
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Routes, Standing
from setsail.rollout.routes import descent, improving
from setsail.rollout.routes.insertion import inserted
from setsail.rollout.routes.modelling import Model, Part, whole
from setsail.rollout.routes.parts import MOST_PLACES, groups, sectors
from setsail.rollout.routes.search import SEARCHERS
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.route import RouteValue, route_value, total
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.matrix import TravelTimes

SECONDS = Limit("seconds", 0.1, 3600.0, "one hour on one machine")
DESCENT = 0.5
"""Of the seconds, for the search under drawn-in limits; the rest is for ruin and recreate on exact times."""
LEAST_A_GROUP_S = 1.0
"""Seconds that the crews of a depot get at least in a large rollout, so that their routes keep all rules."""
ROUNDS = 4000
"""Of ruin and recreate at most for a small rollout, so that a run can be repeated."""
PLACES_IN_ALL_ROUNDS = 400_000
INSERTED_FIRST = 60
"""Places up to which routes begin from insertion; of more the library alone is better and sooner there."""


def first_routes(
    rollout: Rollout, travel: TravelTimes, standing: Standing | None = None, *, at: datetime, seed: int = 0,
    seconds: float = 5.0, rounds: int | None = None,
) -> Routes:  # fmt: skip
    """Trips of every crew; sites that need several crews, and those that no crew can serve, may be in none.

    seconds : of the search, a cap but for `LEAST_A_GROUP_S` a depot of a large rollout;  rounds : of ruin and recreate,
    so that a run whose seconds suffice can be repeated.  Raises OutOfRange, MissingExtra.
    """
    SECONDS.require(seconds)
    frame = frame_of(rollout, travel, standing, at=at)
    return frame.named(first_trips(frame, seed=seed, seconds=seconds, rounds=rounds))


def first_trips(
    frame: Frame, *, seed: int, seconds: float, rounds: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Trips:  # fmt: skip
    """The trips of all crews in the numbers of the frame."""
    part = whole(frame)
    if len(part.places) > MOST_PLACES:
        return _spread(frame, seed=seed, seconds=seconds, rounds=rounds, clock=clock)
    begun = clock()
    trips: Trips = [[] for _ in frame.crews]
    if not part.places:
        return trips
    trips = completed(
        frame, _part(frame, part, seed=seed, seconds=DESCENT * seconds, searchers=SEARCHERS, rounds=rounds)
    )
    left = max(0.1 * seconds, seconds - (clock() - begun))
    return improving.improved(
        frame, trips, rng=np.random.default_rng(seed), rounds=_rounds(frame, rounds), seconds=left
    )


def _rounds(frame: Frame, rounds: int | None) -> int:
    """Rounds of ruin and recreate."""
    return min(ROUNDS, PLACES_IN_ALL_ROUNDS // max(1, len(frame.todo))) if rounds is None else rounds


@dataclass(slots=True)
class _Purse:
    """Seconds that are left, dealt out to the groups that are still to be searched."""

    until: float
    groups: int
    clock: Callable[[], float]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> float:
        """The share of the next group."""
        with self.lock:
            share = (self.until - self.clock()) * min(SEARCHERS, self.groups) / max(1, self.groups)
            self.groups -= 1
        return max(LEAST_A_GROUP_S, share)


def _spread(frame: Frame, *, seed: int, seconds: float, rounds: int | None, clock: Callable[[], float]) -> Trips:
    """The trips of a large rollout: the crews of each depot are searched for themselves, two depots at a time."""
    found = groups(frame)
    purse = _Purse(clock() + seconds, len(found), clock)

    def solve(numbered: tuple[int, Part]) -> Trips:
        k, group = numbered
        return _group(frame, group, seed=seed + k, seconds=purse.next(), rounds=rounds, clock=clock)

    trips: Trips = [[] for _ in frame.crews]
    with ThreadPoolExecutor(SEARCHERS) as pool:
        for group, made in zip(found, pool.map(solve, enumerate(found)), strict=True):
            for c, own in zip(group.crews, made, strict=True):
                trips[c] = own
    return completed(frame, trips)


def _group(
    frame: Frame, group: Part, *, seed: int, seconds: float, rounds: int | None, clock: Callable[[], float]
) -> Trips:
    """The trips of the crews of a depot, in their order, on exact times with the depot's bench."""
    begun = clock()
    own = frame.part(group.places, group.crews)
    trips: Trips = [[] for _ in own.crews]
    cut = sectors(own, Part(group.places, tuple(range(len(own.crews)))))
    for k, part in enumerate(cut):
        made = _part(own, part, seed=seed + k, seconds=DESCENT * seconds / len(cut), searchers=1, rounds=rounds)
        for c, mine in zip(part.crews, made, strict=True):
            trips[c] = mine
    held = {p for mine in trips for trip in mine for p in trip}
    trips = inserted(own, trips, sorted(own.todo - held))
    left = seconds - (clock() - begun)
    if left <= 0:
        return trips
    rng = np.random.default_rng(seed)
    return improving.improved(own, trips, rng=rng, rounds=_rounds(own, rounds), seconds=left, clock=clock)


def _part(frame: Frame, part: Part, *, seed: int, seconds: float, searchers: int, rounds: int | None) -> Trips:
    """The trips of the crews of a part: inserted where they are few, else the library's; the better of both."""
    few = len(part.places) <= INSERTED_FIRST
    begun = _inserted(frame, part) if few else None
    made = descent.descended(
        Model(frame, part), seed=seed, seconds=seconds, start=begun, searchers=searchers,
        attempt=descent.attempts(rounds),
    )  # fmt: skip
    trips = [within(frame, c, own) for c, own in zip(part.crews, made.trips, strict=True)]
    if begun is None:
        if made.reached:
            return trips
        begun = _inserted(frame, part)
    return min(begun, trips, key=lambda one: _worth(frame, part, one))


def _inserted(frame: Frame, part: Part) -> Trips:
    """The trips of the crews of a part by insertion with regret."""
    nothing: Trips = [[] for _ in frame.crews]
    made = improving.recreated(improving.State(frame, nothing, part.crews, run(frame, nothing)), part.places, None)
    return [made[c] for c in part.crews]


def within(frame: Frame, c: int, trips: list[list[int]]) -> list[list[int]]:
    """A crew's trips, those parted that have more sets than its vehicle carries."""
    capacity, out = frame.crews[c].capacity, list[list[int]]()
    for k, trip in enumerate(trips):
        room = max(capacity, frame.crews[c].aboard) if k == 0 and frame.crews[c].moving else capacity
        out.append([])
        for p in trip:
            if out[-1] and sum(frame.bring[q] for q in out[-1]) + frame.bring[p] > room:
                out.append([])
                room = capacity
            out[-1].append(p)
    return out


def _worth(frame: Frame, part: Part, trips: Trips) -> tuple[int, RouteValue]:
    """What the trips of a part come to alone: places left out, then as `RouteValue`; sets are ready at once."""
    held = sum(len(trip) for own in trips for trip in own)
    values = (route_value(frame, c, own, [0] * len(own)) for c, own in zip(part.crews, trips, strict=True))
    return len(part.places) - held, total(values)


def completed(frame: Frame, trips: Trips) -> Trips:
    """The trips with every place in them that one crew can serve and that is in none, each where it costs least."""
    held = {p for own in trips for trip in own for p in trip}
    missing = [p for p in sorted(frame.todo - held) if frame.crews_at[p] == 1]
    if not missing:
        return trips
    state = improving.State(frame, trips, tuple(range(len(frame.crews))), run(frame, trips))
    return improving.recreated(state, missing, None)
