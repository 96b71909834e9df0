"""`setsail radio draw`: a layer of a coverage run as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import write_out


def draw(
    folder: Annotated[Path, typer.Argument(help="Folder of a `setsail radio coverage` run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="SVG file to write.")],
    layer: Annotated[str, typer.Option("--layer", help="rsrp, sinr, servers, dl_rate or ul_rate.")] = "rsrp",
    title: Annotated[str, typer.Option("--title", help="Heading of the legend.")] = "",
    width: Annotated[int, typer.Option("--width", help="Most pixels across.")] = 1024,
) -> None:
    """A layer in classes as one self-contained SVG, with legend, shares of the area and a scale bar."""
    write_out(api.radio_draw(folder, layer=layer, title=title, width_px=width), out)
    typer.echo(str(out))


def register(commands: typer.Typer) -> None:
    """Adds the command to the group."""
    commands.command("draw")(draw)
