from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.coverage.rates import (
    LEVEL_OF_ZERO,
    SpectralEfficiency,
    attenuated_shannon,
    downlink_table,
    uplink_table,
)
from tests.radio.coverage.samples import SMALL, one_carrier


def test_the_default_mapping_is_the_attenuated_and_truncated_shannon_bound() -> None:
    found = attenuated_shannon("dl")
    assert found.at(np.array([-10.01, 0.0, 22.1, 60.0])).tolist() == pytest.approx([0.0, 0.6, 4.4, 4.4], abs=2e-3)
    assert found.source == "tr36942 Annex A.1 Table A.2 (unverified)"
    assert attenuated_shannon("ul").source.endswith("(unverified)")


def test_the_downlink_rate_is_bandwidth_times_efficiency_times_share_and_layers() -> None:
    _, carrier = one_carrier(SMALL)
    flat = SpectralEfficiency(np.array([0.0, 10.0]), np.array([1.0, 1.0]), "test")
    table = downlink_table(carrier, SMALL, flat)
    width = carrier.resource_blocks * 12 * 30e3
    assert table[LEVEL_OF_ZERO] == round(width * 0.75 / 1e5)
    assert table[LEVEL_OF_ZERO - 1] == 0


def test_the_uplink_falls_with_coupling_loss_and_keeps_to_the_power_of_the_ue() -> None:
    _, carrier = one_carrier(SMALL)
    table = uplink_table(carrier, SMALL, attenuated_shannon("ul"))
    assert np.all(np.diff(table.astype(int)) <= 0)
    far = 145.0
    noise = -174 + 10 * np.log10(12 * 30e3) + SMALL.ul_noise_figure_db + SMALL.ul_noise_rise_db
    one_block = 0.4 * np.log2(1 + 10 ** ((23 - far - noise) / 10)) * 12 * 30e3 * SMALL.ul_ratio
    assert table[LEVEL_OF_ZERO + int(far * 100)] * 1e5 >= one_block - 5e4
    assert table[LEVEL_OF_ZERO + 17_000] == 0


def test_rates_beyond_what_a_raster_holds_are_refused() -> None:
    _, carrier = one_carrier(SMALL)
    with pytest.raises(OutOfRange, match=r"reach 73\.7 Gbit/s.*up to 6\.5534"):
        downlink_table(carrier, SMALL, SpectralEfficiency(np.array([0.0, 1.0]), np.array([1.0, 1000.0]), "test"))


@pytest.mark.parametrize(
    ("x", "y"), [([0, 0], [1, 2]), ([0, 1], [2, 1]), ([0, 1], [-1, 1]), ([0.0], [1.0]), ([0, 1], [1])]
)
def test_a_table_that_does_not_rise_is_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(BadInput, match="spectral efficiency"):
        SpectralEfficiency(np.array(x, dtype=float), np.array(y, dtype=float), "test")
