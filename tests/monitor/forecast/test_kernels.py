from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import least_squares

from setsail.base.arrays import F64
from setsail.monitor.forecast import kernels
from tests.monitor.forecast.curves import CURVES, JACOBIANS

KINDS = sorted(CURVES)
THETA = {"logistic": (1.8, 1.1, -0.7), "gompertz": (2.1, 0.6, -0.4), "bass": (1.7, 0.08, 0.9, -4.2)}
LOW = {"logistic": (1.0, 0.02, -20.0), "gompertz": (1.0, 0.02, -20.0), "bass": (1.0, 1e-5, 0.0, -8.0)}
HIGH = {"logistic": (10.0, 6.0, 20.0), "gompertz": (10.0, 6.0, 20.0), "bass": (10.0, 3.0, 6.0, -4.0)}


def plain(kind: str, theta: tuple[float, ...], t: float) -> float:
    """The curves as their papers write them, one number at a time."""
    if kind == "logistic":
        m, b, c = theta
        return m / (1 + math.exp(-b * (t - c)))
    if kind == "gompertz":
        m, b, c = theta
        return m * math.exp(-math.exp(-b * (t - c)))
    m, p, q, t0 = theta
    if t <= t0:
        return 0.0
    e = math.exp(-(p + q) * (t - t0))
    return m * (1 - e) / (1 + q / p * e)


def problem(kind: str, t: F64, y: F64, weight: F64, pull: float = 0.0) -> kernels.Problem:
    return kernels.Problem(
        t[None], y[None], weight[None], np.array([LOW[kind]]), np.array([HIGH[kind]]), np.array([2.0]), np.array([pull])
    )


@pytest.mark.parametrize("kind", KINDS)
def test_curve_agrees_with_its_plain_twin(kind: str) -> None:
    t = np.linspace(-9.0, 6.0, 61)
    got = CURVES[kind](np.array([THETA[kind]]), t[None])[0]
    np.testing.assert_allclose(got, [plain(kind, THETA[kind], x) for x in t], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_curve_far_outside_its_range_stays_finite(kind: str) -> None:
    t = np.array([[-1e6, -100.0, 100.0, 1e6]])
    values = CURVES[kind](np.array([THETA[kind]]), t)[0]
    assert np.all(np.isfinite(values))
    assert values[0] == pytest.approx(0.0, abs=1e-12)
    assert values[-1] == pytest.approx(THETA[kind][0])


@pytest.mark.parametrize("kind", KINDS)
def test_jacobian_agrees_with_central_differences(kind: str) -> None:
    t, theta = np.linspace(-4.1, 3.0, 24), np.array(THETA[kind])
    got = JACOBIANS[kind](theta[None], t[None])[0]
    for p in range(theta.size):
        step = np.zeros_like(theta)
        step[p] = 1e-6
        up, down = (CURVES[kind]((theta + s)[None], t[None])[0] for s in (step, -step))
        np.testing.assert_allclose(got[:, p], (up - down) / 2e-6, atol=1e-8)  # h^2 and rounding over h


@pytest.mark.parametrize("pull", [0.0, 3e-3])
@pytest.mark.parametrize("kind", KINDS)
def test_fit_on_noisy_points_costs_no_more_than_scipy_from_the_same_start(kind: str, pull: float) -> None:
    rng = np.random.default_rng(1838)
    t = np.sort(rng.uniform(-4.0, 0.0, 24))
    y = CURVES[kind](np.array([THETA[kind]]), t[None])[0] + 0.01 * rng.standard_normal(24)
    weight = 0.5 ** (-t)
    start = np.clip(np.array(THETA[kind]) * 1.15, LOW[kind], HIGH[kind])

    def residuals(theta: F64) -> F64:
        misses = np.sqrt(weight) * (CURVES[kind](theta[None], t[None])[0] - y)
        return np.append(misses, math.sqrt(pull) * math.log(theta[0] / 2.0))

    twin = least_squares(residuals, start, bounds=(LOW[kind], HIGH[kind]), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    theta, cost = kernels.fit(
        CURVES[kind], JACOBIANS[kind], start[None], problem(kind, t, y, weight, pull), iterations=80
    )
    assert cost[0] == pytest.approx(float(np.sum(residuals(theta[0]) ** 2)), rel=1e-12)
    assert cost[0] <= 2.0 * twin.cost * (1 + 1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_fit_of_clean_points_returns_the_curve(kind: str) -> None:
    t = np.linspace(-4.0, 1.5, 30)
    y = CURVES[kind](np.array([THETA[kind]]), t[None])[0]
    start = np.clip(np.array(THETA[kind]) * 1.2, LOW[kind], HIGH[kind])
    theta, cost = kernels.fit(
        CURVES[kind], JACOBIANS[kind], start[None], problem(kind, t, y, np.ones_like(t)), iterations=80
    )
    np.testing.assert_allclose(theta[0], THETA[kind], rtol=1e-4)  # Bass is flat along p and launch
    assert cost[0] < 1e-10


@pytest.mark.parametrize("kind", KINDS)
def test_fit_of_one_series_does_not_depend_on_its_neighbours(kind: str) -> None:
    rng = np.random.default_rng(1825)
    t = np.tile(np.linspace(-4.0, 0.0, 20), (3, 1))
    y = CURVES[kind](np.tile(THETA[kind], (3, 1)), t) * rng.uniform(0.9, 1.1, (3, 20))
    three = kernels.Problem(
        t, y, np.ones_like(t), np.tile(LOW[kind], (3, 1)), np.tile(HIGH[kind], (3, 1)), np.full(3, 2.0), np.zeros(3)
    )
    start = np.tile(THETA[kind], (3, 1))
    _, together = kernels.fit(CURVES[kind], JACOBIANS[kind], start, three, iterations=60)
    alone = [
        kernels.fit(CURVES[kind], JACOBIANS[kind], start[:1], problem(kind, t[i], y[i], np.ones(20)), iterations=60)[1]
        for i in range(3)
    ]
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_fit_of_an_endless_rise_stops_at_the_bound(kind: str) -> None:
    t = np.linspace(-3.0, 0.0, 15)
    low, high = np.array([LOW[kind]]), np.array([HIGH[kind]])
    theta, _ = kernels.fit(
        CURVES[kind],
        JACOBIANS[kind],
        np.clip(np.array([THETA[kind]]), low, high),
        problem(kind, t, np.exp(1.5 * t), np.ones_like(t)),
        iterations=80,
    )
    assert np.all(theta >= low)
    assert np.all(theta <= high)
    assert theta[0, 0] > 2.0


def test_linear_start_returns_slope_and_zero_of_a_straight_line() -> None:
    t = np.linspace(-3.0, 1.0, 9)[None]
    b, c = kernels.linear_start(0.7 * (t + 0.4), t, np.ones_like(t), 0.05, 6.0)
    assert b[0] == pytest.approx(0.7)
    assert c[0] == pytest.approx(-0.4)


def test_damped_growth_is_the_integral_of_a_decaying_slope() -> None:
    h = np.array([[0.0, 0.5, 2.0]])
    fine = np.linspace(0.0, 2.0, 200_001)
    slope = 3.0 * 0.8**fine
    integral = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(fine))])
    np.testing.assert_allclose(
        kernels.damped(np.array([3.0]), 0.8, h)[0], [0.0, integral[50_000], integral[-1]], rtol=1e-9
    )
    np.testing.assert_array_equal(kernels.damped(np.array([3.0]), 1.0, h)[0], 3.0 * h[0])
