"""Single elements and heads: the parabolic element of 3GPP and ITU-R, the omnidirectional head, the isotropic one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.base.errors import UnknownName
from setsail.base.limits import Limit
from setsail.radio.pathloss.scenarios import cited, number, rows

BEAMWIDTH_RAD = Limit("beamwidth_rad", 0.0, 2.0 * math.pi, "assumption", "(]")
LOSS_DB = Limit("attenuation_db", 0.0, 100.0, "assumption", "(]")
PEAK_DBI = Limit("peak_dbi", -30.0, 60.0, "assumption")
OMNI_DBI = Limit("peak_dbi", 0.0, 20.0, "assumption")
SIDE_LOBE_K = Limit("k", 0.0, 1.0, "Recommendation ITU-R F.1336-5, recommends 2.3 and 2.4")


@dataclass(frozen=True, slots=True)
class Element:
    """An element whose cuts are parabolas in dB down to a floor.

    vertical_3db_rad, horizontal_3db_rad : theta_3dB, phi_3dB, full widths;  side_lobe_db : SLA_V;
    front_back_db : A_max (A_m of ITU-R);  source : where the numbers are from.
    """

    peak_dbi: float
    vertical_3db_rad: float
    horizontal_3db_rad: float
    side_lobe_db: float
    front_back_db: float
    source: str = ""

    def __post_init__(self) -> None:
        PEAK_DBI.require(self.peak_dbi)
        BEAMWIDTH_RAD.require(self.vertical_3db_rad, "vertical_3db_rad")
        BEAMWIDTH_RAD.require(self.horizontal_3db_rad, "horizontal_3db_rad")
        LOSS_DB.require(self.side_lobe_db, "side_lobe_db")
        LOSS_DB.require(self.front_back_db, "front_back_db")

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """Gain [dBi] towards a direction of the element's frame; zenith 0..pi, azimuth -pi..pi.

        Source: 3GPP TR 38.901 v17.0.0, Table 7.3-1; the same form in ITU-R M.2101-0, Annex 1, cl. 5.1.
        """
        up = (np.asarray(zenith_rad, dtype=np.float64) - math.pi / 2.0) / self.vertical_3db_rad
        aside = np.asarray(azimuth_rad, dtype=np.float64) / self.horizontal_3db_rad
        vertical = np.minimum(12.0 * up * up, self.side_lobe_db)
        horizontal = np.minimum(12.0 * aside * aside, self.front_back_db)
        return np.asarray(self.peak_dbi - np.minimum(vertical + horizontal, self.front_back_db), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Isotropic:
    """The same gain in all directions: the UE of the evaluations (0 dBi)."""

    peak_dbi: float = 0.0

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """`peak_dbi` for every direction."""
        shape = np.broadcast_shapes(np.shape(zenith_rad), np.shape(azimuth_rad))
        return np.full(shape, self.peak_dbi)


@dataclass(frozen=True, slots=True)
class Omni:
    """A head that is equal all around: ceiling domes and rods.

    side_lobe_k : k of F.1336, 0.7 for typical antennas up to 3 GHz, 0 for improved ones and above.
    """

    peak_dbi: float
    side_lobe_k: float = 0.0

    def __post_init__(self) -> None:
        OMNI_DBI.require(self.peak_dbi)
        SIDE_LOBE_K.require(self.side_lobe_k)

    @property
    def vertical_3db_rad(self) -> float:
        """theta_3, full width of the beam in elevation."""
        return math.radians(107.6 * 10.0 ** (-0.1 * self.peak_dbi))

    def gain_dbi(self, zenith_rad: ArrayLike, azimuth_rad: ArrayLike) -> F64:
        """Gain [dBi], peak side lobes, towards zenith angles 0..pi; azimuths matter by their shape only.

        Source: Recommendation ITU-R F.1336-5, recommends 2.1 (eq. 1a) and 2.1.1 (theta_3).
        """
        zenith, _ = np.broadcast_arrays(np.asarray(zenith_rad, dtype=np.float64), np.asarray(azimuth_rad))
        ratio = np.abs(zenith - math.pi / 2.0) / self.vertical_3db_rad
        raised = 10.0 * math.log10(self.side_lobe_k + 1.0)
        outside = -12.0 + 10.0 * np.log10(np.maximum(ratio, 1.0) ** -1.5 + self.side_lobe_k)
        fall = np.where(ratio < math.sqrt(1.0 - raised / 12.0), -12.0 * ratio * ratio, -12.0 + raised)
        return np.asarray(self.peak_dbi + np.where(ratio < 1.0, fall, outside), dtype=np.float64)


@cache
def element(name: str) -> Element:
    """A shipped element: `tr38901` (8 dBi, 65 degrees) or `m2412-indoor` (5 dBi, 90 degrees). Raises UnknownName."""
    known = {row.need("name"): row for row in rows("antenna_elements")}
    if name not in known:
        raise UnknownName(f"is {name!r}", where="antenna element", allowed=", ".join(known))
    row = known[name]
    return Element(
        number(row, "peak_dbi"),
        math.radians(number(row, "vertical_3db_deg")),
        math.radians(number(row, "horizontal_3db_deg")),
        number(row, "side_lobe_db"),
        number(row, "front_back_db"),
        cited(row),
    )


def ceiling_head() -> Element:
    """The directional head of the IMT-2020 indoor hotspot; mount it with `frame.DOWN`.

    Source: ITU-R M.2412-0, Table 10.
    """
    return element("m2412-indoor")


def omni_head(peak_dbi: float = 2.0) -> Omni:
    """An omnidirectional ceiling head; 2 dBi is an assumption of ours for small domes."""
    return Omni(peak_dbi)
