from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.options import default_pipeline, pipeline, tables
from setsail.monitor.index.results import log, records, replay_notes, step_tables
from setsail.monitor.index.study import compute, pipeline_of
from setsail.standards.frameworks import parse
from tests.monitor.index import samples

NAN = float("nan")


def test_index_of_a_small_table_equals_the_sum_done_by_hand() -> None:
    data = samples.data([[0.0, 0.0, 4.0], [5.0, 10.0, 2.0], [10.0, 5.0, 0.0]])
    result = compute(samples.framework(), data, samples.steps())
    np.testing.assert_allclose(result.scores["left"], [0, (50 + 3 * 100) / 4, (100 + 3 * 50) / 4])
    np.testing.assert_allclose(result.scores["right"], [0, 50, 100])
    np.testing.assert_allclose(result.index, [0, 68.75, 81.25])
    assert result.ranks.tolist() == [3, 2, 1]
    assert result.share == {"a": 0.125, "b": 0.375, "c": 0.5}


def test_method_may_differ_by_level_and_by_node() -> None:
    data = samples.data([[1.0, 8.0, 4.0], [5.0, 10.0, 2.0], [10.0, 5.0, 1.0]])
    scale = {"kind": "normalise", "method": "minmax", "low": 1, "high": 100, "over": "time"}
    by_level = {"kind": "aggregate", "method": "arithmetic", "levels": {"3": {"method": "geometric"}}}
    result = compute(samples.framework(), data, samples.steps(scale, by_level))
    np.testing.assert_allclose(result.index, np.sqrt(result.scores["left"] * result.scores["right"]))
    by_node = {"kind": "aggregate", "nodes": {"left": {"method": "harmonic", "weights": "equal"}}}
    other = compute(samples.framework(), data, samples.steps(scale, by_node))
    x = other.front.x
    np.testing.assert_allclose(other.scores["left"], 2 / (1 / x[:, 0] + 1 / x[:, 1]))


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_mean_over_zero_is_refused_with_unit_part_and_remedy(method: str) -> None:
    data = samples.data([[0.0, 1.0, 4.0], [5.0, 10.0, 2.0], [10.0, 5.0, 0.0]])
    with pytest.raises(NotComputable, match=rf"{method} mean over 0 \(a of u1\).*minmax:1,100"):
        compute(samples.framework(), data, samples.steps({"kind": "aggregate", "method": method}))


def test_weight_of_a_missing_part_goes_to_its_siblings_then_to_the_other_groups() -> None:
    data = samples.data([[0.0, 0.0, 4.0], [5.0, 10.0, NAN], [10.0, NAN, 0.0]])
    result = compute(samples.framework(), data, samples.steps())
    assert result.scores["left"][2] == 100  # a alone
    assert result.index[1] == result.scores["left"][1]  # right has nothing
    np.testing.assert_allclose(result.coverage, [1, 0.5, 0.625])
    record = next(r for r in records(result) if r["unit"] == "u2")
    assert (record["partial"], record["missing"], record["scores"]["right"]) == (True, ["right"], None)


def test_missing_part_leaves_no_score_where_the_rule_refuses() -> None:
    data = samples.data([[0.0, 0.0, 4.0], [5.0, 10.0, NAN], [10.0, 5.0, 0.0]])
    result = compute(samples.framework(), data, samples.steps({"kind": "aggregate", "missing": "refuse"}))
    assert np.isnan(result.ranks).tolist() == [False, True, False]
    assert records(result)[-1]["rank"] is None


@pytest.mark.parametrize(("least", "there"), [(0.25, True), (0.2501, False)])
def test_least_share_of_the_weight_is_held_at_its_limit(least: float, there: bool) -> None:
    data = samples.data([[0.0, 0.0, 4.0], [5.0, NAN, 2.0], [10.0, 5.0, 0.0]])
    rule = {"kind": "aggregate", "nodes": {"left": {"least_share": least}}}
    result = compute(samples.framework(), data, samples.steps(rule))
    assert np.isnan(result.scores["left"][1]) != there


def test_negative_principal_weight_is_warned_of_in_the_result() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=30)
    flat = parse(samples.FRAMEWORK.replace('"right"\ndirection = -1', '"left"').replace(
        '[[aggregate]]\ncode = "right"\nparent = "Index"\n', ""), "flat.toml")  # fmt: skip
    data = samples.data(np.stack([base, base + rng.normal(size=30) / 9, -base], axis=1))
    nodes = {"left": {"weights": "pca"}}
    result = compute(flat, data, samples.steps({"kind": "aggregate", "nodes": nodes}))
    assert [n.code for n in result.notes] == ["negative-weight"]
    assert result.weights["c"] < 0


