"""The table from H3 cells to regions: whole cells of one region, cells outside all, cells where outlines are asked.

Two levels of plain arrays, addressed by the bits of the id: a coarse cell is whole or points to a block that tells its
fine descendants apart. A cell counts as whole only when its outline, blown up about its centre by `GROWTH`, touches no
border: descendants stick out of their ancestor, but never that far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute
import shapely
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import OutOfRange

I32 = NDArray[np.int32]
Shapes = NDArray[np.object_]

COARSE, FINEST = 4, 6
"""Resolutions of the two levels: about 1,770 and 36 km2 a cell."""

OUTSIDE, ASK = -1, -2
"""Values of the table: 0 and above is the index of a region, `ASK - k` asks the regions of `candidates[k]`."""

GROWTH = 1.25
"""Blow-up of a cell that covers all its descendants.

A descendant's corner lies at most sqrt(3) r (1/sqrt 7 + 1/7 + 1/7^1.5 + ...) = 1.053 r from the centre of a hexagon of
corner radius r; the blown-up hexagon holds the disc of radius 1.25 * 0.866 r = 1.083 r. Distortion within one cell and
the bend of its edges on the map are below the remaining 3 % from resolution 4 on.
"""

MARGIN_DEG = 1.0
"""More than the radius of a coarse cell (0.3 degrees) with its growth."""

PIECE = 12
"""Corners of an outline taken together when it is searched."""


@dataclass(frozen=True)
class Table:
    """Cells to regions.

    coarse : (2^19,) region index, OUTSIDE, or COARSE-level blocks as `ASK - block`;
    fine : (blocks, 8^(finest-COARSE)) region index, OUTSIDE, or `ASK - k`;
    candidates : by k, the indices of the regions to ask, ascending.
    """

    finest: int
    coarse: I32
    fine: I32
    candidates: tuple[tuple[int, ...], ...]

    def look_up(self, cells: I64) -> I32:
        """Values (n,) of the table for H3 ids (n,) of resolution `finest` or finer."""
        found = self.coarse[coarse_address(cells)]
        rows = np.flatnonzero(found <= ASK)
        if rows.size:
            found[rows] = self.fine[ASK - found[rows], fine_address(cells[rows], self.finest)]
        return found


def coarse_address(cells: I64) -> I64:
    """Base cell and the first `COARSE` digits of the ids, (n,) in 0 .. 2^19 - 1."""
    return np.asarray((cells >> (45 - 3 * COARSE)) & ((1 << (7 + 3 * COARSE)) - 1))


def fine_address(cells: I64, finest: int) -> I64:
    """The digits of the ids from `COARSE` + 1 to `finest`, (n,)."""
    return np.asarray((cells >> (45 - 3 * finest)) & ((1 << 3 * (finest - COARSE)) - 1))


def build(shapes: Shapes, finest: int = FINEST) -> Table:
    """The table of these areas (regions,), lon and lat in degrees. Raises OutOfRange for a resolution without use."""
    if not COARSE < finest <= 9:
        raise OutOfRange(f"is {finest}", where="finest H3 resolution", allowed=f"{COARSE + 1} to 9")
    borders = _Borders(shapes)
    coarse = np.full(1 << (7 + 3 * COARSE), OUTSIDE, dtype=np.int32)
    cells = _cells_near(shapes)
    values = borders.classify(cells)
    split = values <= ASK
    parents = cells[split]
    values[split] = ASK - np.arange(parents.size)
    coarse[coarse_address(cells)] = values
    fine = np.full((parents.size, 1 << 3 * (finest - COARSE)), OUTSIDE, dtype=np.int32)
    _fill(fine, borders, parents, finest)
    return Table(finest, coarse, fine, tuple(borders.sets))


def _fill(fine: I32, borders: _Borders, parents: I64, finest: int) -> None:
    """Writes the blocks, one resolution after the other; only cells that a border may touch are divided further."""
    block = np.arange(parents.size)
    for resolution in range(COARSE + 1, finest + 1):
        cells, owner = _children(parents, resolution)
        block = block[owner]
        values = borders.classify(cells)
        run = 1 << 3 * (finest - resolution)  # descendants of a cell have consecutive addresses
        fine.reshape(len(fine), -1, run)[block, fine_address(cells, resolution)] = values[:, None]
        split = values <= ASK
        parents, block = cells[split], block[split]


def _children(parents: I64, resolution: int) -> tuple[I64, I64]:
    """Children (m,) of the cells at the next resolution and the row (m,) of the parent of each."""
    from h3ronpy import change_resolution_list  # noqa: PLC0415

    lists = pa.array(change_resolution_list(_ids(parents), resolution))
    rows = np.repeat(np.arange(parents.size), lists.value_lengths().to_numpy())
    return np.asarray(lists.flatten().to_numpy()).view(np.int64), rows


def _cells_near(shapes: Shapes) -> I64:
    """Coarse cells (n,) in the box around the regions and a margin; all others lie outside."""
    from h3ronpy import change_resolution  # noqa: PLC0415
    from h3ronpy.vector import cells_to_coordinates, coordinates_to_cells  # noqa: PLC0415

    lon, lat = np.meshgrid(np.arange(-180.0, 180.0, 2.0), np.arange(-90.0, 90.1, 2.0))
    base = pa.array(coordinates_to_cells(pa.array(lat.ravel()), pa.array(lon.ravel()), 0))
    cells = pa.array(change_resolution(pyarrow.compute.unique(base), COARSE))
    centre = pa.record_batch(cells_to_coordinates(cells))
    x, y = centre.column("lng").to_numpy(), centre.column("lat").to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    margin = MARGIN_DEG / np.maximum(np.cos(np.radians(y)), 1e-3)
    beside = (x >= west - margin) & (x <= east + margin) | (np.abs(x) >= 180 - margin)
    near = beside & (y >= south - MARGIN_DEG) & (y <= north + MARGIN_DEG)
    return np.asarray(cells.to_numpy()[near]).view(np.int64)


def _ids(cells: I64) -> pa.Array:
    return pa.array(np.ascontiguousarray(cells).view(np.uint64))


class _Borders:
    """The outlines in short pieces, searched by place; `sets` collects which regions are to be asked together."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.bounds = shapely.bounds(shapes)
        pieces, self.owner = _pieces(shapes)
        self.tree = shapely.STRtree(pieces)
        self.sets: list[tuple[int, ...]] = []
        self._known: dict[tuple[int, ...], int] = {}

    def classify(self, cells: I64) -> I32:
        """Values (n,) of the table for those cells."""
        outlines, centres, wraps = _grown(cells)
        values = np.full(len(cells), OUTSIDE, dtype=np.int32)
        cell, piece = self.tree.query(outlines, predicate="intersects")
        touched = np.unique(cell * len(self.shapes) + self.owner[piece])
        whole = np.ones(len(cells), dtype=bool)
        whole[cell] = False
        whole[wraps] = False
        values[whole] = self._at(centres[whole])
        for row, regions in _grouped(*np.divmod(touched, len(self.shapes))):
            values[row] = ASK - self._set(regions)
        for row in np.flatnonzero(wraps).tolist():
            values[row] = ASK - self._set(tuple(range(len(self.shapes))))
        return values

    def _at(self, points: F64) -> I32:
        """Index (n,) of the lowest region that holds each point (n, 2), OUTSIDE for none."""
        found = np.full(len(points), OUTSIDE, dtype=np.int32)
        x, y = points[:, 0], points[:, 1]
        for index in range(len(self.shapes) - 1, -1, -1):
            west, south, east, north = self.bounds[index]
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            found[near[shapely.intersects_xy(self.shapes[index], x[near], y[near])]] = index
        return found

    def _set(self, regions: tuple[int, ...]) -> int:
        known = self._known.get(regions)
        if known is None:
            known = self._known[regions] = len(self.sets)
            self.sets.append(regions)
        return known


