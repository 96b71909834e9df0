"""Extensions behind a STAMP packet (RFC 8972, 4): padding, class of service, HMAC; what is unknown is sent back."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass, replace

from setsail.conference.accept.stamp_wire import HMAC_OCTETS, NotStamp, mac

EXTRA_PADDING, CLASS_OF_SERVICE, HMAC_TLV = 1, 4, 8
UNRECOGNISED, MALFORMED, INTEGRITY = 0x80, 0x40, 0x20
HEADER = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Tlv:
    """One extension. length : as written, larger than `value` only where the packet ends too early."""

    kind: int
    value: bytes
    flags: int = UNRECOGNISED
    length: int | None = None

    def pack(self) -> bytes:
        """Flags, type, length and value, as long as it was."""
        written = len(self.value) if self.length is None else self.length
        return HEADER.pack(self.flags, self.kind, written) + self.value


@dataclass(frozen=True, slots=True)
class ClassOfService:
    """DSCP that the sender wants back, DSCP and ECN that the reflector saw, 1 where it could not use the wish."""

    wanted: int
    seen: int = 0
    ecn: int = 0
    refused: int = 0

    def tlv(self) -> Tlv:
        """As an extension of a sender. Source: RFC 8972, 4.4."""
        bits = (self.wanted & 63) << 26 | (self.seen & 63) << 20 | (self.ecn & 3) << 18 | (self.refused & 3) << 16
        return Tlv(CLASS_OF_SERVICE, struct.pack("!I", bits))


def class_of_service(tlv: Tlv) -> ClassOfService:
    """What the four octets say. Raises NotStamp for another length."""
    if len(tlv.value) != 4:
        raise NotStamp("class of service of another length")
    (bits,) = struct.unpack("!I", tlv.value)
    return ClassOfService(bits >> 26 & 63, bits >> 20 & 63, bits >> 18 & 3, bits >> 16 & 3)


def padding(octets: int) -> bytes:
    """Extra Padding that makes a packet `octets` longer: 0, or 4 and more."""
    return Tlv(EXTRA_PADDING, bytes(octets - HEADER.size)).pack() if octets >= HEADER.size else b""


def read(data: bytes) -> tuple[list[Tlv], bytes]:
    """The extensions of what follows a packet, and the last octets where fewer than a header are left.

    One that is cut short is kept as it is and marked malformed.
    """
    found: list[Tlv] = []
    at = 0
    while len(data) - at >= HEADER.size:
        flags, kind, length = HEADER.unpack_from(data, at)
        value = data[at + HEADER.size : at + HEADER.size + length]
        cut = len(value) < length
        found.append(Tlv(kind, value, flags | MALFORMED if cut else flags, length if cut else None))
        at += HEADER.size + len(value)
    return found, data[at:]


def answered(data: bytes, asked: bytes, reply: bytes, *, tos: int | None, key: bytes | None) -> bytes:
    """The extensions of a reply, as long as those of the request.

    data : what followed the request;  asked, reply : sequence numbers of request and reply, four octets each;
    tos : traffic class of the request as it arrived.
    Source: RFC 8972, 4.2 (flags), 4.4 (class of service), 4.8 (HMAC).
    """
    tlvs, rest = read(data)
    held = key is None or holds(data, asked, key)
    made = b""
    for tlv in tlvs:
        if tlv.kind == HMAC_TLV and held and key is not None:
            made += Tlv(HMAC_TLV, mac(reply + made, key), 0).pack()
        else:
            made += _answer(tlv, tos, held, key is not None).pack()
    return made + rest


def sealed(data: bytes, sequence: bytes, key: bytes) -> bytes:
    """Extensions of a sender with the HMAC extension behind them: it covers the sequence number and those before."""
    return data + Tlv(HMAC_TLV, mac(sequence + data, key)).pack()


def holds(data: bytes, sequence: bytes, key: bytes) -> bool:
    """True where the last extension is an HMAC that matches, or there is no extension at all."""
    tlvs, rest = read(data)
    if not tlvs and not rest:
        return True
    if rest or not tlvs or tlvs[-1].kind != HMAC_TLV or len(tlvs[-1].value) != HMAC_OCTETS:
        return False
    return hmac.compare_digest(tlvs[-1].value, mac(sequence + data[: -(HEADER.size + HMAC_OCTETS)], key))


def _answer(tlv: Tlv, tos: int | None, held: bool, keyed: bool) -> Tlv:
    if not held:
        return replace(tlv, flags=INTEGRITY)
    known = tlv.kind in (EXTRA_PADDING, CLASS_OF_SERVICE) or (tlv.kind == HMAC_TLV and keyed)
    flags = 0 if known else UNRECOGNISED
    if tlv.length is not None or (tlv.kind == CLASS_OF_SERVICE and len(tlv.value) != 4):
        return replace(tlv, flags=flags | MALFORMED)
    if tlv.kind == CLASS_OF_SERVICE and tos is not None:
        told = replace(class_of_service(tlv), seen=tos >> 2, ecn=tos & 3)
        return replace(told.tlv(), flags=0)
    return replace(tlv, flags=flags)
