from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.coverage.grid import Grid, grid, utm
from tests.radio.coverage.samples import BOX


@given(st.floats(100, 119), st.floats(-60, 60), st.floats(0.001, 0.5), st.sampled_from([1.0, 25.0, 30.0, 100.0]))
def test_the_grid_covers_its_box_and_begins_on_whole_pixels(lon: float, lat: float, size: float, step: float) -> None:
    made = grid((lon, lat, lon + size, lat + size), step)
    west, south, east, north = made.bounds_m
    assert made.west_m % step == 0
    assert made.north_m % step == 0
    x, y = made.to_metres([lon, lon, lon + size, lon + size], [lat, lat + size, lat, lat + size])
    assert west <= x.min() <= west + 0.2 * (east - west) + step
    assert x.max() <= east
    assert south <= y.min()
    assert y.max() <= north


def test_grids_of_one_system_and_resolution_fit_onto_each_other() -> None:
    one, two = grid(BOX, 50.0), grid((BOX[0] + 0.013, *BOX[1:]), 50.0)
    assert (two.west_m - one.west_m) % 50.0 == 0
    assert one.north_m == pytest.approx(two.north_m, abs=100.0)


def test_blocks_cover_every_pixel_once() -> None:
    made = grid(BOX, 100.0)
    seen = np.zeros((made.height, made.width), dtype=int)
    blocks = list(made.blocks(32))
    for b in blocks:
        seen[b.row : b.row + b.height, b.col : b.col + b.width] += 1
    assert np.all(seen == 1)
    assert len(blocks) == made.count(32)


@pytest.mark.parametrize(
    ("lon", "lat", "name"), [(116.4, 40, "EPSG:32650"), (-70, -33, "EPSG:32719"), (180, 1, "EPSG:32660")]
)
def test_the_zone_follows_the_place(lon: float, lat: float, name: str) -> None:
    assert utm(lon, lat) == name


@pytest.mark.parametrize("name", ["EPSG:99999", "nonsense", "EPSG:"])
def test_an_unknown_system_is_named(name: str) -> None:
    with pytest.raises(UnknownName, match="crs: is"):
        grid(BOX, 100.0, name)


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:2263"])
def test_a_system_in_degrees_or_feet_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="a projected system in metres"):
        grid(BOX, 100.0, name)


@pytest.mark.parametrize(
    "box",
    [
        (1, 2, 1, 3),
        (2, 2, 1, 3),
        (0, 3, 1, 2),
        (0, -91, 1, 2),
        (0, 0, 181, 1),
        (math.nan, 0, 1, 1),
        (0, 0, math.inf, 1),
    ],
)
def test_a_box_that_is_none_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput, match="bbox"):
        grid(box, 100.0)


@pytest.mark.parametrize("step", [0.0, -1.0, 0.09, 10_001.0, math.nan])
def test_a_resolution_out_of_range_is_refused(step: float) -> None:
    with pytest.raises(OutOfRange, match="resolution_m"):
        grid(BOX, step)


def test_a_grid_with_too_long_a_side_is_refused_with_its_size() -> None:
    with pytest.raises(OutOfRange, match=r"gives \d+ x \d+ pixels"):
        grid((116.0, 39.0, 119.0, 41.0), 0.1)


def test_azimuths_follow_grid_north() -> None:
    """East of the middle of the zone, true north points left of grid north; checked by moving north a little."""
    made = grid((118.9, 39.9, 119.1, 40.1), 100.0)
    assert isinstance(made, Grid)
    turn, scale = made.convergence_deg(119.0, 40.0)
    x, y = made.to_metres([119.0, 119.0], [40.0, 40.001])
    assert math.degrees(math.atan2(x[1] - x[0], y[1] - y[0])) == pytest.approx(-float(turn), abs=1e-3)
    assert float(scale) == pytest.approx(1.0, abs=1e-3)


def test_a_system_without_a_code_keeps_its_own_text() -> None:
    text = "+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +datum=WGS84 +units=m"
    assert grid(BOX, 100.0, text).crs == text
