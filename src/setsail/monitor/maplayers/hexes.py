"""H3 cells as a layer of a vector tile: resolution by zoom, exact counts, other figures as one of 256 quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from setsail.base.arrays import F64, I64, Bool
from setsail.base.limits import Limit
from setsail.monitor.maplayers import encode, kernels
from setsail.monitor.maplayers.choice import Choice
from setsail.monitor.maplayers.cube import COUNT, INDEXED, Cube, middles, within
from setsail.monitor.maplayers.mercator import EXTENT, Tile

LAYER = "cells"
MOST_FEATURES = 15_000
"""A tile with more cells than this is drawn one resolution coarser, and so on."""
MARGIN = 64
"""Steps beyond the edge within which a cell still belongs to the tile, so that outlines meet."""
QUANTILES = 256
BATCH = 4096
EXPORTED = Limit("resolution", 3, 7, "cells of an export; finer ones are read from the data set itself")
REACH_DEG = {3: 0.8, 4: 0.32, 5: 0.13, 6: 0.05, 7: 0.02, 8: 0.0075, 9: 0.003}
"""More than the radius of a cell and the growth of its descendants: 68, 26, 9.9, 3.7, 1.4, 0.53 and 0.2 km."""
HEADER, CORNER = 13, 16
"""Bytes of a WKB polygon before its first corner, and of a corner."""


def resolution_of(z: int) -> int:
    """The H3 resolution that a zoom asks for."""
    steps = ((4, 3), (5, 4), (7, 5), (8, 6), (11, 7), (13, 8))
    return next((resolution for last, resolution in steps if z <= last), 9)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cells (m,) of a tile with their sums (m, k), of whole cells also where they reach beyond the tile.

    outlines : rows (g,) of the cells that have equally many corners c, and the corners x, y (g, c) in tile steps.
    """

    resolution: int
    cells: I64
    sums: F64
    outlines: tuple[tuple[I64, I64, I64], ...]


def cells_of(cube: Cube, choice: Choice, tile: Tile) -> Drawn:
    """What a tile shows, one resolution coarser where it would show more than `MOST_FEATURES`."""
    resolution = min(resolution_of(tile.z), cube.resolution)
    while True:
        bounds = tile.bounds(MARGIN / EXTENT)
        cells, sums = cube.near(bounds, choice, resolution, REACH_DEG[min(resolution, INDEXED[-1])])
        if resolution > INDEXED[-1]:
            near = within(*middles(cells), bounds, REACH_DEG[resolution])
            cells, sums = cells[near], sums[near]
        drawn = _touching(cells, sums, resolution, tile)
        if len(drawn.cells) <= MOST_FEATURES or resolution <= INDEXED[0]:
            return drawn
        resolution -= 1


def layer(cube: Cube, choice: Choice, tile: Tile) -> bytes:
    """The layer of the cells of a tile; empty where there is none.

    id : base cell and digits of the H3 id, so that `r`, the resolution, gives the id back;  n : rows, exact;
    other figures : quantised, -1 where nothing was measured.
    """
    drawn = cells_of(cube, choice, tile)
    if not drawn.cells.size:
        return b""
    table = encode.Values()
    tags = _tags(table, cube.columns, drawn.sums, drawn.resolution)
    ids = short_ids(drawn.cells, drawn.resolution)
    parts = [
        encode.features(ids[rows], encode.POLYGON, tags[rows], encode.ring_geometry(x, y))
        for rows, x, y in drawn.outlines
    ]
    return encode.layer(LAYER, b"".join(parts), table)


def records(cube: Cube, choice: Choice, resolution: int) -> Iterator[dict[str, object]]:
    """Every cell with its count, figures, middle and corners (lon, lat, first repeated). Raises OutOfRange."""
    EXPORTED.require(resolution)
    cells, sums = cube.whole(choice, min(resolution, cube.resolution))
    lon, lat = middles(cells)
    told = {name: values.tolist() for name, values in figures(cube.columns, sums).items()}
    for first in range(0, len(cells), BATCH):
        raw, size = _wkb(cells[first : first + BATCH])
        ends = np.cumsum(size)
        for k, (end, length) in enumerate(zip(ends.tolist(), size.tolist(), strict=True)):
            row = first + k
            ring = raw[end - length + HEADER : end].view("<f8").reshape(-1, 2)
            known = {name: _known(values[row]) for name, values in told.items()}
            yield {
                "h3": f"{int(cells[row]):x}", "n": int(sums[row, 0]), **known, "lon": round(float(lon[row]), 6),
                "lat": round(float(lat[row]), 6), "ring": np.round(ring, 6).tolist(),
            }  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def short_ids(cells: I64, resolution: int) -> I64:
    """Base cell and digits of H3 ids (n,): below 2^53, which a browser keeps exactly."""
    return np.asarray(cells >> 3 * (15 - resolution) & ((1 << 7 + 3 * resolution) - 1))


