"""Panels: uniform rectangular arrays of one element, steered by phase, of one or several panels side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.radio.antenna.element import Element, Isotropic, element

SPACING = Limit("spacing_wavelengths", 0.0, 100.0, "TR 38.901 v17.0.0, cl. 7.3", "(]")
STEER_RAD = Limit("steer_rad", -math.pi / 2, math.pi / 2, "ITU-R M.2101-0, Annex 1, cl. 5.2")
COUNT_TOP = 1024
NULL_DB = -300.0
"""What is told where the elements cancel: a null has no depth in dB."""


@dataclass(frozen=True, slots=True)
class Panel:
    """M x N elements (per polarisation) in M_g x N_g panels, all fed with equal power towards one direction.

    rows, columns : M, N;  d_v, d_h : spacing of elements [wavelengths];  panel_rows, panel_columns : M_g, N_g;
    d_gv, d_gh : spacing of panels [wavelengths], by default panels join without a seam;
    downtilt_rad : electrical tilt, positive below the boresight plane;  scan_rad : electrical azimuth.
    """

    element: Element | Isotropic
    rows: int = 8
    columns: int = 8
    d_v: float = 0.5
    d_h: float = 0.5
    panel_rows: int = 1
    panel_columns: int = 1
    d_gv: float | None = None
    d_gh: float | None = None
    downtilt_rad: float = 0.0
    scan_rad: float = 0.0

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "panel_rows", "panel_columns"):
            count = getattr(self, name)
            if not 1 <= count <= COUNT_TOP:
                raise OutOfRange(f"is {count}", where=name, allowed=f"1 to {COUNT_TOP}")
        for name in ("d_v", "d_h", "d_gv", "d_gh"):
            spacing = getattr(self, name)
            if spacing is not None:
                SPACING.require(spacing, name)
        STEER_RAD.require(self.downtilt_rad, "downtilt_rad")
        STEER_RAD.require(self.scan_rad, "scan_rad")
        if self.panel_rows > 1 and self.d_gv is not None and self.d_gv < (self.rows - 1) * self.d_v:
            raise BadInput(f"is {self.d_gv:g}", where="d_gv", allowed="panels that do not overlap")
        if self.panel_columns > 1 and self.d_gh is not None and self.d_gh < (self.columns - 1) * self.d_h:
            raise BadInput(f"is {self.d_gh:g}", where="d_gh", allowed="panels that do not overlap")

    @property
    def count(self) -> int:
        """Elements of one polarisation."""
        return self.rows * self.columns * self.panel_rows * self.panel_columns

    @property
    def peak_dbi(self) -> float:
        """Gain towards the steered direction: the element's gain there and 10 log10 of the number of elements."""
        towards = self.element.gain_dbi(math.pi / 2.0 + self.downtilt_rad, self.scan_rad)
        return float(towards) + 10.0 * math.log10(self.count)

    def steered(self, downtilt_rad: float, scan_rad: float = 0.0) -> Panel:
        """The same panel towards another direction. Raises OutOfRange."""
        return replace(self, downtilt_rad=downtilt_rad, scan_rad=scan_rad)

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """Gain [dBi] of the formed beam towards a direction of the panel's frame.

        Source: ITU-R M.2101-0, Annex 1, cl. 5.2 (composite pattern of a beam); 3GPP TR 38.901 v17.0.0, cl. 7.3.
        The double sum over elements is taken in closed form, as it is a product of geometric series. The source lets
        the gain grow with the number of elements whatever they couple, so power radiated may pass the power fed: by
        2.6 dB for 8 x 8 elements of TR 38.901 at half a wavelength (`frame.radiated_ratio` tells it).
        """
        zenith = np.asarray(zenith_rad, dtype=np.float64)
        azimuth = np.asarray(azimuth_rad, dtype=np.float64)
        up = np.cos(zenith) + math.sin(self.downtilt_rad)
        aside = np.sin(zenith) * np.sin(azimuth) - math.cos(self.downtilt_rad) * math.sin(self.scan_rad)
        d_gv = self.rows * self.d_v if self.d_gv is None else self.d_gv
        d_gh = self.columns * self.d_h if self.d_gh is None else self.d_gh
        power = _series(self.rows, self.d_v * up) * _series(self.columns, self.d_h * aside)
        power = power * _series(self.panel_rows, d_gv * up) * _series(self.panel_columns, d_gh * aside)
        floor = 10.0 ** (NULL_DB / 10.0)
        array_db = 10.0 * np.log10(np.maximum(power, floor))
        return np.asarray(self.element.gain_dbi(zenith, azimuth) + array_db, dtype=np.float64)


def _series(n: int, turns: F64) -> F64:
    """|sum over k < n of exp(i 2 pi k turns)|^2 / n: n where the elements add up, 0 where they cancel."""
    if n == 1:
        return np.ones_like(turns)
    half = math.pi * (turns - np.round(turns))
    below = np.sin(half)
    tiny = np.abs(below) < 1e-9
    ratio = np.sin(n * half) / np.where(tiny, 1.0, below)
    return np.asarray(np.where(tiny, float(n) * n, ratio * ratio) / n, dtype=np.float64)


def tr38901_panel(rows: int = 10, columns: int = 1, *, d_v: float = 0.5, downtilt_rad: float = 0.0) -> Panel:
    """A panel of the TR 38.901 element; one column of ten is the large-scale calibration's antenna.

    Source: 3GPP TR 38.901 v17.0.0, cl. 7.3 and Table 7.8-1.
    """
    return Panel(element("tr38901"), rows, columns, d_v=d_v, downtilt_rad=downtilt_rad)
