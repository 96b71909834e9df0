"""Distances to medical devices and the gaps of their test."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from setsail.base.errors import OutOfRange, UnknownName
from setsail.radio.emc import band_parts, covered_share, environments, gaps_mhz, general_level, separation, separation_m
from setsail.radio.emc import spot_at as spot
from setsail.standards.radio import bands, immunity_spots


@pytest.mark.parametrize(
    ("power_w", "level", "distance"),
    [
        (0.2, 28, 0.096),
        (0.2, 10, 0.268),
        (0.2, 3, 0.894),
        (0.25, 28, 0.107),
        (0.25, 3, 1.0),
        (1.0, 28, 0.214),
        (1.0, 3, 2.0),
    ],
)
def test_distance_is_six_roots_of_power_over_level(power_w: float, level: float, distance: float) -> None:
    assert separation_m(power_w, level) == pytest.approx(distance, abs=6e-4)


@pytest.mark.parametrize(
    ("mhz", "level"),
    [(379.9, None), (380, 27), (390, 27), (390.1, None), (450, 28), (704, 9), (787, 9), (787.1, None), (800, 28),
     (960, 28), (1700, 28), (1990, 28), (1990.1, None), (2100, None), (2400, 28), (2570, 28), (2570.1, None),
     (3500, None), (4900, None), (5100, 9), (5800, 9), (5800.1, None), (26000, None)],
)  # fmt: skip
def test_spot_test_holds_inside_its_bands_and_nowhere_else(mhz: float, level: float | None) -> None:
    row = spot(mhz * 1e6)
    assert (row.level_v_per_m if row else None) == level


def test_a_frequency_without_a_test_has_no_distance_but_one_that_a_maker_declares() -> None:
    got = separation(0.2, 3.5e9)
    assert not got.covered
    assert (got.spot_m, got.general_m, got.declared_m, got.stated_minimum_m) == (None, None, None, None)
    assert separation(0.2, 3.5e9, declared_v_per_m=10).declared_m == pytest.approx(0.268, abs=1e-3)


def test_the_general_test_is_shown_apart_and_covers_nothing_close_by() -> None:
    got = separation(0.2, 2.1e9)
    assert not got.covered
    assert got.spot_m is None
    assert got.general_m == pytest.approx(0.894, abs=1e-3)
    home = separation(0.2, 2.1e9, environment="home")
    assert home.general_m == pytest.approx(0.268, abs=1e-3)


@pytest.mark.parametrize(("mhz", "there"), [(79.9, False), (80, True), (2700, True), (2700.1, False)])
def test_general_level_runs_from_80_to_2700_mhz(mhz: float, there: bool) -> None:
    for name, level in (("professional", 3.0), ("home", 10.0)):
        got = general_level(mhz * 1e6, name)
        assert (got is not None) == there
        assert got is None or got.level_v_per_m == level
    assert environments() == ("professional", "home")


def test_band_n41_is_covered_up_to_2570_mhz() -> None:
    parts = band_parts("n41", "ul")
    assert [(p.low_hz, p.high_hz, p.spot is not None) for p in parts] == [
        (2496e6, 2570e6, True),
        (2570e6, 2690e6, False),
    ]
    assert covered_share("n41", "ul") == pytest.approx(74 / 194)
    assert gaps_mhz("n41", "dl") == "2570-2690"


@pytest.mark.parametrize("name", ["n78", "n79", "n77", "n258"])
def test_the_mid_bands_of_5g_are_not_covered_at_all(name: str) -> None:
    assert covered_share(name, "ul") == 0.0
    assert gaps_mhz(name, "ul") != ""


@pytest.mark.parametrize("name", list(bands()))
def test_parts_tile_a_band_without_overlap(name: str) -> None:
    for direction, edges in (("ul", bands()[name].ul_hz), ("dl", bands()[name].dl_hz)):
        parts = band_parts(name, direction)  # type: ignore[arg-type]
        if edges is None:
            assert parts == []
            assert covered_share(name, direction) is None  # type: ignore[arg-type]
            continue
        assert (parts[0].low_hz, parts[-1].high_hz) == edges
        assert all(a.high_hz == b.low_hz for a, b in pairwise(parts))
        overlap = sum(max(0.0, min(edges[1], s.high_hz) - max(edges[0], s.low_hz)) for s in immunity_spots())
        assert covered_share(name, direction) == pytest.approx(overlap / (edges[1] - edges[0]))  # type: ignore[arg-type]


@pytest.mark.parametrize(("power_w", "hz"), [(0.0, 1e9), (-1.0, 1e9), (math.nan, 1e9), (1.0, 0.0), (1.0, math.nan)])
def test_power_or_frequency_that_cannot_be_is_refused(power_w: float, hz: float) -> None:
    with pytest.raises(OutOfRange):
        separation(power_w, hz)


def test_unknown_environment_or_band_is_refused() -> None:
    with pytest.raises(UnknownName, match="environment"):
        separation(0.2, 1e9, environment="ship")
    with pytest.raises(UnknownName, match="band"):
        band_parts("n300", "ul")
    with pytest.raises(OutOfRange, match="level"):
        separation(0.2, 1e9, declared_v_per_m=0.0)
