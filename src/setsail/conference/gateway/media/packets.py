"""RTP and RTCP packets as they stand on the wire: read with care, written small.

Source: RFC 3550 cl. 5.1 (RTP), 6.4-6.6 (RTCP); RFC 4585 cl. 6.3.1 (PLI); RFC 5104 cl. 4.3.1 (FIR); RFC 4733 cl. 2.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from setsail.conference.server.ntp import NTP_UNIX_S

LEAST = 12
RTCP_TYPES = range(192, 224)
"""Second byte of RTCP; RTP with the marker and these payload types is not used. Source: RFC 5761 cl. 4."""
SR, RR, SDES, BYE, PSFB = 200, 201, 202, 203, 206
PLI, FIR = 1, 4


@dataclass(frozen=True, slots=True)
class Rtp:
    """One packet. number : payload type."""

    number: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram on a shared port is RTCP."""
    return len(data) >= 8 and data[0] >> 6 == 2 and data[1] in RTCP_TYPES


def read(data: bytes) -> Rtp | None:
    """The packet, without contributing sources, header extension and padding; None where it is none."""
    if len(data) < LEAST or data[0] >> 6 != 2:
        return None
    start = LEAST + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if data[0] & 0x20:
        end -= data[-1]
        if not data[-1]:
            return None
    if start > end:
        return None
    sequence, timestamp, ssrc = struct.unpack_from(">HII", data, 2)
    return Rtp(data[1] & 0x7F, bool(data[1] & 0x80), sequence, timestamp, ssrc, data[start:end])


def written(packet: Rtp) -> bytes:
    """The packet on the wire."""
    second = packet.number | (0x80 if packet.marker else 0)
    return struct.pack(">BBHII", 0x80, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload


def digit(packet: Rtp) -> str:
    """The key of a telephone event at its end, "" else."""
    if len(packet.payload) < 4 or not packet.payload[1] & 0x80 or packet.payload[0] > 11:
        return ""
    return "0123456789*#"[packet.payload[0]]


def reports(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Parts of a compound RTCP packet: kind, count or format, content; ends at the first that is broken."""
    at = 0
    while at + 4 <= len(data):
        if data[at] >> 6 != 2:
            return
        length = 4 * (int.from_bytes(data[at + 2 : at + 4], "big") + 1)
        if at + length > len(data):
            return
        yield data[at + 1], data[at] & 0x1F, data[at + 4 : at + length]
        at += length


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver reports of one stream. lost : so far;  jitter : in units of the stream's clock;  last, delay :
    of our report that it heard last, and since then [s / 65536]; 0 where it heard none.
    """

    ssrc: int
    lost: int
    jitter: int
    last: int
    delay: int


def blocks(data: bytes) -> Iterator[Block]:
    """Report blocks of the sender and receiver reports in a packet. Source: RFC 3550 cl. 6.4.1, 6.4.2."""
    for kind, count, content in reports(data):
        start = {SR: 24, RR: 4}.get(kind)
        for n in range(count if start is not None else 0):
            at = (start or 0) + 24 * n
            if at + 24 > len(content):
                break
            ssrc, lost, _, jitter, last, delay = struct.unpack_from(">IIIIII", content, at)
            lost &= 0xFFFFFF
            yield Block(ssrc, lost - (1 << 24) if lost & 0x800000 else lost, jitter, last, delay)


def wants_key_picture(data: bytes) -> bool:
    """Whether the sender of these reports asks for a whole picture."""
    return any(kind == PSFB and form in (PLI, FIR) for kind, form, _ in reports(data))


def ask_key_picture(ours: int, theirs: int, count: int) -> bytes:
    """RTCP that asks for a whole picture by PLI and by FIR, so that a terminal that knows but one of them gives it.

    ours, theirs : SSRC of receiver and sender;  count : of the requests so far, without which FIR is taken as old.
    """
    empty = struct.pack(">BBHI", 0x80, RR, 1, ours)
    pli = struct.pack(">BBHII", 0x80 | PLI, PSFB, 2, ours, theirs)
    fir = struct.pack(">BBHIIIB3x", 0x80 | FIR, PSFB, 4, ours, 0, theirs, count & 0xFF)
    return empty + _named(ours) + pli + fir


def goodbye(ours: int) -> bytes:
    """RTCP of one who leaves."""
    return struct.pack(">BBHI", 0x80, RR, 1, ours) + struct.pack(">BBHI", 0x81, BYE, 1, ours)


def sender_report(ours: int, at_s: float, timestamp: int, packets: int, octets: int) -> bytes:
    """RTCP of a sender. at_s : seconds since 1970 of `timestamp`."""
    whole = int(at_s)
    return (
        struct.pack(">BBHIIIIII", 0x80, SR, 6, ours, (whole + NTP_UNIX_S) & 0xFFFFFFFF, int((at_s - whole) * 2**32),
                    timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
        + _named(ours)
    )  # fmt: skip


def _named(ours: int) -> bytes:
    """SDES with the name `setsail`."""
    return struct.pack(">BBHIBB7sBxx", 0x81, SDES, 4, ours, 1, 7, b"setsail", 0)
