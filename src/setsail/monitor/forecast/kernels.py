"""Growth curves and their bounded least-squares fit, many series at once: numpy and nothing else.

Every batch is a matrix with one row per fit. Times are years from the last point of the fit (past: negative), values
are divided by the greatest value of the fit, so that no number here knows a unit or a calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from setsail.base.arrays import F64

Curve = Callable[[F64, F64], F64]
Jacobian = Callable[[F64, F64], F64]

EXPONENT_LIMIT = 60.0
FIRST_DAMPING = 1e-3
MAX_DAMPING = 1e12
RIDGE = 1e-14
GAIN = 1e-9
STALLED = 1e3


def logistic(theta: F64, t: F64) -> F64:
    """Logistic curve m / (1 + exp(-b (t - c))); theta (n, 3) = m, b, c; t (n, k) -> (n, k).

    Source: Verhulst 1838, Notice sur la loi que la population suit dans son accroissement.
    """
    m, b, c = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3]
    return m / (1.0 + np.exp(_bounded(-b * (t - c))))


def logistic_jacobian(theta: F64, t: F64) -> F64:
    """Derivatives of `logistic` to m, b, c: (n, k, 3)."""
    m, b, c = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3]
    f = 1.0 / (1.0 + np.exp(_bounded(-b * (t - c))))
    slope = m * f * (1.0 - f)
    return np.stack([f, slope * (t - c), -slope * b], axis=2)


def gompertz(theta: F64, t: F64) -> F64:
    """Gompertz curve m exp(-exp(-b (t - c))); theta (n, 3) = m, b, c; t (n, k) -> (n, k).

    Source: Gompertz 1825, On the nature of the function expressive of the law of human mortality.
    """
    m, b, c = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3]
    return m * np.exp(-np.exp(_bounded(-b * (t - c))))


def gompertz_jacobian(theta: F64, t: F64) -> F64:
    """Derivatives of `gompertz` to m, b, c: (n, k, 3)."""
    m, b, c = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3]
    inner = np.exp(_bounded(-b * (t - c)))
    f = np.exp(-inner)
    slope = m * f * inner
    return np.stack([f, slope * (t - c), -slope * b], axis=2)


def bass(theta: F64, t: F64) -> F64:
    """Bass curve m (1 - E) / (1 + (q/p) E), E = exp(-(p+q)(t - t0)), 0 before t0; theta (n, 4) = m, p, q, t0.

    t (n, k) -> (n, k).  Source: Bass 1969, A new product growth for model consumer durables, Management Science 15(5).
    """
    m, p, q, t0 = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3], theta[:, 3:4]
    e = np.exp(-_bounded((p + q) * np.maximum(t - t0, 0.0)))
    return m * p * (1.0 - e) / (p + q * e)


def bass_jacobian(theta: F64, t: F64) -> F64:
    """Derivatives of `bass` to m, p, q, t0: (n, k, 4)."""
    m, p, q, t0 = theta[:, 0:1], theta[:, 1:2], theta[:, 2:3], theta[:, 3:4]
    age = np.maximum(t - t0, 0.0)
    e = np.exp(-_bounded((p + q) * age))
    below = p + q * e
    to_e = -m * p * (p + q) / below**2
    to_age = to_e * e * -(p + q)
    to_p = m * (1.0 - e) * q * e / below**2 + to_e * e * -age
    to_q = -m * p * (1.0 - e) * e / below**2 + to_e * e * -age
    return np.stack([p * (1.0 - e) / below, to_p, to_q, -to_age * (t > t0)], axis=2)


class Problem(NamedTuple):
    """A batch of fits.

    t, y, weight : (n, k), weight 0 where a fit has fewer points;  low, high : (n, p) bounds, first parameter the
    saturation m;  centre, pull : (n,) add pull ln(m / centre)^2 to the sum of squares.
    """

    t: F64
    y: F64
    weight: F64
    low: F64
    high: F64
    centre: F64
    pull: F64


def fit(curve: Curve, jacobian: Jacobian, start: F64, problem: Problem, *, iterations: int) -> tuple[F64, F64]:
    """Parameters (n, p) of least weighted squares inside the box and their costs (n,): Levenberg-Marquardt, projected.

    start : (n, p).
    Source: Levenberg 1944, Marquardt 1963; a parameter held by its bound is left out of the step, as in Bertsekas,
    Projected Newton methods for optimization problems with simple constraints, SIAM J. Control Optim. 20(2), 1982.
    """
    low, high = problem.low, problem.high
    theta = np.clip(start, low, high)
    cost = _cost(curve, theta, problem)
    damping = np.full(theta.shape[0], FIRST_DAMPING)
    for _ in range(iterations):
        gradient, normal = _normal(curve, jacobian, theta, problem)
        trial = np.clip(theta + _step(gradient, normal, theta, problem, damping), low, high)
        trial_cost = _cost(curve, trial, problem)
        better = trial_cost < cost
        done = not np.any(cost - trial_cost > GAIN * cost) and bool(np.all(damping[~better] > STALLED))
        theta = np.where(better[:, None], trial, theta)
        cost = np.where(better, trial_cost, cost)
        damping = np.clip(np.where(better, damping / 5.0, damping * 4.0), 1e-12, MAX_DAMPING)
        if done:
            break
    return theta, cost


def linear_start(transformed: F64, t: F64, weight: F64, slope_low: float, slope_high: float) -> tuple[F64, F64]:
    """Slope b and midpoint c (n,) of the straight line b (t - c) through transformed values (n, k)."""
    total = np.sum(weight, axis=1)
    t_mean = np.sum(weight * t, axis=1) / total
    z_mean = np.sum(weight * transformed, axis=1) / total
    off = t - t_mean[:, None]
    spread = np.maximum(np.sum(weight * off * off, axis=1), 1e-12)
    b = np.clip(np.sum(weight * off * (transformed - z_mean[:, None]), axis=1) / spread, slope_low, slope_high)
    return b, t_mean - z_mean / b


def damped(slope: F64, kept_per_year: float, h: F64) -> F64:
    """Growth (n, k) over h years of a slope (n,) that keeps the share `kept_per_year` each year; 1 keeps it all.

    Source: damped trend of Gardner and McKenzie 1985, in continuous time.
    """
    if kept_per_year == 1.0:
        return np.asarray(slope[:, None] * h)
    rate = -np.log(kept_per_year)
    return np.asarray(slope[:, None] * (1.0 - np.exp(-rate * h)) / rate)


def _bounded(x: F64) -> F64:
    return np.clip(x, -EXPONENT_LIMIT, EXPONENT_LIMIT)


def _cost(curve: Curve, theta: F64, of: Problem) -> F64:
    residual = curve(theta, of.t) - of.y
    return np.asarray(np.sum(of.weight * residual * residual, axis=1) + of.pull * np.log(theta[:, 0] / of.centre) ** 2)


def _normal(curve: Curve, jacobian: Jacobian, theta: F64, of: Problem) -> tuple[F64, F64]:
    j = jacobian(theta, of.t)
    weighted = np.swapaxes(j * of.weight[:, :, None], 1, 2)
    gradient = (weighted @ (curve(theta, of.t) - of.y)[:, :, None])[:, :, 0]
    normal = weighted @ j
    gradient[:, 0] += of.pull * np.log(theta[:, 0] / of.centre) / theta[:, 0]
    normal[:, 0, 0] += of.pull / theta[:, 0] ** 2
    return gradient, normal


def _step(gradient: F64, normal: F64, theta: F64, of: Problem, damping: F64) -> F64:
    held = ((theta <= of.low) & (gradient > 0)) | ((theta >= of.high) & (gradient < 0))
    free = (~held).astype(np.float64)
    reduced = normal * free[:, :, None] * free[:, None, :]
    p = np.arange(theta.shape[1])
    diagonal = reduced[:, p, p]
    reduced[:, p, p] = diagonal + damping[:, None] * diagonal + RIDGE + held
    return np.asarray(-np.linalg.solve(reduced, (gradient * free)[:, :, None])[:, :, 0])
