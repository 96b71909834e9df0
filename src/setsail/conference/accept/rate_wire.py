"""Packets of the rate test, our own: a start that proves its return path, numbered data, a report of what arrived.

They begin with eight octets that no STAMP packet of this century can hold (as a time stamp they lie in 1934), so both
share one port. Integers are in network byte order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

MAGIC = b"SETSAILR"
VERSION = 1
HELLO, CHALLENGE, START, STARTED, DATA, KEEP, ASK, REPORT, REFUSED = range(1, 10)
TOKEN_OCTETS = 16
CONTROL_OCTETS = 112
"""Length of every packet but data: no answer is longer than what it answers."""
HEAD = struct.Struct("!8sBBHI16s")
START_BODY = struct.Struct("!BBHIQ")
DATA_BODY = struct.Struct("!IQ")
REPORT_BODY = struct.Struct("!IIIIQQQI")
SMALLEST = HEAD.size + DATA_BODY.size
LARGEST = 1400
UNKNOWN_TOS = 0xFFFF
Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Head:
    """kind : one of the words above;  step, session : chosen by the client;  token : given by the peer."""

    kind: int
    step: int = 0
    session: int = 0
    token: bytes = bytes(TOKEN_OCTETS)

    def pack(self) -> bytes:
        """The 32 octets."""
        return HEAD.pack(MAGIC, self.kind, VERSION, self.step, self.session, self.token)


@dataclass(frozen=True, slots=True)
class Start:
    """One step: which way, marked how, how large the UDP payload, how long, how much (IP headers counted)."""

    direction: Direction
    dscp: int
    octets: int
    duration_ms: int
    rate_bps: int

    def pack(self) -> bytes:
        """The body."""
        return START_BODY.pack(self.direction == "down", self.dscp, self.octets, self.duration_ms, self.rate_bps)

    def interval_s(self, header_octets: int) -> float:
        """Seconds between two packets at this rate."""
        return (self.octets + header_octets) * 8 / self.rate_bps


@dataclass(frozen=True, slots=True)
class Report:
    """What arrived (up), or what was sent (down: `sent` alone). arrived_ns, left_ns : from the first arrival to the
    last, and from the first of those packets to leave to the last, each by one clock.
    """

    sent: int = 0
    received: int = 0
    duplicates: int = 0
    reordered: int = 0
    arrived_ns: int = 0
    left_ns: int = 0
    jitter_ns: int = 0
    tos: int = UNKNOWN_TOS

    def pack(self) -> bytes:
        """The body."""
        return REPORT_BODY.pack(
            self.sent, self.received, self.duplicates, self.reordered, self.arrived_ns, self.left_ns, self.jitter_ns,
            self.tos,
        )  # fmt: skip


def is_ours(data: bytes) -> bool:
    """True for a packet of the rate test, whole enough to be read."""
    return len(data) >= HEAD.size and data[:8] == MAGIC and data[9] == VERSION


def control(head: Head, body: bytes = b"") -> bytes:
    """A packet of the length that all but data have."""
    return (head.pack() + body).ljust(CONTROL_OCTETS, b"\0")


def data(head: Head, number: int, sent_ns: int, octets: int) -> bytes:
    """A data packet of `octets`."""
    return (head.pack() + DATA_BODY.pack(number, sent_ns)).ljust(octets, b"\0")


def read_head(packet: bytes) -> Head:
    """The head of a packet that `is_ours`."""
    _, kind, _, step, session, token = HEAD.unpack_from(packet)
    return Head(kind, step, session, token)


def read_start(packet: bytes) -> Start | None:
    """The order of a start, None where it is cut short or asks for what cannot be."""
    if len(packet) < HEAD.size + START_BODY.size:
        return None
    down, dscp, octets, duration_ms, rate_bps = START_BODY.unpack_from(packet, HEAD.size)
    if down > 1 or dscp > 63 or not SMALLEST <= octets <= LARGEST or not duration_ms or not rate_bps:
        return None
    return Start("down" if down else "up", dscp, octets, duration_ms, rate_bps)


def read_data(packet: bytes) -> tuple[int, int] | None:
    """Number and time of a data packet, None where it is cut short."""
    return DATA_BODY.unpack_from(packet, HEAD.size) if len(packet) >= SMALLEST else None


def read_report(packet: bytes) -> Report | None:
    """The report of a packet, None where it is cut short."""
    if len(packet) < HEAD.size + REPORT_BODY.size:
        return None
    return Report(*REPORT_BODY.unpack_from(packet, HEAD.size))


def header_octets(address: tuple[object, ...]) -> int:
    """Octets of the IP and UDP headers towards an address: 28 of IPv4, 48 of IPv6."""
    return 48 if len(address) == 4 else 28


class Arrivals:
    """What arrived of numbered packets: counted once each, with their order and the jitter of RFC 3550 cl. 6.4.1."""

    def __init__(self, most: int) -> None:
        """Nothing arrived yet. most : numbers that may come; others are passed over."""
        self._seen = bytearray(most)
        self._transit: int | None = None
        self._greatest = -1
        self._jitter = 0.0
        self.received = self.duplicates = self.reordered = 0
        self._arrived = self._left = (0, 0)
        self.tos = UNKNOWN_TOS

    def add(self, number: int, sent_ns: int, at_ns: int, tos: int | None) -> None:
        """Counts one packet."""
        if number >= len(self._seen):
            return
        if self._seen[number]:
            self.duplicates += 1
            return
        self._seen[number] = 1
        self.received += 1
        self.reordered += number < self._greatest
        self._greatest = max(self._greatest, number)
        self._arrived, self._left = _widened(self._arrived, at_ns), _widened(self._left, sent_ns)
        if self._transit is not None:
            self._jitter += (abs(at_ns - sent_ns - self._transit) - self._jitter) / 16.0
        self._transit = at_ns - sent_ns
        if tos is not None:
            self.tos = tos

    def report(self) -> Report:
        """What arrived so far."""
        spans = [last - first for first, last in (self._arrived, self._left)]
        jitter = min(round(self._jitter), 2**63)
        return Report(0, self.received, self.duplicates, self.reordered, spans[0], spans[1], jitter, self.tos)


def _widened(span: tuple[int, int], at: int) -> tuple[int, int]:
    """First and last of times, with one more; (0, 0) stands for none."""
    return (min(span[0] or at, at), max(span[1], at))
