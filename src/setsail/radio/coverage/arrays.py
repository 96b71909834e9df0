"""Cells as the numbers that the raster kernel takes: masts with path loss terms, sectors with patterns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64, I64
from setsail.radio.coverage.cells import Cells
from setsail.radio.coverage.grid import Grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.pathloss.formulas import NO_LOSS_DB, Coefficients, coefficients
from setsail.radio.pathloss.scenarios import link

F32 = npt.NDArray[np.float32]
DB_PER_LOG2 = 10.0 * math.log10(2.0)
"""dB of a doubling: powers are kept as log2 of mW."""
LOG10_OF_SQUARE = math.log10(2.0) / 2.0
"""log10(d) = this times log2(d^2)."""
THERMAL_DBM_HZ = -174.0
LOS = {"uma": (18.0, 18.0, 0.0, 63.0), "umi": (18.0, 18.0, 0.0, 36.0), "rma": (0.0, 10.0, 10.0, 1000.0)}
"""Of P_LOS = s + exp(-(u - offset) / decay) (1 - s) with u = max(d_2D, from), s = min(share / d_2D, 1): share, from,
offset and decay [m]. TR 38.901 v17.0.0 Table 7.4.2-1, UE at 13 m or below."""
MIX = {"expected": (1.0, -1.0), "los": (0.0, 0.0), "nlos": (1.0, 0.0)}
"""Weight of NLOS as base + scale x P_LOS."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier's masts and sectors, in float64 as the reference takes them.

    place_m (g, 2);  groups (g, 17) and sectors (s, 10) : columns of `kernels`;  first (g + 1,);
    cell (s,) row of `Cells`;  noise_re_dbm : of the UE in one resource element.
    """

    frequency_hz: float
    bandwidth_hz: float
    scs_hz: float
    resource_blocks: int
    place_m: F64
    groups: F64
    first: I64
    sectors: F64
    cell: I64
    noise_re_dbm: float


def carriers(cells: Cells, grid: Grid, options: CoverageOptions) -> tuple[Carrier, ...]:
    """The carriers of the cells; cells of other frequency, bandwidth or spacing do not interfere with each other."""
    east, north = grid.to_metres(cells.lon, cells.lat)
    turn, _ = grid.convergence_deg(cells.lon, cells.lat)
    kinds = np.stack([cells.frequency_hz, cells.bandwidth_hz, cells.scs_hz], axis=1)
    values, which = np.unique(kinds, axis=0, return_inverse=True)
    made = []
    for k in range(len(values)):
        rows = np.flatnonzero(which.ravel() == k)
        made.append(_carrier(cells, rows, np.stack([east, north], axis=1), turn, options))
    return tuple(made)


def _carrier(cells: Cells, rows: I64, place: F64, turn: F64, options: CoverageOptions) -> Carrier:
    key = np.column_stack([place[rows], cells.height_m[rows]])
    masts, back = np.unique(key, axis=0, return_inverse=True)
    order = np.lexsort((rows, back.ravel()))
    rows = rows[order]
    first = np.searchsorted(back.ravel()[order], np.arange(len(masts) + 1))
    scs = float(cells.scs_hz[rows[0]])
    fc = float(cells.frequency_hz[rows[0]])
    noise = THERMAL_DBM_HZ + 10.0 * math.log10(scs) + options.noise_figure_db
    return Carrier(
        fc, float(cells.bandwidth_hz[rows[0]]), scs, int(cells.resource_blocks[rows[0]]), masts[:, :2],
        group_rows(masts[:, 2], fc, options), first.astype(np.int64),
        sector_rows(cells.take(rows), cells.azimuth_deg[rows] - turn[rows], options), rows, noise,
    )  # fmt: skip


def group_rows(height_m: F64, fc_hz: float, options: CoverageOptions) -> F64:
    """(g, 17) path loss terms of masts; every distinct height is worked out once."""
    heights, back = np.unique(height_m, return_inverse=True)
    return np.array([_group(float(h), fc_hz, options) for h in heights])[back.ravel()]


def _group(height_m: float, fc_hz: float, options: CoverageOptions) -> tuple[float, ...]:
    of = link(options.scenario, "nlos", fc_hz, h_bs_m=height_m, h_ut_m=options.h_ut_m)
    k: Coefficients = coefficients(of)
    gap, bp = k.height_gap_m, k.breakpoint_m
    share, from_m, offset, decay = LOS[options.scenario]
    base, scale = MIX[options.condition]
    db, slope = 1.0 / DB_PER_LOG2, LOG10_OF_SQUARE / DB_PER_LOG2
    if k.second_db != NO_LOSS_DB:
        raise ValueError("a second NLOS formula has no place in the raster")
    return (
        gap * gap, gap, 1.0 / gap, bp * bp, k.near_db * db, k.near_slope_db * slope, k.near_linear_db_per_m * db,
        k.far_db * db, 40.0 * slope, k.nlos_db * db, k.nlos_slope_db * slope, share, from_m, offset,
        -1.0 / (decay * math.log(2.0)), base, scale,
    )  # fmt: skip


def sector_rows(cells: Cells, grid_azimuth_deg: F64, options: CoverageOptions) -> F64:
    """(s, 10) patterns and powers of sectors.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.3-1: loss 12 (angle / width)^2 up to a cap, in each plane and together.
    """
    azimuth = np.radians(grid_azimuth_deg)
    db = 1.0 / DB_PER_LOG2
    omni, flat = cells.h_beamwidth_deg >= 360.0, cells.v_beamwidth_deg >= 360.0
    horizontal = np.where(omni, 0.0, 12.0 * db / np.radians(cells.h_beamwidth_deg) ** 2)
    vertical = np.where(flat, 0.0, np.sqrt(12.0 * db) / np.radians(cells.v_beamwidth_deg))
    both = np.maximum(cells.front_back_db, np.where(omni, cells.sidelobe_db, 0.0)) * db
    return np.column_stack([
        np.sin(azimuth), np.cos(azimuth), horizontal, cells.front_back_db * db, np.radians(cells.tilt_deg), vertical,
        cells.sidelobe_db * db, both, (cells.eirp_re_dbm - options.extra_loss_db) * db, cells.load,
    ])  # fmt: skip
