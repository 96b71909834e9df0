"""What a report is made from: plain records that a door has computed, and the stamp of the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from setsail.base.observation import Observations
from setsail.base.period import Period
from setsail.base.tables import iter_rows
from setsail.report.records import observation_record
from setsail.standards import facts

Record = Mapping[str, Any]
INDEX_RUNS = 200
"""Runs behind the rank intervals of an index on the page."""
DAYS_AFTER_DEADLINE = 31
"""A plan is first judged a month after its deadline: that day is compared with the day of the report."""


@dataclass(frozen=True, slots=True)
class GapInput:
    """Distances of the regions of a level to one target of a plan."""

    plan: Record
    target: Record
    level: str
    rows: Sequence[Record]


@dataclass(frozen=True, slots=True)
class IndexInput:
    """An index of the regions of one level: its framework, scores, and ranks under other choices of method."""

    framework: Record
    level: str
    records: Sequence[Record]
    robustness: Record
    without_data: Sequence[str]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a report shows, as plain records.

    earlier : the verdicts as known on `compared_with`;  totals : parts against printed totals;  indices : of
    regions;  regional : the published figures that rankings, distances, totals and indices of regions rest on;
    own_data : the file judged instead of the shipped figures.
    """

    plan: Record
    region: str
    known_on: date
    verdicts: Sequence[Record]
    compared_with: date | None = None
    earlier: Sequence[Record] = ()
    rankings: Sequence[Record] = ()
    gaps: Sequence[GapInput] = ()
    tasks: Sequence[Record] = ()
    totals: Sequence[Record] = ()
    indices: Sequence[IndexInput] = ()
    regional: Sequence[Record] = ()
    own_data: str = ""
    code_version: str = ""
    generated_at: datetime | None = None


def compared_day(plan: Record, known_on: date) -> date:
    """The day to compare with: a month after the plan's last deadline, or a year before where that has not come."""
    deadlines = [date.fromisoformat(t["deadline"]) for t in plan["targets"]]
    first = max(deadlines) + timedelta(days=DAYS_AFTER_DEADLINE)
    return first if first < known_on else known_on - timedelta(days=365)


def definition_pairs(indicators: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of indicators that measure one subject in two ways, of which the plan uses one."""
    text = _table("definition_pairs.csv")
    pairs = [(row.need("first"), row.need("second")) for row in iter_rows(text, "report/data/definition_pairs.csv")]
    return [pair for pair in pairs if set(pair) & set(indicators)]


def periods(indicator: str, level: str, seen: Observations, known_on: date) -> list[str]:
    """Periods for which regions of a level have a published figure, the newest first."""
    places = [r.region for r in facts.regions().values() if r.level == level]
    found: set[Period] = {o.period for p in places for o in seen.of(indicator, p) if o.known <= known_on}
    return [p.text for p in sorted(found, reverse=True)]


def levels_below(geography: str, *, finest: bool = False) -> list[str]:
    """Levels of the regions right below a place: macro-regions and provinces of a nation; `finest`: the last alone."""
    levels = [r.level for r in facts.regions().values() if r.parent == geography]
    found: list[str] = [level for level in ("macro_region", "province", "state", "city") if level in levels]
    return found[-1:] if finest else found


def ratio_targets(plan: Record) -> list[Record]:
    """The targets of a plan that hold for a part as for the whole, each indicator at its last deadline."""
    last: dict[str, Record] = {}
    for target in plan["targets"]:
        if target["kind"] == "ratio" and target["target"] is not None and not target["headline"]:
            known = last.get(target["indicator"])
            if known is None or target["deadline"] > known["deadline"]:
                last[target["indicator"]] = target
    return list(last.values())


def without_data(notes: Sequence[Record]) -> list[str]:
    """Indicators of an index for which nothing is published of its regions, from the notes of its run."""
    return list(dict.fromkeys(n["where"] for n in notes if n["code"] == "no-series"))


def figures_below(plan: Record, seen: Observations) -> list[Record]:
    """Published figures of the place of a plan and of the regions right below it, of the series its targets rest on."""
    geography = plan["geography"]
    names = {t[key] for t in plan["targets"] for key in ("indicator", "numerator", "denominator") if t[key]}
    names |= {name for pair in definition_pairs(sorted(names)) for name in pair}
    places = {geography, *(r.region for r in facts.regions().values() if r.parent == geography)}
    return [observation_record(o) for o in seen if o.region in places and o.indicator in names]


def successor(plans: Sequence[Record], plan_id: str) -> Record | None:
    """The plan that follows."""
    return next((p for p in plans if p["follows"] == plan_id), None)


def figures_used(inputs: Inputs, *, regional: bool = True) -> list[Record]:
    """Every published figure that the report rests on, once, in a fixed order; `regional`: those of regions too."""
    wanted = (*_figures(inputs), *(inputs.regional if regional else ()))
    found = {json.dumps(f, sort_keys=True, ensure_ascii=False): f for f in wanted}
    return [found[key] for key in sorted(found)]


def data_hash(inputs: Inputs) -> str:
    """SHA-256 over the figures that the report rests on: equal figures give an equal hash."""
    told = json.dumps(figures_used(inputs), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _figures(inputs: Inputs) -> Iterator[Record]:
    for verdict in (*inputs.verdicts, *inputs.earlier):
        for point in verdict["evidence"]:
            yield from point["figures"]
        yield from verdict["related"]
    for ranking in inputs.rankings:
        for row in ranking["ranks"]:
            yield from row["evidence"]["figures"]


def _table(name: str) -> str:
    return (files("setsail.report") / "data" / name).read_text(encoding="utf-8")
