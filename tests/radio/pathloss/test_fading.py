"""Shadowing fields: mean, spread and correlation as asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.radio.pathloss import fading
from setsail.radio.pathloss.scenarios import link


@pytest.fixture(scope="module")
def fields() -> F64:
    rng = np.random.default_rng(38901)
    return np.stack([fading.raster((160, 200), 10.0, 50.0, rng) for _ in range(60)])


def test_raster_has_mean_zero_and_variance_one(fields: F64) -> None:
    means = fields.mean(axis=(1, 2))
    assert abs(means.mean()) < 4 * means.std() / math.sqrt(len(means))
    assert fields.std() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("lag", [1, 3, 5, 10, 15])
def test_raster_is_correlated_as_an_exponential_in_every_direction(fields: F64, lag: int) -> None:
    along = (fields[:, :, :-lag] * fields[:, :, lag:]).mean()
    down = (fields[:, :-lag] * fields[:, lag:]).mean()
    across = (fields[:, :-lag, :-lag] * fields[:, lag:, lag:]).mean()
    assert along == pytest.approx(math.exp(-lag * 10 / 50), abs=0.02)
    assert down == pytest.approx(math.exp(-lag * 10 / 50), abs=0.02)
    assert across == pytest.approx(math.exp(-lag * 10 * math.sqrt(2) / 50), abs=0.02)


def test_periodic_raster_continues_into_itself() -> None:
    rng = np.random.default_rng(7)
    fields = np.stack([fading.raster((128, 128), 10.0, 50.0, rng, periodic=True) for _ in range(60)])
    over_edge = (fields[:, :, 0] * fields[:, :, -1]).mean()
    assert over_edge == pytest.approx(math.exp(-10 / 50), abs=0.03)
    with pytest.raises(BadInput, match="periodic"):
        fading.raster((32, 128), 10.0, 50.0, rng, periodic=True)


def test_line_is_exact_at_uneven_steps() -> None:
    rng = np.random.default_rng(3)
    steps = np.array([0.0, 5.0, 7.0, 60.0, 60.0, 200.0])
    runs = np.stack([fading.along_line(steps, 37.0, rng) for _ in range(40_000)])
    found = runs.T @ runs / len(runs)
    expected = np.exp(-np.abs(steps[:, None] - steps[None, :]) / 37.0)
    np.testing.assert_allclose(found, expected, atol=0.03)
    np.testing.assert_array_equal(runs[:, 3], runs[:, 4])  # the same place, the same shadow
    assert abs(runs.mean()) < 0.01


def test_shadowing_takes_the_spread_of_its_link() -> None:
    nlos = link("uma", "nlos", 3.5e9)
    unit = np.random.default_rng(5).standard_normal(50_000)
    db = fading.shadowing_db(nlos, np.full(unit.shape, 500.0), unit)
    assert db.std() == pytest.approx(6.0, abs=0.1)
    assert abs(db.mean()) < 0.15
    assert fading.link_raster(nlos, (10, 12), 10.0, np.random.default_rng(1)).shape == (10, 12)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_sites_share_a_part_of_their_shadowing(share: float) -> None:
    rng = np.random.default_rng(11)
    common, own = rng.standard_normal(60_000), rng.standard_normal((2, 60_000))
    a, b = fading.of_sites(common, own, share)
    assert np.mean(a * b) == pytest.approx(share, abs=0.03)
    assert np.std(a) == pytest.approx(1.0, abs=0.02)


def test_same_seed_gives_the_same_field() -> None:
    one, two = (fading.raster((20, 30), 5.0, 10.0, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_memory_beyond_the_limit_is_refused_with_the_number_needed() -> None:
    with pytest.raises(NotComputable, match=r"needs 16,\d+,\d+,\d+ bytes"):
        fading.raster((10_000, 10_000), 100.0, 50.0, np.random.default_rng(1))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_pixel_and_correlation_distance_are_above_zero(bad: float) -> None:
    with pytest.raises(OutOfRange):
        fading.raster((5, 5), bad, 10.0, np.random.default_rng(1))
    with pytest.raises(OutOfRange):
        fading.along_line([0.0, 1.0], bad, np.random.default_rng(1))


@pytest.mark.parametrize("bad", [[1.0, 0.5], [0.0, math.nan], [[0.0], [1.0]]])
def test_route_that_turns_back_or_has_no_number_is_refused(bad: list[float]) -> None:
    with pytest.raises(BadInput, match="positions_m"):
        fading.along_line(bad, 10.0, np.random.default_rng(1))


def test_empty_route_gives_nothing_and_empty_raster_is_refused() -> None:
    assert fading.along_line([], 10.0, np.random.default_rng(1)).size == 0
    with pytest.raises(BadInput, match="shape"):
        fading.raster((0, 5), 10.0, 10.0, np.random.default_rng(1))
