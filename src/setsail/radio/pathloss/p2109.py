"""Loss into buildings with its spread over buildings and places in them (ITU-R P.2109)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from setsail.base.arrays import F64
from setsail.base.errors import UnknownName
from setsail.base.limits import Limit
from setsail.radio.pathloss.scenarios import cited, number, rows

FC_HZ = Limit("fc_hz", 0.08e9, 100e9, "ITU-R P.2109-2, Annex 1 cl. 3")
PROBABILITY = Limit("probability", 0.0, 1.0, "ITU-R P.2109-2, Annex 1 cl. 3", "()")
ELEVATION_RAD = Limit("elevation_rad", -math.pi / 2, math.pi / 2, "ITU-R P.2109-2, Annex 1 cl. 3")
FLOOR_DB = -3.0
"""Constant C of Annex 1 cl. 3."""


@dataclass(frozen=True, slots=True)
class Building:
    """A kind of building with its nine coefficients r, s, t, u, v, w, x, y, z (Annex 1 cl. 3)."""

    name: str
    coefficients: tuple[float, ...]
    source: str


def building_types() -> tuple[str, ...]:
    """`traditional` and `thermally-efficient`."""
    return tuple(row.need("building") for row in rows("p2109_buildings"))


@cache
def building(name: str) -> Building:
    """A kind of building. Raises UnknownName."""
    text = name.strip().lower().replace("_", "-").replace(" ", "-")
    for row in rows("p2109_buildings"):
        if row.get("building") == text:
            return Building(text, tuple(number(row, c) for c in "rstuvwxyz"), cited(row))
    raise UnknownName(f"is {name!r}", where="building", allowed=", ".join(building_types()))


def entry_loss_db(name: str, fc_hz: float, probability: ArrayLike = 0.5, elevation_rad: ArrayLike = 0.0) -> F64:
    """Building entry loss [dB] (n,) not exceeded with that probability, over buildings and places inside.

    elevation_rad : of the path at the facade, above or below the horizontal. Raises UnknownName, OutOfRange.
    Source: ITU-R P.2109-2, Annex 1 cl. 3 and its table of coefficients.
    """
    r, s, t, u, v, w, x, y, z = building(name).coefficients
    FC_HZ.require(fc_hz)
    PROBABILITY.require(probability)
    ELEVATION_RAD.require(elevation_rad)
    lg = math.log10(fc_hz / 1e9)
    normal = ndtri(np.asarray(probability, dtype=np.float64))
    tilt = 0.212 * np.abs(np.degrees(np.asarray(elevation_rad, dtype=np.float64)))
    first = (r + s * lg + t * lg**2 + tilt) + (u + v * lg) * normal
    second = (w + x * lg) + (y + z * lg) * normal
    total = 10.0 ** (0.1 * first) + 10.0 ** (0.1 * second) + 10.0 ** (0.1 * FLOOR_DB)
    return np.asarray(10.0 * np.log10(total), dtype=np.float64)
