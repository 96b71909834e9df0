"""What an index is computed from: data, framework and pipeline, as a user names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from setsail.base import toml
from setsail.base.errors import BadInput
from setsail.base.observation import read_observations
from setsail.base.printed import number
from setsail.base.tables import read_text
from setsail.monitor.index.options import (
    Aggregate,
    Impute,
    Normalise,
    Pipeline,
    Step,
    Treat,
    pipeline,
    step_of,
)
from setsail.monitor.index.shipped import from_observations
from setsail.monitor.index.study import pipeline_of
from setsail.monitor.index.tables import IndexData, read_data, read_meta
from setsail.standards import facts
from setsail.standards.frameworks import Framework, framework


@dataclass(frozen=True, slots=True)
class IndexSource:
    """Names of the parts. `meta` (COINr's table) or `framework` (a shipped name or a TOML file), and `data`.

    data : CSV file; none for a framework with series of its own, which are read from `observations` or the shipped
    ones;  pipeline : TOML file of [[step]] tables in the place of the framework's steps;  changes : of that pipeline.
    """

    data: Path | None = None
    meta: Path | None = None
    framework: str | None = None
    pipeline: Path | None = None
    changes: Changes | None = None
    observations: Path | None = None
    geography: str = "provinces"
    periods: tuple[str, ...] = ()
    known_on: date | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of single steps as they are written on a command line, such as `minmax:1,100`."""

    skip: tuple[str, ...] = ()
    impute: str | None = None
    winmax: int | None = None
    normalise: str | None = None
    over: str | None = None
    aggregate: str | None = None
    weights: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The parts, read."""

    framework: Framework
    data: IndexData
    pipeline: Pipeline


def load(source: IndexSource) -> Inputs:
    """The parts that a user named. Raises BadInput, UnknownName, NotComputable."""
    if (source.meta is None) == (source.framework is None):
        raise BadInput("needs one of --meta and --framework", where="index", hint="--framework set-sail")
    chosen = read_meta(source.meta) if source.meta else framework(source.framework or "")
    if source.data:
        data = read_data(source.data, chosen)
        if source.periods:
            data = _at(data, source.periods)
    elif any(i.series for i in chosen.indicators):
        told = read_observations(source.observations) if source.observations else facts.observations()
        data = from_observations(
            chosen,
            told,
            facts.regions(),
            geography=source.geography,
            periods=source.periods,
            known_on=source.known_on,
        )
    else:
        raise BadInput("needs --data", where=f"framework {chosen.id}", hint="a CSV file with a row for each unit")
    steps = read_pipeline(source.pipeline) if source.pipeline else pipeline_of(chosen, data)
    return Inputs(chosen, data, changed(steps, source.changes) if source.changes else steps)


def with_method(data: IndexSource, method: IndexSource) -> IndexSource:
    """The data of one source under the framework and the pipeline of another."""
    return replace(data, meta=method.meta, framework=method.framework, pipeline=method.pipeline, changes=method.changes)


def pinned(source: IndexSource, inputs: Inputs) -> IndexSource:
    """The source at the times that `inputs` hold, where it names none and reads observations."""
    if source.periods or source.data:
        return source
    return replace(source, periods=tuple(inputs.data.blocks()))


def _at(data: IndexData, periods: Sequence[str]) -> IndexData:
    strange = [p for p in periods if p not in data.times]
    if strange:
        raise BadInput(f"is {strange[0]!r}", where="--period", allowed=", ".join(data.blocks()))
    return data.take(np.flatnonzero(np.isin(np.asarray(data.times), list(periods))))


def read_pipeline(path: Path) -> Pipeline:
    """The pipeline of a TOML file that holds [[step]] tables (a framework or a run's log will do)."""
    document = toml.document(read_text(path), str(path))
    return pipeline(toml.tables(document, "step", str(path)), str(path))


def changed(steps: Pipeline, changes: Changes) -> Pipeline:
    """The pipeline with single steps changed. Raises BadInput naming the option."""
    for kind in changes.skip:
        if steps.get(kind) is None:
            raise BadInput(f"is {kind!r}", where="--skip", allowed=", ".join(s.kind for s in steps.steps[:-2]))
        steps = steps.without(kind)
    if changes.impute is not None:
        steps = steps.with_step(_impute(changes.impute, steps.get("impute")))
    if changes.winmax is not None:
        treat = steps.get("treat")
        steps = steps.with_step(replace(treat if isinstance(treat, Treat) else Treat(), winmax=changes.winmax))
    if changes.normalise is not None or changes.over is not None:
        steps = steps.with_step(_normalise(steps.normalise, changes))
    if changes.aggregate is not None:
        steps = steps.with_step(_aggregate(changes.aggregate, steps.aggregate))
    if changes.weights is not None:
        steps = steps.with_step(_with_weights(steps.aggregate, changes.weights))
    return steps.resolved()


def _impute(text: str, old: Step | None) -> Step:
    """`mean`, `none`, `interpolate`, or `group_mean:COLUMN`."""
    method, _, group = text.partition(":")
    known = old.group if isinstance(old, Impute) else ""
    return step_of({"kind": "impute", "method": method, "group": group or known}, "--impute")


def _normalise(old: Normalise, changes: Changes) -> Step:
    """`rank`, `minmax:LOW,HIGH`, `zscore:MEAN,SD` ..."""
    over = changes.over or old.over
    if changes.normalise is None:
        step_of({"kind": "normalise", "over": over}, "--over")
        return replace(old, over="pooled" if over == "pooled" else "time")
    method, _, numbers = changes.normalise.partition(":")
    keys = ("mean", "sd") if method == "zscore" else ("low", "high")
    parts = numbers.split(",") if numbers else []
    if parts and len(parts) != len(keys):
        raise BadInput(f"is {changes.normalise!r}", where="--normalise", allowed="such as minmax:1,100 or zscore:10,2")
    bounds = {k: number(p, "--normalise") for k, p in zip(keys, parts, strict=False)}
    return step_of({"kind": "normalise", "over": over, "method": method, **bounds}, "--normalise")


def _aggregate(text: str, old: Aggregate) -> Step:
    """`geometric`, or one method per level from the lowest up: `arithmetic,arithmetic,geometric`."""
    rules = []
    for method in text.split(","):
        made = step_of({"kind": "aggregate", "method": method}, "--aggregate")
        rules += [replace(old.rule, method=made.rule.method)] if isinstance(made, Aggregate) else []
    levels = {str(2 + k): rule for k, rule in enumerate(rules)} if len(rules) > 1 else {}
    return Aggregate(rule=rules[0], levels=levels)


def _with_weights(old: Aggregate, method: str) -> Step:
    made = step_of({"kind": "aggregate", "weights": method}, "--weights")
    if not isinstance(made, Aggregate):
        return old
    weights = made.rule.weights
    return Aggregate(
        replace(old.rule, weights=weights),
        {k: replace(r, weights=weights) for k, r in old.levels.items()},
        {k: replace(r, weights=weights) for k, r in old.nodes.items()},
    )
