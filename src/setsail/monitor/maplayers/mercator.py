"""Places of web-Mercator tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.base.limits import Limit

EXTENT = 4096
"""Steps along the side of a tile."""
DEEPEST = 18
ZOOM = Limit("z", 0, DEEPEST, "deepest zoom of the map")
MAX_LAT = 85.0511287798066
"""Latitude of the edge of the square. Source: OGC 17-083r2 (Two Dimensional Tile Matrix Set), annex D.1."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: zoom, column from the west, row from the north. Raises OutOfRange, BadInput."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        ZOOM.require(self.z)
        if not (0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise BadInput(f"is {self.x}, {self.y}", where="x, y", allowed=f"0 to {(1 << self.z) - 1} at zoom {self.z}")

    def bounds(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north [degrees], wider by `margin` tiles on each side; west may be below -180."""
        n = 1 << self.z
        west, east = ((self.x + d) / n * 360.0 - 180.0 for d in (-margin, 1 + margin))
        north, south = (_lat((self.y + d) / n) for d in (-margin, 1 + margin))
        return west, south, east, north

    def place(self, lon: F64, lat: F64) -> tuple[I64, I64]:
        """Steps from the upper left corner: x to the right, y down; beyond 0 .. EXTENT outside the tile.

        Longitudes are taken on the turn of the globe that is nearest to the tile.
        """
        n = 1 << self.z
        middle = (self.x + 0.5) / n * 360.0 - 180.0
        turned = middle + (lon - middle + 180.0) % 360.0 - 180.0
        x = ((turned + 180.0) / 360.0 * n - self.x) * EXTENT
        y = (fraction_down(lat) * n - self.y) * EXTENT
        return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


def fraction_down(lat: F64) -> F64:
    """Share of the square above a latitude [degrees]. Source: OGC 17-083r2, annex D.1 (WebMercatorQuad)."""
    sine = np.sin(np.radians(np.clip(lat, -MAX_LAT, MAX_LAT)))
    return np.asarray(0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi))


def _lat(fraction: float) -> float:
    inside = min(max(fraction, 0.0), 1.0)
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * inside)))))
