"""The preset of a release-15 mid-band network against measured delays of two private networks.

Source: DETERMINISTIC6G project, deterministic6g_data, PD-Wireless-5G-2a (fitted) and -4a (check), one way, 100 000
packets each.
"""

from __future__ import annotations

import pytest
from tools.fit_latency_preset import CARRIER_HZ, CHECK_HZ, CHECKED_ON, FITTED_ON, NAME, fitted, measured, told

from setsail.service.latency.presets import preset
from tests.oracles import oracle

CSV = "latency/measured_one_way_ms.csv"
CHECK = {"dl": (1.18, -0.03), "ul": (0.28, 0.72)}
"""Errors of the check as docs/explain/service-latency.md tells them: nothing was tuned on it."""


def test_shipped_values_are_those_that_the_fit_gives() -> None:
    found = fitted(oracle(CSV))
    assert [(t.term, t.direction, t.value) for t in found.terms] == [
        (t.term, t.direction, t.value) for t in preset(NAME).terms
    ]


@pytest.mark.parametrize("direction", ["dl", "ul"])
def test_mid_band_preset_meets_the_measured_network(direction: str) -> None:
    error = told(preset(NAME), measured(oracle(CSV), FITTED_ON), CARRIER_HZ)[direction]
    assert abs(error.mean_ratio) <= 0.15
    assert abs(error.p99_9_ratio) <= 0.25


@pytest.mark.parametrize("direction", ["dl", "ul"])
def test_error_on_the_network_not_fitted_is_the_one_told(direction: str) -> None:
    error = told(preset("rel15-mmwave"), measured(oracle(CSV), CHECKED_ON), CHECK_HZ)[direction]
    assert (error.mean_ratio, error.p99_9_ratio) == pytest.approx(CHECK[direction], abs=0.01)


def test_check_has_the_terms_of_the_fit() -> None:
    assert preset("rel15-mmwave").terms == preset(NAME).terms
