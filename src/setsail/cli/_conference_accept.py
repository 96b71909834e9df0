"""`setsail conference link-test | reflector | accept | verify-record`: a link, and a site on a real call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say, spinner

KeyFileOption = Annotated[
    Path | None, typer.Option("--key", help="File with the secret of the authenticated mode, 16 octets or more.")
]
SpreadRow = dict[str, Any]
LINK_COLUMNS = ("what", "value")


def link_test(
    target: Annotated[str, typer.Argument(metavar="HOST:PORT", help="A reflector; port 862 where none is given.")],
    seconds: Annotated[float, typer.Option("--seconds", help="How long packets are sent.")] = 10.0,
    interval_ms: Annotated[float, typer.Option("--interval-ms", help="From packet to packet.")] = 20.0,
    dscp: Annotated[int, typer.Option("--dscp", help="Mark of the packets, 0 to 63; 34 for video, 46 for voice.")] = 0,
    octets: Annotated[int, typer.Option("--octets", help="UDP payload of a packet.")] = 172,
    ptp: Annotated[bool, typer.Option("--ptp", help="Time stamps of PTPv2 instead of NTP.")] = False,
    shared_clock: Annotated[
        bool, typer.Option("--shared-clock", help="Both ends read one clock: one-way delays are told.")
    ] = False,
    key: KeyFileOption = None,
    up_kbps: Annotated[float, typer.Option("--up-kbps", help="Also a rate test with this rate to the far end.")] = 0,
    down_kbps: Annotated[float, typer.Option("--down-kbps", help="Also a rate test with this rate from there.")] = 0,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Measure delay, loss, order, jitter and marks by STAMP (RFC 8762); exit code 1 where nothing comes back."""
    with spinner("measuring"):
        found = api.conference_link_test(
            target, seconds=seconds, interval_ms=interval_ms, dscp=dscp, octets=octets, ptp=ptp,
            shared_clock=shared_clock, key=_secret(key), up_kbps=up_kbps, down_kbps=down_kbps,
        )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit([{"what": k, "value": _cell(v)} for k, v in found.items() if k != "rate"], fmt, out, columns=LINK_COLUMNS)
        if found.get("rate", {}).get("steps"):
            emit(found["rate"]["steps"], fmt, out, title="UDP at the rate")
        if found.get("rate", {}).get("reason"):
            say(f"note: {found['rate']['reason']}")
    if not found["answered"]:
        raise typer.Exit(1)


def reflector(
    listen: Annotated[str, typer.Option("--listen", metavar="ADDR:PORT", help="Where to listen; port 0 for any.")],
    seconds: Annotated[float, typer.Option("--seconds", help="It ends by itself after these.")] = 3600.0,
    stateless: Annotated[
        bool, typer.Option("--stateless", help="Send each request's number back instead of counting replies.")
    ] = False,
    key: KeyFileOption = None,
    no_rates: Annotated[bool, typer.Option("--no-rates", help="STAMP alone, no rate tests.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Answer link tests; never with more octets than were asked with. Ends after --seconds, or with Ctrl-C."""
    done = api.conference_reflector(
        listen, seconds=seconds, stateful=not stateless, key=_secret(key), rates=not no_rates,
        ready=lambda at: say(f"listens on {at}"),
    )  # fmt: skip
    told = {"listened": done["listened"], **done["told"], **{f"rates {k}": v for k, v in (done["rates"] or {}).items()}}
    emit(done if fmt is Format.json else told, fmt, None)


def _secret(path: Path | None) -> bytes | None:
    """The secret of a file, without the blanks around it. Raises BadInput where it is shorter than 16 octets."""
    if path is None:
        return None
    try:
        found = path.read_bytes()[:4096].strip()
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror}", where=str(path), hint="check the path") from err
    if len(found) < 16:
        raise BadInput(f"holds {len(found)} octets", where=str(path), allowed="a secret of 16 octets or more")
    return found


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{k.removesuffix('_ms')} {v:.3f}" for k, v in value.items()) + " ms"
    return "yes" if value is True else "no" if value is False else value


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("link-test")(link_test)
    commands.command("reflector")(reflector)
