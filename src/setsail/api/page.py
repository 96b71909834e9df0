"""The report page: its inputs gathered from the other studies, written as one file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.api.index import index_compute, index_frameworks, index_robustness, index_source
from setsail.api.plans import gap, observations, plan_list, plan_show, plan_tasks, rank, verdicts
from setsail.api.reconciliation import reconcile
from setsail.base.errors import BadInput, NotComputable
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.report.inputs import GapInput, IndexInput


def report(
    plan: str,
    *,
    known_on: date,
    out: Path,
    data: Path | None = None,
    region: str | None = None,
    language: str = "en",
    generated_at: datetime | None = None,
) -> Path:
    """The path of one self-contained HTML page: verdicts of a plan, their figures, and where each number came from.

    language : `en` or `zh`;  generated_at : the time told in the stamp.  The file is whole or not there.
    Raises UnknownName, BadInput.
    """
    from setsail import __version__
    from setsail.base.writing import write_whole
    from setsail.report.inputs import Inputs, compared_day, figures_below
    from setsail.report.page import render
    from setsail.report.words import words_of

    words, told = words_of(language), plan_show(plan)
    compared = compared_day(told, known_on)
    at_home = region is None or region == told["geography"]
    inputs = Inputs(
        plan=told,
        region=region or told["geography"],
        known_on=known_on,
        verdicts=verdicts(plan, known_on=known_on, data=data, region=region, forecast=True),
        compared_with=compared,
        earlier=verdicts(plan, known_on=compared, data=data, region=region),
        rankings=_report_rankings(told, known_on, data) if at_home else [],
        gaps=_report_gaps(plan, told, known_on, data) if at_home else [],
        tasks=plan_tasks(told["id"]),
        totals=_report_totals(told["geography"], known_on) if at_home and not data else [],
        indices=_report_indices(told["geography"], known_on) if at_home and not data else [],
        regional=figures_below(told, observations(data).known_on(known_on)) if at_home else [],
        own_data=data.name if data else "",
        code_version=__version__,
        generated_at=generated_at,
    )
    write_whole(out, render(inputs, words))
    return out


def _report_rankings(plan: Record, known_on: date, data: Path | None) -> list[Record]:
    """Per pair of definitions of a plan's indicators: the newest ranking of regions that lacks no figure."""
    from setsail.report.inputs import definition_pairs, levels_below, periods

    found = []
    seen = observations(data)
    for first, second in definition_pairs([t["indicator"] for t in plan["targets"]]):
        for level in levels_below(plan["geography"]):
            for period in periods(second, level, seen, known_on):
                record = rank([first, second], level=level, period=period, known_on=known_on, data=data)
                if not record["missing"]:
                    found.append(record)
                    break
    return found


def _report_gaps(plan: str, told: Record, known_on: date, data: Path | None) -> list[GapInput]:
    """Per target of a plan that regions have figures for: their distances to it and to that of the plan after it."""
    from setsail.report.inputs import GapInput, levels_below, ratio_targets, successor

    after = successor(plan_list(), told["id"])
    next_ones = {t["indicator"]: (after, t) for t in ratio_targets(after)} if after else {}
    found: list[GapInput] = []
    for level in levels_below(told["geography"], finest=True):
        for first in ratio_targets(told):
            name = first["indicator"]
            wanted = [(told, first), *([next_ones[name]] if name in next_ones else [])]
            rows = [
                GapInput(p, t, level, gap(path, name, level=level, known_on=known_on, data=data))
                for (p, t), path in zip(wanted, (plan, after["id"] if after else ""), strict=False)
            ]
            if any(row["value"] is not None for row in rows[0].rows):
                found += rows
    return found


def _report_totals(geography: str, known_on: date) -> list[Record]:
    """Parts against printed totals in the shipped sets whose totals are those of a place."""
    from setsail.standards import facts

    found = []
    for name in facts.DATASETS:
        try:
            tables = reconcile(known_on=known_on, dataset=name)
        except BadInput:  # a set without parts and totals
            continue
        found += [t for t in tables if t["total_region"] == geography]
    return found


def _report_indices(geography: str, known_on: date) -> list[IndexInput]:
    """The shipped indices of the regions of a place, each with ranks under the declared choices of method."""
    from setsail.report.inputs import INDEX_RUNS, IndexInput, levels_below, without_data
    from setsail.standards.frameworks import framework

    found = []
    for told in index_frameworks():
        levels = set(levels_below(geography))
        for place, level in () if told["needs_data"] else framework(told["id"]).geographies.items():
            if level in levels:
                source = index_source(framework=told["id"], geography=place, known_on=known_on)
                try:
                    run, robust = index_compute(source), index_robustness(source, runs=INDEX_RUNS)
                except NotComputable:  # nothing was known of these regions on that day
                    continue
                found.append(IndexInput(told, level, run.records, robust, without_data(run.notes)))
    return found


def words(language: str) -> Record:
    """All words that studies and the report use, in `en` or `zh`, by kind and key. Raises UnknownName."""
    from setsail.report.words import vocabulary

    return vocabulary(language)
