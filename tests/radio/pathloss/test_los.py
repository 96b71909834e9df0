"""Probability of line of sight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.pathloss.los import Clutter, los_probability
from setsail.radio.pathloss.scenarios import Scenario

NAMES: tuple[Scenario, ...] = (
    "rma", "uma", "umi", "inh-open", "inh-mixed", "inf-sl", "inf-dl", "inf-sh", "inf-dh", "inf-hh",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_probability_lies_in_its_range_and_does_not_rise(name: Scenario) -> None:
    p = los_probability(name, np.linspace(0, 3000, 3001)).probability
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert p[0] == 1.0
    rounded = 0.003 if name == "inh-open" else 1e-12  # its factor 0.54 is 0.003 above the piece before it, as written
    assert np.all(np.diff(p) <= rounded)


def test_high_ut_of_uma_sees_more_and_never_more_than_certain() -> None:
    d = np.linspace(0, 2000, 2001)
    low, high = (los_probability("uma", d, h_ut_m=h).probability for h in (13.0, 23.0))
    assert np.all(high >= low)
    assert np.all(high <= 1.0)
    with pytest.raises(OutOfRange, match="h_ut_m"):
        los_probability("uma", 100.0, h_ut_m=23.1)


@pytest.mark.parametrize(("name", "edges"), [("inh-open", (5.0, 49.0)), ("inh-mixed", (1.2, 6.5)), ("umi", (18.0,))])
def test_pieces_of_the_probability_meet(name: Scenario, edges: tuple[float, ...]) -> None:
    for edge in edges:
        a, b = los_probability(name, [np.nextafter(edge, 0), np.nextafter(edge, 99)]).probability
        assert a == pytest.approx(b, abs=0.005)  # the rounded factors 0.54 and 0.32 leave a step


def test_factory_probability_follows_clutter() -> None:
    low = los_probability("inf-sl", 30.0, clutter=Clutter(0.2, 10.0, 2.0))
    assert low.probability[0] == pytest.approx(math.exp(30.0 * math.log(0.8) / 10.0))
    assert low.notes == ()
    high = los_probability("inf-sh", 30.0, h_bs_m=8.0, h_ut_m=1.5, clutter=Clutter(0.2, 10.0, 2.0))
    assert high.probability[0] == pytest.approx(math.exp(30.0 * math.log(0.8) / 10.0 * 0.5 / 6.5))


def test_default_clutter_is_told_as_an_assumption() -> None:
    notes = los_probability("inf-dh", 10.0).notes
    assert any("clutter_density 0.6" in n and "assumption" in n for n in notes)


@pytest.mark.parametrize("height", [1.5, 8.0, 9.0])
def test_clutter_that_does_not_lie_between_the_antennas_is_refused(height: float) -> None:
    with pytest.raises(OutOfRange, match="clutter_height_m"):
        los_probability("inf-dh", 10.0, h_bs_m=8.0, h_ut_m=1.5, clutter=Clutter(0.6, 2.0, height))


@pytest.mark.parametrize("density", [0.0, 1.0, math.nan])
def test_clutter_density_is_a_share(density: float) -> None:
    with pytest.raises(OutOfRange, match="clutter_density"):
        Clutter(density, 2.0, 6.0)


def test_office_without_its_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="inh-open, inh-mixed"):
        los_probability("inh", 10.0)
