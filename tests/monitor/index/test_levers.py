from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setsail.base.errors import BadInput, NotComputable, UnknownName
from setsail.monitor.index.levers import Goal, levers
from setsail.monitor.index.reports import lever_record
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import compute
from tests.monitor.index import samples

FIXED = {"kind": "normalise", "method": "goalposts"}


def fixed(rows: int = 10) -> Inputs:
    """Fixed goalposts 0..10 and the arithmetic mean: every lever can be worked out by hand."""
    made = samples.inputs(rows, FIXED)
    posts = tuple(replace(i, goalposts=(0.0, 10.0)) for i in made.framework.indicators)
    return replace(made, framework=replace(made.framework, indicators=posts))


def test_lever_to_a_score_equals_the_one_worked_out_by_hand() -> None:
    made = fixed()
    nominal, row, found = levers(made, "u1", Goal(score=85.0), most=3)
    missing = 85 - nominal.index[row]
    share = {"a": 0.125, "b": 0.375, "c": 0.5}
    signs = {"a": 1, "b": 1, "c": -1}
    done = {lever.code: lever for lever in found if not lever.reason}
    assert done
    for code, lever in done.items():
        assert lever.change == pytest.approx(signs[code] * missing / (10 * share[code]), rel=1e-4)
        assert lever.score >= 85


def test_every_lever_lifts_the_unit_and_a_little_less_does_not() -> None:
    made = samples.inputs(15, {"kind": "treat", "winmax": 3})
    nominal = compute(made.framework, made.data, made.pipeline)
    unit = made.data.units[int(nominal.ranks.argmax())]
    _, row, found = levers(made, unit, Goal())
    able = [lever for lever in found if not lever.reason]
    assert able
    for lever in able:
        assert lever.rank < nominal.ranks[row]
        column = made.framework.codes.index(lever.code)
        values = made.data.values.copy()
        values[row, column] = lever.value + 0.999 * lever.change
        less = compute(made.framework, replace(made.data, values=values), made.pipeline)
        assert less.ranks[row] == nominal.ranks[row]
    assert [lever.share for lever in able] == sorted(lever.share for lever in able)


def test_lever_to_a_rank_reaches_that_rank() -> None:
    made = fixed()
    nominal = compute(made.framework, made.data, made.pipeline)
    unit = made.data.units[int(nominal.ranks.argmax())]
    _, _, found = levers(made, unit, Goal(rank=3), most=5)
    assert all(lever.rank <= 3 for lever in found if not lever.reason)
    assert any(not lever.reason for lever in found)


def test_input_that_cannot_do_it_is_listed_with_the_reason() -> None:
    made = fixed()
    made.data.values[0, 0] = np.nan
    nominal, row, found = levers(made, "u1", Goal(score=99.0), most=1)
    reasons = {lever.code: lever.reason for lever in found}
    assert reasons["a"] == "missing"
    record = lever_record(nominal, row, found)
    assert {n["indicator"] for n in record["no_levers"]} == {c for c, r in reasons.items() if r}
    assert all(n["told"] for n in record["no_levers"])


def test_value_never_goes_below_zero_nor_a_percentage_above_a_hundred() -> None:
    made = fixed()
    percent = replace(made.framework.indicators[0], unit="percent")
    framework = replace(made.framework, indicators=(percent, *made.framework.indicators[1:]))
    _, _, found = levers(replace(made, framework=framework), "u1", Goal(score=90.0), most=50)
    needed = {lever.code: lever.needed for lever in found if not lever.reason}
    assert needed.get("c", 0.0) >= 0
    assert needed.get("a", 0.0) <= 100


def test_search_leaves_the_data_as_they_were() -> None:
    made = samples.inputs(12)
    before = made.data.values.copy()
    levers(made, "u2", Goal(score=99.9))
    np.testing.assert_array_equal(made.data.values, before)


@pytest.mark.parametrize(("goal", "match"), [(Goal(score=0.0), "above the present score"), (Goal(rank=99), "1 to")])
def test_goal_that_is_reached_already_is_refused(goal: Goal, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        levers(samples.inputs(12), "u1", goal)


def test_unknown_unit_and_a_unit_without_rank_are_refused() -> None:
    with pytest.raises(UnknownName, match="u1, u2"):
        levers(samples.inputs(12), "nobody", Goal())
    made = samples.inputs(12, {"kind": "screen", "least_share": 1.0})
    made.data.values[0, 0] = np.nan
    with pytest.raises(NotComputable, match="no rank"):
        levers(made, "u1", Goal())
