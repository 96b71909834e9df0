"""Loss through clutter around a terminal (ITU-R P.2108): height gain, terrestrial paths, paths to the sky."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.tables import Row
from setsail.radio.pathloss.scenarios import number, rows

HEIGHT_GAIN_HZ = Limit("fc_hz", 0.03e9, 3e9, "ITU-R P.2108-1, cl. 3.1")
TERRESTRIAL_HZ = Limit("fc_hz", 0.5e9, 67e9, "ITU-R P.2108-1, cl. 3.2")
TERRESTRIAL_M = Limit("distance_m", 250.0, 1e6, "ITU-R P.2108-1, cl. 3.2")
BOTH_ENDS_M = 1000.0
"""Shortest path whose two ends may both be corrected (cl. 3.2)."""
SKY_HZ = Limit("fc_hz", 10e9, 100e9, "ITU-R P.2108-1, cl. 3.3")
ELEVATION_RAD = Limit("elevation_rad", 0.0, math.pi / 2, "ITU-R P.2108-1, cl. 3.3")
PROBABILITY = Limit("probability", 0.0, 1.0, "ITU-R P.2108-1, cl. 3.2", "()")
LENGTH_M = Limit("length", 0.0, 1000.0, "assumption", "(]")
LEVEL_OFF_KM = 2.0
"""Path length at which the loss of the terrestrial model stops to grow."""


def clutter_types() -> tuple[str, ...]:
    """Kinds of clutter of the height-gain model."""
    return tuple(row.need("clutter") for row in rows("p2108_clutter"))


def height_gain_db(
    clutter: str, fc_hz: float, antenna_m: float, *, clutter_m: float | None = None, street_width_m: float = 27.0
) -> float:
    """Median loss [dB] added for an antenna below the clutter around it; 0 at or above its height.

    clutter_m : representative height R, `None` for the default of the kind. Raises UnknownName, OutOfRange.
    Source: ITU-R P.2108-1, cl. 3.1, eq. 2a to 2g.
    """
    row = _row(clutter)
    HEIGHT_GAIN_HZ.require(fc_hz)
    height = number(row, "height_m") if clutter_m is None else clutter_m
    for name, value in (("antenna_m", antenna_m), ("clutter_m", height), ("street_width_m", street_width_m)):
        LENGTH_M.require(value, name)
    if antenna_m >= height:
        return 0.0
    f = fc_hz / 1e9
    if row.need("equation") == "2b":
        return -(21.8 + 6.2 * math.log10(f)) * math.log10(antenna_m / height)
    gap = height - antenna_m
    nu = 0.342 * math.sqrt(f) * math.sqrt(gap * math.degrees(math.atan(gap / street_width_m)))
    knife = 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1) if nu > -0.78 else 0.0
    return knife - 6.03


def terrestrial_db(fc_hz: float, distance_m: ArrayLike, probability: ArrayLike) -> F64:
    """Clutter loss [dB] (n,) at one end of a path that is not exceeded at that share of locations.

    Urban and suburban; both ends may be corrected from 1 km on. Raises OutOfRange.
    Source: ITU-R P.2108-1, cl. 3.2, eq. 3a to 5b, least of this and of 2 km.
    """
    TERRESTRIAL_HZ.require(fc_hz)
    TERRESTRIAL_M.require(distance_m)
    PROBABILITY.require(probability)
    d_km = np.asarray(distance_m, dtype=np.float64) / 1e3
    z = ndtri(np.asarray(probability, dtype=np.float64))
    here, level = _terrestrial(fc_hz / 1e9, d_km, z), _terrestrial(fc_hz / 1e9, np.full_like(d_km, LEVEL_OFF_KM), z)
    return np.minimum(here, level)


def sky_db(fc_hz: float, elevation_rad: ArrayLike, probability: ArrayLike) -> F64:
    """Clutter loss [dB] (n,) towards a satellite or aircraft not exceeded at that share of locations.

    Source: ITU-R P.2108-1, cl. 3.3.
    """
    SKY_HZ.require(fc_hz)
    ELEVATION_RAD.require(elevation_rad)
    PROBABILITY.require(probability)
    theta = np.asarray(elevation_rad, dtype=np.float64)
    p = np.asarray(probability, dtype=np.float64)
    share = theta / (math.pi / 2)
    k1 = 93.0 * (fc_hz / 1e9) ** 0.175
    base = -k1 * np.log1p(-p) / np.tan(0.05 * (1.0 - share) + theta)
    return np.asarray(base ** (0.5 * (1.0 - share)) - 1.0 + 0.6 * ndtri(p), dtype=np.float64)


def require_both_ends(distance_m: float) -> None:
    """Raises BadInput where a path is too short to be corrected at both ends."""
    if distance_m < BOTH_ENDS_M:
        raise BadInput(f"is {distance_m:g}", where="distance_m", allowed="1000 m or more to correct both ends")


def _terrestrial(f: float, d_km: F64, z: F64) -> F64:
    """Sum of the two parts: L_l (level) and L_s (short paths), mixed in power as eq. 3a and 3b do."""
    level = -2.0 * math.log10(10.0 ** (-5.0 * math.log10(f) - 12.5) + 10.0**-16.5)
    short = 32.98 + 23.9 * np.log10(d_km) + 3.0 * math.log10(f)
    a, b = 10.0 ** (-0.2 * level), 10.0 ** (-0.2 * short)
    sigma = np.sqrt((4.0**2 * a + 6.0**2 * b) / (a + b))
    return np.asarray(-5.0 * np.log10(a + b) + sigma * z, dtype=np.float64)


def _row(clutter: str) -> Row:
    name = clutter.strip().lower().replace("_", "-").replace(" ", "-")
    for row in rows("p2108_clutter"):
        if row.get("clutter") == name:
            return row
    raise UnknownName(f"is {clutter!r}", where="clutter", allowed=", ".join(clutter_types()))
