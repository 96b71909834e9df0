"""Great-circle distances between many places at once."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (R1 of IUGG); a great circle on it is within 0.6 % of the ellipsoid."""


def units(latitude_deg: F64, longitude_deg: F64) -> F64:
    """Unit vectors (n, 3) from the centre of the Earth."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def metres(a: F64, b: F64) -> F64:
    """Great-circle distances [m] (n, m) between unit vectors a (n, 3) and b (m, 3).

    The half chord comes from differences, so that near places lose no digits.
    """
    squared = (a[:, None, 0] - b[None, :, 0]) ** 2
    for axis in (1, 2):
        squared += (a[:, None, axis] - b[None, :, axis]) ** 2
    half = np.sqrt(squared, out=squared)
    half *= 0.5
    np.minimum(half, 1.0, out=half)
    np.arcsin(half, out=half)
    half *= 2.0 * EARTH_RADIUS_M
    return half
