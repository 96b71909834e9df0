"""Tests of a site's link, and its acceptance on a call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from setsail.base.record import Record


def conference_link_test(
    target: str,
    *,
    seconds: float = 10.0,
    interval_ms: float = 20.0,
    dscp: int = 0,
    octets: int = 172,
    ptp: bool = False,
    shared_clock: bool = False,
    key: bytes | None = None,
    up_kbps: float = 0.0,
    down_kbps: float = 0.0,
) -> Record:
    """What a link does to STAMP packets, and to UDP at a rate where one is given; `answered` is False in silence.

    target : HOST:PORT of a reflector. Raises BadInput, OutOfRange.
    """
    from setsail.conference.accept.datagrams import host_port
    from setsail.conference.accept.stamp import LinkOrder, link_test
    from setsail.conference.accept.stamp_wire import DEFAULT_PORT
    from setsail.conference.accept.udp_rate import RateOrder, rate_test

    host, port = host_port(target, "TARGET", DEFAULT_PORT)
    rates = RateOrder(1e3 * up_kbps, 1e3 * down_kbps, dscp=dscp)
    rates.require()
    order = LinkOrder(
        seconds, interval_ms, dscp, octets, form="ptp" if ptp else "ntp", shared_clock=shared_clock, key=key
    )
    found = link_test(host, port, order)
    told: Record = {"target": target, "answered": found.received > 0, **asdict(found)}
    if up_kbps or down_kbps:
        told["rate"] = asdict(rate_test(host, port, rates))
    return told


def conference_reflector(
    listen: str,
    *,
    seconds: float,
    stateful: bool = True,
    key: bytes | None = None,
    rates: bool = True,
    ready: Callable[[str], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Record:
    """Answers link tests at an address for some seconds, then says how many.

    rates : rate tests too;  ready : called with the address once it listens. Raises BadInput, OutOfRange.
    """
    import time

    from setsail.conference.accept import datagrams
    from setsail.conference.accept.rate_peer import RatePeer
    from setsail.conference.accept.reflector import SECONDS, Reflector, serve
    from setsail.conference.accept.stamp_wire import DEFAULT_PORT

    SECONDS.require(seconds, "--seconds")
    host, port = datagrams.host_port(listen, "--listen", DEFAULT_PORT)
    reflector, peer = Reflector(stateful=stateful, key=key), RatePeer() if rates else None
    with datagrams.bound(host, port, "--listen") as listening:
        at = datagrams.address_text(listening.getsockname())
        ready(at)
        serve(listening, reflector, until_s=time.monotonic() + seconds, rates=peer, stopped=stopped)
    return {"listened": at, "told": dict(reflector.told), "rates": dict(peer.told) if peer else None}


def conference_accept(
    rollout_dir: Path,
    site: str,
    *,
    now: Callable[[], datetime],
    by: str,
    clock: Callable[[], float],
    at: str = "",
    seconds: float = 60.0,
    link_seconds: float = 10.0,
    rate_step_seconds: float = 1.0,
    peer: str = "",
    listen: str = "",
    wait: float = 600.0,
    simulate: bool = False,
    declared: str = "",
    key: Path | None = None,
    secret: bytes | None = None,
    needs: str = "retry",
    event: bool | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Record:
    """One site's acceptance: the signed record, where it is kept, and what the log of the rollout was told.

    Judged is the terminal that is in the room as the site; with `listen` a test participant at the site, which calls
    in there (`conference_participant`), waited for `wait` seconds; with `simulate` one on this machine.
    at : when, in the rollout's time ("" for now);  peer : reflector at the far end of the link;  key : that signs
    (the rollout's own if None);  secret : of authenticated STAMP;
    needs : "retry" or "visit" where the site does not pass;  event : the log is told, and the rest planned again; by
    default so but for a simulated terminal, which says nothing of the site.
    Raises UnknownName, BadInput (NobodyCame among it), OutOfRange, NotUp, StoreConflict, ShardLost, MissingExtra; then
    there is no record and the log is told nothing, but for an error of planning after the record.
    """
    from setsail.base.extras import require

    study: Any = require("setsail.conference.accept.study", "conference")
    options = study.Options(
        seconds=seconds, link_seconds=link_seconds, rate_step_seconds=rate_step_seconds, peer=peer, simulate=simulate,
        declared=declared, key=secret, listen=listen, wait_s=wait,
    )  # fmt: skip
    options.require()
    context = _context(rollout_dir, site, at, now=now, by=by, key=key, say=say)
    event = not simulate if event is None else event
    if event:
        _require_open(context, [site], now())
    stored = study.accept(context, site, options)
    tail = _told(context, [stored], needs, now=now, clock=clock) if event else None
    return {**stored.content, "record": str(stored.path), "sha256": stored.digest, "event": tail}


def conference_participant(
    server: str,
    *,
    site: str,
    pin: str,
    reflector: str = "",
    wait: float = 600.0,
    say: Callable[[str], None] = lambda _: None,
) -> Record:
    """Plays a site from this machine for an acceptance at the server; `measured` where it came as far as the call.

    server : HOST:PORT that `conference_accept` listens on;  reflector : HOST:PORT of its link tests, the same by
    default;  wait : seconds that it is called while nobody listens.
    Raises WrongPin, BadInput, OutOfRange, ServerLost, NoAnswer, MissingExtra.
    """
    import asyncio

    from setsail.base.extras import require
    from setsail.conference.accept import datagrams
    from setsail.conference.accept.stamp_wire import DEFAULT_PORT

    guest: Any = require("setsail.conference.accept.site.guest", "conference")
    line: Any = require("setsail.conference.accept.site.line", "conference")
    guest.WAIT_S.require(wait, "--wait")
    host, port = datagrams.host_port(server, "SERVER", DEFAULT_PORT)
    link = datagrams.host_port(reflector, "--reflector", DEFAULT_PORT) if reflector else (host, port)
    caller = line.Caller(host, port, site, pin)
    found: Record = asyncio.run(guest.attend(caller, link, wait_s=wait, say=say))
    return found


def conference_accept_all(
    rollout_dir: Path,
    *,
    now: Callable[[], datetime],
    by: str,
    clock: Callable[[], float],
    at: str = "",
    sites: Sequence[str] = (),
    seconds: float = 20.0,
    link_seconds: float = 2.0,
    rate_step_seconds: float = 0.5,
    key: Path | None = None,
    needs: str = "retry",
    event: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Record:
    """All sites (or those named), accepted on one call of simulated terminals at the same time.

    event : the log is told, for which terminals that are simulated must be asked; then `left_out` names those that it
    does not let be accepted, with the reason, and one plan is made after all. Raises as `conference_accept`.
    """
    from setsail.base.extras import require

    together: Any = require("setsail.conference.accept.together", "conference")
    context = _context(rollout_dir, next(iter(sites), ""), at, now=now, by=by, key=key, say=say)
    chosen = list(sites) or [s.site for s in context.rollout.sites]
    left_out: dict[str, str] = {}
    if event:
        chosen, left_out = _open_ones(context, chosen, now())
    options = together.Options(
        seconds=seconds, link_seconds=link_seconds, rate_step_seconds=rate_step_seconds, shares=(1.0,), simulate=True
    )
    stored = together.accept_all(context, options, sites=chosen)
    tail = _told(context, stored, needs, now=now, clock=clock) if event else None
    return {
        "sites": [_brief(one) for one in stored], "passed": sum(bool(one.content["passed"]) for one in stored),
        "undecided": sum(one.content["verdict"] == "inconclusive" for one in stored),
        "asked": len(stored), "left_out": left_out, "synthetic": True, "at": context.at.isoformat(), "event": tail,
    }  # fmt: skip


def conference_verify_record(path: Path, *, trust: Sequence[Path]) -> Record:
    """What can be said of an acceptance record offline: signature, signer, verdict. Raises BadInput.

    `good` : it is intact, signed by a key of `trust`, and the site passed.
    """
    from setsail.conference.accept import record
    from setsail.conformance.keys import read_trust

    found = record.verify(path, read_trust(trust))
    content = found.content
    return {
        "good": found.good, "intact": found.intact, "reason": found.reason, "signer": found.signer, "key": found.kid,
        "file": str(found.path), "sha256": found.digest,
        **{name: content.get(name) for name in ("rollout", "site", "at", "measured_at", "by", "synthetic", "passed",
                                                "failing_step", "software")},
    }  # fmt: skip


def _context(
    rollout_dir: Path, site: str, at: str, *, now: Callable[[], datetime], by: str, key: Path | None,
    say: Callable[[str], None],
) -> Any:  # fmt: skip  # noqa: ANN401 - of a module that is imported late
    from setsail import __version__
    from setsail.base.extras import require
    from setsail.conference.accept import record, reporting
    from setsail.rollout.folder.reading import read

    course: Any = require("setsail.conference.accept.course", "conference")
    rollout = read(rollout_dir)
    if site:
        course.calls.require_site(rollout, site)
    when = reporting.moment_of(rollout, site or rollout.sites[0].site, at, now=now(), by=by)
    signer = record.key_of(rollout_dir, key, rollout.name)
    return course.Context(rollout_dir, rollout, signer, when, now, by, f"setsail {__version__}", say)


def _open_ones(context: Any, sites: Sequence[str], now: datetime) -> tuple[list[str], dict[str, str]]:  # noqa: ANN401
    """Those of the sites that the log lets be accepted, and why not the others. Raises BadInput for none."""
    from setsail.base.errors import BadInput
    from setsail.conference.accept import reporting

    found = {s: reporting.why_not(context.rollout_dir, context.rollout, s, context.at, now=now, by=context.by)
             for s in sites}  # fmt: skip
    left_out = {site: str(why) for site, why in found.items() if why is not None}
    if len(left_out) == len(found):
        where = str(context.rollout_dir)
        raise BadInput("has no site that is open", where=where, allowed=next(iter(left_out.values()), ""))
    return [site for site, why in found.items() if why is None], left_out


def _require_open(context: Any, sites: Sequence[str], now: datetime) -> None:  # noqa: ANN401
    """Raises where the log would not take that these sites are accepted: before anything is measured."""
    from setsail.conference.accept import reporting

    for site in sites:
        why = reporting.why_not(context.rollout_dir, context.rollout, site, context.at, now=now, by=context.by)
        if why is not None:
            raise why


def _told(
    context: Any,  # noqa: ANN401
    stored: Sequence[Any],
    needs: str,
    *,
    now: Callable[[], datetime],
    clock: Callable[[], float],
) -> Record:
    """What the log answers to the events of these records."""
    from setsail.api.rollout_live import rollout_tell
    from setsail.conference.accept import reporting

    events = reporting.told(stored, context.at, needs)
    return rollout_tell(context.rollout_dir, events, now=now(), by=context.by, clock=clock)


def _brief(one: Any) -> Record:  # noqa: ANN401
    names = ("site", "passed", "verdict", "failing_step", "reason")
    return {**{n: one.content[n] for n in names}, "record": str(one.path), "sha256": one.digest}
