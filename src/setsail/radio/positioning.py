"""Lower bounds of positioning error from TDOA, RTT and AoA, with noise, synchronisation and NLOS terms apart."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput, NotComputable, OutOfRange, UnknownName
from setsail.base.limits import Limit

Method = Literal["tdoa", "rtt", "aoa"]
METHODS: tuple[Method, ...] = ("tdoa", "rtt", "aoa")
LEAST: dict[Method, dict[int, int]] = {"tdoa": {2: 3, 3: 4}, "rtt": {2: 2, 3: 3}, "aoa": {2: 2}}
"""Anchors without which no point can be told, by method and number of unknown coordinates."""
C_M_PER_S = 299_792_458.0
COMBS = (1, 2, 4, 6, 12)
PRB = Limit("prb", 1, 275, "TS 38.211 cl. 4.4.2 (a PRS takes 24 to 272)")
SYMBOLS = Limit("symbols", 1, 12, "TS 38.211 cl. 7.4.1.7: 1 to 12 symbols of a PRS resource in a slot")
SNR_DB = Limit("snr", -60, 100, "own range of SNR per resource element")
BLOCK = 1 << 15
"""Points worked on at once, which bounds the memory."""
CONDITION_MAX = 1e12
"""Condition number of the information matrix above which a point counts as not resolved."""


@dataclass(frozen=True, slots=True)
class Prs:
    """A positioning reference signal: bandwidth in PRB, spacing, comb size, symbols, repetitions added coherently."""

    n_prb: int
    scs_hz: float
    comb: int = 2
    symbols: int = 2
    repetitions: int = 1

    def __post_init__(self) -> None:
        PRB.require(self.n_prb)
        SYMBOLS.require(self.symbols)
        if self.comb not in COMBS:
            raise OutOfRange(f"is {self.comb}", where="comb", allowed="1 (every subcarrier), 2, 4, 6, 12 (TS 38.211)")
        if self.scs_hz not in (15e3, 30e3, 60e3, 120e3):
            raise OutOfRange(f"is {self.scs_hz / 1e3:g} kHz", where="scs", allowed="15, 30, 60, 120 kHz")
        if self.repetitions < 1:
            raise OutOfRange(f"is {self.repetitions}", where="repetitions", allowed="1 or more")

    @property
    def tones(self) -> int:
        """Subcarriers that carry the signal in one symbol."""
        return 12 * self.n_prb // self.comb

    @property
    def n_re(self) -> int:
        """N_RE: resource elements in all symbols and repetitions."""
        return self.tones * self.symbols * self.repetitions

    @property
    def b_rms_hz(self) -> float:
        """Root mean square bandwidth [Hz] of equal tones `comb` subcarriers apart, about their mean."""
        step = self.comb * self.scs_hz
        return float(step * np.sqrt((self.tones**2 - 1.0) / 12.0))

    @property
    def resolution_m(self) -> float:
        """The way c / B below which two paths are one peak; multipath of that order is not in the bound."""
        return C_M_PER_S / (12 * self.n_prb * self.scs_hz)


@dataclass(frozen=True, slots=True)
class Errors:
    """What adds to noise. All in metres or radians, for each anchor or one for all.

    sync_m : standard deviation of each anchor's clock times c (TDOA), of each Rx-Tx timing (RTT);
    heading_rad : of the orientation of each array (AoA);  nlos_m : mean excess way of the first path (TDOA, RTT), a
    bias;  nlos_rad : mean deflection of the arrival (AoA), a bias.
    """

    sync_m: float | F64 = 0.0
    heading_rad: float | F64 = 0.0
    nlos_m: float | F64 = 0.0
    nlos_rad: float | F64 = 0.0


@dataclass(frozen=True, slots=True)
class _Linear:
    """Measurements about each point: gradients (points, anchors, d), then noise, clock, bias (points, anchors)."""

    rows: F64
    sigma: F64
    clock: F64
    bias: F64


@dataclass(frozen=True, slots=True)
class Bound:
    """Root mean square position error [m] at each point, (n_points,); infinite where the point is not resolved.

    crlb_m : noise alone, clocks perfect;  noise_m, sync_m, bias_m : parts of `total_m`, the error of the estimator that
    weighs by noise and clocks and knows no NLOS: total^2 = noise^2 + sync^2 + bias^2;  gdop : with equal noise;
    sigma : (n_points,
    n_anchors) of one measurement, metres (TDOA, RTT) or radians (AoA);  resolved : where the geometry tells the point.
    """

    method: Method
    crlb_m: F64
    noise_m: F64
    sync_m: F64
    bias_m: F64
    total_m: F64
    gdop: F64
    sigma: F64
    resolved: Bool


def range_sigma_m(prs: Prs, snr_db: ArrayLike) -> F64:
    """Bound of the standard deviation of a one-way range [m], of the shape of `snr_db` (per resource element).

    Raises OutOfRange. Source: Cramer-Rao bound of delay in white noise: c / (2 pi B_rms sqrt(2 SNR N_RE)).
    """
    SNR_DB.require(snr_db)
    energy = np.power(10.0, np.asarray(snr_db, dtype=np.float64) / 10.0) * prs.n_re
    return np.asarray(C_M_PER_S / (2.0 * np.pi * prs.b_rms_hz * np.sqrt(2.0 * energy)), dtype=np.float64)


def angle_sigma_rad(prs: Prs, snr_db: ArrayLike, elements: int, off_rad: ArrayLike = 0.0) -> F64:
    """Bound of the standard deviation of azimuth [rad] of a uniform linear array, half a wavelength between elements.

    snr_db : per resource element and element;  off_rad : from the normal of the array.  Raises OutOfRange.
    Source: Cramer-Rao bound of angle: sqrt(6 / (SNR N (N^2 - 1))) / (pi cos off), SNR = SNR_RE N_RE.
    """
    SNR_DB.require(snr_db)
    if elements < 2:
        raise OutOfRange(f"is {elements}", where="array elements", allowed="2 or more")
    energy = np.power(10.0, np.asarray(snr_db, dtype=np.float64) / 10.0) * prs.n_re
    spread = np.sqrt(6.0 / (energy * elements * (elements**2 - 1.0)))
    with np.errstate(divide="ignore"):
        return np.asarray(spread / (np.pi * np.clip(np.cos(off_rad), 0.0, None)), dtype=np.float64)


def _points(anchors_m: ArrayLike, points_m: ArrayLike) -> tuple[F64, F64]:
    anchors, points = np.asarray(anchors_m, dtype=np.float64), np.atleast_2d(np.asarray(points_m, dtype=np.float64))
    for name, array in (("anchors", anchors), ("points", points)):
        if array.ndim != 2 or array.shape[1] != 3 or not len(array):
            raise BadInput(f"have shape {array.shape}", where=name, allowed="(n, 3): x, y, z [m]")
        if not np.isfinite(array).all():
            raise BadInput("hold a value that is not a number", where=name, allowed="finite metres")
    if len(np.unique(anchors, axis=0)) < len(anchors):
        raise BadInput(
            "stand in the same place", where="anchors", allowed="each its own position", hint="drop the copy"
        )
    return anchors, points


def _fill(value: float | F64, shape: tuple[int, ...], where: str) -> F64:
    try:
        filled = np.broadcast_to(np.asarray(value, dtype=np.float64), shape)
    except ValueError as err:
        raise BadInput(f"has shape {np.shape(value)}", where=where, allowed=f"one, or {shape[1]} anchors") from err
    if not (np.isfinite(filled).all() and (filled >= 0).all()):
        raise OutOfRange("holds a value below 0 or not a number", where=where, allowed="0 or more")
    return filled


def bound(
    method: Method,
    anchors_m: ArrayLike,
    points_m: ArrayLike,
    prs: Prs,
    snr_db: ArrayLike,
    *,
    errors: Errors | None = None,
    dimensions: int = 2,
    elements: int = 8,
    boresight_rad: F64 | None = None,
) -> Bound:
    """The bound at each point.

    anchors_m : (n_anchors, 3);  points_m : (n_points, 3);  snr_db : one, (n_anchors,) or (n_points, n_anchors), per
    resource element;  dimensions : 2 (height known) or 3;  elements, boresight_rad : of the arrays (AoA; without a
    boresight each array faces the point).  Raises BadInput, OutOfRange, NotComputable, UnknownName.
    Source: Cramer-Rao bound; TDOA with the covariance of differences to one reference (2 on the diagonal, 1 off it at
    equal noise), which does not depend on the choice of the reference.
    """
    anchors, points = _points(anchors_m, points_m)
    if method not in METHODS:
        raise UnknownName(f"is {method!r}", where="method", allowed=", ".join(METHODS))
    least = LEAST[method].get(dimensions)
    if least is None:
        raise NotComputable(f"{method} in {dimensions} dimensions", where="dimensions", allowed="2 or 3; aoa: 2")
    if len(anchors) < least:
        raise NotComputable(f"are {len(anchors)}", where="anchors", allowed=f"{least} or more for {method}")
    shape, terms = (len(points), len(anchors)), errors or Errors()
    snr = np.broadcast_to(np.asarray(snr_db, dtype=np.float64), shape)
    facing = None if boresight_rad is None else np.asarray(boresight_rad, dtype=np.float64)
    made = [
        _assemble(method, _lines(method, anchors, points[i : i + BLOCK], prs, snr[i : i + BLOCK], terms=terms,
                                 dimensions=dimensions, elements=elements, boresight_rad=facing))
        for i in range(0, len(points), BLOCK)
    ]  # fmt: skip
    return _joined(made)


def _joined(parts: list[Bound]) -> Bound:
    columns = (f.name for f in fields(Bound) if f.name != "method")
    return Bound(parts[0].method, *(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _lines(
    method: Method,
    anchors: F64,
    points: F64,
    prs: Prs,
    snr: F64,
    *,
    terms: Errors,
    dimensions: int,
    elements: int,
    boresight_rad: F64 | None,
) -> _Linear:
    if method == "aoa":
        return _angles(anchors, points, prs, snr, terms=terms, elements=elements, boresight_rad=boresight_rad)
    lines = _ranges(anchors, points, prs, snr, terms=terms, dimensions=dimensions)
    return replace(lines, sigma=lines.sigma / np.sqrt(2.0)) if method == "rtt" else lines


def _ranges(anchors: F64, points: F64, prs: Prs, snr: F64, *, terms: Errors, dimensions: int) -> _Linear:
    """One-way ranges [m]."""
    away = points[:, None, :] - anchors[None, :, :]
    distance = np.linalg.norm(away, axis=2)
    unit = np.divide(away, distance[..., None], out=np.full_like(away, np.nan), where=distance[..., None] > 0)
    clock, bias = _fill(terms.sync_m, snr.shape, "sync"), _fill(terms.nlos_m, snr.shape, "nlos")
    return _Linear(unit[..., :dimensions], range_sigma_m(prs, snr), clock, bias)


def _angles(
    anchors: F64, points: F64, prs: Prs, snr: F64, *, terms: Errors, elements: int, boresight_rad: F64 | None
) -> _Linear:
    """Azimuths [rad]; a point straight below an anchor learns nothing from it."""
    away = points[:, None, :2] - anchors[None, :, :2]
    square = np.sum(away * away, axis=2)[..., None]
    across = np.stack((-away[..., 1], away[..., 0]), axis=2)
    gradient = np.divide(across, square, out=np.zeros_like(across), where=square > 0)
    off: F64 | float = 0.0
    if boresight_rad is not None:
        turn = np.arctan2(away[..., 1], away[..., 0]) - np.asarray(boresight_rad, dtype=np.float64)
        off = np.arctan2(np.sin(turn), np.cos(turn))
    heading, bias = _fill(terms.heading_rad, snr.shape, "heading"), _fill(terms.nlos_rad, snr.shape, "nlos")
    return _Linear(gradient, angle_sigma_rad(prs, snr, elements, off), heading, bias)


def _information(rows: F64, weights: F64) -> tuple[F64, Bool]:
    """Inverse of the information (points, d, d) and where it exists."""
    information = np.einsum("pad,pa,pae->pde", rows, weights, rows)
    finite = np.isfinite(information).all(axis=(1, 2))
    safe = np.where(finite[:, None, None], information, np.eye(rows.shape[2]))
    resolved = finite & (np.linalg.cond(safe) < CONDITION_MAX)
    safe = np.where(resolved[:, None, None], safe, np.eye(rows.shape[2]))
    return np.linalg.inv(safe), resolved


def _direct(rows: F64, variance: F64) -> tuple[F64, F64, Bool]:
    """Covariance (points, d, d) and estimator (points, d, anchors) of independent measurements."""
    with np.errstate(divide="ignore"):
        weights = np.where(np.isfinite(variance), 1.0 / variance, 0.0)
    clean = np.where((weights > 0)[..., None], rows, 0.0)
    covariance, resolved = _information(clean, weights)
    return covariance, np.einsum("pde,pae,pa->pda", covariance, clean, weights), resolved


def _differences(rows: F64, variance: F64) -> tuple[F64, F64, Bool]:
    """The same for differences: ranges less their weighted mean, equal to any choice of the reference."""
    weights = 1.0 / variance
    mean = np.einsum("pad,pa->pd", rows, weights) / weights.sum(axis=1)[:, None]
    covariance, resolved = _information(rows - mean[:, None, :], weights)
    return covariance, np.einsum("pde,pae,pa->pda", covariance, rows - mean[:, None, :], weights), resolved


def _assemble(method: Method, lines: _Linear) -> Bound:
    solve = _differences if method == "tdoa" else _direct
    equal = np.where(np.isfinite(lines.sigma), 1.0, np.inf)
    best, _, seen = solve(lines.rows, lines.sigma**2)
    unit, _, _ = solve(lines.rows, equal)
    _, estimator, resolved = solve(lines.rows, lines.sigma**2 + lines.clock**2)
    told = resolved & seen
    with np.errstate(invalid="ignore"):
        noise, sync = _spread(estimator, lines.sigma), _spread(estimator, lines.clock)
        pull = np.linalg.norm(np.einsum("pda,pa->pd", estimator, lines.bias), axis=1)
    total = np.sqrt(noise**2 + sync**2 + pull**2)
    columns = (_root_trace(best), noise, sync, pull, total, _root_trace(unit))
    crlb, noise, sync, pull, total, gdop = (np.where(told, column, np.inf) for column in columns)
    return Bound(method, crlb, noise, sync, pull, total, gdop, lines.sigma, told)


def _spread(estimator: F64, sigma: F64) -> F64:
    """Root mean square of the estimate when each measurement is off by its sigma, (points,)."""
    part = np.where(estimator == 0.0, 0.0, estimator * sigma[:, None, :])
    return np.asarray(np.sqrt(np.sum(part**2, axis=(1, 2))), dtype=np.float64)


def _root_trace(covariance: F64) -> F64:
    return np.asarray(np.sqrt(np.trace(covariance, axis1=1, axis2=2)), dtype=np.float64)


def snr_re_db(tx_dbm: float, path_loss_db: ArrayLike, prs: Prs, noise_figure_db: float = 9.0) -> F64:
    """SNR per resource element [dB] of the shape of `path_loss_db`, power spread evenly over the tones of a symbol.

    tx_dbm : in the PRS bandwidth, with antenna gains;  noise_figure_db : of the receiver (9 dB: TR 38.901-style UE).
    Source: thermal noise -174 dBm/Hz over one subcarrier.
    """
    per_re = tx_dbm - 10.0 * np.log10(prs.tones)
    noise = -174.0 + 10.0 * np.log10(prs.scs_hz) + noise_figure_db
    return np.asarray(per_re - np.asarray(path_loss_db, dtype=np.float64) - noise, dtype=np.float64)


def grid_points(x_m: tuple[float, float], y_m: tuple[float, float], step_m: float, height_m: float) -> F64:
    """Points (n, 3) of a grid with its ends, row by row from south-west. Raises BadInput, OutOfRange."""
    if not step_m > 0:
        raise OutOfRange(f"is {step_m:g}", where="step", allowed="above 0 m")
    if not (x_m[1] >= x_m[0] and y_m[1] >= y_m[0]):
        raise BadInput("runs backwards", where="grid", allowed="x0,y0,x1,y1 with x1 >= x0 and y1 >= y0")
    count = [int(np.floor((b - a) / step_m + 1e-9)) + 1 for a, b in (x_m, y_m)]
    if count[0] * count[1] > 1_000_000:
        raise OutOfRange(f"makes {count[0] * count[1]} points", where="step", allowed="up to 1000000 points")
    xs, ys = (a + step_m * np.arange(n) for (a, _), n in zip((x_m, y_m), count, strict=True))
    east, north = np.meshgrid(xs, ys)
    return np.column_stack((east.ravel(), north.ravel(), np.full(east.size, height_m)))
