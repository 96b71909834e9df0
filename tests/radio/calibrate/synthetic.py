"""Synthetic drive tests with planted terms and shadowing that is correlated in both directions."""

from __future__ import annotations

import numpy as np

from setsail.radio.calibrate.links import Links, links
from setsail.radio.pathloss.fading import raster

SIDE_M, STEP_M = 2_400.0, 10.0
OFFSET_DB, SLOPE_DB, SIGMA_DB, REFERENCE_M = -4.0, -6.0, 7.0, 300.0
EXPONENT = 3.6 - SLOPE_DB / 10.0


def drive(
    seed: int,
    *,
    cells: int = 6,
    streets: int = 10,
    correlation_m: float = 50.0,
    cell_sigma_db: float = 0.0,
    floor_dbm: float | None = None,
    shift_db: float = 0.0,
) -> Links:
    """Streets driven up and down; every third sample is of one of the cells; `open` in the west, `urban` in the east.

    shift_db : planted besides OFFSET_DB in the east.
    """
    rng = np.random.default_rng(seed)
    along = (np.arange(int(SIDE_M / STEP_M)) + 0.5) * STEP_M
    x = np.concatenate([along if s % 2 == 0 else along[::-1] for s in range(streets)])
    y = np.repeat((np.arange(streets) + 0.5) * SIDE_M / streets, along.size)
    mast = rng.uniform(300.0, SIDE_M - 300.0, (cells, 2))
    own = rng.normal(0.0, cell_sigma_db, cells) if cell_sigma_db else np.zeros(cells)
    parts = []
    for c in range(cells):
        keep = np.arange(c % 3, x.size, 3)
        field = raster((along.size, along.size), STEP_M, correlation_m, rng) if correlation_m else None
        at = (y[keep] / STEP_M).astype(int), (x[keep] / STEP_M).astype(int)
        shadow = rng.standard_normal(keep.size) if field is None else field[at]
        d = np.hypot(np.hypot(x[keep] - mast[c, 0], y[keep] - mast[c, 1]), 23.5)
        loss = 22.0 + 36.0 * np.log10(d)
        level = 18.0 - loss + OFFSET_DB + SLOPE_DB * np.log10(d / REFERENCE_M) + SIGMA_DB * shadow + own[c]
        level += shift_db * (x[keep] > SIDE_M / 2)
        parts.append((np.full(keep.size, f"cell-{c}"), x[keep], y[keep], d, 18.0 - loss, loss, level))
    name, px, py, d, predicted, loss, level = (np.concatenate(p) for p in zip(*parts, strict=True))
    return links(
        cell=name, x_m=px, y_m=py, distance_m=d, predicted_dbm=predicted, path_loss_db=loss,
        rsrp_dbm=level if floor_dbm is None else np.maximum(level, floor_dbm),
        clutter=np.where(px > SIDE_M / 2, "urban", "open"),
    )  # fmt: skip
