"""`setsail site new|import|check|show|functions|applications`: buildings as folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner, write_out

SITE = Annotated[Path, typer.Argument(help="Folder of a site.")]
FloorOption = Annotated[str | None, typer.Option("--floor", help="Id or name of one floor.")]
FOLDER = typer.Option("--out", "-o", help="Folder to write; it must be new or empty.")
FLOORS = (
    "floor",
    "name",
    "level",
    "elevation_m",
    "height_m",
    "rooms",
    "area_m2",
    "area_indoor_m2",
    "walls",
    "openings",
)
MOST_TOLD = 12


def new(
    out: Annotated[Path, FOLDER],
    kind: Annotated[str, typer.Option("--kind", help="hospital or factory.")] = "hospital",
    name: Annotated[str, typer.Option("--name", help="Of the site.")] = "A new site",
    floors: Annotated[int, typer.Option("--floors", help="Of a hospital.")] = 1,
    area: Annotated[float, typer.Option("--area", help="Of one floor, or of the hall [m2].")] = 1200.0,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another building.")] = 1,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="The shipped building of the kind, always the same.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """A small synthetic building to start from: a folder to be edited by hand."""
    made = api.site_new(kind, name, out, floors=floors, area_m2=area, seed=seed, demonstration=demonstration)
    _told(made, fmt, out)


def import_(
    file: Annotated[Path, typer.Argument(help="COBie (.xlsx), DXF, IFC or GeoJSON; or a folder of DXF drawings.")],
    out: Annotated[Path, FOLDER],
    name: Annotated[str, typer.Option("--name", help="Of the site; else that of the file.")] = "",
    unit: Annotated[
        str | None, typer.Option("--unit", help="Of lengths, where the file errs: m, mm, cm, ft, in.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="hospital, factory or port; else by the file.")] = None,
    layers: Annotated[Path | None, typer.Option("--layers", help="CSV of DXF layers to wall classes.")] = None,
    applications: Annotated[
        Path | None, typer.Option("--applications", help="CSV of functions to applications; else the shipped one.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a site folder; its owner's edits stay.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """A building from a file into a site folder; tells what was inferred and what was left out."""
    with spinner("reading the building"):
        found = api.site_import(
            file, out, name=name, unit=unit, kind=kind, layers=layers, applications=applications, replace=replace
        )
    _told(found, fmt, out)


def check(site: SITE, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """What is wrong or doubtful in a site; 1 where there is a defect."""
    found = api.site_check(site)
    emit(
        found if fmt is Format.json else found["findings"], fmt, out, columns=("grade", "code", "where", "what", "hint")
    )
    if fmt is not Format.json:
        say(f"{found['counts']['defect']} defects, {found['counts']['notice']} notices")
    raise typer.Exit(0 if found["sound"] else 1)


def show(
    site: SITE,
    floor: FloorOption = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw the plans into this SVG file.")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Draw the plans into this PNG file.")] = None,
    language: Annotated[str, typer.Option("--language", help="Of the drawing: en or zh.")] = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Floors, rooms, areas, functions and walls of a site, and its plans as a drawing."""
    found = api.site_show(site, floor=floor)
    if svg is not None:
        write_out(api.site_plan(site, floor=floor, language=language), svg)
    if png is not None:
        api.site_picture(site, png, floor=floor, language=language)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    rows = found["floors"][0]["room_list"] if floor is not None else found["floors"]
    emit(rows, fmt, out, columns=() if floor is not None else FLOORS, title=found["name"])
    for row in found["floors"]:
        shown = ", ".join(f"{count} {name}" for name, count in row["functions"].items())
        say(f"{row['name']}: {shown}")


def functions(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The functions of rooms: names, words and codes by which they are found, and what follows from them."""
    shown = ("function", "name_en", "name_zh", "group", "omniclass", "indoor", "shielded", "critical", "height_m")
    emit(api.site_functions(), fmt, out, columns=shown if fmt is Format.table else ())


def applications(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Which applications the rooms of a function are taken to need; copy and edit it for `import --applications`."""
    emit(api.site_applications(), fmt, out)


def _told(found: Record, fmt: Format, out: Path) -> None:
    if fmt is not Format.table:
        emit(found if fmt is Format.json else found["floors"], fmt, None, columns=() if fmt is Format.json else FLOORS)
        return
    emit(found["floors"], fmt, None, columns=FLOORS, title=f"{found['name']} in {out}")
    say(f"{found['spaces']} spaces, {found['area_total_m2']:,.3f} m2, indoors {found['area_indoor_m2']:,.3f} m2")
    mapped, unmapped = found["functions"]["mapped"], found["functions"]["unmapped"]
    say(f"functions: {mapped} mapped, {len(unmapped)} not")
    say(f"{found['walls']['all']} walls, {found['openings']['all']} openings, {found['needs']} needs")
    for row in unmapped[:MOST_TOLD]:
        say(f"no function: {row['room']} {row['words']!r}")
    for key in ("inferred", "refused"):
        rows = found[key]
        for row in rows[:MOST_TOLD]:
            say(f"{key}: {row['subject'][:60]}: {row['what']} ({row['reason'][:100]})")
        if len(rows) > MOST_TOLD:
            say(f"{key}: {len(rows) - MOST_TOLD} more in {out / 'import.csv'}")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("new")(new)
    commands.command("import")(import_)
    commands.command("check")(check)
    commands.command("show")(show)
    commands.command("functions")(functions)
    commands.command("applications")(applications)
