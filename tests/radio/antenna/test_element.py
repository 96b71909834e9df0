import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange, UnknownName
from setsail.radio.antenna.element import Element, Isotropic, Omni, ceiling_head, element, omni_head
from setsail.radio.antenna.frame import radiated_ratio

HALF = math.pi / 2


@pytest.mark.parametrize(
    ("name", "peak", "width", "floor"), [("tr38901", 8.0, 65.0, 30.0), ("m2412-indoor", 5, 90, 25)]
)
def test_element_has_the_peak_width_and_floor_of_its_table(name: str, peak: float, width: float, floor: float) -> None:
    found = element(name)
    half = math.radians(width) / 2
    assert found.gain_dbi(HALF, 0.0) == pytest.approx(peak)
    np.testing.assert_allclose(found.gain_dbi(HALF, [half, -half]), peak - 3.0)
    np.testing.assert_allclose(found.gain_dbi([HALF + half, HALF - half], 0.0), peak - 3.0)
    assert found.gain_dbi(HALF, math.pi) == pytest.approx(peak - floor)
    assert found.source


def test_element_loses_in_both_cuts_together_down_to_one_floor() -> None:
    found = element("tr38901")
    one = 12.0 * (40.0 / 65.0) ** 2
    assert found.gain_dbi(HALF + math.radians(40), math.radians(40)) == pytest.approx(8.0 - 2 * one)
    assert found.gain_dbi(0.0, math.pi) == pytest.approx(8.0 - 30.0)


@given(st.floats(0.0, math.pi), st.floats(-math.pi, math.pi))
def test_gain_of_elements_is_even_in_azimuth_and_about_the_horizon(zenith: float, azimuth: float) -> None:
    for found in (element("tr38901"), ceiling_head(), omni_head()):
        here = float(found.gain_dbi(zenith, azimuth))
        assert float(found.gain_dbi(zenith, -azimuth)) == pytest.approx(here)
        assert float(found.gain_dbi(math.pi - zenith, azimuth)) == pytest.approx(here)
        assert here <= found.peak_dbi + 1e-12


def test_power_radiated_by_the_elements_stays_below_the_power_fed() -> None:
    """The parabola of 65 degrees with 8 dBi is an element of 66 percent efficiency, that of 90 with 5 dBi of 57."""
    assert 10 * math.log10(radiated_ratio(element("tr38901"))) == pytest.approx(-1.83, abs=0.01)
    assert 10 * math.log10(radiated_ratio(ceiling_head())) == pytest.approx(-2.44, abs=0.01)


def test_omni_head_is_equal_all_around_with_the_width_of_its_gain() -> None:
    head = Omni(6.0)
    around = head.gain_dbi(HALF, np.linspace(-math.pi, math.pi, 9))
    np.testing.assert_allclose(around, 6.0)
    assert math.degrees(head.vertical_3db_rad) == pytest.approx(107.6 * 10**-0.6)
    assert head.gain_dbi(HALF + head.vertical_3db_rad / 2, 0.0) == pytest.approx(3.0)
    assert 0.8 < radiated_ratio(head) < 1.05


def test_omni_head_with_typical_side_lobes_meets_its_pieces_without_a_step() -> None:
    head = Omni(8.0, 0.7)
    shoulder = math.sqrt(1.0 - math.log10(1.7) / 1.2)
    for piece in (shoulder, 1.0):
        near = head.gain_dbi(HALF + head.vertical_3db_rad * np.array([piece - 1e-9, piece + 1e-9]), 0.0)
        assert abs(near[1] - near[0]) < 1e-6
    assert head.gain_dbi(0.0, 0.0) > Omni(8.0).gain_dbi(0.0, 0.0)


def test_isotropic_gain_takes_the_shape_of_its_directions() -> None:
    assert Isotropic(1.0).gain_dbi(np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)


def test_element_of_unknown_name_or_without_width_is_refused() -> None:
    with pytest.raises(UnknownName, match="m2412-indoor"):
        element("tr99999")
    with pytest.raises(OutOfRange, match="horizontal_3db_rad"):
        Element(8.0, 1.0, 0.0, 30.0, 30.0)
    with pytest.raises(OutOfRange, match="front_back_db"):
        Element(8.0, 1.0, 1.0, 30.0, -1.0)
    with pytest.raises(OutOfRange, match=r"F\.1336"):
        Omni(2.0, 1.01)
    with pytest.raises(OutOfRange, match="peak_dbi"):
        Omni(math.nan)
