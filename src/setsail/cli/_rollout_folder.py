"""`setsail rollout`: making, showing, changing and exporting the folder of a rollout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, emit

FOLDER = typer.Option("--out", "-o", help="Folder to write; it must be new or empty.")
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a rollout folder; its event log stays.")]


def example(
    name: Annotated[str, typer.Argument(help="Such as wuhan-2020.")],
    out: Annotated[Path, FOLDER],
    replace: ReplaceOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """A shipped or generated rollout as a folder of readable files."""
    emit(api.rollout_example(name, out, replace=replace), fmt, None)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("example")(example)
