"""The value of one crew's trips alone, in plain integers: what a local search calls again and again.

How to search with it: `frame = frame_of(...)`; keep `runs.run(frame, trips)` of the routes as they stand and take its
`ready` (when the sets of each trip are there). A changed route of one crew is then `route_value(frame, crew, trips,
ready[crew])` (a trip more than `ready` has: repeat its last value, or 0 where the bench is never waited for). Add the
values of the other crews by `total`, and run the whole of it again by `runs.run` before a change is kept: the order on
the bench may have changed. Where `frame.together` is true, a crew that calls at a place which needs several crews can
only be timed by `runs.run`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from setsail.rollout.timing.frame import Frame
from setsail.rollout.travel.matrix import UNREACHABLE

BROKEN_S = 10**6
"""Added to `broken_s` for each rule that is broken outright: a set too many, a skill missing, a crew missing."""


class RouteValue(NamedTuple):
    """What one crew's trips come to. Smaller is better, in this order.

    broken_s : seconds beyond windows and shifts, `BROKEN_S` for each other rule;  late_s : after due times and the
    deadline, summed over its sites;  finish_s : its last acceptance;  distance_m : all its driving, the way home too.
    """

    broken_s: int
    late_s: int
    finish_s: int
    distance_m: int


def route_value(  # noqa: PLR0912 - the inner loop of every search: calls would double its time
    frame: Frame, crew: int, trips: Sequence[Sequence[int]], ready: Sequence[int]
) -> RouteValue:
    """The value of the trips of one crew; `ready` : per trip, when its sets are configured.

    All places are taken as if this crew were the only one there.
    """
    if not trips:
        return RouteValue(0, 0, 0, 0)
    own = frame.crews[crew]
    n, seconds, metres = frame.n, frame.seconds, frame.metres
    work, floor, limit, line = frame.work, frame.floor, frame.limit, frame.line
    remote, due, bring, need = frame.remote, frame.due, frame.bring, frame.need
    here, home, lacks = own.start, own.home, ~own.have
    t = own.free if own.free > own.from_s else own.from_s
    broken = late = finish = distance = 0
    for k, trip in enumerate(trips):
        sets = 0
        for p in trip:
            sets += bring[p]
            if need[p] & lacks:
                broken += BROKEN_S
        if k or not own.moving or sets > own.aboard:
            leg = here * n + home
            distance += metres[leg]
            t += seconds[leg]
            t = depart(frame, crew, trip, t, ready[k])
            here = home
        elif t < own.road_from:
            t = own.road_from
        if sets > own.capacity:
            broken += BROKEN_S * (sets - own.capacity)
        for p in trip:
            leg = here * n + p
            t += seconds[leg]
            distance += metres[leg]
            t = t if t > floor[p] else floor[p]
            t += work[p]
            if t > limit[p]:
                broken += t - limit[p]
            accepted = (t if t > line[p] else line[p]) + remote[p]
            finish = finish if finish > accepted else accepted
            if accepted > due[p]:
                late += accepted - due[p]
            here = p
    if t > own.until_s:
        broken += t - own.until_s
    leg = here * n + home
    t += seconds[leg]
    if t > own.road_until:
        broken += t - own.road_until
    if t >= UNREACHABLE:
        broken += BROKEN_S
    return RouteValue(broken, late, finish, distance + metres[leg])


def depart(frame: Frame, crew: int, trip: Sequence[int], t: int, ready: int) -> int:
    """When a crew that is at its depot at `t` leaves it on a trip: sets there, loaded, vehicle and sites allowed."""
    own = frame.crews[crew]
    begin = t if t > ready else ready
    for p in trip:
        begin = max(begin, frame.set_from[p])
    leave = max(begin + own.load, own.road_from)
    for p in trip:
        leave = max(leave, frame.load_from[p])
    return leave


def total(values: Iterable[RouteValue]) -> RouteValue:
    """Several crews together: rules, lateness and distance added up, the latest finish."""
    broken = late = finish = distance = 0
    for value in values:
        broken += value.broken_s
        late += value.late_s
        finish = max(finish, value.finish_s)
        distance += value.distance_m
    return RouteValue(broken, late, finish, distance)
