from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.choices import DEFAULT, Choices, choices_of
from setsail.monitor.index.reports import robustness_record, sensitivity_record
from setsail.monitor.index.robustness import SEPARABLE, robustness
from setsail.monitor.index.sensitivity import estimated, exact, sensitivity, sobol
from setsail.monitor.index.source import Changes, IndexSource, Inputs, changed, load
from setsail.monitor.index.study import compute
from tests.monitor.index import samples

BOTH = Choices(normalise=("minmax:1,100", "zscore:10,2"), aggregate=("arithmetic", "geometric"), weights_by=0.25)


def test_every_run_equals_the_whole_method_run_again_with_its_choices() -> None:
    made = samples.inputs(12, {"kind": "treat", "winmax": 2})
    found = robustness(made, Choices(winmax=(1, 3), normalise=BOTH.normalise, aggregate=BOTH.aggregate), 40,
        np.random.default_rng(1))  # fmt: skip
    for run in range(40):
        told = {n: a[found.picks[run, k]] for k, (n, a) in enumerate(found.design.factors.items())}
        changes = Changes(winmax=int(told["winmax"]), normalise=told["normalise"], aggregate=told["aggregate"])
        plain = compute(made.framework, made.data, changed(made.pipeline, changes))
        np.testing.assert_array_equal(found.ranks[run], plain.ranks)


