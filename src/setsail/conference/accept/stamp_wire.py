"""STAMP test packets as bytes: RFC 8762 in both modes, time stamps of NTP and PTPv2, error estimate.

Unauthenticated packets have 44 octets, authenticated ones 112, both before any TLV of RFC 8972. All integers are in
network byte order; what is not named here is zero when sent and passed over when read.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Literal

from setsail.conference.server.ntp import NTP_UNIX_S

Format = Literal["ntp", "ptp"]
PLAIN_OCTETS = 44
AUTHENTICATED_OCTETS = 112
HMAC_OCTETS = 16
COVERED_OCTETS = 96
"""Octets under the HMAC of an authenticated packet. Source: RFC 8762, 4.4."""
DEFAULT_PORT = 862
NS = 1_000_000_000
_WORD = 1 << 32

_SENDER = struct.Struct("!IQHH28x")
_REFLECTOR = struct.Struct("!IQHHQIQH2xB3x")
_SENDER_AUTH = struct.Struct("!I12xQHH68x")
_REFLECTOR_AUTH = struct.Struct("!I12xQHH4xQ8xI12xQH6xB15x")


class NotStamp(ValueError):
    """Bytes that are no STAMP packet of the mode expected; the text is the reason, counted by the reflector."""


@dataclass(frozen=True, slots=True)
class ErrorEstimate:
    """How far a clock may be off: multiplier x 2^(scale - 32) seconds (RFC 4656, 4.1.2; Z of RFC 8186).

    synchronised : the clock is held to UTC by something outside;  form : of the time stamps that go with it.
    """

    synchronised: bool = False
    form: Format = "ntp"
    scale: int = 0
    multiplier: int = 1

    def pack(self) -> int:
        """The 16 bits S, Z, scale, multiplier."""
        return self.synchronised << 15 | (self.form == "ptp") << 14 | (self.scale & 0x3F) << 8 | self.multiplier & 0xFF

    @property
    def seconds(self) -> float:
        """The estimate [s]."""
        return float(self.multiplier) * 2.0 ** (self.scale - 32)


def error_estimate(bits: int) -> ErrorEstimate:
    """The estimate of 16 bits. Raises NotStamp for multiplier 0, which RFC 4656 forbids."""
    if not bits & 0xFF:
        raise NotStamp("error estimate with multiplier 0")
    return ErrorEstimate(bool(bits >> 15), "ptp" if bits >> 14 & 1 else "ntp", bits >> 8 & 0x3F, bits & 0xFF)


def time_bits(unix_ns: int, form: Format) -> int:
    """A time since 1970 [ns] as the 64 bits of a packet.

    Source: NTP, RFC 5905 cl. 6 (32.32 fixed point, seconds since 1900 modulo 2^32); PTPv2 truncated, RFC 8186 cl. 2.1.
    Deviates: PTPv2 seconds count UTC as the system clock does, not TAI; both ends of a test share that.
    """
    seconds, rest = divmod(unix_ns, NS)
    if form == "ptp":
        return (seconds % _WORD) << 32 | rest
    return ((seconds + NTP_UNIX_S) % _WORD) << 32 | rest * _WORD // NS


def unix_ns(bits: int, form: Format, near_ns: int = 0) -> int:
    """The time of 64 bits since 1970 [ns], in the era of 2^32 s nearest to `near_ns`. Raises NotStamp."""
    seconds, rest = divmod(bits, _WORD)
    if form == "ptp":
        if rest >= NS:
            raise NotStamp("PTP time stamp with more than 999,999,999 ns")
        found = seconds * NS + rest
    else:
        found = (seconds - NTP_UNIX_S) * NS + -(-rest * NS // _WORD)
    era = _WORD * NS
    return found + round((near_ns - found) / era) * era if near_ns else found % era


@dataclass(frozen=True, slots=True)
class Request:
    """What a Session-Sender says. time : as in the packet, in the format of `error`;  ssid : RFC 8972, 3."""

    sequence: int
    time: int
    error: ErrorEstimate = ErrorEstimate()
    ssid: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a Session-Reflector says. received, time : its own; those of the sender come back as they were."""

    sequence: int
    time: int
    error: ErrorEstimate
    received: int
    request: Request
    request_ttl: int
    ssid: int = 0


def pack_request(request: Request, key: bytes | None = None) -> bytes:
    """The packet of a Session-Sender: 44 octets, or 112 with a key. Source: RFC 8762, 4.2; SSID of RFC 8972, 3."""
    fields = (request.sequence, request.time, request.error.pack(), request.ssid)
    if key is None:
        return _SENDER.pack(*fields)
    return signed(_SENDER_AUTH.pack(*fields), key)


def read_request(data: bytes, key: bytes | None = None) -> Request:
    """What the first octets of a packet say. Raises NotStamp where it is short, or its HMAC is not of this key."""
    _require(data, key)
    layout = _SENDER if key is None else _SENDER_AUTH
    sequence, time, error, ssid = layout.unpack_from(data)
    return Request(sequence, time, error_estimate(error), ssid)


def pack_reply(reply: Reply, key: bytes | None = None) -> bytes:
    """The packet of a Session-Reflector: 44 octets, or 112 with a key. Source: RFC 8762, 4.3."""
    asked = reply.request
    own = (reply.sequence, reply.time, reply.error.pack(), reply.ssid, reply.received)
    fields = (*own, asked.sequence, asked.time, asked.error.pack(), reply.request_ttl)
    if key is None:
        return _REFLECTOR.pack(*fields)
    return signed(_REFLECTOR_AUTH.pack(*fields), key)


def read_reply(data: bytes, key: bytes | None = None) -> Reply:
    """What a reflector answered. Raises NotStamp."""
    _require(data, key)
    layout = _REFLECTOR if key is None else _REFLECTOR_AUTH
    sequence, time, error, ssid, received, asked, asked_time, asked_error, ttl = layout.unpack_from(data)
    request = Request(asked, asked_time, error_estimate(asked_error), ssid)
    return Reply(sequence, time, error_estimate(error), received, request, ttl, ssid)


def octets(key: bytes | None) -> int:
    """Length of a packet before its TLVs."""
    return PLAIN_OCTETS if key is None else AUTHENTICATED_OCTETS


def signed(body: bytes, key: bytes) -> bytes:
    """The 96 octets of an authenticated packet with their HMAC behind them."""
    return body + mac(body, key)


def mac(data: bytes, key: bytes) -> bytes:
    """HMAC-SHA-256 cut to its first 16 octets. Source: RFC 8762, 4.4; RFC 4868."""
    return hmac.new(key, data, hashlib.sha256).digest()[:HMAC_OCTETS]


def _require(data: bytes, key: bytes | None) -> None:
    if len(data) < octets(key):
        raise NotStamp("short")
    if key is not None and not hmac.compare_digest(mac(data[:COVERED_OCTETS], key), data[96:112]):
        raise NotStamp("HMAC does not match")
