"""`setsail site backdrop`: a picture of a plan under a floor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, emit


def backdrop(
    site: Annotated[Path, typer.Argument(help="Folder of a site.")],
    floor: Annotated[str, typer.Option("--floor", help="Id or name of the floor.")],
    image: Annotated[Path, typer.Option("--image", help="PDF, PNG, JPEG, TIFF, WEBP or BMP.")],
    point: Annotated[
        list[str],
        typer.Option("--point", metavar="PX,PY=X,Y", help="Pixel from the top left = place [m]; two or more."),
    ],
    page: Annotated[int, typer.Option("--page", help="Of a PDF.")] = 1,
    dpi: Annotated[float, typer.Option("--dpi", help="Of a PDF; pixels are counted at it.")] = 150.0,
    mirrored: Annotated[
        bool | None, typer.Option("--mirrored/--upright", help="Seen from behind; three points decide it themselves.")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Lays a picture of a plan under a floor by points whose places are known."""
    emit(api.site_backdrop(site, floor, image, point, page=page, dpi=dpi, mirrored=mirrored), fmt, None)


def register(commands: typer.Typer) -> None:
    """Adds the command of this module."""
    commands.command("backdrop")(backdrop)
