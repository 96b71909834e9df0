"""Great circles, held against values worked out elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.rollout.travel.circle import EARTH_RADIUS_M, metres, units


def way(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two places (latitude, longitude)."""
    at = units(np.array([a[0], b[0]]), np.array([a[1], b[1]]))
    return float(metres(at[:1], at[1:])[0, 0])


def test_a_degree_of_the_meridian_is_as_long_as_the_circle_says() -> None:
    assert way((30.0, 114.0), (31.0, 114.0)) == pytest.approx(2 * math.pi * EARTH_RADIUS_M / 360, abs=1e-3)


def test_the_way_from_nashville_to_los_angeles_is_that_of_the_haversine_everyone_computes() -> None:
    """BNA to LAX, 2887.26 km on a sphere of 6372.8 km. Source: Rosetta Code, "Haversine formula"."""
    assert way((36.12, -86.67), (33.94, -118.40)) / EARTH_RADIUS_M * 6372.8 == pytest.approx(2887.2599, abs=1e-3)


def test_opposite_points_lie_half_a_circle_apart() -> None:
    assert way((30.0, 114.0), (-30.0, -66.0)) == pytest.approx(math.pi * EARTH_RADIUS_M, rel=1e-12)


@given(a=st.tuples(st.floats(-89, 89), st.floats(-180, 180)), b=st.tuples(st.floats(-89, 89), st.floats(-180, 180)))
def test_any_way_agrees_with_the_law_of_haversines(a: tuple[float, float], b: tuple[float, float]) -> None:
    (p, q), (u, v) = map(math.radians, (a[0], b[0])), map(math.radians, (a[1], b[1]))
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin((v - u) / 2) ** 2
    assert way(a, b) == pytest.approx(2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h))), rel=1e-6, abs=1e-3)


def test_two_doors_of_one_building_keep_their_centimetres() -> None:
    assert way((30.5, 114.3), (30.5 + 1e-6, 114.3)) == pytest.approx(0.11119, abs=1e-4)
