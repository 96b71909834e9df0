"""`setsail conference link-test | reflector | accept | verify-record`: a link, and a site on a real call."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import ActorOption, Format, FormatOption, OutOption, actor_or_user, emit, now, say, spinner

KeyFileOption = Annotated[
    Path | None, typer.Option("--key", help="File with the secret of the authenticated mode, 16 octets or more.")
]
LINK_COLUMNS = ("what", "value")
CHECK_COLUMNS = ("step", "check", "met", "limit", "verdict", "reason")
SITE_COLUMNS = ("site", "accepted", "failing_step", "reason", "record")
NEEDS = ("retry", "visit")


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


def accept(
    rollout: Annotated[Path, typer.Option("--rollout", "-r", help="Folder of a rollout whose conference is up.")],
    site: Annotated[str, typer.Option("--site", help="Id of the site.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All sites on one call, terminals simulated.")] = False,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Simulated terminals on this machine; the record says synthetic.")
    ] = False,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="ADDR:PORT", help="Wait here for `conference participant` at the site."),
    ] = "",
    wait: Annotated[float, typer.Option("--wait", help="Seconds that it is waited for.")] = 600.0,
    peer: Annotated[
        str, typer.Option("--peer", metavar="HOST:PORT", help="Reflector at the site, for the terminal in the room.")
    ] = "",
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Of the call: 60, and 20 with --all.", show_default=False)
    ] = None,
    at: Annotated[str, typer.Option("--at", help="When, in the rollout's time: 07:10 or ISO 8601. Now.")] = "",
    inventory: Annotated[str, typer.Option("--inventory", help="What you declare of power and inventory.")] = "",
    needs: Annotated[
        str, typer.Option("--needs", help="A site that fails needs: retry, or visit by a crew.")
    ] = "retry",
    key: Annotated[
        Path | None, typer.Option("--key", help="Private key that signs; the rollout's own if none.")
    ] = None,
    secret: Annotated[
        Path | None, typer.Option("--secret", help="File with the secret of authenticated STAMP.")
    ] = None,
    event: Annotated[
        bool | None,
        typer.Option("--event/--no-event", help="Tell the log of the rollout; unasked not of simulated terminals."),
    ] = None,
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Accept a site on a real call: link, rate, registration, picture, sound; a signed record. Exit code 1: failed.

    Judged is the terminal that is in the room as the site. With --listen it is a test participant that is started at
    the site, with --simulate one on this machine.
    """
    if every == bool(site):
        raise BadInput("are both given" if site else "are both missing", where="--site, --all", allowed="one of them")
    if needs not in NEEDS:
        raise BadInput(f"is {needs!r}", where="--needs", allowed=", ".join(NEEDS))
    shared: dict[str, Any] = {
        "now": now, "by": actor_or_user(actor), "clock": time.monotonic, "at": at, "key": key, "needs": needs,
        "event": event, "say": say,
    }  # fmt: skip
    if every:
        _accept_all(rollout, seconds, shared | {"event": bool(event)}, fmt, out)
        return
    done = api.conference_accept(
        rollout, site, seconds=60.0 if seconds is None else seconds, peer=peer, listen=listen, wait=wait,
        simulate=simulate, declared=inventory, secret=_secret(secret), **shared,
    )  # fmt: skip
    if fmt is Format.json:
        emit(done, fmt, out)
    else:
        words = {"pass": "accepted", "fail": "not accepted"}
        verdict = f"{words.get(done['verdict'], 'undecided')} {done['failing_step']}".strip()
        rows = [_check_row(step, one) for step in done["steps"] for one in step["checks"] or [{}]]
        emit(rows, fmt, out, columns=CHECK_COLUMNS, title=f"{site}: {verdict}")
        _say_end(done)
    if not done["passed"]:
        raise typer.Exit(1)


def _accept_all(rollout: Path, seconds: float | None, shared: dict[str, Any], fmt: Format, out: Path | None) -> None:
    done = api.conference_accept_all(rollout, seconds=20.0 if seconds is None else seconds, **shared)
    if fmt is Format.json:
        emit(done, fmt, out)
    else:
        title = f"{done['passed']} of {done['asked']} accepted, terminals simulated"
        emit([_site_row(one) for one in done["sites"]], fmt, out, columns=SITE_COLUMNS, title=title)
        for site, why in done["left_out"].items():
            say(f"note: {site} left out: {why}")
        _say_end(done)
    if done["passed"] < done["asked"]:
        raise typer.Exit(1)


