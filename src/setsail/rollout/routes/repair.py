"""Routes re-planned after an event: what is begun stays, what has lost its crew is put back, the rest is improved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Routes, Standing
from setsail.rollout.routes import descent, improving
from setsail.rollout.routes.improving import key
from setsail.rollout.routes.modelling import Model, whole
from setsail.rollout.routes.start import SECONDS
from setsail.rollout.schedule.insertion import inserted
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.matrix import TravelTimes

MOST_WHOLE = 150
"""Places up to which the whole of the routes is searched again; of more only the crews around what has changed."""
DESCENT = 0.4
"""Of the seconds, for PyVRP under drawn-in limits, where the whole is searched."""
ROUNDS = 2000
CREWS_AROUND = 12
"""Crews whose trips may change in a large rollout."""


def repaired(
    rollout: Rollout, travel: TravelTimes, routes: Routes, standing: Standing | None, *, at: datetime, seed: int = 0,
    seconds: float = 1.5,
) -> Routes:  # fmt: skip
    """Trips of the crews that are left, for all that is still to be done from how the work stands at `at`.

    Compared in this order: rules broken and sites not served, lateness, milestones, the last acceptance, and the way
    together with how long all sites wait.  Never worse than the routes given, repaired without a search.
    seconds : of all of it, a cap.  Raises OutOfRange, MissingExtra.
    """
    begun = time.perf_counter()
    SECONDS.require(seconds)
    frame = frame_of(rollout, travel, standing, at=at)
    return frame.named(repaired_trips(frame, frame.numbered(routes), seed=seed, seconds=seconds, begun=begun))


def repaired_trips(
    frame: Frame, given: Trips, *, seed: int, seconds: float, begun: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Trips:  # fmt: skip
    """The same in the numbers of the frame; begun : on the clock, when the seconds began to count."""
    kept = _kept(frame, given)
    crews = _around(frame, kept)
    best = _refilled(frame, kept, crews)
    if not any(best):
        return best
    if len(frame.todo) <= MOST_WHOLE:
        best = _descended(frame, best, seed, max(0.05, DESCENT * (seconds - (clock() - begun))))
    left = seconds - (clock() - begun) - 2 * _run_s(frame, best, clock)
    if left > 0:
        rng = np.random.default_rng(seed)
        best = improving.improved(frame, best, rng=rng, rounds=ROUNDS, seconds=left, crews=crews)
    return best


def _run_s(frame: Frame, trips: Trips, clock: Callable[[], float]) -> float:
    """Seconds that one exact run takes: what the last round may overrun."""
    begun = clock()
    run(frame, trips)
    return clock() - begun


def _kept(frame: Frame, given: Trips) -> Trips:
    """The trips without what needs no visit any more, comes twice, or has lost one of the crews that it needs."""
    met: dict[int, set[int]] = {}
    for c, own in enumerate(given):
        for trip in own:
            for p in trip:
                met.setdefault(p, set()).add(c)
    good = {p for p, crews in met.items() if p in frame.todo and len(crews) == frame.crews_at[p]}
    out: Trips = []
    for own in given:
        seen = set[int]()
        out.append([])
        for trip in own:
            out[-1].append([p for p in dict.fromkeys(trip) if p in good and p not in seen])
            seen.update(trip)
        out[-1] = [trip for trip in out[-1] if trip]
    return out


def _refilled(frame: Frame, kept: Trips, crews: Sequence[int]) -> Trips:
    """The trips with all that is missing put back: what one crew serves by regret, what needs several by teams."""
    held = {p for own in kept for trip in own for p in trip}
    missing = sorted(frame.todo - held)
    state = improving.State(frame, kept, tuple(crews), run(frame, kept))
    trips = improving.recreated(state, [p for p in missing if frame.crews_at[p] == 1], None)
    placed = {p for own in trips for trip in own for p in trip}
    rest = [p for p in missing if p not in placed and frame.crews_at[p] == 1]
    if rest and len(crews) < len(frame.crews):
        everyone = improving.State(frame, trips, tuple(range(len(frame.crews))), run(frame, trips))
        trips = improving.recreated(everyone, rest, None)
    several = [p for p in missing if frame.crews_at[p] > 1]
    return inserted(frame, trips, several) if several else trips


def _around(frame: Frame, kept: Trips) -> tuple[int, ...]:
    """Crews that may change: all of a small rollout, else those nearest to what is missing, late or last."""
    everyone = tuple(range(len(frame.crews)))
    if len(frame.todo) <= MOST_WHOLE or len(everyone) <= CREWS_AROUND:
        return everyone
    held = {p for own in kept for trip in own for p in trip}
    seeds = sorted(frame.todo - held)
    if not seeds:
        accepted = run(frame, kept).accepted
        seeds = sorted(accepted, key=lambda p: (frame.due[p] - accepted[p], p))[:CREWS_AROUND]
    n = frame.n
    table = np.asarray(frame.seconds).reshape(n, n)
    away = []
    for c in everyone:
        stops = [frame.crews[c].start, *(p for trip in kept[c] for p in trip)]
        able = [p for p in seeds if not frame.need[p] & ~frame.crews[c].have]
        if able:
            away.append((int(table[np.ix_(stops, able)].min(axis=0).sum()) // len(able), c))
    return tuple(sorted(c for _, c in sorted(away)[:CREWS_AROUND]))


def _descended(frame: Frame, trips: Trips, seed: int, seconds: float) -> Trips:
    """The better of the trips and those that PyVRP reaches from them; sites that need several crews stay out of it."""
    if frame.together:
        return trips
    made = descent.descended(Model(frame, whole(frame)), seed=seed, seconds=seconds, start=trips)
    held = {p for own in trips for trip in own for p in trip}
    if held - {p for own in made.trips for trip in own for p in trip}:
        return trips
    return min(trips, made.trips, key=lambda one: key(run(frame, one)))
