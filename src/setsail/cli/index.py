"""`setsail index`: composite indices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import (
    Format,
    FormatOption,
    KnownOnOption,
    OutOption,
    app,
    day_or_today,
    emit,
    say,
    write_out,
)

commands = app("Composite index: compute, test its robustness, find levers.")

DataOption = Annotated[Path | None, typer.Option("--data", "-d", help="CSV with a row for each unit (and time).")]
MetaOption = Annotated[Path | None, typer.Option("--meta", "-m", help="COINr meta table (iMeta) as CSV.")]
FrameworkOption = Annotated[str | None, typer.Option("--framework", help="Shipped framework, or your TOML file.")]
PipelineOption = Annotated[Path | None, typer.Option("--pipeline", help="TOML file of [[step]] tables to run instead.")]
ObservationsOption = Annotated[Path | None, typer.Option("--observations", help="Your observations, not the shipped.")]
GeographyOption = Annotated[str, typer.Option("--geography", help="provinces or regions, of a shipped framework.")]
PeriodOption = Annotated[
    list[str] | None, typer.Option("--period", "--year", help="Time of the rows to use; may be repeated for a panel.")
]
SkipOption = Annotated[list[str] | None, typer.Option("--skip", help="Leave out a step; may be repeated.")]
ImputeOption = Annotated[str | None, typer.Option("--impute", help="none, mean, group_mean:COLUMN or interpolate.")]
WinmaxOption = Annotated[int | None, typer.Option("--winmax", min=0, help="Most outliers drawn in per indicator.")]
NormaliseOption = Annotated[
    str | None,
    typer.Option("--normalise", help="minmax:LOW,HIGH zscore:MEAN,SD rank percentile target best goalposts or none."),
]
OverOption = Annotated[str | None, typer.Option("--over", help="Normalise by time, or pooled over all times.")]
AggregateOption = Annotated[
    str | None,
    typer.Option(
        "--aggregate",
        help="arithmetic geometric harmonic copeland mazziotta_pareto; one, or one per level from below, with commas.",
    ),
]
WeightsOption = Annotated[str | None, typer.Option("--weights", help="given equal pca pca_squared or bod.")]


@commands.command()
def compute(
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    steps: Annotated[Path | None, typer.Option("--steps", help="Write one CSV per step into this folder.")] = None,
    log: Annotated[Path | None, typer.Option("--log", help="Write the run as a framework that repeats it.")] = None,
    observations: ObservationsOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    skip: SkipOption = None,
    impute: ImputeOption = None,
    winmax: WinmaxOption = None,
    normalise: NormaliseOption = None,
    over: OverOption = None,
    aggregate: AggregateOption = None,
    weights: WeightsOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Scores and ranks of all units, with every step on demand."""
    source = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, observations=observations, geography=geography,
        periods=tuple(period or ()), known_on=day_or_today(known_on), skip=tuple(skip or ()), impute=impute,
        winmax=winmax, normalise=normalise, over=over, aggregate=aggregate, weights=weights,
    )  # fmt: skip
    run = api.index_compute(source)
    for name, text in run.steps.items() if steps else ():
        write_out(text, (steps or Path()) / name)
    if log:
        write_out(run.log, log)
    for note in run.notes:
        say(f"note [{note['code']}] {note['where']}: {note['what']}")
    emit(run.records if fmt is Format.json else [_flat(r) for r in run.records], fmt, out)


def _flat(record: api.Record) -> api.Record:
    """A record with the scores as columns, for a table."""
    head = {"rank": record["rank"], "unit": record["unit"], "name": record["name"]}
    if record.get("time"):
        head["time"] = record["time"]
    return {**head, **record["scores"], "coverage": record["coverage"], "imputed": len(record["imputed"])}


@commands.command()
def frameworks(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Frameworks that ship with the product."""
    columns = ("id", "title", "version", "indicators", "groups", "needs_data")
    emit(api.index_frameworks(), fmt, out, columns=columns)
