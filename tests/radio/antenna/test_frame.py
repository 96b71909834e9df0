import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.antenna.element import Isotropic, ceiling_head, element
from setsail.radio.antenna.frame import DOWN, Mounting, gain_towards_dbi, local_angles, radiated_ratio

ANGLES = st.floats(-math.pi, math.pi)
TILTS = st.floats(-math.pi / 2, math.pi / 2)


def test_mounting_straight_ahead_leaves_directions_as_they_are() -> None:
    zenith, azimuth = local_angles(Mounting(), [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, -3.0])
    np.testing.assert_allclose(zenith, [math.pi / 2, math.pi / 2, math.pi])
    np.testing.assert_allclose(azimuth[:2], [0.0, math.pi / 2])


@given(ANGLES, TILTS, ANGLES)
def test_boresight_of_any_mounting_is_local_azimuth_zero_on_the_horizon(
    azimuth: float, tilt: float, roll: float
) -> None:
    ahead = math.cos(tilt) * np.array([math.cos(azimuth), math.sin(azimuth)])
    zenith, aside = local_angles(Mounting(azimuth, tilt, roll), ahead[0], ahead[1], -math.sin(tilt))
    assert abs(float(zenith) - math.pi / 2) < 1e-7
    assert abs(float(aside)) < 1e-7


@given(ANGLES, TILTS, ANGLES, ANGLES, ANGLES)
def test_turning_a_mounting_keeps_angles_between_directions(
    azimuth: float, tilt: float, roll: float, a: float, b: float
) -> None:
    first, second = (np.array([math.cos(x), math.sin(x), 0.3]) for x in (a, b))
    turned = []
    for v in (first, second):
        zenith, aside = local_angles(Mounting(azimuth, tilt, roll), *v)
        turned.append([math.sin(zenith) * math.cos(aside), math.sin(zenith) * math.sin(aside), math.cos(zenith)])
    before = float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))
    assert abs(float(np.dot(turned[0], turned[1])) - before) < 1e-6


def test_compass_bearing_east_looks_along_x_and_north_along_y() -> None:
    assert Mounting.compass(90.0).azimuth_rad == pytest.approx(0.0)
    assert Mounting.compass(0.0).azimuth_rad == pytest.approx(math.pi / 2)
    assert Mounting.compass(270.0).azimuth_rad == pytest.approx(-math.pi)
    beam = element("tr38901")
    assert gain_towards_dbi(beam, Mounting.compass(120.0, 6.0), math.sin(2 * math.pi / 3), math.cos(2 * math.pi / 3),
                            -math.tan(math.radians(6.0))) == pytest.approx(8.0)  # fmt: skip


def test_head_under_the_ceiling_has_its_peak_below_and_falls_aside() -> None:
    got = gain_towards_dbi(ceiling_head(), DOWN, [0.0, 1.5, 0.0], [0.0, 0.0, 1.5], [-1.5, -1.5, -1.5])
    np.testing.assert_allclose(got, [5.0, 2.0, 2.0], atol=1e-9)


def test_downtilt_past_straight_down_is_refused_and_straight_down_is_not() -> None:
    Mounting(0.0, math.pi / 2)
    with pytest.raises(OutOfRange, match="downtilt_rad"):
        Mounting(0.0, math.nextafter(math.pi / 2, 2.0))


def test_direction_without_length_is_refused() -> None:
    with pytest.raises(BadInput, match="no length"):
        local_angles(Mounting(), 0.0, 0.0, 0.0)
    with pytest.raises(BadInput, match="no length"):
        local_angles(Mounting(), math.nan, 0.0, 1.0)


def test_isotropic_antenna_radiates_what_it_is_fed() -> None:
    assert radiated_ratio(Isotropic()) == pytest.approx(1.0)
    assert radiated_ratio(Isotropic(3.0103)) == pytest.approx(2.0, rel=1e-5)
