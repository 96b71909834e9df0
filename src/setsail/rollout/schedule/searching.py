"""The best routes found: by the routing search and by repair, by insertion of what they leave, by the joint model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from setsail.rollout.routes.exact import exact
from setsail.rollout.routes.improving import improved, key
from setsail.rollout.routes.insertion import inserted
from setsail.rollout.routes.repair import refilled, repaired_trips
from setsail.rollout.routes.start import first_trips
from setsail.rollout.routes.tours import MOST_SITES
from setsail.rollout.schedule import exchanging, joint
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import Run, Trips, run

JOINT_SHARE = 0.4
"""Of the seconds, for the joint model where a case is small enough for it."""
SCARCE_SHARE = 0.4
"""Of its seconds, for the search of routes where sets are short; places are exchanged in the rest."""
CHOICE_SHARE = 0.7
"""Of the seconds, for the choice among all tours where a case is small enough for it."""
BOUND_SHARE = 0.15
CHOICE_FROM_S = 3.0
CHOSEN_ROUNDS = 300
AGAIN_SHARE, POLISH_SHARE = 0.8, 0.5
"""Of the seconds left, for the choice where routes are given, and for what is left after it."""
AGAIN_ROUNDS = 100
LEAST_S = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """The best routes with their run. method : how they came about;  bound : seconds, proved on the way (0 : none);

    impossible : why no plan keeps all rules, "" where that is not proved.
    """

    trips: Trips
    run: Run
    method: str
    bound: int = 0
    bound_reason: str = ""
    impossible: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop, on which clock, and the seed.

    rounds : of ruin and recreate;  where given, the same input gives the same plan as long as the seconds suffice.
    """

    begun: float
    seconds: float
    seed: int
    clock: Callable[[], float]
    rounds: int | None = None

    def left(self) -> float:
        """Seconds that are left, a little at least."""
        return max(LEAST_S, self.seconds - (self.clock() - self.begun))


def searched(frame: Frame, given: Trips | None, effort: Effort) -> Found:
    """The best routes that serve all places of the frame. given : to begin from, such as those in force."""
    if not frame.crews or not frame.todo:
        trips: Trips = [[] for _ in frame.crews]
        return Found(trips, run(frame, trips), "nothing to route")
    if given is None:
        return _first(frame, effort)
    fits = joint.fits(frame, effort.left())
    part = replace(effort, seconds=(1 - JOINT_SHARE) * effort.seconds) if fits else effort
    found = _again(frame, given, part) if choosable(frame) else repaired(frame, given, part)
    return _joined(frame, found, effort) if fits and not _proved(found) else found


def _first(frame: Frame, effort: Effort) -> Found:
    """Routes where none are given."""
    fits = joint.fits(frame, effort.left())
    chooses = not fits and choosable(frame) and effort.left() >= CHOICE_FROM_S
    share = (1 - JOINT_SHARE if fits else 1 - CHOICE_SHARE if chooses else 1.0) * effort.left()
    made = first_trips(frame, seed=effort.seed, seconds=max(LEAST_S, share), rounds=effort.rounds, clock=effort.clock)
    trips = _completed(frame, made)
    method = "routing search with drawn-in limits, ruin and recreate on exact times"
    found = Found(trips, run(frame, trips), method)
    if fits:
        return _joined(frame, found, effort)
    return _chosen(frame, found, effort) if chooses else found


def _proved(found: Found) -> bool:
    """True where no routes end earlier."""
    return not found.run.score.broken_s and found.run.score.finish_s <= found.bound


def repaired(frame: Frame, given: Trips, effort: Effort) -> Found:
    """Routes by repair of those given, then by search around them."""
    scarce = exchanging.limited(frame)
    seconds = max(LEAST_S, effort.left() * (SCARCE_SHARE if scarce else 1.0))
    made = repaired_trips(
        frame, given, seed=effort.seed, seconds=seconds, begun=effort.clock(), rounds=effort.rounds, clock=effort.clock
    )
    trips = _completed(frame, made)
    if scarce:
        trips = _exchanged(frame, given, trips, effort)
    return Found(trips, run(frame, trips), "repair of the routes in force, ruin and recreate on exact times")


def _completed(frame: Frame, made: Trips) -> Trips:
    """The trips with every place in them; where several crews meet, begun anew if that is better."""
    choices = [complete(frame, made)]
    if frame.together and len(frame.todo) <= joint.MOST_PLACES:
        choices.append(complete(frame, [[] for _ in frame.crews]))
    return min(choices, key=lambda one: key(run(frame, one)))


