"""From normalised columns to the score of every node, bottom up, for one run or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import NotComputable
from setsail.monitor.index import kernels
from setsail.monitor.index.options import Aggregate as Step
from setsail.monitor.index.options import Rule
from setsail.monitor.index.tables import Note
from setsail.monitor.index.weighting import benefit_of_doubt, principal
from setsail.standards.frameworks import Framework

METHODS = {
    "arithmetic": kernels.ARITHMETIC,
    "geometric": kernels.GEOMETRIC,
    "harmonic": kernels.HARMONIC,
    "copeland": kernels.COPELAND,
    "mazziotta_pareto": kernels.MAZZIOTTA_PARETO,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores (R, n) of all nodes by code, and the weights (R or 1,) that each node had in its parent."""

    values: Mapping[str, F64]
    weights: Mapping[str, F64]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Names of the rows, for errors, and the rows of each time."""

    units: tuple[str, ...]
    blocks: Mapping[str, I64]


def scores(x: F64, framework: Framework, step: Step, place: Place, factors: Mapping[str, F64] | None = None) -> Scores:
    """Scores of every node.

    x : (R or 1, n, m) normalised columns;  factors : (R,) by which the given weight of a node is multiplied.
    Raises NotComputable (geometric or harmonic mean of values that are not above 0, weights that sum to 0).
    """
    values: dict[str, F64] = {c: x[:, :, j] for j, c in enumerate(framework.codes)}
    weights: dict[str, F64] = {}
    notes: list[Note] = []
    nodes = {n.code: n.weight for n in framework.indicators} | {n.code: n.weight for n in framework.aggregates}
    for aggregate in framework.aggregates:
        parts = framework.children(aggregate.code)
        rule = step.of(aggregate.code, aggregate.level)
        stacked = np.stack(np.broadcast_arrays(*(values[c] for c in parts)), axis=2)
        given = np.stack(
            np.broadcast_arrays(*((factors or {}).get(c, np.ones(1)) * _declared(nodes[c], rule) for c in parts)),
            axis=1,
        )
        _require_positive(stacked, rule, parts, aggregate.code, place)
        if rule.weights == "bod":
            score = np.stack([_doubt(run, rule, aggregate.code, place) for run in stacked])
        else:
            w = given
            if rule.weights in ("pca", "pca_squared"):
                w, found = _principal(stacked, rule, parts, aggregate.code)
                notes.extend(found)
            score = _by_block(stacked, w, rule, place)
            score = _enough(score, stacked, w, rule)
            weights |= {c: w[:, k] for k, c in enumerate(parts)}
        values[aggregate.code] = score
    return Scores(values, weights, tuple(notes))


def _declared(weight: float, rule: Rule) -> float:
    return 1.0 if rule.weights == "equal" else weight


def _by_block(x: F64, w: F64, rule: Rule, place: Place) -> F64:
    """Scores of one node; the units of one time are compared among each other only."""
    method = METHODS[rule.method]
    if method != kernels.COPELAND or len(place.blocks) == 1:
        return kernels.aggregated(x, w, method, rule.penalty)
    out = np.full((max(len(x), len(w)), x.shape[1]), np.nan)
    for rows in place.blocks.values():
        out[:, rows] = kernels.aggregated(x[:, rows], w, method, rule.penalty)
    return out


def _enough(score: F64, x: F64, w: F64, rule: Rule) -> F64:
    """Scores without those of units that hold too little of the weight."""
    least = 1.0 if rule.missing == "refuse" else rule.least_share
    there = ~np.isnan(x)
    if least <= 0 or there.all():
        return score
    held = kernels.aggregated(there.astype(np.float64), w, kernels.ARITHMETIC)
    return np.where(held >= least - 1e-12, score, np.nan)


def _principal(x: F64, rule: Rule, parts: tuple[str, ...], parent: str) -> tuple[F64, list[Note]]:
    found = [principal(run, parts, parent, squared=rule.weights == "pca_squared") for run in x]
    return np.stack([w for w, _ in found]), list(dict.fromkeys(n for _, notes in found for n in notes))


def _doubt(x: F64, rule: Rule, parent: str, place: Place) -> F64:
    if rule.method != "arithmetic":
        raise NotComputable(
            f"is {rule.method!r} with weights bod", where=f"aggregation of {parent}", allowed="method arithmetic"
        )
    out = np.full(len(x), np.nan)
    for rows in place.blocks.values():
        out[rows], _ = benefit_of_doubt(x[rows], rule.share_low, rule.share_high, f"benefit of the doubt of {parent}")
    return rule.scale * out


REMEDY = "normalise with minmax from 1 to 100 (--normalise minmax:1,100), or aggregate by arithmetic mean"


def _require_positive(x: F64, rule: Rule, parts: tuple[str, ...], parent: str, place: Place) -> None:
    if rule.method not in ("geometric", "harmonic", "mazziotta_pareto"):
        return
    low = np.where(np.isnan(x), np.inf, x)
    if rule.method == "mazziotta_pareto":
        if (low.min(axis=2) > 0).all() or (np.nan_to_num(x).mean(axis=2)[np.isfinite(low).any(axis=2)] > 0).all():
            return
    elif (low > 0).all():
        return
    _, row, part = (int(i) for i in np.unravel_index(int(low.argmin()), low.shape))
    name = {"mazziotta_pareto": "Mazziotta-Pareto mean"}.get(rule.method, f"{rule.method} mean")
    raise NotComputable(
        f"{name} over {low.min():.6g} ({parts[part]} of {place.units[row]})", where=f"aggregation of {parent}",
        allowed="values above 0", hint=REMEDY,
    )  # fmt: skip
