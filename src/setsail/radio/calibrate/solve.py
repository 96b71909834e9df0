"""Weighted least squares with samples cut off at a floor, and its replicates over blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import NotComputable

ROUNDS = 60
TOLERANCE = 1e-10
HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True, slots=True)
class System:
    """y = x beta + sigma e of samples: x (n, p) of full rank, its first column ones; y (n,); weights w (n,).

    cut : (n,) where y is only an upper bound, because the receiver does not tell less.
    """

    x: F64
    y: F64
    w: F64
    cut: Bool

    @property
    def signed(self) -> F64:
        """(n, p + 1) columns whose product with (beta, 1) / sigma is the standardised residual."""
        return np.column_stack([-self.x, self.y])


@dataclass(frozen=True, slots=True)
class Solution:
    """Coefficients beta (p,) and standard deviation sigma of the residuals, without a correction for p."""

    beta: F64
    sigma: float


def solve(of: System) -> Solution:
    """Most likely coefficients and spread. Raises NotComputable where the search does not end.

    Source: Tobin, Econometrica 26 (1958), 24-36; in the parameters of Olsen, Econometrica 46 (1978), 1211-1215, in
    which the likelihood has one maximum. Without censoring this is weighted least squares.
    """
    beta = np.asarray(np.linalg.solve(of.x.T @ (of.w[:, None] * of.x), of.x.T @ (of.w * of.y)), dtype=np.float64)
    sigma = float(np.sqrt(np.sum(of.w * (of.y - of.x @ beta) ** 2) / np.sum(of.w)))
    if not of.cut.any() or sigma == 0.0:
        return Solution(beta, sigma)
    theta: F64 = np.append(beta, 1.0) / sigma
    at = _likelihood(of, theta)
    for _ in range(ROUNDS):
        theta, now = _climb(of, theta, _step(of, theta), at)
        if now - at <= TOLERANCE * abs(now):
            return Solution(theta[:-1] / theta[-1], float(1.0 / theta[-1]))
        at = now
    raise NotComputable("does not converge", where="fit with censored samples", hint="check --floor")


def replicates(of: System, found: Solution, block: I64, counts: F64) -> tuple[F64, F64]:
    """Coefficients (r, p) and sigma (r,) when block b is drawn counts[r, b] times; NaN where that leaves rank short.

    block : (n,) of each sample. Exact without censoring; with it one Newton step from the solution, which keeps the
    order of accuracy of the bootstrap. Source: Davidson and MacKinnon, International Economic Review 40 (1999),
    487-508.
    """
    if of.cut.any():
        return _newton(of, found, block, counts)
    mean = float(np.average(of.y, weights=of.w))
    n = counts.shape[1]
    total = np.tensordot(counts, _moments(np.column_stack([of.x, of.y - mean]), of.w, block, n), axes=1)
    a, b, c = total[:, :-1, :-1], total[:, :-1, -1], total[:, -1, -1]
    ok = _regular(a)
    beta = np.full(b.shape, np.nan)
    beta[ok] = np.linalg.solve(a[ok], b[ok][..., None])[..., 0]
    rest = c - np.einsum("rp,rp->r", beta, b)
    beta[:, 0] += mean
    return beta, np.sqrt(np.maximum(rest, 0.0) / (counts @ np.bincount(block, of.w, n)))


def log_spread_influence(of: System, found: Solution) -> F64:
    """(n,) by how much each sample moves the logarithm of sigma: one Newton step of its own derivative, zero in sum."""
    theta, z = np.append(found.beta, 1.0) / found.sigma, of.signed
    slope, bend, uncut = _derivatives(of, theta)
    score = slope[:, None] * z
    score[:, -1] += uncut / theta[-1]
    curvature = z.T @ (bend[:, None] * z)
    curvature[-1, -1] += uncut.sum() / theta[-1] ** 2
    return np.asarray(-score @ np.linalg.solve(curvature, np.eye(len(theta))[-1]) / theta[-1], dtype=np.float64)


def _newton(of: System, found: Solution, block: I64, counts: F64) -> tuple[F64, F64]:
    theta = np.append(found.beta, 1.0) / found.sigma
    n, z = counts.shape[1], of.signed
    slope, bend, uncut = _derivatives(of, theta)
    weight = counts @ np.bincount(block, uncut, n)
    g = counts @ np.stack([np.bincount(block, slope * column, n) for column in z.T], axis=1)
    g[:, -1] += weight / theta[-1]
    h = np.tensordot(counts, _moments(z, bend, block, n), axes=1)
    h[:, -1, -1] += weight / theta[-1] ** 2
    ok = _regular(h)
    moved = np.full(g.shape, np.nan)
    moved[ok] = theta + np.linalg.solve(h[ok], g[ok][..., None])[..., 0]
    moved[moved[:, -1] <= 0.0] = np.nan
    return moved[:, :-1] / moved[:, -1:], 1.0 / moved[:, -1]


def _likelihood(of: System, theta: F64) -> float:
    u = of.signed @ theta
    return float(np.sum(of.w * np.where(of.cut, log_ndtr(u), np.log(theta[-1]) - 0.5 * u**2)))


def _derivatives(of: System, theta: F64) -> tuple[F64, F64, F64]:
    """First and negative second derivative of each sample's likelihood by its residual (n,), and weights not cut."""
    u = of.signed @ theta
    mills = np.exp(-0.5 * u**2 - HALF_LOG_2PI - log_ndtr(u))
    slope = of.w * np.where(of.cut, mills, -u)
    bend = of.w * np.where(of.cut, mills * (u + mills), 1.0)
    return slope, bend, np.where(of.cut, 0.0, of.w)


def _step(of: System, theta: F64) -> F64:
    """Newton's step."""
    slope, bend, uncut = _derivatives(of, theta)
    z = of.signed
    score, curvature = z.T @ slope, z.T @ (bend[:, None] * z)
    score[-1] += uncut.sum() / theta[-1]
    curvature[-1, -1] += uncut.sum() / theta[-1] ** 2
    return np.asarray(np.linalg.solve(curvature, score), dtype=np.float64)


def _climb(of: System, theta: F64, step: F64, at: float) -> tuple[F64, float]:
    """The first of step, step / 2, step / 4 ... that does not lose likelihood."""
    for k in range(ROUNDS):
        tried = theta + step * 0.5**k
        if tried[-1] > 0.0:
            now = _likelihood(of, tried)
            if now >= at:
                return tried, now
    return theta, at


def _moments(z: F64, c: F64, block: I64, n: int) -> F64:
    """Sums (n, p, p) of c z z' over blocks; z (samples, p), c (samples,)."""
    order = np.argsort(block, kind="stable")
    ends = np.cumsum(np.bincount(block, minlength=n))
    out = np.empty((n, z.shape[1], z.shape[1]))
    for k, rows in enumerate(np.split(order, ends[:-1])):
        out[k] = z[rows].T @ (c[rows, None] * z[rows])
    return out


def _regular(matrices: F64) -> Bool:
    """(r,) which of the symmetric matrices (r, p, p) can be solved with some digits left."""
    scale = np.sqrt(np.maximum(np.einsum("rpp->rp", matrices), 1e-300))
    values = np.linalg.eigvalsh(matrices / scale[:, :, None] / scale[:, None, :])
    return np.asarray(values[:, 0] > 1e-9, dtype=np.bool_)