def participant(
    server: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where the acceptance at the server listens.")],
    site: Annotated[str, typer.Option("--site", help="Id of the site where this machine stands.")],
    pin_file: Annotated[
        Path | None, typer.Option("--pin-file", help="File with the room's PIN; asked for where none is given.")
    ] = None,
    reflector_at: Annotated[
        str, typer.Option("--reflector", metavar="HOST:PORT", help="Reflector of the link tests, if another.")
    ] = "",
    wait: Annotated[float, typer.Option("--wait", help="Seconds that the server is called while it is silent.")] = 600,
    fmt: FormatOption = Format.table,
) -> None:
    """Play a site from a machine that stands there, for `conference accept --listen` at the server.

    Tests the link to the server, joins the call through it with a marked picture and a tone, counts what it gets, and
    ends with the acceptance, whose verdict and record are the server's. Exit code 1: it did not come to the call.
    """
    pin = _pin(pin_file)
    done = api.conference_participant(server, site=site, pin=pin, reflector=reflector_at, wait=wait, say=say)
    emit(done, fmt, None)
    if not done["measured"]:
        raise typer.Exit(1)


def _pin(path: Path | None) -> str:
    """The PIN of a file, else of whoever types it. Raises BadInput."""
    if path is None:
        return str(typer.prompt("PIN of the room", hide_input=True, err=True)).strip()
    try:
        found = path.read_bytes()[:4096].decode("ascii", "replace").strip()
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror}", where=str(path), hint="check the path") from err
    if not found.isdigit():
        raise BadInput("holds no PIN", where=str(path), allowed="the digits of the room's PIN, from the work order")
    return found


def verify_record(
    record: Annotated[Path, typer.Argument(help="Signed record, accept/SITE/TIME.json.")],
    trust: Annotated[list[Path], typer.Option("--trust", help="Public key that you hold and trust; repeatable.")],
    fmt: FormatOption = Format.table,
) -> None:
    """Check an acceptance record offline; exit code 1 unless it is intact, of a trusted key, and passed."""
    found = api.conference_verify_record(record, trust=trust)
    if fmt is Format.json:
        emit(found, fmt, None)
    else:
        emit([{"what": k, "value": _cell(v)} for k, v in found.items()], fmt, None, columns=LINK_COLUMNS)
    if not found["good"]:
        raise typer.Exit(1)


def _check_row(step: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    verdict = one.get("verdict", step["verdict"])
    return {"step": step["step"], "check": one.get("check", ""), "met": one.get("met"), "limit": one.get("limit", ""),
            "verdict": verdict, "reason": one.get("reason") or step["reason"] if verdict != "pass" else ""}  # fmt: skip


def _site_row(one: dict[str, Any]) -> dict[str, Any]:
    word = {"pass": "yes", "fail": "no"}.get(one["verdict"], "undecided")
    return {"site": one["site"], "accepted": word, "failing_step": one["failing_step"], "reason": one["reason"],
            "record": Path(one["record"]).name}  # fmt: skip


def _say_end(done: dict[str, Any]) -> None:
    if "terminal" in done:
        say(f"judged: {_terminal(done['terminal'])}")
    if done["synthetic"]:
        say("note: terminals and links were simulated on this machine; nothing is said of the real site")
    if "record" in done:
        say(f"record {done['record']}, SHA-256 {done['sha256']}")
    if not done["event"]:
        say("not told to the log of the rollout" + ("; --event tells it" if done["synthetic"] else ""))
    else:
        say(f"told to the log of the rollout: {len(done['event']['events'])} event(s), the rest planned again")


def _terminal(told: dict[str, Any]) -> str:
    names = {"simulated": "a simulated terminal", "participant": "a test participant", "sip": "a SIP terminal",
             "page": "a page in a browser", "none": "nothing, for no terminal was in the room"}  # fmt: skip
    name = names.get(str(told["kind"]), "a terminal of unknown kind")
    return f"{name}, from {told['from']}" if told["from"] else name


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
    commands.command("accept")(accept)
    commands.command("participant")(participant)
    commands.command("verify-record")(verify_record)
