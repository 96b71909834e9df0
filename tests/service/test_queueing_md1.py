"""M/D/1 against textbook values, Crommelin's sum in exact fractions, and simulated packets."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import NotComputable, OutOfRange
from setsail.service.queueing.md1 import Md1


def crommelin(rho: float, wait: float) -> float:
    """(1 - rho) sum over j of (lambda (j D - t))^j / j! e^(lambda (t - j D)), which cancels but for enough digits."""
    getcontext().prec = 80
    total, rate, t = Decimal(0), Decimal(rho), Decimal(wait)
    for j in range(math.floor(wait) + 1):
        x = rate * (t - j)
        total += (-x) ** j / math.factorial(j) * x.exp() if j else x.exp()
    return float((1 - rate) * total)


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("wait", [0.0, 0.3, 1.0, 2.5, 7.0, 19.9])
def test_wait_agrees_with_crommelins_sum(rho: float, wait: float) -> None:
    """C. D. Crommelin, Delay probability formulae, P.O. Electrical Engineers' Journal 26 (1933)."""
    assert Md1(rho, 1.0).wait_cdf(wait) == pytest.approx(crommelin(rho, wait), abs=1e-12)


@pytest.mark.parametrize(("rho", "mean"), [(0.5, 0.5), (0.8, 2.0), (0.9, 4.5), (0.99, 49.5)])
def test_mean_wait_is_half_that_of_exponential_service(rho: float, mean: float) -> None:
    """Pollaczek-Khinchine: rho / (2 (1 - rho)) service times; M/M/1 waits rho / (1 - rho)."""
    assert Md1(rho, 1.0).mean_wait_s == pytest.approx(mean)
    assert Md1(rho, 1.0).mean_wait_s == pytest.approx(rho / (1 - rho) / 2)


def test_mean_is_the_integral_of_the_distribution() -> None:
    queue = Md1(0.8, 1.0)
    at = np.linspace(0, 60, 6001)
    above = np.array([1 - queue.wait_cdf(t) for t in at])
    assert np.trapezoid(above, at) == pytest.approx(queue.mean_wait_s, rel=1e-4)


def test_simulated_packets_wait_as_told() -> None:
    rng, n = np.random.default_rng(2), 400_000
    gaps = rng.exponential(1 / 0.7, n)
    wait, waits = 0.0, np.empty(n)
    for i, gap in enumerate(gaps):
        wait = max(wait + 1.0 - gap, 0.0)
        waits[i] = wait
    queue = Md1(0.7, 1.0)
    assert queue.mean_wait_s == pytest.approx(float(waits.mean()), rel=0.02)
    for t in (0.0, 0.5, 1.0, 3.0, 8.0):
        assert queue.wait_cdf(t) == pytest.approx(float((waits <= t).mean()), abs=0.004)


@given(rho=st.floats(0.01, 0.98), ratio=st.floats(0.001, 0.99999))
def test_percentile_is_the_inverse_of_the_distribution(rho: float, ratio: float) -> None:
    queue = Md1(rho * 1000, 1e-3)
    at = queue.delay_percentile_s(ratio)
    assert queue.delay_cdf(at * (1 + 1e-9)) >= ratio - 1e-9
    if at > queue.service_s * (1 + 1e-9):
        assert queue.delay_cdf(at * (1 - 1e-9)) <= ratio + 1e-6


def test_far_tail_falls_by_its_decay_rate() -> None:
    """P(W > t) ~ C e^(-theta t), theta the root of rho (e^x - 1) = x."""
    rho, queue = 0.9, Md1(0.9, 1.0)
    low, high = 1e-9, 5.0
    for _ in range(200):
        x = (low + high) / 2
        low, high = (x, high) if rho * (math.exp(x) - 1) < x else (low, x)
    ratio = (1 - queue.wait_cdf(60)) / (1 - queue.wait_cdf(50))
    assert ratio == pytest.approx(math.exp(-10 * low), rel=1e-6)


@pytest.mark.parametrize(("rate", "service"), [(1.0, 1.0), (0.0, 1.0), (2.0, 1.0), (1.0, -1.0), (math.nan, 1.0)])
def test_queue_without_a_steady_state_is_refused(rate: float, service: float) -> None:
    with pytest.raises(OutOfRange):
        Md1(rate, service)


def test_certain_percentile_is_refused() -> None:
    with pytest.raises(OutOfRange):
        Md1(0.5, 1.0).delay_percentile_s(1.0)


def test_wait_of_too_many_service_times_is_refused() -> None:
    with pytest.raises(NotComputable):
        Md1(0.5, 1.0).wait_cdf(1e6)
