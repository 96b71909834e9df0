"""`setsail rollout example|new|check|show|export|travel`: the folder of a rollout."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.base.fields import moment
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, now, say

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a rollout.")]
FOLDER = typer.Option("--out", "-o", help="Folder to write; it must be new or empty.")
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a rollout folder; its event log stays.")]
SITE_COLUMNS = ("site", "name", "district", "role", "sets", "crews", "skills", "line_ready_at", "due", "mark")
FINDING_COLUMNS = ("grade", "where", "what", "allowed", "hint")
LONG = ("folder", "assumed", "marks")


def example(
    name: Annotated[str, typer.Argument(help="wuhan-2020, wuhan-2020-bridges, huoshenshan-2020, generated-64 ...")],
    out: Annotated[Path, FOLDER],
    replace: ReplaceOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """A shipped or generated rollout as a folder of readable files."""
    made = api.rollout_example(name, out, replace=replace)
    _told(made, fmt, out)


def new(
    sites: Annotated[Path, typer.Option("--sites", help="CSV or XLSX of sites: name, latitude, longitude ...")],
    out: Annotated[Path, FOLDER],
    name: Annotated[str, typer.Option("--name", help="Of the rollout; else that of the file.")] = "",
    notice: Annotated[
        str | None, typer.Option("--notice", metavar="TIME", help="ISO 8601 with offset; else now.")
    ] = None,
    deadline: Annotated[
        str | None, typer.Option("--deadline", metavar="TIME", help="Else 24 h after the notice.")
    ] = None,
    depot: Annotated[
        str | None, typer.Option("--depot", metavar="LAT,LON", help="Else the middle of the sites.")
    ] = None,
    vehicles: Annotated[int | None, typer.Option("--vehicles", "--crews", help="Each with a crew.")] = None,
    capacity: Annotated[int | None, typer.Option("--capacity", help="Sets in a vehicle.")] = None,
    people: Annotated[int | None, typer.Option("--people", help="Of each crew.")] = None,
    stations: Annotated[int | None, typer.Option("--stations", help="Of the configuration bench.")] = None,
    minutes_per_set: Annotated[float | None, typer.Option("--minutes-per-set", help="On the bench.")] = None,
    on_site: Annotated[float | None, typer.Option("--on-site", help="Minutes at a site until delivered.")] = None,
    speed: Annotated[float | None, typer.Option("--speed", help="Of the vehicles [km/h].")] = None,
    datum: Annotated[str, typer.Option("--datum", help="Of the coordinates: wgs84, gcj02 or bd09.")] = "wgs84",
    sheet: Annotated[str, typer.Option("--sheet", help="Of a workbook; else the first with rows.")] = "",
    replace: ReplaceOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """A rollout of your own sites from a spreadsheet; tells everything that was assumed."""
    from setsail.rollout.folder.terms import Ask

    ask = Ask(
        name=name,
        notice=_moment(notice, "--notice"),
        deadline=_moment(deadline, "--deadline"),
        depot=_place(depot),
        vehicles=vehicles,
        capacity=capacity,
        people=people,
        stations=stations,
        minutes_per_set=minutes_per_set,
        on_site_min=on_site,
        speed_kmh=speed,
        datum=datum,
        sheet=sheet,
    )
    _told(api.rollout_new(sites, out, ask, now=now().astimezone(), replace=replace), fmt, out)


def check(folder: FolderArgument, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """What is wrong with a rollout, impossible or assumed; 1 where no plan can be feasible."""
    found = api.rollout_check(folder)
    emit(
        found if fmt is Format.json else found["findings"],
        fmt,
        out,
        columns=() if fmt is Format.json else FINDING_COLUMNS,
    )
    if fmt is not Format.json:
        say(", ".join(f"{count} {grade}" for grade, count in found["counts"].items()))
    raise typer.Exit(0 if found["possible"] else 1)


def show(folder: FolderArgument, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The sites of a rollout, and what there is to open them with."""
    found = api.rollout_show(folder)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    emit(found["sites"], fmt, out, columns=SITE_COLUMNS, title=found["name"])
    for key, value in found["summary"].items():
        if key not in LONG:
            say(f"{key}: {value}")


def export(
    folder: FolderArgument,
    csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Sites x stages of the plan in force, with what was reported, as a table."""
    rows = api.rollout_export(folder)
    emit(rows, Format.csv if csv else fmt, out)


def travel(
    folder: FolderArgument,
    closed: Annotated[
        list[str] | None, typer.Option("--closed", help="A bridge, or a road A|B; again for more.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Driving minutes and metres between all places; as CSV they are the travel.csv of a rollout."""
    emit(api.rollout_travel(folder, closed=frozenset(closed or ())), fmt, out)


def _moment(text: str | None, where: str) -> datetime | None:
    return None if text is None else moment(text, where)


def _place(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--depot", allowed="LAT,LON in degrees, such as 30.47,114.41") from err
    return latitude, longitude


def _told(made: Record, fmt: Format, out: Path) -> None:
    """All as JSON; else the numbers as a table, and what was assumed line by line."""
    numbers = {k: v for k, v in made.items() if k not in LONG}
    if fmt is not Format.table:
        emit(made if fmt is Format.json else numbers, fmt, None)
        return
    emit([{"what": k, "value": str(v)} for k, v in numbers.items()], fmt, None, title=made["name"])
    for row in made.get("assumed", ()):
        say(f"assumed: {row['subject']}: {row['what']} ({row['reason']})")
    say(f"written to {out}")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    for command in (example, new, check, show, export, travel):
        commands.command(command.__name__)(command)
