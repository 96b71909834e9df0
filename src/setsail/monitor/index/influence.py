"""What each element does to the ranks: the index without it, its share, its correlation with the index."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import IndexResult, compute
from setsail.standards.frameworks import Framework, checked


@dataclass(frozen=True, slots=True)
class Influence:
    """One element: mean absolute shift of ranks without it, its share in the index, its correlation with it.

    largest : row of the unit that moves most, with its rank before and without;  reason : why there is none.
    """

    code: str
    level: int
    share: float
    correlation: float
    mean_shift: float
    moved: int
    largest: tuple[int, float, float] | None
    reason: str = ""


def leave_one_out(inputs: Inputs, level: int) -> tuple[IndexResult, list[Influence]]:
    """The index without each element of a level, by the complete pipeline, the most influential first.

    level : 1 for indicators. Raises BadInput.
    """
    nominal = compute(inputs.framework, inputs.data, inputs.pipeline)
    framework = inputs.framework
    levels = dict.fromkeys(framework.codes, 1) | {a.code: a.level for a in framework.aggregates}
    elements = [c for c, k in levels.items() if k == level and c != framework.top]
    if not elements:
        raise BadInput(f"is {level}", where="--level", allowed=f"1 to {levels[framework.top] - 1}")
    found = [_without(code, level, inputs, nominal) for code in elements]
    return nominal, sorted(found, key=lambda i: -np.nan_to_num(i.mean_shift, nan=-1.0))


def _without(code: str, level: int, inputs: Inputs, nominal: IndexResult) -> Influence:
    share = sum(nominal.share[c] for c in _leaves(inputs.framework, code))
    correlation = correlated(nominal.scores[code], nominal.index)
    try:
        smaller, keep = drop(inputs.framework, code)
        data = replace(inputs.data, values=inputs.data.values[:, keep])
        ranks = compute(smaller, data, inputs.pipeline).ranks
    except NotComputable as err:
        return Influence(code, level, share, correlation, float("nan"), 0, None, str(err))
    shift = np.abs(ranks - nominal.ranks)
    if np.isnan(shift).all():
        return Influence(code, level, share, correlation, float("nan"), 0, None, "no unit is ranked in both")
    row = int(np.nanargmax(shift))
    largest = (row, float(nominal.ranks[row]), float(ranks[row]))
    return Influence(code, level, share, correlation, float(np.nanmean(shift)), int((shift > 0).sum()), largest)


def _leaves(framework: Framework, code: str) -> list[str]:
    if code in framework.codes:
        return [code]
    return [leaf for child in framework.children(code) for leaf in _leaves(framework, child)]


def drop(framework: Framework, code: str) -> tuple[Framework, list[int]]:
    """The framework without an element and all below it, and the numbers of the columns that stay.

    A node that loses its last part goes too. Raises NotComputable where nothing would stay.
    """
    gone = set(_leaves(framework, code)) | {code}
    indicators = [i for i in framework.indicators if i.code not in gone]
    aggregates = list(framework.aggregates)
    while True:
        parents = {n.parent for n in indicators} | {n.parent for n in aggregates}
        left = [a for a in aggregates if a.code in parents and a.code not in gone]
        if len(left) == len(aggregates):
            break
        aggregates = left
    if not indicators or framework.top not in {a.code for a in aggregates}:
        raise NotComputable(f"nothing is left without {code!r}", where=f"framework {framework.id}")
    smaller = replace(framework, indicators=tuple(indicators), aggregates=tuple(aggregates))
    return checked(smaller, framework.id), [j for j, c in enumerate(framework.codes) if c not in gone]


def correlated(a: F64, b: F64) -> float:
    """Pearson correlation over the units that have both; NaN below 3 units or without a range."""
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 3 or np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:
        return float("nan")
    return float(np.corrcoef(a[both], b[both])[0, 1])