def _grouped(rows: I64, regions: I64) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each row with its regions; rows (n,) are sorted, regions (n,) within them too."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    told, ends = regions.tolist(), [*starts[1:].tolist(), len(regions)]
    for row, start, end in zip(rows[starts].tolist(), starts.tolist(), ends, strict=True):
        yield row, tuple(told[start:end])


def _pieces(shapes: Shapes) -> tuple[Shapes, NDArray[np.intp]]:
    """Outlines cut into lines of `PIECE` corners, and the region of each."""
    parts, region = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    owner = region[part]
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    position = np.arange(len(corners)) - first[ring]
    last = np.append(first[1:], len(corners))[ring] - 1
    starts = np.flatnonzero((position % (PIECE - 1) == 0) & (np.arange(len(corners)) < last))
    lengths = np.minimum(PIECE, last[starts] - starts + 1)
    rows = np.repeat(np.arange(starts.size), lengths)
    offsets = np.arange(rows.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return shapely.linestrings(corners[starts[rows] + offsets], indices=rows), owner[ring[starts]]


def _grown(cells: I64) -> tuple[Shapes, F64, Bool]:
    """Blown-up outlines (n,) of cells, their centres (n, 2), and which (n,) cross the antimeridian or hold a pole."""
    from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons  # noqa: PLC0415

    outlines = shapely.from_wkb(pa.array(cells_to_wkb_polygons(_ids(cells))).to_numpy(zero_copy_only=False))
    centre = pa.record_batch(cells_to_coordinates(_ids(cells)))
    centres = np.column_stack([np.asarray(centre.column("lng")), np.asarray(centre.column("lat"))])
    corners, row = shapely.get_coordinates(outlines, return_index=True)
    wraps = np.zeros(len(cells), dtype=bool)
    wraps[row[np.abs(corners[:, 0] - centres[row, 0]) > 180]] = True
    bounds = shapely.bounds(outlines)
    wraps |= (bounds[:, 2] - bounds[:, 0] > 180) | (np.abs(centres[:, 1]) > 85)
    grown = centres[row] + GROWTH * (corners - centres[row])
    wraps[row[np.abs(grown[:, 0]) > 180]] = True
    return shapely.set_coordinates(outlines.copy(), grown), centres, wraps
