import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.antenna.element import Isotropic, element
from setsail.radio.antenna.frame import radiated_ratio
from setsail.radio.antenna.panel import NULL_DB, Panel, tr38901_panel

HALF = math.pi / 2
STEER = st.floats(-1.2, 1.2)


def _double_sum(panel: Panel, zenith: F64, azimuth: F64) -> F64:
    """The composite gain of M.2101 written as it stands there: every element, every weight."""
    total = np.zeros(np.broadcast(zenith, azimuth).shape, dtype=complex)
    for n in range(panel.rows):
        for m in range(panel.columns):
            phase = n * panel.d_v * np.cos(zenith) + m * panel.d_h * np.sin(zenith) * np.sin(azimuth)
            weight = n * panel.d_v * math.sin(panel.downtilt_rad)
            weight -= m * panel.d_h * math.cos(panel.downtilt_rad) * math.sin(panel.scan_rad)
            total += np.exp(2j * math.pi * (phase + weight)) / math.sqrt(panel.rows * panel.columns)
    return np.asarray(panel.element.gain_dbi(zenith, azimuth) + 20.0 * np.log10(np.maximum(np.abs(total), 1e-15)))


@settings(deadline=None, max_examples=30)
@given(STEER, STEER, st.integers(1, 9), st.integers(1, 9), st.floats(0.3, 1.0))
def test_panel_in_closed_form_is_the_double_sum_over_its_elements(
    tilt: float, scan: float, rows: int, columns: int, spacing: float
) -> None:
    panel = Panel(element("tr38901"), rows, columns, d_v=spacing, downtilt_rad=tilt, scan_rad=scan)
    rng = np.random.default_rng(7)
    zenith, azimuth = rng.uniform(0, math.pi, 200), rng.uniform(-math.pi, math.pi, 200)
    expected, got = _double_sum(panel, zenith, azimuth), panel.gain_dbi(zenith, azimuth)
    seen = expected > -60.0
    np.testing.assert_allclose(got[seen], expected[seen], atol=1e-4)
    assert np.all(got[~seen] < -55.0)


@given(STEER, STEER)
def test_steered_panel_has_its_peak_where_it_is_steered(tilt: float, scan: float) -> None:
    panel = Panel(Isotropic(), 8, 8).steered(tilt, scan)
    towards = float(panel.gain_dbi(HALF + tilt, scan))
    assert towards == pytest.approx(10 * math.log10(64), abs=1e-6)
    assert panel.peak_dbi == pytest.approx(towards, abs=1e-6)
    rng = np.random.default_rng(1)
    assert np.all(panel.gain_dbi(rng.uniform(0, math.pi, 500), rng.uniform(-math.pi, math.pi, 500)) <= towards + 1e-9)


def test_panel_of_one_element_is_that_element() -> None:
    zenith, azimuth = np.linspace(0, math.pi, 19)[:, None], np.linspace(-math.pi, math.pi, 37)
    one = Panel(element("tr38901"), 1, 1)
    np.testing.assert_allclose(one.gain_dbi(zenith, azimuth), element("tr38901").gain_dbi(zenith, azimuth))


def test_panels_joined_without_a_seam_are_one_larger_panel() -> None:
    rng = np.random.default_rng(2)
    zenith, azimuth = rng.uniform(0, math.pi, 300), rng.uniform(-math.pi, math.pi, 300)
    split = Panel(element("tr38901"), 4, 8, panel_rows=2, panel_columns=2, downtilt_rad=0.1)
    whole = Panel(element("tr38901"), 8, 16, downtilt_rad=0.1)
    assert split.count == whole.count == 128
    seen = whole.gain_dbi(zenith, azimuth) > -60
    np.testing.assert_allclose(split.gain_dbi(zenith, azimuth)[seen], whole.gain_dbi(zenith, azimuth)[seen], atol=1e-6)


def test_column_of_ten_elements_has_its_first_null_where_the_series_cancels() -> None:
    column = tr38901_panel()
    null = math.acos(1.0 / (10 * 0.5))
    assert column.peak_dbi == pytest.approx(18.0)
    assert float(column.gain_dbi(null, 0.0)) < -200.0
    assert float(column.gain_dbi(HALF, 0.0)) == pytest.approx(18.0)
    assert NULL_DB < -200.0


def test_power_of_panels_is_told_and_near_the_power_fed() -> None:
    """M.2101 does not normalise: measured here, so that a change is seen. Grid of one degree by one."""
    told = {
        "isotropic 4 x 4": (Panel(Isotropic(), 4, 4), -1.46),
        "column of 10 at 12 degrees": (tr38901_panel(downtilt_rad=math.radians(12)), 0.27),
        "8 x 8": (Panel(element("tr38901"), 8, 8), 2.62),
    }
    for name, (panel, expected) in told.items():
        got = 10 * math.log10(radiated_ratio(panel, zeniths=180, azimuths=360))
        assert got == pytest.approx(expected, abs=0.03), name


def test_panel_of_no_rows_of_touching_panels_or_steered_behind_is_refused() -> None:
    Panel(Isotropic(), 1024, 1)
    with pytest.raises(OutOfRange, match="rows"):
        Panel(Isotropic(), 0, 1)
    with pytest.raises(OutOfRange, match="1 to 1024"):
        Panel(Isotropic(), 1025, 1)
    with pytest.raises(OutOfRange, match="d_v"):
        Panel(Isotropic(), 2, 2, d_v=0.0)
    with pytest.raises(OutOfRange, match="scan_rad"):
        Panel(Isotropic(), 2, 2, scan_rad=1.6)
    with pytest.raises(BadInput, match="overlap"):
        Panel(Isotropic(), 4, 4, panel_rows=2, d_gv=1.0)
    with pytest.raises(BadInput, match="overlap"):
        Panel(Isotropic(), 4, 4, panel_columns=2, d_gh=1.0)
