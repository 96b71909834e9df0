"""Why a candidate stays out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from setsail.design.siting.coverage import Coverage
from setsail.design.siting.problem import Problem
from setsail.design.siting.reasons import alone, reasons

HELD: tuple[list[int], ...] = ([0, 1], [0], [0, 2], [], [3], [0, 1], [4])


def line() -> Problem:
    first = np.concatenate([[0], np.cumsum([len(p) for p in HELD])]).astype(np.int64)
    n = len(HELD)
    price = np.array([3.0, 4.0, 5.0, 1.0, 90.0, 2.0, 6.0])
    return Problem(
        Coverage(first, np.concatenate([np.array(p, dtype=np.int32) for p in HELD]), 5), np.arange(n), np.arange(n),
        price, np.zeros(n), np.zeros(n, dtype=bool), np.ones(5), np.full(n, np.inf), budget=10.0,
    )  # fmt: skip


def test_each_reason_is_given_where_it_is_the_case() -> None:
    fixed = np.array([0, 0, 0, 0, 0, 0, 0])
    found = reasons(line(), np.array([0]), fixed)
    assert (found[1].code, found[1].by) == ("dominated", 0)
    assert found[2].code == "outweighed"
    assert found[3].code == "covers-nothing"
    assert found[4].code == "above-budget"
    assert (found[5].code, found[5].by) == ("adds-nothing", None)
    assert reasons(line(), np.array([0]), np.where(np.arange(7) == 2, -1, 0))[2].code == "fixed-out"
    assert reasons(line(), np.array([0, 2]), fixed)[6].code == "no-money-left"
    assert reasons(replace(line(), budget=np.inf), np.array([0, 2]), fixed)[6].code == "outweighed"


def test_demand_alone_is_what_no_other_chosen_covers() -> None:
    assert alone(line(), np.array([0, 2])).tolist() == [1.0, 1.0]