def test_benefit_of_doubt_gives_the_best_unit_the_whole_scale() -> None:
    data = samples.data(np.random.default_rng(1).uniform(1, 9, (8, 3)))
    result = compute(samples.framework(), data, samples.steps({"kind": "aggregate", "weights": "bod"}))
    assert result.index.max() == pytest.approx(100)
    with pytest.raises(NotComputable, match=r"weights bod.*method arithmetic"):
        compute(samples.framework(), data, samples.steps({"kind": "aggregate", "weights": "bod", "method": "copeland"}))


def test_units_are_ranked_and_compared_within_their_own_time() -> None:
    x = np.random.default_rng(1).uniform(1, 9, (8, 3))
    times = ["2001"] * 4 + ["2002"] * 4
    units = [f"v{k}" for k in range(4)] * 2
    rule = {"kind": "aggregate", "method": "copeland"}
    both = compute(samples.framework(), samples.data(x, times, units), samples.steps(rule))
    first = compute(samples.framework(), samples.data(x[:4], times[:4], units[:4]), samples.steps(rule))
    np.testing.assert_array_equal(both.scores["left"][:4], first.scores["left"])
    assert sorted(both.ranks[4:]) == [1, 2, 3, 4] or len(set(both.ranks[4:])) < 4
    assert [r["time"] for r in records(both)] == sorted(times)


def test_log_of_a_run_is_a_framework_that_gives_the_same_bits() -> None:
    made = samples.inputs(
        12,
        {"kind": "denominate"},
        {"kind": "impute", "method": "group_mean", "group": "zone"},
        {"kind": "screen"},
        {"kind": "treat", "winmax": 3, "skip": ["b"]},
        {"kind": "normalise", "low": 0.1 + 0.2, "high": 100, "indicators": {"c": {"method": "zscore", "mean": 50}}},
        {"kind": "aggregate", "levels": {"3": {"method": "geometric"}}},
    )
    result = compute(made.framework, made.data, made.pipeline)
    text = log(result, "0")
    again = parse(text, "log.toml")
    repeated = compute(again, made.data)
    np.testing.assert_array_equal(repeated.index, result.index)
    assert step_tables(repeated) == step_tables(result)
    assert log(repeated, "0").split("[run]")[1] == text.split("[run]")[1]
    assert tomllib.loads(text)["run"]["data_sha256"]
    assert replay_notes(repeated) == []
    other = replace(made.data, values=made.data.values + 1)
    assert [n.code for n in replay_notes(compute(again, other))] == ["other-data"]


def test_tables_of_a_pipeline_read_back_to_the_same_pipeline() -> None:
    for panel in (False, True):
        made = default_pipeline(["zone"], panel=panel)
        assert pipeline(tables(made), "again") == made


def test_default_pipeline_fills_with_the_mean_of_all_where_there_is_no_group() -> None:
    framework = replace(samples.framework(), groupings=())
    step = pipeline_of(framework, samples.data([[1.0, 2.0, 3.0]])).get("impute")
    assert getattr(step, "method", "") == "mean"


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ({"kind": "guess"}, "kind: is 'guess'"),
        ({"kind": "normalise", "method": "magic"}, "method: is 'magic'"),
        ({"kind": "normalise", "low": "x"}, "low: is 'x'"),
        ({"kind": "normalise", "colour": 1}, "unknown key 'colour'"),
        ({"kind": "treat", "winmax": -1}, "winmax: is -1"),
        ({"kind": "treat", "winmax": 2.5}, "winmax: is 2.5"),
        ({"kind": "treat", "log": 1}, "log: is 1"),
        ({"kind": "aggregate", "levels": {"2": {"method": "x"}}}, r"levels.2 method: is 'x'"),
        ({"kind": "aggregate", "weights": "heavy"}, "weights: is 'heavy'"),
        ({"kind": "aggregate", "levels": 3}, "levels: is 3"),
        ({"kind": "normalise", "indicators": {"a": "rank"}}, "indicators: is"),
    ],
)
def test_faulty_step_is_refused_with_its_key(table: dict[str, object], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        samples.steps(table)


@pytest.mark.parametrize(
    "kinds", [["aggregate"], ["normalise"], ["aggregate", "normalise"], ["normalise", "normalise", "aggregate"]]
)
def test_pipeline_that_does_not_end_in_normalise_and_aggregate_is_refused(kinds: list[str]) -> None:
    with pytest.raises(BadInput, match="pipeline"):
        pipeline([{"kind": k} for k in kinds], "test")


@pytest.mark.parametrize(
    ("step", "match"),
    [
        ({"kind": "normalise", "indicators": {"zz": {"method": "rank"}}}, "normalise.indicators: names 'zz'"),
        ({"kind": "aggregate", "levels": {"9": {}}}, "aggregate.levels: names '9'"),
        ({"kind": "aggregate", "nodes": {"zz": {}}}, "aggregate.nodes: names 'zz'"),
    ],
)
def test_pipeline_that_speaks_of_what_the_framework_lacks_is_refused(step: dict[str, object], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        compute(samples.framework(), samples.data([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]), samples.steps(step))
