"""The raster kernel written plainly in NumPy: the reference in float64, and the peer of the benchmark in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64, I64
from setsail.radio.coverage.arrays import Carrier

NEAREST_M = 10.0
LEAST_LOG2 = -120.0


def raster(
    carrier: Carrier,
    x_m: F64,
    y_m: F64,
    members: I64,
    *,
    threshold_log2: float,
    dtype: type[np.floating[Any]] = np.float64,
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], I64, I64]:
    """Best power [log2 of mW], sum of the others [mW], best sector (-1: none) and servers at pixels (n,).

    members : masts that are seen;  threshold_log2 : power from which a server counts.
    """
    n = len(x_m)
    best, signal, others = np.full(n, LEAST_LOG2, dtype), np.zeros(n, dtype), np.zeros(n, dtype)
    who, count = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    for k in members:
        dx, dy = (x_m - carrier.place_m[k, 0]).astype(dtype), (y_m - carrier.place_m[k, 1]).astype(dtype)
        gain, d = path_gain(np.hypot(dx, dy), carrier.groups[k].astype(dtype))
        angle = np.arctan2(carrier.groups[k, 1].astype(dtype), d)
        for s in range(int(carrier.first[k]), int(carrier.first[k + 1])):
            row = carrier.sectors[s].astype(dtype)
            p = gain + row[8] - pattern_loss(dx / d, dy / d, angle, row)
            w = row[9] * np.exp2(p)
            better = p > best
            others += np.where(better, signal, w)
            signal, best, who = np.where(better, w, signal), np.maximum(p, best), np.where(better, s, who)
            count += p >= threshold_log2
    return best, others, who, count


def path_gain(d_2d_m: npt.NDArray[Any], g: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Gain [log2] (n,) of one mast at ground distances (n,) [m], and the distances with 10 m as the least."""
    d = np.maximum(d_2d_m, d_2d_m.dtype.type(NEAREST_M))
    slant = d * d + g[0]
    lg = np.log2(slant)
    los = np.where(d * d <= g[3], g[4] + g[5] * lg + g[6] * np.sqrt(slant), g[7] + g[8] * lg)
    nlos = np.maximum(los, g[9] + g[10] * lg)
    share = np.minimum(g[11] / d, d.dtype.type(1))
    p_los = share + np.exp2((np.maximum(d, g[12]) - g[13]) * g[14]) * (1 - share)
    return -(los + (g[15] + g[16] * p_los) * (nlos - los)), d


def pattern_loss(
    east: npt.NDArray[Any], north: npt.NDArray[Any], angle: npt.NDArray[Any], row: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Loss [log2] (n,) of a pattern towards unit vectors (east, north) under depression angles [rad]."""
    turned = np.arccos(np.clip(row[0] * east + row[1] * north, -1, 1)) ** 2
    vertical = ((angle - row[4]) * row[5]) ** 2
    loss: npt.NDArray[Any] = np.minimum(np.minimum(row[2] * turned, row[3]) + np.minimum(vertical, row[6]), row[7])
    return loss
