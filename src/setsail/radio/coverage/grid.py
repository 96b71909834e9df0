"""The pixel grid: a metric coordinate system, snapped to whole multiples of the resolution."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import ArrayLike
from pyproj.exceptions import CRSError, ProjError

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.coverage.options import RESOLUTION_M

MAX_SIDE = 2_000_000
EDGE_POINTS = 41


@dataclass(frozen=True, slots=True)
class Block:
    """A unit of work: the window of the grid that begins at (row, col) and holds height x width pixels."""

    row: int
    col: int
    height: int
    width: int

    @property
    def name(self) -> str:
        """As told in findings and in names of files."""
        return f"{self.row:07d}-{self.col:07d}"


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels of `resolution_m`, north up; `west_m` and `north_m` are the outer corner of the first pixel.

    crs : authority code of a projected system in metres, such as `EPSG:32650`, or its PROJ or WKT text.
    """

    crs: str
    resolution_m: float
    west_m: float
    north_m: float
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge."""
        east = self.west_m + self.width * self.resolution_m
        return self.west_m, self.north_m - self.height * self.resolution_m, east, self.north_m

    def blocks(self, side: int) -> Iterator[Block]:
        """The windows of `side` pixels, row by row; those at the edges are smaller."""
        for row in range(0, self.height, side):
            for col in range(0, self.width, side):
                yield Block(row, col, min(side, self.height - row), min(side, self.width - col))

    def count(self, side: int) -> int:
        """Number of blocks."""
        return math.ceil(self.height / side) * math.ceil(self.width / side)

    def to_metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[F64, F64]:
        """Easting and northing [m]; infinite where the system has no place for a point."""
        move = pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        east, north = move.transform(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
        return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)

    def convergence_deg(self, lon: ArrayLike, lat: ArrayLike) -> tuple[F64, F64]:
        """Azimuth of grid north [degrees from true north], and scale of the projection along the meridian."""
        factors = pyproj.Proj(pyproj.CRS.from_user_input(self.crs)).get_factors(lon, lat)
        return np.asarray(factors.meridian_convergence), np.asarray(factors.meridional_scale)


def grid(bbox: tuple[float, float, float, float], resolution_m: float, crs: str | None = None) -> Grid:
    """The grid that covers a box of longitudes and latitudes (west, south, east, north), grown to whole pixels.

    crs : else the UTM zone of the middle of the box. Pixels begin at multiples of the resolution, so that grids of
    one system and resolution always fit onto each other.
    Raises BadInput (box, system not in metres), UnknownName (system), OutOfRange (resolution, size).
    """
    RESOLUTION_M.require(resolution_m)
    west, south, east, north = bbox
    if not all(map(math.isfinite, bbox)) or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadInput(
            f"is {bbox}", where="bbox", allowed="lon0,lat0,lon1,lat1 with lon0 < lon1 and lat0 < lat1, degrees"
        )
    system = metric_crs(crs or utm((west + east) / 2, (south + north) / 2))
    try:
        move = pyproj.Transformer.from_crs("EPSG:4326", system, always_xy=True)
        x0, y0, x1, y1 = move.transform_bounds(west, south, east, north, densify_pts=EDGE_POINTS)
    except ProjError as err:
        raise BadInput("cannot hold the box", where=f"crs {system}", hint="name a system made for that place") from err
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise BadInput("cannot hold the box", where=f"crs {system}", hint="name a system made for that place")
    c0, c1 = math.floor(x0 / resolution_m), math.ceil(x1 / resolution_m)
    r0, r1 = math.floor(y0 / resolution_m), math.ceil(y1 / resolution_m)
    if max(c1 - c0, r1 - r0) > MAX_SIDE:
        raise OutOfRange(
            f"gives {c1 - c0} x {r1 - r0} pixels", where="bbox and resolution", allowed=f"{MAX_SIDE} along a side"
        )
    return Grid(system, resolution_m, c0 * resolution_m, r1 * resolution_m, r1 - r0, c1 - c0)


def utm(lon: float, lat: float) -> str:
    """The UTM zone of a point on WGS 84."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def metric_crs(name: str) -> str:
    """The name of a projected system in metres, as its authority writes it. Raises UnknownName, BadInput."""
    try:
        system = pyproj.CRS.from_user_input(name)
    except CRSError as err:
        raise UnknownName(f"is {name!r}", where="crs", allowed="a coordinate system such as EPSG:32650") from err
    units = {axis.unit_name for axis in system.axis_info}
    if not system.is_projected or units != {"metre"}:
        raise BadInput(
            f"is {name!r} in {', '.join(sorted(units))}", where="crs", allowed="a projected system in metres"
        )
    authority = system.to_authority()
    return ":".join(authority) if authority else name
