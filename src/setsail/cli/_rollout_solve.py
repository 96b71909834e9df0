"""`setsail rollout solve`: a routing instance solved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("solve")(solve)


def solve(
    instance: Annotated[Path, typer.Argument(help="Solomon's text or a VRPLIB file (CVRP, VRPTW, MTVRPTWR).")],
    seconds: Annotated[float, typer.Option("--time", help="Seconds, with the loading of the libraries.")] = 5.0,
    dimacs: Annotated[bool, typer.Option("--dimacs", help="Distances truncated to 0.1.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random numbers.")] = 0,
    iterations: Annotated[
        int | None, typer.Option("--iterations", min=1, help="Of each searcher, to repeat a run exactly.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Solve a vehicle routing instance; exit code 1 where no feasible solution was found."""
    with spinner("routing"):
        made = api.rollout_solve(
            instance, seconds=seconds, dimacs=dimacs, seed=seed, iterations=iterations, clock=time.perf_counter
        )
    rows = [
        {"route": k, "customers": sum(map(bool, route)), "stops": " ".join(map(str, route))}
        for k, route in enumerate(made["routes"], start=1)
    ]
    emit(made if fmt is Format.json else rows, fmt, out, title=f"{made['instance']}: {made['cost']:.10g}")
    if fmt is Format.table:
        told = f"{made['cost']:.10g} {made['unit']}; {made['vehicles']} vehicles; {made['seconds']:.1f} s"
        say(f"{told}; {made['method']}")
    if not made["feasible"]:
        say("infeasible: " + "; ".join(made["broken"][:5]))
        raise typer.Exit(1)
