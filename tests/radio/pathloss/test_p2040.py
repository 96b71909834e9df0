"""Walls and slabs: closed form, energy, validity."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.pathloss.p2040 import C_M_S, Layer, Polarisation, material, material_names, ranges, wall_loss

SOLID = [name for name in material_names() if name not in ("vacuum", "metal")]


def _closed_form(name: str, thickness: float, fc: float, angle: float, tm: bool) -> tuple[float, float]:
    """Transmission and reflection loss of one slab, by the closed form of the Recommendation."""
    eta = complex(material(name, fc)[0].relative_permittivity(fc))
    inside, cosine = cmath.sqrt(eta - math.sin(angle) ** 2), math.cos(angle)
    r = (eta * cosine - inside) / (eta * cosine + inside) if tm else (cosine - inside) / (cosine + inside)
    turn = cmath.exp(-2j * math.pi * thickness * fc / C_M_S * inside)
    whole = 1 - r**2 * turn**2
    return -20 * math.log10(abs((1 - r**2) * turn / whole)), -20 * math.log10(abs(r * (1 - turn**2) / whole))


@pytest.mark.parametrize("side", ["te", "tm"])
@pytest.mark.parametrize("name", ["concrete", "brick", "glass", "wood", "plasterboard"])
@pytest.mark.parametrize("angle", [0.0, 0.5, 1.3])
def test_one_layer_is_the_closed_form_of_a_slab(name: str, angle: float, side: Polarisation) -> None:
    for fc in (1e9, 3.5e9, 26e9):
        got = wall_loss([Layer(name, 0.15)], fc, incidence_rad=angle, polarisation=side)
        through, back = _closed_form(name, 0.15, fc, angle, side == "tm")
        assert got.transmission_loss_db == pytest.approx(through, abs=1e-9)
        assert got.reflection_loss_db == pytest.approx(back, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SOLID), st.floats(1e-4, 0.5)), min_size=1, max_size=5),
    st.floats(1e9, 10e9),
    st.floats(0.0, 1.5),
    st.sampled_from(["te", "tm"]),
)
def test_no_wall_gives_more_power_than_it_gets(
    wall: list[tuple[str, float]], fc: float, angle: float, side: Polarisation
) -> None:
    layers = [Layer(*part) for part in wall]
    got = wall_loss(layers, fc, incidence_rad=angle, polarisation=side)
    power = 10 ** (-got.transmission_loss_db / 10) + 10 ** (-got.reflection_loss_db / 10)
    assert power <= 1.0 + 1e-9
    turned = wall_loss(layers[::-1], fc, incidence_rad=angle, polarisation=side)
    assert turned.transmission_loss_db == pytest.approx(got.transmission_loss_db, abs=1e-6)  # reciprocity


def test_layer_may_be_cut_in_two() -> None:
    whole = wall_loss([Layer("brick", 0.24)], 3.5e9, incidence_rad=0.7)
    cut = wall_loss([Layer("brick", 0.1), Layer("brick", 0.14)], 3.5e9, incidence_rad=0.7)
    assert cut.transmission_loss_db == pytest.approx(whole.transmission_loss_db, abs=1e-9)
    assert cut.reflection_loss_db == pytest.approx(whole.reflection_loss_db, abs=1e-9)


def test_air_is_no_wall() -> None:
    got = wall_loss([Layer("vacuum", 0.3)], 3.5e9, incidence_rad=1.0, polarisation="te")
    assert got.transmission_loss_db == pytest.approx(0.0, abs=1e-9)
    assert got.reflection_loss_db == math.inf


def test_metal_shuts_and_stays_a_number() -> None:
    got = wall_loss([Layer("metal", 0.001)], 3.5e9)
    skin_m = math.sqrt(2 / (2 * math.pi * 3.5e9 * 4e-7 * math.pi * 1e7))
    assert got.transmission_loss_db > 20 * math.log10(math.e) * 0.001 / skin_m  # the skin effect alone
    assert got.transmission_loss_db < 1.05 * 20 * math.log10(math.e) * 0.001 / skin_m + 100
    assert got.reflection_loss_db == pytest.approx(0.0, abs=0.01)


def test_loss_grows_with_thickness_once_ripple_is_averaged_out() -> None:
    losses = [wall_loss([Layer("concrete", t)], 3.5e9, average_ratio=0.2).transmission_loss_db for t in (0.1, 0.2, 0.3)]
    assert losses[0] < losses[1] < losses[2]


def test_polarisations_are_one_at_normal_incidence_and_their_mean_lies_between() -> None:
    te, tm = (wall_loss([Layer("glass", 0.006)], 3.5e9, polarisation=p).transmission_loss_db for p in ("te", "tm"))
    assert te == pytest.approx(tm, abs=1e-9)
    te, tm, mean = (
        wall_loss([Layer("glass", 0.006)], 3.5e9, incidence_rad=1.1, polarisation=p).transmission_loss_db
        for p in ("te", "tm", "mean")
    )
    assert tm < mean < te
    assert mean == pytest.approx(-10 * math.log10((10 ** (-te / 10) + 10 ** (-tm / 10)) / 2))


@pytest.mark.parametrize("name", material_names())
def test_each_material_is_flagged_just_outside_its_range_and_not_inside(name: str) -> None:
    for one in ranges(name):
        for fc in (one.valid.low, one.valid.high):
            assert material(name, fc)[1]
    low, high = ranges(name)[0].valid.low, ranges(name)[-1].valid.high
    for fc in (np.nextafter(low, 0), np.nextafter(high, math.inf)):
        assert not material(name, fc)[1]
        (told,) = wall_loss([Layer(name, 0.01)], fc).outside
        assert name in told


def test_nearest_range_is_taken_between_two() -> None:
    low, high = ranges("glass")
    assert material("glass", 110e9) == (low, False)
    assert material("glass", 200e9) == (high, False)
    assert material("glass", 300e9) == (high, True)


def test_permittivity_follows_the_table() -> None:
    one, inside = material("concrete", 10e9)
    eta = complex(one.relative_permittivity(10e9))
    assert inside
    assert eta.real == pytest.approx(5.24)
    assert -eta.imag == pytest.approx(17.98 * 0.0462 * 10**0.7822 / 10)


@pytest.mark.parametrize("thickness", [0.0, -0.1, math.nan, 11.0])
def test_thickness_that_means_nothing_is_refused(thickness: float) -> None:
    with pytest.raises(OutOfRange, match="thickness of brick"):
        Layer("brick", thickness)


def test_walls_that_mean_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="no layer"):
        wall_loss([], 3.5e9)
    with pytest.raises(UnknownName, match="concrete"):
        wall_loss([Layer("cheese", 0.1)], 3.5e9)
    with pytest.raises(OutOfRange, match="incidence_rad"):
        wall_loss([Layer("brick", 0.1)], 3.5e9, incidence_rad=math.pi / 2)
    with pytest.raises(OutOfRange, match="fc_hz"):
        wall_loss([Layer("brick", 0.1)], 0.0)
