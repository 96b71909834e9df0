"""Routes re-planned after an event: what is begun stays, what has lost its crew is put back, the rest is improved."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import numpy as np

from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Routes, Standing
from setsail.rollout.routes import descent, improving
from setsail.rollout.routes.improving import key
from setsail.rollout.routes.insertion import inserted
from setsail.rollout.routes.modelling import Model, whole
from setsail.rollout.routes.start import SECONDS
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.matrix import TravelTimes

MOST_WHOLE = 150
"""Places up to which the whole of the routes is searched again; of more the depots around what has changed."""
DESCENT = 0.4
"""Of the seconds, for PyVRP under drawn-in limits, where the whole is searched."""
ROUNDS = 2000
SEEDS = 12
"""Sites, the latest ones, around which a large rollout is searched where none is missing."""


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
    frame: Frame, given: Trips, *, seed: int, seconds: float, begun: float, rounds: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Trips:  # fmt: skip
    """The same in the numbers of the frame; begun : on the clock, when the seconds began to count."""
    kept = _kept(frame, given)
    if len(frame.todo) > MOST_WHOLE:
        return _around(frame, kept, seed=seed, until=begun + seconds, rounds=rounds, clock=clock)
    best = _filled(frame, kept)
    if not any(best):
        return best
    best = _descended(frame, best, seed, max(0.05, DESCENT * (seconds - (clock() - begun))), rounds)
    return _improved(frame, best, seed=seed, until=begun + seconds, rounds=rounds, clock=clock)


def _improved(
    frame: Frame, trips: Trips, *, seed: int, until: float, rounds: int | None, clock: Callable[[], float]
) -> Trips:
    """Ruin and recreate until then, less what its last round may overrun."""
    left = until - clock() - 2 * _run_s(frame, trips, clock)
    if left <= 0:
        return trips
    rng = np.random.default_rng(seed)
    return improving.improved(
        frame, trips, rng=rng, rounds=ROUNDS if rounds is None else rounds, seconds=left, clock=clock
    )


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


def refilled(frame: Frame, given: Trips) -> Trips:
    """The trips given without what holds no more, and with all that is missing put back: the quick repair."""
    return _filled(frame, _kept(frame, given))


def _filled(frame: Frame, kept: Trips) -> Trips:
    """The trips with all that is missing put back: what one crew serves by regret, what needs several by teams."""
    held = {p for own in kept for trip in own for p in trip}
    missing = sorted(frame.todo - held)
    state = improving.State(frame, kept, tuple(range(len(frame.crews))), run(frame, kept))
    trips = improving.recreated(state, [p for p in missing if frame.crews_at[p] == 1], None)
    several = [p for p in missing if frame.crews_at[p] > 1]
    return inserted(frame, trips, several) if several else trips


def _around(
    frame: Frame, kept: Trips, *, seed: int, until: float, rounds: int | None, clock: Callable[[], float]
) -> Trips:
    """The trips of a large rollout: those of the depots around what has changed are repaired for themselves."""
    crews = _concerned(frame, kept)
    held = {p for own in kept for trip in own for p in trip}
    mine = {p for c in crews for trip in kept[c] for p in trip}
    own = frame.part(mine | (frame.todo - held), crews)
    changed = _filled(own, [kept[c] for c in crews])
    better = _improved(own, changed, seed=seed, until=until - _run_s(frame, kept, clock), rounds=rounds, clock=clock)
    made = list(kept)
    for c, trips in zip(crews, better, strict=True):
        made[c] = trips
    return made if frame.todo - held else min(made, kept, key=lambda one: key(run(frame, one)))


def _concerned(frame: Frame, kept: Trips) -> tuple[int, ...]:
    """Crews of the depots that are near what is missing, late or last, and those that meet them at a site."""
    held = {p for own in kept for trip in own for p in trip}
    seeds = sorted(frame.todo - held)
    if not seeds:
        done = run(frame, kept).accepted
        seeds = sorted(done, key=lambda p: (frame.due[p] - done[p], -done[p], p))[:SEEDS]
    at: dict[int, set[int]] = {}
    for c, own in enumerate(frame.crews):
        at.setdefault(own.home, set()).add(c)
    homes = {min(at, key=lambda home: (frame.seconds[home * frame.n + p], home)) for p in seeds}
    homes |= {frame.crews[c].home for p in seeds for c in _nearest(frame, kept, p)}
    found = set().union(*(at[home] for home in homes))
    visitors: dict[int, set[int]] = {}
    for c, own_trips in enumerate(kept):
        for p in (p for trip in own_trips for p in trip if frame.crews_at[p] > 1):
            visitors.setdefault(p, set()).add(c)
    met = set().union(*(who for who in visitors.values() if who & found)) if visitors else set[int]()
    return tuple(sorted(found | met))


def _nearest(frame: Frame, kept: Trips, p: int) -> tuple[int, ...]:
    """The crew with the skills of a place that comes nearest to it, if there is one."""
    best: tuple[int, int] | None = None
    for c, own in enumerate(frame.crews):
        if frame.crews_at[p] > 1 or not frame.need[p] & ~own.have:
            stops = [own.start, *(q for trip in kept[c] for q in trip)]
            one = min(frame.seconds[q * frame.n + p] for q in stops), c
            best = one if best is None or one < best else best
    return () if best is None else (best[1],)


def _descended(frame: Frame, trips: Trips, seed: int, seconds: float, rounds: int | None) -> Trips:
    """The better of the trips and those that PyVRP reaches from them; sites that need several crews stay out of it."""
    if frame.together:
        return trips
    made = descent.descended(
        Model(frame, whole(frame)), seed=seed, seconds=seconds, start=trips, attempt=descent.attempts(rounds)
    )
    held = {p for own in trips for trip in own for p in trip}
    if held - {p for own in made.trips for trip in own for p in trip}:
        return trips
    return min(trips, made.trips, key=lambda one: key(run(frame, one)))
