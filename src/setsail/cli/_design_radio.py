"""`setsail design maps | move`: radio maps of the floors, and what the move of one head does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the site with its network.")]
FLOOR_COLUMNS = (
    "floor", "pixels", "covered_ratio", "second_ratio", "sinr_ratio", "rsrp_dbm.p05", "sinr_db.p05", "rate_dl_bps.p05",
    "rate_ul_bps.p05",
)  # fmt: skip
CHANGE_COLUMNS = ("rule", "subject", "verdict_before", "verdict_after", "met_before", "met_after", "unit")


def maps(
    folder: FolderArgument,
    floor: Annotated[str, typer.Option("--floor", help="Floor of the picture; the lowest one by default.")] = "",
    layer: Annotated[
        str, typer.Option("--layer", help="rsrp, sinr, rate_dl, rate_ul, second, positioning or exposure.")
    ] = "rsrp",
    png: Annotated[Path | None, typer.Option("--png", help="PNG file to write: layer, walls, heads, legend.")] = None,
    resolution: Annotated[float, typer.Option("--resolution", help="Side of a pixel [m].")] = 0.5,
    carrier: Annotated[str, typer.Option("--carrier", help="Whose maps; the first one by default.")] = "",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Coverage, quality and rates of every floor, and a heat map of one."""
    found = api.design_maps(folder, floor=floor, layer=layer, png=png, resolution_m=resolution, carrier=carrier)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    emit(found["floors"], fmt, out, columns=FLOOR_COLUMNS)
    if png is not None:
        say(f"written: {png}")


def move(
    folder: FolderArgument,
    head: Annotated[str, typer.Option("--head", help="Name of the head, as in heads.csv.")],
    to: Annotated[str, typer.Option("--to", metavar="X,Y", help="Its new place in metres of the site.")],
    profile: Annotated[
        str, typer.Option("--profile", help="A shipped profile, or the folder of your own.")
    ] = "hospital",
    slots: Annotated[
        Path | None, typer.Option("--slots", help="CSV with check,clause_ref,threshold of a standard's owner.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Keep the head there.")] = False,
    lang: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Maps and verdicts with one head at another place, beside those of the design."""
    x_m, y_m = _place(to)
    found = api.design_move(folder, head=head, x_m=x_m, y_m=y_m, profile=profile, slots=slots, write=write, lang=lang)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    rows = [{"": name} | row for name in ("before", "after") for row in found[name]]
    emit(rows, fmt, out, columns=("", *FLOOR_COLUMNS))
    turned = [_turned(change) for change in found["changes"] if change["verdict_changed"]]
    if turned and out is None:
        emit(turned, fmt, None, columns=CHANGE_COLUMNS, title="Verdicts that change")
    say(f"findings better: {found['better']}, worse: {found['worse']}; verdicts changed: {len(turned)}")
    say(f"maps and verdicts again in {found['elapsed_s']:.3f} s")


def _turned(change: dict[str, Any]) -> dict[str, Any]:
    ends = {when: change[when] or {} for when in ("before", "after")}
    values = {f"{name}_{when}": ends[when].get(name) for name in ("verdict", "met") for when in ends}
    return {name: change[name] for name in ("rule", "subject", "unit")} | values


def _place(text: str) -> tuple[float, float]:
    try:
        x_m, y_m = (float(part) for part in text.split(","))
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--to", allowed="X,Y in metres, such as 12.5,8") from err
    return x_m, y_m


def register(commands: typer.Typer) -> None:
    """Adds the commands to the group."""
    commands.command("maps")(maps)
    commands.command("move")(move)
