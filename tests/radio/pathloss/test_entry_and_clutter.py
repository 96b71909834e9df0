"""Entry into buildings and cars, clutter: ranges, composition, monotony."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.pathloss import entry, p2108, p2109


def test_low_loss_mixes_glass_and_concrete() -> None:
    got = entry.entry_loss("low", 3.5e9, 10.0)
    glass, concrete = 2 + 0.2 * 3.5, 5 + 4 * 3.5
    wall = 5 - 10 * math.log10(0.3 * 10 ** (-glass / 10) + 0.7 * 10 ** (-concrete / 10))
    assert got.through_wall_db == pytest.approx(wall)
    assert got.indoor_db == pytest.approx(5.0)
    assert got.mean_db == pytest.approx(wall + 5.0)
    assert got.sigma_db == 4.4


def test_high_loss_mixes_coated_glass_and_concrete() -> None:
    got = entry.entry_loss("high", 28e9)
    glass, concrete = 23 + 0.3 * 28, 5 + 4 * 28
    wall = 5 - 10 * math.log10(0.7 * 10 ** (-glass / 10) + 0.3 * 10 ** (-concrete / 10))
    assert got.mean_db == pytest.approx(wall)
    assert got.sigma_db == 6.5


@pytest.mark.parametrize("fc", [0.7e9, 3.5e9, 26e9])
def test_high_loss_is_above_low_loss(fc: float) -> None:
    assert entry.entry_loss("high", fc).mean_db > entry.entry_loss("low", fc).mean_db


@pytest.mark.parametrize(("model", "mean", "sigma"), [("car", 9, 5), ("car-metallised", 20, 5), ("legacy", 20, 0)])
def test_fixed_models_have_their_numbers(model: str, mean: float, sigma: float) -> None:
    got = entry.entry_loss(model, 3.5e9)
    assert (got.mean_db, got.sigma_db) == (mean, sigma)
    assert got.shadowing_sigma_db == (7.0 if model == "legacy" else None)


@pytest.mark.parametrize(
    ("model", "inside", "outside"),
    [
        ("car", (0.6e9, 60e9), (0.599e9, 60.1e9)),
        ("legacy", (0.5e9, 6e9), (0.499e9, 6.01e9)),
        ("low", (0.501e9, 99.9e9), (0.5e9, 100e9)),
    ],
)
def test_frequency_of_an_entry_model_is_limited(
    model: str, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    for fc in inside:
        entry.entry_loss(model, fc)
    for fc in outside:
        with pytest.raises(OutOfRange, match=f"{model} fc_hz"):
            entry.entry_loss(model, fc)


def test_entry_model_is_checked_against_its_scenario() -> None:
    entry.entry_loss("low", 3.5e9, scenario="rma")
    with pytest.raises(BadInput, match="rma"):
        entry.entry_loss("high", 3.5e9, scenario="rma")
    with pytest.raises(BadInput, match="inh"):
        entry.entry_loss("low", 3.5e9, scenario="inh")
    with pytest.raises(UnknownName, match="car-metallised"):
        entry.entry_loss("tent", 3.5e9)
    with pytest.raises(OutOfRange, match="0 for car"):
        entry.entry_loss("car", 3.5e9, 1.0)


@pytest.mark.parametrize(("scenario", "top"), [("rma", 10.0), ("uma", 25.0)])
def test_way_behind_the_facade_is_limited_and_drawn_inside_it(scenario: str, top: float) -> None:
    entry.entry_loss("low", 3.5e9, top, scenario=scenario)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match="d_2d_in_m"):
        entry.entry_loss("low", 3.5e9, np.nextafter(top, 99), scenario=scenario)  # type: ignore[arg-type]
    drawn = entry.draw_indoor_m(scenario, 50_000, np.random.default_rng(1))  # type: ignore[arg-type]
    assert 0.0 <= drawn.min() <= drawn.max() <= top
    assert drawn.mean() == pytest.approx(top / 3, rel=0.02)  # the shorter of two uniform ways
    single = entry.draw_indoor_m(scenario, 50_000, np.random.default_rng(1), legacy=True)  # type: ignore[arg-type]
    assert single.mean() == pytest.approx(top / 2, rel=0.02)


@pytest.mark.parametrize("kind", p2109.building_types())
def test_entry_loss_grows_with_probability_and_elevation(kind: str) -> None:
    p = np.linspace(0.01, 0.99, 99)
    assert np.all(np.diff(p2109.entry_loss_db(kind, 3.5e9, p)) > 0)
    up = p2109.entry_loss_db(kind, 3.5e9, 0.5, np.radians([0.0, 30.0, 60.0, 90.0]))
    assert np.all(np.diff(up) > 0)
    down = p2109.entry_loss_db(kind, 3.5e9, 0.5, np.radians([0.0, -30.0, -60.0, -90.0]))
    np.testing.assert_allclose(up, down)


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, math.nan])
def test_probability_is_open_at_both_ends(bad: float) -> None:
    with pytest.raises(OutOfRange, match="probability"):
        p2109.entry_loss_db("traditional", 3.5e9, bad)
    with pytest.raises(OutOfRange, match="probability"):
        p2108.terrestrial_db(3.5e9, 1000.0, bad)


def test_ranges_of_p2109_and_p2108_hold_at_their_ends() -> None:
    for fc in (0.08e9, 100e9):
        p2109.entry_loss_db("traditional", fc)
    for fc in (0.0799e9, 100.1e9):
        with pytest.raises(OutOfRange):
            p2109.entry_loss_db("traditional", fc)
    p2108.terrestrial_db(3.5e9, 250.0, 0.5)
    with pytest.raises(OutOfRange, match="distance_m"):
        p2108.terrestrial_db(3.5e9, 249.9, 0.5)
    p2108.require_both_ends(1000.0)
    with pytest.raises(BadInput, match="both ends"):
        p2108.require_both_ends(999.9)
    with pytest.raises(OutOfRange, match="fc_hz"):
        p2108.height_gain_db("urban", 3.01e9, 2.0)
    with pytest.raises(UnknownName, match="dense-urban"):
        p2108.height_gain_db("jungle", 1e9, 2.0)
    with pytest.raises(UnknownName, match="traditional"):
        p2109.building("tent")


def test_terrestrial_clutter_does_not_fall_with_distance_and_levels_off_at_two_kilometres() -> None:
    d = np.linspace(250, 5000, 200)
    loss = p2108.terrestrial_db(3.5e9, d, 0.5)
    assert np.all(np.diff(loss) >= 0)
    assert loss[-1] == p2108.terrestrial_db(3.5e9, 2000.0, 0.5)


def test_antenna_at_the_height_of_the_clutter_loses_nothing() -> None:
    assert p2108.height_gain_db("urban", 1e9, 15.0) == 0.0
    assert p2108.height_gain_db("open", 1e9, np.nextafter(10.0, 0)) == pytest.approx(0.0, abs=1e-9)
