"""Levers: the smallest change of one raw input that lifts a unit, found by search and checked by the whole method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput, NotComputable, UnknownName
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.steps import front
from setsail.monitor.index.study import IndexResult, compute, ranks
from setsail.monitor.index.tables import IndexData
from setsail.monitor.index.tree import Place, scores
from setsail.standards.frameworks import Indicator

GRID = 64
"""Steps of the first search over the allowed change; each of the ROUNDS after it looks closer by FINER."""
FINER, ROUNDS = 16, 4
Reason = Literal["missing", "no_range", "out_of_reach", "method_refuses", "check_failed", ""]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a unit is to reach: a rank (1 is best) or a score of the index."""

    rank: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Lever:
    """One raw input. `change` is in the indicator's raw unit, `share` of the range of the raw column in that time.

    rank, score : what the complete pipeline gives after the change;  beyond : no unit has such a value so far;
    reason : why it is no lever.
    """

    code: str
    value: float
    needed: float
    change: float
    share: float
    rank: float
    score: float
    beyond: bool = False
    reason: Reason = ""
    told: str = ""


def levers(
    inputs: Inputs, unit: str, goal: Goal, *, time: str | None = None, most: float = 1.0
) -> tuple[IndexResult, int, list[Lever]]:
    """Every input of a unit with the smallest change found that reaches the goal, the easiest first.

    most : largest change tried, as a share of the range of the raw column. The search walks a grid from small to
    large and looks closer before the first success; a success between two points of the grid that both fail is not
    seen. A value does not go below 0 where none is, nor a percentage above 100.
    Raises UnknownName, BadInput (the goal is reached already), NotComputable.
    """
    if not 0 < most <= 100:
        raise BadInput(f"is {most:g}", where="--most", allowed="above 0, to 100 times the range")
    nominal = compute(inputs.framework, inputs.data, inputs.pipeline)
    row = _row(nominal, unit, time)
    aim = _aim(nominal, row, goal)
    columns = range(len(inputs.framework.codes))
    found = [_lever(_Search(inputs, nominal, row, j, aim, most)) for j in columns]
    return nominal, row, sorted(found, key=lambda lever: (bool(lever.reason), lever.share))


def _row(nominal: IndexResult, unit: str, time: str | None) -> int:
    data = nominal.data
    wanted = time if time is not None else list(data.blocks())[-1]
    rows = [r for r, u in enumerate(data.units) if u == unit and data.times[r] == wanted]
    if not rows:
        raise UnknownName(
            f"is {unit!r} {wanted}".rstrip(), where="--unit", allowed=", ".join(dict.fromkeys(data.units))
        )
    if np.isnan(nominal.ranks[rows[0]]):
        raise NotComputable(f"{unit!r} has no rank: it was screened out or lacks data", where="levers")
    return rows[0]


def _aim(nominal: IndexResult, row: int, goal: Goal) -> Goal:
    """The goal, or one rank up where none is named. Raises BadInput where it is reached already."""
    rank, score = nominal.ranks[row], nominal.index[row]
    if goal.score is not None:
        if score >= goal.score:
            raise BadInput(f"is {goal.score:g}", where="--target", allowed=f"above the present score {score:g}")
        return goal
    wanted = goal.rank if goal.rank is not None else int(rank) - 1
    if not 1 <= wanted < rank:
        raise BadInput(
            f"is {wanted}", where="--to-rank", allowed=f"1 to {int(rank) - 1} (the present rank is {int(rank)})"
        )
    return Goal(rank=wanted)


@dataclass(frozen=True, slots=True)
class _Search:
    """One input of one unit with what it is to reach."""

    inputs: Inputs
    nominal: IndexResult
    row: int
    column: int
    aim: Goal
    most: float


def _lever(search: _Search) -> Lever:
    inputs, row, column, aim, most = search.inputs, search.row, search.column, search.aim, search.most
    indicator = inputs.framework.indicators[column]
    value = float(inputs.data.values[row, column])
    nothing = (indicator.code, value, np.nan, np.nan, np.nan, np.nan, np.nan)
    block = inputs.data.blocks()[inputs.data.times[row]]
    held = inputs.data.values[block, column]
    span = float(np.nanmax(held) - np.nanmin(held)) if (~np.isnan(held)).any() else 0.0
    if np.isnan(value):
        return Lever(*nothing, reason="missing", told="the value is not known, so there is nothing to move from")
    if span == 0:
        return Lever(*nothing, reason="no_range", told="all units have the same value")
    room = _room(value, held, indicator)
    search = replace(search, most=min(most, room / span))
    if search.most <= 0:
        return Lever(*nothing, reason="out_of_reach", told="the value stands at its bound")
    try:
        share = _smallest(search, span * indicator.direction)
    except NotComputable as err:
        return Lever(*nothing, reason="method_refuses", told=str(err))
    if share is None:
        bound = " (its bound)" if search.most < most else ""
        return Lever(
            *nothing, reason="out_of_reach", told=f"no change up to {search.most:.3g} of the range{bound} does"
        )
    needed = value + share * span * indicator.direction
    result = compute(inputs.framework, _with(inputs, row, column, needed), inputs.pipeline)
    rank, score = float(result.ranks[row]), float(result.index[row])
    fine = rank <= aim.rank if aim.rank is not None else score >= (aim.score or 0.0)
    reason: Reason = "" if fine else "check_failed"
    beyond = not float(np.nanmin(held)) <= needed <= float(np.nanmax(held))
    told = "" if fine else "the whole method does not confirm the change found"
    return Lever(indicator.code, value, needed, needed - value, share, rank, score, beyond, reason, told)


def _room(value: float, held: F64, indicator: Indicator) -> float:
    """How far the value may move: not below 0 where none is, and a percentage not above 100 where none is."""
    if indicator.direction < 0:
        return value if float(np.nanmin(held)) >= 0 else float("inf")
    percent = indicator.unit.lower().startswith("percent") and float(np.nanmax(held)) <= 100
    return 100 - value if percent else float("inf")


def _with(inputs: Inputs, row: int, column: int, value: float) -> IndexData:
    values = inputs.data.values.copy()
    values[row, column] = value
    return replace(inputs.data, values=values)


def _smallest(search: _Search, step: float) -> float | None:
    """Share of the range at the first success on ever finer grids; None without one."""
    low, high = 0.0, search.most
    points = GRID
    for turn in range(ROUNDS + 1):
        tried = low + (high - low) * np.arange(1, points + 1) / points
        hits = np.flatnonzero(_reached(search, tried * step))
        if not hits.size:
            return None if turn == 0 else high
        first = int(hits[0])
        low, high = (tried[first - 1] if first else low), float(tried[first])
        points = FINER
    return high


def _reached(search: _Search, changes: F64) -> Bool:
    """Whether each change of one value reaches the goal; only its column is normalised again."""
    inputs, row, column, aim = search.inputs, search.row, search.column, search.aim
    nominal, trials = search.nominal, len(changes)
    values = np.repeat(inputs.data.values[:, [column]], trials, axis=1)
    values[row] += changes
    data = replace(inputs.data, values=values)
    moved = front(data, [inputs.framework.indicators[column]] * trials, inputs.pipeline, kept=nominal.front.kept).x
    x = np.repeat(nominal.front.x[None], trials, axis=0)
    x[:, :, column] = moved.T
    place = Place(data.units, data.blocks())
    index = scores(x, inputs.framework, inputs.pipeline.aggregate, place).values[inputs.framework.top]
    if aim.score is not None:
        enough: Bool = index[:, row] >= aim.score
        return enough
    high: Bool = ranks(index, place)[:, row] <= (aim.rank or 0)
    return high
