"""Positioning bounds: numbers by hand, the theory they come from, Monte Carlo, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable, OutOfRange, UnknownName
from setsail.radio.positioning import (
    C_M_PER_S,
    METHODS,
    Errors,
    Method,
    Prs,
    angle_sigma_rad,
    bound,
    grid_points,
    range_sigma_m,
    snr_re_db,
)

SQUARE = np.array([[0.0, 0.0, 3.0], [40.0, 0.0, 3.0], [40.0, 40.0, 3.0], [0.0, 40.0, 3.0]])
FLAT = SQUARE * [1.0, 1.0, 0.0]
CENTRE = [[20.0, 20.0, 0.0]]
PRS = Prs(272, 30e3, comb=1, symbols=1)


@pytest.mark.parametrize(("n_prb", "sigma_m"), [(51, 0.2575), (133, 0.0611), (273, 0.0208)])
def test_one_symbol_at_0_db_bounds_a_range_by_its_bandwidth(n_prb: int, sigma_m: float) -> None:
    """By hand: N = 12 PRB, B_rms = 30 kHz sqrt((N^2 - 1) / 12), c / (2 pi B_rms sqrt(2 N))."""
    assert range_sigma_m(Prs(n_prb, 30e3, comb=1, symbols=1), 0.0) == pytest.approx(sigma_m, abs=2e-4)


@pytest.mark.parametrize(("bandwidth_hz", "sigma_m"), [(20e6, 0.23), (50e6, 0.057), (100e6, 0.020)])
def test_a_full_flat_band_gives_the_round_numbers_of_the_literature(bandwidth_hz: float, sigma_m: float) -> None:
    tones = bandwidth_hz / 30e3
    by_hand = C_M_PER_S / (2 * np.pi * bandwidth_hz / np.sqrt(12) * np.sqrt(2 * tones))
    assert by_hand == pytest.approx(sigma_m, rel=0.03)
    close = range_sigma_m(Prs(min(275, round(tones / 12)), 30e3, comb=1, symbols=1), 0.0)
    assert close == pytest.approx(by_hand, rel=0.02)  # whole resource blocks


def test_rms_bandwidth_is_that_of_the_tones() -> None:
    for comb in (1, 2, 4, 6, 12):
        prs = Prs(24, 30e3, comb=comb, symbols=4)
        tones = np.arange(0, 24 * 12, comb) * 30e3
        assert prs.tones == len(tones)
        assert prs.b_rms_hz == pytest.approx(tones.std())
        assert prs.n_re == 4 * len(tones)


def test_range_bound_falls_with_snr_symbols_and_repetitions() -> None:
    base = range_sigma_m(PRS, 0.0)
    assert range_sigma_m(PRS, 20.0) == pytest.approx(base / 10)
    assert range_sigma_m(Prs(272, 30e3, comb=1, symbols=4), 0.0) == pytest.approx(base / 2)
    assert range_sigma_m(Prs(272, 30e3, comb=1, symbols=1, repetitions=9), 0.0) == pytest.approx(base / 3)


def test_range_bound_is_the_fisher_information_of_the_sampled_phase_ramp() -> None:
    prs, snr = Prs(24, 30e3, comb=2, symbols=1), 3.0
    tones = np.arange(prs.tones) * 60e3
    jacobian = np.column_stack((-2j * np.pi * tones, np.full(prs.tones, 1j)))  # delay, and an unknown phase
    information = 2 * 10 ** (snr / 10) * np.real(jacobian.conj().T @ jacobian)
    delay_s = np.sqrt(np.linalg.inv(information)[0, 0])
    assert range_sigma_m(prs, snr) == pytest.approx(C_M_PER_S * delay_s)


def test_angle_bound_is_the_fisher_information_of_the_array() -> None:
    prs, elements, off = Prs(24, 30e3, comb=2, symbols=1), 8, 0.4
    places = np.arange(elements)
    jacobian = np.column_stack((1j * np.pi * np.cos(off) * places, np.full(elements, 1j)))
    information = 2 * prs.n_re * np.real(jacobian.conj().T @ jacobian)
    assert angle_sigma_rad(prs, 0.0, elements, off) == pytest.approx(np.sqrt(np.linalg.inv(information)[0, 0]))


def test_tdoa_is_the_bound_with_the_covariance_of_differences_to_any_reference() -> None:
    rng = np.random.default_rng(38855)
    anchors, point = rng.uniform(0, 50, (6, 3)), rng.uniform(10, 40, (1, 3))
    snr = rng.uniform(-10, 10, 6)
    got = bound("tdoa", anchors, point, PRS, snr)
    variance = range_sigma_m(PRS, snr) ** 2
    unit = ((point - anchors) / np.linalg.norm(point - anchors, axis=1)[:, None])[:, :2]
    for reference in range(6):
        others = [i for i in range(6) if i != reference]
        rows = unit[others] - unit[reference]
        covariance = np.diag(variance[others]) + variance[reference]  # 2 on the diagonal, 1 off it at equal noise
        information = rows.T @ np.linalg.solve(covariance, rows)
        assert got.crlb_m[0] == pytest.approx(np.sqrt(np.trace(np.linalg.inv(information))))
        equal = rows.T @ np.linalg.solve(np.eye(5) + 1.0, rows)
        assert got.gdop[0] == pytest.approx(np.sqrt(np.trace(np.linalg.inv(equal))))


def test_dilution_at_the_centre_of_a_square_is_one() -> None:
    assert bound("tdoa", FLAT, CENTRE, PRS, 0.0).gdop[0] == pytest.approx(1.0)
    assert bound("rtt", FLAT, CENTRE, PRS, 0.0).gdop[0] == pytest.approx(1.0)
    assert bound("aoa", FLAT, CENTRE, PRS, 0.0).gdop[0] == pytest.approx(20 * np.sqrt(2))


def test_rtt_needs_no_clock_and_averages_two_ways() -> None:
    one, two = bound("tdoa", FLAT, CENTRE, PRS, 0.0), bound("rtt", FLAT, CENTRE, PRS, 0.0)
    assert two.crlb_m[0] == pytest.approx(one.crlb_m[0] / np.sqrt(2))
    outside = [[200.0, 20.0, 0.0]]
    assert bound("rtt", FLAT, outside, PRS, 0.0).gdop < bound("tdoa", FLAT, outside, PRS, 0.0).gdop


@pytest.mark.parametrize("method", METHODS)
def test_terms_add_in_squares_and_each_grows_with_its_cause(method: Method) -> None:
    points = grid_points((1.0, 39.0), (1.0, 39.0), 9.5, 1.5)
    errors = Errors(sync_m=0.3, heading_rad=0.01, nlos_m=np.array([2.0, 0, 0, 0]), nlos_rad=np.array([0.1, 0, 0, 0]))
    got = bound(method, SQUARE, points, PRS, 0.0, errors=errors)
    np.testing.assert_allclose(got.total_m**2, got.noise_m**2 + got.sync_m**2 + got.bias_m**2)
    assert (got.noise_m >= got.crlb_m * (1 - 1e-9)).all()
    clean = bound(method, SQUARE, points, PRS, 0.0)
    np.testing.assert_allclose(clean.total_m, clean.crlb_m)
    assert not clean.sync_m.any()
    assert not clean.bias_m.any()
    worse = bound(method, SQUARE, points, PRS, 0.0, errors=Errors(sync_m=0.6, heading_rad=0.02))
    assert (worse.sync_m > got.sync_m).all()


def test_one_nanosecond_of_clock_is_30_cm_at_the_centre() -> None:
    got = bound("tdoa", FLAT, CENTRE, PRS, 30.0, errors=Errors(sync_m=1e-9 * C_M_PER_S))
    assert got.sync_m[0] == pytest.approx(0.2998, abs=1e-4)


def test_an_excess_way_common_to_all_anchors_cancels_in_differences_only() -> None:
    point, errors = [[30.0, 20.0, 0.0]], Errors(nlos_m=5.0)
    assert bound("tdoa", FLAT, point, PRS, 0.0, errors=errors).bias_m[0] == pytest.approx(0.0, abs=1e-9)
    assert bound("rtt", FLAT, point, PRS, 0.0, errors=errors).bias_m[0] > 0.1


@pytest.mark.parametrize("method", METHODS)
def test_drawn_errors_scatter_an_estimator_as_the_bound_says(method: Method) -> None:
    rng = np.random.default_rng(20)
    point, sync, heading = np.array([[27.0, 11.0, 1.5]]), 0.05, 0.002
    bias = np.array([0.2, 0.0, 0.1, 0.0]) * (0.02 if method == "aoa" else 1.0)
    errors = Errors(sync, heading, nlos_m=bias, nlos_rad=bias)
    snr = np.array([0.0, -5.0, 3.0, 1.0])
    told = bound(method, SQUARE, point, PRS, snr, errors=errors)
    spread = np.hypot(told.sigma[0], heading if method == "aoa" else sync)
    drawn = _measure(method, SQUARE, point[0, :2]) + bias + spread * rng.standard_normal((4000, 4))
    found = np.array([_estimate(method, SQUARE, one, spread, point[0, :2]) for one in drawn])
    rms = np.sqrt(np.mean(np.sum((found - point[0, :2]) ** 2, axis=1)))
    assert rms == pytest.approx(told.total_m[0], rel=0.04)  # 4 sigma of 4000 draws


def _measure(method: Method, anchors: F64, xy: F64) -> F64:
    away = xy - anchors[:, :2]
    if method == "aoa":
        return np.arctan2(away[:, 1], away[:, 0])
    return np.asarray(np.sqrt(np.sum(away**2, axis=1) + 1.5**2))


def _estimate(method: Method, anchors: F64, measured: F64, spread: F64, start: F64) -> F64:
    """Weighted Gauss-Newton with numeric gradients; differences to the first anchor in full covariance for TDOA."""
    cut = np.eye(len(anchors))
    if method == "tdoa":
        cut = np.hstack((-np.ones((len(anchors) - 1, 1)), np.eye(len(anchors) - 1)))
    weight = np.linalg.inv(cut @ np.diag(spread**2) @ cut.T)
    at = start.copy()
    for _ in range(4):
        step = 1e-6
        gradient = np.column_stack(
            [
                (_measure(method, anchors, at + step * e) - _measure(method, anchors, at - step * e)) / (2 * step)
                for e in np.eye(2)
            ]
        )
        rows, left = cut @ gradient, cut @ (measured - _measure(method, anchors, at))
        at = at + np.linalg.solve(rows.T @ weight @ rows, rows.T @ weight @ left)
    return at


@given(st.floats(-30, 70), st.floats(-30, 70))
def test_tdoa_is_never_better_than_ranges_with_known_clock(x: float, y: float) -> None:
    tdoa = bound("tdoa", SQUARE, [[x, y, 1.5]], PRS, 0.0)
    rtt = bound("rtt", SQUARE, [[x, y, 1.5]], PRS, 0.0)
    assert tdoa.gdop[0] >= rtt.gdop[0] * (1 - 1e-9)


def test_points_that_the_geometry_cannot_tell_are_infinite_not_wrong() -> None:
    line = np.array([[0.0, 0, 0], [10.0, 0, 0], [20.0, 0, 0], [30.0, 0, 0]])
    got = bound("rtt", line, [[15.0, 0.0, 0.0], [15.0, 8.0, 0.0]], PRS, 0.0)
    assert got.resolved.tolist() == [False, True]
    assert np.isinf(got.total_m[0])
    assert np.isfinite(got.total_m[1])
    on_an_anchor = bound("rtt", FLAT, [[0.0, 0.0, 0.0]], PRS, 0.0)
    assert not on_an_anchor.resolved[0]


def test_a_point_below_an_anchor_is_told_by_the_others() -> None:
    for method in METHODS:
        got = bound(method, SQUARE, [[0.0, 0.0, 1.5]], PRS, 0.0)
        assert got.resolved[0]
        assert np.isfinite(got.total_m[0])


def test_an_array_sees_nothing_behind_it() -> None:
    away = np.radians([225.0, 315.0, 45.0, 135.0])  # all four look outwards
    assert not bound("aoa", SQUARE, [[20.0, 20.0, 1.5]], PRS, 0.0, boresight_rad=away).resolved[0]
    inwards = away + np.pi
    facing = bound("aoa", SQUARE, [[20.0, 20.0, 1.5]], PRS, 0.0, boresight_rad=inwards)
    assert facing.crlb_m == pytest.approx(bound("aoa", SQUARE, [[20.0, 20.0, 1.5]], PRS, 0.0).crlb_m)


def test_three_dimensions_need_a_fourth_anchor_and_height() -> None:
    with pytest.raises(NotComputable, match="4 or more"):
        bound("tdoa", SQUARE[:3], CENTRE, PRS, 0.0, dimensions=3)
    raised = SQUARE.copy()
    raised[0, 2] = 8.0
    both = [bound("tdoa", raised, CENTRE, PRS, 0.0, dimensions=d).crlb_m[0] for d in (2, 3)]
    assert both[1] > both[0]
    with pytest.raises(NotComputable, match="aoa"):
        bound("aoa", SQUARE, CENTRE, PRS, 0.0, dimensions=3)


@pytest.mark.parametrize(("method", "least"), [("tdoa", 3), ("rtt", 2), ("aoa", 2)])
def test_too_few_anchors_are_refused(method: Method, least: int) -> None:
    with pytest.raises(NotComputable, match=f"{least} or more"):
        bound(method, SQUARE[: least - 1], CENTRE, PRS, 0.0)
    assert bound(method, SQUARE[:least], [[25.0, 12.0, 1.5]], PRS, 0.0).resolved[0]


def test_bad_anchors_points_and_errors_are_refused() -> None:
    with pytest.raises(BadInput, match="same place"):
        bound("rtt", SQUARE[[0, 0, 1]], CENTRE, PRS, 0.0)
    with pytest.raises(BadInput, match="not a number"):
        bound("rtt", SQUARE, [[np.nan, 0, 0]], PRS, 0.0)
    with pytest.raises(BadInput, match="shape"):
        bound("rtt", SQUARE[:, :2], CENTRE, PRS, 0.0)
    with pytest.raises(OutOfRange, match="sync"):
        bound("tdoa", SQUARE, CENTRE, PRS, 0.0, errors=Errors(sync_m=-1.0))
    with pytest.raises(BadInput, match="nlos"):
        bound("tdoa", SQUARE, CENTRE, PRS, 0.0, errors=Errors(nlos_m=np.zeros(3)))
    with pytest.raises(UnknownName, match="method"):
        bound("gps", SQUARE, CENTRE, PRS, 0.0)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match="snr"):
        bound("rtt", SQUARE, CENTRE, PRS, np.nan)


@pytest.mark.parametrize(
    "change",
    [{"n_prb": 0}, {"n_prb": 276}, {"scs_hz": 31e3}, {"comb": 3}, {"symbols": 13}, {"repetitions": 0}],
    ids=str,
)
def test_a_signal_outside_its_limits_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(OutOfRange, match="|".join((*change, "scs", "prb"))):
        Prs(**{"n_prb": 24, "scs_hz": 30e3, **change})  # type: ignore[arg-type]


def test_grid_holds_both_ends_and_refuses_what_is_too_fine() -> None:
    points = grid_points((0.0, 1.0), (0.0, 0.5), 0.1, 1.2)
    assert points.shape == (66, 3)
    assert points[-1] == pytest.approx([1.0, 0.5, 1.2])
    with pytest.raises(OutOfRange, match="points"):
        grid_points((0, 1e4), (0, 1e4), 0.1, 0)
    with pytest.raises(BadInput, match="backwards"):
        grid_points((1, 0), (0, 1), 0.1, 0)
    with pytest.raises(OutOfRange, match="step"):
        grid_points((0, 1), (0, 1), 0.0, 0)


def test_snr_per_element_follows_the_budget() -> None:
    got = snr_re_db(24.0, [80.0, 90.0], Prs(272, 30e3, comb=1, symbols=1), noise_figure_db=9.0)
    by_hand = 24.0 - 10 * np.log10(3264) - 80.0 - (-174.0 + 10 * np.log10(30e3) + 9.0)
    np.testing.assert_allclose(got, [by_hand, by_hand - 10.0])


@pytest.mark.parametrize("method", METHODS)
def test_points_worked_on_in_blocks_give_the_same_bound(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    points = grid_points((0.0, 40.0), (0.0, 40.0), 5.0, 1.5)
    snr = np.random.default_rng(1).uniform(-5, 20, (len(points), 4))
    whole = bound(method, SQUARE, points, PRS, snr, errors=Errors(0.3, 0.01, 1.0, 0.01))
    monkeypatch.setattr("setsail.radio.positioning.BLOCK", 7)
    cut = bound(method, SQUARE, points, PRS, snr, errors=Errors(0.3, 0.01, 1.0, 0.01))
    for name in ("crlb_m", "noise_m", "sync_m", "bias_m", "total_m", "gdop", "sigma", "resolved"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name))
