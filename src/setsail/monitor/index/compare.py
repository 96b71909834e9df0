"""Why a score or a rank changed between two runs: restated data, newer data, another method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import NotComputable
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import IndexResult, compute

EFFECTS = ("restatement", "data", "method")


@dataclass(frozen=True, slots=True)
class Change:
    """One unit that both runs rank: rank and score before and after, and the part of each effect in both."""

    unit: str
    name: str
    rank_before: float
    rank_after: float
    score_before: float
    score_after: float
    rank_effects: tuple[float, float, float]
    score_effects: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Changes of all units that both runs rank, and the units that only one of them does."""

    changes: tuple[Change, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stages:
    """The same inputs under the old and the new method: the old data as first known, as restated, the new data."""

    old_method: tuple[Inputs, Inputs, Inputs]
    new_method: tuple[Inputs, Inputs, Inputs]


def compare(stages: Stages) -> Comparison:
    """The change of every unit, told apart into three effects that sum to it.

    Restatement comes before new data; the method may change before, between or after them. Each effect is the mean
    over these three orders. Raises NotComputable where a run has more than one time.
    """
    runs = [[_run(i) for i in row] for row in (stages.old_method, stages.new_method)]
    tables = [[_by_unit(r) for r in row] for row in runs]
    everywhere = set.intersection(*(set(t) for row in tables for t in row))
    before, after = set(tables[0][0]), set(tables[1][2])
    names = dict(zip(runs[1][2].data.units, runs[1][2].data.names, strict=True))
    changes = []
    for unit in sorted(everywhere, key=lambda u: (tables[1][2][u][0], u)):
        grid = np.array([[t[unit] for t in row] for row in tables])
        rank, score = (_effects(grid[:, :, k]) for k in (0, 1))
        (rank_before, score_before), (rank_after, score_after) = grid[0, 0], grid[1, 2]
        changes.append(Change(unit, names[unit], rank_before, rank_after, score_before, score_after, rank, score))
    return Comparison(tuple(changes), tuple(sorted(before - everywhere)), tuple(sorted(after - everywhere)))


def _run(inputs: Inputs) -> IndexResult:
    if inputs.data.panel:
        raise NotComputable(
            "holds several times",
            where=inputs.data.source,
            allowed="one time on each side",
            hint="--period, --period-after",
        )
    return compute(inputs.framework, inputs.data, inputs.pipeline)


def _by_unit(result: IndexResult) -> dict[str, tuple[float, float]]:
    """Rank and score of the units that have them."""
    rows = zip(result.data.units, result.ranks, result.index, strict=True)
    return {u: (float(r), float(s)) for u, r, s in rows if not np.isnan(r)}


def _effects(grid: F64) -> tuple[float, float, float]:
    """Restatement, data and method from a (2 methods, 3 data) grid; they sum to grid[1, 2] - grid[0, 0]."""
    old, new = grid
    method = float(np.mean(new - old))
    orders = ((new, new), (old, new), (old, old))  # method first, between, last: who sees which method
    restatement = float(np.mean([a[1] - a[0] for a, _ in orders]))
    data = float(np.mean([b[2] - b[1] for _, b in orders]))
    return restatement, data, method
