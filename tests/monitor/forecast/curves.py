"""Synthetic growth curves for the tests of the forecast."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64
from setsail.monitor.forecast import kernels
from setsail.monitor.forecast.series import Series

THETA = {"logistic": (1000.0, 1.2, 2023.0), "gompertz": (1000.0, 0.8, 2022.5), "bass": (1000.0, 0.05, 0.9, 2019.8)}
CURVES = {"logistic": kernels.logistic, "gompertz": kernels.gompertz, "bass": kernels.bass}
JACOBIANS = {
    "logistic": kernels.logistic_jacobian,
    "gompertz": kernels.gompertz_jacobian,
    "bass": kernels.bass_jacobian,
}


def clean(kind: str, t: F64) -> F64:
    """Values of the reference curve of that kind."""
    return np.asarray(CURVES[kind](np.array([THETA[kind]]), t[None, :])[0])


def monthly(rng: np.random.Generator, points: int, months: int = 72) -> F64:
    """Ascending decimal years at irregular months from 2020 on."""
    return np.asarray(2020.0 + np.sort(rng.choice(np.arange(1, months), points, replace=False)) / 12.0)


def noisy(rng: np.random.Generator) -> Series:
    """A synthetic series: a random curve at 12 to 35 irregular months with 0.3, 1 or 3 % noise, begun above zero."""
    t = monthly(rng, int(rng.integers(12, 36)))
    kind = str(rng.choice(sorted(CURVES)))
    rate, middle = rng.uniform(0.5, 2.5), rng.uniform(2020.5, 2025.0)
    theta = (1.0, rng.uniform(0.02, 0.3), rng.uniform(0.3, 1.8), 2019.9) if kind == "bass" else (1.0, rate, middle)
    y = 1e6 * CURVES[kind](np.array([theta]), t[None, :])[0]
    y = y * np.exp(rng.choice([0.003, 0.01, 0.03]) * rng.standard_normal(t.size)) + 1e4
    return Series(tuple(t), tuple(y), name=f"synthetic {kind}")
