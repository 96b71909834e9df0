"""The choices of method that an uncertainty study varies, and the fronts that they lead to."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.source import Changes, Inputs, changed
from setsail.monitor.index.steps import front
from setsail.monitor.index.tables import IndexData
from setsail.monitor.index.tree import Place, scores

FACTORS = ("printed", "impute", "winmax", "normalise", "aggregate", "weights")


AS_PRINTED = "as printed"


@dataclass(frozen=True, slots=True)
class Choices:
    """Alternatives of each step, as written on a command line; empty: not varied.

    printed : how many draws of all values within their printed bands stand beside the values as printed;
    weights_by : the given weight of each node of `weight_levels` is multiplied by 1 - by .. 1 + by, evenly;
    weight_levels : 1 for indicators; empty for all levels between the indicators and the index.
    """

    printed: int = 0
    impute: tuple[str, ...] = ()
    winmax: tuple[int, ...] = ()
    normalise: tuple[str, ...] = ()
    aggregate: tuple[str, ...] = ()
    weights_by: float = 0.0
    weight_levels: tuple[int, ...] = ()


DEFAULT = Choices(
    winmax=(1, 2, 3, 4, 5),
    normalise=("minmax:1,100", "zscore:10,2"),
    aggregate=("arithmetic", "geometric"),
    weights_by=0.25,
)
"""The design of COINr's uncertainty analysis of ASEM (package vignette "Sensitivity analysis")."""


def choices_of(texts: Sequence[str], declared: Mapping[str, Any]) -> Choices:
    """Choices as texts such as `winmax=1|2|3`, `weights=0.25@2,3`, `normalise=rank|minmax:1,100`, over the declared.

    declared : the table [varied] of a framework. Without both the default design. Raises BadInput.
    """
    told = {k: _listed(k, v) for k, v in declared.items()}
    for text in texts:
        name, separator, alternatives = text.partition("=")
        if not separator or name not in FACTORS:
            raise BadInput(f"is {text!r}", where="--vary", allowed=f"NAME=A|B with NAME of {', '.join(FACTORS)}")
        told[name] = alternatives.split("|")
    if not told:
        return DEFAULT
    by, levels = _weights(told.get("weights", []))
    return Choices(
        printed=max(_whole(told, "printed"), default=0),
        impute=tuple(told.get("impute", ())),
        winmax=_whole(told, "winmax"),
        normalise=tuple(told.get("normalise", ())),
        aggregate=tuple(told.get("aggregate", ())),
        weights_by=by,
        weight_levels=levels,
    )


def _whole(told: Mapping[str, Sequence[str]], name: str) -> tuple[int, ...]:
    try:
        found = tuple(int(w) for w in told.get(name, []))
    except ValueError as err:
        raise BadInput(f"is {told[name]!r}", where=f"--vary {name}", allowed="whole numbers") from err
    if any(k < 0 for k in found):
        raise BadInput(f"is {min(found)}", where=f"--vary {name}", allowed="0 or more")
    return found


def _listed(name: str, value: object) -> list[str]:
    if name not in FACTORS or not isinstance(value, list):
        raise BadInput(f"is {name!r} = {value!r}", where="[varied]", allowed=f"lists named {', '.join(FACTORS)}")
    return [str(v) for v in value]


def _weights(texts: Sequence[str]) -> tuple[float, tuple[int, ...]]:
    if not texts:
        return 0.0, ()
    share, _, levels = texts[0].partition("@")
    try:
        by, at = float(share), tuple(int(k) for k in levels.split(",")) if levels else ()
    except ValueError as err:
        raise BadInput(f"is {texts[0]!r}", where="--vary weights", allowed="such as 0.25 or 0.25@2,3") from err
    if not 0 < by < 1:
        raise BadInput(f"is {share}", where="--vary weights", allowed="above 0 and below 1")
    return by, at


@dataclass(frozen=True, slots=True)
class Design:
    """Alternatives of every discrete factor and the nodes whose weights are varied.

    variants : the data as printed, and draws of it within the printed bands, by name;
    fixed : what was not varied, with the reason.
    """

    inputs: Inputs
    variants: Mapping[str, IndexData]
    factors: Mapping[str, tuple[str, ...]]
    nodes: tuple[str, ...]
    by: float
    fixed: tuple[tuple[str, str], ...]
    place: Place
    _fronts: dict[tuple[str, ...], F64 | str] = field(default_factory=dict)

    def draw_weights(self, rng: np.random.Generator, runs: int) -> dict[str, F64]:
        """Factors (runs,) of the weight of each varied node."""
        return {c: rng.uniform(1 - self.by, 1 + self.by, runs) for c in self.nodes}

    def combinations(self) -> list[tuple[int, ...]]:
        """All combinations of the alternatives, by number."""
        return list(itertools.product(*(range(len(a)) for a in self.factors.values())))

    def index(self, combination: tuple[int, ...], factors: Mapping[str, F64]) -> F64:
        """Scores of the index (R or 1, n) under one combination. Raises NotComputable."""
        told = {name: self.factors[name][k] for name, k in zip(self.factors, combination, strict=True)}
        pipeline = changed(self.inputs.pipeline, _changes(told))
        key = tuple(told.get(f, "") for f in ("printed", "impute", "winmax", "normalise"))
        if key not in self._fronts:
            data = self.variants[told.get("printed", AS_PRINTED)]
            try:
                self._fronts[key] = front(data, self.inputs.framework.indicators, pipeline).x
            except NotComputable as err:
                self._fronts[key] = str(err)
        x = self._fronts[key]
        if isinstance(x, str):
            raise NotComputable(x, where="front")
        found = scores(x[None], self.inputs.framework, pipeline.aggregate, self.place, factors)
        return found.values[self.inputs.framework.top]

    def told(self, combination: tuple[int, ...]) -> dict[str, str]:
        """The combination in words."""
        return {name: self.factors[name][k] for name, k in zip(self.factors, combination, strict=True)}


