"""The choice of heads against every set that there is, and what it proves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.design.indoor.choose import Wanted, choose, greedy, meets, reachable, shares, swapped, undominated

pytest.importorskip("highspy", reason="needs the extra 'site'")


def random(rng: np.random.Generator, heads: int = 9, points: int = 24, rooms: int = 4) -> Wanted:
    """A small problem whose shares can be reached; the last room wants a second server."""
    level = rng.normal(0.0, 1.0, (heads, points))
    group = np.arange(points) % rooms
    made = Wanted(
        level > 0.4, level > 0.0, group, 0.9, np.full(rooms, 0.8), np.where(np.arange(rooms) == rooms - 1, 0.6, 0.0),
        rng.uniform(1.0, 3.0, points), np.ones(heads), np.zeros(heads, dtype=bool),
    )  # fmt: skip
    return reachable(made)[0]


def fewest(wanted: Wanted) -> int:
    """By trying all sets."""
    every = range(wanted.price.size)
    return next(
        n
        for n in range(wanted.price.size + 1)
        if any(meets(wanted, np.array(c, dtype=int)) for c in combinations(every, n))
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_choice_is_the_least_of_all_sets(seed: int) -> None:
    wanted = random(np.random.default_rng(seed))
    found = choose(wanted, 30.0, 10_000)
    assert meets(wanted, found.index)
    assert found.index.size == fewest(wanted)
    assert found.gap_ratio == 0.0


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_greedy_and_its_exchanges_reach_every_share(seed: int) -> None:
    wanted = random(np.random.default_rng(seed), heads=20, points=60)
    first = greedy(wanted)
    assert meets(wanted, first)
    better = swapped(wanted, first)
    assert meets(wanted, better)
    assert better.size <= first.size


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_leaving_out_dominated_candidates_costs_no_head(seed: int) -> None:
    wanted = random(np.random.default_rng(seed))
    kept = undominated(wanted)
    left = replace(
        wanted, covers=wanted.covers[kept], backs=wanted.backs[kept], price=wanted.price[kept], fixed=wanted.fixed[kept]
    )
    assert fewest(left) == fewest(wanted)


def test_heads_that_stand_there_are_kept() -> None:
    wanted = random(np.random.default_rng(3))
    fixed = np.zeros(wanted.price.size, dtype=bool)
    fixed[[1, 4]] = True
    found = choose(replace(wanted, fixed=fixed, price=np.where(fixed, 0.0, 1.0)), 30.0, 10_000)
    assert {1, 4} <= set(found.index.tolist())
    assert found.gap_ratio == 0.0


def test_what_no_set_reaches_is_cut_to_what_all_reach() -> None:
    covers = np.array([[True, True, False, False], [False, True, True, False]])
    wanted = Wanted(
        covers, covers, np.array([0, 0, 1, 1]), 1.0, np.array([1.0, 1.0]), np.array([1.0, 0.0]), np.ones(4), np.ones(2),
        np.zeros(2, dtype=bool),
    )  # fmt: skip
    cut, most = reachable(wanted)
    assert most.share == 0.75
    assert most.room_share.tolist() == [1.0, 0.5]
    assert most.second_share.tolist() == [0.5, 0.0]
    assert choose(cut, 30.0, 1000).index.tolist() == [0, 1]


def test_shares_count_area_for_the_floor_and_points_for_rooms() -> None:
    covers = np.array([[True, False, True]])
    wanted = Wanted(
        covers, covers, np.array([0, 0, 1]), 0.5, np.zeros(2), np.zeros(2), np.array([1.0, 1.0, 6.0]), np.ones(1),
        np.zeros(1, dtype=bool),
    )  # fmt: skip
    got = shares(wanted, np.array([0]))
    assert got.share == pytest.approx(7.0 / 8.0)
    assert got.room_share.tolist() == [0.5, 1.0]
