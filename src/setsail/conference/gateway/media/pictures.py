"""Pictures put together from RTP packets: only whole ones are given on, a lost packet asks for a new beginning.

Source: RFC 6184 cl. 5.4-5.8 (H.264: single NAL units, STAP-A, FU-A; modes 0 and 1), RFC 7741 cl. 4.2 (VP8).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from setsail.conference.gateway.media.packets import Rtp

START = b"\x00\x00\x00\x01"
BIGGEST_BYTES = 2_000_000
WAITING = 24
"""Packets kept for one that comes late, before it counts as lost."""
STAP_A, FU_A, IDR, SPS, PPS = 24, 28, 5, 7, 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture (H.264 with start codes). timestamp : 90 kHz, of the sender;  key : others can begin here."""

    timestamp: int
    data: bytes
    key: bool


def units(picture: bytes) -> list[bytes]:
    """NAL units of a picture of H.264, without start codes."""
    return [unit for unit in picture.split(START) if unit]


class Row:
    """Packets in the order of their numbers; those that come late wait for no more than `WAITING` others."""

    def __init__(self) -> None:
        self.lost = 0
        self._next: int | None = None
        self._early: dict[int, Rtp] = {}
        self._ssrc = 0

    def put(self, packet: Rtp) -> list[tuple[Rtp, bool]]:
        """Packets that are due now, each with whether some before it are lost."""
        if self._next is None or packet.ssrc != self._ssrc:
            fresh = self._next is None
            self._ssrc, self._next, self._early = packet.ssrc, (packet.sequence + 1) & 0xFFFF, {}
            return [(packet, not fresh)]
        ahead = (packet.sequence - self._next) & 0xFFFF
        if ahead > 0x8000:  # came twice, or too late
            return []
        if ahead > 1000:  # a sender that began anew
            self._next, self._early = (packet.sequence + 1) & 0xFFFF, {}
            return [(packet, True)]
        self._early[packet.sequence] = packet
        due = self._run(gap=False)
        if len(self._early) > WAITING:
            first = min(self._early, key=lambda n: (n - (self._next or 0)) & 0xFFFF)
            self.lost += (first - self._next) & 0xFFFF
            self._next = first
            due += self._run(gap=True)
        return due

    def _run(self, *, gap: bool) -> list[tuple[Rtp, bool]]:
        due: list[tuple[Rtp, bool]] = []
        while self._next is not None and (packet := self._early.pop(self._next, None)) is not None:
            due.append((packet, gap and not due))
            self._next = (self._next + 1) & 0xFFFF
        return due


class Pictures:
    """From packets to pictures. `broken` is set while pictures are held back because one before them was not whole."""

    def __init__(self, codec: str, parameters: str = "") -> None:
        self.broken = True
        self.row = Row()
        self._read: Callable[[bytes, bool], bytes | None] = _h264() if codec == "h264" else _vp8()
        self._codec = codec
        self._sets = _parameter_sets(parameters)
        self._parts: list[bytes] = []
        self._size = 0
        self._at: int | None = None
        self._spoilt = False

    def put(self, packet: Rtp) -> list[Picture]:
        """Pictures that are whole with this packet."""
        if not packet.payload:
            return [p for one, gap in self.row.put(packet) for p in self._empty(one, gap)]
        return [p for one, gap in self.row.put(packet) for p in self._one(one, gap)]

    def _empty(self, packet: Rtp, gap: bool) -> list[Picture]:
        """A packet without content (sent to keep a way open) only keeps the numbers in a row."""
        return self._one(packet, gap) if packet.payload else []

    def _one(self, packet: Rtp, gap: bool) -> list[Picture]:
        if not packet.payload:
            return []
        made: list[Picture] = []
        if gap:
            self.broken = self._spoilt = True
        if self._at is not None and packet.timestamp != self._at and self._parts:
            made += self._done()  # a sender without markers
        if packet.timestamp != self._at:
            self._at, self._parts, self._size, self._spoilt = packet.timestamp, [], 0, gap
        part = self._read(packet.payload, not self._parts)
        if part is None or self._size + len(part) > BIGGEST_BYTES:
            self._spoilt = True
        else:
            self._parts.append(part)
            self._size += len(part)
        if packet.marker:
            made += self._done()
        return made

    def _done(self) -> list[Picture]:
        data, at = b"".join(self._parts), self._at or 0
        spoilt, self._parts, self._size, self._spoilt, self._at = self._spoilt, [], 0, False, None
        if not data or spoilt:
            self.broken = self.broken or spoilt
            return []
        key = _is_key(self._codec, data)
        if self.broken and not key:
            return []
        self.broken = False
        if key and self._codec == "h264":
            data = self._with_sets(data)
        return [Picture(at, data, key)]

    def _with_sets(self, data: bytes) -> bytes:
        """A beginning carries its parameter sets: those told in the description, or the last that were sent."""
        kinds = {u[0] & 0x1F for u in units(data)}
        if SPS in kinds and PPS in kinds:
            self._sets = b"".join(START + u for u in units(data) if u[0] & 0x1F in (SPS, PPS))
            return data
        return self._sets + data


def _h264() -> Callable[[bytes, bool], bytes | None]:
    """Reads payloads of H.264: NAL units with start codes, None for one that cannot be read."""
    open_unit = False

    def read(payload: bytes, first: bool) -> bytes | None:
        nonlocal open_unit
        kind = payload[0] & 0x1F
        if 1 <= kind <= 23:
            open_unit = False
            return START + payload
        if kind == STAP_A:
            open_unit = False
            return _aggregate(payload)
        if kind != FU_A or len(payload) < 3:
            return None
        if payload[1] & 0x80:
            open_unit = True
            return START + bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)]) + payload[2:]
        if not open_unit or first:
            return None
        open_unit = not payload[1] & 0x40
        return payload[2:]

    return read


def _aggregate(payload: bytes) -> bytes | None:
    units, at = [], 1
    while at + 2 <= len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + size]
        if not size or len(unit) < size:
            return None
        units.append(START + unit)
        at += 2 + size
    return b"".join(units) or None


def _vp8() -> Callable[[bytes, bool], bytes | None]:
    """Reads payloads of VP8: without their descriptor."""

    def read(payload: bytes, first: bool) -> bytes | None:
        at, extended = 1, payload[0] & 0x80
        if extended:
            if len(payload) < 2:
                return None
            more, at = payload[1], 2
            if more & 0x80:  # picture id, of one byte or two
                if len(payload) <= at:
                    return None
                at += 2 if payload[at] & 0x80 else 1
            at += 1 if more & 0x40 else 0
            at += 1 if more & 0x30 else 0
        if len(payload) <= at or (first and not payload[0] & 0x10):
            return None
        return payload[at:]

    return read


def _is_key(codec: str, data: bytes) -> bool:
    if codec == "vp8":
        return not data[0] & 0x01
    return any(u[0] & 0x1F == IDR for u in units(data))


def _parameter_sets(told: str) -> bytes:
    sets = []
    for one in told.split(",") if told else ():
        try:
            sets.append(base64.b64decode(one, validate=True))
        except (binascii.Error, ValueError):
            return b""
    return b"".join(START + s for s in sets if s)
