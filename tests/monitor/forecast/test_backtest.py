from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.arrays import F64, I64
from setsail.monitor.forecast import backtest
from setsail.monitor.forecast.backtest import ErrorLaw, Trials
from setsail.monitor.forecast.candidates import Candidate, Paths
from setsail.monitor.forecast.options import ForecastOptions

LAW = ErrorLaw(np.array([0.5, 1.0, 2.0]), np.array([0.3, 0.6, 0.8]), 1.0)


def trials(values: list[F64], y: F64, scale: float = 1.0) -> Trials:
    """Trials in yearly points from the fourth on, candidate c saying `values[c]` for each later point."""
    t: F64 = 2000.0 + np.arange(y.size, dtype=np.float64)
    origins: I64 = np.arange(3, y.size, dtype=np.int64)
    ahead = t[None, :] - t[origins][:, None]
    said = np.stack([np.tile(v, (origins.size, 1)) for v in values])
    names = tuple(Candidate(f"c{i}", f"c{i}", "baseline") for i in range(len(values)))
    paths = Paths(names, said, np.full(ahead.shape, scale), {})
    return Trials(t, y, origins, ahead, (ahead > 0) & (ahead <= 2.0), paths, ForecastOptions(), 0.0)


@given(st.floats(0.001, 0.999), st.floats(0.1, 4.0))
def test_law_share_is_the_inverse_of_its_score(level: float, factor: float) -> None:
    law = ErrorLaw(LAW.scores, LAW.shares, factor)
    assert law.share(law.score(level)) == pytest.approx(level, abs=1e-9)


@given(st.floats(0.001, 0.998), st.floats(1e-4, 1e-3))
def test_law_score_grows_with_the_level(level: float, more: float) -> None:
    assert LAW.score(level + more) > LAW.score(level)


def test_law_beyond_its_last_score_has_a_tail_that_never_reaches_certainty() -> None:
    assert 0.8 < LAW.share(4.0) < LAW.share(40.0) < 1.0


def test_choice_before_enough_errors_is_the_first_candidate() -> None:
    y = np.arange(10.0)
    made = trials([y + 5.0, y], y)
    assert backtest.choose(made, made.known_at(0)) == 0
    assert backtest.choose(made, made.known_at(1)) == 0
    assert backtest.choose(made, made.known_at(2)) == 1


def test_choice_at_an_origin_sees_no_later_truth() -> None:
    y = np.arange(12.0)
    good_until = np.where(np.arange(12) <= 7, y, y + 100.0)
    made = trials([y + 50.0, good_until, y + 1.0], y)
    known = made.known_at(4)  # the origin at point 7
    assert not known[:, 8:].any()
    assert not known[4:].any()
    assert backtest.choose(made, known) == 1
    assert backtest.choose(made, made.tested) == 2


def test_issued_intervals_do_not_change_when_the_future_does() -> None:
    rng = np.random.default_rng(7)
    y = np.cumsum(rng.uniform(0.5, 1.5, 20))
    other = y.copy()
    other[15:] += 30.0
    noise = [y + rng.normal(0.0, 1.0, 20) for _ in range(3)]
    a, b = backtest.issue(trials(noise, y)), backtest.issue(trials(noise, other))
    assert a.chosen[:12] == b.chosen[:12]
    np.testing.assert_array_equal(a.inside[:, :15], b.inside[:, :15])


def test_width_factor_narrows_while_hit_and_widens_when_missed_within_its_bounds() -> None:
    y = np.arange(30.0)
    assert backtest.issue(trials([y], y)).law.factor == pytest.approx(backtest.FACTOR_BOUNDS[0])
    wild = trials([y + 3.0 ** np.arange(30)], y)
    assert backtest.issue(wild).law.factor == pytest.approx(backtest.FACTOR_BOUNDS[1])


def test_law_before_any_error_is_the_assumed_half_normal() -> None:
    y = np.arange(8.0)
    made = trials([y], y)
    law = backtest.calibrated(made, 0, np.zeros_like(made.tested), 2007.0)
    np.testing.assert_allclose(law.scores, backtest.PRIOR_SCORES)
    # the median of a half-normal law of sigma 1.5 is 1.5 x 0.6745; one error still to come shifts the share to 3/6
    assert law.score(0.5) == pytest.approx(1.5 * 0.6745)


def test_in_sample_interval_covers_about_its_level() -> None:
    rng = np.random.default_rng(11)
    y = np.arange(120.0)
    made = trials([y + rng.normal(0.0, 2.0, 120)], y)
    share = np.nanmean(backtest.in_sample(made, 0)[made.tested])
    assert 0.78 <= share <= 0.9  # conformal: at least the level less one point; the assumed errors move it a little
    assert np.nanmean(backtest.left_out(made, 0)[made.tested]) == pytest.approx(share, abs=0.03)


def test_horizon_errors_count_each_horizon_once() -> None:
    y = np.full(12, 10.0)
    made = trials([y + 1.0, y - 2.0], y)
    found = backtest.horizon_errors(made, made.tested)
    assert len(found) == 2  # half a year to one year, one to two
    for one in found:
        np.testing.assert_allclose(one, [0.1, 0.2])


def test_horizon_borders_belong_to_the_shorter_side() -> None:
    y = np.arange(8.0)
    made = trials([y], y)
    assert made.horizon(0.5, 1.0)[0, 4]
    assert not made.horizon(1.0, 2.0)[0, 4]
    assert math.isclose(made.ahead[0, 4], 1.0)
