"""Censored regression: its maximum, its replicates, and the plain case."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from setsail.radio.calibrate.solve import System, replicates, solve


def _system(n: int, cut_share: float, seed: int = 0) -> System:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = x @ np.array([3.0, -2.0]) + 1.5 * rng.standard_normal(n)
    low = np.quantile(y, cut_share) if cut_share else -np.inf
    return System(x, np.maximum(y, low), rng.uniform(0.5, 2.0, n), y <= low)


def test_without_censoring_it_is_weighted_least_squares() -> None:
    of = _system(200, 0.0)
    root = np.sqrt(of.w)
    expected = np.linalg.lstsq(of.x * root[:, None], of.y * root, rcond=None)[0]
    np.testing.assert_allclose(solve(of).beta, expected, atol=1e-10)


def test_with_censoring_it_finds_the_maximum_that_a_general_search_finds() -> None:
    of = _system(300, 0.4)

    def loss(p: np.ndarray) -> float:
        r = (of.y - of.x @ p[:2]) / np.exp(p[2])
        return -float(np.sum(of.w * np.where(of.cut, norm.logcdf(r), norm.logpdf(r) - p[2])))

    best = minimize(
        loss, [0.0, 0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000}
    )
    found = solve(of)
    np.testing.assert_allclose([*found.beta, np.log(found.sigma)], best.x, atol=1e-5)


def test_replicates_without_censoring_equal_a_new_fit() -> None:
    of = _system(120, 0.0)
    block = np.arange(120) // 10
    counts = np.random.default_rng(1).multinomial(12, np.full(12, 1 / 12), size=5).astype(float)
    beta, sigma = replicates(of, solve(of), block, counts)
    for k in range(5):
        again = solve(System(of.x, of.y, of.w * counts[k][block], of.cut))
        np.testing.assert_allclose(beta[k], again.beta, atol=1e-9)
        assert sigma[k] == pytest.approx(again.sigma, rel=1e-9)


def test_replicates_with_censoring_lie_near_a_new_fit() -> None:
    of = _system(2000, 0.3)
    block = np.arange(2000) // 50
    counts = np.random.default_rng(1).multinomial(40, np.full(40, 1 / 40), size=20).astype(float)
    found = solve(of)
    beta, sigma = replicates(of, found, block, counts)
    again = [solve(System(of.x, of.y, of.w * c[block], of.cut)) for c in counts]
    far = np.abs(np.array([a.beta for a in again]) - found.beta).max()
    # one step from the solution leaves an error of second order in the distance
    np.testing.assert_allclose(beta, [a.beta for a in again], atol=0.1 * far)
    np.testing.assert_allclose(sigma, [a.sigma for a in again], rtol=0.01)


def test_a_replicate_that_lacks_a_term_is_not_a_number() -> None:
    x = np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)])
    of = System(x, np.arange(20.0), np.ones(20), np.zeros(20, dtype=bool))
    beta, _ = replicates(of, solve(of), np.repeat([0, 1], 10), np.array([[2.0, 0.0], [1.0, 1.0]]))
    assert np.isnan(beta[0]).any()
    assert np.isfinite(beta[1]).all()
