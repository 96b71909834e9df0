"""Measured patterns: two cuts of an antenna, and the gain that is made of them in any direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64

Method = Literal["weighted", "sum"]
"""How two cuts become a surface; see `CutPattern.gain_dbi`."""


@dataclass(frozen=True, slots=True, eq=False)
class CutPattern:
    """An antenna by its horizontal and vertical cut, as pattern files give it.

    peak_dbi : gain at 0 dB of loss;  frequency_hz : `None` where the file does not say;
    horizontal_rad, horizontal_db : (n,) angles clockwise from the boresight seen from above, loss;
    vertical_rad, vertical_db : (m,) angles from the boresight downwards over the nadir, loss;
    method : how gains between the cuts are made;  notes : what a reader of the file should know.
    """

    name: str
    peak_dbi: float
    frequency_hz: float | None
    horizontal_rad: F64
    horizontal_db: F64
    vertical_rad: F64
    vertical_db: F64
    method: Method = "weighted"
    notes: tuple[str, ...] = ()

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """Gain [dBi] towards zenith 0..pi and azimuth -pi..pi; between the angles of a cut the loss is linear in dB.

        weighted : H(a) + (1 - w) (V(e) - H(0)) + w (V(pi - e) - H(pi)) with e below the horizon and w = |a| / pi. It
        returns both cuts where they were measured and turns from the front of the vertical cut to its back on the way
        round. sum : H(a) + V(e), right near the boresight, too low behind. Losses never fall below 0. Both are
        assumptions: two cuts do not determine a surface.
        """
        below = np.asarray(zenith_rad, dtype=np.float64) - math.pi / 2.0
        azimuth = np.asarray(azimuth_rad, dtype=np.float64)
        horizontal = _at(self.horizontal_rad, self.horizontal_db, -azimuth)
        front = _at(self.vertical_rad, self.vertical_db, below)
        if self.method == "sum":
            loss = horizontal + front
        else:
            ahead, behind = (_at(self.horizontal_rad, self.horizontal_db, np.array(a)) for a in (0.0, math.pi))
            back = _at(self.vertical_rad, self.vertical_db, math.pi - below)
            w = np.abs(azimuth) / math.pi
            loss = horizontal + (1.0 - w) * (front - ahead) + w * (back - behind)
        return np.asarray(self.peak_dbi - np.maximum(loss, 0.0), dtype=np.float64)


def _at(angles: F64, losses: F64, where: F64) -> F64:
    """Loss at angles of any turn, linear between neighbours around the circle."""
    return np.interp(where, angles, losses, period=2.0 * math.pi)
