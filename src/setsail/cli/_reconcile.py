"""`setsail monitor reconcile | repair | outliers | reports`: figures that do not fit, and what is told about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    KnownOnOption,
    ObservationsOption,
    OutOption,
    WorkspaceOption,
    app,
    day_or_today,
    emit,
    now,
    say,
)

FileArgument = Annotated[
    Path | None, typer.Argument(help="Your table: CSV with columns region and value (unit, step, qualifier).")
]
TotalRowOption = Annotated[
    str | None, typer.Option("--total-row", help="Region name of the row that prints the total.")
]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", help="A shipped data set: india-states, china-regions, china-provinces.")
]
DateOption = Annotated[str | None, typer.Option("--date", help="Only the table of that day or period.")]
IndicatorOption = Annotated[str | None, typer.Option("--indicator", "-i", help="Only the table of that indicator.")]
PreviousOption = Annotated[
    list[Path] | None,
    typer.Option("--previous", help="The same table in an earlier period; repeat, the nearest first."),
]
NumbersOption = Annotated[
    str,
    typer.Option("--numbers", help="How numbers are written: plain (385572), western (385,572), indian (3,85,572)."),
]
PROPOSAL_COLUMNS = ("standing", "kind", "region", "from", "to", "ambiguous", "weight", "why")
REPAIR_COLUMNS = ("repair_id", "dataset", "period", "region", "kind", "from", "to", "signed_by", "signed_at", "reason")
REPORT_COLUMNS = ("indicator", "region", "figure", "kind", "told of", "operator", "industry", "period", "text")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this file to the group `monitor`."""
    commands.command()(reconcile)
    commands.command()(outliers)
    commands.command()(reports)
    repair = app("Accepted repairs: signed records that leave the figures as they are.")
    repair.command("accept")(repair_accept)
    repair.command("list")(repair_list)
    commands.add_typer(repair, name="repair")


def reconcile(
    file: FileArgument = None,
    total_row: TotalRowOption = None,
    dataset: DatasetOption = None,
    date: DateOption = None,
    indicator: IndicatorOption = None,
    previous: PreviousOption = None,
    numbers: NumbersOption = "plain",
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Look for two slips at once where no single one fits.")
    ] = False,
    pair_bound: Annotated[int, typer.Option(help="How many edits, the likeliest first, may be paired.")] = 3000,
    with_repairs: Annotated[bool, typer.Option("--with-repairs", help="Read with the accepted repairs.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Parts against printed totals: the gap, and the slips that would explain it. Ends with 1 where a gap is found."""
    found = api.reconcile(
        known_on=day_or_today(known_on),
        dataset=dataset,
        file=file,
        total_row=total_row,
        period=date,
        indicator=indicator,
        previous=previous or (),
        numbers=numbers,
        pairs=pairs,
        pair_bound=pair_bound,
        repairs_of=workspace if with_repairs else None,
    )
    if fmt is Format.json:
        emit(found[0] if len(found) == 1 else found, fmt, out)
    elif len(found) == 1:
        emit(_lines(found[0]), fmt, out, columns=PROPOSAL_COLUMNS, title=_title(found[0]))
        for note in found[0]["notes"]:
            say(note)
    else:
        columns = ("indicator", "period", "unit", "parts", "parts_sum", "total", "gap", "tolerance", "status")
        emit(found, fmt, out, columns=columns)
    if any(record["status"] != "meets" for record in found):
        raise typer.Exit(1)


def outliers(
    indicator: Annotated[str, typer.Option("--indicator", "-i", help="An indicator with a series.")],
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    data: ObservationsOption = None,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Jumps in time, regions far from their peers, and breaks of definition. Ends with 1 where an outlier is found."""
    rows = api.outliers(indicator, known_on=day_or_today(known_on), region=region, data=data)
    emit(rows, fmt, out, columns=("kind", "region", "text"))
    if any(row["kind"] != "definition_break" for row in rows):
        raise typer.Exit(1)


def repair_accept(
    signed_by: Annotated[str, typer.Option("--signed-by", help="Who takes the repair on.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    region: Annotated[str, typer.Option("--region", help="Row that the proposal changes.")],
    to: Annotated[float, typer.Option("--to", help="Number that the proposal reads there.")],
    file: FileArgument = None,
    total_row: TotalRowOption = None,
    dataset: DatasetOption = None,
    date: DateOption = None,
    indicator: IndicatorOption = None,
    previous: PreviousOption = None,
    numbers: NumbersOption = "plain",
    own: Annotated[bool, typer.Option("--own", help="The repair is yours, not one of the proposals.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Sign a repair: an immutable record with its entry in the audit trail; the figures stay as they are."""
    rows = api.repair_accept(
        workspace,
        known_on=day_or_today(known_on),
        now=now(),
        signed_by=signed_by,
        reason=reason,
        region=region,
        to=to,
        dataset=dataset,
        file=file,
        total_row=total_row,
        period=date,
        indicator=indicator,
        previous=previous or (),
        numbers=numbers,
        own=own,
    )
    emit(rows, fmt, out, columns=REPAIR_COLUMNS)


def repair_list(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, fmt: FormatOption = Format.table, out: OutOption = None
) -> None:
    """The accepted repairs of a workspace."""
    emit(api.repair_list(workspace), fmt, out, columns=REPAIR_COLUMNS)


def reports(
    file: Annotated[Path, typer.Argument(help="Reports: CSV with region, kind, period, text and more.")],
    indicator: Annotated[str | None, typer.Option("--indicator", "-i", help="Only what touches it.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    kind: Annotated[str | None, typer.Option(help="progress, difficulty or suggestion.")] = None,
    operator: Annotated[str | None, typer.Option(help="Only this operator.")] = None,
    industry: Annotated[str | None, typer.Option(help="Only this industry.")] = None,
    below: Annotated[bool, typer.Option("--below", help="With --region: also the regions inside it.")] = False,
    data: ObservationsOption = None,
    known_on: KnownOnOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Reports of progress, difficulties and suggestions beside the indicators they touch."""
    found = api.reports(
        file,
        known_on=day_or_today(known_on),
        indicator=indicator,
        region=region,
        kind=kind,
        operator=operator,
        industry=industry,
        below=below,
        data=data,
    )
    emit(found if fmt is Format.json else _report_lines(found), fmt, out, columns=REPORT_COLUMNS)


def _title(record: api.Record) -> str:
    named = " ".join(filter(None, (record["dataset"], record["indicator"], record["period"])))
    return f"{named}: gap {record['gap']:,} {record['unit']} ({record['status']})"


def _lines(record: api.Record) -> list[api.Record]:
    """Proposals, rejected candidates and findings as lines of one table."""
    lines = [p | {"standing": "proposed", "why": "; ".join(p["evidence"])} for p in record["proposals"]]
    lines += [p | {"standing": "rejected", "why": p["reason"]} for p in record["rejected"]]
    return lines + [f | {"standing": "finding", "why": f["text"]} for f in record["findings"]]


def _report_lines(found: list[api.Record]) -> list[api.Record]:
    lines = []
    for beside in found:
        latest = beside["latest"]
        figure = f"{latest['value']:,.12g} {latest['unit']} ({latest['period']})" if latest else None
        for told in beside["reports"]:
            lines.append(
                {**told, **{k: beside[k] for k in ("indicator", "region")}, "figure": figure, "told of": told["region"]}
            )
    return lines
