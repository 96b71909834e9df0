"""Linear and integer programs as HiGHS takes them: columns with a cost, rows between two limits, few entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.extras import require

EXTRA = "rollout"
GAP_RATIO = 0.01
"""By which an integer program may end above the least cost: what it costs comes after when it ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise cost @ x, low <= A @ x <= high, 0 <= x <= most. row, column, value : the entries of A, any order;

    whole : how many of the columns, the first ones, take whole numbers alone.
    """

    cost: F64
    most: F64
    low: F64
    high: F64
    row: I64
    column: I64
    value: F64
    whole: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came out. x : None where nothing was found;  value : of the objective;  duals : of the rows of a linear
    program.
    """

    x: F64 | None
    value: float
    duals: F64


def prepare() -> None:
    """Loads the library, so that a caller can count the time that it takes. Raises MissingExtra."""
    require("highspy", EXTRA)


def solved(program: Program, *, seconds: float) -> Answer:
    """The best that HiGHS finds in the time; nothing is taken for proved by it. Raises MissingExtra."""
    highspy: Any = require("highspy", EXTRA)
    engine = highspy.Highs()
    told = {"output_flag": False, "parallel": "off", "time_limit": max(0.01, seconds), "mip_rel_gap": GAP_RATIO}
    for name, value in told.items():
        engine.setOptionValue(name, value)
    engine.passModel(_passed(highspy, program))
    engine.run()
    info, point = engine.getInfo(), engine.getSolution()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(point.col_value) if found else None
    return Answer(x, float(info.objective_function_value), np.array(point.row_dual))


def _passed(highspy: Any, program: Program) -> Any:  # noqa: ANN401 - the solver's own class
    lp, width = highspy.HighsLp(), program.cost.size
    lp.num_col_, lp.num_row_ = width, program.low.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, np.zeros(width), program.most
    lp.row_lower_, lp.row_upper_ = program.low, program.high
    order = np.lexsort((program.row, program.column))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    starts = np.concatenate([[0], np.cumsum(np.bincount(program.column, minlength=width))])
    lp.a_matrix_.start_, lp.a_matrix_.index_ = starts.astype(np.int32), program.row[order].astype(np.int32)
    lp.a_matrix_.value_ = program.value[order]
    if program.whole:
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * program.whole + [kinds.kContinuous] * (width - program.whole)
    return lp
