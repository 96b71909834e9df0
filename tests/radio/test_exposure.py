"""Exposure: limits, distances, shares, sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.exposure import (
    Emitter,
    beam_share,
    compliance_distance_m,
    density_w_per_m2,
    distance_by_field_m,
    exposure_ratio,
    field_v_per_m,
    reference,
    standards,
)


@pytest.mark.parametrize(
    ("standard", "mhz", "density", "field"),
    [
        ("gb8702", 30, 0.4, 12.0), ("gb8702", 2600, 0.4, 12.0), ("gb8702", 3000, 0.4, 12.0),
        ("gb8702", 3500, 3500 / 7500, 0.22 * math.sqrt(3500)), ("gb8702", 4900, 4900 / 7500, 0.22 * math.sqrt(4900)),
        ("gb8702", 26000, 2.0, 27.0), ("icnirp2020", 900, 4.5, 1.375 * 30), ("icnirp2020", 3500, 10.0, None),
        ("icnirp2020-local", 3500, 40.0, None), ("icnirp2020-local", 900, 0.058 * 900**0.86, 4.72 * 900**0.43),
        ("icnirp2020-local", 26000, 55 / 26**0.177, None),
    ],
)  # fmt: skip
def test_limit_is_that_of_the_table(standard: str, mhz: float, density: float, field: float | None) -> None:
    got = reference(standard, mhz * 1e6)
    assert got.density_w_per_m2 == pytest.approx(density)
    assert got.field_v_per_m == (None if field is None else pytest.approx(field))


@pytest.mark.parametrize(
    ("standard", "edge_hz"), [("gb8702", 3e9), ("gb8702", 15e9), ("icnirp2020", 2e9), ("icnirp2020", 4e8)]
)
def test_density_limit_runs_on_across_the_edges_of_its_rows(standard: str, edge_hz: float) -> None:
    below, above = (reference(standard, edge_hz * f).density_w_per_m2 for f in (1 - 1e-9, 1 + 1e-9))
    assert below == pytest.approx(above, rel=1e-6)


def test_limits_that_were_not_checked_say_so() -> None:
    assert reference("gb8702", 3.5e9).verified
    assert reference("gb8702", 3.5e9, "project").verified
    assert not reference("gb8702", 3.5e9, "large-project").verified
    assert not reference("icnirp2020", 3.5e9).verified
    assert reference("icnirp2020-local", 3.5e9).verified


def test_a_project_may_use_a_fifth_of_the_power() -> None:
    whole, project = reference("gb8702", 1e9), reference("gb8702", 1e9, "project")
    assert (whole.density_w_per_m2, project.density_w_per_m2) == pytest.approx((0.4, 0.08))
    assert project.field_v_per_m == pytest.approx(12 / math.sqrt(5))  # 5.4 V/m
    with pytest.raises(BadInput, match="GB 8702 only"):
        reference("icnirp2020", 1e9, "project")


def test_frequency_or_name_without_a_limit_is_refused() -> None:
    for standard in standards():
        for hz in (29e6, 301e9, math.nan):
            with pytest.raises(OutOfRange, match="frequency"):
                reference(standard, hz)
    with pytest.raises(UnknownName, match="standard"):
        reference("none", 1e9)
    with pytest.raises(UnknownName, match="share"):
        reference("gb8702", 1e9, "half")


@pytest.mark.parametrize(
    ("eirp", "standard", "share", "distance"),
    [(30, "gb8702", "whole", 0.41), (30, "gb8702", "project", 0.92), (73, "gb8702", "whole", 58.3),
     (73, "gb8702", "project", 130.4), (73, "icnirp2020", "whole", 12.6)],
)  # fmt: skip
def test_compliance_distance_at_3500_mhz_is_that_by_hand(
    eirp: float, standard: str, share: str, distance: float
) -> None:
    """sqrt(EIRP / (4 pi S)): 73 dBm is 19.95 kW; 0.4667 W/m2 gives 58.3 m."""
    limit = reference(standard, 3.5e9, share)
    assert compliance_distance_m(Emitter(eirp, 3.5e9), limit) == pytest.approx(distance, rel=0.01)


@given(st.floats(0, 90), st.floats(0.05, 1), st.floats(0.05, 1), st.sampled_from([0.9e9, 3.5e9, 26e9]))
def test_the_limit_holds_exactly_at_the_compliance_distance(eirp: float, duty: float, load: float, hz: float) -> None:
    emitter, limit = Emitter(eirp, hz, duty=duty, load=load), reference("gb8702", hz)
    away = compliance_distance_m(emitter, limit)
    assert density_w_per_m2(emitter, away) == pytest.approx(limit.density_w_per_m2)
    assert exposure_ratio([emitter], [away])[0] == pytest.approx(1.0)
    by_field = distance_by_field_m(emitter, limit)
    assert by_field is not None
    assert field_v_per_m(density_w_per_m2(emitter, by_field)) == pytest.approx(limit.field_v_per_m)
    assert by_field == pytest.approx(away, rel=0.04)  # 377 ohm x 0.4 W/m2 is 12.3 V/m, the table says 12


def test_distance_grows_with_the_root_of_mean_power() -> None:
    limit = reference("gb8702", 3.5e9)
    base = compliance_distance_m(Emitter(60, 3.5e9), limit)
    half = Emitter(60, 3.5e9, duty=0.5, load=0.5)
    assert compliance_distance_m(half, limit) == pytest.approx(base / 2)
    assert compliance_distance_m(Emitter(60, 3.5e9, reflection=4.0), limit) == pytest.approx(2 * base)
    assert compliance_distance_m(Emitter(60, 3.5e9, beam=0.25), limit) == pytest.approx(base / 2)


def test_field_of_a_plane_wave_is_the_root_of_377_ohm_times_density() -> None:
    assert field_v_per_m(1.0) == pytest.approx(19.41, abs=0.01)
    kilowatt = Emitter(60, 1e9)
    assert field_v_per_m(density_w_per_m2(kilowatt, 10.0)) == pytest.approx(math.sqrt(30 * 1000) / 10, rel=1e-3)


def test_several_emitters_add_as_shares_of_their_own_limits() -> None:
    low, high = Emitter(50, 0.9e9), Emitter(60, 26e9)
    apart = [exposure_ratio([one], [d])[0] for one, d in ((low, 10.0), (high, 20.0))]
    both = exposure_ratio([low, high], [[10.0, 20.0], [1e3, 1e3]])
    assert both[0] == pytest.approx(sum(apart))
    assert both[1] < 1e-2
    with pytest.raises(BadInput, match="2 emitters"):
        exposure_ratio([low, high], [10.0])


@given(st.integers(1, 64), st.integers(1, 200), st.floats(50, 99.9))
def test_beam_share_is_the_binomial_percentile(beams: int, sessions: int, percentile: float) -> None:
    got = beam_share(beams, sessions, percentile)
    assert 1 / sessions <= got <= 1
    assert got == pytest.approx(
        max(binom.ppf(percentile / 100, sessions, 1 / beams), 1) / sessions, abs=1.01 / sessions
    )
    assert binom.cdf(round(got * sessions), sessions, 1 / beams) >= percentile / 100 - 1e-9


def test_one_beam_takes_all_and_many_take_their_part() -> None:
    assert beam_share(1, 36) == 1.0
    assert beam_share(8, 36) == pytest.approx(8 / 36)
    assert beam_share(8, 10_000) == pytest.approx(1 / 8, rel=0.06)


@pytest.mark.parametrize(
    "change",
    [{"eirp_dbm": math.nan}, {"eirp_dbm": 130.0}, {"duty": 0.0}, {"duty": 1.1}, {"load": -0.1}, {"beam": 0.0},
     {"reflection": 0.5}, {"reflection": 5.0}, {"fc_hz": 0.0}, {"antenna_m": 0.0}],
    ids=str,
)  # fmt: skip
def test_an_emitter_outside_its_limits_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(OutOfRange):
        Emitter(**{"eirp_dbm": 60.0, "fc_hz": 1e9, **change})
    for distance in (0.0, -1.0, math.nan):
        with pytest.raises(OutOfRange, match="distance"):
            density_w_per_m2(Emitter(60, 1e9), distance)


def test_far_field_begins_at_twice_the_square_of_the_antenna_over_the_wavelength() -> None:
    assert Emitter(60, 3.5e9, antenna_m=0.8).far_field_m == pytest.approx(14.94, abs=0.01)
    assert Emitter(60, 3.5e9).far_field_m is None


def test_density_keeps_the_shape_of_the_distances() -> None:
    assert density_w_per_m2(Emitter(60, 1e9), np.ones((2, 3))).shape == (2, 3)
