"""What a finished raster says in numbers: shares of area, percentiles, cells, and the interference left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.radio.coverage.block import NO_CELL, PRODUCTS, Product, Raster
from setsail.radio.coverage.grid import Block

RSRP_DBM = (-120, -115, -110, -105, -100, -95, -90, -85, -80)
SINR_DB = (-6, -3, 0, 3, 6, 10, 15, 20)
RATES_BPS = (1e6, 5e6, 10e6, 20e6, 50e6, 100e6, 200e6)
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
THRESHOLDS: dict[str, tuple[float, ...]] = {
    "rsrp": RSRP_DBM,
    "sinr": SINR_DB,
    "dl_rate": RATES_BPS,
    "ul_rate": RATES_BPS,
}
LOWEST = 1 << 15
LEVELS = 1 << 16


class Tally:
    """Counts over all pixels, from which every share and percentile follows exactly."""

    def __init__(self, cells: int) -> None:
        self.pixels = 0
        self._counts: dict[str, I64] = {p.name: np.zeros(LEVELS, dtype=np.int64) for p in PRODUCTS[1:]}
        self._served, self._rsrp_sum = np.zeros(cells, dtype=np.int64), np.zeros(cells)
        self._worst_db = self._mean_db = 0.0

    def add(self, rasters: Mapping[str, Raster], left_out_mw: F64) -> None:
        """Counts a block; left_out_mw : (height, width) bound of the interference left out."""
        best = rasters["best_server"]
        seen = best != NO_CELL
        self.pixels += best.size
        for product in PRODUCTS[1:]:
            values = rasters[product.name][seen].astype(np.int64) + _shift(product)
            self._counts[product.name] += np.bincount(values, minlength=LEVELS)
        server = best[seen].astype(np.int64)
        self._served += np.bincount(server, minlength=len(self._served))
        self._rsrp_sum += np.bincount(server, rasters["rsrp"][seen] * 0.01, minlength=len(self._served))
        if seen.any():
            floor_dbm = (rasters["rsrp"][seen].astype(np.float64) - rasters["sinr"][seen]) * 0.01
            more_db = 10 * np.log10(1 + left_out_mw[seen] / 10 ** (floor_dbm / 10))
            self._worst_db = max(self._worst_db, float(more_db.max()))
            self._mean_db += float(more_db.sum())

    @property
    def covered(self) -> int:
        """Pixels with a server."""
        return int(self._served.sum())

    def left_out(self) -> dict[str, float]:
        """Most and mean decibels by which the interference left out can lower SINR."""
        return {"max_db": _plain(self._worst_db), "mean_db": _plain(self._mean_db / max(self.covered, 1))}

    def cells(self, pixel_km2: float) -> tuple[I64, F64, F64]:
        """Pixels, area [km2] and mean RSRP [dBm] (NaN for none) by cell."""
        mean = np.where(self._served > 0, self._rsrp_sum / np.maximum(self._served, 1), np.nan)
        return self._served, np.asarray(self._served * pixel_km2, dtype=np.float64), np.asarray(mean, dtype=np.float64)

    def record(self) -> dict[str, Any]:
        """Least, mean and largest value, percentiles, and the share of all pixels at or above each threshold."""
        return {p.name: self._one(p) for p in PRODUCTS[1:]}

    def _one(self, product: Product) -> dict[str, Any]:
        counts = self._counts[product.name]
        values = (np.arange(LEVELS) - _shift(product)) * product.scale
        present = np.flatnonzero(counts)
        if not present.size:
            return {"unit": product.unit, "pixels": 0}
        running = np.cumsum(counts)
        at = {f"p{q}": _plain(values[np.searchsorted(running, max(q / 100 * running[-1], 1))]) for q in PERCENTILES}
        above = {
            f"{t:g}": _plain(counts[values >= t - 1e-9].sum() / self.pixels)
            for t in THRESHOLDS.get(product.name, (1, 2, 3))
        }
        return {
            "unit": product.unit, "pixels": int(running[-1]), "min": _plain(values[present[0]]),
            "mean": _plain(float((counts * values).sum() / running[-1])), "max": _plain(values[present[-1]]),
            "percentiles": at, "share_of_area_at_or_above": above,
        }  # fmt: skip


def block_row(block: Block, key: str, sectors: int, rasters: Mapping[str, Raster], state: str) -> dict[str, Any]:
    """One line of blocks.parquet."""
    seen = rasters["best_server"] != NO_CELL
    n = int(seen.sum())
    return {
        "row": block.row, "col": block.col, "height": block.height, "width": block.width, "key": key, "state": state,
        "sectors": sectors, "covered_pixels": n,
        "mean_rsrp_dbm": float(rasters["rsrp"][seen].mean() * 0.01) if n else None,
        "mean_sinr_db": float(rasters["sinr"][seen].mean() * 0.01) if n else None,
        "mean_dl_rate_bps": float(rasters["dl_rate"][seen].mean() * 1e5) if n else None,
        "mean_ul_rate_bps": float(rasters["ul_rate"][seen].mean() * 1e5) if n else None,
    }  # fmt: skip


def _shift(product: Product) -> int:
    return LOWEST if product.dtype == "int16" else 0


def _plain(value: float) -> float:
    return round(float(value), 6)
