"""Bounds of measured values: exact cases, and how often a false pass would happen."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter

from setsail.conformance.accept_intervals import (
    _hypergeometric,
    area_quantile,
    area_share,
    delivered,
    message_quantile,
    places_needed,
)
from setsail.conformance.accept_synthetic import losses
from setsail.service.proof.intervals import messages_needed

CONFIDENCE = 0.95
RUNS = 600
ALLOWED = 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)
"""Share of false passes at 95 % confidence, with three standard deviations of its estimate."""


@pytest.mark.parametrize(("places", "marked", "m"), [(20, 2, 5), (80, 5, 36), (80, 5, 80), (7, 0, 3)])
def test_hypergeometric_probabilities_are_those_of_scipy(places: int, marked: int, m: int) -> None:
    want = stats.hypergeom(places, marked, m).pmf(np.arange(m + 1))
    np.testing.assert_allclose(_hypergeometric(places, marked, m), want, atol=1e-12)


def test_needed_places_are_the_fewest_that_catch_a_low_one() -> None:
    def missed(places: int, m: int) -> float:
        lowest = math.floor(0.05 * places + 1e-9) + 1
        return float(stats.hypergeom(places, lowest, m).pmf(0))

    for places in (5, 20, 80, 400, 2000):
        need = places_needed(places, math.floor(0.05 * places + 1e-9) + 1, CONFIDENCE)
        assert missed(places, need) <= 0.05
        assert need == 0 or missed(places, need - 1) > 0.05
    assert places_needed(10**6, 50_001, CONFIDENCE) == 59  # 0.95^59 = 0.0485, the endless population


def test_every_place_measured_leaves_no_doubt() -> None:
    values = np.arange(40.0)
    found = area_quantile(values, 40, 0.05, CONFIDENCE)
    assert (found.low, found.value, found.high) == (2.0, 2.0, 2.0)  # 5 % of 40 places may be lower
    share = area_share(values >= 4, 40, CONFIDENCE)
    assert (share.low, share.value, share.high) == (0.9, 0.9, 0.9)


def test_few_places_bound_nothing() -> None:
    assert area_quantile([-80.0] * 5, 400, 0.05, CONFIDENCE).low is None


def test_interval_of_the_quantile_covers_every_small_population() -> None:
    """All samples of 5 of 8 places: the lower bound lies above the truth in at most 5 % of them."""
    truth, bad = 0.0, 0
    samples = list(itertools.combinations(range(8), 5))
    for sample in samples:
        found = area_quantile(np.array(sample, dtype=np.float64), 8, 0.1, CONFIDENCE)
        bad += found.low is not None and found.low > truth
    assert bad / len(samples) <= 0.05


@pytest.mark.parametrize("mean_burst", [1.0, 3.0, 5.0])
def test_false_passes_of_probe_logs_stay_under_the_confidence(mean_burst: float) -> None:
    """The loss is just above what the target allows: every pass is false."""
    rng, target = np.random.default_rng(5), 0.99
    n = 2 * messages_needed(target, CONFIDENCE, mean_burst=5.0)
    false = 0
    for _ in range(RUNS):
        failed = losses(rng, n, 1.001 * (1 - target), mean_burst) > 0
        low = delivered(failed, CONFIDENCE, mean_burst=5.0).low
        false += low is not None and low >= target
    assert false / RUNS <= ALLOWED


def test_reckoning_with_single_losses_only_passes_bursts_too_often() -> None:
    """Why the mean run of losses is asked for: the same logs, judged as independent, pass far too often."""
    rng, target = np.random.default_rng(5), 0.99
    n = messages_needed(target, CONFIDENCE)
    logs = (losses(rng, n, 1.001 * (1 - target), 5.0) > 0 for _ in range(RUNS))
    false = sum((delivered(log, CONFIDENCE, mean_burst=1.0).low or 0.0) >= target for log in logs)
    assert false / RUNS > 0.2


def test_part_that_was_left_out_counts_as_bad_for_the_lower_and_good_for_the_upper_bound() -> None:
    values = np.arange(100.0, 190.0)
    found = area_quantile(values, 100, 0.15, CONFIDENCE, left_out=10)
    assert (found.low, found.high) == (105.0, 115.0)  # 15 of 100 may be lower: 5 or 15 of the 90 measured
    assert area_quantile(values, 100, 0.05, CONFIDENCE, left_out=10).low is None
    share = area_share(values >= 105, 100, CONFIDENCE, left_out=10)
    assert share.low == pytest.approx(0.85)
    assert share.high == pytest.approx(0.95)


@pytest.mark.parametrize("smooth", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("spacing", [2, 3])
def test_false_passes_of_walks_stay_under_the_confidence(smooth: float, spacing: int) -> None:
    """Parallel lines through rooms whose level varies smoothly: a lower bound above the truth would be a false pass."""
    rng, false = np.random.default_rng(7), 0
    for _ in range(RUNS):
        level = (
            gaussian_filter(rng.normal(size=(16, 20)), smooth, mode="reflect") if smooth else rng.normal(size=(16, 20))
        )
        truth = np.sort(level.ravel())[math.floor(0.05 * level.size)]
        walked = level[int(rng.integers(0, spacing)) :: spacing].ravel()
        low = area_quantile(walked, level.size, 0.05, CONFIDENCE).low
        false += low is not None and low > truth
    assert false / RUNS <= ALLOWED


def test_zero_losses_prove_what_the_needed_number_says() -> None:
    for burst in (1.0, 5.0):
        need = messages_needed(0.999, CONFIDENCE, mean_burst=burst)
        enough = delivered(np.zeros(need, dtype=bool), CONFIDENCE, mean_burst=burst).low
        fewer = delivered(np.zeros(need - 1, dtype=bool), CONFIDENCE, mean_burst=burst).low
        assert enough is not None
        assert fewer is not None
        assert fewer < 0.999 <= enough * (1 + 1e-12)


def test_delay_quantile_has_an_upper_bound_only_from_enough_messages() -> None:
    rng = np.random.default_rng(3)
    need = messages_needed(0.98, CONFIDENCE)
    few = message_quantile(rng.random(need - 1), 0.98, CONFIDENCE, mean_burst=1.0)
    many = message_quantile(rng.random(20 * need), 0.98, CONFIDENCE, mean_burst=1.0)
    assert few.high is None
    assert many.low is not None
    assert many.high is not None
    assert many.low <= many.value <= many.high < 1.0
    assert many.low > 0.95


def test_false_bounds_of_the_delay_quantile_stay_under_the_confidence() -> None:
    rng, above, below = np.random.default_rng(11), 0, 0
    for _ in range(RUNS):
        found = message_quantile(rng.random(400), 0.98, CONFIDENCE, mean_burst=1.0)
        above += found.high is not None and found.high < 0.98
        below += found.low is not None and found.low > 0.98
    assert above / RUNS <= ALLOWED
    assert below / RUNS <= ALLOWED
