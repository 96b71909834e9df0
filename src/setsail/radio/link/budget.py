"""The link budget of a cell and a UE, downlink and uplink, and the measures that are made of received powers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.radio.link.carrier import REFERENCE_K, SUBCARRIERS_PER_RB, Carrier
from setsail.radio.link.uplink import PowerControl

POWER_DBM = Limit("tx_power_dbm", -60.0, 80.0, "assumption")
GAIN_DBI = Limit("gain_dbi", -30.0, 60.0, "assumption")
LOSS_DB = Limit("loss_db", 0.0, 200.0, "assumption")
NOISE_FIGURE_DB = Limit("noise_figure_db", 0.0, 30.0, "assumption")
TEMPERATURE_K = Limit("temperature_k", 0.0, 1000.0, "assumption", "(]")
OPEN_LOOP = PowerControl()
"""P_0 = -80 dBm, alpha = 0.8, 23 dBm: the urban set-ups of the evaluations; a network sets its own."""
LOAD = Limit("load_ratio", 0.0, 1.0, "assumption")


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """Everything between the antenna connector of a cell and that of a UE but the path loss.

    tx_power_dbm : at the cell's connector, over the carrier;  tx_gain_dbi, rx_gain_dbi : peak gains of cell and UE;
    tx_loss_db, rx_loss_db : cables and connectors;  body_loss_db, penetration_loss_db : on the way, mean;
    noise_figure_db : of the UE;  bs_noise_figure_db : of the cell;  margin_db : kept for shadowing and interference;
    uplink : how the UE sets its power;  n_rb_ul : resource blocks that it sends on, by default all.
    """

    carrier: Carrier
    tx_power_dbm: float
    tx_gain_dbi: float = 0.0
    tx_loss_db: float = 0.0
    rx_gain_dbi: float = 0.0
    rx_loss_db: float = 0.0
    body_loss_db: float = 0.0
    penetration_loss_db: float = 0.0
    noise_figure_db: float = 9.0
    bs_noise_figure_db: float = 5.0
    margin_db: float = 0.0
    temperature_k: float = REFERENCE_K
    uplink: PowerControl = OPEN_LOOP
    n_rb_ul: int | None = None

    def __post_init__(self) -> None:
        POWER_DBM.require(self.tx_power_dbm)
        for name in ("tx_gain_dbi", "rx_gain_dbi"):
            GAIN_DBI.require(getattr(self, name), name)
        for name in ("tx_loss_db", "rx_loss_db", "body_loss_db", "penetration_loss_db", "margin_db"):
            LOSS_DB.require(getattr(self, name), name)
        for name in ("noise_figure_db", "bs_noise_figure_db"):
            NOISE_FIGURE_DB.require(getattr(self, name), name)
        TEMPERATURE_K.require(self.temperature_k)
        if self.n_rb_ul is not None and not 1 <= self.n_rb_ul <= self.carrier.n_rb:
            raise BadInput(f"is {self.n_rb_ul}", where="n_rb_ul", allowed=f"1 to {self.carrier.n_rb}")

    @property
    def power_per_re_dbm(self) -> float:
        """Power of one resource element at the cell's connector: the carrier's power shared equally."""
        return self.tx_power_dbm - 10.0 * math.log10(self.carrier.subcarriers)

    @property
    def eirp_dbm(self) -> float:
        """EIRP of the carrier towards the peak of the antenna."""
        return self.tx_power_dbm - self.tx_loss_db + self.tx_gain_dbi

    @property
    def eirp_per_re_dbm(self) -> float:
        """EIRP of one resource element towards the peak of the antenna."""
        return self.power_per_re_dbm - self.tx_loss_db + self.tx_gain_dbi

    @property
    def noise_per_re_dbm(self) -> float:
        """Noise of the UE in one resource element."""
        return self.carrier.noise_per_re_dbm(self.noise_figure_db, self.temperature_k)

    @property
    def noise_dbm(self) -> float:
        """Noise of the UE over all resource blocks."""
        return self.noise_per_re_dbm + 10.0 * math.log10(self.carrier.subcarriers)

    @property
    def gains_db(self) -> float:
        """All gains less all losses between the two connectors but the path loss."""
        lost = self.tx_loss_db + self.rx_loss_db + self.body_loss_db + self.penetration_loss_db
        return self.tx_gain_dbi + self.rx_gain_dbi - lost

    def coupling_loss_db(self, path_loss_db: ArrayLike, pattern_db: ArrayLike = 0.0) -> F64:
        """Loss between the two connectors.

        pattern_db : gain of the cell's antenna in that direction less its peak gain, 0 or below.
        """
        path = np.asarray(path_loss_db, dtype=np.float64)
        return np.asarray(path - np.asarray(pattern_db, dtype=np.float64) - self.gains_db, dtype=np.float64)

    def rsrp_dbm(self, path_loss_db: ArrayLike, pattern_db: ArrayLike = 0.0) -> F64:
        """Received power of one resource element at the UE's connector.

        Source: 3GPP TS 38.215, cl. 5.1.1 (SS-RSRP), with SSB and data at equal power per resource element.
        """
        return np.asarray(self.power_per_re_dbm - self.coupling_loss_db(path_loss_db, pattern_db), dtype=np.float64)

    def snr_db(self, path_loss_db: ArrayLike, pattern_db: ArrayLike = 0.0) -> F64:
        """RSRP over noise alone."""
        return np.asarray(self.rsrp_dbm(path_loss_db, pattern_db) - self.noise_per_re_dbm, dtype=np.float64)

    def greatest_path_loss_db(self, sinr_db: float, *, noise_rise_db: float = 0.0) -> float:
        """Maximum allowed path loss of the downlink for a required SINR, after the margin."""
        floor = self.noise_per_re_dbm + noise_rise_db
        return self.power_per_re_dbm + self.gains_db - floor - sinr_db - self.margin_db

    def link_margin_db(self, path_loss_db: ArrayLike, sinr_db: float, *, noise_rise_db: float = 0.0) -> F64:
        """Maximum allowed path loss less the path loss; below 0 the link does not close."""
        allowed = self.greatest_path_loss_db(sinr_db, noise_rise_db=noise_rise_db)
        return np.asarray(allowed - np.asarray(path_loss_db, dtype=np.float64), dtype=np.float64)

    @property
    def ul_rb(self) -> int:
        """Resource blocks of the uplink."""
        return self.carrier.n_rb if self.n_rb_ul is None else self.n_rb_ul

    @property
    def ul_noise_per_re_dbm(self) -> float:
        """Noise of the cell's receiver in one resource element."""
        return self.carrier.noise_per_re_dbm(self.bs_noise_figure_db, self.temperature_k)

    def ul_power_dbm(self, path_loss_db: ArrayLike, pattern_db: ArrayLike = 0.0) -> F64:
        """Power of the UE at its connector. Source: 3GPP TS 38.213, cl. 7.1.1, PL being the coupling loss."""
        loss = self.coupling_loss_db(path_loss_db, pattern_db)
        return self.uplink.power_dbm(loss, self.ul_rb, self.carrier.scs_hz)

    def ul_sinr_db(
        self, path_loss_db: ArrayLike, pattern_db: ArrayLike = 0.0, *, noise_rise_db: ArrayLike = 0.0
    ) -> F64:
        """SINR of the uplink at the cell's connector over the same path; noise_rise_db : of its interference."""
        loss = self.coupling_loss_db(path_loss_db, pattern_db)
        sent = self.uplink.power_dbm(loss, self.ul_rb, self.carrier.scs_hz)
        per_re = sent - 10.0 * math.log10(SUBCARRIERS_PER_RB * self.ul_rb)
        rise = np.asarray(noise_rise_db, dtype=np.float64)
        return np.asarray(per_re - loss - self.ul_noise_per_re_dbm - rise, dtype=np.float64)

    def ul_greatest_path_loss_db(self, sinr_db: float, *, noise_rise_db: float = 0.0) -> float:
        """Maximum allowed path loss of the uplink for a required SINR, after the margin."""
        floor = self.ul_noise_per_re_dbm + noise_rise_db
        loss = self.uplink.greatest_loss_db(floor, sinr_db, self.ul_rb, self.carrier.scs_hz)
        return loss + self.gains_db - self.margin_db


