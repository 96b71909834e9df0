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
    say,
    spinner,
    write_out,
)

SecondsOption = Annotated[
    float | None, typer.Option("--seconds", help="Seconds of planning; by default 7, and a minute for 5,500 sites.")
]
RoundsOption = Annotated[
    int | None,
    typer.Option(
        "--rounds", help="Rounds of the search, not with --seconds: the same plan however busy the machine is."
    ),
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at", metavar="TIME", help="Nothing begins before: 05:00, or ISO 8601. Now while the rollout is under way."
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the search's random numbers.")]
AdoptOption = Annotated[
    bool, typer.Option("--adopt/--no-adopt", help="Put the plan in force by writing it to the log.")
]
CrewOption = Annotated[str, typer.Option("--crew", help="Show the sheet of this crew alone.")]


def plan(
    folder: Annotated[Path, typer.Argument(help="Folder of a rollout.")],
    seconds: SecondsOption = None,
    rounds: RoundsOption = None,
    seed: SeedOption = 0,
    adopt: AdoptOption = True,
    at: AtOption = "",
    crew: CrewOption = "",
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Plan crews, routes, bench and stages of every site; exit code 1 where it cannot be done in time."""
    with spinner("planning"):
        made = api.rollout_plan(
            folder, seconds=seconds, rounds=rounds, seed=seed, adopt=adopt, at=at, now=now(),
            by=actor_or_user(actor), clock=time.perf_counter,
        )  # fmt: skip
    if made.note:
        say(made.note)
    if crew:
        emit(api.rollout_plan_crew(made, crew), fmt, out, title=f"Sheet of {crew}")
    elif fmt is Format.json:
        emit(api.rollout_plan_record(made), fmt, out)
    elif fmt is Format.csv or out is not None:
        sites = api.rollout_plan_record(made)["sites"]
        emit([{**site, "crews": "|".join(site["crews"])} for site in sites], fmt, out)
    else:
        _show(api.rollout_plan_rows(made))
    if made.plan.feasible is False:
        raise typer.Exit(1)


def _show(rows: dict[str, list[Any]]) -> None:
    """What a dispatcher reads at night."""
    write_out("".join(f"{line}\n" for line in rows["overview"]) + "\n", None)
    if rows["milestones"]:
        emit(rows["milestones"], Format.table, None, title="Milestones")
    emit(rows["sites"], Format.table, None, title="Sites in the order of their delivery")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("plan")(plan)
