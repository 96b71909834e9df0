import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.link import (
    Carrier,
    LinkBudget,
    PowerControl,
    best_server,
    rsrq_db,
    rssi_dbm,
    sinr_db,
    ue_power_dbm,
)

C20 = Carrier.of(4e9, 20e6, 15e3)
C100 = Carrier.of(3.5e9, 100e6, 30e3)
BUDGET = LinkBudget(C100, 53.0, tx_gain_dbi=25.0, tx_loss_db=1.0, rx_gain_dbi=0.0, body_loss_db=3.0)
LOSSES = st.floats(40.0, 180.0)


def test_carrier_holds_the_resource_blocks_of_the_standard_and_their_noise() -> None:
    assert (C20.n_rb, C100.n_rb, Carrier.of(26e9, 100e6, 120e3).n_rb) == (106, 273, 66)
    assert C100.subcarriers == 3276
    assert C100.noise_per_re_dbm(0.0) == pytest.approx(-173.975 + 10 * math.log10(30e3), abs=1e-3)


def test_eirp_and_rsrp_are_shared_among_resource_elements() -> None:
    """A head of 250 mW and 2 dBi on 100 MHz: -11.2 dBm per resource element, 35.2 dB of 3276."""
    head = LinkBudget(C100, 24.0, tx_gain_dbi=2.0)
    assert head.power_per_re_dbm == pytest.approx(24.0 - 35.1534, abs=1e-3)
    assert head.eirp_dbm == pytest.approx(26.0)
    assert head.eirp_per_re_dbm == pytest.approx(-9.1534, abs=1e-3)
    assert head.rsrp_dbm(95.8466) == pytest.approx(-105.0, abs=1e-3)
    assert head.rsrp_dbm(90.0, -5.8466) == pytest.approx(-105.0, abs=1e-3)


def test_each_loss_lowers_rsrp_by_itself_and_the_margin_lowers_the_reach_alone() -> None:
    before = float(BUDGET.rsrp_dbm(120.0))
    reach = BUDGET.greatest_path_loss_db(0.0)
    for name in ("tx_loss_db", "rx_loss_db", "body_loss_db", "penetration_loss_db"):
        worse = replace(BUDGET, **{name: getattr(BUDGET, name) + 7.0})
        assert float(worse.rsrp_dbm(120.0)) == pytest.approx(before - 7.0)
        assert worse.greatest_path_loss_db(0.0) == pytest.approx(reach - 7.0)
    kept = replace(BUDGET, margin_db=8.0)
    assert float(kept.rsrp_dbm(120.0)) == pytest.approx(before)
    assert kept.greatest_path_loss_db(0.0) == pytest.approx(reach - 8.0)


@given(LOSSES, st.floats(-10.0, 30.0))
def test_snr_at_the_greatest_path_loss_is_the_required_one(loss: float, need: float) -> None:
    limit = BUDGET.greatest_path_loss_db(need)
    assert float(BUDGET.snr_db(limit)) == pytest.approx(need)
    assert float(BUDGET.link_margin_db(loss, need)) == pytest.approx(limit - loss)
    assert float(BUDGET.snr_db(loss)) - need == pytest.approx(limit - loss)


def test_noise_over_the_carrier_is_that_of_its_resource_elements() -> None:
    assert BUDGET.noise_dbm == pytest.approx(-173.975 + 10 * math.log10(98.28e6) + 9.0, abs=1e-3)


@given(LOSSES)
def test_uplink_power_follows_the_equation_until_the_maximum(loss: float) -> None:
    control = PowerControl(p0_dbm=-90.0, alpha=0.8, p_cmax_dbm=23.0, closed_loop_db=1.0)
    got = float(control.power_dbm(loss, 51, 30e3))
    assert got == pytest.approx(min(23.0, -90.0 + 10 * math.log10(2 * 51) + 0.8 * loss + 1.0))
    assert (float(control.headroom_db(loss, 51, 30e3)) < 0.0) == (got == 23.0)


@given(st.floats(-10.0, 20.0), st.sampled_from([0.4, 0.7, 0.8, 1.0]), st.floats(-110.0, -60.0), st.integers(1, 273))
def test_uplink_at_its_greatest_path_loss_has_the_required_sinr(need: float, alpha: float, p0: float, rb: int) -> None:
    link = replace(BUDGET, uplink=PowerControl(p0, alpha), n_rb_ul=rb)
    limit = link.ul_greatest_path_loss_db(need)
    if limit == -math.inf:
        assert float(link.ul_sinr_db(40.0)) < need
        return
    assert float(link.ul_sinr_db(limit)) == pytest.approx(need, abs=1e-6)
    assert float(link.ul_sinr_db(limit + 1.0)) < need


def test_fractional_control_holds_the_sinr_of_alpha_one_and_lets_it_fall_below_one() -> None:
    full = replace(BUDGET, uplink=PowerControl(-90.0, 1.0))
    near = full.ul_sinr_db([80.0, 90.0, 104.0])
    np.testing.assert_allclose(near, near[0])
    partly = replace(BUDGET, uplink=PowerControl(-90.0, 0.8)).ul_sinr_db([80.0, 90.0])
    assert partly[0] - partly[1] == pytest.approx(2.0)


def test_power_class_is_that_of_the_band() -> None:
    assert ue_power_dbm("n78") == 23.0
    assert ue_power_dbm("n78", "2") == 26.0
    with pytest.raises(UnknownName, match="power class"):
        ue_power_dbm("n12", "2")
    with pytest.raises(UnknownName):
        ue_power_dbm("n9999")


