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
    spinner,
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


VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        help="NAME=A|B ...: impute, winmax, normalise, aggregate; weights=0.25@2,3. Default: the framework's.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the random draws.")]


@commands.command()
def robustness(
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    observations: ObservationsOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    runs: Annotated[int, typer.Option("--runs", min=2, help="Runs of the index.")] = 1000,
    vary: VaryOption = None,
    seed: SeedOption = 1,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Median and 5 to 95 % of every rank under the declared choices; groups that cannot be told apart."""
    source = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, observations=observations, geography=geography,
        periods=tuple(period or ()), known_on=day_or_today(known_on),
    )  # fmt: skip
    with spinner("computing the index again and again"):
        found = api.index_robustness(source, runs=runs, seed=seed, vary=vary or ())
    _say_choices(found)
    columns = ("rank", "unit", "name", "time", "median", "p05", "p95", "best", "worst", "group", "before_next")
    emit(found if fmt is Format.json else found["units"], fmt, out, columns=columns)


def _say_choices(found: api.Record) -> None:
    for fixed in found["not_varied"]:
        say(f"not varied: {fixed['choice']} ({fixed['reason']})")
    for skipped in found.get("skipped", ()):
        say(f"skipped {skipped['runs']} runs with {skipped['what']}: {skipped['reason']}")


@commands.command()
def sensitivity(
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    observations: ObservationsOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    samples: Annotated[int, typer.Option("--samples", help="Samples of the estimator, a power of 2.")] = 16384,
    weight_sets: Annotated[int, typer.Option("--weight-sets", min=1, help="Sets of weights drawn.")] = 2000,
    vary: VaryOption = None,
    seed: SeedOption = 1,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """First and total order indices of every choice for the mean shift of ranks, with bootstrap intervals."""
    source = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, observations=observations, geography=geography,
        periods=tuple(period or ()), known_on=day_or_today(known_on),
    )  # fmt: skip
    with spinner("computing the index under every combination"):
        found = api.index_sensitivity(source, samples=samples, weight_sets=weight_sets, seed=seed, vary=vary or ())
    _say_choices(found)
    columns = ("choice", "first", "first_p05", "first_p95", "total", "total_p05", "total_p95", "first_exact")
    emit(found if fmt is Format.json else found["factors"], fmt, out, columns=columns)


@commands.command("leave-one-out")
def leave_one_out(
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    observations: ObservationsOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    level: Annotated[int, typer.Option("--level", min=1, help="1 for indicators, 2 for the groups above them ...")] = 1,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """The shift of ranks without each element of a level, its share in the index and its correlation with it."""
    source = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, observations=observations, geography=geography,
        periods=tuple(period or ()), known_on=day_or_today(known_on),
    )  # fmt: skip
    columns = ("element", "name", "mean_rank_shift", "units_moved", "share", "correlation", "reason")
    emit(api.index_leave_one_out(source, level=level), fmt, out, columns=columns)


@commands.command()
def levers(
    unit: Annotated[str, typer.Option("--unit", "-u", help="Code of the unit to lift.")],
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    observations: ObservationsOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    to_rank: Annotated[int | None, typer.Option("--to-rank", min=1, help="Rank to reach; default: one up.")] = None,
    target: Annotated[float | None, typer.Option("--target", help="Score of the index to reach, instead.")] = None,
    most: Annotated[float, typer.Option("--most", help="Largest change tried, as a share of the range.")] = 1.0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """The smallest change of one raw input that lifts a unit; each is checked by computing everything again."""
    source = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, observations=observations, geography=geography,
        periods=tuple(period or ()), known_on=day_or_today(known_on),
    )  # fmt: skip
    with spinner("searching"):
        found = api.index_levers(source, unit, to_rank=to_rank, target=target, most=most)
    columns = ("indicator", "name", "value", "needed", "share_of_range", "rank_after", "score_after", "beyond_observed")
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    emit(found["levers"], fmt, out, columns=columns)
    say(f"{found['name']}: rank {found['rank']}, score {found['score']:.4g}")
    for item in found["no_levers"]:
        say(f"no lever: {item['indicator']} ({item['told']})")


@commands.command()
def compare(
    data: DataOption = None,
    meta: MetaOption = None,
    framework: FrameworkOption = None,
    pipeline: PipelineOption = None,
    geography: GeographyOption = "provinces",
    period: PeriodOption = None,
    known_on: KnownOnOption = None,
    restated: Annotated[Path | None, typer.Option("--restated", help="The earlier data as restated later.")] = None,
    data_after: Annotated[Path | None, typer.Option("--data-after", help="Later data; default: the same file.")] = None,
    meta_after: Annotated[Path | None, typer.Option("--meta-after", help="Later meta table.")] = None,
    framework_after: Annotated[str | None, typer.Option("--framework-after", help="Later framework.")] = None,
    pipeline_after: Annotated[Path | None, typer.Option("--pipeline-after", help="Later pipeline.")] = None,
    period_after: Annotated[str | None, typer.Option("--period-after", "--year-after", help="Later time.")] = None,
    known_on_after: Annotated[str | None, typer.Option("--known-on-after", help="Later day of knowledge.")] = None,
    normalise_after: Annotated[str | None, typer.Option("--normalise-after", help="Later normalisation.")] = None,
    aggregate_after: Annotated[str | None, typer.Option("--aggregate-after", help="Later aggregation.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Why ranks changed between two runs: restated figures, newer data, another method."""
    day = day_or_today(known_on)
    day_after = day_or_today(known_on_after) if known_on_after else day
    other = meta_after or framework_after
    before = api.index_source(
        data=data, meta=meta, framework=framework, pipeline=pipeline, geography=geography,
        periods=tuple(period or ()), known_on=day,
    )  # fmt: skip
    after = api.index_source(
        data=data_after or data, meta=meta_after if other else meta, framework=framework_after if other else framework,
        pipeline=pipeline_after or pipeline, geography=geography, known_on=day_after,
        periods=(period_after,) if period_after else tuple(period or ()), normalise=normalise_after,
        aggregate=aggregate_after,
    )  # fmt: skip
    middle = api.index_source(
        data=restated or data, meta=meta, framework=framework, pipeline=pipeline, geography=geography,
        periods=tuple(period or ()), known_on=day_after,
    )  # fmt: skip
    found = api.index_compare(before, after, restated=middle)
    columns = (
        "unit", "name", "rank_before", "rank_after", "rank_change", "rank_by_restatement", "rank_by_data",
        "rank_by_method",
    )  # fmt: skip
    emit(found if fmt is Format.json else found["changes"], fmt, out, columns=columns)


@commands.command()
def frameworks(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Frameworks that ship with the product."""
    columns = ("id", "title", "version", "indicators", "groups", "needs_data")
    emit(api.index_frameworks(), fmt, out, columns=columns)
