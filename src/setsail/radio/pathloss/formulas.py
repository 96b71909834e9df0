"""Table 7.4.1-1 reduced to numbers: one set of coefficients per link, one expression for all scenarios."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import OutOfRange
from setsail.radio.pathloss.scenarios import Link, Scenario, family, number, rows

C_M_S = 3.0e8
"""Propagation velocity as TR 38.901 writes it (Table 7.4.1-1, notes 1 and 5)."""
NEVER_M = math.inf
NO_LOSS_DB = -1e9
"""Intercept of an NLOS formula that a link does not have: never the largest."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A link as numbers: what `mean_loss_db` and the compiled kernel evaluate.

    With L = log10(d_3D / 1 m): before the break point `near + near_slope L + near_linear d_3D`, beyond it
    `far + 40 L`; in NLOS the largest of that, `nlos + nlos_slope L` and `second + second_slope L`.
    height_gap_m : h_BS - h_UT;  breakpoint_m : on d_2D, infinite where there is none.
    """

    height_gap_m: float
    breakpoint_m: float
    near_db: float
    near_slope_db: float
    near_linear_db_per_m: float
    far_db: float
    nlos_db: float = NO_LOSS_DB
    nlos_slope_db: float = 0.0
    second_db: float = NO_LOSS_DB
    second_slope_db: float = 0.0

    def array(self) -> F64:
        """(10,) the numbers in the order of the fields, as the compiled kernel takes them."""
        return np.array(astuple(self), dtype=np.float64)


def coefficients(link: Link, h_e_m: float = 1.0) -> Coefficients:
    """The coefficients of a link; `h_e_m` is the effective environment height of UMa and UMi.

    Raises OutOfRange where an antenna of UMa or UMi is not above h_E.
    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1 with notes 1, 3 and 5.
    """
    line = _rural(link) if link.scenario == "rma" else _log_distance(link, h_e_m)
    if link.condition == "los":
        return line
    (a, b), (a2, b2) = _nlos(link)
    return replace(line, nlos_db=a, nlos_slope_db=b, second_db=a2, second_slope_db=b2)


def mean_loss_db(d_2d_m: F64, k: Coefficients) -> F64:
    """Mean path loss [dB] (n,) at ground distances d_2d_m (n,) [m]. Plain twin of `kernels.mean_loss_db`."""
    d_3d = np.hypot(d_2d_m, k.height_gap_m)
    decades = np.log10(d_3d)
    near = k.near_db + k.near_slope_db * decades + k.near_linear_db_per_m * d_3d
    loss = np.where(d_2d_m <= k.breakpoint_m, near, k.far_db + 40.0 * decades)
    loss = np.maximum(loss, k.nlos_db + k.nlos_slope_db * decades)
    return np.maximum(loss, k.second_db + k.second_slope_db * decades)


def environment_heights_m(h_ut_m: float) -> tuple[float, ...]:
    """Heights from which h_E is drawn when it is not 1 m: 12, 15, ... up to h_UT - 1.5.

    Deviates: for 13 m < h_UT < 13.5 m the set as written is empty; 12 m is taken.
    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1, note 1.
    """
    top = max(12, math.floor(h_ut_m - 1.5 + 1e-9))
    return tuple(float(h) for h in range(12, top + 1, 3))


def probability_of_one_metre(d_2d_m: F64, h_ut_m: float) -> F64:
    """(n,) probability that h_E of UMa is 1 m: 1 / (1 + C(d_2D, h_UT)).

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1, note 1.
    """
    if h_ut_m < 13.0:
        return np.ones_like(d_2d_m)
    g = np.where(d_2d_m > 18.0, 1.25 * (d_2d_m / 100.0) ** 3 * np.exp(-d_2d_m / 150.0), 0.0)
    return np.asarray(1.0 / (1.0 + ((h_ut_m - 13.0) / 10.0) ** 1.5 * g), dtype=np.float64)


def breakpoint_m(link: Link, h_e_m: float = 1.0) -> float:
    """Break point on d_2D [m]: d_BP of RMa (note 5), d'_BP of UMa and UMi (note 1), infinite elsewhere."""
    if link.scenario == "rma":
        return 2.0 * math.pi * link.h_bs_m * link.h_ut_m * link.fc_hz / C_M_S
    if link.scenario not in ("uma", "umi"):
        return NEVER_M
    for name, height in (("h_bs_m", link.h_bs_m), ("h_ut_m", link.h_ut_m)):
        if height <= h_e_m:
            raise OutOfRange(f"is {height:g}", where=name, allowed=f"above the environment height h_E = {h_e_m:g} m")
    return 4.0 * (link.h_bs_m - h_e_m) * (link.h_ut_m - h_e_m) * link.fc_hz / C_M_S


