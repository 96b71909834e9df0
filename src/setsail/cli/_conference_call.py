"""`setsail conference`: a call of simulated sites that proves the server."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner

LINES = {
    "joined": "sites on the call", "streams": "pictures side by side", "loss_ratio": "packets missing at first",
    "loss_after_repair_ratio": "packets never come", "min_fps": "lowest frame rate of a stream",
    "freezes": "freezes of all streams", "delay_median_s": "delay, median [s]",
    "delay_worst_s": "delay, worst pair [s]",
    "marks_verified": "streams whose strips are all right", "tones_verified": "pairs heard in the mix",
    "ghost_tones": "tones heard that nobody sends", "pairs_seen": "pairs seen over time",
    "server_cpu_cores": "server, cores", "server_memory_mb": "server, memory [MB]",
    "client_cpu_cores": "simulated sites, cores", "client_lag_s": "lateness of the simulated sites [s]",
    "join_s": "all joined within [s]", "back_s": "all back after the server was killed [s]", "wall_s": "whole test [s]",
    "load_after": "load of this machine",
}  # fmt: skip
OF = {"joined": "asked", "streams": "streams_asked", "marks_verified": "streams_asked",
      "tones_verified": "tones_asked", "pairs_seen": "pairs", "load_after": "cores"}  # fmt: skip
LATE_S = 0.1


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command()(selftest)


def selftest(
    sites: Annotated[int, typer.Option("--sites", help="Simulated sites.")] = 29,
    receive: Annotated[int, typer.Option("--receive", help="Pictures of others that a site is sent at once.")] = 4,
    seconds: Annotated[float, typer.Option("--seconds", help="How long it is measured.")] = 20.0,
    codec: Annotated[str, typer.Option("--codec", help="Of the pictures: vp8 or h264.")] = "vp8",
    fps: Annotated[int, typer.Option("--fps", help="Pictures a second.")] = 15,
    kbps: Annotated[int, typer.Option("--kbps", help="Rate of a site's video.")] = 330,
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="With a tone of each site in the mix.")] = True,
    planned: Annotated[
        int | None, typer.Option("--planned", help="Places in the room; as many as sites if not given.")
    ] = None,
    wrong_pin: Annotated[bool, typer.Option("--wrong-pin", help="One more site comes with a wrong PIN.")] = False,
    kill_server: Annotated[
        bool, typer.Option("--kill-server", help="Kill the server after the measurement and wait until all are back.")
    ] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """A call of simulated sites on a private server: joined, seen, heard, lost. Exit code 1 where something failed."""
    with spinner(f"{sites} sites on a call for {seconds:g} s"):
        found = api.conference_selftest(
            sites, receive=receive, seconds=seconds, codec=codec, fps=fps, kbps=kbps, audio=audio, planned=planned,
            wrong_pin=wrong_pin, kill_server=kill_server,
        )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit(_rows(found), fmt, out, title="passed" if found["passed"] else "FAILED")
    for site, why in found["failed"].items():
        say(f"{site}: {why}")
    if found["client_lag_s"] > LATE_S:
        say(f"The simulated sites were up to {found['client_lag_s']:.2f} s late: this machine is busy, and frame rate, "
            "freezes and delay are partly its own.")  # fmt: skip
    if not found["passed"]:
        raise typer.Exit(1)


def _rows(found: Record) -> list[Record]:
    """One line for each number that was measured."""
    return [
        {"what": text, "found": found[key], "of": found.get(OF.get(key, ""))}
        for key, text in LINES.items()
        if found[key] is not None
    ]