def _exchanged(frame: Frame, given: Trips, trips: Trips, effort: Effort) -> Trips:
    """The better of the trips and of those in force, each with places exchanged on exact times."""
    known = [[[p for p in trip if p in frame.todo] for trip in own] for own in given]
    kept = [[trip for trip in own if trip] for own in known]
    found = []
    for share, one in ((0.5, kept), (1.0, trips)):
        until = effort.clock() + share * effort.left()
        found.append(
            exchanging.exchanged(frame, one, lambda made: key(run(frame, made)), until=until, clock=effort.clock)
        )
    return min([*found, trips], key=lambda one: key(run(frame, one)))


def choosable(frame: Frame) -> bool:
    """True where the best choice among all tours may be found."""
    return not frame.together and len(frame.todo) <= MOST_SITES


def _again(frame: Frame, given: Trips, effort: Effort) -> Found:
    """The routes in force, made better by a choice among all tours from where crews stand.

    Where there are too many tours for the time, or no choice has the earliest finish on exact times, they are
    searched as well, and the better ones are taken.
    """
    begun = complete(frame, refilled(frame, given))
    made = exact(frame, begun, seconds=AGAIN_SHARE * effort.left(), clock=effort.clock)
    if made is None:
        return repaired(frame, given, effort)
    trips = begun if made.trips is None else made.trips
    rng = np.random.default_rng(effort.seed)
    rounds = AGAIN_ROUNDS if effort.rounds is None else min(effort.rounds, AGAIN_ROUNDS)
    trips = improved(frame, trips, rng=rng, rounds=rounds, seconds=POLISH_SHARE * effort.left(), clock=effort.clock)
    trips = complete(frame, trips)
    method = "choice among all tours from where crews stand, ruin and recreate on exact times"
    found = Found(trips, run(frame, trips), method, made.bound, made.reason)
    if _proved(found) or (made.trips is not None and not found.run.score.broken_s):
        return found
    other = repaired(frame, given, effort)
    best = min(found, other, key=lambda one: key(one.run))
    return replace(best, bound=made.bound, bound_reason=made.reason)


def _chosen(frame: Frame, found: Found, effort: Effort) -> Found:
    """The routes, made better or proved to end earliest by a choice among all tours."""
    seconds = effort.left() + BOUND_SHARE * effort.seconds  # it proves the bound as well
    made = exact(frame, found.trips, seconds=seconds, clock=effort.clock)
    if made is None:
        return found
    if made.trips is None:
        return replace(found, bound=made.bound, bound_reason=made.reason)
    rng = np.random.default_rng(effort.seed)
    rounds = CHOSEN_ROUNDS if effort.rounds is None else effort.rounds
    trips = improved(frame, made.trips, rng=rng, rounds=rounds, seconds=effort.left(), clock=effort.clock)
    method = f"{found.method}, choice among all tours"
    return Found(trips, run(frame, trips), method, made.bound, made.reason)


def _joined(frame: Frame, found: Found, effort: Effort) -> Found:
    """The routes, made better or proved best by the joint model."""
    made = joint.solved(frame, found.trips, seconds=effort.left(), seed=effort.seed, rounds=effort.rounds)
    trips, done, method = found.trips, found.run, found.method
    if made.trips is not None:
        changed = run(frame, made.trips, made.bench_order)
        if key(changed) < key(done):
            trips, done, method = made.trips, changed, f"{method}, joint model of crews and bench"
    bound, why = max((made.bound, made.bound_reason), (found.bound, found.bound_reason), key=lambda one: one[0])
    return Found(trips, done, method, bound, why, made.impossible)


def complete(frame: Frame, trips: Trips) -> Trips:
    """The trips with exactly the places of the frame in them, each with as many crews as it needs."""
    come: dict[int, set[int]] = {}
    for c, own in enumerate(trips):
        for trip in own:
            for p in trip:
                come.setdefault(p, set()).add(c)
    keep = {p for p, who in come.items() if p in frame.todo and len(who) == frame.crews_at[p]}
    seen: set[tuple[int, int]] = set()
    left: Trips = []
    for c, own in enumerate(trips):
        left.append([])
        for trip in own:
            stays = [p for p in dict.fromkeys(trip) if p in keep and (c, p) not in seen]
            seen.update((c, p) for p in stays)
            if stays:
                left[-1].append(stays)
    return inserted(frame, left, sorted(frame.todo - keep))
