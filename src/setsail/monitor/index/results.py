"""An index as records, as one CSV text per step, and as a log that can be run again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from setsail.base.record import Record
from setsail.monitor.index.options import tables
from setsail.monitor.index.study import IndexResult
from setsail.monitor.index.tables import IndexData, Note, time_key
from setsail.standards.frameworks import Framework, Indicator


@dataclass(frozen=True, slots=True)
class IndexRun:
    """All that a run hands out: records, CSV text of each step by file name, log as TOML, notes."""

    records: list[Record]
    steps: Mapping[str, str]
    log: str
    notes: list[Record]


def run(result: IndexResult, version: str) -> IndexRun:
    """The run of a computed index, as written by this version of the product."""
    notes = [note_record(n) for n in (*result.notes, *replay_notes(result))]
    return IndexRun(records(result), step_tables(result), log(result, version), notes)


def note_record(note: Note) -> Record:
    """A note as a record."""
    return {"code": note.code, "where": note.where, "what": note.what}


def records(result: IndexResult) -> list[Record]:
    """One record per unit and time, by time and rank: unit, scores of every node above the indicators, rank.

    year : that the time begins with, where it does;  coverage : share of the weight with an observed value;
    partial : true where that is less than all;
    imputed : codes of the filled values;  missing : codes of the nodes without a score.
    """
    codes = [a.code for a in reversed(result.framework.aggregates)]
    data = result.data
    rows = range(len(data.units))
    last = len(data.units) + 1.0
    ranks = np.where(np.isnan(result.ranks), last, result.ranks)
    order = sorted(rows, key=lambda r: (time_key(data.times[r]), ranks[r], data.units[r]))
    out = []
    for r in order:
        scores = {c: _number(result.scores[c][r]) for c in codes}
        record: Record = {
            "unit": data.units[r],
            "name": data.names[r],
            "time": data.times[r] or None,
            "year": _year(data.times[r]),
            "scores": scores,
            "rank": None if np.isnan(result.ranks[r]) else int(result.ranks[r]),
            "coverage": round(float(result.coverage[r]), 12),
            "partial": bool(result.coverage[r] < 1 - 1e-9),
            "missing": [c for c in codes if scores[c] is None],
            "imputed": [c for c, filled in zip(result.framework.codes, result.front.imputed[r], strict=True) if filled],
        }
        if not result.front.kept[r]:
            record["screened_out"] = True
        out.append(record)
    return out


def _year(time: str) -> int | None:
    """The year that a time begins with."""
    return int(time[:4]) if time[:4].isdecimal() and len(time) >= 4 and not time[4:5].isdecimal() else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def step_tables(result: IndexResult) -> dict[str, str]:
    """CSV text of every step by file name, rows by unit (and time), and the table of the treatment."""
    indicators = list(result.framework.codes)
    out = {
        f"{name}.csv": _table(result, indicators, x, screened=name not in ("Raw", "Denominated", "Imputed"))
        for name, x in result.front.outputs.items()
    }
    above = [a.code for a in sorted(result.framework.aggregates, key=lambda a: (a.level, a.code))]
    columns = [*indicators, *above]
    matrix = np.stack([result.scores[c] for c in columns], axis=1)
    out["Aggregated.csv"] = _table(result, columns, matrix, screened=True)
    if result.front.treatments:
        out["treatment_details.csv"] = _treatment(result)
    return out


def _table(result: IndexResult, columns: Sequence[str], x: Any, *, screened: bool) -> str:  # noqa: ANN401 - F64
    data = result.data
    timed = data.panel
    keep = result.front.kept
    rows = [r for r in range(len(data.units)) if keep[r] or not screened]
    rows.sort(key=lambda r: (time_key(data.times[r]), data.units[r]))
    lines = [
        [data.units[r], *([data.times[r]] if timed else []), *("NA" if np.isnan(v) else repr(float(v)) for v in x[r])]
        for r in rows
    ]
    return _csv([["uCode", *(["Time"] if timed else []), *columns], *lines])


def _treatment(result: IndexResult) -> str:
    """What the treatment did to each column; columns as COINr names them."""
    names = [f"check_SkewKurt{k}.{part}" for k in range(3) for part in ("Pass", "Skew", "Kurt")]
    timed = result.data.panel
    head = ["iCode", *(["Time"] if timed else []), *names[:3], "winsorise.nwin", *names[3:6], "log", *names[6:]]
    lines = [head]
    for t in result.front.treatments:
        cells = [str(v).upper() if isinstance(v, bool) else _text(v) for check in t.checks for v in check]
        cells += ["NA"] * (9 - len(cells))
        count = "NA" if t.drawn_in is None else str(t.drawn_in)
        lines.append(
            [t.code, *([t.time] if timed else []), *cells[:3], count, *cells[3:6], str(t.log).upper(), *cells[6:]]
        )
    return _csv(lines)


def _text(value: float) -> str:
    return "NA" if np.isnan(value) else repr(float(value))


def _csv(lines: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()


def data_hash(data: IndexData) -> str:
    """SHA-256 of the values, denominators, groups, units and times that a run used."""
    digest = hashlib.sha256()
    for texts in (data.units, data.times, *(g for _, g in sorted(data.groups.items()))):
        digest.update("\x1f".join(texts).encode())
    for array in (data.values, *(d for _, d in sorted(data.denominators.items()))):
        digest.update(np.ascontiguousarray(np.where(np.isnan(array), np.nan, array)).tobytes())
    return digest.hexdigest()


def log(result: IndexResult, version: str) -> str:
    """TOML text of the run: the framework and every parameter written out. As `--framework` it gives the same bits."""
    framework = result.framework
    lines = ["# Written by a run of the index; give it as --framework, with the same data, to run it again."]
    lines += [f"{k} = {_toml(v)}" for k, v in _head(framework).items()]
    lines += ["", "[columns]", *(f"{k} = {_toml(getattr(framework.columns, k))}" for k in ("code", "name", "time"))]
    run = {"version": version, "data": result.data.source, "data_sha256": data_hash(result.data)}
    lines += ["", "[run]", *(f"{k} = {_toml(v)}" for k, v in run.items())]
    for indicator in framework.indicators:
        lines += ["", "[[indicator]]", *(f"{k} = {_toml(v)}" for k, v in _indicator(indicator).items())]
    for a in framework.aggregates:
        fields = {"code": a.code, "name": a.name, "parent": a.parent, "weight": a.weight}
        lines += ["", "[[aggregate]]", *(f"{k} = {_toml(v)}" for k, v in fields.items())]
    for step in tables(result.pipeline):
        lines += ["", "[[step]]", *(f"{k} = {_toml(v)}" for k, v in step.items())]
    return "\n".join(lines) + "\n"


def _head(framework: Framework) -> Record:
    return {
        "id": framework.id,
        "title": framework.title,
        "version": framework.version,
        "sources": list(framework.sources),
        "notes": list(framework.notes),
        "denominators": list(framework.denominators),
        "groupings": list(framework.groupings),
        "geographies": dict(framework.geographies),
        "varied": dict(framework.varied),
    }


def _indicator(i: Indicator) -> Record:
    names = ("code", "name", "parent", "direction", "weight", "unit", "target", "denominator", "scale", "log", "cap")
    fields: Record = {n: getattr(i, n) for n in names if getattr(i, n) is not None}
    if i.goalposts is not None:
        fields["goalposts"] = list(i.goalposts)
    if i.series:
        parts = ("observation", "unit", "definition", "per", "per_unit", "per_definition", "scale")
        fields["series"] = {g: {p: getattr(s, p) for p in parts} for g, s in i.series.items()}
    return fields


def _toml(value: object) -> str:
    """A value in TOML; numbers keep every bit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(c, c) for c in value) + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    raise TypeError(f"{type(value).__name__} has no TOML form")


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def replay_notes(result: IndexResult) -> list[Note]:
    """A note where the framework is the log of a run on other data."""
    told = result.framework.run.get("data_sha256")
    if told and told != data_hash(result.data):
        return [
            Note("other-data", result.framework.id, "the log was written by a run on other data: scores will differ")
        ]
    return []
