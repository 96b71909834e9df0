"""The first routes of a rollout: who goes where, so that the last site is accepted early."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np

from setsail.base.limits import Limit
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Routes, Standing
from setsail.rollout.routes import descent, improving
from setsail.rollout.routes.modelling import Model, Part
from setsail.rollout.routes.parts import parts
from setsail.rollout.routes.search import SEARCHERS
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.route import RouteValue, route_value, total
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.matrix import TravelTimes

SECONDS = Limit("seconds", 0.1, 3600.0, "one hour on one machine")
DESCENT = 0.5
"""Of the seconds, for the search under drawn-in limits; the rest is for ruin and recreate on exact times."""
LEAST_A_PART_S = 3.0
"""Seconds that a part of a large rollout gets at least, so that 5,500 sites take about half a minute on two cores."""
ROUNDS = 4000
"""Of ruin and recreate at most for a small rollout, so that a run can be repeated."""
PLACES_IN_ALL_ROUNDS = 400_000


def first_routes(
    rollout: Rollout, travel: TravelTimes, standing: Standing | None = None, *, at: datetime, seed: int = 0,
    seconds: float = 5.0,
) -> Routes:  # fmt: skip
    """Trips of every crew; sites that need several crews, and those that no crew can serve, are in none.

    seconds : of the search; a rollout of more than some hundred sites takes some seconds for each part of it.
    Raises OutOfRange, MissingExtra.
    """
    SECONDS.require(seconds)
    frame = frame_of(rollout, travel, standing, at=at)
    return frame.named(first_trips(frame, seed=seed, seconds=seconds))


def first_trips(frame: Frame, *, seed: int, seconds: float, clock: Callable[[], float] = time.perf_counter) -> Trips:
    """The trips of all crews in the numbers of the frame."""
    begun = clock()
    cut = parts(frame)
    trips: Trips = [[] for _ in frame.crews]
    if not cut:
        return trips
    each = max(
        seconds * DESCENT * (SEARCHERS if len(cut) > 1 else 1) / len(cut), LEAST_A_PART_S if len(cut) > 1 else 0.0
    )

    def solve(numbered: tuple[int, Part]) -> Trips:
        k, part = numbered
        return _part(frame, part, seed=seed + k, seconds=each, searchers=1 if len(cut) > 1 else SEARCHERS)

    with ThreadPoolExecutor(SEARCHERS if len(cut) > 1 else 1) as pool:
        for part, made in zip(cut, pool.map(solve, enumerate(cut)), strict=True):
            for c, own in zip(part.crews, made, strict=True):
                trips[c] = own
    trips = completed(frame, trips)
    left = max(0.1 * seconds, seconds - (clock() - begun))
    rounds = min(ROUNDS, PLACES_IN_ALL_ROUNDS // max(1, len(frame.todo)))
    rng = np.random.default_rng(seed)
    return improving.improved(frame, trips, rng=rng, rounds=rounds, seconds=left)


def _part(frame: Frame, part: Part, *, seed: int, seconds: float, searchers: int) -> Trips:
    """The trips of the crews of a part: inserted by regret, then searched from there; the better of both."""
    nothing: Trips = [[] for _ in frame.crews]
    state = improving.State(frame, nothing, part.crews, run(frame, nothing))
    begun = [improving.recreated(state, part.places, None)[c] for c in part.crews]
    made = descent.descended(Model(frame, part), seed=seed, seconds=seconds, start=begun, searchers=searchers).trips
    return min(begun, made, key=lambda trips: _worth(frame, part, trips))


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
