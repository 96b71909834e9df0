"""Points in regions: equal to asking the outlines for every point, wherever the point lies."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.standards.boundaries import Level, Regions, shipped
from setsail.store import h3_table
from setsail.store.places import H3_RESOLUTION, Places, h3_cells


@cache
def places(level: Level) -> Places:
    return Places.from_regions(shipped(level))


def by_outlines(regions: Regions, lon: F64, lat: F64) -> NDArray[np.int32]:
    """The lowest code whose outline meets each point, asked one by one."""
    point, region = shapely.STRtree(regions.shape).query(shapely.points(lon, lat), predicate="intersects")
    code = np.full(len(lon), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(code, point, regions.adcode[region])
    return np.where(code == np.iinfo(np.int32).max, 0, code).astype(np.int32)


def squares(*boxes: tuple[float, float, float, float]) -> Regions:
    """Invented square regions 1, 2, ..."""
    shape = np.array([shapely.box(*box) for box in boxes], dtype=object)
    codes = np.arange(1, len(boxes) + 1, dtype=np.int32)
    told = tuple(f"Square {k}" for k in codes)
    return Regions("province", codes, np.zeros_like(codes), told, told, shape, "wgs84", "test")


@pytest.mark.parametrize("level", ["province", "prefecture"])
def test_random_points_lie_where_the_outlines_say(level: Level) -> None:
    rng = np.random.default_rng(2021)
    lon, lat = rng.uniform(72, 137, 60_000), rng.uniform(3, 55, 60_000)
    np.testing.assert_array_equal(places(level).place(lon, lat), by_outlines(shipped(level), lon, lat))


@pytest.mark.parametrize("spread_deg", [1e-9, 1e-5, 1e-3, 0.05])
def test_points_close_to_borders_lie_where_the_outlines_say(spread_deg: float) -> None:
    rng = np.random.default_rng(2023)
    regions = shipped("prefecture")
    corners = shapely.get_coordinates(regions.shape)
    first = rng.integers(0, len(corners) - 1, 15_000)
    weight = rng.uniform(0, 1, (first.size, 1))
    near = weight * corners[first] + (1 - weight) * corners[first + 1] + rng.normal(0, spread_deg, (first.size, 2))
    lon, lat = near[:, 0], near[:, 1]
    np.testing.assert_array_equal(places("prefecture").place(lon, lat), by_outlines(regions, lon, lat))


def test_points_on_corners_belong_to_the_lowest_code() -> None:
    regions = shipped("prefecture")
    corners = shapely.get_coordinates(regions.shape)[::17]
    lon, lat = corners[:, 0], corners[:, 1]
    placed = places("prefecture").place(lon, lat)
    assert np.all(placed > 0)
    np.testing.assert_array_equal(placed, by_outlines(regions, lon, lat))


@settings(max_examples=25, deadline=None)
@given(
    west=st.floats(-179, 170), south=st.floats(-80, 70), width=st.floats(0.01, 9), height=st.floats(0.01, 9),
    finest=st.integers(5, 6), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_points_in_invented_squares_anywhere_lie_where_the_outlines_say(
    *, west: float, south: float, width: float, height: float, finest: int, seed: int
) -> None:
    east, north = west + width, south + height
    regions = squares((west, south, east, north), (east, south, east + width / 2, north))
    rng = np.random.default_rng(seed)
    lon = np.clip(rng.uniform(west - 0.5, east + width, 300), -180, 180)
    lat = rng.uniform(south - 0.5, north + 0.5, 300)
    lon[:5], lat[5:10] = east, north
    found = Places.from_regions(regions, finest).place(lon, lat)
    np.testing.assert_array_equal(found, by_outlines(regions, lon, lat))


def test_regions_at_the_antimeridian_and_the_pole_are_placed_too() -> None:
    regions = squares((177.0, -19.0, 180.0, -15.0), (-180.0, -19.0, -178.0, -15.0), (-180.0, 86.0, 180.0, 90.0))
    rng = np.random.default_rng(7)
    lon = np.concatenate([rng.uniform(176, 180, 4000), rng.uniform(-180, -177, 4000), rng.uniform(-180, 180, 4000)])
    lat = np.concatenate([rng.uniform(-20, -14, 8000), rng.uniform(84, 90, 4000)])
    found = Places.from_regions(regions).place(lon, lat)
    np.testing.assert_array_equal(found, by_outlines(regions, lon, lat))
    assert set(found.tolist()) == {0, 1, 2, 3}


def test_known_cells_give_the_same_places() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(100, 120, 5000), rng.uniform(20, 40, 5000)
    cells = h3_cells(lon, lat)
    np.testing.assert_array_equal(
        places("prefecture").place(lon, lat), places("prefecture").place(lon, lat, cells=cells)
    )


def test_most_points_never_ask_an_outline() -> None:
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(73, 135, 50_000), rng.uniform(18, 53, 50_000)
    asked = places("prefecture").table.look_up(h3_cells(lon, lat)) <= h3_table.ASK
    assert 0 < asked.mean() < 0.1


def test_growth_covers_every_descendant_of_a_cell() -> None:
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(-170, 170, 4000), rng.uniform(-80, 80, 4000)
    for resolution in (4, 5, 6):
        cells = h3_cells(lon, lat, 12)
        ancestors = (cells & ~(15 << 52)) | (resolution << 52) | ((1 << 3 * (15 - resolution)) - 1)
        outlines, _, wraps = h3_table._grown(ancestors)
        held = shapely.intersects_xy(outlines, lon, lat)
        assert np.all(held | wraps)


def test_h3_ids_are_signed_and_equal_a_published_example() -> None:
    # H3 documentation, "latLngToCell": 37.3615593, -122.0553238 at resolution 5 is 85283473fffffff.
    cells = h3_cells([-122.0553238], [37.3615593], 5)
    assert cells.dtype == np.int64
    assert f"{cells[0]:x}" == "85283473fffffff"
    assert H3_RESOLUTION == 9


@pytest.mark.parametrize(("lon", "lat"), [([181.0], [0.0]), ([0.0], [90.5]), ([float("nan")], [1.0])])
def test_coordinates_off_the_globe_are_refused(lon: list[float], lat: list[float]) -> None:
    with pytest.raises(OutOfRange):
        h3_cells(lon, lat)


def test_limits_of_the_globe_are_accepted() -> None:
    assert np.all(h3_cells([-180.0, 180.0], [-90.0, 90.0]) > 0)


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(BadInput, match="equal length"):
        places("province").place([1.0, 2.0], [1.0])


def test_no_points_give_no_places() -> None:
    assert places("province").place([], []).shape == (0,)


@pytest.mark.parametrize("resolution", [-1, 16])
def test_resolution_that_h3_lacks_is_refused(resolution: int) -> None:
    with pytest.raises(OutOfRange, match="0 to 15"):
        h3_cells([0.0], [0.0], resolution)


@pytest.mark.parametrize("finest", [4, 10])
def test_table_resolution_without_use_is_refused(finest: int) -> None:
    with pytest.raises(OutOfRange, match="5 to 9"):
        Places.from_regions(squares((0, 0, 1, 1)), finest)
