"""The tree of an index with its weights, other weights tried, and the days that changed its inputs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.monitor.index.board import board, reweighted, trial
from setsail.monitor.index.days import editions
from setsail.monitor.index.results import data_hash
from setsail.monitor.index.shipped import from_observations
from setsail.monitor.index.source import IndexSource, Inputs, load
from setsail.monitor.index.study import IndexResult, compute
from setsail.standards import facts
from setsail.standards.frameworks import framework

DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load(IndexSource(framework="set-sail", geography="regions", known_on=DAY))


def computed(of: Inputs) -> IndexResult:
    return compute(of.framework, of.data, of.pipeline)


def test_top_of_the_tree_comes_first_and_takes_the_whole(inputs: Inputs) -> None:
    first, *rest = board(computed(inputs))["nodes"]
    assert (first["code"], first["parent"], first["depth"], first["share"]) == ("Index", None, 0, 1.0)
    assert all(node["depth"] > 0 for node in rest)


def test_weight_at_its_limits_is_taken_and_beyond_them_refused(inputs: Inputs) -> None:
    for weight in (0.0, 1000.0):
        reweighted(inputs, {"users": weight})
    for weight in (-1e-9, 1000.1, float("nan"), float("inf")):
        with pytest.raises(OutOfRange):
            reweighted(inputs, {"users": weight})


def test_weight_of_an_unknown_node_or_of_the_index_is_refused(inputs: Inputs) -> None:
    for code in ("nobody", "Index"):
        with pytest.raises(UnknownName):
            reweighted(inputs, {code: 1.0})


def test_group_whose_weights_are_all_zero_is_refused(inputs: Inputs) -> None:
    with pytest.raises(BadInput, match="sum to 0"):
        reweighted(inputs, {"users": 0.0, "industry": 0.0, "network": 0.0})


def test_inputs_are_not_changed_by_a_trial(inputs: Inputs) -> None:
    before = computed(inputs)
    told = trial(before, computed(reweighted(inputs, {"users": 9.0})))
    assert told["moved"] > 0
    assert trial(before, computed(inputs))["moved"] == 0
    assert {a.weight for a in inputs.framework.aggregates} == {1.0}


def test_each_edition_is_the_first_day_on_which_its_inputs_were_known() -> None:
    chosen = framework("set-sail")
    found = editions(chosen, facts.observations(), facts.regions(), "provinces", DAY)
    assert len(found) > 2
    for newer, older in zip(found, found[1:], strict=False):  # noqa: RUF007 - names say which is which
        hashes = [
            data_hash(from_observations(
                chosen, facts.observations(), facts.regions(), geography="provinces", known_on=day
            ))
            for day in (older.day, newer.day - timedelta(days=1), newer.day)
        ]  # fmt: skip
        assert hashes[0] == hashes[1] != hashes[2]


def test_day_before_all_figures_has_no_edition() -> None:
    assert editions(framework("set-sail"), facts.observations(), facts.regions(), "regions", date(2019, 1, 1)) == []
