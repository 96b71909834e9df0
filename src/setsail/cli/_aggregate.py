"""`setsail data aggregate`: figures by column, on the engine of the user's choice."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    OutOption,
    WorkspaceOption,
    emit,
    say,
    spinner,
)

EngineOption = Annotated[
    str | None,
    typer.Option("--engine", envvar="SETSAIL_ENGINE", help="duckdb (default), or sc://host:port of Spark Connect."),
]


def register(commands: typer.Typer) -> None:
    """Adds the command to the group `data`."""
    commands.command()(aggregate)


def aggregate(
    name: Annotated[str, typer.Argument(help="A data set of cells, sites or measurements.")],
    by: Annotated[str, typer.Option("--by", help="Columns, with commas between: province,operator,band.")] = "province",
    threshold_dbm: Annotated[
        float, typer.Option("--threshold-dbm", help="RSRP from which a sample counts as covered.")
    ] = -105.0,
    suppress_under: Annotated[
        int | None,
        typer.Option("--suppress-under", metavar="K", help="Hide groups of fewer rows, and what tells them."),
    ] = None,
    engine: EngineOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Count cells or sites, or judge measured quality, by region, operator, band or any other column."""
    with spinner(f"counting {name}"):
        result = api.data_aggregate(
            name,
            workspace,
            by=[column.strip() for column in by.split(",")],
            engine=engine,
            threshold_dbm=threshold_dbm,
            suppress_under=suppress_under,
        )
    if result["synthetic"]:
        say(f"{name} is synthetic: these figures say nothing about a real network")
    if fmt is Format.json:
        emit(result, fmt, out)
    else:
        emit(result["rows"], fmt, out, title="synthetic" if result["synthetic"] else "")
