"""Places moved one by one on exact times: where sets are short, what one crew takes another lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from setsail.rollout.routes.improving import Key
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import Trips, run

MOST_PLACES = 64
"""More take too long on exact times of the whole."""


def limited(frame: Frame) -> bool:
    """True where few places are left and some depot has no more sets than it was told."""
    return len(frame.todo) <= MOST_PLACES and any(s.raw is not None for s in frame.supplies.values())


def exchanged(
    frame: Frame, trips: Trips, key: Callable[[Trips], Key], *, until: float, clock: Callable[[], float]
) -> Trips:
    """The trips with what is missing put where it is best, then with places moved as long as that is better."""
    best = [[list(trip) for trip in own] for own in trips]
    held = {p for own in best for trip in own for p in trip}
    for p in sorted(frame.todo - held):
        if frame.crews_at[p] == 1:
            best = min(_with(best, p), key=key)
    value, better = key(best), True
    while better and clock() < until:
        better = False
        for p in _last_first(frame, best):
            for made in _with(_without(best, p), p):
                if clock() >= until:
                    return best
                found = key(made)
                if found < value:
                    best, value, better = made, found, True
    return best


def _last_first(frame: Frame, trips: Trips) -> list[int]:
    """Places that one crew serves, those that are accepted last first."""
    accepted = run(frame, trips).accepted
    return sorted((p for p in accepted if frame.crews_at[p] == 1), key=lambda p: -accepted[p])


def _without(trips: Trips, place: int) -> Trips:
    return [[rest for trip in own if (rest := [p for p in trip if p != place])] for own in trips]


def _with(trips: Trips, place: int) -> Iterator[Trips]:
    """The trips with a place at every position of every trip, and on a trip of its own."""
    for c, own in enumerate(trips):
        for k, trip in enumerate(own):
            for i in range(len(trip) + 1):
                yield [*trips[:c], [*own[:k], [*trip[:i], place, *trip[i:]], *own[k + 1 :]], *trips[c + 1 :]]
        yield [*trips[:c], [*own, [place]], *trips[c + 1 :]]
