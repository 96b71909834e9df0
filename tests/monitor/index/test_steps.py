from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.options import Normalise
from setsail.monitor.index.steps import Front, front
from tests.monitor.index import samples

NAN = float("nan")
ROWS = [[1.0, 10.0, 5.0], [2.0, NAN, 4.0], [3.0, 30.0, NAN], [4.0, 40.0, 1.0]]


PLAIN = {"kind": "normalise", "method": "none"}


def led(
    values: object, *tables: Mapping[str, object], times: list[str] | None = None, units: list[str] | None = None
) -> Front:
    made = samples.data(values, times, units)  # type: ignore[arg-type]
    return front(made, samples.framework().indicators, samples.steps(*tables))


def test_denominated_column_is_divided_by_the_column_named_and_scaled() -> None:
    named = replace(samples.framework().indicators[0], denominator="people", scale=10.0)
    found = front(samples.data([[2.0], [6.0], [12.0]]), [named], samples.steps({"kind": "denominate"}))
    np.testing.assert_allclose(found.outputs["Denominated"][:, 0], [20, 30, 40])


def test_denominator_of_zero_is_refused_with_unit_and_column() -> None:
    made = samples.data([[2.0], [6.0]])
    made.denominators["people"][1] = 0
    named = replace(samples.framework().indicators[0], denominator="people")
    with pytest.raises(NotComputable, match=r"column 'people': is 0 for u2"):
        front(made, [named], samples.steps({"kind": "denominate"}))


def test_group_mean_fills_from_the_same_group_and_flags_what_it_filled() -> None:
    found = led(ROWS, {"kind": "impute", "method": "group_mean", "group": "zone"})
    filled = found.outputs["Imputed"]
    assert filled[1, 1] == 40  # u2 and u4 are the north
    assert filled[2, 2] == 5  # u1 and u3 the south
    assert np.argwhere(found.imputed).tolist() == [[1, 1], [2, 2]]


def test_group_mean_of_an_unknown_column_is_refused() -> None:
    with pytest.raises(NotComputable, match=r"grouping column 'climate'.*zone"):
        led(ROWS, {"kind": "impute", "method": "group_mean", "group": "climate"})


@settings(max_examples=50)
@given(
    arrays(np.float64, (8, 3), elements=st.one_of(st.just(NAN), st.floats(0, 9))),
    st.sampled_from(["mean", "group_mean", "interpolate", "none"]),
    st.sampled_from(["none", "nearest"]),
)
def test_imputation_never_changes_an_observed_value(x: np.ndarray, method: str, ends: str) -> None:
    x = np.vstack([x, [[0.0, 0.0, 0.0]], [[1.0, 1.0, 1.0]]])
    times, units = ["1", "2"] * 5, [f"v{k // 2}" for k in range(10)]
    step = {"kind": "impute", "method": method, "group": "zone", "ends": ends}
    found = led(x, step, PLAIN, times=times, units=units)
    observed = ~np.isnan(x)
    np.testing.assert_array_equal(found.outputs["Imputed"][observed], x[observed])
    assert not found.imputed[observed].any()
    np.testing.assert_array_equal(found.imputed, ~observed & ~np.isnan(found.outputs["Imputed"]))


def test_interpolation_runs_between_observations_and_is_safe_for_a_single_one() -> None:
    x = [[1.0, NAN, 0.0], [NAN, 7.0, 1.0], [4.0, NAN, 2.0]]
    step = {"kind": "impute", "method": "interpolate"}
    filled = led(x, step, PLAIN, times=["2000", "2001", "2003"], units=["v"] * 3).outputs["Imputed"]
    np.testing.assert_allclose(filled[:, 0], [1, 2, 4])
    np.testing.assert_allclose(filled[:, 1], [NAN, 7, NAN])


def test_interpolation_with_nearest_ends_holds_the_outer_observations() -> None:
    x = [[NAN, NAN, 0.0], [3.0, 7.0, 1.0], [NAN, NAN, 2.0]]
    step = {"kind": "impute", "method": "interpolate", "ends": "nearest"}
    filled = led(x, step, PLAIN, times=["2000", "2001", "2003"], units=["v"] * 3).outputs["Imputed"]
    np.testing.assert_allclose(filled[:, :2], [[3, 7]] * 3)


def test_mean_does_not_invent_a_unit_without_any_value() -> None:
    found = led([[1.0, 2.0, 3.0], [NAN, NAN, NAN], [3.0, 4.0, 5.0]], {"kind": "impute", "method": "mean"})
    assert np.isnan(found.outputs["Imputed"][1]).all()


@pytest.mark.parametrize(("least", "kept"), [(2 / 3, 4), (0.67, 2), (1.0, 2)])
def test_screening_keeps_units_at_the_limit_and_drops_those_below(least: float, kept: int) -> None:
    found = led(ROWS, {"kind": "screen", "least_share": least})
    assert found.kept.sum() == kept
    assert np.isnan(found.x[~found.kept]).all()
    assert len([n for n in found.notes if n.code == "screened-out"]) == 4 - kept


