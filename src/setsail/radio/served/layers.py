"""Rasters of RSRP: one per operator, band and kind of network, all on one metric grid."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyproj
import rasterio
from rasterio import Affine, DatasetReader
from rasterio.errors import RasterioError
from rasterio.windows import Window

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.base.tables import iter_rows, read_text
from setsail.radio.coverage.grid import metric_crs
from setsail.radio.served.options import ServedOptions
from setsail.radio.served.tally import codes, outside

RSRP, SUMMARY = "rsrp.tif", "summary.json"
SIDE = 1024
DECIMALS = 4
"""Of levels and edges [dB]: a level that equals a threshold in print equals it in the machine."""
HIGHEST_DBM = 60.0
MOST_AREAL = 0.1
LATTICE = 9


@dataclass(frozen=True, slots=True)
class Layer:
    """One raster of RSRP and what it is of; an empty text where that is not told."""

    path: Path
    operator: str = ""
    band: str = ""
    standalone: str = ""
    reached: bool = False


def layer(path: Path, options: ServedOptions, *, operator: str = "", band: str = "", standalone: str = "") -> Layer:
    """The raster of a GeoTIFF, or of a folder written by `radio coverage`. Raises BadInput."""
    if not path.exists():
        raise BadInput("does not exist", where=str(path), allowed="a GeoTIFF, or a folder of `radio coverage`")
    if not path.is_dir():
        if options.reached:
            raise BadInput(
                "is a file", where=str(path), allowed="a folder of `radio coverage`, to tell reach from gaps"
            )
        return Layer(path, operator, band, standalone)
    if not (path / SUMMARY).is_file() or not (path / RSRP).is_file():
        raise BadInput(f"lacks {RSRP} or {SUMMARY}", where=str(path), hint="finish the run: setsail radio coverage")
    if options.reached:
        summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        failed = [f["where"] for f in summary.get("findings", []) if f.get("code") == "block-failed"]
        if failed:
            raise BadInput(
                f"holds {len(failed)} failed blocks, the first {failed[0]}", where=str(path), hint="run it again"
            )
    return Layer(path / RSRP, operator, band, standalone, options.reached)


def read_layers(table: Path, options: ServedOptions) -> tuple[Layer, ...]:
    """The layers of a CSV file: coverage (from its folder)[, operator, band, standalone]. Raises BadInput."""
    known = ("coverage", "operator", "band", "standalone")
    rows = list(iter_rows(read_text(table), str(table), required=("coverage",), known=known))
    if not rows:
        raise BadInput("names no layer", where=str(table), allowed="one row or more")
    for row in rows:
        if row.get("standalone") not in ("", "yes", "no"):
            raise BadInput(f"is {row.get('standalone')!r}", where=row.where("standalone"), allowed="yes, no or empty")
    return tuple(
        layer(
            table.parent / row.need("coverage"), options, operator=row.get("operator"), band=row.get("band"),
            standalone=row.get("standalone"),
        )
        for row in rows
    )  # fmt: skip


class Layers:
    """Open rasters of one grid. Raises BadInput: no or no metric system, turned, not one grid, distorted."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self._stack = ExitStack()
        try:
            self._files = [self._stack.enter_context(opened(one.path)) for one in self.layers]
            first = self._files[0]
            self.crs = _metric(first, str(self.layers[0].path))
            for file, one in zip(self._files[1:], self.layers[1:], strict=True):
                _require_same(first, file, str(one.path))
        except BaseException:
            self._stack.close()
            raise
        self.height, self.width = int(first.height), int(first.width)
        self.transform = first.transform
        self.areal_low, self.areal_high = self._distortion()

    @property
    def pixel_m(self) -> tuple[float, float]:
        """Width and height of a pixel."""
        return abs(self.transform.a), abs(self.transform.e)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north [m]."""
        return extent(self.transform, (self.height, self.width))

    def windows(self) -> Iterator[Window]:
        """The raster in parts."""
        for row in range(0, self.height, SIDE):
            for col in range(0, self.width, SIDE):
                yield Window(col, row, min(SIDE, self.width - col), min(SIDE, self.height - row))

    def read(self, window: Window) -> list[F64]:
        """RSRP [dBm] of every layer in a window, NaN where not known."""
        return [_levels(f, one, window) for f, one in zip(self._files, self.layers, strict=True)]

    def codes_at(self, x_m: F64, y_m: F64, groups: Sequence[Sequence[int]], edges: F64) -> list[I64]:
        """Code of places (n,) for every group of layers; each part of the raster is read once."""
        col = np.floor((x_m - self.transform.c) / self.transform.a)
        row = np.floor((y_m - self.transform.f) / self.transform.e)
        inside = np.flatnonzero((row >= 0) & (row < self.height) & (col >= 0) & (col < self.width))
        out = [np.full(len(x_m), outside(edges), dtype=np.int64) for _ in groups]
        r, c = row[inside].astype(np.int64), col[inside].astype(np.int64)
        part = (r // SIDE) * (self.width // SIDE + 1) + c // SIDE
        order = np.argsort(part, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
            if not some.size:
                continue
            top, left = int(r[some].min()), int(c[some].min())
            window = Window(left, top, int(c[some].max()) - left + 1, int(r[some].max()) - top + 1)
            levels = self.read(window)
            for k, group in enumerate(groups):
                code = codes([levels[g] for g in group], edges)
                out[k][inside[some]] = code[r[some] - top, c[some] - left]
        return out

    def _distortion(self) -> tuple[float, float]:
        """Least and largest areal scale of the system over the raster. Raises BadInput above 10 %."""
        west, south, east, north = self.bounds
        x, y = np.meshgrid(np.linspace(west, east, LATTICE), np.linspace(south, north, LATTICE))
        lon, lat = pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True).transform(x.ravel(), y.ravel())
        scale = np.asarray(pyproj.Proj(self.crs).get_factors(lon, lat).areal_scale)
        low, high = float(scale.min()), float(scale.max())
        if not (math.isfinite(low) and math.isfinite(high)) or max(high - 1.0, 1.0 - low) > MOST_AREAL:
            raise BadInput(
                f"turns areas into {low:.3g} to {high:.3g} of themselves here", where=f"{self.layers[0].path}: crs",
                allowed=f"within {MOST_AREAL:.0%}", hint="compute coverage in a system made for the place",
            )  # fmt: skip
        return low, high

    def __enter__(self) -> Layers:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()


def placed(transform: Affine, window: Window) -> Affine:
    """The transform of a window."""
    a, b, c, d, e, f = transform[:6]
    col, row = window.col_off, window.row_off
    return Affine(a, b, c + a * col + b * row, d, e, f + d * col + e * row)


def extent(transform: Affine, shape: tuple[int, int]) -> tuple[float, float, float, float]:
    """West, south, east and north of a raster of rows and columns, turned or not."""
    a, b, c, d, e, f = transform[:6]
    x = [a * u + b * v + c for u in (0, shape[1]) for v in (0, shape[0])]
    y = [d * u + e * v + f for u in (0, shape[1]) for v in (0, shape[0])]
    return min(x), min(y), max(x), max(y)


def opened(path: Path) -> DatasetReader:
    """An open raster. Raises BadInput."""
    if not path.is_file():
        raise BadInput("does not exist" if not path.exists() else "is a folder", where=str(path), allowed="a raster")
    try:
        return rasterio.open(path)
    except RasterioError as err:
        raise BadInput("cannot be read as a raster", where=str(path), allowed="a GeoTIFF") from err


def _metric(file: DatasetReader, where: str) -> str:
    if file.crs is None:
        raise BadInput("has no coordinate system", where=where, allowed="a projected system in metres")
    if file.transform.b or file.transform.d:
        raise BadInput("is turned", where=where, allowed="rows along the system's axes")
    return metric_crs(file.crs.to_wkt())


def _require_same(first: DatasetReader, other: DatasetReader, where: str) -> None:
    for name in ("crs", "shape", "transform"):
        if getattr(first, name) != getattr(other, name):
            raise BadInput(f"has another {name} than {first.name}", where=where, allowed="layers on one grid")


def _levels(file: DatasetReader, one: Layer, window: Window) -> F64:
    try:
        read = file.read(1, window=window, masked=True)
    except RasterioError as err:
        raise BadInput("is damaged or cut short", where=str(one.path), allowed="a whole GeoTIFF") from err
    level = np.round(np.ma.getdata(read).astype(np.float64) * file.scales[0] + file.offsets[0], DECIMALS)
    level[np.ma.getmaskarray(read)] = -np.inf if one.reached else np.nan
    known = level[~np.isnan(level)]
    if known.size and known.max() > HIGHEST_DBM:
        raise BadInput(f"holds {known.max():g}", where=str(one.path), allowed=f"RSRP in dBm, at most {HIGHEST_DBM:g}")
    return np.asarray(level, dtype=np.float64)
