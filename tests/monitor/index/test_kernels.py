from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from setsail.monitor.index import kernels

NAN = float("nan")
VALUES = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))


def test_skewness_and_kurtosis_equal_scipys_unbiased_ones() -> None:
    x = np.random.default_rng(1).lognormal(size=(40, 3))
    np.testing.assert_allclose(kernels.skewness(x), stats.skew(x, bias=False), rtol=1e-12)
    np.testing.assert_allclose(kernels.kurtosis(x), stats.kurtosis(x, bias=False), rtol=1e-12)


def test_skewness_leaves_missing_values_out() -> None:
    x = np.random.default_rng(1).lognormal(size=(40, 1))
    padded = np.vstack([x, [[NAN]], [[NAN]]])
    np.testing.assert_allclose(kernels.skewness(padded), kernels.skewness(x), rtol=1e-12)


@pytest.mark.parametrize("column", [[1.0, 2.0], [5.0, 5.0, 5.0, 5.0, 5.0], [NAN, NAN, NAN, NAN, NAN]])
def test_shape_of_too_few_or_equal_values_does_not_exist(column: list[float]) -> None:
    x = np.array(column)[:, None]
    assert np.isnan(kernels.skewness(x)).all()
    assert np.isnan(kernels.kurtosis(x)).all()


def test_winsorising_draws_in_the_highest_values_and_counts_ties_together() -> None:
    x = np.array([*range(1, 21), 500.0, 500.0])[:, None]
    drawn, count = kernels.winsorised(x, 5, 2.0, 3.5)
    assert count[0] == 2
    assert drawn.max() == 20
    np.testing.assert_array_equal(drawn[:20], x[:20])


def test_winsorising_draws_in_the_lowest_values_of_a_column_skewed_downwards() -> None:
    x = -np.array([*range(1, 21), 500.0])[:, None]
    drawn, count = kernels.winsorised(x, 5, 2.0, 3.5)
    assert (count[0], drawn.min()) == (1, -20)


def test_winsorising_stops_at_the_most_points_allowed() -> None:
    x = np.array([*range(1, 41), 300.0, 500.0, 900.0, 2000.0])[:, None]
    for most in (0, 1, 2, 3):
        _, count = kernels.winsorised(x, most, 0.1, -5.0)
        assert count[0] == most


@given(arrays(np.float64, (6, 4), elements=VALUES))
def test_ranks_up_count_the_smaller_values(x: np.ndarray) -> None:
    expected = (x[None] < x[:, None]).sum(axis=1) + 1
    np.testing.assert_array_equal(kernels.ranks_up(x), expected)


@given(arrays(np.float64, (3, 6), elements=VALUES))
def test_ranks_down_count_the_higher_scores(x: np.ndarray) -> None:
    expected = (x[:, None, :] > x[:, :, None]).sum(axis=2) + 1
    np.testing.assert_array_equal(kernels.ranks_down(x), expected)


def test_ranks_down_share_a_rank_within_noise_and_keep_missing_scores_missing() -> None:
    ranks = kernels.ranks_down(np.array([[0.3, 0.1 + 0.2, NAN, 0.5]]))
    np.testing.assert_array_equal(ranks, [[2, 2, NAN, 1]])


@pytest.mark.parametrize(
    ("method", "plain"),
    [
        (kernels.ARITHMETIC, lambda x, w: (w * x).sum() / w.sum()),
        (kernels.GEOMETRIC, lambda x, w: np.prod(x ** (w / w.sum()))),
        (kernels.HARMONIC, lambda x, w: w.sum() / (w / x).sum()),
        (
            kernels.MAZZIOTTA_PARETO,
            lambda x, w: (
                np.average(x, weights=w)
                - np.average((x - np.average(x, weights=w)) ** 2, weights=w) / np.average(x, weights=w)
            ),
        ),
    ],
)
def test_means_of_many_runs_agree_with_their_plain_twin(method: int, plain: object) -> None:
    rng = np.random.default_rng(2)
    x, w = rng.uniform(1, 9, (5, 4, 3)), rng.uniform(0.5, 2, (5, 3))
    assert callable(plain)
    expected = [[plain(x[r, i], w[r]) for i in range(4)] for r in range(5)]
    np.testing.assert_allclose(kernels.aggregated(x, w, method), expected, rtol=1e-12)
    np.testing.assert_allclose(kernels.aggregated(x[:1], w, method)[0], expected[0], rtol=1e-12)


@pytest.mark.parametrize("method", range(4))
def test_weight_of_a_missing_part_goes_to_the_others(method: int) -> None:
    w = np.array([[1.0, 2.0, 4.0]])
    with_gap = np.array([[[2.0, NAN, 8.0], [3.0, NAN, 5.0]]])
    without = kernels.aggregated(with_gap[:, :, [0, 2]], w[:, [0, 2]], method)
    np.testing.assert_allclose(kernels.aggregated(with_gap, w, method), without, rtol=1e-12)


@pytest.mark.parametrize("method", range(5))
def test_score_of_a_unit_without_any_part_is_missing(method: int) -> None:
    x = np.array([[[NAN, NAN], [1.0, 2.0], [2.0, 1.0]]])
    assert np.isnan(kernels.aggregated(x, np.ones((1, 2)), method)[0, 0])


def test_mazziotta_pareto_lowers_the_score_of_an_unbalanced_unit_only() -> None:
    """De Muro, Mazziotta and Pareto (2011): M - S cv, here M = 100, S = 10, so 100 - 1."""
    scores = kernels.aggregated(np.array([[[100.0, 100.0], [90.0, 110.0]]]), np.ones((1, 2)), kernels.MAZZIOTTA_PARETO)
    np.testing.assert_allclose(scores, [[100, 99]])


def test_copeland_counts_units_beaten_minus_units_lost_to() -> None:
    x = np.array([[[3.0, 3.0, 1.0], [2.0, 2.0, 2.0], [1.0, 1.0, 3.0]]])
    np.testing.assert_array_equal(kernels.copeland(x, np.ones((1, 3))), [[2, 0, -2]])
    np.testing.assert_array_equal(kernels.copeland(x, np.array([[1.0, 1.0, 5.0]])), [[-2, 0, 2]])
    np.testing.assert_array_equal(kernels.copeland(x, np.array([[1.0, 1.0, 2.0]])), [[0, 0, 0]])


def test_share_of_runs_in_front_counts_ties_half() -> None:
    share = kernels.front_of_ranks(np.array([[1.0, 2.0], [1.0, 1.0]]))
    assert share[0, 1] == 0.75
    assert share[1, 0] == 0.25
