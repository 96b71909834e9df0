"""Mean path loss against CRRM 2.0.2 (MIT licence), values computed with it for random links; it is written apart from
the ns-3 code and covers heights and frequencies that the ns-3 values do not."""

from __future__ import annotations

import pytest

from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss

LINKS = [  # scenario, condition, Hz, base station m, UE m, ground distance m, dB
    ("uma", "los", 4.9e9, 25, 2.115, 107.464, 86.703586),
    ("uma", "los", 2.6e10, 25, 12.891, 568.686, 116.908828),
    ("uma", "los", 4.9e9, 25, 11.124, 113.650, 87.097138),
    ("uma", "nlos", 4.9e9, 25, 4.479, 65.656, 97.366576),
    ("uma", "nlos", 2.6e10, 25, 3.579, 48.186, 107.890991),
    ("uma", "nlos", 2.6e10, 25, 12.861, 2597.259, 168.462309),
    ("umi", "los", 4.9e9, 10, 5.536, 168.493, 92.965340),
    ("umi", "los", 4.9e9, 10, 2.142, 16.851, 72.860323),
    ("umi", "los", 7e8, 10, 3.506, 88.416, 70.203643),
    ("umi", "nlos", 2.6e10, 10, 9.19, 1329.645, 160.499806),
    ("umi", "nlos", 7e8, 10, 9.31, 2152.310, 134.409129),
    ("umi", "nlos", 2.6e10, 10, 2.038, 32.354, 106.128690),
    ("rma", "los", 3.5e9, 95.343, 5.351, 127.085, 87.734602),
    ("rma", "los", 2.6e10, 81.827, 8.425, 10.793, 98.444936),
    ("rma", "los", 2.6e10, 114.144, 6.892, 154.353, 106.871026),
    ("rma", "nlos", 7e8, 70.245, 7.72, 455.234, 88.955760),
    ("rma", "nlos", 3.5e9, 97.185, 3.622, 282.236, 96.360738),
    ("rma", "nlos", 7e8, 133.429, 4.376, 57.900, 72.880163),
    ("inh", "los", 4.9e9, 3, 1.138, 70.635, 78.194576),
    ("inh", "los", 4.9e9, 3, 1.722, 82.913, 79.396985),
    ("inh", "los", 4.9e9, 3, 1.288, 60.796, 77.067937),
    ("inh", "nlos", 4.9e9, 3, 1.106, 138.320, 116.483336),
    ("inh", "nlos", 4.9e9, 3, 1.665, 38.849, 95.368946),
    ("inh", "nlos", 4.9e9, 3, 1.112, 37.871, 94.955676),
]


@pytest.mark.parametrize("case", LINKS)
def test_path_loss_is_that_of_crrm(case: tuple[str, str, float, float, float, float, float]) -> None:
    scenario, condition, fc_hz, h_bs, h_ut, distance, expected = case
    got = path_loss(link(scenario, condition, fc_hz, h_bs_m=h_bs, h_ut_m=h_ut), distance)
    assert got.loss_db[0] == pytest.approx(expected, abs=1e-5)
