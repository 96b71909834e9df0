"""Datums: round trips, size of the shift, nothing moved outside China."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.datum import BOX, from_wgs84, to_wgs84
from setsail.base.errors import BadInput, UnknownName

M_PER_DEG = 111_320.0

lons = st.floats(73.0, 135.0)
lats = st.floats(3.0, 54.0)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(lon=lons, lat=lats)
def test_way_there_and_back_ends_within_a_millimetre(datum: str, lon: float, lat: float) -> None:
    there = from_wgs84(lon, lat, datum)
    back = to_wgs84(*there, datum)
    assert abs(back[0][0] - lon) * M_PER_DEG < 1e-3
    assert abs(back[1][0] - lat) * M_PER_DEG < 1e-3


def test_shift_in_china_is_some_hundred_metres() -> None:
    lon, lat = np.meshgrid(np.linspace(75, 134, 60), np.linspace(18, 53, 60))
    x, y = from_wgs84(lon.ravel(), lat.ravel(), "gcj02")
    moved = np.hypot((x - lon.ravel()) * np.cos(np.radians(lat.ravel())), y - lat.ravel()) * M_PER_DEG
    assert moved.min() > 10
    assert 500 < moved.max() < 1200


def test_shift_of_tiananmen_is_the_published_one() -> None:
    # Widely reproduced example of open converters: WGS 84 116.404, 39.915 -> GCJ-02 116.41024450, 39.91640429.
    x, y = from_wgs84(116.404, 39.915, "gcj02")
    assert x[0] == pytest.approx(116.41024449916938, abs=1e-9)
    assert y[0] == pytest.approx(39.91640428150164, abs=1e-9)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize(("lon", "lat"), [(-0.1, 51.5), (BOX[0] - 0.01, 30.0), (100.0, BOX[3] + 0.01), (0.0, 0.0)])
def test_point_outside_the_box_stays(datum: str, lon: float, lat: float) -> None:
    for convert in (from_wgs84, to_wgs84):
        x, y = convert(lon, lat, datum)
        assert (x[0], y[0]) == (lon, lat)


def test_unverified_and_wgs84_coordinates_come_back_unchanged() -> None:
    for datum in ("unverified", "wgs84"):
        x, y = to_wgs84([116.4], [39.9], datum)
        assert (x[0], y[0]) == (116.4, 39.9)


def test_unknown_datum_is_refused() -> None:
    with pytest.raises(UnknownName, match="wgs84, gcj02, bd09"):
        to_wgs84([116.4], [39.9], "cgcs2000")
    with pytest.raises(UnknownName, match="wgs84, gcj02, bd09"):
        from_wgs84([116.4], [39.9], "unverified")


def test_unequal_columns_are_refused() -> None:
    with pytest.raises(BadInput, match="equal length"):
        to_wgs84([1.0, 2.0], [1.0], "gcj02")
