"""Rates of one UE from SINR and coupling loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setsail.design.indoor import rates
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.targets import carriers, data_shares, default_targets, patterns, target_rows
from setsail.radio.rates.efficiency import link_model
from tests.design.indoor.sites import N78

OPTIONS = MapOptions()


def test_a_zero_forcing_receiver_keeps_what_its_antennas_leave() -> None:
    assert rates.layer_gain_db(1, 4) == pytest.approx(10.0 * np.log10(4.0))
    assert rates.layer_gain_db(4, 4) == pytest.approx(10.0 * np.log10(1.0 / 4.0))
    assert rates.layer_gain_db(2, 2) == pytest.approx(10.0 * np.log10(1.0 / 2.0))


def test_downlink_at_high_sinr_is_four_layers_of_the_top_cqi() -> None:
    table = rates.downlink(N78, 4, OPTIONS)
    top = max(link_model("cqi", "dl").bps_hz)
    share = data_shares("DDDSU", "10D2G2U", 30e3)[0]
    by_hand = top * 4 * 12 * 273 * 14 / 0.5e-3 * (1 - 0.14) * share
    assert float(table.at(np.array(60.0))) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("ports", [1, 2, 4])
def test_rates_never_fall_with_sinr_nor_rise_with_loss(ports: int) -> None:
    assert np.all(np.diff(rates.downlink(N78, ports, OPTIONS).bps) >= 0.0)
    assert np.all(np.diff(rates.uplink(N78, ports, 1, OPTIONS).bps[1000:]) <= 1e-6)


def test_more_ports_and_fewer_noisy_heads_never_cost_rate() -> None:
    assert np.all(rates.downlink(N78, 4, OPTIONS).bps >= rates.downlink(N78, 1, OPTIONS).bps)
    alone, added = rates.uplink(N78, 4, 1, OPTIONS), rates.uplink(N78, 4, 8, OPTIONS)
    assert np.all(alone.bps >= added.bps)
    best = rates.uplink(N78, 4, 8, replace(OPTIONS, ul_combining="best"))
    np.testing.assert_array_equal(best.bps, alone.bps)


def test_the_uplink_reaches_less_far_than_its_power_allows() -> None:
    table = rates.uplink(N78, 4, 1, OPTIONS)
    at_120, at_160 = (float(table.at(np.array(loss))) for loss in (120.0, 160.0))
    assert at_120 > 1e6
    assert at_160 == 0.0


def test_the_least_sinr_of_a_rate_gives_that_rate() -> None:
    table = rates.downlink(N78, 4, OPTIONS)
    least = table.least_db(20e6)
    assert least is not None
    assert float(table.at(np.array(least))) >= 20e6
    assert float(table.at(np.array(least - 0.11))) < 20e6
    assert table.least_db(1e12) is None


@pytest.mark.parametrize(
    ("tdd", "down", "up"), [("DDDSU", (3 * 14 + 10) / 70, 0.2), ("DSUUU", 24 / 70, 0.6), ("FDD", 1.0, 1.0)]
)
def test_data_shares_leave_out_guard_and_uplink_symbols_of_the_special_slot(tdd: str, down: float, up: float) -> None:
    assert data_shares(tdd, "10D2G2U", 30e3) == pytest.approx((down, up))


def test_every_target_carrier_and_pattern_says_where_it_comes_from() -> None:
    assert all(t.source for t in target_rows().values())
    assert not target_rows()["room_covered_ratio"].verified
    assert target_rows()["sinr_db"].verified
    assert all(c.source for c in carriers().values())
    assert all(p.source and p.shares(30e3)[1] > 0.0 for p in patterns())
    assert default_targets().sinr_db == 3.0