def _changes(told: Mapping[str, str]) -> Changes:
    winmax = told.get("winmax")
    return Changes(
        impute=told.get("impute"),
        winmax=None if winmax is None else int(winmax),
        normalise=told.get("normalise"),
        aggregate=told.get("aggregate"),
    )


def design(inputs: Inputs, choices: Choices, rng: np.random.Generator) -> Design:
    """The design of a study: what is varied, and what cannot be, with the reason. Raises BadInput."""
    variants = _variants(inputs.data, choices.printed, rng)
    fixed: list[tuple[str, str]] = []
    factors: dict[str, tuple[str, ...]] = {}
    if len(variants) > 1:
        factors["printed"] = tuple(variants)
    else:
        fixed.append(("printed", "not asked for" if not choices.printed else "the data carry no printed bands"))
    gaps = bool(np.isnan(inputs.data.values).any())
    for name in ("impute", "winmax", "normalise", "aggregate"):
        alternatives = tuple(str(a) for a in getattr(choices, name))
        reason = _why_fixed(name, alternatives, inputs, gaps=gaps)
        if reason:
            fixed.append((name, reason))
            continue
        factors[name] = alternatives
    for name, alternatives in factors.items():
        for alternative in alternatives if name != "printed" else ():
            changed(inputs.pipeline, _changes({name: alternative}))
    nodes = _varied_nodes(inputs, choices)
    rules = inputs.pipeline.aggregate
    if not nodes:
        fixed.append(("weights", "not asked for" if not choices.weights_by else "no node of that level has siblings"))
    elif any(rules.of(a.code, a.level).weights in ("pca", "pca_squared", "bod") for a in inputs.framework.aggregates):
        fixed.append(("weights", "they are found from the data (pca, bod) where the pipeline says so"))
    return Design(
        inputs,
        variants,
        factors,
        nodes,
        choices.weights_by,
        tuple(fixed),
        Place(inputs.data.units, inputs.data.blocks()),
    )


def _variants(data: IndexData, draws: int, rng: np.random.Generator) -> dict[str, IndexData]:
    """The data as printed and `draws` of it, each value drawn evenly within its printed band and not below zero."""
    variants = {AS_PRINTED: data}
    if data.halves is None or not np.any(data.halves > 0):
        return variants
    for k in range(1, draws + 1):
        drawn = data.values + rng.uniform(-1.0, 1.0, data.values.shape) * data.halves
        floor = np.where(data.values >= 0, 0.0, -np.inf)
        variants[f"draw {k}"] = replace(data, values=np.maximum(drawn, floor))
    return variants


def _why_fixed(name: str, alternatives: Sequence[str], inputs: Inputs, *, gaps: bool) -> str:
    if not alternatives:
        return "not asked for"
    if name == "winmax" and inputs.pipeline.get("treat") is None:
        return "the pipeline treats no outliers"
    if name == "impute" and not gaps:
        return "no value is missing"
    if len(set(alternatives)) == 1:
        return f"one alternative only ({alternatives[0]})" if alternatives else ""
    return ""


def _varied_nodes(inputs: Inputs, choices: Choices) -> tuple[str, ...]:
    if not choices.weights_by:
        return ()
    framework = inputs.framework
    levels = dict.fromkeys(framework.codes, 1) | {a.code: a.level for a in framework.aggregates}
    top = levels[framework.top]
    wanted = choices.weight_levels or tuple(range(2, top)) or (1,)
    strange = [k for k in wanted if not 1 <= k < top]
    if strange:
        raise BadInput(f"is level {strange[0]}", where="--vary weights", allowed=f"1 to {top - 1}")
    parents = {n.code: n.parent for n in framework.indicators} | {n.code: n.parent for n in framework.aggregates}
    return tuple(c for c, k in levels.items() if k in wanted and parents[c] and len(framework.children(parents[c])) > 1)


def picks(rng: np.random.Generator, made: Design, runs: int) -> I64:
    """Number of the alternative of each factor (runs, factors), evenly drawn."""
    sizes = [len(a) for a in made.factors.values()]
    return np.stack([rng.integers(0, k, runs) for k in sizes], axis=1) if sizes else np.zeros((runs, 0), dtype=np.int64)
