"""Mean path loss: ranges, monotony, continuity, the height rule of UMa."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.pathloss import formulas
from setsail.radio.pathloss.scenarios import Condition, Link, Scenario, limits, link, scenario, shadowing
from setsail.radio.pathloss.tr38901 import environment_height_m, path_loss, sigma_db

SCENARIOS = tuple(s for s in get_args(Scenario) if s != "inf-hh")
SHORT = {"inh": 140.0, "inf": 590.0}


def _link(name: str, state: str, fc_hz: float = 3.5e9, **heights: float) -> Link:
    return link(name, state, fc_hz, **heights)  # type: ignore[arg-type]


def _span(name: str, state: str, n: int = 400) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    top = SHORT.get(name[:3], 5000.0)
    return np.linspace(10.0, top, n)


@pytest.mark.parametrize("state", ["los", "nlos"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_path_loss_grows_with_distance_and_frequency(name: str, state: str) -> None:
    d = _span(name, state)
    for fc in (0.7e9, 3.5e9, 26e9):
        loss = path_loss(_link(name, state, fc), d).loss_db
        assert np.all(np.diff(loss) > 0.0)
        assert np.all(path_loss(_link(name, state, fc * 1.1), d).loss_db > loss)


@pytest.mark.parametrize(
    ("name", "optional"), [*((n, False) for n in SCENARIOS), ("uma", True), ("umi", True), ("inh", True)]
)
def test_nlos_is_never_below_los(name: str, optional: bool) -> None:
    d = _span(name, "nlos")
    for fc in (0.7e9, 3.5e9, 26e9):
        nlos = link(name, "nlos", fc, optional=optional)
        assert np.all(path_loss(nlos, d).loss_db >= path_loss(nlos.with_condition("los"), d).loss_db)


@settings(deadline=None)
@given(
    st.sampled_from(["uma", "umi"]),
    st.floats(0.51, 99.0),
    st.floats(1.5, 12.9),
    st.floats(5.0, 60.0),
)
def test_los_of_uma_and_umi_is_continuous_at_the_break_point(name: str, ghz: float, h_ut: float, h_bs: float) -> None:
    one = _link(name, "los", ghz * 1e9, h_bs_m=h_bs, h_ut_m=h_ut)
    at = formulas.breakpoint_m(one)
    k = formulas.coefficients(one)
    before, beyond = formulas.mean_loss_db(np.array([at, np.nextafter(at, np.inf)]), k)
    assert beyond == pytest.approx(before, abs=1e-9)


def test_los_of_rma_steps_at_the_break_point_by_no_more_than_its_two_distances_differ() -> None:
    one = _link("rma", "los", 0.7e9)
    at = formulas.breakpoint_m(one)
    before, beyond = formulas.mean_loss_db(np.array([at, np.nextafter(at, np.inf)]), formulas.coefficients(one))
    assert at == pytest.approx(2 * math.pi * 35 * 1.5 * 0.7e9 / 3e8)
    assert abs(beyond - before) < 20 * math.log10(math.hypot(at, 33.5) / at)


def test_break_point_of_uma_uses_heights_less_one_metre() -> None:
    assert path_loss(_link("uma", "los", 5e9), 100.0).breakpoint_m == pytest.approx(4 * 24 * 0.5 * 5e9 / 3e8)
    assert path_loss(_link("umi", "los", 5e9), 100.0).breakpoint_m == pytest.approx(4 * 9 * 0.5 * 5e9 / 3e8)
    assert math.isinf(path_loss(_link("inh", "los"), 10.0).breakpoint_m)


def test_inf_dl_is_at_least_inf_sl() -> None:
    d = np.linspace(2, 590, 300)
    dense, sparse = (path_loss(_link(n, "nlos"), d).loss_db for n in ("inf-dl", "inf-sl"))
    assert np.all(dense >= sparse)
    assert dense[0] == sparse[0]  # near, the second formula decides
    assert dense[-1] == pytest.approx(18.6 + 35.7 * math.log10(590) + 20 * math.log10(3.5))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("inf-sl", 33.0 + 25.5 * 2 + 20.0),
        ("inf-sh", 32.4 + 23.0 * 2 + 20.0),
        ("inf-dh", 33.63 + 21.9 * 2 + 20.0),
        ("inf-dl", 18.6 + 35.7 * 2 + 20.0),
    ],
)
def test_factory_formulas_at_one_hundred_metres_and_ten_gigahertz(name: str, expected: float) -> None:
    one = _link(name, "nlos", 10e9, h_bs_m=1.5, h_ut_m=1.5)
    assert path_loss(one, 100.0).loss_db[0] == pytest.approx(expected)
    los = path_loss(one.with_condition("los"), 100.0).loss_db[0]
    assert los == pytest.approx(31.84 + 21.5 * 2 + 19.0)


@pytest.mark.parametrize(
    ("name", "state", "low", "high"),
    [
        ("rma", "los", 10, 10_000), ("rma", "nlos", 10, 5_000), ("uma", "los", 10, 5_000), ("uma", "nlos", 10, 5_000),
        ("umi", "los", 10, 5_000), ("umi", "nlos", 10, 5_000),
    ],
)  # fmt: skip
def test_distance_is_refused_just_outside_its_range(name: str, state: str, low: float, high: float) -> None:
    one = _link(name, state)
    for inside in (low, np.nextafter(low, high), np.nextafter(high, low), high):
        assert np.isfinite(path_loss(one, inside).loss_db[0])
    for outside in (np.nextafter(low, 0), np.nextafter(high, math.inf)):
        with pytest.raises(OutOfRange, match=r"d_2d_m.*TR 38.901 v17.0.0"):
            path_loss(one, outside)
        told = path_loss(one, outside, extrapolate=True)
        assert len(told.outside) == 1
        assert "d_2d_m" in told.outside[0]


@pytest.mark.parametrize(("name", "high"), [("inh", 150.0), ("inf-sl", 600.0)])
def test_indoor_distance_is_limited_in_three_dimensions(name: str, high: float) -> None:
    one = _link(name, "nlos", h_bs_m=1.5, h_ut_m=1.5)
    for inside in (1.0, high):
        path_loss(one, inside)
    for outside in (np.nextafter(1.0, 0), np.nextafter(high, math.inf)):
        with pytest.raises(OutOfRange, match="d_3d_m"):
            path_loss(one, outside)


@pytest.mark.parametrize(("name", "high"), [("rma", 30e9), ("uma", 100e9), ("umi", 100e9), ("inh", 100e9)])
def test_frequency_range_is_open_at_both_ends(name: str, high: float) -> None:
    for inside in (np.nextafter(0.5e9, 1e9), np.nextafter(high, 1e9)):
        path_loss(_link(name, "los", inside), 50.0)
    for outside in (0.5e9, high):
        with pytest.raises(OutOfRange, match="fc_hz"):
            path_loss(_link(name, "los", outside), 50.0)


@pytest.mark.parametrize(("name", "low", "high"), [("rma", 1.0, 10.0), ("uma", 1.5, 22.5), ("umi", 1.5, 22.5)])
def test_ut_height_is_refused_just_outside_its_range(name: str, low: float, high: float) -> None:
    for inside in (low, high):
        path_loss(_link(name, "nlos", h_ut_m=inside), 200.0)
    for outside in (np.nextafter(low, 0), np.nextafter(high, 99)):
        with pytest.raises(OutOfRange, match="h_ut_m"):
            path_loss(_link(name, "nlos", h_ut_m=outside), 200.0)


@pytest.mark.parametrize("field", ["street_width_m", "building_height_m"])
def test_street_and_buildings_of_rma_are_limited(field: str) -> None:
    for inside in (5.0, 50.0):
        path_loss(_link("rma", "nlos", **{field: inside}), 200.0)
    for outside in (4.999, 50.001):
        with pytest.raises(OutOfRange, match=field):
            path_loss(_link("rma", "nlos", **{field: outside}), 200.0)


def test_another_height_of_the_base_station_is_told_not_hidden() -> None:
    assert path_loss(_link("uma", "los"), 100.0).notes == ()
    (note,) = path_loss(_link("uma", "los", h_bs_m=30.0), 100.0).notes
    assert "30" in note
    assert "25 m" in note


@pytest.mark.parametrize("bad", [math.nan, -1.0, math.inf])
def test_distances_that_mean_nothing_are_refused_even_with_extrapolation(bad: float) -> None:
    with pytest.raises(OutOfRange):
        path_loss(_link("uma", "los"), [100.0, bad], extrapolate=True)


@pytest.mark.parametrize("field", ["h_bs_m", "h_ut_m", "fc_hz"])
@pytest.mark.parametrize("bad", [0.0, -3.0, math.nan])
def test_heights_and_frequencies_that_mean_nothing_are_refused(field: str, bad: float) -> None:
    values = {"fc_hz": 3.5e9, "h_bs_m": 25.0, "h_ut_m": 1.5} | {field: bad}
    with pytest.raises(OutOfRange):
        link("uma", "los", values.pop("fc_hz"), **values)  # type: ignore[arg-type]


def test_antenna_at_the_environment_height_is_refused() -> None:
    with pytest.raises(OutOfRange, match="environment height"):
        path_loss(_link("umi", "los", h_ut_m=1.0), 100.0, extrapolate=True)


def test_antennas_at_one_place_are_refused() -> None:
    with pytest.raises(BadInput, match="distance above 0"):
        path_loss(_link("inf-sl", "los"), 0.0, extrapolate=True)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="inf-dh"):
        scenario("macro")
    with pytest.raises(UnknownName, match="los, nlos"):
        link("uma", "both", 3.5e9)
    with pytest.raises(OutOfRange, match="always in line of sight"):
        link("inf-hh", "nlos", 3.5e9, h_bs_m=8, h_ut_m=8)
    with pytest.raises(BadInput, match="no optional formula"):
        link("rma", "nlos", 3.5e9, optional=True)
    with pytest.raises(BadInput, match="no default"):
        link("inf-hh", "los", 3.5e9)


@pytest.mark.parametrize("text", ["UMa", " uma ", "UMA"])
def test_scenario_names_are_read_in_any_case(text: str) -> None:
    assert scenario(text) == "uma"


# ---- effective environment height of UMa ----


def test_h_e_is_one_metre_below_thirteen_metres() -> None:
    d = np.linspace(10, 5000, 500)
    np.testing.assert_array_equal(formulas.probability_of_one_metre(d, 12.999), 1.0)
    np.testing.assert_array_equal(formulas.probability_of_one_metre(d, 13.0), 1.0)  # C is 0 at 13 m
    assert np.all(formulas.probability_of_one_metre(d[d > 18], 22.5) < 1.0)
    np.testing.assert_array_equal(formulas.probability_of_one_metre(np.array([10.0, 18.0]), 22.5), 1.0)


@pytest.mark.parametrize(
    ("h_ut", "expected"),
    [(13.2, (12.0,)), (13.5, (12.0,)), (16.5, (12.0, 15.0)), (19.4, (12.0, 15.0)), (22.5, (12.0, 15.0, 18.0, 21.0))],
)
def test_h_e_is_drawn_from_storeys_up_to_the_ut(h_ut: float, expected: tuple[float, ...]) -> None:
    assert formulas.environment_heights_m(h_ut) == expected


def test_expected_loss_is_the_mean_over_draws_of_h_e() -> None:
    one = _link("uma", "los", h_ut_m=22.5)
    d = np.full(40_000, 300.0)
    mean = path_loss(one, d[:1]).loss_db[0]
    drawn = path_loss(one, d, environment=np.random.default_rng(1)).loss_db
    spread = drawn.std() / math.sqrt(d.size)
    assert spread > 0.0
    assert drawn.mean() == pytest.approx(mean, abs=5 * spread)
    assert mean > path_loss(one, d[:1], environment="one-metre").loss_db[0]


def test_share_of_drawn_heights_follows_the_probability_rule() -> None:
    one = _link("uma", "los", h_ut_m=22.5)
    d = np.full(100_000, 400.0)
    drawn = environment_height_m(one, d, np.random.default_rng(2))
    p = formulas.probability_of_one_metre(d[:1], 22.5)[0]
    assert np.mean(drawn == 1.0) == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / d.size))
    shares = [np.mean(drawn == h) for h in (12.0, 15.0, 18.0, 21.0)]
    np.testing.assert_allclose(shares, (1 - p) / 4, atol=0.01)
    assert np.all(environment_height_m(_link("uma", "los"), d[:9], np.random.default_rng(3)) == 1.0)


# ---- shadowing numbers ----


def test_spread_of_rma_los_changes_at_the_break_point() -> None:
    one = _link("rma", "los", 0.7e9)
    at = formulas.breakpoint_m(one)
    np.testing.assert_array_equal(sigma_db(one, [at, np.nextafter(at, math.inf)]), [4.0, 6.0])


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_spread_correlation_and_ranges(name: Scenario) -> None:
    states: tuple[Condition, ...] = ("los", "nlos")
    for state in states:
        found = shadowing(name, state)
        assert 3.0 <= found.sigma_db <= 8.29
        assert 6.0 <= found.correlation_m <= 120.0
        assert "fc_hz" in limits(name, state)
        assert all("TR 38.901" in limit.source for limit in limits(name, state).values())


def test_optional_formulas_have_their_own_spread() -> None:
    assert shadowing("uma", "nlos", True).sigma_db == 7.8
    assert shadowing("umi", "nlos", True).sigma_db == 8.2
    assert shadowing("inh-open", "nlos", True).sigma_db == 8.29
