"""All tours of one crew: held against every way to serve every set of sites."""

from __future__ import annotations

import time
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout.routes.growing import classes_of
from setsail.rollout.routes.tours import Purse, TooManyError, Tours
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import Trips, run
from tests.rollout.routes.test_bound import cuts, tiny

LATE = 10**6


def purse(left: int = 10**6) -> Purse:
    return Purse(left, float("inf"), time.perf_counter)


def alone(frame: Frame) -> Frame:
    """The first crew with the sites that one crew serves."""
    return frame.part([p for p in frame.todo if frame.crews_at[p] == 1], [0])


def earliest(frame: Frame, places: tuple[int, ...]) -> int | None:
    """The least last acceptance of all ways of the crew to serve these places, None where none keeps the rules."""
    only = frame.part(places, [0])
    found = [
        done.score.finish_s
        for order in permutations(places)
        for cut in cuts(list(order))
        if not (done := run(only, [cut])).score.broken_s
    ]
    return min(found, default=None)


def least(tours: Tours, sites: list[int], places: tuple[int, ...]) -> int | None:
    """The least finish of the tours that serve just these places."""
    wanted = [float(p in places) for p in sites]
    return min((int(f) for cover, f in zip(tours.cover, tours.finish, strict=True) if list(cover) == wanted),
               default=None)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_no_way_to_serve_a_set_of_sites_ends_before_the_tour_of_that_set(seed: int) -> None:
    frame = alone(tiny(seed))
    sites = sorted(frame.todo)
    if not sites:
        return
    tours = classes_of(frame, sites, by=LATE, purse=purse())[0]
    for size in range(1, len(sites) + 1):
        for places in combinations(sites, size):
            best = earliest(frame, places)
            if best is not None:
                found = least(tours, sites, places)
                assert found is not None, places
                assert found <= best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_the_trips_of_a_tour_serve_its_sites_and_end_when_it_says(seed: int) -> None:
    frame = alone(tiny(seed))
    sites = sorted(frame.todo)
    if not sites:
        return
    tours = classes_of(frame, sites, by=LATE, purse=purse())[0]
    for row in range(len(tours)):
        trips: Trips = [tours.trips(row)]
        places = [p for trip in trips[0] for p in trip]
        assert sorted(places) == [p for p, in_it in zip(sites, tours.cover[row], strict=True) if in_it]
        done = run(frame.part(places, [0]), trips)
        own = frame.crews[0]
        goes_on = own.moving and sum(frame.bring[p] for p in trips[0][0]) <= own.aboard  # whatever is nearer
        if not goes_on and not any(frame.set_from[p] or frame.load_from[p] for p in places):
            assert done.accepted[places[-1]] <= tours.finish[row]


def test_tours_that_are_too_many_are_given_up() -> None:
    frame = alone(tiny(1))
    with pytest.raises(TooManyError):
        classes_of(frame, sorted(frame.todo), by=LATE, purse=purse(1))


def test_tours_are_in_the_order_in_which_they_end_and_none_ends_after_the_time_told() -> None:
    frame = alone(tiny(1))
    every = classes_of(frame, sorted(frame.todo), by=LATE, purse=purse())[0]
    assert list(every.finish) == sorted(every.finish)
    middle = int(every.finish[len(every) // 2])
    some = classes_of(frame, sorted(frame.todo), by=middle, purse=purse())[0]
    assert some.finish.max() <= middle
    assert len(some) <= every.by(middle)
