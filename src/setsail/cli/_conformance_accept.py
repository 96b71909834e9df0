"""`setsail conformance accept | synthetic-walk | synthetic-probe`: the same checks on logs of the built network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli._design_verify import FolderArgument, LangOption, ProfileOption, SlotsOption
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, write_out

BESIDE_COLUMNS = (
    "rule", "subject", "verdict_design", "verdict", "met_design", "met", "difference", "low", "high", "unit", "n",
)  # fmt: skip
REJECTS_SHOWN = 10
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the random numbers.")]


def accept(
    folder: FolderArgument,
    log: Annotated[Path, typer.Option("--log", help="CSV: time_s,floor,x_m,y_m and rsrp_dbm, sinr_db, rates, delay.")],
    probe: Annotated[
        Path | None, typer.Option("--probe", help="CSV: flow,time_s,delay_ms (empty: lost),clock.")
    ] = None,
    clock: Annotated[str, typer.Option("--clock", help="one-way (PTP) or round-trip, where a line says none.")] = (
        "round-trip"
    ),
    confidence: Annotated[float, typer.Option("--confidence", help="Of each bound, one-sided.")] = 0.95,
    mean_burst: Annotated[float, typer.Option("--mean-burst", help="Least mean run of losses reckoned with.")] = 5.0,
    place: Annotated[float, typer.Option("--place", help="Side of a place within a room [m].")] = 0.5,
    profile: ProfileOption = "hospital",
    slots: SlotsOption = None,
    each: Annotated[
        bool, typer.Option("--all", help="Every measured finding, not only those judged otherwise.")
    ] = False,
    lang: LangOption = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Verdicts on measurements with their sample, beside those of the design; exit code 1 where any fails."""
    found = api.conformance_accept(
        folder, log, probe=probe, profile=profile, slots=slots, clock=clock, confidence=confidence,
        mean_burst=mean_burst, place_m=place, lang=lang,
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        _show(found, fmt, out, each=each)
    if found["failed"]:
        raise typer.Exit(1)


def _show(found: dict[str, Any], fmt: Format, out: Path | None, *, each: bool) -> None:
    rows = [b for b in found["beside"] if each or b["verdict"] != b["verdict_design"]]
    if fmt is Format.csv or out is not None:
        emit(found["beside"], fmt, out)
    else:
        emit(found["dimensions"], fmt, None, title=f"{found['site']}: profile {found['profile']}, stage accept")
        emit(rows, fmt, None, columns=BESIDE_COLUMNS, title="Measured, beside the design")
    for reject in found["rejects"][:REJECTS_SHOWN]:
        say(f"not used: {reject['file']}:{reject['line']} {reject['reason']}")
    say(f"note: {found['lines']} lines used, {len(found['rejects'])} not")


def synthetic_walk(
    folder: FolderArgument,
    seed: SeedOption = 0,
    visited: Annotated[float, typer.Option("--visited", min=0.0, max=1.0, help="Share of each room.")] = 0.8,
    spread: Annotated[float, typer.Option("--spread", min=0.0, help="Of the level around the map [dB].")] = 2.0,
    bias: Annotated[float, typer.Option("--bias", help="Added to every level [dB].")] = 0.0,
    out: OutOption = None,
) -> None:
    """A synthetic walk log made from the maps of a design; its first line says that it is synthetic."""
    write_out(api.conformance_walk(folder, seed=seed, visited=visited, spread_db=spread, bias_db=bias), out)


def synthetic_probe(
    folder: FolderArgument,
    seed: SeedOption = 0,
    messages: Annotated[int, typer.Option("--messages", min=1, help="Of each flow.")] = 2000,
    delay: Annotated[float, typer.Option("--delay", min=0.0, help="Mean delay [ms].")] = 6.0,
    loss: Annotated[float, typer.Option("--loss", min=0.0, max=0.9, help="Share of lost messages.")] = 1e-3,
    burst: Annotated[float, typer.Option("--burst", min=1.0, help="Mean run of losses.")] = 1.0,
    out: OutOption = None,
) -> None:
    """A synthetic probe log of every flow of a design; its first line says that it is synthetic."""
    text = api.conformance_probe(
        folder, seed=seed, messages=messages, delay_s=delay * 1e-3, loss_ratio=loss, mean_burst=burst
    )
    write_out(text, out)


def register(commands: typer.Typer) -> None:
    """Adds the commands to the group."""
    commands.command("accept")(accept)
    commands.command("synthetic-walk")(synthetic_walk)
    commands.command("synthetic-probe")(synthetic_probe)
