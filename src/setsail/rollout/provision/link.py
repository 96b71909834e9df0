"""Rates that a link must carry for a call: media, headers of IP, UDP and RTP, and RTCP.

Source: 3GPP TS 26.114, Annex E (examples of QoS mappings); the rules of each codec are in `data/`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.rollout.provision.codecs import Codec, Kind, Rtcp, audio, video

HEADER_OCTETS = {4: 40, 6: 60}
"""IP (20 or 40), UDP (8) and RTP (12). Source: RFC 791, RFC 8200, RFC 768, RFC 3550."""
MOST_PACKET_OCTETS = 1400
"""Largest IP packet. Source: TS 26.114 Annex E, "Maximum SDU size"."""
SRTP_OCTETS = 10
"""Authentication tag of 80 bits on each packet of an encrypted call. Source: RFC 3711 cl. 5.2."""
VIDEO_KBPS = Limit("video rate [kbit/s]", 0.0, 200_000.0, "more than a call needs", ends="(]")
FPS = Limit("frame rate [1/s]", 0.0, 240.0, "more than a camera gives", ends="(]")
PACKETS = Limit("packets per frame", 1.0, 1000.0, "whole packets")
RTCP_KBPS = Limit("RTCP rate [kbit/s]", 0.0, 1000.0, "more than a call needs")
RTCP_PERCENT = Limit("RTCP share [%]", 0.0, 100.0, "share of the session")
EXTRA_OCTETS = Limit("octets more on each packet", 0.0, 200.0, "more than security headers need")
SITES = Limit("sites", 1.0, 100_000.0, "places of a rollout")
RECEIVE = Limit("pictures received", 0.0, 1000.0, "more than a screen shows")
NEAR = 1e-9
"""Sizes below which a sum of decimal rates may lie above a whole number and still is that number."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One medium in one direction [kbit/s]. gbr_kbps : guaranteed;  mbr_kbps : at most; both rounded up.

    packets_s : packets a second;  packet_octets : mean size of an IP packet;  evidence : how the codec's rule is known.
    """

    kind: Kind
    codec: str
    media_kbps: float
    overhead_kbps: float
    rtcp_kbps: float
    gbr_kbps: int
    mbr_kbps: int
    packets_s: float
    packet_octets: float
    round_kbps: int
    evidence: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a call asks of a site's link and of the server [kbit/s]; one stream of each medium up, `receive` pictures
    and one sound down. None where the medium is not there.
    """

    video: Stream | None
    audio: Stream | None
    sites: int
    receive: int
    up_kbps: int
    down_kbps: int
    server_in_kbps: int
    server_out_kbps: int


def video_stream(
    codec: str,
    kbps: float,
    fps: float,
    packets_per_frame: int,
    ip: Literal[4, 6] = 4,
    *,
    guaranteed: tuple[float, float, int] | None = None,
    rtcp: Rtcp | None = None,
    extra_octets: int = 0,
) -> Stream:
    """Rates of one picture in one direction.

    kbps : of the coded picture;  guaranteed : rate, frames a second and packets a frame that are guaranteed where
    that is less than what may be sent (a bearer of MBR > GBR);  rtcp : instead of the codec's own rule;
    extra_octets : on each packet beyond IP, UDP and RTP, such as `SRTP_OCTETS`; Annex E has none.
    Raises UnknownName, OutOfRange.
    Source: TS 26.114 Annex E.6, E.19 (H.264), E.29, E.30 (H.265).
    """
    found = video(codec)
    headers = _headers(ip, extra_octets)
    media, overhead = _picture(kbps, fps, packets_per_frame, headers, "")
    rule = rtcp or found.rtcp
    control = rule.of(media + overhead)
    mbr = _up(media + overhead + control, found.round_kbps)
    gbr = mbr
    if guaranteed is not None:
        least, above = _picture(*guaranteed, headers, "guaranteed ")
        if least + above > media + overhead + NEAR:
            raise OutOfRange(f"is {guaranteed[0]:g} kbit/s", where="guaranteed video rate", allowed=f"up to {kbps:g}")
        gbr = _up(least + above + control, found.round_kbps)  # RTCP is a share of the whole session, as in E.30
    packets_s = fps * packets_per_frame
    octets = kbps * 125.0 / packets_s + headers
    return _stream(found, rule is found.rtcp, (media, overhead, control), (gbr, mbr), (packets_s, octets))