def _linear(power_dbm: ArrayLike) -> F64:
    return np.asarray(10.0 ** (np.asarray(power_dbm, dtype=np.float64) / 10.0), dtype=np.float64)


def _loads(load: ArrayLike, cells: F64) -> F64:
    LOAD.require(load)
    share = np.asarray(load, dtype=np.float64)
    if share.ndim > 1 or (share.ndim == 1 and share.size != cells.shape[0]):
        raise BadInput(f"has shape {share.shape}", where="load", allowed=f"one number or {cells.shape[0]}, one a cell")
    return share.reshape(-1, *(1,) * (cells.ndim - 1)) if share.ndim else share


def _cells(rsrp_dbm: ArrayLike) -> F64:
    cells = np.asarray(rsrp_dbm, dtype=np.float64)
    if cells.ndim == 0 or cells.shape[0] == 0:
        raise BadInput("holds no cell", where="rsrp_dbm", allowed="cells on the first axis")
    return cells


def best_server(rsrp_dbm: ArrayLike) -> I64:
    """(...) index of the cell with the greatest RSRP; rsrp_dbm (cells, ...). Raises BadInput without cells."""
    return np.asarray(_cells(rsrp_dbm).argmax(axis=0), dtype=np.int64)


def sinr_db(
    rsrp_dbm: ArrayLike, noise_per_re_dbm: float, *, load: ArrayLike = 1.0, serving: ArrayLike | None = None
) -> F64:
    """(...) SINR of a resource element of the serving cell; rsrp_dbm (cells, ...) [dBm].

    load : share of resource elements that the other cells send on, one number or (cells,);
    serving : (...) index of the serving cell, by default the best server.
    Raises BadInput, OutOfRange. Source: 3GPP TS 38.215, cl. 5.1.5 (SS-SINR), interference averaged over elements.
    """
    cells = _cells(rsrp_dbm)
    chosen = best_server(cells) if serving is None else np.asarray(serving, dtype=np.int64)
    power = _linear(cells)
    heard = power * _loads(load, cells)
    at = chosen[None, ...]
    signal = np.take_along_axis(power, at, axis=0)[0]
    np.put_along_axis(heard, at, 0.0, axis=0)
    return np.asarray(10.0 * np.log10(signal / (heard.sum(axis=0) + _linear(noise_per_re_dbm))), dtype=np.float64)


