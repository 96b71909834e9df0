"""An index as a page shows it: the tree with its weights, each unit with raw and normalised inputs, other weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import UnknownName
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.monitor.index.results import data_hash, note_record, records
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import IndexResult
from setsail.standards.frameworks import Aggregate, Framework, Indicator, checked

WEIGHT = Limit("weight", 0.0, 1000.0, "this product: a weight is a share of its group")


def board(result: IndexResult) -> Record:
    """The tree, the units with all their inputs, and what a reader should know."""
    framework = result.framework
    return {
        "framework": framework.id,
        "title": framework.title,
        "version": framework.version,
        "top": framework.top,
        "sources": list(framework.sources),
        "notes": [note_record(n) for n in result.notes],
        "remarks": list(framework.notes),
        "geographies": list(framework.geographies),
        "data_sha256": data_hash(result.data),
        "nodes": nodes(result),
        "units": units(result),
    }


def nodes(result: IndexResult) -> list[Record]:
    """Every node, each after its parent: weight as declared, share in its parent, units that have a value."""
    found: list[Record] = []
    framework = result.framework
    by_code: dict[str, Indicator | Aggregate] = {i.code: i for i in framework.indicators}
    by_code |= {a.code: a for a in framework.aggregates}

    def add(code: str, depth: int) -> None:
        node = by_code[code]
        found.append(_node(node, depth, result))
        for part in framework.children(code):
            add(part, depth + 1)

    add(framework.top, 0)
    return found


def _node(node: Indicator | Aggregate, depth: int, result: IndexResult) -> Record:
    framework = result.framework
    beside = framework.children(node.parent) if node.parent else (node.code,)
    total = sum(abs(result.weights.get(c, 1.0)) for c in beside)
    weight = abs(result.weights.get(node.code, 1.0))
    values = _column(result, node.code)
    measured: Record = {"unit": None, "target": None, "goalposts": None, "direction": 1}
    if isinstance(node, Indicator):
        posts = list(node.goalposts) if node.goalposts else None
        measured = {"unit": node.unit, "target": node.target, "goalposts": posts, "direction": node.direction}
    return {
        "code": node.code,
        "name": node.name,
        "parent": node.parent or None,
        "depth": depth,
        "indicator": isinstance(node, Indicator),
        "weight": node.weight,
        "share": weight / total if total else 0.0,
        "with_value": int(np.count_nonzero(~np.isnan(values))),
        **measured,
    }


def _column(result: IndexResult, code: str) -> F64:
    """Raw values of an indicator, scores of a node above."""
    codes = result.framework.codes
    if code not in codes:
        return result.scores[code]
    column: F64 = result.data.values[:, codes.index(code)]
    return column


def units(result: IndexResult) -> list[Record]:
    """One record per unit as `results.records` tells it, with its inputs as published and on the common scale."""
    row_of = {key: r for r, key in enumerate(zip(result.data.units, result.data.times, strict=True))}
    out = []
    for record in records(result):
        r = row_of[record["unit"], record["time"] or ""]
        raw = {c: _finite(result.data.values[r, j]) for j, c in enumerate(result.framework.codes)}
        scaled = {c: _finite(result.front.x[r, j]) for j, c in enumerate(result.framework.codes)}
        out.append(record | {"raw": raw, "scaled": scaled})
    return out


def reweighted(inputs: Inputs, weights: Mapping[str, float]) -> Inputs:
    """The same inputs with other weights of some nodes. Raises UnknownName, OutOfRange, BadInput."""
    framework = inputs.framework
    known = [*framework.codes, *(a.code for a in framework.aggregates if a.parent)]
    for code, weight in weights.items():
        if code not in known:
            raise UnknownName(f"is {code!r}", where="weights", allowed=", ".join(known))
        WEIGHT.require(weight)
    return replace(inputs, framework=_with_weights(framework, weights))


def _with_weights(framework: Framework, weights: Mapping[str, float]) -> Framework:
    changed = replace(
        framework,
        indicators=tuple(replace(i, weight=weights.get(i.code, i.weight)) for i in framework.indicators),
        aggregates=tuple(replace(a, weight=weights.get(a.code, a.weight)) for a in framework.aggregates),
    )
    return checked(changed, framework.id)


def trial(declared: IndexResult, tried: IndexResult) -> Record:
    """Ranks and scores under tried weights beside the declared ones; nothing of it is kept."""
    before = {(u["unit"], u["time"]): u for u in records(declared)}
    top = declared.framework.top
    rows = []
    for unit in records(tried):
        old = before[unit["unit"], unit["time"]]
        both = unit["rank"] is not None and old["rank"] is not None
        rows.append(
            {
                "unit": unit["unit"],
                "name": unit["name"],
                "time": unit["time"],
                "rank": unit["rank"],
                "score": unit["scores"][top],
                "rank_declared": old["rank"],
                "score_declared": old["scores"][top],
                "moved": old["rank"] - unit["rank"] if both else None,
                "scores": unit["scores"],
            }
        )
    moved = sum(1 for row in rows if row["moved"])
    return {"published": False, "moved": moved, "ranked": sum(r["rank"] is not None for r in rows), "units": rows,
            "shares": dict(tried.share), "notes": [note_record(n) for n in tried.notes]}  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
