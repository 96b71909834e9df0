"""`setsail conference size`: what a call asks of the links and of the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

COLUMNS = ("stream", "codec", "media_kbps", "overhead_kbps", "rtcp_kbps", "gbr_kbps", "mbr_kbps", "evidence", "source")
ASSUMED = {
    "ip": "IPv{:g}", "codec": "video {}", "video_kbps": "picture of {:g} kbit/s", "fps": "{:g} pictures a second",
    "packets_per_frame": "{:g} packets a picture", "audio": "sound {}", "audio_kbps": "sound of {:g} kbit/s",
}  # fmt: skip
"""How a value is told that nobody gave."""


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command()(size)


def size(
    codec: Annotated[str | None, typer.Option("--codec", help="Of the video: h264, h265, vp8, vp9, av1.")] = None,
    video_kbps: Annotated[float | None, typer.Option("--video-kbps", help="Of the coded picture.")] = None,
    fps: Annotated[float | None, typer.Option("--fps", help="Pictures a second.")] = None,
    packets: Annotated[int | None, typer.Option("--packets-per-frame", help="IP packets a picture.")] = None,
    ip: Annotated[int | None, typer.Option("--ip", help="4 or 6.")] = None,
    least: Annotated[
        str | None,
        typer.Option("--guaranteed", metavar="KBPS,FPS,PACKETS", help="What is guaranteed where more may be sent."),
    ] = None,
    audio: Annotated[
        str | None, typer.Option("--audio", help="Codec of the sound: amr, amr-wb, evs, opus, pcma, pcmu, g722.")
    ] = None,
    audio_kbps: Annotated[float | None, typer.Option("--audio-kbps", help="Its mode, such as 12.2 of AMR.")] = None,
    audio_least: Annotated[
        float | None, typer.Option("--audio-guaranteed-kbps", help="A lower mode that is guaranteed.")
    ] = None,
    audio_frames: Annotated[int, typer.Option("--audio-frames", help="Frames of 20 ms in a packet.")] = 1,
    receive: Annotated[int | None, typer.Option("--receive", help="Pictures that a site is sent at once.")] = None,
    sites: Annotated[int | None, typer.Option("--sites", help="Sites in the call.")] = None,
    rtcp_kbps: Annotated[float | None, typer.Option("--rtcp-kbps", help="RTCP instead of the codec's rule.")] = None,
    rtcp_percent: Annotated[float | None, typer.Option("--rtcp-percent", help="RTCP as a share instead.")] = None,
    srtp: Annotated[bool, typer.Option("--srtp", help="With the ten octets of SRTP on each packet.")] = False,
    rollout: Annotated[
        Path | None,
        typer.Option("--rollout", "-r", help="Folder of a rollout: its call where no option says otherwise."),
    ] = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Guaranteed and largest bit rates of a call, by 3GPP TS 26.114 Annex E; of its picture where nothing is asked."""
    found = api.conference_size(
        codec, video_kbps=video_kbps, fps=fps, packets_per_frame=packets, ip=ip, guaranteed=_guaranteed(least),
        audio=audio, audio_kbps=audio_kbps, audio_guaranteed_kbps=audio_least, audio_frames=audio_frames,
        receive=receive, sites=sites, rtcp_kbps=rtcp_kbps, rtcp_percent=rtcp_percent, srtp=srtp, rollout=rollout,
    )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    rows: list[Record] = [{"stream": kind} | found[kind] for kind in ("video", "audio") if found[kind]]
    emit(rows, fmt, out, columns=COLUMNS)
    if found["assumed"]:
        say("assumed: " + ", ".join(ASSUMED[name].format(value) for name, value in found["assumed"].items()))
    site, server = found["site"], found["server"]
    say(
        f"A site's link: {site['up_kbps']:,} kbit/s up, {site['down_kbps']:,} kbit/s down ({found['receive']} pictures)"
    )
    say(f"The server, {found['sites']} sites: {server['in_kbps']:,} kbit/s in, {server['out_kbps']:,} kbit/s out")


def _guaranteed(text: str | None) -> tuple[float, float, int] | None:
    if text is None:
        return None
    parts = text.split(",")
    try:
        rate, fps, packets = parts
        return float(rate), float(fps), int(packets)
    except ValueError as err:
        allowed = "rate, pictures a second, packets a picture: 64,15,1"
        raise BadInput(f"is {text!r}", where="--guaranteed", allowed=allowed) from err
