"""Outputs as Cloud-Optimised GeoTIFF: integers with scale, no-data mark, overviews; same run, same bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio import Affine
from rasterio.windows import Window

from setsail.radio.coverage.block import PRODUCTS, Product, Raster
from setsail.radio.coverage.grid import Block, Grid

TILE = 512
COG = {
    "driver": "COG", "compress": "DEFLATE", "level": 1, "predictor": "YES", "blocksize": TILE, "bigtiff": "IF_SAFER",
    "overview_resampling": "NEAREST", "overviews": "AUTO", "num_threads": "1",
}  # fmt: skip
"""One thread, so that the order of the bytes is that of the tiles."""


class Rasters:
    """The rasters of a run while they are filled: plain tiled files that `publish` turns into the outputs."""

    def __init__(self, folder: Path, grid: Grid, title: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._stack = folder, ExitStack()
        self._stack.enter_context(rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_CACHEMAX=256))
        self._open = {
            p.name: self._stack.enter_context(_plain(folder / f"{p.name}.raw.tif", grid, p, title)) for p in PRODUCTS
        }

    def write(self, block: Block, rasters: Mapping[str, Raster]) -> None:
        """Fills the window of a block."""
        window = Window(block.col, block.row, block.width, block.height)
        for product in PRODUCTS:
            self._open[product.name].write(rasters[product.name], 1, window=window)

    def publish(self) -> list[Path]:
        """The finished Cloud-Optimised files, in the same folder."""
        self._stack.close()
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(self._finished, PRODUCTS))

    def _finished(self, product: Product) -> Path:
        """Turns one plain file into the output; files do not depend on each other, so several are made at a time."""
        raw, path = self._folder / f"{product.name}.raw.tif", self._folder / f"{product.name}.tif"
        with rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_CACHEMAX=256):
            rasterio.shutil.copy(raw, path, **COG)
        raw.unlink()
        return path

    def __enter__(self) -> Rasters:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()


def _plain(path: Path, grid: Grid, product: Product, title: str) -> Any:  # noqa: ANN401 - the library has no types
    path.unlink(missing_ok=True)
    made = rasterio.open(
        path, "w", driver="GTiff", height=grid.height, width=grid.width, count=1, dtype=product.dtype,
        crs=grid.crs, transform=Affine(grid.resolution_m, 0.0, grid.west_m, 0.0, -grid.resolution_m, grid.north_m),
        nodata=product.nodata, tiled=True, blockxsize=TILE, blockysize=TILE, bigtiff="IF_SAFER", sparse_ok=True,
    )  # fmt: skip
    made.scales, made.offsets = (product.scale,), (0.0,)
    if product.unit:
        made.units = (product.unit,)
    made.set_band_description(1, product.what)
    made.update_tags(TITLE=title)
    return made


def read(folder: Path, block: Block) -> dict[str, Raster]:
    """The rasters of a block from the outputs of an earlier run."""
    window = Window(block.col, block.row, block.width, block.height)
    made: dict[str, Raster] = {}
    for product in PRODUCTS:
        with rasterio.open(folder / f"{product.name}.tif") as file:
            made[product.name] = np.asarray(file.read(1, window=window))
    return made
