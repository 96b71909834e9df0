"""`setsail data`: data sets of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli import _aggregate, _synthesise
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

commands = app("Data sets of the workspace: ingest, list, check, synthesise.")
_synthesise.register(commands)
_aggregate.register(commands)

KindOption = Annotated[
    str,
    typer.Option("--as", help="observations, cells, sites, measurements, tiles, hexes or reports."),
]
MapOption = Annotated[
    str, typer.Option("--map", "-m", help="Column map: a TOML file, or one that ships (setsail data maps).")
]
KindFilter = Annotated[str | None, typer.Option("--kind", help="Only data sets of this kind.")]
LIST_COLUMNS = ("name", "kind", "version", "rows", "refused", "synthetic", "recorded_at", "source", "licence", "sha256")
INGEST_COLUMNS = ("name", "kind", "version", "rows_in", "rows_refused", "rows", "rejects", "sha256")
CHECK_COLUMNS = ("name", "version", "rows", "verdict", "code", "where", "found", "recorded")


@commands.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="CSV (also .gz), XLSX or Parquet; the content says which.")],
    kind: KindOption,
    column_map: MapOption = "generic",
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the data set; else made of the file name.")
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="One value in all rows; may be repeated."),
    ] = None,
    max_rejects: Annotated[
        str | None,
        typer.Option("--max-rejects", help="Rows that may be refused: a count, or a share such as 5%. Default 1%."),
    ] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help="Where refused rows are told.")] = None,
    source: Annotated[str, typer.Option("--source", help="Where the data come from.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Licence of the data.")] = "",
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The data are made up.")] = False,
    actor: ActorOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Read a file into the workspace: every row checked, refused rows told, all or nothing."""
    with spinner(f"reading {file}"):
        result = api.data_ingest(
            file,
            kind=kind,
            column_map=column_map,
            workspace=workspace,
            recorded_at=now(),
            actor=actor_or_user(actor),
            name=name,
            constants=_pairs(constants or []),
            max_rejects=max_rejects,
            rejects=rejects,
            source=source,
            licence=licence,
            synthetic=synthetic,
        )
    emit(result, fmt, out, columns=INGEST_COLUMNS, title=f"Ingested {file.name}")
    _tell(result)


@commands.command("list")
def list_data(
    kind: KindFilter = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Every version of every data set."""
    emit(api.data_list(workspace, kind=kind), fmt, out, columns=LIST_COLUMNS, title="Data sets")


@commands.command()
def check(
    name: Annotated[str | None, typer.Argument(help="Only this data set.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Hashes, rows, columns and contents of the data sets, judged again; exit code 1 where something is not well."""
    with spinner("checking"):
        rows = api.data_check(workspace, name=name)
    emit(rows, fmt, out, columns=CHECK_COLUMNS, title="Check")
    if any(row["verdict"] == "fail" for row in rows):
        raise typer.Exit(1)


@commands.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the data set; its newest version is shown.")],
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, max=1000, help="First rows to show.")] = 5,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Manifest, columns and first rows of a data set."""
    told = api.data_show(name, workspace, rows=rows)
    if fmt is Format.json:
        emit(told, fmt, out)
        return
    if fmt is Format.table and out is None:
        emit(told["manifest"], fmt, out, columns=LIST_COLUMNS, title=name)
        emit(told["schema"], fmt, out, title="Columns")
    emit(told["first"], fmt, out, title="First rows")


@commands.command()
def export(
    name: Annotated[str, typer.Argument(help="Name of the data set; its newest version is written.")],
    to: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    form: Annotated[str, typer.Option("--format", "-f", help="csv or parquet.")] = "csv",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Write a data set out as one file."""
    written = api.data_export(name, workspace, to=to, form=form)
    say(f"{written['rows']:,} rows written to {to}" + (" (synthetic)" if written["synthetic"] else ""))


@commands.command("maps")
def maps(
    kind: Annotated[str | None, typer.Option("--kind", help="The columns that data sets of this kind have.")] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Column maps that ship; with --kind, the columns that a map may fill."""
    if kind is None:
        emit(api.data_maps(), fmt, out, columns=("map", "kind", "title", "licence"), title="Column maps")
    else:
        emit(api.data_columns(kind), fmt, out, title=f"Columns of {kind}")


def _pairs(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise BadInput(f"is {text!r}", where="--set", allowed="COLUMN=VALUE")
        found[name.strip()] = value
    return found


def _tell(result: api.Record) -> None:
    for note in result["notes"]:
        counted = f"{note['count']:,}: " if note["count"] else ""
        at = f" (first in line {note['first_line']})" if note["first_line"] else ""
        say(f"note [{note['code']}] {counted}{note['text']}{at}")
    for reason, count in result["reasons"].items():
        say(f"refused {count:,}: {reason}")
    if result["rejects"]:
        say(f"refused rows are told in {result['rejects']}")
