"""Shadowing: zero-mean normal fields in dB whose correlation falls as exp(-distance / d_cor)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable
from setsail.base.limits import Limit
from setsail.radio.pathloss.scenarios import Link, shadowing
from setsail.radio.pathloss.tr38901 import sigma_db

CORRELATION_M = Limit("correlation_m", 0.0, 1e5, "assumption", "(]")
PIXEL_M = Limit("pixel_m", 0.0, 1e5, "assumption", "(]")
SITE_CORRELATION = Limit("site_correlation", 0.0, 1.0, "assumption")
GUARD = 6.0
"""Correlation distances between a field and its own repetition: exp(-6) of correlation is left there."""
BYTES_PER_CELL = 40
"""Working memory of one cell of the field with its guard: two real and one and a half complex arrays."""


def along_line(positions_m: ArrayLike, correlation_m: float, rng: np.random.Generator) -> F64:
    """(n,) unit-variance shadowing at places along a route; positions_m (n,) is the way covered, not falling [m].

    Exact at any spacing: R(dx) = exp(-|dx| / d_cor). Raises BadInput, OutOfRange.
    Source: 3GPP TR 38.901 v17.0.0, cl. 7.4.4, eq. 7.4-5.
    """
    CORRELATION_M.require(correlation_m)
    way = np.asarray(positions_m, dtype=np.float64)
    step = np.diff(way)
    if way.ndim != 1 or not np.all(np.isfinite(way)) or np.any(step < 0.0):
        raise BadInput("falls or is not a number", where="positions_m", allowed="one row of numbers that do not fall")
    r = np.exp(-step / correlation_m)
    fresh = rng.standard_normal(way.size)
    out = np.empty(way.size)
    out[:1] = fresh[:1]
    for i in range(1, way.size):
        out[i] = r[i - 1] * out[i - 1] + np.sqrt(1.0 - r[i - 1] ** 2) * fresh[i]
    return out


def raster(
    shape: tuple[int, int],
    pixel_m: float,
    correlation_m: float,
    rng: np.random.Generator,
    *,
    periodic: bool = False,
    max_bytes: int = 4 << 30,
) -> F64:
    """(rows, columns) unit-variance shadowing on a grid, correlated as exp(-r / d_cor) in every direction.

    periodic : the field continues into itself at its edges, so that tiles may read it modulo its shape; it must then
    be at least 12 correlation distances wide. Raises OutOfRange, BadInput, NotComputable with the memory needed.
    Source: 3GPP TR 38.901 v17.0.0, cl. 7.4.4, eq. 7.4-5 (along any line of the grid).
    """
    PIXEL_M.require(pixel_m)
    CORRELATION_M.require(correlation_m)
    if min(shape) < 1:
        raise BadInput(f"is {shape}", where="shape", allowed="1 or more rows and columns")
    size = _embedded(shape, pixel_m, correlation_m, periodic)
    need = size[0] * size[1] * BYTES_PER_CELL
    if need > max_bytes:
        raise NotComputable(
            f"needs {need:,} bytes", where="shadowing raster", allowed=f"{max_bytes:,}", hint="a periodic field"
        )
    noise = fft.rfft2(rng.standard_normal(size))
    field = fft.irfft2(noise * np.sqrt(_power(size, pixel_m, correlation_m)), s=size)
    return np.ascontiguousarray(field[: shape[0], : shape[1]])


def shadowing_db(link: Link, d_2d_m: ArrayLike, unit: ArrayLike) -> F64:
    """Shadowing [dB] (n,): a unit-variance field times the spread of the link at its distance; its mean is zero.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1.
    """
    return np.asarray(sigma_db(link, d_2d_m) * np.asarray(unit, dtype=np.float64), dtype=np.float64)


def of_sites(common: F64, own: F64, site_correlation: float) -> F64:
    """Unit-variance fields of sites, own (sites, ...), that share the part `common` (...) with that correlation.

    TR 38.901 leaves sites uncorrelated (0); sectors of one site share one field.
    """
    SITE_CORRELATION.require(site_correlation)
    return np.asarray(np.sqrt(site_correlation) * common + np.sqrt(1.0 - site_correlation) * own, dtype=np.float64)


def link_raster(link: Link, shape: tuple[int, int], pixel_m: float, rng: np.random.Generator) -> F64:
    """(rows, columns) unit-variance field with the correlation distance of a link's scenario and condition.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.5-6.
    """
    return raster(shape, pixel_m, shadowing(link.scenario, link.condition).correlation_m, rng)


def _embedded(shape: tuple[int, int], pixel_m: float, correlation_m: float, periodic: bool) -> tuple[int, int]:
    """Size of the torus that holds the grid: nothing wanted lies nearer to a repetition than on the grid itself."""
    guard = int(np.ceil(GUARD * correlation_m / pixel_m))
    if periodic:
        if min(shape) < 2 * guard:
            raise BadInput(f"is {shape}", where="shape", allowed=f"{2 * guard} or more cells for a periodic field")
        return shape
    rows, columns = (fft.next_fast_len(max(2 * n, n + 2 * guard), real=True) for n in shape)
    return rows, columns


def _power(size: tuple[int, int], pixel_m: float, correlation_m: float) -> F64:
    """Spectrum of the correlation on the torus; what rounding makes negative is left out and the variance kept 1."""
    y = np.minimum(np.arange(size[0]), size[0] - np.arange(size[0])) * pixel_m
    x = np.minimum(np.arange(size[1]), size[1] - np.arange(size[1])) * pixel_m
    spectrum = fft.rfft2(np.exp(-np.hypot(y[:, None], x[None, :]) / correlation_m)).real
    return np.maximum(spectrum, 0.0)
