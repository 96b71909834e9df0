"""`setsail design handover`: a design for those who build it, as DXF and XLSX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli._design_verify import FolderArgument
from setsail.cli.common import Format, FormatOption, emit, now


def handover(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; an earlier hand-over is replaced.")],
    prices: Annotated[Path | None, typer.Option("--prices", help="TOML with your own prices and powers.")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Plans of each floor as DXF (rooms, walls, heads, cables in metres) and a workbook of heads, cables and bill."""
    emit(api.design_handover(folder, out=out, now=now(), prices=prices), fmt, None)


def register(commands: typer.Typer) -> None:
    """Adds the command to the group."""
    commands.command("handover")(handover)
