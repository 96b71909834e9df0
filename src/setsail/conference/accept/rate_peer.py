"""The far end of a rate test: counts what comes, sends what was asked for by somebody who proved to be there."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from setsail.conference.accept import rate_wire as wire
from setsail.conference.accept.datagrams import Address, Datagram
from setsail.conference.accept.rate_wire import Arrivals, Head, Report, Start, is_ours

__all__ = ["RatePeer", "is_ours"]

MAX_SESSIONS = 256
MAX_SECONDS = 30.0
MAX_RATE_BPS = 50_000_000
MAX_TOTAL_BPS = 200_000_000
TOKEN_S = 60.0
KEEP_S = 1.0
"""A flow that nobody says to hear any more stops after this."""
REPORTED_S = 15.0
"""How long a report waits to be asked for."""
AT_ONCE = 64


@dataclass(slots=True)
class _Flow:
    order: Start
    head: Head
    address: Address
    begun_s: float
    kept_s: float
    arrivals: Arrivals
    sent: int = 0

    @property
    def interval_s(self) -> float:
        return self.order.interval_s(wire.header_octets(self.address))

    @property
    def until_s(self) -> float:
        return self.begun_s + self.order.duration_ms / 1e3

    def sends(self, now_s: float) -> bool:
        return self.order.direction == "down" and now_s < self.until_s and now_s - self.kept_s <= KEEP_S


@dataclass(slots=True)
class RatePeer:
    """State of the far end. An address gets data only after it sent back a token that was sent to it, so that nobody
    can have packets sent to somebody else; `told` counts what was done and what was refused.
    """

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    told: Counter[str] = field(default_factory=Counter)
    _flows: OrderedDict[tuple[object, ...], _Flow] = field(default_factory=OrderedDict)

    def answer(self, met: Datagram, now_s: float) -> bytes | None:
        """The answer to a packet that `is_ours`, never longer than it; None where there is none."""
        head = wire.read_head(met.data)
        if head.kind == wire.DATA:
            self._count(met, head)
            return None
        if len(met.data) < wire.CONTROL_OCTETS:
            self.told["dropped: short"] += 1
            return None
        if head.kind == wire.HELLO:
            return wire.control(Head(wire.CHALLENGE, head.step, head.session, self._token(met.address, now_s)))
        if not self._known(met.address, head.token, now_s):
            self.told["dropped: token"] += 1
            return None
        return self._known_answer(met, head, now_s)

    def _known_answer(self, met: Datagram, head: Head, now_s: float) -> bytes | None:
        flow = self._flows.get(_name(met.address, head))
        if head.kind == wire.START:
            return self._start(met, head, flow, now_s)
        if flow is None:
            return None
        if head.kind == wire.KEEP:
            flow.kept_s = now_s
            return None
        if head.kind == wire.ASK:
            told = Report(sent=flow.sent) if flow.order.direction == "down" else flow.arrivals.report()
            return wire.control(Head(wire.REPORT, head.step, head.session, head.token), told.pack())
        return None

    def _start(self, met: Datagram, head: Head, there: _Flow | None, now_s: float) -> bytes:
        order = wire.read_start(met.data)
        if order is None or not self._room(order, now_s, there):
            self.told["refused"] += 1
            return wire.control(Head(wire.REFUSED, head.step, head.session, head.token))
        if there is None:
            most = int(order.duration_ms / 1e3 / order.interval_s(wire.header_octets(met.address))) + AT_ONCE
            flow = _Flow(order, head, met.address, now_s, now_s, Arrivals(most if order.direction == "up" else 0))
            self._flows[_name(met.address, head)] = flow
            self.told["started"] += 1
        return wire.control(Head(wire.STARTED, head.step, head.session, head.token), order.pack())

    def _room(self, order: Start, now_s: float, there: _Flow | None) -> bool:
        """True where the order is within the bounds, alone and with those that run."""
        self._forget(now_s)
        if there is not None:
            return there.order == order
        running = sum(f.order.rate_bps for f in self._flows.values() if now_s < f.until_s)
        within = order.rate_bps <= MAX_RATE_BPS and order.duration_ms <= MAX_SECONDS * 1e3
        return within and running + order.rate_bps <= MAX_TOTAL_BPS and len(self._flows) < MAX_SESSIONS

    def _forget(self, now_s: float) -> None:
        for name in [n for n, f in self._flows.items() if now_s > f.until_s + REPORTED_S]:
            del self._flows[name]

    def _count(self, met: Datagram, head: Head) -> None:
        flow = self._flows.get(_name(met.address, head))
        numbers = wire.read_data(met.data)
        if flow is None or numbers is None or not hmac.compare_digest(flow.head.token, head.token):
            self.told["dropped: data of no flow"] += 1
            return
        flow.arrivals.add(*numbers, met.at_ns, met.tos)

    def idle_s(self, now_s: float) -> float:
        """Seconds until the next packet is due; a long time where none is."""
        due = [f.begun_s + f.sent * f.interval_s for f in self._flows.values() if f.sends(now_s)]
        return max(0.0, min(due) - now_s) if due else 1.0

    def due(self, now_s: float) -> Iterator[tuple[bytes, Address, int]]:
        """Packets to be sent now, each with its address and traffic class; at most AT_ONCE of a flow at a turn."""
        for flow in list(self._flows.values()):
            for _ in range(AT_ONCE):
                if not flow.sends(now_s) or flow.begun_s + flow.sent * flow.interval_s > now_s:
                    break
                head = Head(wire.DATA, flow.head.step, flow.head.session, flow.head.token)
                flow.sent += 1
                made = wire.data(head, flow.sent - 1, time.time_ns(), flow.order.octets)
                yield made, flow.address, flow.order.dscp << 2

    def _token(self, address: Address, now_s: float, back: int = 0) -> bytes:
        text = f"{address[0]}|{address[1]}|{int(now_s // TOKEN_S) - back}".encode()
        return hmac.new(self.secret, text, hashlib.sha256).digest()[: wire.TOKEN_OCTETS]

    def _known(self, address: Address, token: bytes, now_s: float) -> bool:
        return any(hmac.compare_digest(token, self._token(address, now_s, back)) for back in (0, 1))


def _name(address: Address, head: Head) -> tuple[object, ...]:
    return (*address[:2], head.session, head.step)