def _rural_near(fc_ghz: float, h: float) -> tuple[float, float, float]:
    """PL1 of RMa LOS as intercept [dB], slope per decade [dB] and linear term [dB/m]; h : building height [m]."""
    intercept = 20.0 * math.log10(40.0 * math.pi * fc_ghz / 3.0) - min(0.044 * h**1.72, 14.77)
    return intercept, 20.0 + min(0.03 * h**1.72, 10.0), 0.002 * math.log10(h)


def _rural(link: Link) -> Coefficients:
    a, b, e = _rural_near(link.fc_hz / 1e9, link.building_height_m)
    d_bp = breakpoint_m(link)
    lg = math.log10(d_bp)
    return Coefficients(link.h_bs_m - link.h_ut_m, d_bp, a, b, e, a + b * lg + e * d_bp - 40.0 * lg)


def _rural_nlos(link: Link) -> tuple[float, float]:
    w, h, h_bs = link.street_width_m, link.building_height_m, link.h_bs_m
    slope = 43.42 - 3.1 * math.log10(h_bs)
    intercept = (
        161.04 - 7.1 * math.log10(w) + 7.5 * math.log10(h)
        - (24.37 - 3.7 * (h / h_bs) ** 2) * math.log10(h_bs) - 3.0 * slope
        + 20.0 * math.log10(link.fc_hz / 1e9) - (3.2 * math.log10(11.75 * link.h_ut_m) ** 2 - 4.97)
    )  # fmt: skip
    return intercept, slope


def _log_distance(link: Link, h_e_m: float) -> Coefficients:
    a, b, drop = _slope(link.scenario, "los", link)
    gap, d_bp = link.h_bs_m - link.h_ut_m, breakpoint_m(link, h_e_m)
    if math.isinf(d_bp):
        return Coefficients(gap, d_bp, a, b, 0.0, 0.0)
    return Coefficients(gap, d_bp, a, b, 0.0, a - drop * math.log10(d_bp**2 + gap**2))


def _nlos(link: Link) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intercept and slope of the NLOS formula, and of the second one that InF-DL is also compared with."""
    none = (NO_LOSS_DB, 0.0)
    if link.scenario == "rma":
        return _rural_nlos(link), none
    a, b, _ = _slope(link.scenario, "optional" if link.optional else "nlos", link)
    if link.scenario == "inf-dl":
        return (a, b), _slope("inf-sl", "nlos", link)[:2]
    return (a, b), none


def _slope(name: Scenario, formula: str, link: Link) -> tuple[float, float, float]:
    """Intercept at this frequency and UT height, slope per decade of d_3D, and the factor of PL2's last term."""
    for row in rows("tr38901_slopes"):
        if row.get("scenario") in (name, family(name)) and row.get("formula") == formula:
            at_fc = number(row, "frequency_db") * math.log10(link.fc_hz / 1e9)
            at_height = number(row, "height_db_per_m") * (link.h_ut_m - 1.5)
            drop = number(row, "breakpoint_db") if row.get("breakpoint_db") else 0.0
            return number(row, "intercept_db") + at_fc + at_height, number(row, "distance_db"), drop
    raise OutOfRange(f"has no {formula} formula", where=name, allowed="los")
