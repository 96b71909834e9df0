"""A solution walked customer by customer, apart from the library that found it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from setsail.rollout.routes.instance import Instance, VehicleRoute


def cost(instance: Instance, routes: Sequence[VehicleRoute]) -> int:
    """Total distance of the routes in scaled units, each from the depot and back to it."""
    total = 0
    for route in routes:
        stops = (0, *route, 0)
        total += sum(int(instance.distance[a, b]) for a, b in pairwise(stops))
    return total


def violations(instance: Instance, routes: Sequence[VehicleRoute]) -> tuple[str, ...]:
    """What the routes break, in plain words; empty for a feasible solution."""
    return (
        *_coverage(instance, routes),
        *(text for k, r in enumerate(routes, start=1) for text in _route(instance, k, r)),
    )


def _coverage(instance: Instance, routes: Sequence[VehicleRoute]) -> Iterator[str]:
    """Every customer once, no more routes than vehicles."""
    served = Counter(place for route in routes for place in route if place)
    for place in range(1, instance.customers + 1):
        if served[place] != 1:
            yield f"customer {place} is served {served[place]} times"
    for place in served.keys() - set(range(1, instance.customers + 1)):
        yield f"customer {place} is not of this instance"
    used = sum(any(route) for route in routes)
    if used > instance.vehicles:
        yield f"{used} vehicles where there are {instance.vehicles}"


def _route(instance: Instance, number: int, route: VehicleRoute) -> Iterator[str]:
    """Load, windows, releases and the depot's closing time of one vehicle."""
    free = int(instance.ready[0])
    trips = _trips(route)
    if len(trips) > 1 and not instance.reload:
        yield f"route {number} loads again, which the instance does not allow"
    for trip in trips:
        inside = [place for place in trip if 0 < place <= instance.customers]
        load = sum(int(instance.demand[place]) for place in inside)
        if load > instance.capacity:
            yield f"route {number} carries {load} of {instance.capacity}"
        at, place = max([free, *(int(instance.release[p]) for p in inside)]), 0
        for stop in inside:
            at = max(at + int(instance.duration[place, stop]), int(instance.ready[stop]))
            if at > int(instance.due[stop]):
                yield f"route {number} begins at customer {stop} after its window"
            at, place = at + int(instance.service[stop]), stop
        free = at + int(instance.duration[place, 0])
        if free > int(instance.due[0]):
            yield f"route {number} comes back after the depot closes"


def _trips(route: VehicleRoute) -> list[list[int]]:
    """The route cut where the vehicle loads again."""
    trips: list[list[int]] = [[]]
    for place in route:
        if place:
            trips[-1].append(place)
        else:
            trips.append([])
    return [trip for trip in trips if trip]
