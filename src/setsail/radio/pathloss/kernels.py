"""Compiled mean path loss for millions of links; its plain twin is `formulas.mean_loss_db`."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from setsail.base.arrays import F64


@nb.njit(nogil=True)
def mean_loss_db(d_2d_m: F64, k: F64) -> F64:
    """Mean path loss [dB] (n,) at ground distances d_2d_m (n,) [m]; k (10,) is `Coefficients.array()`."""
    out = np.empty_like(d_2d_m)
    gap2, d_bp = k[0] * k[0], k[1]
    near, near_slope, linear, far = k[2], k[3], k[4], k[5]
    nlos, nlos_slope, second, second_slope = k[6], k[7], k[8], k[9]
    for i in range(d_2d_m.size):
        d = d_2d_m[i]
        square = d * d + gap2
        decades = 0.5 * math.log10(square)
        loss = near + near_slope * decades + linear * math.sqrt(square)
        if d > d_bp:
            loss = far + 40.0 * decades
        loss = max(loss, nlos + nlos_slope * decades)
        out[i] = max(loss, second + second_slope * decades)
    return out
