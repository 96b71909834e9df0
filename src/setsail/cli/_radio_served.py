"""`setsail radio served`: who and what has coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import DEFAULT_WORKSPACE, Format, FormatOption, OutOption, emit, say, spinner

COLUMNS = (
    "what", "place", "threshold_dbm", "region", "name", "operator", "band", "standalone", "share_ratio",
    "share_low_ratio", "share_high_ratio", "covered", "not_covered", "unknown", "outside", "unit",
)  # fmt: skip


def served(
    threshold: Annotated[list[float], typer.Option("--threshold", help="RSRP [dBm]; repeat for several.")],
    coverage: Annotated[
        Path | None, typer.Option("--coverage", help="Folder of `setsail radio coverage`, or a GeoTIFF of RSRP.")
    ] = None,
    layers: Annotated[
        Path | None, typer.Option("--layers", help="CSV instead: coverage[, operator, band, standalone (yes, no)].")
    ] = None,
    population: Annotated[
        Path | None, typer.Option("--population", help="GeoTIFF of people per pixel, in any named system.")
    ] = None,
    lines: Annotated[
        list[Path] | None, typer.Option("--lines", help="GeoJSON or GeoPackage of roads, railways; repeat for several.")
    ] = None,
    kind_column: Annotated[str, typer.Option("--kind-column", help="Of the lines: road, railway ...")] = "kind",
    entry_loss: Annotated[
        float | None, typer.Option("--entry-loss", help="Into buildings [dB]: counts indoors besides outdoors.")
    ] = None,
    entry: Annotated[
        str | None, typer.Option("--entry", help="Or a model: see `setsail radio entry-loss`; needs --frequency.")
    ] = None,
    frequency: Annotated[float | None, typer.Option("--frequency", help="Carrier of --entry [Hz].")] = None,
    probability: Annotated[
        float, typer.Option("--entry-probability", help="Share of buildings whose loss is no larger.")
    ] = 0.5,
    regions: Annotated[
        Path | None, typer.Option("--regions", help="Areas (GeoJSON, GeoPackage), or a GeoTIFF of whole-number codes.")
    ] = None,
    region_key: Annotated[str, typer.Option("--region-key", help="Column of --regions with the code.")] = "adcode",
    level: Annotated[
        str | None, typer.Option("--level", help="province or prefecture: the outlines in use, instead of --regions.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Fields of --layers that make groups, such as operator,band.")
    ] = None,
    step: Annotated[
        float | None, typer.Option("--step", help="Longest piece of a line [m]; else half a pixel.")
    ] = None,
    fineness: Annotated[
        int, typer.Option("--fineness", help="Points along a coverage pixel at which people are put down.")
    ] = 2,
    reached: Annotated[
        bool, typer.Option("--beyond-reach-uncovered", help="Out of the reach of every mast means not covered.")
    ] = False,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="SETSAIL_WORKSPACE", help="Folder of imported outlines.")
    ] = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Share of people, area, roads and railways covered at thresholds; what is not known is told apart."""
    if entry is not None:
        if entry_loss is not None or frequency is None:
            raise BadInput("is given", where="--entry", allowed="with --frequency and without --entry-loss")
        entry_loss = float(api.radio_entry_loss(entry, frequency, probability=probability)["entry_loss_db"])
        say(f"note: entry loss {entry_loss:.2f} dB ({entry}, not exceeded in {probability:.0%} of cases)")
    with spinner("counting"):
        found = api.radio_served(
            coverage, threshold, layers=layers, population=population, lines=lines or (), kind_column=kind_column,
            regions=regions, region_key=region_key, level=level, workspace=workspace, entry_loss_db=entry_loss,
            step_m=step, fineness=fineness, by=tuple(tuple(one.split(",")) for one in by or ()), reached=reached,
        )  # fmt: skip
    say(f"note: {found['unknown_is']}")
    emit(found if fmt is Format.json else found["rows"], fmt, out, columns=COLUMNS)


def register(commands: typer.Typer) -> None:
    """Adds the command of this module."""
    commands.command("served")(served)
