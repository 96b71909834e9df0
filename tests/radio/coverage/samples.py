"""Small invented networks for the coverage tests: synthetic, of no operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from setsail.base.arrays import F64
from setsail.radio.coverage.arrays import Carrier, carriers
from setsail.radio.coverage.cells import Cells, cells
from setsail.radio.coverage.grid import Grid, grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.study import Study, study

T = TypeVar("T")
R = TypeVar("R")
BOX = (116.35, 39.96, 116.45, 40.04)
EXAMPLE = Path(__file__).parents[3] / "examples" / "radio" / "cells_synthetic.csv"
SMALL = CoverageOptions(block_px=32, reach_high_m=2_000.0)


class Serial:
    """An engine without threads."""

    workers = 1

    def map(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        for block in blocks:
            try:
                yield block, work(block)
            except Exception as err:
                yield block, err


def network(sites: int = 12, seed: int = 1, **columns: Any) -> pa.Table:
    """Three sectors on each of some masts in BOX, with everything drawn that a cell may have."""
    rng = np.random.default_rng(seed)
    n = 3 * sites
    lon, lat = rng.uniform(BOX[0], BOX[2], sites), rng.uniform(BOX[1], BOX[3], sites)
    made: dict[str, Any] = {
        "cell_id": [f"synthetic-{i}" for i in range(n)],
        "lon": np.repeat(lon, 3),
        "lat": np.repeat(lat, 3),
        "azimuth_deg": (np.repeat(rng.uniform(0, 360, sites), 3) + np.tile([0.0, 120.0, 240.0], sites)) % 360,
        "tilt_deg": rng.uniform(0, 12, n),
        "height_m": np.repeat(rng.uniform(15, 45, sites), 3),
        "frequency_hz": np.full(n, 3.5e9),
        "eirp_re_dbm": rng.uniform(20, 32, n),
        "load": rng.uniform(0, 1, n),
        "h_beamwidth_deg": rng.uniform(40, 75, n),
        "v_beamwidth_deg": rng.uniform(5, 20, n),
    }
    return pa.table(made | columns)


def small_study(table: pa.Table | None = None, options: CoverageOptions = SMALL, resolution_m: float = 100.0) -> Study:
    """A study on the grid of BOX."""
    usable, found = cells(table if table is not None else network(), options)
    return study(usable, small_grid(resolution_m), options, findings=found)


def small_grid(resolution_m: float = 100.0) -> Grid:
    return grid(BOX, resolution_m)


def one_carrier(options: CoverageOptions, **columns: Any) -> tuple[Cells, Carrier]:
    """The only carrier of a drawn network."""
    usable, _ = cells(network(**columns), options)
    (made,) = carriers(usable, small_grid(), options)
    return usable, made


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a finished run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def pixel_centres(made: Grid) -> tuple[F64, F64]:
    """East and north of all pixels (height, width)."""
    x = made.west_m + (np.arange(made.width) + 0.5) * made.resolution_m
    y = made.north_m - (np.arange(made.height) + 0.5) * made.resolution_m
    east, north = np.meshgrid(x, y)
    return east, north
