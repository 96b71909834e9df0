"""What a test could prove: sizes, exact intervals, verdicts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from setsail.base.errors import BadInput, OutOfRange
from setsail.service.proof import (
    clopper_pearson,
    effective_messages,
    judge_delays,
    judge_mtbf,
    judge_share,
    messages_needed,
    mtbf_test_s,
    plan,
)
from setsail.service.proof.intervals import inflation


@pytest.mark.parametrize(
    ("target", "messages", "at_10_ms", "at_100_ms"),
    [
        (0.98, 149, "1.49 s", "14.9 s"),
        (0.999, 2_995, "29.9 s", "4.99 min"),
        (0.9999, 29_956, "4.99 min", "49.9 min"),
        (0.99999, 299_572, "49.9 min", "8.32 h"),
        (0.999999, 2_995_731, "8.32 h", "3.47 d"),
        (0.9999999, 29_957_322, "3.47 d", "34.7 d"),
    ],
)
def test_loss_free_sizes_are_the_smallest_that_prove_the_target(
    target: float, messages: int, at_10_ms: str, at_100_ms: str
) -> None:
    """Zero failures, one-sided 95 %: smallest n with target^n <= 0.05 (exact form of the rule of three)."""
    assert messages_needed(target) == messages
    assert target**messages <= 0.05 < target ** (messages - 1)
    assert plan(target, interval_s=0.01).record()["duration"] == at_10_ms
    assert plan(target, interval_s=0.1).record()["duration"] == at_100_ms


def test_only_the_longest_claim_is_left_to_the_operating_network() -> None:
    assert plan(0.9999999, interval_s=0.1).only_by_operation
    assert not plan(0.999999, interval_s=0.1).only_by_operation


@pytest.mark.parametrize("failures", [1, 2, 3, 10])
@pytest.mark.parametrize("target", [0.98, 0.9999])
def test_sizes_with_failures_are_the_smallest_by_the_binomial(target: float, failures: int) -> None:
    n = messages_needed(target, failures=failures)
    assert stats.binom.cdf(failures, n, 1 - target) <= 0.05
    assert stats.binom.cdf(failures, n - 1, 1 - target) > 0.05


@given(st.integers(1, 2000), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.99]))
def test_interval_is_that_of_clopper_and_pearson(n: int, share: float, confidence: float) -> None:
    failures = min(int(share * (n + 1)), n)
    found = clopper_pearson(failures, n, confidence)
    exact = stats.binomtest(failures, n).proportion_ci(2 * confidence - 1, method="exact")
    assert found.low == pytest.approx(exact.low, rel=1e-7, abs=1e-12)
    assert found.high == pytest.approx(exact.high, rel=1e-7, abs=1e-12)
    assert found.low <= failures / n <= found.high


def test_bursts_make_a_loss_free_test_longer_by_their_length() -> None:
    """Chance of no loss in n messages of the chain at the target's edge: (1-p)(1-a)^(n-1), a = p / (burst (1-p))."""
    n = messages_needed(0.999, mean_burst=5.0)
    into = 0.001 / (5 * 0.999)
    assert 0.999 * (1 - into) ** (n - 1) <= 0.05 < 0.999 * (1 - into) ** (n - 2)
    assert n == pytest.approx(5 * 2995, rel=0.01)
    assert messages_needed(0.999, failures=2, mean_burst=5.0) == pytest.approx(9 * 6294, rel=0.01)


def test_inflation_is_the_variance_of_a_simulated_chain() -> None:
    """Variance of counts over 4 000 stretches of 500 messages, against p (1-p) n; 8 % is over three errors of it."""
    rng, loss, burst = np.random.default_rng(5), 0.1, 3.0
    into, out = loss / burst / (1 - loss), 1 / burst
    bad, count = rng.random(4000) < loss, np.zeros(4000)
    for _ in range(500):
        bad = rng.random(4000) < np.where(bad, 1 - out, into)
        count += bad
    assert count.var() / (500 * loss * (1 - loss)) == pytest.approx(inflation(loss, burst), rel=0.08)


def test_messages_that_fail_together_count_as_fewer() -> None:
    lone, burst = np.zeros(10_000, dtype=bool), np.zeros(10_000, dtype=bool)
    lone[::500] = True
    burst[:20] = True
    assert effective_messages(lone) == (10_000.0, 0.0)
    n, correlation = effective_messages(burst)
    assert n < 1000
    assert correlation > 0.9
    assert judge_share(burst, 0.995).verdict == "inconclusive"
    assert judge_share(lone, 0.995).verdict == "pass"


def test_verdict_is_pass_fail_or_inconclusive_by_the_bounds() -> None:
    free = np.zeros(299_572, dtype=bool)
    assert judge_share(free, 0.99999).verdict == "pass"
    found = judge_share(free[:-1], 0.99999)
    assert found.verdict == "inconclusive"
    assert found.needed == 299_572
    bad = np.zeros(1000, dtype=bool)
    bad[::20] = True
    assert judge_share(bad, 0.98).verdict == "fail"


def test_round_trip_can_prove_one_way_but_not_refute_it() -> None:
    slow = np.full(1000, 0.012)
    assert judge_delays(slow, 0.01, 0.98).verdict == "fail"
    told = judge_delays(slow, 0.01, 0.98, clock="round-trip")
    assert told.verdict == "inconclusive"
    assert "refute" in told.cause
    assert judge_delays(np.full(1000, 0.009), 0.01, 0.98, clock="round-trip").verdict == "pass"
    assert judge_delays(np.full(1000, np.nan), 0.01, 0.98).failures == 1000


def test_year_between_failures_takes_three_years_without_one() -> None:
    year = 365.25 * 86400
    assert mtbf_test_s(year) / year == pytest.approx(-math.log(0.05))
    assert mtbf_test_s(year, failures=2) / year == pytest.approx(stats.chi2.ppf(0.95, 6) / 2)
    assert judge_mtbf(0, 3.0 * year, year).verdict == "pass"
    assert judge_mtbf(0, 2.99 * year, year).verdict == "inconclusive"
    assert judge_mtbf(1, 1.0 * year, year).verdict == "inconclusive"
    assert judge_mtbf(5, 1.0 * year, year).verdict == "fail"


@given(st.integers(0, 30), st.integers(200, 3000), st.floats(0.9, 0.9999))
def test_verdict_never_passes_what_the_sample_misses(failures: int, n: int, target: float) -> None:
    bad = np.zeros(n, dtype=bool)
    bad[: 3 * failures : 3] = True
    found = judge_share(bad, target)
    assert found.low is not None
    assert found.high is not None
    assert found.met is not None
    assert found.low <= found.met <= found.high
    assert found.verdict != "pass" or found.met >= target
    assert found.verdict != "fail" or found.met < target


def test_false_passes_are_no_more_than_the_confidence_allows() -> None:
    """At the edge of the claim a pass is wrong: of 2 000 logs at most 5 % pass, with three standard errors more."""
    rng, target, n = np.random.default_rng(7), 0.98, 400
    passed = sum(judge_share(rng.random(n) < 1 - target, target).verdict == "pass" for _ in range(2000))
    assert passed / 2000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize(("target", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.99, 1.0), (0.99, 0.5)])
def test_claim_that_cannot_be_proved_is_refused(target: float, confidence: float) -> None:
    with pytest.raises(OutOfRange):
        messages_needed(target, confidence)


def test_empty_sample_is_refused() -> None:
    with pytest.raises(BadInput, match="not empty"):
        judge_share([], 0.98)
    with pytest.raises(BadInput, match="at most all"):
        clopper_pearson(2, 1)
