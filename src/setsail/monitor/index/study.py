"""The index as a method: raw columns, steps, scores, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.monitor.index import kernels
from setsail.monitor.index.options import Pipeline, default_pipeline, pipeline
from setsail.monitor.index.steps import Front, front
from setsail.monitor.index.tables import IndexData, Note
from setsail.monitor.index.tree import Place, Scores, scores
from setsail.standards.frameworks import Framework


@dataclass(frozen=True, slots=True)
class IndexResult:
    """Scores of every node (n,) by code, ranks of the index in each time (n,), and what led there.

    weights : of each node in its parent, where they are the same for all units;  share : of each indicator in the
    index after the weights of all levels;  coverage : (n,) share of the weight with an observed value.
    """

    framework: Framework
    pipeline: Pipeline
    data: IndexData
    front: Front
    scores: Mapping[str, F64]
    ranks: F64
    weights: Mapping[str, float]
    share: Mapping[str, float]
    coverage: F64
    notes: tuple[Note, ...]

    @property
    def index(self) -> F64:
        """Scores of the top node (n,)."""
        return self.scores[self.framework.top]


def pipeline_of(framework: Framework, data: IndexData) -> Pipeline:
    """The pipeline that the framework declares, or the default one."""
    if framework.steps:
        return pipeline(framework.steps, framework.id)
    return default_pipeline([g for g in framework.groupings if g in data.groups], panel=data.panel)


def compute(framework: Framework, data: IndexData, steps: Pipeline | None = None) -> IndexResult:
    """The index of all units. Raises NotComputable, BadInput.

    steps : in the place of those of the framework.
    """
    chosen = steps or pipeline_of(framework, data)
    _require_codes(framework, chosen)
    before = front(data, framework.indicators, chosen)
    place = Place(data.units, data.blocks())
    found = scores(before.x[None], framework, chosen.aggregate, place)
    values = {c: v[0] for c, v in found.values.items()}
    weights = {c: float(w[0]) for c, w in found.weights.items()}
    share = shares(framework, weights)
    held = ~np.isnan(data.values) @ np.array([share[c] for c in framework.codes])
    return IndexResult(
        framework=framework,
        pipeline=chosen,
        data=data,
        front=before,
        scores=values,
        ranks=ranks(values[framework.top], place),
        weights=weights,
        share=share,
        coverage=held,
        notes=(*data.notes, *before.notes, *found.notes),
    )


def ranks(index: F64, place: Place) -> F64:
    """Rank in each time, 1 for the highest score, equal scores share the best; (n,) or (R, n)."""
    wide = np.atleast_2d(index)
    out = np.full_like(wide, np.nan)
    for rows in place.blocks.values():
        out[:, rows] = kernels.ranks_down(wide[:, rows])
    return out.reshape(index.shape)


def shares(framework: Framework, weights: Mapping[str, float]) -> dict[str, float]:
    """Declared share of each indicator in the index: its weights in all levels above it, multiplied."""
    of = {framework.top: 1.0}
    for aggregate in reversed(framework.aggregates):
        parts = framework.children(aggregate.code)
        sizes = [abs(weights.get(c, 1.0)) for c in parts]
        for code, size in zip(parts, sizes, strict=True):
            of[code] = of.get(aggregate.code, 0.0) * size / (sum(sizes) or 1.0)
    return {c: of[c] for c in framework.codes}


def _require_codes(framework: Framework, steps: Pipeline) -> None:
    """Refuses a pipeline that speaks of what the framework does not hold."""
    levels = {str(a.level) for a in framework.aggregates}
    nodes = {a.code for a in framework.aggregates}
    asked: Sequence[tuple[str, Mapping[str, object], set[str]]] = (
        ("normalise.indicators", steps.normalise.indicators, set(framework.codes)),
        ("aggregate.levels", steps.aggregate.levels, levels),
        ("aggregate.nodes", steps.aggregate.nodes, nodes),
    )
    for where, table, allowed in asked:
        for key in table:
            if key not in allowed:
                raise BadInput(f"names {key!r}", where=where, allowed=", ".join(sorted(allowed)))


__all__ = ["IndexResult", "Scores", "compute", "pipeline_of", "ranks", "shares"]
