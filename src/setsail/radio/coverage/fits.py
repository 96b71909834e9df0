"""The polynomials of the raster kernel: how their coefficients were fitted, and how far each one is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial

from setsail.base.arrays import F64

NODES, PROBES = 400, 20_001


@dataclass(frozen=True, slots=True)
class Fit:
    """A function that the kernel replaces by a polynomial of `degree` on [low, high]."""

    function: Callable[[F64], F64]
    low: float
    high: float
    degree: int

    def coefficients(self) -> F64:
        """(degree + 1,) coefficients in rising order: least squares at Chebyshev nodes, in float64."""
        angle = (2 * np.arange(NODES) + 1) * np.pi / (2 * NODES)
        x = (self.high + self.low) / 2 + (self.high - self.low) / 2 * np.cos(angle)
        return np.asarray(polynomial.polyfit(x, self.function(x), self.degree), dtype=np.float64)

    def error(self, coefficients: F64) -> float:
        """Largest distance from the function over the interval, in float64."""
        x = np.linspace(self.low, self.high, PROBES)
        return float(np.abs(polynomial.polyval(x, coefficients) - self.function(x)).max())


def _log2_over(z: F64) -> F64:
    """log2(1 + z) / z."""
    safe = np.where(np.abs(z) < 1e-9, 1.0, z)
    return np.asarray(np.where(np.abs(z) < 1e-9, 1 / np.log(2), np.log1p(z) / np.log(2) / safe), dtype=np.float64)


def _angle_over(x: F64) -> F64:
    """arccos(1 - x)^2 / x."""
    return np.where(x < 1e-9, 2.0, np.arccos(1 - x) ** 2 / np.where(x < 1e-9, 1.0, x))


def _atan_over(u: F64) -> F64:
    """arctan(sqrt(u)) / sqrt(u)."""
    root: F64 = np.sqrt(np.where(u < 1e-12, 1.0, u))
    return np.asarray(np.where(u < 1e-12, 1.0, np.arctan(root) / root), dtype=np.float64)


FITS = {
    "log2": Fit(_log2_over, np.sqrt(0.5) - 1, np.sqrt(2.0) - 1, 6),
    "exp2": Fit(lambda x: np.asarray(np.exp2(x)), -0.5, 0.5, 5),
    "angle": Fit(_angle_over, 0.0, 1.5, 6),
    "atan": Fit(_atan_over, 0.0, 1.0, 5),
}
"""`angle`: the square of the horizontal angle from 1 - cos, up to 120 degrees."""
