"""`setsail monitor`: judge a plan on observations."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli import _reconcile, _report
from setsail.cli.common import (
    FINAL_PLAN,
    Format,
    FormatOption,
    KnownOnOption,
    ObservationsOption,
    OutOption,
    PlanOption,
    app,
    cell,
    day_or_today,
    emit,
    say,
    today,
)

commands = app("Judge a plan on observations: verdicts, reconciliation, repairs.")
_reconcile.register(commands)
commands.command()(_report.report)

LevelOption = Annotated[str, typer.Option(help="Regions to compare: province, macro_region, state ...")]
VERDICT_COLUMNS = ("indicator", "verdict", "value", "period", "target", "unit", "deadline", "crossed", "known how")


@commands.command()
def verdict(
    plan: PlanOption = FINAL_PLAN,
    data: ObservationsOption = None,
    region: Annotated[str | None, typer.Option(help="Judge this region: the targets cascade to it.")] = None,
    known_on: KnownOnOption = None,
    headline: Annotated[bool, typer.Option(help="Also the numbers stated beside the list of indicators.")] = False,
    forecast: Annotated[bool, typer.Option(help="Add a forecast to each target.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Met, missed, not provable or open: each target of a plan, with its evidence."""
    day = day_or_today(known_on)
    rows = api.verdicts(plan, known_on=day, data=data, region=region, headline=headline, forecast=forecast)
    columns = (*VERDICT_COLUMNS, "outlook") if forecast else VERDICT_COLUMNS
    emit(rows if fmt is Format.json else [shown(r) for r in rows], fmt, out, columns=columns)
    for told in api.data_notes(plan, today=today(), data=data, region=region):
        say(f"note {told}")
    if fmt is Format.table and out is None:
        say(f"{api.verdict_counts(rows)}; as known on {day}; every figure with its source: --format json")
    if any(row["verdict"] == "missed" for row in rows):
        raise typer.Exit(1)


@commands.command()
def ranking(
    indicator: Annotated[list[str], typer.Option("--indicator", "-i", help="Repeat to compare definitions.")],
    period: Annotated[str, typer.Option(help="YYYY-MM and the like.")],
    level: LevelOption = "macro_region",
    data: ObservationsOption = None,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Ranks of regions under several definitions, and where the order turns."""
    record = api.rank(indicator, level=level, period=period, known_on=day_or_today(known_on), data=data)
    if fmt is Format.json:
        emit(record, fmt, out)
        return
    emit(record["ranks"], fmt, out, columns=("indicator", "rank", "region", "name", "value", "unit"))
    for turn in record["turns"]:
        say(f"turns: {turn['first']} is ahead of {turn['second']} by {turn['ahead_by']}, behind by {turn['behind_by']}")


@commands.command()
def gap(
    indicator: Annotated[str, typer.Option("--indicator", "-i", help="An indicator of the plan.")],
    plan: PlanOption = FINAL_PLAN,
    level: LevelOption = "province",
    data: ObservationsOption = None,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """How far each region is from a target, and how much is missing."""
    rows = api.gap(plan, indicator, level=level, known_on=day_or_today(known_on), data=data)
    columns = ("region", "name", "value", "target", "unit", "distance", "missing", "missing_unit", "period", "verdict")
    emit(rows, fmt, out, columns=columns)
    if any(row["distance"] is not None and row["distance"] < 0 for row in rows):
        raise typer.Exit(1)


def shown(row: api.Record) -> api.Record:
    """A verdict as a line of a table."""
    after, before = row["crossed_after"], row["crossed_before"]
    crossed = f"{after or '...'} .. {before}" if before else "-"
    inherited = [f"target inherited from {row['plan']}"] if row["inherited"] else []
    how = "; ".join([row["reason"], *inherited, *row["notes"]])
    return row | {
        "period": row["value_period"],
        "crossed": crossed,
        "known how": how,
        "outlook": outlook(row["forecast"]),
    }


def outlook(forecast: api.Record | None) -> str:
    """A forecast in one line: value at the deadline with its 80 % interval, chance, model and back-test error."""
    if not forecast or not forecast["made"]:
        return forecast["reason"] if forecast else "-"
    step = forecast["at_deadline"] or forecast["path"][-1]
    told = f"{step['period']}: {cell(step['value'])} ({cell(step['low'])} to {cell(step['high'])} with 80 %)"
    if forecast["probability"] is not None:
        told += f", reached with {100 * forecast['probability']:.0f} %"
    told += f"; {forecast['model']}, back-test error {100 * forecast['error_ratio']:.1f} %"
    held = forecast["coverage"]
    if held and held["issued"] is not None:
        told += f", interval held {100 * held['issued']:.0f} % of {held['points']} back-test points"
    return told
