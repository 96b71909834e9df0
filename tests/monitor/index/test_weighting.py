from __future__ import annotations

import itertools

import numpy as np
import pytest

from setsail.base.errors import NotComputable
from setsail.monitor.index.weighting import benefit_of_doubt, principal

PARTS = ("a", "b", "c")


def test_principal_weights_equal_the_leading_eigenvector_of_the_correlations() -> None:
    x = np.random.default_rng(1).normal(size=(60, 3)) @ np.array([[1, 0.8, 0.6], [0, 1, 0.2], [0, 0, 1]])
    values, vectors = np.linalg.eigh(np.corrcoef(x.T))
    lead = vectors[:, values.argmax()]
    weights, notes = principal(x, PARTS, "Index", squared=False)
    np.testing.assert_allclose(weights, lead * np.sign(lead.sum()), rtol=1e-9)
    assert notes == []
    squared, _ = principal(x, PARTS, "Index", squared=True)
    assert squared.sum() == pytest.approx(1)


def test_principal_weight_below_zero_is_warned_of_with_a_remedy() -> None:
    rng = np.random.default_rng(2)
    base = rng.normal(size=80)
    x = np.stack([base, base + 0.1 * rng.normal(size=80), -base + 0.1 * rng.normal(size=80)], axis=1)
    weights, notes = principal(x, PARTS, "Index", squared=False)
    assert (np.sign(weights) == [1, 1, -1]).all()
    assert [n.code for n in notes] == ["negative-weight"]
    assert "pca_squared" in notes[0].what


def test_principal_weights_leave_units_with_gaps_out_and_need_three_others() -> None:
    x = np.array([[1.0, 2.0], [2.0, float("nan")], [3.0, 1.0], [4.0, 5.0]])
    weights, _ = principal(x, PARTS[:2], "Index", squared=False)
    np.testing.assert_allclose(weights, principal(x[[0, 2, 3]], PARTS[:2], "Index", squared=False)[0])
    with pytest.raises(NotComputable, match="2 units without a gap"):
        principal(x[:3], PARTS[:2], "Index", squared=False)


def test_benefit_of_doubt_of_two_indicators_equals_the_best_corner_of_the_weights() -> None:
    """In two dimensions the best weights stand where two constraints meet: all corners are tried."""
    x = np.array([[1.0, 4.0], [3.0, 3.0], [4.0, 1.0], [2.0, 2.0]])
    corners = [np.array([1 / x[:, 0].max(), 0]), np.array([0, 1 / x[:, 1].max()])]
    for i, j in itertools.combinations(range(4), 2):
        if abs(np.linalg.det(x[[i, j]])) > 1e-9:
            corners.append(np.linalg.solve(x[[i, j]], [1, 1]))
    allowed = [w for w in corners if (w >= 0).all() and (x @ w <= 1 + 1e-9).all()]
    expected = [max(float(unit @ w) for w in allowed) for unit in x]
    scores, weights = benefit_of_doubt(x, 0, 1, "test")
    np.testing.assert_allclose(scores, expected, atol=1e-9)
    assert (x @ weights.T <= 1 + 1e-9).all()


def test_benefit_of_doubt_keeps_each_share_within_its_bounds() -> None:
    x = np.random.default_rng(3).uniform(1, 9, (12, 3))
    scores, weights = benefit_of_doubt(x, 0.2, 0.5, "test")
    shares = weights * x / scores[:, None]
    assert shares.min() >= 0.2 - 1e-9
    assert shares.max() <= 0.5 + 1e-9
    assert (scores <= benefit_of_doubt(x, 0, 1, "test")[0] + 1e-9).all()


def test_benefit_of_doubt_refuses_negative_values_and_bounds_that_cannot_hold() -> None:
    with pytest.raises(NotComputable, match="negative"):
        benefit_of_doubt(np.array([[1.0, -1.0], [1.0, 2.0]]), 0, 1, "test")
    with pytest.raises(NotComputable, match="cannot sum to 1"):
        benefit_of_doubt(np.ones((2, 2)), 0.6, 1, "test")


def test_principal_weights_that_cancel_out_are_refused_with_a_remedy() -> None:
    """Two parts that fall while the other rises have the weights 0.707 and -0.707, which sum to nothing."""
    base = np.random.default_rng(4).normal(size=50)
    x = np.stack([base, -base + 0.3 * np.random.default_rng(5).normal(size=50)], axis=1)
    with pytest.raises(NotComputable, match=r"cancel out.*pca_squared") as error:
        principal(x, PARTS[:2], "Index", squared=False)
    assert "Index" in str(error.value)
    np.testing.assert_allclose(principal(x, PARTS[:2], "Index", squared=True)[0], [0.5, 0.5])
