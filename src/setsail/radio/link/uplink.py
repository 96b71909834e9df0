"""How much power a UE sends: power class and open-loop power control of the PUSCH."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.radio.link.carrier import SUBCARRIERS_PER_RB, numerology
from setsail.standards import radio

P0_DBM = Limit("p0_dbm", -202.0, 24.0, "TS 38.331, P0-NominalWithGrant")
ALPHAS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of TS 38.331, Alpha."""
P_CMAX_DBM = Limit("p_cmax_dbm", -40.0, 35.0, "assumption")
ADJUST_DB = Limit("closed_loop_db", -60.0, 60.0, "assumption")


def ue_power_dbm(band: str, power_class: str = "3") -> float:
    """Output power [dBm] of a UE power class in a band of FR1. Raises UnknownName where the band lacks the class.

    Source: 3GPP TS 38.101-1 v19.5.0, Table 6.2.1-1.
    """
    known = radio.power_classes_dbm(band)
    found = known.get(power_class)
    if found is None:
        raise UnknownName(
            f"is {power_class!r}", where=f"UE power class in {band}", allowed=", ".join(known) or "a band of FR1"
        )
    return found


@dataclass(frozen=True, slots=True)
class PowerControl:
    """Fractional power control of the PUSCH.

    p0_dbm : P_0 [dBm] of one resource block at 15 kHz;  alpha : share of the loss that is made up for;
    p_cmax_dbm : configured maximum output power;  delta_tf_db, closed_loop_db : Delta_TF and f(i, l).
    """

    p0_dbm: float = -80.0
    alpha: float = 0.8
    p_cmax_dbm: float = 23.0
    delta_tf_db: float = 0.0
    closed_loop_db: float = 0.0

    def __post_init__(self) -> None:
        P0_DBM.require(self.p0_dbm)
        P_CMAX_DBM.require(self.p_cmax_dbm)
        ADJUST_DB.require([self.delta_tf_db, self.closed_loop_db])
        if self.alpha not in ALPHAS:
            allowed = ", ".join(f"{a:g}" for a in ALPHAS)
            raise OutOfRange(f"is {self.alpha:g}", where="alpha", allowed=f"{allowed} (TS 38.331, Alpha)")

    def wanted_dbm(self, loss_db: ArrayLike, n_rb: int, scs_hz: float) -> F64:
        """Power [dBm] that would be sent without a maximum."""
        width = 10.0 * math.log10(2 ** numerology(scs_hz) * n_rb)
        fixed = self.p0_dbm + width + self.delta_tf_db + self.closed_loop_db
        return np.asarray(fixed + self.alpha * np.asarray(loss_db, dtype=np.float64), dtype=np.float64)

    def power_dbm(self, loss_db: ArrayLike, n_rb: int, scs_hz: float) -> F64:
        """Power [dBm] on n_rb resource blocks over a loss between connectors, PL of the standard.

        Source: 3GPP TS 38.213, cl. 7.1.1: min(P_CMAX, P_0 + 10 log10(2^mu M_RB) + alpha PL + Delta_TF + f).
        """
        return np.minimum(self.wanted_dbm(loss_db, n_rb, scs_hz), self.p_cmax_dbm)

    def headroom_db(self, loss_db: ArrayLike, n_rb: int, scs_hz: float) -> F64:
        """Type 1 power headroom [dB]; below 0 the maximum limits. Source: 3GPP TS 38.213, cl. 7.7.1."""
        return np.asarray(self.p_cmax_dbm - self.wanted_dbm(loss_db, n_rb, scs_hz), dtype=np.float64)

    def greatest_loss_db(self, floor_per_re_dbm: float, sinr_db: float, n_rb: int, scs_hz: float) -> float:
        """Greatest loss between connectors at which a resource element stands `sinr_db` above the floor.

        Either the maximum power ends the reach or P_0 and alpha do; infinite below a target that alpha = 1 keeps at
        any loss, minus infinity above one that it never reaches.
        """
        need = floor_per_re_dbm + sinr_db
        by_power = self.p_cmax_dbm - 10.0 * math.log10(SUBCARRIERS_PER_RB * n_rb) - need
        unmoved = float(self.wanted_dbm(0.0, n_rb, scs_hz)) - 10.0 * math.log10(SUBCARRIERS_PER_RB * n_rb) - need
        if self.alpha == 1.0:
            return by_power if unmoved >= 0.0 else -math.inf
        return min(by_power, unmoved / (1.0 - self.alpha))
