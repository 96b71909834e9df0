"""What every room receives: quantiles and shares over its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F32, F64, I64, Bool
from setsail.base.extras import require
from setsail.design.indoor.raster import Grid, is_shaft

QUANTILES = (0.05, 0.5)
LAYERS = (
    "rsrp_dbm", "sinr_db", "rate_dl_bps", "rate_ul_bps", "second_rsrp_dbm", "second_cell_rsrp_dbm", "dominance_db",
    "ingress_margin_db",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Pixels room by room: those of room r are order[first[r]:first[r + 1]]; the last segment is the whole floor.

    The whole floor leaves out shafts, where nobody stands, and what lies outside the building.
    """

    order: I64
    first: I64

    @property
    def sizes(self) -> I64:
        """Pixels of each segment."""
        return np.diff(self.first)

    def of(self, segment: int) -> I64:
        """Flat pixels of a segment."""
        return self.order[self.first[segment] : self.first[segment + 1]]


def segments(grid: Grid) -> Segments:
    """The pixels of every room of a grid, and of the floor."""
    flat = grid.room.ravel()
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(len(grid.rooms) + 1))
    kept = np.array([r.indoor and not is_shaft(r) for r in grid.rooms], dtype=np.bool_)
    floor = order[first[0] :][kept[flat[order[first[0] :]]]]
    start = first[-1]
    return Segments(
        np.concatenate([order[:start], floor]).astype(np.int64), np.append(first, start + floor.size).astype(np.int64)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Of each room, and of the floor as the last row.

    quantile : by layer, (rooms + 1, 2) values that 95 % and 50 % of the pixels reach;  covered_ratio : share of pixels
    whose RSRP reaches the target with the margin;  second_ratio : whose next head reaches its target with the margin;
    good_ratio : whose SINR and both edge rates reach theirs.
    """

    pixels: I64
    quantile: dict[str, F64]
    covered_ratio: F64
    second_ratio: F64
    sinr_ratio: F64
    dl_ratio: F64
    ul_ratio: F64


def quantiles(values: F32, found: Segments, shares: tuple[float, ...] = QUANTILES) -> F64:
    """(segments, shares) quantiles of a raster."""
    kernels = require("setsail.design.indoor.kernels", "site")
    out = np.empty((found.first.size - 1, len(shares)))
    kernels.quantiles(values.ravel(), found.order, found.first, np.array(shares), out)
    return out


def share(values: F32, least: F64 | float, found: Segments) -> F64:
    """(segments,) share of pixels at or above `least`, one value or one for each segment."""
    kernels = require("setsail.design.indoor.kernels", "site")
    out = np.empty(found.first.size - 1)
    limits = np.broadcast_to(np.asarray(least, dtype=np.float64), out.shape).copy()
    kernels.shares(values.ravel(), limits, found.order, found.first, out)
    return out


def target_rooms(grid: Grid) -> Bool:
    """(rooms,) those that are asked for coverage: all but shafts; lifts and stairs are."""
    return np.array([not is_shaft(room) for room in grid.rooms], dtype=np.bool_)
