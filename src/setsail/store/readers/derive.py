"""Coordinates that are computed at ingest: middles of tiles and of H3 cells."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from h3ronpy.vector import cells_to_coordinates

from setsail.base.arrays import F64, Bool


def h3_middles(cells: pa.Array, good: Bool) -> tuple[pa.Array, pa.Array]:
    """Lon and lat (n,) [degrees] of the middles of H3 cells; null where not `good`."""
    lon, lat = np.zeros(len(cells)), np.zeros(len(cells))
    if good.any():
        wanted = cells.filter(pa.array(good)).cast(pa.uint64())  # without nulls: as floats, ids would lose digits
        points = pa.record_batch(cells_to_coordinates(wanted))
        lat[good], lon[good] = (np.asarray(points.column(name)) for name in ("lat", "lng"))
    return pa.array(lon, mask=~good), pa.array(lat, mask=~good)


def quadkey_middles(quadkeys: pa.Array, good: Bool) -> tuple[pa.Array, pa.Array]:
    """Lon and lat (n,) [degrees] of the middles of web-Mercator tiles; null where not `good`.

    Source: Bing Maps Tile System, quadkeys: digit = x bit + 2 * y bit, from the coarsest level down.
    """
    lon, lat = np.zeros(len(quadkeys)), np.zeros(len(quadkeys))
    if good.any():
        wanted = np.asarray(quadkeys.to_numpy(zero_copy_only=False)[good], dtype="S23")
        lon[good], lat[good] = _tile_middles(wanted.view(np.uint8).reshape(len(wanted), 23))
    return pa.array(lon, mask=~good), pa.array(lat, mask=~good)


def _tile_middles(signs: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> tuple[F64, F64]:
    x, y, level = (np.zeros(len(signs), np.int64) for _ in range(3))
    for column in signs.T:
        here = column != 0
        digit = column.astype(np.int64) - ord("0")
        x = np.where(here, 2 * x + (digit & 1), x)
        y = np.where(here, 2 * y + (digit >> 1), y)
        level += here
    tiles = np.exp2(level.astype(np.float64))
    lon = (x + 0.5) / tiles * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * (y + 0.5) / tiles))))
    return lon, lat