def full_id(short: int, resolution: int) -> int:
    """The H3 id of a short one. Source: H3 4, "H3 index bit layout", mode 1."""
    return 1 << 59 | resolution << 52 | short << 3 * (15 - resolution) | ((1 << 3 * (15 - resolution)) - 1)


def figures(columns: tuple[str, ...], sums: F64) -> dict[str, F64]:
    """What a cell tells besides its count, NaN where nothing was measured."""
    at = {name: sums[:, k] for k, name in enumerate(columns)}
    if "n_rsrp" not in at:
        return {}
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "coverage_share": np.where(at["n_rsrp"] > 0, at["n_covered"] / at["n_rsrp"], np.nan),
            "mean_dl_bps": np.where(at["n_rate"] > 0, at["sum_dl_bps"] / at["n_rate"], np.nan),
        }


def quantised(values: F64) -> F64:
    """Each value as the middle of its class, of at most 256 of equal numbers; NaN stays."""
    known = values[np.isfinite(values)]
    distinct = np.unique(known)
    if distinct.size <= QUANTILES:
        return values
    edges = np.quantile(known, np.linspace(0, 1, QUANTILES + 1))
    middles = (edges[1:] + edges[:-1]) / 2
    index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, QUANTILES - 1)
    return np.where(np.isfinite(values), middles[index], np.nan)


def _tags(table: encode.Values, columns: tuple[str, ...], sums: F64, resolution: int) -> kernels.U64:
    count = sums[:, columns.index(COUNT)].astype(np.int64)
    parts = [table.column(COUNT, count), table.column("r", np.full(len(count), resolution))]
    for name, values in figures(columns, sums).items():
        told = quantised(values)
        parts.append(table.column(name, np.where(np.isfinite(told), told, -1.0)))  # -1: not measured
    return np.hstack(parts)


def _touching(cells: I64, sums: F64, resolution: int, tile: Tile) -> Drawn:
    """Those whose outline may touch the tile."""
    raw, size = _wkb(cells)
    starts = np.cumsum(size) - size
    rows_kept, outlines, first = [], [], 0
    for length in np.unique(size):
        rows = np.flatnonzero(size == length)
        x, y = _placed(*_corners(raw, starts[rows], int(length)), tile)
        inside = _in_tile(x) & _in_tile(y)
        rows_kept.append(rows[inside])
        outlines.append((np.arange(first, first + int(inside.sum())), x[inside], y[inside]))
        first += int(inside.sum())
    order = np.concatenate([np.zeros(0, dtype=np.int64), *rows_kept])
    return Drawn(resolution, cells[order], sums[order], tuple(outlines))


def _in_tile(steps: I64) -> Bool:
    """Which cells (n,) reach, with corners (n, c) along one axis, into the tile and its margin."""
    return np.asarray((steps.max(axis=1) >= -MARGIN) & (steps.min(axis=1) <= EXTENT + MARGIN))


def _corners(raw: kernels.U8, starts: I64, length: int) -> tuple[F64, F64]:
    """Longitude and latitude (n, c) of outlines of equal length, without the repeated first corner."""
    if len(raw) == len(starts) * length:
        records = raw.reshape(len(starts), length)[:, HEADER : length - CORNER]
    else:
        records = raw[starts[:, None] + np.arange(HEADER, length - CORNER)]
    corners = np.ascontiguousarray(records).view("<f8").reshape(len(starts), -1, 2)
    return corners[..., 0], corners[..., 1]


def _placed(lon: F64, lat: F64, tile: Tile) -> tuple[I64, I64]:
    """Steps of the corners (n, k); all corners of a cell lie on the turn of the globe of its first."""
    x, y = tile.place(lon, lat)
    turn = EXTENT << tile.z
    apart = x - x[:, :1]
    return x - np.rint(apart / turn).astype(np.int64) * turn, y


def _wkb(cells: I64) -> tuple[kernels.U8, I64]:
    """The bytes of the outlines of cells, one after the other, and how many each takes."""
    from h3ronpy.vector import cells_to_wkb_polygons  # noqa: PLC0415 - only where a map is asked

    made = pa.array(cells_to_wkb_polygons(pa.array(np.ascontiguousarray(cells).view(np.uint64)))).cast(
        pa.large_binary()
    )
    offsets = np.frombuffer(made.buffers()[1], dtype=np.int64)[made.offset : made.offset + len(made) + 1]
    raw = np.frombuffer(made.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    return raw, np.diff(offsets)
