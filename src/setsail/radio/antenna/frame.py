"""Directions: where an antenna points, and a point of the world as its pattern sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.base.limits import Limit

DOWNTILT_RAD = Limit("downtilt_rad", -math.pi / 2, math.pi / 2, "TR 38.901 v17.0.0, cl. 7.1.3")
ANGLE_RAD = Limit("angle_rad", -2.0 * math.pi, 2.0 * math.pi, "assumption")
BEARING_DEG = Limit("bearing_deg", -360.0, 360.0, "assumption")


class Pattern(Protocol):
    """Gain of an antenna by direction in its own frame: boresight at zenith angle 90 degrees, azimuth 0."""

    @property
    def peak_dbi(self) -> float:
        """Gain in the best direction."""
        ...

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """Gain [dBi] towards zenith angle 0..pi and azimuth -pi..pi of its own frame; broadcasts."""
        ...


@dataclass(frozen=True, slots=True)
class Mounting:
    """Where the boresight points.

    azimuth_rad : from the x axis (east) towards the y axis (north); downtilt_rad : below the horizon, pi/2 is straight
    down; roll_rad : about the boresight. These are alpha, beta, gamma of TR 38.901 cl. 7.1.3.
    """

    azimuth_rad: float = 0.0
    downtilt_rad: float = 0.0
    roll_rad: float = 0.0

    def __post_init__(self) -> None:
        ANGLE_RAD.require(self.azimuth_rad, "azimuth_rad")
        DOWNTILT_RAD.require(self.downtilt_rad)
        ANGLE_RAD.require(self.roll_rad, "roll_rad")

    @classmethod
    def compass(cls, bearing_deg: float, downtilt_deg: float = 0.0) -> Mounting:
        """From a bearing clockwise of north, as site lists give it."""
        BEARING_DEG.require(bearing_deg)
        return cls(math.radians((90.0 - bearing_deg + 180.0) % 360.0 - 180.0), math.radians(downtilt_deg))


DOWN = Mounting(0.0, math.pi / 2.0)
"""Under a ceiling, straight down: "180 degrees in GCS" of the IMT-2020 set-ups."""


def local_angles(mounting: Mounting, dx: ArrayLike, dy: ArrayLike, dz: ArrayLike) -> tuple[F64, F64]:
    """Zenith angle and azimuth [rad] in the antenna's frame of the vectors (dx, dy, dz) from it, of any length.

    Raises BadInput for a vector without length. Source: 3GPP TR 38.901 v17.0.0, cl. 7.1.3, eq. 7.1-2 to 7.1-8.
    """
    x, y, z = (np.asarray(v, dtype=np.float64) for v in (dx, dy, dz))
    length = np.sqrt(x * x + y * y + z * z)
    if not np.all(length > 0.0):
        raise BadInput("has no length or is not a number", where="direction", allowed="a point away from the antenna")
    ca, sa = math.cos(mounting.azimuth_rad), math.sin(mounting.azimuth_rad)
    cb, sb = math.cos(mounting.downtilt_rad), math.sin(mounting.downtilt_rad)
    cg, sg = math.cos(mounting.roll_rad), math.sin(mounting.roll_rad)
    ahead, left = ca * x + sa * y, ca * y - sa * x
    forward, up = cb * ahead - sb * z, sb * ahead + cb * z
    side, top = cg * left + sg * up, cg * up - sg * left
    return np.arccos(np.clip(top / length, -1.0, 1.0)), np.arctan2(side, forward)


def gain_towards_dbi(pattern: Pattern, mounting: Mounting, dx: ArrayLike, dy: ArrayLike, dz: ArrayLike) -> F64:
    """Gain [dBi] of a mounted antenna towards the vectors (dx, dy, dz) from it [m]; z is up. Raises BadInput."""
    return pattern.gain_dbi(*local_angles(mounting, dx, dy, dz))


def radiated_ratio(pattern: Pattern, *, zeniths: int = 721, azimuths: int = 1440) -> float:
    """Power that a pattern radiates over the power of an isotropic antenna: its efficiency if the pattern is true.

    1 is lossless; more than 1 cannot be built. The mid-point rule on a grid of half and quarter degrees by default.
    """
    z = (np.arange(zeniths) + 0.5) * math.pi / zeniths
    a = (np.arange(azimuths) + 0.5) * 2.0 * math.pi / azimuths - math.pi
    linear = 10.0 ** (pattern.gain_dbi(z[:, None], a[None, :]) / 10.0)
    around = linear.mean(axis=1)
    return float((around * np.sin(z)).sum() / np.sin(z).sum())
