"""Points placed in regions exactly, and H3 cell ids of points.

A point finds its H3 cell, the cell finds its region in a table; only in cells that a border may touch are the outlines
themselves asked. The result equals asking the outlines for every point, and is several times faster.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.standards.boundaries import Regions
from setsail.store import h3_table

I32 = NDArray[np.int32]

LON_DEG = Limit("lon", -180.0, 180.0, "degrees, EPSG:4326")
LAT_DEG = Limit("lat", -90.0, 90.0, "degrees, EPSG:4326")
NOWHERE = 0
"""Region code of a point outside all regions."""

H3_RESOLUTION = 9
"""Resolution at which points are stored: cells of about 0.1 km2, as in the maps of the FCC's data collection."""


def h3_cells(lon: ArrayLike, lat: ArrayLike, resolution: int = H3_RESOLUTION) -> I64:
    """H3 ids (n,) of points, as signed 64-bit integers so that every engine reads them.

    lon, lat : (n,) [degrees].  Raises OutOfRange for NaN and coordinates off the globe, BadInput for unequal columns.
    Source: H3 4.x, "latLngToCell"; ids are below 2^63.
    """
    from h3ronpy.vector import coordinates_to_cells  # noqa: PLC0415 - only where points come in

    x, y = _points(lon, lat)
    if not 0 <= resolution <= 15:
        raise OutOfRange(f"is {resolution}", where="H3 resolution", allowed="0 to 15")
    cells = pa.array(coordinates_to_cells(pa.array(y), pa.array(x), int(resolution)))
    return np.asarray(cells.to_numpy(zero_copy_only=False)).view(np.int64)


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[F64, F64]:
    x = np.ascontiguousarray(lon, dtype=np.float64)
    y = np.ascontiguousarray(lat, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise BadInput(f"have shapes {x.shape} and {y.shape}", where="lon, lat", allowed="two columns of equal length")
    LON_DEG.require(x)
    LAT_DEG.require(y)
    return x, y


@dataclass(frozen=True)
class Places:
    """Where points lie: a set of regions and the table from H3 cells to them. Make it with `Places.from_regions`."""

    regions: Regions
    table: h3_table.Table = field(repr=False)

    @classmethod
    def from_regions(cls, regions: Regions, finest: int = h3_table.FINEST) -> Places:
        """Places over those regions.

        finest : resolution at which border cells are told apart; finer builds slower and asks outlines less often.
        """
        shapely.prepare(regions.shape)
        return cls(regions, h3_table.build(regions.shape, finest))

    def place(self, lon: ArrayLike, lat: ArrayLike, cells: I64 | None = None) -> I32:
        """Code (n,) of the region that each point lies in, 0 outside all.

        lon, lat : (n,) [degrees], WGS 84; outlines of an unverified datum are taken as they are.
        cells : (n,) their H3 ids of `H3_RESOLUTION` or finer where they are known already.
        A point on a common border belongs to the region with the lower code. Raises OutOfRange, BadInput.
        """
        return self._codes[self.rows(lon, lat, cells)]

    def rows(self, lon: ArrayLike, lat: ArrayLike, cells: I64 | None = None) -> I32:
        """As `place`, but the row (n,) of the region in `regions`, -1 outside all."""
        x, y = _points(lon, lat)
        if cells is None:
            cells = h3_cells(x, y, max(H3_RESOLUTION, self.table.finest))
        index = self.table.look_up(cells)
        at_border = np.flatnonzero(index <= h3_table.ASK)
        if at_border.size:
            index[at_border] = self._ask_outlines(x[at_border], y[at_border], index[at_border])
        return index

    @property
    def _codes(self) -> I32:
        """Region codes, with `NOWHERE` at the end so that index -1 finds it."""
        return np.append(self.regions.adcode, np.int32(NOWHERE)).astype(np.int32, copy=False)

    def _ask_outlines(self, x: F64, y: F64, asked: I32) -> I32:
        """Index (n,) of the lowest region whose outline holds each point, -1 for none.

        asked : (n,) which candidates are to be asked, as the table says.
        """
        found = np.full(len(x), h3_table.OUTSIDE, dtype=np.int32)
        order = np.argsort(asked, kind="stable")
        starts = np.flatnonzero(np.diff(asked[order], prepend=np.iinfo(np.int32).max))
        for rows in np.split(order, starts[1:]):
            left = rows
            for candidate in self.table.candidates[h3_table.ASK - asked[rows[0]]]:
                inside = shapely.intersects_xy(self.regions.shape[candidate], x[left], y[left])
                found[left[inside]] = candidate
                left = left[~inside]
        return found
