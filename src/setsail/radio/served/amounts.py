"""People, area and lines summed by region and code: nothing is lost, nothing counted twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from rasterio import Affine, DatasetReader
from rasterio.windows import Window

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, NotComputable
from setsail.radio.served.layers import Layers, extent, opened, placed
from setsail.radio.served.options import ServedOptions
from setsail.radio.served.regions import Regions, projected, read_shapes, require_place
from setsail.radio.served.tally import codes, outside, summed

Groups = Sequence[Sequence[int]]
LEAST_POINTS = 4
MOST_POINTS = 64
POINTS_AT_ONCE = 1_000_000
DEGREES_APART = 0.01


@dataclass(frozen=True, slots=True)
class Ground:
    """What amounts are counted on: rasters, regions, and which layers go together."""

    layers: Layers
    regions: Regions
    groups: Groups
    options: ServedOptions

    def empty(self) -> list[F64]:
        """Sums (regions + 1, codes) of every group before anything is counted."""
        shape = len(self.regions.names) + 1, outside(self.options.edges) + 1
        return [np.zeros(shape) for _ in self.groups]

    def sums(self, code: I64, region: I64, amount: F64 | None) -> F64:
        """Sums (regions + 1, codes) of places."""
        return summed(code, region, amount, len(self.regions.names), self.options.edges)

    def codes_at(self, x_m: F64, y_m: F64) -> list[I64]:
        """Code (n,) of places for every group."""
        return self.layers.codes_at(x_m, y_m, self.groups, self.options.edges)


@dataclass(frozen=True, slots=True)
class Amount:
    """One kind of thing: amounts[group] (regions + 1, codes); the last region is none of them; unit : of a sum of 1."""

    what: str
    unit: str
    amounts: tuple[F64, ...]
    how: dict[str, float]


def area(ground: Ground) -> Amount:
    """Pixels of the rasters [km2] in their own system."""
    layers, edges, total = ground.layers, ground.options.edges, ground.empty()
    for window in layers.windows():
        levels = layers.read(window)
        shape = int(window.height), int(window.width)
        region = ground.regions.on_grid(placed(layers.transform, window), shape, layers.crs)
        for k, group in enumerate(ground.groups):
            total[k] += ground.sums(codes([levels[g] for g in group], edges), region, None)
    pixel = math.prod(layers.pixel_m) / 1e6
    how = {"pixel_km2": pixel, "areal_scale_low": layers.areal_low, "areal_scale_high": layers.areal_high}
    return Amount("area", "km2", tuple(t * pixel for t in total), how)


def people(path: Path, ground: Ground) -> Amount:
    """People of a raster of counts in any system, each pixel's put down evenly at k x k points of it.

    Every pixel keeps its people whatever the systems and resolutions, so the total stays exactly: sums are of whole
    multiples of 1 / k^2 and divided at the end. Raises BadInput: no system, negative or not finite, no overlap.
    """
    total = ground.empty()
    with opened(path) as file:
        if file.crs is None:
            raise BadInput("has no coordinate system", where=str(path), allowed="any, named in the file")
        crs = file.crs.to_wkt()
        require_place(extent(file.transform, file.shape), crs, str(path))
        move = pyproj.Transformer.from_crs(crs, ground.layers.crs, always_xy=True)
        k = _fineness(file, ground, move)
        for window in _windows(file.height, file.width, max(1, int(math.sqrt(POINTS_AT_ONCE)) // k)):
            counts = _people(file, window, path)
            rows, cols = np.nonzero(counts > 0.0)
            if not rows.size:
                continue
            here = placed(file.transform, window)
            x, y = points(here, (rows, cols), k, move)
            region = np.repeat(ground.regions.on_grid(here, counts.shape, crs)[rows, cols], k * k)
            each = np.repeat(counts[rows, cols], k * k)
            for g, code in enumerate(ground.codes_at(x, y)):
                total[g] += ground.sums(code, region, each)
    _require_overlap(total, str(path), ground.layers)
    return Amount("people", "people", tuple(t / (k * k) for t in total), {"points_per_pixel": float(k * k)})


def points(transform: Affine, pixels: tuple[I64, I64], k: int, move: pyproj.Transformer) -> tuple[F64, F64]:
    """(n k k,) places in the target system of k x k points in each pixel; exact at the corners, bilinear within.

    pixels : rows and columns (n,).
    """
    rows, cols = pixels
    at = (np.arange(k) + 0.5) / k
    v, u = np.meshgrid(at, at, indexing="ij")
    out = []
    corners = [move.transform(*_place(transform, rows + i, cols + j)) for i in (0, 1) for j in (0, 1)]
    share = ((1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u)
    for axis in (0, 1):
        each = [np.asarray(c[axis], dtype=np.float64)[:, None] for c in corners]
        mixed = sum(e * s.ravel()[None, :] for e, s in zip(each, share, strict=True))
        out.append(np.nan_to_num(np.asarray(mixed), nan=np.inf, posinf=np.inf, neginf=np.inf).ravel())
    return out[0], out[1]


def lines(path: Path, column: str, ground: Ground) -> list[Amount]:
    """Lengths [km] in the system of the coverage, one amount per kind in that column, or `line` without it.

    Every straight piece is cut into equal parts of at most `step_m`; each is judged at its middle and counts with its
    length. Raises BadInput: no lines, no system, no overlap.
    """
    shapes, columns, crs = read_shapes(path, (column,))
    kinds = np.array(["line" if v in (None, "") else str(v) for v in columns.get(column, [None] * len(shapes))])
    if not all(s is not None and s.geom_type in ("LineString", "MultiLineString") for s in shapes):
        raise BadInput("holds something else", where=str(path), allowed="lines (LineString, MultiLineString)")
    if pyproj.CRS.from_user_input(crs).is_geographic:
        shapes = np.asarray(shapely.segmentize(shapes, DEGREES_APART), dtype=object)
    layers = ground.layers
    moved = projected(shapes, crs, layers.crs)
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadInput("leaves the system of the coverage", where=str(path), allowed="lines near the coverage")
    step, made = ground.options.step_m or min(layers.pixel_m) / 2.0, []
    for kind in np.unique(kinds):
        x, y, length = pieces(moved[kinds == kind], step)
        region = ground.regions.at(x, y, layers.crs)
        found = [ground.sums(c, region, length / 1e3) for c in ground.codes_at(x, y)]
        made.append(Amount(str(kind), "km", tuple(found), {"step_m": step}))
    _require_overlap([t for a in made for t in a.amounts], str(path), layers)
    return made


def pieces(shapes: NDArray[np.object_], step_m: float) -> tuple[F64, F64, F64]:
    """Middles and lengths (n,) of the parts, none longer than the step, that lines are cut into."""
    parts = shapely.get_parts(shapes)
    corners, index = shapely.get_coordinates(parts, return_index=True)
    same = index[1:] == index[:-1]
    start, way = corners[:-1][same], np.diff(corners, axis=0)[same]
    length = np.hypot(way[:, 0], way[:, 1])
    n = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(n)), n)
    share = (np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + 0.5) / n[edge]
    middle = start[edge] + share[:, None] * way[edge]
    return middle[:, 0], middle[:, 1], (length / n)[edge]


def _place(transform: Affine, rows: I64, cols: I64) -> tuple[F64, F64]:
    return (
        transform.a * cols + transform.b * rows + transform.c,
        transform.d * cols + transform.e * rows + transform.f,
    )


def _fineness(file: DatasetReader, ground: Ground, move: pyproj.Transformer) -> int:
    """Points along the side of a pixel of people, from its size in the middle of the file."""
    layers, options = ground.layers, ground.options
    middle = np.array([file.height // 2]), np.array([file.width // 2])
    x0, y0 = move.transform(*_place(file.transform, *middle))
    x1, y1 = move.transform(*_place(file.transform, middle[0] + 1, middle[1] + 1))
    side = max(abs(float(x1[0] - x0[0])) / layers.pixel_m[0], abs(float(y1[0] - y0[0])) / layers.pixel_m[1])
    if not math.isfinite(side):
        return LEAST_POINTS
    return int(min(max(math.ceil(side - 1e-6) * options.fineness, LEAST_POINTS), MOST_POINTS))


def _windows(height: int, width: int, side: int) -> Iterator[Window]:
    for row in range(0, height, side):
        for col in range(0, width, side):
            yield Window(col, row, min(side, width - col), min(side, height - row))


def _people(file: DatasetReader, window: Window, path: Path) -> F64:
    """People per pixel, 0 where the file has no data. Raises BadInput."""
    read = file.read(1, window=window, masked=True)
    scaled = np.ma.getdata(read).astype(np.float64) * file.scales[0] + file.offsets[0]
    counts = np.where(np.ma.getmaskarray(read), 0.0, scaled)
    bad = ~np.isfinite(counts) | (counts < 0.0)
    if bad.any():
        row, col = (int(v[0]) for v in np.nonzero(bad))
        raise BadInput(
            f"holds {counts[row, col]:g} at row {row + int(window.row_off)}, column {col + int(window.col_off)}",
            where=str(path), allowed="people per pixel, 0 or more", hint="name the mark of no data in the file",
        )  # fmt: skip
    return counts


def _require_overlap(total: Sequence[F64], where: str, layers: Layers) -> None:
    if sum(float(t.sum()) for t in total) == 0.0:
        raise NotComputable("holds nothing to count", where=where, allowed="people, or lines with a length")
    if sum(float(t[:, :-1].sum()) for t in total) == 0.0:
        box = " ".join(f"{v:.0f}" for v in layers.bounds)
        name = pyproj.CRS.from_user_input(layers.crs).name
        raise BadInput("does not overlap the coverage", where=where, allowed=f"something within {box} m of {name}")
