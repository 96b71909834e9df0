"""Rates from levels: tables of spectral efficiency with a stated origin, the uplink with its power control."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.coverage.arrays import THERMAL_DBM_HZ, Carrier
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.rates.efficiency import link_model
from setsail.standards.radio import Direction

U16 = npt.NDArray[np.uint16]
STEP_BPS = 1e5
"""One unit of a rate raster."""
LARGEST = 65_534
CENTI_DB = 0.01
LEVELS = 1 << 16
LEVEL_OF_ZERO = 1 << 15


@dataclass(frozen=True, slots=True)
class SpectralEfficiency:
    """Spectral efficiency [bit/s/Hz] of one layer by SINR [dB], rising; linear between, 0 below, flat above.

    source : where the table comes from.
    """

    sinr_db: F64
    se: F64
    source: str

    def __post_init__(self) -> None:
        if len(self.sinr_db) != len(self.se) or len(self.se) < 2:
            raise BadInput(
                "has columns of different or no length", where="spectral efficiency", allowed="two rows or more"
            )
        if not (np.all(np.diff(self.sinr_db) > 0) and np.all(np.diff(self.se) >= 0) and np.all(self.se >= 0)):
            raise BadInput("does not rise", where="spectral efficiency", allowed="rising sinr_db and se")

    def at(self, sinr_db: F64) -> F64:
        """Spectral efficiency at SINR of any shape."""
        return np.asarray(np.interp(sinr_db, self.sinr_db, self.se, left=0.0), dtype=np.float64)


def attenuated_shannon(direction: Direction) -> SpectralEfficiency:
    """The attenuated and truncated Shannon bound of TR 36.942 as a table of steps of 0.05 dB; direction : dl or ul.

    Source: 3GPP TR 36.942, Annex A.1, as `radio.rates.efficiency` holds it, with its mark.
    """
    model = link_model("tr36942", direction)
    high = 10.0 * math.log10(2.0 ** (model.max_bps_hz / model.alpha) - 1.0)
    x = np.append(np.arange(model.sinr_min_db, high, 0.05), high)
    return SpectralEfficiency(x, model.efficiency(x), model.origin + ("" if model.verified else " (unverified)"))


def downlink_table(carrier: Carrier, options: CoverageOptions, efficiency: SpectralEfficiency) -> U16:
    """(65536,) units of rate by SINR in hundredths of a dB, counted from -327.68 dB. Raises OutOfRange."""
    sinr_db = np.asarray((np.arange(LEVELS) - LEVEL_OF_ZERO) * CENTI_DB, dtype=np.float64)
    width = carrier.resource_blocks * 12 * carrier.scs_hz
    return _units(efficiency.at(sinr_db) * width * options.layers * options.dl_ratio)


def uplink_table(carrier: Carrier, options: CoverageOptions, efficiency: SpectralEfficiency) -> U16:
    """(65536,) units of rate by coupling loss in hundredths of a dB, antenna gains in it, counted from -327.68 dB.

    The UE sends P = min(P_max, P0 + 10 lg M + alpha L) in M resource blocks;
    of 1, 2, 4 ... all that M which gives most.
    Source: 3GPP TS 38.213 cl. 7.1.1, open loop (subcarrier spacing term left out as in a P0 per resource block).
    """
    loss = np.asarray((np.arange(LEVELS) - LEVEL_OF_ZERO) * CENTI_DB, dtype=np.float64)
    noise = (
        THERMAL_DBM_HZ + 10 * math.log10(12 * carrier.scs_hz) + options.ul_noise_figure_db + options.ul_noise_rise_db
    )
    best = np.zeros(LEVELS)
    top = carrier.resource_blocks
    for m in sorted({*(1 << k for k in range(top.bit_length()) if 1 << k <= top), top}):
        wide = 10 * math.log10(m)
        power = np.minimum(options.ue_power_dbm, options.ul_p0_dbm + wide + options.ul_alpha * loss)
        rate = efficiency.at(power - wide - loss - noise) * m * 12 * carrier.scs_hz
        best = np.maximum(best, rate)
    return _units(best * options.ul_ratio)


def _units(rate_bps: F64) -> U16:
    units = np.floor(rate_bps / STEP_BPS + 0.5)
    if units.max() > LARGEST:
        raise OutOfRange(
            f"reach {rate_bps.max() / 1e9:.3g} Gbit/s",
            where="rates",
            allowed=f"up to {LARGEST * STEP_BPS / 1e9:g} Gbit/s",
        )
    return units.astype(np.uint16)
