"""A Session-Reflector (RFC 8762): answers each test packet with one of the same length, or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from setsail.base.limits import Limit
from setsail.conference.accept import rate_peer, stamp_tlv
from setsail.conference.accept.datagrams import Address, Datagram, address_text, bound, mark, waiting
from setsail.conference.accept.stamp_wire import (
    ErrorEstimate,
    NotStamp,
    Reply,
    Request,
    octets,
    pack_reply,
    read_request,
    time_bits,
)
from setsail.conference.server.place import LOOPBACK

MAX_SESSIONS = 4096
"""Sessions whose packets are counted; the one that was silent for longest gives way."""
FORGOTTEN_S = 900.0
"""After this silence a session begins anew (REFWAIT of RFC 5357)."""
UNKNOWN_TTL = 255
SECONDS = Limit("seconds", 1, 604_800, "a reflector ends by itself, within a week")


@dataclass(slots=True)
class Bucket:
    """How much one source may ask for: `rate` answers a second, `depth` at once."""

    rate: float
    depth: float
    filled: float = -1.0
    at_s: float = 0.0

    def take(self, now_s: float) -> bool:
        """True where there is room for one more."""
        held = self.depth if self.filled < 0 else self.filled + (now_s - self.at_s) * self.rate
        self.filled, self.at_s = min(self.depth, held), now_s
        if self.filled < 1.0:
            return False
        self.filled -= 1.0
        return True


@dataclass(slots=True)
class _Session:
    answered: int = 0
    last_s: float = 0.0


@dataclass(slots=True)
class Reflector:
    """The state of a reflector.

    stateful : numbers its replies by itself, so that the sender can tell losses there from losses back; else a reply
    carries the number of its request;  key : authenticated mode;  per_source, per_second : answers a second to one
    address and to all;  told : replies and what was dropped, by reason.
    """

    stateful: bool = True
    key: bytes | None = None
    error: ErrorEstimate = field(default_factory=ErrorEstimate)
    per_source: float = 2_000.0
    per_second: float = 20_000.0
    told: Counter[str] = field(default_factory=Counter)
    _sessions: OrderedDict[tuple[object, ...], _Session] = field(default_factory=OrderedDict)
    _sources: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    _all: Bucket | None = None

    def answer(self, met: Datagram, clock_ns: Callable[[], int] = time.time_ns) -> bytes | None:
        """The reply to a datagram, exactly as long as it; None where it is no test packet or too many come.

        Never raises for what a datagram holds: bytes come from anywhere.
        """
        try:
            request = read_request(met.data, self.key)
        except NotStamp as err:
            self.told[f"dropped: {err}"] += 1
            return None
        if not self._room(met.address, met.at_ns / 1e9):
            self.told["dropped: too many"] += 1
            return None
        self.told["answered"] += 1
        return self._reply(met, request, clock_ns)

    def _reply(self, met: Datagram, request: Request, clock_ns: Callable[[], int]) -> bytes:
        size = octets(self.key)
        sequence = self._sequence(met.address, request, met.at_ns / 1e9)
        behind = stamp_tlv.answered(
            met.data[size:], met.data[:4], sequence.to_bytes(4, "big"), tos=met.tos, key=self.key
        )
        received = time_bits(met.at_ns, self.error.form)
        ttl = UNKNOWN_TTL if met.ttl is None else met.ttl
        now = time_bits(max(clock_ns(), met.at_ns), self.error.form)
        return pack_reply(Reply(sequence, now, self.error, received, request, ttl, request.ssid), self.key) + behind

    def _sequence(self, address: Address, request: Request, now_s: float) -> int:
        if not self.stateful:
            return request.sequence
        name = (*address[:2], request.ssid)
        session = self._sessions.get(name)
        if session is None or now_s - session.last_s > FORGOTTEN_S:
            session = self._sessions[name] = _Session()
        self._sessions.move_to_end(name)
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        number, session.last_s = session.answered, now_s
        session.answered = (number + 1) % (1 << 32)
        return number

    def _room(self, address: Address, now_s: float) -> bool:
        host = str(address[0])
        bucket = self._sources.get(host)
        if bucket is None:
            bucket = self._sources[host] = Bucket(self.per_source, self.per_source)
        self._sources.move_to_end(host)
        if len(self._sources) > MAX_SESSIONS:
            self._sources.popitem(last=False)
        if self._all is None:
            self._all = Bucket(self.per_second, self.per_second)
        return bucket.take(now_s) and self._all.take(now_s)


def serve(
    listening: socket.socket,
    reflector: Reflector,
    *,
    until_s: float,
    rates: rate_peer.RatePeer | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Answers on a socket until `until_s` of the monotonic clock, or until `stopped` says so.

    rates : the far end of rate tests on the same port, None for STAMP alone. A reply leaves with the traffic class
    that its request asked for, or else arrived with.
    """
    marked: int | None = None
    while (now := time.monotonic()) < until_s and not stopped():
        idle = min(0.2, until_s - now) if rates is None else min(0.2, until_s - now, rates.idle_s(now))
        for met in waiting(listening, idle):
            made, tos = _answered(met, reflector, rates)
            if made is None:
                continue
            if tos is not None and tos != marked:
                mark(listening, tos)
                marked = tos
            _send(listening, made, met.address)
        if rates is not None:
            for made, address, tos in rates.due(time.monotonic()):
                if tos != marked:
                    mark(listening, tos)
                    marked = tos
                _send(listening, made, address)


@contextmanager
def loopback() -> Iterator[str]:
    """A reflector on this machine while the block runs: HOST:PORT of it."""
    done = threading.Event()
    with bound(LOOPBACK, 0, "reflector") as listening:
        limits = {"until_s": float("inf"), "rates": rate_peer.RatePeer(), "stopped": done.is_set}
        reflector = Reflector(per_source=20_000.0, per_second=50_000.0)
        runs = threading.Thread(target=serve, args=(listening, reflector), kwargs=limits, name="reflector")
        runs.start()
        try:
            yield address_text(listening.getsockname())
        finally:
            done.set()
            runs.join()


def _answered(met: Datagram, reflector: Reflector, rates: rate_peer.RatePeer | None) -> tuple[bytes | None, int | None]:
    if rates is not None and rate_peer.is_ours(met.data):
        return rates.answer(met, time.monotonic()), met.tos
    made = reflector.answer(met)
    return made, _wanted_class(made, reflector.key, met.tos) if made else met.tos


def _wanted_class(reply: bytes, key: bytes | None, tos: int | None) -> int | None:
    """The traffic class for a reply: the DSCP that the sender asked for by RFC 8972, 4.4, else that of the request."""
    for tlv in stamp_tlv.read(reply[octets(key) :])[0]:
        if tlv.kind == stamp_tlv.CLASS_OF_SERVICE and not tlv.flags:
            return stamp_tlv.class_of_service(tlv).wanted << 2
    return None if tos is None else tos & 0xFC


def _send(listening: socket.socket, data: bytes, address: Address) -> None:
    """Sends, or lets the reply be lost as a network would: a full queue is no reason to stop."""
    try:
        listening.sendto(data, address)
    except OSError:
        return
