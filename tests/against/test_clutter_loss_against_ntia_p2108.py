"""Clutter loss against the US reference software of ITU-R P.2108-1 (NTIA/ITS, proplib-p2108 1.1.0, values computed
with it) and the workbook of ITU-R Study Group 3 ("Clutter and BEL"), as printed in the validation of OFCOM's code."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.radio.pathloss import p2108

NTIA_TERRESTRIAL = [  # GHz, km, per cent, dB
    (9.435222, 22.972295, 11.868287, 28.117983),
    (22.294757, 23.535336, 42.938193, 32.273181),
    (15.094701, 22.955031, 16.01488, 28.98058),
    (62.552734, 0.933173, 62.563473, 34.119812),
    (35.32683, 1.832911, 70.251038, 35.119235),
    (27.874263, 0.608054, 53.271439, 31.462177),
    (22.818076, 19.784311, 74.25001, 35.59852),
    (13.60546, 1.239261, 34.135506, 31.121628),
    (22.354633, 2.096575, 12.910811, 28.447403),
    (27.296528, 1.721239, 69.733491, 35.055643),
]
NTIA_HEIGHT_GAIN = [  # GHz, antenna m, street m, clutter m, kind, dB
    (0.728354, 24.922209, 33.8495, 20.175298, "suburban", 0.0),
    (1.293592, 10.439184, 48.383389, 23.415167, "suburban", 21.499141),
    (0.321124, 6.563428, 21.790989, 18.048832, "dense-urban", 17.610004),
    (0.790488, 19.85377, 33.656247, 18.70602, "open", 0.0),
    (1.809716, 4.290124, 44.92542, 10.531943, "suburban", 17.022368),
    (2.838058, 4.499167, 40.991332, 16.111951, "suburban", 24.666396),
    (2.018287, 9.040766, 39.029257, 11.519169, "urban", 10.540337),
    (1.342285, 0.645487, 23.059146, 9.116878, "dense-urban", 21.090266),
    (0.951548, 8.204826, 23.205665, 11.324593, "forest", 11.393667),
]
NTIA_SKY = [  # GHz, degrees, per cent, dB
    (93.209927, 89.454431, 89.733384, 0.764445),
    (36.850524, 73.515209, 74.774506, 0.873687),
    (76.782246, 68.575691, 44.660641, 0.490889),
    (79.089558, 48.410338, 13.803101, 0.452967),
    (65.130026, 61.248246, 36.812389, 0.646687),
    (83.759849, 12.758959, 34.898272, 10.62829),
    (30.737167, 8.99058, 42.997183, 14.761648),
    (63.443361, 19.407676, 34.451457, 6.818387),
    (56.816516, 4.909114, 21.224412, 14.170944),
    (74.656234, 65.714267, 90.808221, 1.848832),
]
SG3_HEIGHT_GAIN = [  # kind, clutter m, dB at 1.5 GHz, antenna 2 m, street 27 m
    ("water", None, 16.0), ("water", 4.0, 6.9), ("open", None, 16.0), ("suburban", None, 20.45),
    ("suburban", 4.0, 9.24), ("urban", None, 24.5), ("dense-urban", None, 27.1), ("dense-urban", 4.0, 9.24),
]  # fmt: skip
SG3_TERRESTRIAL = {  # GHz: dB not exceeded at 5, 50, 95 and 99.9 % of locations, 0.65 km
    2.0: (19.2, 27.1, 34.6, 40.4), 3.0: (20.0, 28.3, 36.3, 42.1), 5.0: (20.8, 29.6, 38.3, 44.2),
    10.0: (21.7, 30.6, 39.5, 45.3), 26.0: (22.9, 31.4, 39.6, 45.4), 40.0: (23.4, 31.6, 39.6, 45.4),
    66.0: (23.9, 31.9, 39.6, 45.4),
}  # fmt: skip


@pytest.mark.parametrize(("ghz", "km", "percent", "expected"), NTIA_TERRESTRIAL)
def test_terrestrial_loss_is_that_of_the_reference_software(
    ghz: float, km: float, percent: float, expected: float
) -> None:
    got = float(p2108.terrestrial_db(ghz * 1e9, km * 1e3, percent / 100))
    assert got == pytest.approx(expected, abs=0.003)  # its inverse normal is a rational approximation


@pytest.mark.parametrize("case", NTIA_HEIGHT_GAIN)
def test_height_gain_is_that_of_the_reference_software(case: tuple[float, float, float, float, str, float]) -> None:
    ghz, antenna, street, height, kind, expected = case
    got = p2108.height_gain_db(kind, ghz * 1e9, antenna, clutter_m=height, street_width_m=street)
    assert got == pytest.approx(expected, abs=1e-4)  # inputs are printed with six decimals


@pytest.mark.parametrize(("ghz", "degrees", "percent", "expected"), NTIA_SKY)
def test_loss_towards_the_sky_is_that_of_the_reference_software(
    ghz: float, degrees: float, percent: float, expected: float
) -> None:
    got = float(p2108.sky_db(ghz * 1e9, math.radians(degrees), percent / 100))
    assert got == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(("kind", "height", "expected"), SG3_HEIGHT_GAIN)
def test_height_gain_is_that_of_the_study_group(kind: str, height: float | None, expected: float) -> None:
    assert p2108.height_gain_db(kind, 1.5e9, 2.0, clutter_m=height) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("ghz", SG3_TERRESTRIAL)
def test_terrestrial_loss_is_that_of_the_study_group(ghz: float) -> None:
    got = p2108.terrestrial_db(ghz * 1e9, 650.0, [0.05, 0.5, 0.95, 0.999])
    np.testing.assert_allclose(got, SG3_TERRESTRIAL[ghz], atol=0.0501)  # printed with one decimal
