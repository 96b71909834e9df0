"""A Session-Sender (RFC 8762) and what its packets found out about a link."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from setsail.base.limits import Limit
from setsail.conference.accept import stamp_tlv
from setsail.conference.accept.datagrams import Datagram, connected, waiting
from setsail.conference.accept.link_result import Heard, LinkResult, result
from setsail.conference.accept.stamp_wire import (
    ErrorEstimate,
    Format,
    NotStamp,
    Request,
    octets,
    pack_request,
    read_reply,
    time_bits,
    unix_ns,
)

SECONDS = Limit("seconds", 0.1, 3600, "bound of a link test")
INTERVAL_MS = Limit("interval_ms", 1, 10_000, "bound of a link test")
DSCP = Limit("dscp", 0, 63, "RFC 2474 cl. 3")
OCTETS = Limit("octets", 44, 1472, "STAMP packet to what an Ethernet frame holds")


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """A link test. wait_s : for replies after the last packet;  shared_clock : both ends read one clock (or both are
    held to UTC), so that one-way delays mean something;  key : authenticated mode.
    """

    seconds: float = 10.0
    interval_ms: float = 20.0
    dscp: int = 0
    octets: int = 172
    wait_s: float = 1.0
    form: Format = "ntp"
    shared_clock: bool = False
    key: bytes | None = None
    ssid: int = 0

    def require(self) -> None:
        """Raises OutOfRange."""
        SECONDS.require(self.seconds, "--seconds")
        INTERVAL_MS.require(self.interval_ms, "--interval-ms")
        DSCP.require(self.dscp, "--dscp")
        OCTETS.require(self.octets, "--octets")

    @property
    def packets(self) -> int:
        """How many are sent."""
        return max(1, round(self.seconds * 1e3 / self.interval_ms))


@dataclass(slots=True)
class _Run:
    order: LinkOrder
    sent_ns: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    strange: int = 0


def link_test(host: str, port: int, order: LinkOrder, *, stopped: Callable[[], bool] = lambda: False) -> LinkResult:
    """What a link does to STAMP packets, sent at a steady pace and answered by the reflector at `host`.

    Bounded: ends `seconds` + `wait_s` after it began, whatever comes back. Raises BadInput (address), OutOfRange.
    """
    order.require()
    run = _Run(order)
    with connected(host, port, f"{host}:{port}", tos=order.dscp << 2) as link:
        _run(link, run, stopped)
    return result(run.sent_ns, run.heard, order.dscp, shared_clock=order.shared_clock, strange=run.strange)


def _run(link: socket.socket, run: _Run, stopped: Callable[[], bool]) -> None:
    begun, step = time.monotonic(), run.order.interval_ms / 1e3
    while len(run.sent_ns) < run.order.packets and not stopped():
        due = begun + len(run.sent_ns) * step
        while (left := due - time.monotonic()) > 0:
            _hear(link, run, left)
        _send(link, run)
    until = time.monotonic() + run.order.wait_s
    while (left := until - time.monotonic()) > 0 and len(run.heard) < len(run.sent_ns) and not stopped():
        _hear(link, run, min(left, 0.1))


def packet(order: LinkOrder, sequence: int, at_ns: int) -> bytes:
    """One test packet of an order: class of service asked for and told, padded to its length."""
    error = ErrorEstimate(order.shared_clock, order.form)
    head = pack_request(Request(sequence, time_bits(at_ns, order.form), error, order.ssid), order.key)
    behind = stamp_tlv.ClassOfService(order.dscp).tlv().pack()
    seal = 0 if order.key is None else stamp_tlv.HEADER.size + 16
    behind += stamp_tlv.padding(order.octets - octets(order.key) - len(behind) - seal)
    return head + (behind if order.key is None else stamp_tlv.sealed(behind, head[:4], order.key))


def _send(link: socket.socket, run: _Run) -> None:
    """Sends the next packet; one that the system does not take is sent and lost, as on a full link."""
    at_ns = time.time_ns()
    with suppress(OSError):
        link.send(packet(run.order, len(run.sent_ns), at_ns))
    run.sent_ns.append(at_ns)


def _hear(link: socket.socket, run: _Run, seconds: float) -> None:
    for met in waiting(link, seconds):
        found = heard(met, run.order, run.sent_ns)
        if found is None:
            run.strange += 1
        else:
            run.heard.append(found)


def heard(met: Datagram, order: LinkOrder, sent_ns: list[int]) -> Heard | None:
    """What a reply tells; None for what is no reply to a packet of ours."""
    try:
        reply = read_reply(met.data, order.key)
        asked = reply.request.sequence
        if asked >= len(sent_ns) or reply.request.time != time_bits(sent_ns[asked], order.form):
            return None
        behind = met.data[octets(order.key) :]
        if order.key is not None and not stamp_tlv.holds(behind, met.data[:4], order.key):
            return None
        form = reply.error.form
        received, replied = (unix_ns(bits, form, met.at_ns) for bits in (reply.received, reply.time))
    except NotStamp:
        return None
    return Heard(
        asked, reply.sequence, met.at_ns, received, replied, reply.request_ttl,
        _class_seen(behind), None if met.tos is None else met.tos >> 2, reply.error.synchronised,
    )  # fmt: skip


def _class_seen(behind: bytes) -> int | None:
    """DSCP that the reflector saw, None where it does not know that extension."""
    for tlv in stamp_tlv.read(behind)[0]:
        if tlv.kind == stamp_tlv.CLASS_OF_SERVICE and not tlv.flags:
            return stamp_tlv.class_of_service(tlv).seen
    return None