def rssi_dbm(rsrp_dbm: ArrayLike, carrier: Carrier, noise_per_re_dbm: float, *, load: ArrayLike = 1.0) -> F64:
    """(...) power of all cells and noise over the carrier's resource blocks; rsrp_dbm (cells, ...), as in `sinr_db`.

    Source: 3GPP TS 38.215, cl. 5.1.3 (NR carrier RSSI).
    """
    cells = _cells(rsrp_dbm)
    per_re = (_linear(cells) * _loads(load, cells)).sum(axis=0) + _linear(noise_per_re_dbm)
    return np.asarray(10.0 * np.log10(per_re * carrier.subcarriers), dtype=np.float64)


def rsrq_db(
    rsrp_dbm: ArrayLike,
    carrier: Carrier,
    noise_per_re_dbm: float,
    *,
    load: ArrayLike = 1.0,
    serving: ArrayLike | None = None,
) -> F64:
    """(...) N x RSRP / RSSI of the serving cell; arguments as in `sinr_db`.

    Source: 3GPP TS 38.215, cl. 5.1.3 (SS-RSRQ).
    """
    cells = _cells(rsrp_dbm)
    chosen = best_server(cells) if serving is None else np.asarray(serving, dtype=np.int64)
    own = np.take_along_axis(cells, chosen[None, ...], axis=0)[0]
    rssi = rssi_dbm(cells, carrier, noise_per_re_dbm, load=load)
    return np.asarray(own + 10.0 * math.log10(carrier.n_rb) - rssi, dtype=np.float64)
