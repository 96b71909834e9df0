"""`setsail service export`, `import`, `schema`: a network as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a site with a network.")],
    out: OutOption = None,
) -> None:
    """Write the network of a site as one JSON document (`setsail service schema` documents it)."""
    emit(api.service_export(folder), Format.json, out)


def import_(
    document: Annotated[Path, typer.Argument(help="JSON document of a network.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder that gets its three files.")],
    fmt: FormatOption = Format.table,
) -> None:
    """Write network.toml, heads.csv and flows.csv from a JSON document: all three or none."""
    emit(api.service_import(document, out), fmt, None)


def schema(out: OutOption = None) -> None:
    """Write the JSON Schema of the document."""
    emit(api.service_schema(), Format.json, out)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("export")(export)
    commands.command("import")(import_)
    commands.command("schema")(schema)