def test_screening_that_keeps_nobody_is_refused() -> None:
    with pytest.raises(NotComputable, match="keeps no unit"):
        led([[1.0, NAN, NAN], [NAN, 2.0, NAN]], {"kind": "screen", "least_share": 0.9})


def test_treatment_takes_the_logarithm_of_the_untouched_column_where_drawing_in_does_not_do() -> None:
    x = np.exp(np.linspace(0, 12, 40))
    found = led(np.stack([x, np.arange(40.0), np.arange(40.0)], axis=1), {"kind": "treat", "winmax": 1})
    treatment = found.treatments[0]
    assert treatment.log
    assert treatment.drawn_in == 1
    expected = np.log(x - x.min() + 0.01 * (x.max() - x.min()))
    np.testing.assert_allclose(found.outputs["Treated"][:, 0], expected)
    assert not found.treatments[1].log


def test_treatment_of_three_values_leaves_them_and_says_so() -> None:
    found = led(ROWS[:3], {"kind": "treat"})
    np.testing.assert_array_equal(found.outputs["Treated"], np.array(ROWS[:3]))
    assert "too-few-to-treat" in {n.code for n in found.notes}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"method": "minmax", "low": 1, "high": 100}, [1, 34, 100]),
        ({"method": "zscore", "mean": 10, "sd": 2}, 10 + 2 * (np.array([1, 2, 4]) - 7 / 3) / np.std([1, 2, 4], ddof=1)),
        ({"method": "rank"}, [1, 2, 3]),
        ({"method": "percentile"}, [0, 0.5, 1]),
        ({"method": "best"}, [0, 1 / 3, 1]),
        ({"method": "target"}, [0, 1 / 4, 3 / 4]),
        ({"method": "goalposts"}, [10, 20, 40]),
        ({"method": "none"}, [1, 2, 4]),
    ],
)
def test_normalisation_of_a_column_equals_its_formula(step: dict[str, object], expected: object) -> None:
    told = replace(samples.framework().indicators[0], target=5.0, goalposts=(0.0, 10.0))
    made = front(samples.data([[1.0], [2.0], [4.0]]), [told], samples.steps({"kind": "normalise", **step}))
    np.testing.assert_allclose(made.x[:, 0], np.asarray(expected), rtol=1e-12)


@pytest.mark.parametrize("method", ["minmax", "zscore", "rank", "percentile", "best", "target", "goalposts"])
def test_normalisation_of_a_lower_is_better_column_turns_the_order(method: str) -> None:
    told = replace(samples.framework().indicators[2], target=0.5, goalposts=(0.0, 10.0))
    step: dict[str, object] = {"kind": "normalise", "method": method}
    made = front(samples.data([[1.0], [2.0], [4.0]]), [told], samples.steps(step))
    assert (np.diff(made.x[:, 0]) < 0).all()


def test_goalposts_under_the_logarithm_with_caps_equal_the_formula() -> None:
    told = replace(samples.framework().indicators[0], goalposts=(100.0, 10_000.0), log=True, cap=True)
    step: dict[str, object] = {"kind": "normalise", "method": "goalposts", "high": 1}
    made = front(samples.data([[50.0], [1000.0], [99_999.0]]), [told], samples.steps(step))
    np.testing.assert_allclose(made.x[:, 0], [0, 0.5, 1])


def test_pooled_range_is_one_for_all_times_and_a_range_per_time_is_not() -> None:
    x = [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]]
    times, units = ["1", "1", "2", "2"], ["v", "w", "v", "w"]
    pooled = led(x, {"kind": "normalise", "over": "pooled"}, times=times, units=units)
    each = led(x, {"kind": "normalise", "over": "time"}, times=times, units=units)
    np.testing.assert_allclose(pooled.x[:, 0], [0, 25, 50, 100])
    np.testing.assert_allclose(each.x[:, 0], [0, 100, 0, 100])


def test_constant_indicator_is_refused_by_name() -> None:
    with pytest.raises(NotComputable, match="'b' has the same value everywhere"):
        led([[1.0, 7.0, 3.0], [2.0, 7.0, 4.0]])


def test_logarithm_of_zero_is_refused_with_unit_and_remedy() -> None:
    told = replace(samples.framework().indicators[0], log=True)
    with pytest.raises(NotComputable, match=r"is 0 for u1.*log = false"):
        front(samples.data([[0.0], [2.0]]), [told], samples.steps())


def test_distance_to_a_target_that_all_units_reach_is_refused() -> None:
    told = replace(samples.framework().indicators[0], target=1.0)
    with pytest.raises(NotComputable, match="all units reach the target 1"):
        front(samples.data([[1.0], [2.0]]), [told], samples.steps({"kind": "normalise", "method": "target"}))


def test_indicator_without_any_value_is_noted_and_its_column_stays_empty() -> None:
    found = led([[1.0, NAN, 3.0], [2.0, NAN, 4.0]])
    assert np.isnan(found.x[:, 1]).all()
    assert [n.where for n in found.notes if n.code == "no-data"] == ["b"]


@pytest.mark.parametrize("bounds", [(100.0, 0.0), (5.0, 5.0)])
def test_bounds_that_would_turn_the_ranking_round_are_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(BadInput, match="low below high"):
        Normalise(low=bounds[0], high=bounds[1]).resolved()
