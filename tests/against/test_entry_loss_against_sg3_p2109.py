"""Building entry loss against the workbook of ITU-R Study Group 3 ("Clutter and BEL"), as printed in the validation of
OFCOM's code for P.2109; three decimals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.radio.pathloss import p2109

PERCENT = [1e-5, 1e-3, 0.1, 1.0, 5.011872, 10.0, 25.11886, 50.11872, 75.85776, 91.20108, 97.72372, 99.77001]
WORKBOOK = {  # kind, GHz, degrees: dB at PERCENT
    ("traditional", 28.0, 0.0): (
        -0.275, 0.491, 1.671, 2.769, 4.801, 6.891, 12.423, 20.218, 28.827, 36.947, 45.021, 55.440,
    ),
    ("thermally-efficient", 28.0, 0.0): (
        -2.117, -0.244, 4.774, 9.369, 15.059, 19.484, 29.326, 41.732, 54.949, 67.320, 79.602, 95.448,
    ),
    ("traditional", 2.0, 45.0): (
        -2.484, -1.841, 0.281, 3.508, 8.196, 11.251, 16.923, 23.556, 30.595, 37.211, 43.796, 52.300,
    ),
    ("thermally-efficient", 2.0, 45.0): (
        -2.882, -2.260, 2.135, 8.605, 16.113, 20.566, 28.613, 37.995, 48.013, 57.471, 66.905, 79.101,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WORKBOOK)
def test_entry_loss_is_that_of_the_study_group(case: tuple[str, float, float]) -> None:
    kind, ghz, degrees = case
    got = p2109.entry_loss_db(kind, ghz * 1e9, np.array(PERCENT) / 100, math.radians(degrees))
    np.testing.assert_allclose(got, WORKBOOK[case], atol=0.001)
