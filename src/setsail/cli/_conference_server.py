"""`setsail conference`: the conference server: up, down, status, unpack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, now, say

RolloutOption = Annotated[Path, typer.Option("--rollout", "-r", help="Folder of the rollout.")]
SERVICES = ("service", "state", "pid", "since", "restarts", "cpu_cores", "memory_mb", "note")
ROOMS = ("room", "places", "joined", "sending", "in_mix", "receive", "bitrate_bps", "recorded")
PEOPLE = ("site", "leg", "link", "streams", "packets_in", "loss_in_ratio", "packets_out", "loss_out_ratio",
          "kbps_in", "kbps_out")  # fmt: skip
CALLS = ("site", "terminal", "state", "audio", "video", "shown", "audio_in", "audio_lost_in", "audio_out", "video_in",
         "video_lost_in", "video_out", "since")  # fmt: skip


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command()(up)
    commands.command()(down)
    commands.command()(status)
    commands.command()(unpack)


def up(
    rollout: RolloutOption,
    detach: Annotated[
        bool, typer.Option("--detach/--foreground", help="Leave it to a process of its own, or stay until Ctrl-C.")
    ] = True,
    listen: Annotated[
        list[str] | None, typer.Option("--listen", metavar="ADDRESS", help="Address that sites reach; may be repeated.")
    ] = None,
    turn: Annotated[bool | None, typer.Option("--turn/--no-turn", help="With a TURN relay; else as planned.")] = None,
    sip: Annotated[bool | None, typer.Option("--sip/--no-sip", help="With SIP terminals; else as planned.")] = None,
    participants: Annotated[
        int | None,
        typer.Option("--participants", help="Senders at most; else the sites, the centre and a spare tenth."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of the server's API on loopback; 0: a free one.")
    ] = 0,
    turn_port: Annotated[int, typer.Option("--turn-port", min=1, max=65535, help="UDP port of the relay.")] = 3478,
    sip_port: Annotated[
        int | None, typer.Option("--sip-port", min=1, max=65535, help="Port for SIP terminals; else as provisioned.")
    ] = None,
    media_ports: Annotated[
        str, typer.Option("--media-ports", metavar="LOW-HIGH", help="UDP ports towards the sites.")
    ] = "20000-23999",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Opens the conference of a rollout and keeps it running, also after a crash of the server."""
    import secrets

    def told(record: Record) -> None:
        emit(record, fmt, out, title="Conference")
        say("the conference runs; Ctrl-C ends it")

    record = api.conference_up(
        rollout, random_bytes=secrets.token_bytes, now=now, listen=tuple(listen or ()), turn=turn, sip=sip,
        participants=participants, port=port, turn_port=turn_port, sip_port=sip_port, media_ports=_range(media_ports),
        opened=None if detach else told,
    )  # fmt: skip
    if record["how"] == "running already":
        say("the conference runs already; options of this call are not used: `conference down` first")
    if detach or record["how"] == "running already":
        emit(record, fmt, out, title="Conference")
    if detach and record["note"]:
        say(record["note"])


def down(rollout: RolloutOption, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Ends the conference of a rollout with all its processes."""
    record = api.conference_down(rollout)
    if not record["ended"]:
        say("no conference was up")
    emit(record, fmt, out)


def status(rollout: RolloutOption, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Services, rooms, and each participant's packets and loss; exit code 1 where no call works now."""
    record = api.conference_status(rollout)
    if fmt is Format.json:
        emit(record, fmt, out)
    elif fmt is Format.csv or out is not None:
        emit(record["participants"], fmt, out, columns=PEOPLE)
    else:
        for title, columns in (("services", SERVICES), ("rooms", ROOMS), ("participants", PEOPLE), ("calls", CALLS)):
            if record[title]:
                emit(
                    record[title],
                    fmt,
                    None,
                    columns=columns,
                    title="SIP calls" if title == "calls" else title.capitalize(),
                )
    if record["note"]:
        say(record["note"])
    if not record["up"]:
        raise typer.Exit(1)


def unpack(
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to unpack into; else one in the user's cache.")
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Janus without root: fetched by apt-get from this system's own packages, checked, unpacked for this user."""
    emit(api.conference_unpack(into=into), fmt, out, title="Janus")


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if not (text.isascii() and low.isdigit() and high.isdigit() and len(text) <= 11):
        raise BadInput(f"is {text!r}", where="--media-ports", allowed="LOW-HIGH, such as 20000-23999")
    return int(low), int(high)
