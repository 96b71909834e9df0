"""Plans, observations and verdicts on targets, rankings and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.base.observation import Observations


def plan_list() -> list[Record]:
    """The shipped plans, each with its targets."""
    from setsail.report.records import plan_record
    from setsail.standards.plans import plans

    return [plan_record(p) for p in plans().values()]


def plan_show(plan: str) -> Record:
    """One plan: a shipped id or a TOML file. Raises UnknownName, BadInput."""
    from setsail.report.records import plan_record
    from setsail.standards.plans import plan as find

    return plan_record(find(plan))


def plan_regions(plan: str, *, known_on: date, data: Path | None = None) -> list[Record]:
    """The plan's own region and those below it with a figure of at least one target, as known on a day."""
    from setsail.monitor.needs import figured
    from setsail.report.records import figured_record
    from setsail.standards.plans import plan as find

    return [figured_record(f) for f in figured(find(plan), observations(data), known_on)]


def plan_levers(plan: str, *, known_on: date, region: str | None = None, data: Path | None = None) -> Record:
    """What the targets of a plan still need in a region, the nearest first, and the regions below it that are short.

    Raises UnknownName.
    """
    from setsail.monitor.needs import needs
    from setsail.report.records import needs_record
    from setsail.standards.plans import plan as find

    return needs_record(needs(find(plan), region, observations(data), known_on))


def plan_diff(a: str, b: str) -> list[Record]:
    """What changed from plan `a` to plan `b`, each a shipped id or a TOML file."""
    from setsail.monitor.plan_diff import diff
    from setsail.report.records import difference_record
    from setsail.standards.plans import plan as find

    return [difference_record(d) for d in diff(find(a), find(b))]


def plan_tasks(plan: str) -> list[Record]:
    """The tasks of a plan with their sources; empty where none are shipped."""
    from setsail.standards import facts

    return [dict(row.cells) for row in facts.table("plan_tasks.csv") if row.get("plan") == plan]


def observations(data: Path | None = None) -> Observations:
    """A user's own observations from a CSV file, or the shipped ones. Raises BadInput naming file, line and column."""
    from setsail.base.observation import read_observations
    from setsail.standards import facts

    return read_observations(data) if data else facts.observations()


def verdicts(
    plan: str,
    *,
    known_on: date,
    data: Path | None = None,
    region: str | None = None,
    headline: bool = False,
    forecast: bool = False,
) -> list[Record]:
    """Verdicts on the targets of a plan, as known on a day, each with its evidence.

    data : the user's observations instead of the shipped ones;  region : where the plan cascades to (default: its own);
    headline : also the numbers stated beside the plan's list of indicators;  forecast : with a forecast per target.
    Raises UnknownName, BadInput.
    """
    from setsail.monitor.cascade import Cascaded, targets_for
    from setsail.monitor.outlook import outlook
    from setsail.monitor.verdict import judge
    from setsail.report.records import verdict_record
    from setsail.standards.plans import plan as find

    chosen, seen = find(plan), observations(data)
    if data:
        places = {region} if region else {t.geography for t in chosen.targets}
        if places.isdisjoint(seen.regions()):
            told = f"holds no figure of {', '.join(sorted(places))}"
            raise BadInput(told, where=str(data), allowed=", ".join(seen.regions()), hint="--region")
    if region and not data:
        cascaded = targets_for(chosen, region)
    else:
        cascaded = [Cascaded(t, chosen.id, inherited=False) for t in chosen.targets]
    rows = []
    for item in cascaded:
        if item.target.headline and not headline:
            continue
        place = region or item.target.geography
        verdict = judge(item.target, place, seen, known_on, inherited=item.inherited)
        rows.append(verdict_record(verdict, item.plan_id, outlook(verdict) if forecast else None))
    return rows


def data_notes(plan: str, *, today: date, data: Path | None = None, region: str | None = None) -> list[str]:
    """What a person should know of the figures before reading the verdicts: those that no verdict can use, and why."""
    from setsail.monitor.evidence import unused
    from setsail.standards.plans import plan as find

    chosen, seen = find(plan), observations(data)
    places = {region} if region else {t.geography for t in chosen.targets}
    if not data:
        lacking = plan.endswith(".toml") and places.isdisjoint(seen.regions())
        return [f"no shipped figure speaks of {', '.join(sorted(places))}; try: --data FILE.csv"] if lacking else []
    return unused(chosen.targets, seen, today)


def rank(indicators: Sequence[str], *, level: str, period: str, known_on: date, data: Path | None = None) -> Record:
    """Ranks of the regions of a level under each indicator, and the pairs whose order turns between two of them."""
    from setsail.monitor.ranking import rank_regions
    from setsail.report.records import ranking_record

    return ranking_record(rank_regions(indicators, level, period, observations(data), known_on))


def gap(plan: str, indicator: str, *, level: str, known_on: date, data: Path | None = None) -> list[Record]:
    """How far each region of a level is from a target of the plan, the largest gap first."""
    from setsail.monitor.gap import gaps
    from setsail.report.records import gap_record
    from setsail.standards.plans import plan as find

    return [gap_record(g) for g in gaps(find(plan), indicator, level, observations(data), known_on)]


def verdict_counts(rows: Sequence[Record]) -> str:
    """How often each verdict was given, in words."""
    from setsail.report.records import counts

    return counts([row["verdict"] for row in rows])
