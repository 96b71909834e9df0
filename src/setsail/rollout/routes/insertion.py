"""Routes by insertion: what nothing else has placed is put where it costs least. Knows crews that work together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from setsail.rollout.routes.floors import candidates, floor_of
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.route import RouteValue, route_value
from setsail.rollout.timing.runs import Trips, run

RUN_PLACES = 10_000
"""Places that may be timed for one that needs several crews."""
EXACT_BELOW = 60
"""Places up to which every position is timed by an exact run where crews wait for each other."""
MOST_TEAMS = 60
"""Sets of crews tried for a place that needs several."""
ALL_POSITIONS_BELOW = 120
"""Places on one crew's routes up to which every position is tried; of longer ones the last few."""


def inserted(frame: Frame, trips: Trips, places: Iterable[int]) -> Trips:
    """The routes with more places in them; those that need several crews first, then the farthest first."""
    floors = {p: floor_of(frame, p).accepted for p in places}
    routes = [[list(trip) for trip in own] for own in trips]
    for p in sorted(floors, key=lambda p: (-frame.crews_at[p], -floors[p], p)):
        routes = _with_team(frame, routes, p) if frame.crews_at[p] > 1 else _with_one(frame, routes, p)
    return routes


def _with_one(frame: Frame, trips: Trips, p: int) -> Trips:
    """The routes with a place that one crew serves, where it is done earliest."""
    best: tuple[tuple[int, ...], int, list[list[int]]] | None = None
    exact = frame.together and len(frame.todo) <= EXACT_BELOW
    for c in candidates(frame, p) or range(len(frame.crews)):
        before = route_value(frame, c, trips[c], [0] * len(trips[c])) if not exact else None
        for changed in positions(trips[c], p):
            key = _key(frame, trips, c, changed, before)
            if best is None or key < best[0]:
                best = key, c, changed
    if best is None:
        return trips
    return [best[2] if c == best[1] else own for c, own in enumerate(trips)]


def _key(frame: Frame, trips: Trips, c: int, changed: list[list[int]], before: RouteValue | None) -> tuple[int, ...]:
    """What a changed route of one crew comes to: rules, lateness, finish, way."""
    if before is None:
        score = run(frame, [changed if i == c else own for i, own in enumerate(trips)]).score
        return score.broken_s, score.late_s, score.finish_s, score.distance_m
    value = route_value(frame, c, changed, [0] * len(changed))
    return value.broken_s - before.broken_s, value.late_s - before.late_s, value.finish_s, value.distance_m


def positions(own: list[list[int]], p: int) -> Iterator[list[list[int]]]:
    """One crew's trips with a place in each position, and on a trip of its own at the end."""
    many = sum(map(len, own)) > ALL_POSITIONS_BELOW
    for k, trip in enumerate(own):
        if many and k < len(own) - 1:
            continue
        for i in range(max(0, len(trip) - 4) if many else 0, len(trip) + 1):
            yield [*own[:k], [*trip[:i], p, *trip[i:]], *own[k + 1 :]]
    yield [*own, [p]]


def _with_team(frame: Frame, trips: Trips, p: int) -> Trips:
    """The routes with a place that several crews serve: at the end of each of theirs, so that orders never cross."""
    best: tuple[tuple[int, ...], Trips] | None = None
    for team in _teams(frame, trips, p):
        changed = [_appended(frame, c, own, p) if c in team else own for c, own in enumerate(trips)]
        score = run(frame, changed).score
        key = (score.broken_s, score.late_s, score.finish_s, score.distance_m)
        if best is None or key < best[0]:
            best = key, changed
    return trips if best is None else best[1]


def _appended(frame: Frame, c: int, own: list[list[int]], p: int) -> list[list[int]]:
    """A crew's trips with a place at the end of the last, or on a new trip where the vehicle is full."""
    if own and sum(frame.bring[q] for q in own[-1]) + frame.bring[p] <= frame.crews[c].capacity:
        return [*own[:-1], [*own[-1], p]]
    return [*own, [p]]


def _teams(frame: Frame, trips: Trips, p: int) -> Iterator[tuple[int, ...]]:
    """Crews that together have the skills that a place needs, those first that can be there first; not too many."""
    able = sorted(candidates(frame, p), key=lambda c: (_there(frame, c, trips[c], p), c))
    most = max(2, min(MOST_TEAMS, RUN_PLACES // len(frame.todo)))
    told = 0
    for team in combinations(able, frame.crews_at[p]):
        have = 0
        for c in team:
            have |= frame.crews[c].have
        if not frame.need[p] & ~have:
            yield team
            told += 1
            if told >= most:
                return


def _there(frame: Frame, c: int, own: list[list[int]], p: int) -> int:
    """When a crew would be done at a place after all that it has to do, if nothing made it wait."""
    return route_value(frame, c, _appended(frame, c, own, p), [0] * (len(own) + 1)).finish_s
