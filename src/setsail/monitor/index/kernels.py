"""Arrays in, arrays out: the formulas of the index. NaN is a missing value throughout."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64, I64, Bool

ARITHMETIC, GEOMETRIC, HARMONIC, COPELAND, MAZZIOTTA_PARETO = range(5)


def skewness(x: F64) -> F64:
    """Sample skewness G1 of each column; x (n, m) -> (m,); NaN below 3 values or where all are equal."""
    n, d = _centred(x)
    m2, m3 = (d**2).sum(axis=0), (d**3).sum(axis=0)
    out = np.full(x.shape[1], np.nan)
    ok = (n > 2) & (m2 > 0)
    k = n[ok]
    out[ok] = np.sqrt(k) * m3[ok] / m2[ok] ** 1.5 * np.sqrt(k * (k - 1)) / (k - 2)
    return out


def kurtosis(x: F64) -> F64:
    """Sample excess kurtosis G2 of each column; x (n, m) -> (m,); NaN below 4 values or where all are equal."""
    n, d = _centred(x)
    m2, m4 = (d**2).sum(axis=0), (d**4).sum(axis=0)
    out = np.full(x.shape[1], np.nan)
    ok = (n > 3) & (m2 > 0)
    k = n[ok]
    out[ok] = ((k + 1) * (k * m4[ok] / m2[ok] ** 2 - 3) + 6) * (k - 1) / ((k - 2) * (k - 3))
    return out


def _centred(x: F64) -> tuple[F64, F64]:
    """Number of values of each column, and the distances to its mean with 0 where missing."""
    there = ~np.isnan(x)
    n = there.sum(axis=0).astype(np.float64)
    mean = np.where(there, x, 0.0).sum(axis=0) / np.maximum(n, 1)
    d = np.where(there, x - mean, 0.0)
    spread = np.where(there, x, -np.inf).max(axis=0, initial=-np.inf) > np.where(there, x, np.inf).min(
        axis=0, initial=np.inf
    )
    return n, np.where(spread, d, 0.0)


def outlying(skew: F64, kurt: F64, skew_limit: float, kurt_limit: float) -> Bool:
    """True where both limits are passed (m,); never where one of the two does not exist."""
    out: Bool = (np.abs(skew) >= skew_limit) & (kurt >= kurt_limit)
    return out


def winsorised(x: F64, most: int, skew_limit: float, kurt_limit: float) -> tuple[F64, I64]:
    """Columns whose extreme values are drawn in, one after the other, and how many were (m,).

    x (n, m). The highest (skewness >= 0) or lowest value takes the value of its neighbour, until one of the two
    limits holds or `most` values were drawn in; equal values are drawn in, and counted, together.
    """
    x = x.copy()
    high, low = np.zeros(x.shape[1], dtype=np.int64), np.zeros(x.shape[1], dtype=np.int64)
    for _ in range(max(most, 0)):
        skew = skewness(x)
        go = outlying(skew, kurtosis(x), skew_limit, kurt_limit) & (high + low < most)
        if not go.any():
            break
        up, down = np.flatnonzero(go & (skew >= 0)), np.flatnonzero(go & (skew < 0))
        x[:, up], high[up] = _drawn_in(x[:, up])
        lowered, low[down] = _drawn_in(-x[:, down])
        x[:, down] = -lowered
    return x, high + low


def _drawn_in(x: F64) -> tuple[F64, I64]:
    """Columns with their highest value(s) at the next lower one, and how many these were."""
    filled = np.where(np.isnan(x), -np.inf, x)
    at = filled == filled.max(axis=0, initial=-np.inf)
    following = np.where(at, -np.inf, filled).max(axis=0, initial=-np.inf)
    return np.where(at, following, x), at.sum(axis=0).astype(np.int64)


def log_shifted(x: F64) -> F64:
    """log(x - min + 0.01 (max - min)) of each column (n, m)."""
    low, high = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
    out: F64 = np.log(x - low + 0.01 * (high - low))
    return out


def ranks_up(x: F64) -> F64:
    """Rank of each value in its column, 1 for the lowest, equal values share the lowest; NaN stays (n, m)."""
    out = np.full_like(x, np.nan)
    for j in range(x.shape[1]):
        there = ~np.isnan(x[:, j])
        out[there, j] = np.searchsorted(np.sort(x[there, j]), x[there, j], side="left") + 1.0
    return out


def rounded(x: F64, digits: int = 12) -> F64:
    """Values with that many significant digits, so that noise of the last bits makes no difference of ranks."""
    size = np.abs(np.where(np.isfinite(x) & (x != 0), x, 1.0))
    unit = 10.0 ** (np.floor(np.log10(size)) - digits + 1)
    out: F64 = np.round(x / unit) * unit
    return out


def ranks_down(scores: F64) -> F64:
    """Rank of each unit in each run, 1 for the highest, equal scores share the best; (R, n) -> (R, n)."""
    x = -rounded(scores)
    order = np.argsort(x, axis=1, kind="stable")  # NaN goes last
    ordered = np.take_along_axis(x, order, axis=1)
    place = np.broadcast_to(np.arange(x.shape[1]), x.shape)
    fresh = np.ones(x.shape, dtype=np.bool_)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(fresh, place, 0), axis=1) + 1.0
    out = np.empty_like(x)
    np.put_along_axis(out, order, first, axis=1)
    return np.where(np.isnan(x), np.nan, out)


def aggregated(x: F64, w: F64, method: int, penalty: float = -1.0) -> F64:
    """One score per unit from its parts; x (R or 1, n, m), w (R or 1, m) -> (R, n).

    The weight of a missing part goes to the parts that are there, in proportion; NaN where none is there.
    penalty : sign of the term of Mazziotta-Pareto, -1 where more is better.
    """
    if method == COPELAND:
        return copeland(x, w)
    there = ~np.isnan(x)
    total = _weighted(there.astype(np.float64), w) if not there.all() else w.sum(axis=1)[:, None]
    total = np.where(total > 0, total, np.nan)
    if method == ARITHMETIC:
        return np.divide(_weighted(np.where(there, x, 0.0), w), total)
    if method == GEOMETRIC:
        mean_log: F64 = _weighted(np.where(there, np.log(np.where(there, x, 1.0)), 0.0), w) / total
        return np.exp(mean_log)
    if method == HARMONIC:
        out: F64 = total / _weighted(np.where(there, 1.0 / np.where(there, x, 1.0), 0.0), w)
        return out
    mean = _weighted(np.where(there, x, 0.0), w) / total
    variance = _weighted(np.where(there, (x - mean[:, :, None]) ** 2, 0.0), w) / total
    return mean + penalty * variance / mean


def _weighted(x: F64, w: F64) -> F64:
    """Sum over the parts; x (R or 1, n, m), w (R or 1, m) -> (R, n)."""
    if x.shape[0] == 1:
        return np.ascontiguousarray((x[0] @ w.T).T)
    out: F64 = np.matmul(x, w[:, :, None])[:, :, 0]
    return out


def copeland(x: F64, w: F64) -> F64:
    """Units beaten minus units lost to, by the weight of the parts in which a unit is ahead; (R, n).

    A part that one of the two lacks does not count; where the weights are even the pair is a draw.
    """
    runs = max(x.shape[0], w.shape[0])
    out = np.empty((runs, x.shape[1]))
    for r in range(runs):
        a, b = x[min(r, x.shape[0] - 1)], w[min(r, w.shape[0] - 1)]
        ahead = np.sign(a[:, None, :] - a[None, :, :])
        lead = np.where(np.isnan(ahead), 0.0, ahead) @ b
        out[r] = np.sign(np.round(lead, 12)).sum(axis=1)
    nothing = np.isnan(x).all(axis=2)
    return np.where(nothing, np.nan, out)


def front_of_ranks(ranks: F64) -> F64:
    """Share of runs in which unit i stands before unit j, equal ranks half; (R, n) -> (n, n)."""
    n = ranks.shape[1]
    out = np.zeros((n, n))
    for i in range(n):
        a = ranks[:, i][:, None]
        both = ~np.isnan(a) & ~np.isnan(ranks)
        wins = (a < ranks) + 0.5 * (a == ranks)
        out[i] = np.where(both, wins, 0.0).sum(axis=0) / np.maximum(both.sum(axis=0), 1)
    return out
