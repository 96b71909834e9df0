"""A coverage raster as tiles of 256 pixels: whole numbers in the colours of a PNG; the ramp is the viewer's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from setsail.base.errors import BadInput, UnknownName
from setsail.base.extras import require
from setsail.base.png import png
from setsail.monitor.maplayers.mercator import Tile

SIDE = 256
OFFSET = 1 << 15
LAYERS = ("rsrp", "sinr", "dl_rate", "ul_rate", "servers")
RADIUS_M = 6378137.0
"""Radius of the sphere of web Mercator. Source: EPSG Guidance Note 7-2, method 1024."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A coverage run: name, folder, layers that it has, west, south, east, north [degrees] and its facts."""

    name: str
    folder: Path
    layers: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    crs: str
    resolution_m: float
    version: str


def found(folder: Path) -> list[Coverage]:
    """The coverage runs in the folders of a folder, by name; empty where there are none or rasters cannot be read."""
    if not folder.is_dir():
        return []
    return [one for path in sorted(folder.iterdir()) if path.is_dir() for one in [_coverage(path)] if one]


def one(folder: Path, name: str) -> Coverage:
    """The coverage run of that name. Raises UnknownName."""
    runs = {run.name: run for run in found(folder)}
    if name not in runs:
        raise UnknownName(f"is {name!r}", where="coverage", allowed=", ".join(runs) or "-")
    return runs[name]


def require_layer(run: Coverage, layer: str) -> None:
    """Raises UnknownName for a layer that a run lacks."""
    if layer not in run.layers:
        raise UnknownName(f"is {layer!r}", where="layer", allowed=", ".join(run.layers))


def window(run: Coverage, layer: str, tile: Tile) -> bytes | None:
    """A PNG of a tile, None where the run says nothing there: red and green hold the step, blue is 255 where known.

    `scale_of` turns steps into values. The nearest pixel is taken: a value must not be a mean over a border.
    Raises UnknownName, MissingExtra.
    """
    require_layer(run, layer)
    west, south, east, north = tile.bounds()
    if east <= run.bounds[0] or west >= run.bounds[2] or north <= run.bounds[1] or south >= run.bounds[3]:
        return None
    values, known = _read(run.folder / f"{layer}.tif", tile)
    if not known.any():
        return None
    shifted = np.where(known, values.astype(np.int64) + _offset(values.dtype), 0)
    bands = (shifted >> 8, shifted & 255, np.where(known, 255, 0))
    return png(np.stack(bands, axis=2).astype(np.uint8))


def scale_of(run: Coverage, layer: str) -> tuple[float, float, str]:
    """What turns the steps of a layer into values: factor, value of step 0, unit."""
    rasterio = require("rasterio", "radio")
    with rasterio.open(run.folder / f"{layer}.tif") as file:
        scale = float(file.scales[0])
        return scale, -_offset(np.dtype(file.dtypes[0])) * scale, str(file.units[0] or "")


def _offset(dtype: np.dtype[Any]) -> int:
    return OFFSET if dtype.kind == "i" else 0


def _read(path: Path, tile: Tile) -> tuple[Any, Any]:
    rasterio = require("rasterio", "radio")
    from rasterio.enums import Resampling  # noqa: PLC0415 - of an extra
    from rasterio.vrt import WarpedVRT  # noqa: PLC0415

    edge = np.pi * RADIUS_M
    step = 2 * edge / (SIDE << tile.z)
    left, top = tile.x * SIDE * step - edge, edge - tile.y * SIDE * step
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(path) as file:
        if file.nodata is None:
            raise BadInput("has no mark for no data", where=str(path))
        options = {
            "crs": "EPSG:3857", "transform": rasterio.Affine(step, 0, left, 0, -step, top), "width": SIDE,
            "height": SIDE, "resampling": Resampling.nearest, "nodata": file.nodata,
        }  # fmt: skip
        with WarpedVRT(file, **options) as warped:
            band = warped.read(1)
        return band, band != file.nodata


@lru_cache(maxsize=64)
def _facts(path: Path, stamp: int) -> tuple[tuple[float, float, float, float], str, float]:
    del stamp
    rasterio = require("rasterio", "radio")
    from rasterio.warp import transform_bounds  # noqa: PLC0415 - of an extra

    with rasterio.open(path) as file:
        bounds = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
        return bounds, str(file.crs), abs(float(file.transform.a))


def _coverage(folder: Path) -> Coverage | None:
    layers = tuple(name for name in LAYERS if (folder / f"{name}.tif").is_file())
    if not layers:
        return None
    first = folder / f"{layers[0]}.tif"
    stamp = first.stat().st_mtime_ns
    bounds, crs, resolution_m = _facts(first, stamp)
    return Coverage(folder.name, folder, layers, bounds, crs, resolution_m, f"{stamp:x}")
