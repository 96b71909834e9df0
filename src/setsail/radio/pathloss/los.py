"""Probability that a link of TR 38.901 is in line of sight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.radio.pathloss.scenarios import DISTANCE_M, Scenario, default, default_source

UT_HEIGHT_M = Limit("h_ut_m", 0.0, 23.0, "TR 38.901 v17.0.0, Table 7.4.2-1 UMa", "(]")
DENSITY = Limit("clutter_density", 0.0, 1.0, "TR 38.901 v17.0.0, Table 7.4.2-1 InF", "()")
SIZE_M = Limit("clutter_size_m", 0.0, 1000.0, "TR 38.901 v17.0.0, Table 7.4.2-1 InF", "(]")


@dataclass(frozen=True, slots=True)
class Clutter:
    """Machines of a factory hall: share of the floor, typical size [m], effective height [m]."""

    density: float
    size_m: float
    height_m: float

    def __post_init__(self) -> None:
        DENSITY.require(self.density)
        SIZE_M.require(self.size_m)
        if not self.height_m > 0.0:
            raise OutOfRange(f"is {self.height_m:g}", where="clutter_height_m", allowed="above 0")


@dataclass(frozen=True, slots=True)
class LineOfSight:
    """Probability of line of sight (n,), and which inputs of it are assumptions."""

    probability: F64
    notes: tuple[str, ...]


def los_probability(
    scenario: Scenario,
    d_2d_m: ArrayLike,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    clutter: Clutter | None = None,
) -> LineOfSight:
    """Probability of line of sight (n,) at ground distances d_2d_m (n,) [m]; outdoors the part before the facade.

    h_ut_m : matters for UMa above 13 m and InF-SH, InF-DH;  clutter : of InF; `None` for the scenario's defaults.
    Raises BadInput for `inh`, which does not say whether the office is open or mixed; OutOfRange.
    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.2-1.
    """
    d = np.atleast_1d(np.asarray(d_2d_m, dtype=np.float64))
    DISTANCE_M.require(d)
    if scenario == "inh":
        raise BadInput("does not say which office", where="scenario", allowed="inh-open, inh-mixed")
    if scenario in PLAIN:
        return LineOfSight(PLAIN[scenario](d), ())
    if scenario == "inf-hh":
        return LineOfSight(np.ones_like(d), ())
    h_ut = default(scenario, "h_ut_m") if h_ut_m is None else h_ut_m
    if scenario == "uma":
        UT_HEIGHT_M.require(h_ut)
        return LineOfSight(_uma(d, h_ut), ())
    h_bs = default(scenario, "h_bs_m") if h_bs_m is None else h_bs_m
    found, notes = (clutter, ()) if clutter else _default_clutter(scenario)
    return LineOfSight(np.exp(-d / _subscenario_m(scenario, found, h_bs, h_ut)), notes)


def _rma(d: F64) -> F64:
    return np.exp(-np.maximum(d - 10.0, 0.0) / 1000.0)


def _canyon(d: F64, decay_m: float) -> F64:
    share = 18.0 / np.maximum(d, 18.0)
    return share + np.exp(-np.maximum(d, 18.0) / decay_m) * (1.0 - share)


def _umi(d: F64) -> F64:
    return _canyon(d, 36.0)


def _uma(d: F64, h_ut_m: float) -> F64:
    high = max((h_ut_m - 13.0) / 10.0, 0.0) ** 1.5
    gain = np.where(d > 18.0, 1.0 + high * 1.25 * (d / 100.0) ** 3 * np.exp(-d / 150.0), 1.0)
    return np.minimum(_canyon(d, 63.0) * gain, 1.0)


def _inh_mixed(d: F64) -> F64:
    near = np.exp(-np.maximum(d - 1.2, 0.0) / 4.7)
    return np.where(d < 6.5, near, np.exp(-(d - 6.5) / 32.6) * 0.32)


def _inh_open(d: F64) -> F64:
    near = np.exp(-np.maximum(d - 5.0, 0.0) / 70.8)
    return np.where(d <= 49.0, near, np.exp(-(d - 49.0) / 211.7) * 0.54)


PLAIN = {"rma": _rma, "umi": _umi, "inh-open": _inh_open, "inh-mixed": _inh_mixed}


def _default_clutter(scenario: Scenario) -> tuple[Clutter, tuple[str, ...]]:
    names = ("clutter_density", "clutter_size_m", "clutter_height_m")
    found = Clutter(*(default(scenario, name) for name in names))
    return found, tuple(f"{name} {default(scenario, name):g} is the default: {default_source(scenario, name)}"
                        for name in names)  # fmt: skip


def _subscenario_m(scenario: Scenario, clutter: Clutter, h_bs_m: float, h_ut_m: float) -> float:
    """k_subsce [m]: the distance at which line of sight has become 1/e likely."""
    k = -clutter.size_m / math.log(1.0 - clutter.density)
    if scenario in ("inf-sl", "inf-dl"):
        return k
    if not h_bs_m > clutter.height_m > h_ut_m:
        raise OutOfRange(
            f"is {clutter.height_m:g}",
            where="clutter_height_m",
            allowed=f"between h_ut_m ({h_ut_m:g}) and h_bs_m ({h_bs_m:g}) for {scenario}",
            hint="inf-hh where both antennas are above the clutter, inf-sl or inf-dl where both are below",
        )
    return k * (h_bs_m - h_ut_m) / (clutter.height_m - h_ut_m)
