"""`setsail design run | batch`: the network of a site, of a group, of many sites."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli._design_choices import with_choices
from setsail.cli._design_progress import shown
from setsail.cli.common import Format, FormatOption, OutOption, emit, say
from setsail.design.choices import Choices

CELL_COLUMNS = ("cell", "heads", "load_ratio", "ul", "dl", "blocking", "refused")
SLICE_COLUMNS = ("slice", "sst", "sd", "isolation", "prb_min_ratio", "prb_max_ratio", "dnn", "upf")
COMPARED_COLUMNS = (
    "carrier", "heads", "cells", "price_ratio", "gap_ratio", "unmet", "covered_ratio", "rate_dl_bps_p05",
    "rate_ul_bps_p05", "tdd", "chosen",
)  # fmt: skip
BINDING_COLUMNS = ("subject", "constraint", "wanted", "reached", "unit", "proved", "why")
REFUSED_COLUMNS = ("flow", "application", "devices", "reason", "remedy")
LINK_COLUMNS = ("link", "a", "b", "length_m", "rate_bps", "load_bps", "load_ratio", "group")
BATCH_COLUMNS = (
    "folder", "state", "rooms", "area_m2", "band", "heads", "cells", "flows", "refused", "covered_ratio", "gap_ratio",
    "unmet", "cost", "seconds", "error",
)  # fmt: skip
PROOFS = {
    "fewest": "no fewer would do", "bound": "gap {:.1%}", "judged": "as they stand",
    "unknown": "unknown whether fewer would do (gap at most {:.1%})",
}  # fmt: skip
"""What is said of the number of heads, with its distance from what was proved to be needed."""
SHOWN = 12


@with_choices
def run(
    folder: Annotated[Path, typer.Argument(help="Folder of a site, or of a group with its group.toml.")],
    choices: Choices,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Design heads, cells, slices, flows, user plane and links; write network.toml, heads.csv and flows.csv."""
    with shown(time.monotonic) as progress:
        made = api.design_run(folder, clock=time.perf_counter, progress=progress, **asdict(choices))
    if fmt is not Format.table or out is not None:
        emit(made if fmt is Format.json else made["links"] if "group" in made else made["heads"], fmt, out)
        return
    for one in made.get("sites", [made]):
        _show(one)
    if "group" in made:
        emit(made["links"], fmt, None, columns=LINK_COLUMNS, title=f"Links of {made['group']}")
        _say_all(made["notes"])


def _show(made: dict[str, Any]) -> None:
    """One site as tables."""
    carrier = made["carriers"][0] if made["carriers"] else {"band": "none", "tdd": "-"}
    least = PROOFS[made["proof"]].format(made["gap_ratio"])
    say(
        f"{made['site']}: {len(made['heads'])} heads, {len(made['cells'])} cells, {carrier['band']} {carrier['tdd']}, "
        f"covered {made['covered_ratio']:.1%}, {least}, {sum(made['seconds'].values()):.1f} s"
    )
    cells = [
        {"cell": c["cell"], "heads": c["heads"], "load_ratio": c["load_ratio"], "ul": c["ul"]["load_ratio"],
         "dl": c["dl"]["load_ratio"], "blocking": max(c["ul"]["blocking"], c["dl"]["blocking"]),
         "refused": c["ul"]["refused"]}
        for c in made["cells"]
    ]  # fmt: skip
    emit(made["compared"], Format.table, None, columns=COMPARED_COLUMNS, title="Frequency options")
    emit(cells, Format.table, None, columns=CELL_COLUMNS, title="Cells in the busy hour, shares of their PRBs")
    emit(made["slices"], Format.table, None, columns=SLICE_COLUMNS, title="Slices")
    for title, rows, columns in (
        ("Targets that are not met, and the nearest that is", made["binding"], BINDING_COLUMNS),
        ("Devices that the busy hour does not admit", made["refused"], REFUSED_COLUMNS),
    ):
        if rows:
            more = f" (first {SHOWN} of {len(rows)})" if len(rows) > SHOWN else ""
            emit(rows[:SHOWN], Format.table, None, columns=columns, title=title + more)
    _say_all(made["notes"])


def _say_all(notes: list[str]) -> None:
    for note in notes:
        say(f"note: {note}")


@with_choices
def batch(
    folder: Annotated[Path, typer.Argument(help="Folder of site folders.")],
    choices: Choices,
    engine: Annotated[
        str | None, typer.Option("--engine", help="threads, threads:N, or dask://host:port; all cores by default.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Design many sites; a finished one is not done again, a broken one does not stop the others."""

    def told(row: dict[str, Any]) -> None:
        say(f"{row['folder']}: {row['state']}" + (f", {row['error']}" if row["error"] else ""))

    made = api.design_batch(folder, engine=engine, clock=time.perf_counter, told=told, **asdict(choices))
    emit(made if fmt is Format.json else made["rows"], fmt, out, columns=BATCH_COLUMNS)
    rate = f", {made['sites_per_minute']:.1f} a minute" if made["done"] else ""
    say(f"{made['done']} done, {made['kept']} kept, {made['failed']} failed in {made['seconds']:.1f} s{rate}")
    if made["failed"]:
        raise typer.Exit(1)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command("run")(run)
    commands.command("batch")(batch)
