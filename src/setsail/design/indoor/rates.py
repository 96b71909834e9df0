"""Rates of one UE from SINR and path gain, as tables in steps of a tenth of a decibel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from setsail.base.arrays import F32, F64
from setsail.design.indoor.building import radio_carrier
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.targets import carriers, data_shares
from setsail.design.network.model import Carrier
from setsail.radio.link.uplink import PowerControl, ue_power_dbm
from setsail.radio.rates.efficiency import LinkModel, link_model, rate_bps
from setsail.radio.rates.peak import overheads

LOW_DB, HIGH_DB, STEP_DB = -60.0, 220.0, 0.1
DEFAULT_RX = 2


@dataclass(frozen=True, slots=True, eq=False)
class RateTable:
    """Rate [bit/s] at `LOW_DB + k STEP_DB`, flat beyond both ends."""

    bps: F64

    def at(self, value_db: F32 | F64) -> F32:
        """Rate of the shape of `value_db`, of the step at or below it; -inf gives the lowest."""
        index = np.floor((value_db - LOW_DB) / STEP_DB + 1e-6)
        return self.bps.astype(np.float32)[np.clip(index, 0, self.bps.size - 1).astype(np.int32)]

    def least_db(self, rate: float) -> float | None:
        """Lowest value at which the rate is reached, None where it never is."""
        found = np.flatnonzero(self.bps >= rate)
        return LOW_DB + STEP_DB * float(found[0]) if found.size else None


def steps() -> F64:
    """The values of a table."""
    return np.asarray(LOW_DB + STEP_DB * np.arange(round((HIGH_DB - LOW_DB) / STEP_DB) + 1), dtype=np.float64)


def ue_rx(carrier: Carrier, options: MapOptions) -> int:
    """Receive antennas of the UE: as asked for, else those of the band."""
    if options.ue_rx is not None:
        return options.ue_rx
    return next((c.ue_rx for c in carriers().values() if c.band == carrier.band), DEFAULT_RX)


def model(direction: str) -> LinkModel:
    """The mapping from SINR to efficiency that the maps use: steps of CQI table 2."""
    return link_model("cqi", "ul" if direction == "ul" else "dl")


def layer_gain_db(layers: int, receivers: int) -> float:
    """SINR of one of equal layers over the SINR of all power at one receive antenna.

    The power is shared by the layers, and a zero-forcing receiver of n antennas keeps n - layers + 1 of them for each.
    Source: mean of the SINR after zero forcing in uncorrelated Rayleigh fading (Winters, Salz, Gitlin, 1994).
    """
    return float(10.0 * np.log10((receivers - layers + 1) / layers))


@cache
def downlink(carrier: Carrier, ports: int, options: MapOptions) -> RateTable:
    """Rate of a UE that gets the whole carrier by SINR of all ports; the number of layers that gives most.

    Source: spectral efficiency of TS 38.214 Table 5.2.2.1-3 with the SINR of `radio.rates`, overhead of TS 38.306.
    """
    receivers = ue_rx(carrier, options)
    share = data_shares(carrier.tdd, carrier.special, carrier.scs_hz)[0]
    most = max(1, min(carrier.layers_dl, ports, receivers))
    n_rb, overhead = radio_carrier(carrier).n_rb, overheads()["FR1", "dl"]
    found = [
        rate_bps(
            steps() + layer_gain_db(layers, receivers), n_rb, carrier.scs_hz, layers=layers, overhead=overhead,
            share=share, model=model("dl"),
        )
        for layers in range(1, most + 1)
    ]  # fmt: skip
    return RateTable(np.max(found, axis=0))


@cache
def uplink(carrier: Carrier, ports: int, heads: int, options: MapOptions) -> RateTable:
    """Rate of a UE alone in its cell by coupling loss [dB] to that cell, antenna gains in it.

    The UE sends min(P_max, P0 + 10 lg(2^mu M) + alpha L) in M resource blocks; of M = 1, 2, 4 ... all the best. Where
    the signals of `heads` heads are added, so is their noise.
    Source: 3GPP TS 38.213 cl. 7.1.1 through `radio.link.uplink`; TS 38.101-1 Table 6.2.1-1 (power class).
    """
    made, loss = radio_carrier(carrier), steps()
    power = PowerControl(options.p0_dbm, options.alpha, ue_power_dbm(carrier.band, options.ue_power_class))
    noise = made.noise_per_re_dbm(options.bs_noise_figure_db) + options.ul_noise_rise_db
    if options.ul_combining == "sum":
        noise += 10.0 * np.log10(max(heads, 1))
    share = data_shares(carrier.tdd, carrier.special, carrier.scs_hz)[1]
    overhead, best = overheads()["FR1", "ul"], np.zeros(loss.size)
    most = max(1, min(carrier.layers_ul, ports))
    for m in sorted({*(1 << k for k in range(made.n_rb.bit_length()) if 1 << k <= made.n_rb), made.n_rb}):
        per_re = power.power_dbm(loss, m, carrier.scs_hz) - 10.0 * np.log10(12 * m)
        for layers in range(1, most + 1):
            sinr = per_re - loss - noise + layer_gain_db(layers, ports)
            rate = rate_bps(sinr, m, carrier.scs_hz, layers=layers, overhead=overhead, share=share, model=model("ul"))
            best = np.maximum(best, rate)
    return RateTable(best)
