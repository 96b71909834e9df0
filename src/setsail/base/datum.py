"""Datums of coordinates: WGS 84 and the two shifted ones in use on Chinese maps, GCJ-02 and BD-09.

The shift is smooth, so the way back is found by iteration. Points outside the box of China are left as they are.
Source: no official text is public; the constants and series are those that open converters agree on (Krasovsky 1940
ellipsoid, a = 6,378,245 m, e^2 = 0.00669342162296594323), so a converted point is good to metres, not centimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput, UnknownName

Datum = Literal["wgs84", "gcj02", "bd09", "unverified"]
DATUMS: tuple[str, ...] = get_args(Datum)

A_M = 6378245.0
EE = 0.00669342162296594323
BD_TURN = np.pi * 3000.0 / 180.0
BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north [degrees]: outside it nothing is shifted."""

ROUNDS = 12
"""Rounds of the way back; each gains about two digits, so this ends at the last bit."""

Shift = Callable[[F64, F64], tuple[F64, F64]]


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[F64, F64]:
    """Coordinates (n,), (n,) [degrees] in WGS 84; `unverified` ones come back unchanged. Raises UnknownName."""
    x, y = _checked(lon, lat)
    if datum not in DATUMS:
        raise UnknownName(f"is {datum!r}", where="datum", allowed=", ".join(DATUMS))
    if datum == "gcj02":
        return _back(_wgs84_to_gcj02, x, y)
    if datum == "bd09":
        return _back(_wgs84_to_bd09, x, y)
    return x, y


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[F64, F64]:
    """Coordinates (n,), (n,) [degrees] in `datum` of points given in WGS 84. Raises UnknownName."""
    x, y = _checked(lon, lat)
    if datum not in ("wgs84", "gcj02", "bd09"):
        raise UnknownName(f"is {datum!r}", where="datum", allowed="wgs84, gcj02, bd09")
    if datum == "gcj02":
        return _wgs84_to_gcj02(x, y)
    if datum == "bd09":
        return _wgs84_to_bd09(x, y)
    return x, y


def inside_china_box(lon: F64, lat: F64) -> Bool:
    """True (n,) where the shift applies: a box, not the border."""
    west, south, east, north = BOX
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north), dtype=np.bool_)


def _checked(lon: ArrayLike, lat: ArrayLike) -> tuple[F64, F64]:
    x, y = np.array(lon, dtype=np.float64, ndmin=1), np.array(lat, dtype=np.float64, ndmin=1)
    if x.shape != y.shape:
        raise BadInput(f"{x.shape} and {y.shape}", where="lon, lat", allowed="columns of equal length")
    return x, y


def _wgs84_to_gcj02(lon: F64, lat: F64) -> tuple[F64, F64]:
    east_m, north_m = _offsets_m(lon - 105.0, lat - 35.0)
    phi = np.radians(lat)
    w = 1 - EE * np.sin(phi) ** 2
    north_deg = np.degrees(north_m * w * np.sqrt(w) / (A_M * (1 - EE)))
    east_deg = np.degrees(east_m * np.sqrt(w) / (A_M * np.cos(phi)))
    inside = inside_china_box(lon, lat)
    return np.where(inside, lon + east_deg, lon), np.where(inside, lat + north_deg, lat)


def _offsets_m(x: F64, y: F64) -> tuple[F64, F64]:
    """Shift to the east and to the north [m] at x degrees east of 105 E and y degrees north of 35 N."""
    root = np.sqrt(np.abs(x))
    common = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    return east, north


def _wgs84_to_bd09(lon: F64, lat: F64) -> tuple[F64, F64]:
    x, y = _wgs84_to_gcj02(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD_TURN)
    inside = inside_china_box(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, x),
        np.where(inside, radius * np.sin(angle) + 0.006, y),
    )


def _back(shift: Shift, lon: F64, lat: F64) -> tuple[F64, F64]:
    """The point that `shift` moves to (lon, lat): fixed-point iteration on the small, smooth shift."""
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        moved_x, moved_y = shift(x, y)
        x, y = x + (lon - moved_x), y + (lat - moved_y)
    inside = inside_china_box(lon, lat)
    return np.where(inside, x, lon), np.where(inside, y, lat)
