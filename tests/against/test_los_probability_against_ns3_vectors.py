"""Probability of line of sight at the positions of the ns-3 project's own test of its channel condition models, which
counts 500 000 draws; the numbers are its expected values, six decimals."""

from __future__ import annotations

import pytest

from setsail.radio.pathloss.los import los_probability
from setsail.radio.pathloss.scenarios import scenario

VECTORS = [  # scenario, distance on the ground, UE height, probability
    ("rma", 10.0, 1.5, 1.0),
    ("rma", 100.0, 1.5, 0.913931),
    ("rma", 1000.0, 1.5, 0.371577),
    ("uma", 18.0, 1.5, 1.0),
    ("uma", 50.0, 1.5, 0.649402),
    ("uma", 50.0, 15.0, 0.655905),
    ("uma", 100.0, 1.5, 0.347671),
    ("uma", 100.0, 15.0, 0.367628),
    ("umi", 18.0, 1.5, 1.0),
    ("umi", 50.0, 1.5, 0.519585),
    ("umi", 100.0, 15.0, 0.230985),
    ("inh-mixed", 1.2, 1.5, 1.0),
    ("inh-mixed", 5.0, 1.5, 0.445521),
    ("inh-mixed", 10.0, 1.5, 0.287424),
    ("inh-open", 5.0, 1.5, 1.0),
    ("inh-open", 30.0, 1.5, 0.702502),
    ("inh-open", 100.0, 1.5, 0.424394),
]


@pytest.mark.parametrize(("name", "distance", "height", "expected"), VECTORS)
def test_probability_is_that_of_the_vectors(name: str, distance: float, height: float, expected: float) -> None:
    got = los_probability(scenario(name), distance, h_ut_m=height).probability[0]
    assert got == pytest.approx(expected, abs=1e-6)