def test_lonely_cell_at_high_power_has_the_rsrq_of_full_and_of_half_load() -> None:
    alone = np.array([[-40.0, -60.0]])
    noise = BUDGET.noise_per_re_dbm
    np.testing.assert_allclose(rsrq_db(alone, C100, noise), -10.0 * math.log10(12), atol=1e-3)
    np.testing.assert_allclose(rsrq_db(alone, C100, noise, load=0.5), -10.0 * math.log10(6), atol=1e-3)
    np.testing.assert_allclose(rssi_dbm(alone, C100, noise), alone[0] + 10 * math.log10(3276), atol=1e-3)


def test_two_equal_cells_stand_at_zero_db_and_load_moves_it() -> None:
    equal = np.full((2, 3), -70.0)
    np.testing.assert_allclose(sinr_db(equal, -300.0), 0.0, atol=1e-9)
    np.testing.assert_allclose(sinr_db(equal, -300.0, load=0.1), 10.0, atol=1e-9)
    np.testing.assert_allclose(sinr_db(equal, -70.0, load=[1.0, 0.0]), 0.0, atol=1e-9)
    np.testing.assert_allclose(sinr_db(equal, -70.0, load=[0.0, 1.0]), -10 * math.log10(2), atol=1e-9)


@given(st.lists(st.floats(-140.0, -40.0), min_size=2, max_size=8), st.floats(0.0, 1.0))
def test_sinr_does_not_depend_on_the_order_of_cells_and_falls_with_load(rsrp: list[float], load: float) -> None:
    cells = np.array(rsrp)
    noise = -125.0
    got = float(sinr_db(cells, noise, load=load))
    assert float(sinr_db(cells[::-1], noise, load=load)) == pytest.approx(got)
    assert float(sinr_db(cells, noise)) <= got + 1e-9
    assert got <= cells.max() - noise + 1e-9
    assert best_server(cells) == cells.argmax()


def test_cell_that_is_not_heard_changes_nothing_and_another_server_may_be_named() -> None:
    cells = np.array([[-70.0], [-80.0], [-np.inf]])
    assert float(sinr_db(cells, -120.0)[0]) == pytest.approx(float(sinr_db(cells[:2], -120.0)[0]))
    assert float(sinr_db(cells, -120.0, serving=[1])[0]) == pytest.approx(-10.0, abs=1e-3)
    assert float(rsrq_db(cells, C20, -120.0, serving=[1])[0]) < float(rsrq_db(cells, C20, -120.0)[0])


def test_nan_of_a_pixel_stays_in_that_pixel() -> None:
    got = sinr_db(np.array([[-70.0, np.nan], [-80.0, -80.0]]), -120.0)
    assert np.isfinite(got[0])
    assert np.isnan(got[1])


def test_budget_cannot_be_changed_and_refuses_what_cannot_be() -> None:
    with pytest.raises(FrozenInstanceError):
        BUDGET.margin_db = 1.0  # type: ignore[misc]
    with pytest.raises(OutOfRange, match="body_loss_db"):
        replace(BUDGET, body_loss_db=-0.1)
    with pytest.raises(OutOfRange, match="noise_figure_db"):
        replace(BUDGET, noise_figure_db=math.nan)
    with pytest.raises(OutOfRange, match="tx_power_dbm"):
        replace(BUDGET, tx_power_dbm=81.0)
    with pytest.raises(BadInput, match="n_rb_ul"):
        replace(BUDGET, n_rb_ul=274)
    with pytest.raises(OutOfRange, match="alpha"):
        PowerControl(alpha=0.3)
    with pytest.raises(OutOfRange, match="p0_dbm"):
        PowerControl(p0_dbm=-203.0)


@pytest.mark.parametrize(
    ("fc", "bandwidth", "spacing", "told"),
    [(4e9, 21e6, 15e3, "MHz"), (10e9, 20e6, 15e3, "fc_hz"), (4e9, 20e6, 20e3, "scs_hz"), (4e9, 100e6, 15e3, "MHz")],
)
def test_carrier_that_the_standard_does_not_have_is_refused(
    fc: float, bandwidth: float, spacing: float, told: str
) -> None:
    with pytest.raises(OutOfRange, match=told):
        Carrier.of(fc, bandwidth, spacing)


def test_edges_of_the_frequency_ranges_belong_to_them() -> None:
    assert Carrier.of(7.125e9, 20e6, 15e3).n_rb == 106
    assert Carrier.of(24.25e9, 100e6, 120e3).n_rb == 66
    for outside in (math.nextafter(7.125e9, 8e9), math.nextafter(24.25e9, 1e9), math.nan):
        with pytest.raises(OutOfRange, match="fc_hz"):
            Carrier.of(outside, 100e6, 120e3)


def test_carrier_with_more_blocks_than_fit_is_refused() -> None:
    Carrier(4e9, 20e6, 15e3, 111)
    with pytest.raises(OutOfRange, match="n_rb"):
        Carrier(4e9, 20e6, 15e3, 112)
    with pytest.raises(OutOfRange, match="n_rb"):
        Carrier(4e9, 20e6, 15e3, 0)


def test_measures_refuse_no_cells_wrong_loads_and_wrong_shapes() -> None:
    with pytest.raises(BadInput, match="holds no cell"):
        best_server(np.empty((0, 3)))
    with pytest.raises(OutOfRange, match="load_ratio"):
        sinr_db(np.array([-70.0, -80.0]), -120.0, load=1.1)
    with pytest.raises(BadInput, match="one a cell"):
        sinr_db(np.array([-70.0, -80.0]), -120.0, load=[1.0, 1.0, 1.0])