def test_same_seed_gives_the_same_study_and_another_seed_another() -> None:
    made = samples.inputs(15)
    first, again, other = (robustness(made, BOTH, 50, np.random.default_rng(seed)).ranks for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_alternative_that_cannot_be_computed_is_listed_with_its_runs_and_reason() -> None:
    made = samples.inputs(12)
    choices = Choices(normalise=("minmax:0,100", "minmax:1,100"), aggregate=("arithmetic", "geometric"))
    record = robustness_record(robustness(made, choices, 200, np.random.default_rng(1)), 1)
    assert [s["what"] for s in record["skipped"]] == ["normalise minmax:0,100, aggregate geometric"]
    assert "geometric mean over 0" in record["skipped"][0]["reason"]
    assert record["runs_used"] == 200 - record["skipped"][0]["runs"]
    listed = {a["alternative"]: a for v in record["varied"] for a in v["alternatives"]}
    assert listed["geometric"]["runs_used"] < listed["geometric"]["runs"]
    with pytest.raises(NotComputable, match="leave out one of the two"):
        sensitivity(made, choices, np.random.default_rng(1), samples=8)


def test_study_of_which_no_run_can_be_computed_is_refused() -> None:
    made = samples.inputs(12)
    choices = Choices(normalise=("minmax:0,100", "minmax:0,1"), aggregate=("geometric", "harmonic"))
    with pytest.raises(NotComputable, match="no run can be computed"):
        robustness(made, choices, 20, np.random.default_rng(1))


def test_choice_without_effect_is_listed_as_not_varied_with_the_reason() -> None:
    choices = Choices(impute=("mean", "none"), winmax=(1, 5), normalise=("rank",), weights_by=0.1)
    record = robustness_record(robustness(samples.inputs(12), choices, 20, np.random.default_rng(1)), 1)
    reasons = {f["choice"]: f["reason"] for f in record["not_varied"]}
    assert reasons == {
        "printed": "not asked for",
        "impute": "no value is missing",
        "winmax": "the pipeline treats no outliers",
        "normalise": "one alternative only (rank)",
        "aggregate": "not asked for",
    }


def test_values_are_drawn_within_their_printed_bands_and_move_close_ranks_only() -> None:
    made = samples.inputs(12)
    spread = np.ptp(made.data.values, axis=0)
    wide = replace(made, data=replace(made.data, halves=np.broadcast_to(0.2 * spread, made.data.values.shape)))
    found = robustness(wide, Choices(printed=30), 200, np.random.default_rng(1))
    drawn = [v.values for name, v in found.design.variants.items() if name != "as printed"]
    assert len(drawn) == 30
    assert all((np.abs(v - made.data.values) <= 0.2 * spread + 1e-12).all() for v in drawn)
    assert np.ptp(found.ranks, axis=0).max() >= 1
    exact_data = robustness(made, Choices(printed=30, normalise=BOTH.normalise), 20, np.random.default_rng(1))
    assert ("printed", "the data carry no printed bands") in exact_data.design.fixed


def test_shipped_provinces_with_neighbouring_figures_are_not_told_apart() -> None:
    made = load(IndexSource(framework="set-sail", known_on=date(2026, 11, 21)))
    found = robustness(made, choices_of((), made.framework.varied), 300, np.random.default_rng(1))
    units = list(made.data.units)
    fujian, chongqing = units.index("350000"), units.index("500000")  # 34.6 and 34.5 per 10,000 in whole thousands
    assert found.groups[fujian] == found.groups[chongqing]
    assert found.groups[units.index("110000")] == 1


def test_groups_open_only_with_a_unit_that_the_opener_beats_often_enough() -> None:
    found = robustness(samples.inputs(20), BOTH, 300, np.random.default_rng(1))
    order = np.argsort(found.ranks.mean(axis=0), kind="stable")
    groups = found.groups[order]
    assert groups[0] == 1
    assert (np.diff(groups) >= 0).all()
    opener = order[0]
    for place in range(1, len(order)):
        front = (found.ranks[:, opener] < found.ranks[:, order[place]]).mean()
        front += 0.5 * (found.ranks[:, opener] == found.ranks[:, order[place]]).mean()
        assert (front >= SEPARABLE) == (groups[place] > groups[place - 1])
        opener = order[place] if groups[place] > groups[place - 1] else opener


def test_weights_stay_within_the_share_asked_for_and_only_at_the_levels_named() -> None:
    made = samples.inputs(12)
    found = robustness(made, Choices(weights_by=0.25, weight_levels=(1,)), 10, np.random.default_rng(1))
    assert found.design.nodes == ("a", "b")  # c has no sibling: its weight moves nothing
    drawn = found.design.draw_weights(np.random.default_rng(1), 1000)
    assert all(f.min() >= 0.75 and f.max() <= 1.25 for f in drawn.values())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("colour=1|2", "colour"),
        ("winmax", "winmax"),
        ("winmax=a|b", "whole numbers"),
        ("weights=1.5", "above 0 and below 1"),
        ("weights=x", "such as 0.25"),
    ],
)
def test_faulty_choice_is_refused(text: str, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        choices_of([text], {})


@pytest.mark.parametrize("text", ["weights=0.1@9", "normalise=magic|rank", "aggregate=magic|arithmetic"])
def test_choice_that_the_framework_does_not_know_is_refused_before_any_run(text: str) -> None:
    with pytest.raises(BadInput):
        robustness(samples.inputs(12), choices_of([text], {}), 10, np.random.default_rng(1))


def test_choices_come_from_the_command_line_then_the_framework_then_the_default() -> None:
    assert choices_of([], {}) == DEFAULT
    declared = {"normalise": ["rank", "best"], "weights": ["0.1@1,2"]}
    assert choices_of([], declared) == Choices(normalise=("rank", "best"), weights_by=0.1, weight_levels=(1, 2))
    assert choices_of(["normalise=rank|percentile"], declared).normalise == ("rank", "percentile")
    assert choices_of(["winmax=1|2"], {}) == Choices(winmax=(1, 2))


def test_exact_indices_of_an_additive_table_are_its_shares_of_variance() -> None:
    table = np.arange(3.0)[:, None] * 2 + np.array([0.0, 3.0])[None]
    first, total = exact(table)
    parts = np.array([np.var([0, 2, 4]), np.var([0, 3])])
    np.testing.assert_allclose(first, parts / parts.sum())
    np.testing.assert_allclose(total, first)


def test_estimated_indices_bracket_the_exact_ones() -> None:
    found = sensitivity(samples.inputs(20), BOTH, np.random.default_rng(1), samples=4096, weight_sets=100)
    pairs = ((found.sobol.first_interval, found.exact_first), (found.sobol.total_interval, found.exact_total))
    for interval, value in pairs:
        wide = np.ptp(interval, axis=1)
        assert (interval[:, 0] - wide <= value).all()
        assert (value <= interval[:, 1] + wide).all()
    record = sensitivity_record(found, 1)
    assert [f["choice"] for f in record["factors"]] == ["normalise", "aggregate", "weights"]
    assert record["computations"] == 2 * 2 * 100


def test_sensitivity_needs_two_choices_and_a_power_of_two() -> None:
    with pytest.raises(NotComputable, match="two choices"):
        sensitivity(samples.inputs(12), Choices(normalise=("rank", "best")), np.random.default_rng(1))
    with pytest.raises(BadInput, match="power of 2"):
        sobol(lambda u: u[:1], 2, 1000, np.random.default_rng(1))


def test_indices_of_a_constant_do_not_exist() -> None:
    first, total = estimated(np.ones(4), np.ones(4), np.ones((2, 4)))
    assert np.isnan(first).all()
    assert np.isnan(total).all()


def test_runs_below_two_are_refused() -> None:
    made: Inputs = samples.inputs(12)
    with pytest.raises(BadInput, match="--runs"):
        robustness(made, BOTH, 1, np.random.default_rng(1))
