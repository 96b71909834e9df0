"""UDP at the planned rate, both ways, in steps: what arrives of it, in which order, how evenly.

Source: after the service configuration test of ITU-T Y.1564 cl. 8.1 (steps of 25, 50, 75 and 100 % of the rate), with
UDP packets of one size in place of its traffic; rates count IP headers.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from setsail.base.limits import Limit
from setsail.conference.accept import rate_wire as wire
from setsail.conference.accept.datagrams import Datagram, connected, waiting
from setsail.conference.accept.rate_peer import MAX_RATE_BPS, MAX_SECONDS
from setsail.conference.accept.rate_wire import Arrivals, Direction, Head, Report, Start

SHARES = (0.25, 0.5, 0.75, 1.0)
RATE_BPS = Limit("rate_bps", 1_000, MAX_RATE_BPS, "bound of the far end")
STEP_S = Limit("step_seconds", 0.1, MAX_SECONDS, "bound of the far end")
TRIES, TRY_S = 5, 0.4
TAIL_S = 0.3
"""How long the last packets of a step may be under way."""
PACKETS_A_STEP = 40
"""So many, or more, where packets can be made small enough for it."""
KEEP_EVERY_S = 0.25
PLAY_S = 0.02
"""By which one packet that is late for other reasons may draw out the arrivals."""


@dataclass(frozen=True, slots=True)
class RateOrder:
    """A rate test. up_bps, down_bps : planned rates, IP headers counted, 0 to leave a direction out."""

    up_bps: float
    down_bps: float
    step_seconds: float = 1.0
    shares: tuple[float, ...] = SHARES
    dscp: int = 34

    def require(self) -> None:
        """Raises OutOfRange."""
        for name, value in (("up rate", self.up_bps), ("down rate", self.down_bps)):
            if value:
                RATE_BPS.require(value, name)
        STEP_S.require(self.step_seconds)


@dataclass(frozen=True, slots=True)
class RateStep:
    """One step in one direction. offered_bps : what was really sent;  achieved_bps : what arrived, over the time of
    the step and that by which the arrivals were drawn out beyond the sending;  dscp_seen : of them as they arrived.
    """

    direction: Direction
    share: float
    planned_bps: float
    offered_bps: float
    achieved_bps: float
    octets: int
    sent: int
    received: int
    lost: int
    loss_ratio: float
    reordered: int
    duplicates: int
    jitter_ms: float
    dscp_seen: int | None


@dataclass(frozen=True, slots=True)
class RateResult:
    """All steps that were made. reason : why some were not, "" where all were."""

    steps: tuple[RateStep, ...]
    reason: str = ""

    def at_full(self, direction: Direction) -> RateStep | None:
        """The step at the whole rate in one direction."""
        return next((s for s in self.steps if s.direction == direction and s.share == 1.0), None)


@dataclass(slots=True)
class _Client:
    link: socket.socket
    order: RateOrder
    headers: int
    session: int
    token: bytes = bytes(wire.TOKEN_OCTETS)
    step: int = 0


def rate_test(host: str, port: int, order: RateOrder, *, stopped: Callable[[], bool] = lambda: False) -> RateResult:
    """What arrives of the planned rate, up and down, step by step, at the far end `host`.

    Bounded: ends at the latest after the steps and TRIES x TRY_S twice a step. Raises BadInput (address), OutOfRange.
    """
    order.require()
    steps: list[RateStep] = []
    with connected(host, port, f"{host}:{port}", tos=order.dscp << 2) as link:
        client = _Client(link, order, wire.header_octets(link.getpeername()), secrets.randbits(32))
        if _ask(client, Head(wire.HELLO, 0, client.session), b"", wire.CHALLENGE) is None:
            return RateResult((), "the far end does not answer")
        plans: tuple[tuple[Direction, float], ...] = (("up", order.up_bps), ("down", order.down_bps))
        for direction, whole_bps in plans:
            for share in order.shares if whole_bps else ():
                made = None if stopped() else _step(client, direction, share, whole_bps)
                if made is None:
                    return RateResult(tuple(steps), f"the far end broke off at {share:.0%} {direction}")
                steps.append(made)
    return RateResult(tuple(steps))


def octets_for(rate_bps: float, seconds: float, headers: int) -> int:
    """UDP payload with which a step holds PACKETS_A_STEP packets, within what the protocol and a frame hold."""
    wanted = int(rate_bps * seconds / 8 / PACKETS_A_STEP) - headers
    return min(max(wanted, 100), 1200)


def _step(client: _Client, direction: Direction, share: float, whole_bps: float) -> RateStep | None:
    client.step += 1
    seconds = client.order.step_seconds
    octets = octets_for(share * whole_bps, seconds, client.headers)
    start = Start(direction, client.order.dscp, octets, round(seconds * 1e3), max(1, round(share * whole_bps)))
    if _ask(client, _head(client, wire.START), start.pack(), wire.STARTED) is None:
        return None
    if direction == "up":
        sent = _send(client, start)
        time.sleep(TAIL_S)
        report = _report(client)
        return None if report is None else _judged(client, start, share, sent, report)
    arrivals = _receive(client, start)
    report = _report(client)
    return None if report is None else _judged(client, start, share, report.sent, arrivals.report())


def _send(client: _Client, start: Start) -> int:
    """Sends a step, evenly; how many packets left within its time."""
    head, interval = _head(client, wire.DATA), start.interval_s(client.headers)
    begun, sent = time.monotonic(), 0
    until = begun + start.duration_ms / 1e3
    while (due := begun + sent * interval) < until:
        now = time.monotonic()
        if now >= until:
            break
        if due > now:
            time.sleep(due - now)
        with suppress(OSError):  # a full queue: the packet is lost on this side of the link
            client.link.send(wire.data(head, sent, time.time_ns(), start.octets))
        sent += 1
    return sent


def _receive(client: _Client, start: Start) -> Arrivals:
    most = int(start.duration_ms / 1e3 / start.interval_s(client.headers)) + 64
    arrivals, begun, kept = Arrivals(most), time.monotonic(), 0.0
    until = begun + start.duration_ms / 1e3 + TAIL_S
    while (now := time.monotonic()) < until:
        if now - kept >= KEEP_EVERY_S:
            _tell(client, wire.control(_head(client, wire.KEEP)))
            kept = now
        for met in waiting(client.link, min(0.05, until - now)):
            numbers = _data_of(client, met)
            if numbers is not None:
                arrivals.add(*numbers, met.at_ns, met.tos)
    return arrivals


def _data_of(client: _Client, met: Datagram) -> tuple[int, int] | None:
    if not wire.is_ours(met.data):
        return None
    head = wire.read_head(met.data)
    ours = head == _head(client, wire.DATA)
    return wire.read_data(met.data) if ours else None


def _report(client: _Client) -> Report | None:
    found = _ask(client, _head(client, wire.ASK), b"", wire.REPORT)
    return None if found is None else wire.read_report(found)


def _judged(client: _Client, start: Start, share: float, sent: int, got: Report) -> RateStep:
    whole = (start.octets + client.headers) * 8
    seconds = start.duration_ms / 1e3
    drawn_out = max(0.0, (got.arrived_ns - got.left_ns) / 1e9 - PLAY_S)
    lost = max(0, sent - got.received)
    return RateStep(
        direction=start.direction,
        share=share,
        planned_bps=float(start.rate_bps),
        offered_bps=sent * whole / seconds,
        achieved_bps=got.received * whole / (seconds + drawn_out),
        octets=start.octets,
        sent=sent,
        received=got.received,
        lost=lost,
        loss_ratio=lost / sent if sent else 0.0,
        reordered=got.reordered,
        duplicates=got.duplicates,
        jitter_ms=got.jitter_ns / 1e6,
        dscp_seen=None if got.tos == wire.UNKNOWN_TOS else got.tos >> 2,
    )


def _head(client: _Client, kind: int) -> Head:
    return Head(kind, client.step, client.session, client.token)


def _ask(client: _Client, head: Head, body: bytes, wanted: int) -> bytes | None:
    """The answer of the far end, asked for up to TRIES times; None where it refuses or is silent."""
    for _ in range(TRIES):
        _tell(client, wire.control(head, body))
        until = time.monotonic() + TRY_S
        while (left := until - time.monotonic()) > 0:
            for met in waiting(client.link, left):
                answer = _answer_to(head, met.data)
                if answer == wire.REFUSED:
                    return None
                if answer == wanted:
                    client.token = wire.read_head(met.data).token
                    return met.data
    return None


def _answer_to(head: Head, data: bytes) -> int | None:
    """Kind of a packet that answers this head, None for any other."""
    if not wire.is_ours(data):
        return None
    got: Any = wire.read_head(data)
    return int(got.kind) if (got.step, got.session) == (head.step, head.session) else None


def _tell(client: _Client, packet: bytes) -> None:
    try:
        client.link.send(packet)
    except OSError:
        return
