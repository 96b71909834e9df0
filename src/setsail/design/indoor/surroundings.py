"""What passes between the building and its surroundings: the macro network inside, the own network outside."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F32, Bool
from setsail.design.indoor.options import Macro
from setsail.design.indoor.raster import Grid
from setsail.radio.pathloss.entry import entry_loss

MOST_DEPTH_M = 25.0
"""Depth up to which TR 38.901 cl. 7.4.3.1 draws; deeper rooms are treated as there."""
INDOOR_DB_PER_M = 0.5
"""Source: 3GPP TR 38.901 v17.0.0, cl. 7.4.3.1, PL_in = 0.5 d_2D-in."""


def ingress_dbm(grid: Grid, fc_hz: float, macro: Macro | None) -> F32:
    """(rows, columns) RSRP of the macro network: outside as given, inside less entry loss and depth; -inf for none.

    Source: 3GPP TR 38.901 v17.0.0, cl. 7.4.3.1 (entry loss, mean), with the distance to the nearest facade as depth.
    """
    if macro is None:
        return np.full(grid.room.shape, -np.inf, dtype=np.float32)
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - only where a macro network is given

    depth = distance_transform_edt(grid.indoor) * grid.resolution_m
    wall = entry_loss(macro.entry, fc_hz).through_wall_db
    loss = np.where(grid.indoor, wall + INDOOR_DB_PER_M * np.minimum(depth, MOST_DEPTH_M), 0.0)
    return np.asarray(macro.rsrp_dbm - loss, dtype=np.float32)


def ring(footprint: Bool, resolution_m: float, distance_m: float) -> Bool:
    """(rows, columns) pixels that lie `distance_m` outside the building, one and a half pixels wide."""
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - as above

    away = distance_transform_edt(~footprint) * resolution_m
    return np.asarray((away >= distance_m) & (away < distance_m + 1.5 * resolution_m), dtype=np.bool_)
