"""Blocks of samples that stay together in the bootstrap, so that intervals know of correlated shadowing."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.radio.calibrate.links import Levels
from setsail.radio.calibrate.options import CORRELATIONS_PER_BLOCK

STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377)
"""How many samples of one cell apart the pairs of the correlogram are."""
BINS = 40
LONGEST_M = 2_000.0
SHORTEST_BLOCK_M = 10.0
PAIRS_IN_BIN = 20
LEAST_CORRELATION = float(np.exp(-4.0))
"""What is below counts as this: samples far apart leave the distance open below a quarter of their spacing."""


def decorrelation_m(x_m: F64, y_m: F64, cell: I64, residual_db: F64) -> float:
    """Distance [m] at which the correlation of residuals of one cell falls to 1/e; 0 where no pair is correlated.

    Pairs follow the order of the track; the correlogram is taken in bins of distance and made to fall.
    """
    order = np.lexsort((np.arange(len(cell)), cell))
    x, y, c, e = x_m[order], y_m[order], cell[order], residual_db[order]
    variance = float(np.mean(e**2))
    if variance == 0.0:
        return 0.0
    far, product = [], []
    for k in STEPS:
        same = c[k:] == c[:-k]
        far.append(np.hypot(x[k:] - x[:-k], y[k:] - y[:-k])[same])
        product.append((e[k:] * e[:-k])[same] / variance)
    distance, correlation = np.concatenate(far), np.concatenate(product)
    near = distance <= LONGEST_M
    return _falls_to(distance[near], correlation[near], np.exp(-1.0))


def _falls_to(distance: F64, correlation: F64, level: float) -> float:
    """Where the mean of correlation by distance first falls to the level, exponential between bins of equal count."""
    if len(distance) < 2 * PAIRS_IN_BIN:
        return 0.0
    order = np.argsort(distance, kind="stable")
    parts = np.array_split(order, min(BINS, len(order) // PAIRS_IN_BIN))
    at = np.array([0.0, *(distance[p].mean() for p in parts)])
    value = np.array([1.0, *(correlation[p].mean() for p in parts)])
    below = np.flatnonzero(value <= level)
    if not below.size:
        return float(at[-1])
    k = int(below[0])
    before, after = np.log(value[k - 1]), np.log(max(value[k], LEAST_CORRELATION))
    return float(at[k - 1] + (at[k] - at[k - 1]) * (np.log(level) - before) / (after - before))


def side_m(decorrelation: float) -> float:
    """Side [m] of a ground block for a decorrelation distance."""
    return max(CORRELATIONS_PER_BLOCK * decorrelation, SHORTEST_BLOCK_M)


def ground(x_m: F64, y_m: F64, side: float) -> I64:
    """(n,) block of each sample: the square of ground it lies in, whatever its cell and however often it was passed."""
    squares = np.stack([np.floor(x_m / side), np.floor(y_m / side)], axis=1)
    return np.asarray(np.unique(squares, axis=0, return_inverse=True)[1].ravel(), dtype=np.int64)


def of_cells(cell: Levels) -> I64:
    """(n,) block of each sample: its cell."""
    return cell.index


def effective(block: I64, w: F64) -> float:
    """Number of blocks of equal weight that would carry as much: (sum of weights)^2 / sum of squares."""
    total = np.bincount(block, w)
    return float(total.sum() ** 2 / np.sum(total**2))


def draw(n: int, times: int, rng: np.random.Generator) -> F64:
    """(times, n) how often each block is drawn when n of them are drawn with replacement."""
    return rng.multinomial(n, np.full(n, 1.0 / n), size=times).astype(np.float64)