def audio_stream(
    codec: str,
    kbps: float,
    ip: Literal[4, 6] = 4,
    *,
    frames_per_packet: int = 1,
    guaranteed_kbps: float | None = None,
    rtcp: Rtcp | None = None,
    extra_octets: int = 0,
) -> Stream:
    """Rates of one sound in one direction, rounded up to whole kbit/s before and after RTCP, as the annex does.

    kbps : mode of the codec (12.2 of AMR);  guaranteed_kbps : a lower mode that is guaranteed (MBR > GBR).
    Raises UnknownName, OutOfRange.
    Source: TS 26.114 Annex E.11 (AMR), E.32, E.33 (EVS); RFC 4867 cl. 4.3 (payload of AMR).
    """
    found = audio(codec, kbps)
    headers = _headers(ip, extra_octets)
    PACKETS.require(frames_per_packet, "audio frames per packet")
    rule = rtcp or found.rtcp
    total, octets = _sound(found, kbps, frames_per_packet, headers)
    mbr, control = _with_rtcp(total, rule, found.round_kbps)
    gbr = mbr
    if guaranteed_kbps is not None:
        low = audio(codec, guaranteed_kbps, "guaranteed audio")
        if guaranteed_kbps > kbps:
            raise OutOfRange(f"is {guaranteed_kbps:g} kbit/s", where="guaranteed audio rate", allowed=f"up to {kbps:g}")
        gbr, _ = _with_rtcp(_sound(low, guaranteed_kbps, frames_per_packet, headers)[0], rule, found.round_kbps)
    packets_s = 1000.0 / (found.frame_ms * frames_per_packet)
    return _stream(found, rule is found.rtcp, (kbps, total - kbps, control), (gbr, mbr), (packets_s, octets))


def demand(picture: Stream | None, sound: Stream | None, *, sites: int = 1, receive: int = 0) -> Demand:
    """What the streams of a call sum up to at a site and at the server, where every site sends and none gets its own.

    receive : pictures of other sites that a site is sent at once; at most all others. Guaranteed rates are summed
    stream by stream, each rounded up, for each is a flow of its own.
    """
    SITES.require(sites)
    RECEIVE.require(receive)
    shown = min(receive, max(0, sites - 1)) if sites > 1 else receive
    one, tone = (picture.gbr_kbps if picture else 0), (sound.gbr_kbps if sound else 0)
    up, down = one + tone, shown * one + tone
    return Demand(picture, sound, sites, shown, up, down, sites * up, sites * down)


def _headers(ip: int, extra_octets: int) -> int:
    if ip not in HEADER_OCTETS:
        raise OutOfRange(f"is {ip}", where="IP version", allowed="4, 6")
    EXTRA_OCTETS.require(extra_octets)
    return HEADER_OCTETS[ip] + extra_octets


def _picture(kbps: float, fps: float, packets: int, headers: int, what: str) -> tuple[float, float]:
    """Media and headers of a picture [kbit/s]."""
    VIDEO_KBPS.require(kbps, f"{what}video rate [kbit/s]")
    FPS.require(fps, f"{what}frame rate [1/s]")
    PACKETS.require(packets, f"{what}packets per frame")
    room = MOST_PACKET_OCTETS - headers
    mean = kbps * 125.0 / (fps * packets)
    if mean > room:
        least = math.ceil(kbps * 125.0 / (fps * room))
        raise OutOfRange(
            f"of {packets} leave {mean:.0f} octets of a mean picture to each", where=f"{what}packets per frame",
            allowed=f"up to {room} (IP packets of {MOST_PACKET_OCTETS}, TS 26.114 Annex E)",
            hint=f"{least} or more",
        )  # fmt: skip
    return kbps, fps * packets * headers * 8.0 / 1000.0


def _sound(codec: Codec, kbps: float, frames: int, headers: int) -> tuple[float, float]:
    """Media and headers [kbit/s], and octets of an IP packet."""
    bits = codec.packet_bits + frames * (kbps * codec.frame_ms + codec.frame_bits)
    octets = math.ceil(bits / 8.0 - NEAR) + headers
    if octets > MOST_PACKET_OCTETS:
        allowed = f"up to {MOST_PACKET_OCTETS} octets"
        raise OutOfRange(
            f"of {frames} make a packet of {octets} octets", where="audio frames per packet", allowed=allowed
        )
    return octets * 8.0 / (codec.frame_ms * frames), float(octets)


def _with_rtcp(total_kbps: float, rule: Rtcp, step: int) -> tuple[int, float]:
    """Rounded rate with RTCP, and the RTCP in it."""
    rounded = _up(total_kbps, step)
    control = rule.of(rounded)
    return _up(rounded + control, step), control


def _up(kbps: float, step: int) -> int:
    return step * math.ceil(kbps / step - NEAR)


def _stream(
    codec: Codec,
    own_rtcp: bool,
    parts_kbps: tuple[float, float, float],
    rounded: tuple[int, int],
    packets: tuple[float, float],
) -> Stream:
    note = codec.note if own_rtcp else "RTCP as asked for, not by the codec's own rule"
    media, overhead, control = (round(k, 6) for k in parts_kbps)
    return Stream(
        codec.kind, codec.codec, media, overhead, control, *rounded, round(packets[0], 6), round(packets[1], 3),
        codec.round_kbps, codec.evidence, codec.source, note,
    )  # fmt: skip
