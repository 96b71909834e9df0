"""`setsail rollout plan`: a schedule for every site, the sheet of a crew."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli.common import (
    ActorOption,
    Format,
    FormatOption,
    OutOption,
    actor_or_user,
    emit,
    now,
    spinner,
    write_out,
)

SecondsOption = Annotated[float, typer.Option("--seconds", help="Seconds of the search.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the search's random numbers.")]
AdoptOption = Annotated[
    bool, typer.Option("--adopt/--no-adopt", help="Put the plan in force by writing it to the log.")
]
CrewOption = Annotated[str, typer.Option("--crew", help="Show the sheet of this crew alone.")]


def plan(
    folder: Annotated[Path, typer.Argument(help="Folder of a rollout.")],
    seconds: SecondsOption = 6.0,
    seed: SeedOption = 0,
    adopt: AdoptOption = True,
    crew: CrewOption = "",
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Plan crews, routes, bench and stages of every site; exit code 1 where it cannot be done in time."""
    with spinner("planning"):
        made = api.rollout_plan(
            folder, seconds=seconds, seed=seed, adopt=adopt, now=now(), by=actor_or_user(actor), clock=time.perf_counter
        )
    if crew:
        emit(api.rollout_plan_crew(made, crew), fmt, out, title=f"Sheet of {crew}")
    elif fmt is Format.json:
        emit(api.rollout_plan_record(made), fmt, out)
    else:
        _show(api.rollout_plan_rows(made), fmt, out)
    if made.plan.feasible is False:
        raise typer.Exit(1)


def _show(rows: dict[str, list[Any]], fmt: Format, out: Path | None) -> None:
    """What a dispatcher reads at night."""
    if fmt is Format.table and out is None:
        write_out("".join(f"{line}\n" for line in rows["overview"]) + "\n", None)
        if rows["milestones"]:
            emit(rows["milestones"], fmt, None, title="Milestones")
    emit(rows["sites"], fmt, out, title="Sites in the order of their delivery")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("plan")(plan)
