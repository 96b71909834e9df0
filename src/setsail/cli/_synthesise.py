"""Commands of `setsail data` that make a synthetic country and bring outlines of regions in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import (
    DEFAULT_WORKSPACE,
    ActorOption,
    Format,
    FormatOption,
    OutOption,
    WorkspaceOption,
    actor_or_user,
    app,
    emit,
    now,
    say,
    spinner,
)

regions = app("Outlines of provinces and prefectures: list, import an official file.")

MADE_COLUMNS = ("name", "version", "rows", "seed", "mark", "sha256")
REGION_COLUMNS = ("adcode", "name", "name_zh", "parent", "area_km2", "datum", "source")
IMPORT_COLUMNS = ("name", "version", "rows", "datum", "shared_borders", "sha256")


def register(commands: typer.Typer) -> None:
    """Adds the commands to `setsail data`."""
    commands.command()(synthesise)
    commands.command()(count)
    commands.add_typer(regions, name="regions")


def synthesise(
    stations: Annotated[int, typer.Option("--stations", min=1, help="How many stations in all.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 1,
    name: Annotated[str | None, typer.Option("--name", help="Name of the data set; `synthetic` is part of it.")] = None,
    actor: ActorOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Invent stations that add up to the published totals: a synthetic data set of cells, marked so everywhere."""
    with spinner(f"inventing {stations:,} stations"):
        made = api.data_synthesise(
            workspace,
            stations=stations,
            seed=seed,
            name=name,
            recorded_at=now(),
            actor=actor_or_user(actor),
        )
    emit(made, fmt, out, columns=MADE_COLUMNS, title="Synthetic country: no real stations")
    say(f"synthetic: {made['assumptions']}")


def count(
    file: Annotated[Path, typer.Argument(help="CSV with the columns lon, lat and operator.")],
    level: Annotated[str, typer.Option("--level", help="province or prefecture.")] = "prefecture",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Count the stations of a file of any length by region and operator, without ingesting it."""
    with spinner(f"counting {file}"):
        rows = api.data_count(file, workspace=workspace, level=level)
    emit(rows, fmt, out, title=f"Stations of {file.name} by {level}")


@regions.command("list")
def list_regions(
    level: Annotated[str, typer.Option("--level", help="province or prefecture.")] = "province",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """The regions in use, with their area."""
    rows = api.data_regions(workspace, level=level)
    emit(rows, fmt, out, columns=REGION_COLUMNS, title=f"Regions: {level}")
    say(api.data_regions_notice(workspace, level=level))


@regions.command("import")
def import_regions(
    file: Annotated[Path, typer.Argument(help="GeoJSON, longitude and latitude in degrees.")],
    key: Annotated[str, typer.Option("--key", help="Property that holds the adcode.")] = "adcode",
    datum: Annotated[
        str, typer.Option("--datum", help="wgs84, gcj02, bd09 or unverified, as the source of the file states.")
    ] = "wgs84",
    new_codes: Annotated[
        bool, typer.Option("--new-codes", help="Accept codes that this release does not know yet.")
    ] = False,
    licence: Annotated[str, typer.Option("--licence", help="Licence of the file.")] = "",
    actor: ActorOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Use the outlines of a file instead of the shipped sample, after checking them."""
    with spinner(f"reading {file}"):
        made = api.data_regions_import(
            file,
            key=key,
            datum=datum,
            new_codes=new_codes,
            licence=licence,
            workspace=workspace,
            recorded_at=now(),
            actor=actor_or_user(actor),
        )
    emit(made, fmt, out, columns=IMPORT_COLUMNS, title=f"Regions of {file.name}")


@regions.command("notice")
def notice() -> None:
    """Where the shipped outlines come from, and what they must not be taken for."""
    typer.echo(api.data_regions_notice(None, level="province", full=True))
