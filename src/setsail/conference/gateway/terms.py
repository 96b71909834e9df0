"""What a terminal and the conference agree on: from an offer to the codecs, ports and answer of one call.

Values only, so that a call can be kept on disk and taken up again by a gateway that was started anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from setsail.base.errors import BadInput
from setsail.conference.gateway.media import srtp
from setsail.conference.gateway.sip import sdp
from setsail.conference.gateway.sip.sdp import BACK, Direction, Format, Medium

AUDIO = {"pcmu/8000": "pcmu", "pcma/8000": "pcma", "opus/48000": "opus"}
VIDEO = {"h264/90000": "h264", "vp8/90000": "vp8"}
CLEAR, SECURE = ("RTP/AVP", "RTP/AVPF"), ("RTP/SAVP", "RTP/SAVPF")
NOWHERE = ("0.0.0.0", "::")  # noqa: S104 - what a terminal says that wants nothing
OURS = "42e01f"
"""Constrained baseline, level 3.1, which every browser decodes; said where a terminal names none."""


class NotAcceptable(BadInput):
    """An offer with nothing in it that the conference can take."""

    code = "sip-not-acceptable"


@dataclass(frozen=True, slots=True)
class Side:
    """One medium of a terminal. address, port : where its packets go;  number : payload type both ways;
    direction : as the terminal sees it;  mode : packetization-mode of H.264;  parameters : its H.264 parameter sets as
    base64, "" where they come with the pictures;  suite : of SRTP, "" in the clear, with both keys as base64.
    """

    index: int
    codec: str
    number: int
    address: str
    port: int
    rtcp_port: int
    rtcp_mux: bool
    direction: Direction
    protocol: str = "RTP/AVP"
    mode: int = 1
    parameters: str = ""
    profile: str = ""
    feedback: tuple[str, ...] = ()
    event: int = -1
    tag: int = 0
    suite: str = ""
    their_key: str = field(default="", repr=False)
    our_key: str = field(default="", repr=False)

    @property
    def sends(self) -> bool:
        """Whether the terminal sends."""
        return self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Whether the terminal wants to be sent anything."""
        return self.direction in ("sendrecv", "recvonly") and self.address not in NOWHERE


def keys_of(side: Side) -> tuple[str, str, str]:
    """Suite, our key and theirs."""
    return side.suite, side.our_key, side.their_key


@dataclass(frozen=True, slots=True)
class Terms:
    """Sound and picture of one call; either may lack, not both."""

    audio: Side | None
    video: Side | None

    @property
    def encrypted(self) -> bool:
        """Whether all of it is."""
        return all(side.suite for side in (self.audio, self.video) if side is not None)


def agreed(offer: sdp.Description, *, codecs: Sequence[str] = ("h264", "vp8"), before: Terms | None = None) -> Terms:
    """The first sound and the first picture that both sides know.

    codecs : of pictures that the room takes, its own first;  before : of the call so far, whose codecs stay.
    Raises NotAcceptable.
    """
    audio = video = None
    for index, medium in enumerate(offer.media):
        if not medium.port or medium.protocol not in (*CLEAR, *SECURE):
            continue
        way = srtp.chosen(medium.keys)
        if way is None and medium.protocol in SECURE:
            continue
        if medium.kind == "audio" and audio is None:
            wanted = list(AUDIO.values()) if before is None or before.audio is None else [before.audio.codec]
            audio = _keyed(_side(index, medium, AUDIO, wanted, ours_first=False), way, before.audio if before else None)
        if medium.kind == "video" and video is None:
            wanted = list(codecs) if before is None or before.video is None else [before.video.codec]
            video = _keyed(_side(index, medium, VIDEO, wanted, ours_first=True), way, before.video if before else None)
    if before is not None and before.video is None:
        video = None  # a picture that comes later needs a call of its own
    if audio is None and video is None:
        raise NotAcceptable(
            "has nothing that the conference can take", where="offer",
            allowed=f"PCMU, PCMA or opus; H.264 or VP8; in the clear, or SRTP by SDES: {', '.join(srtp.SUITES)}",
        )  # fmt: skip
    return Terms(audio, video)


def _keyed(side: Side | None, way: srtp.Offered | None, before: Side | None) -> Side | None:
    """The medium with its keys; ours stays the same within a call."""
    if side is None or way is None:
        return side
    ours = before.our_key if before is not None and before.suite == way.suite else srtp.fresh_key()
    return replace(side, tag=way.tag, suite=way.suite, their_key=way.key, our_key=ours)


def _side(index: int, medium: Medium, known: dict[str, str], wanted: list[str], *, ours_first: bool) -> Side | None:
    fits = [f for f in medium.formats if known.get(f.name) in wanted]
    if not fits:
        return None
    if ours_first:  # the room's own codec, so that one codec is enough for all; of H.264 the mode that both ways work
        fits.sort(key=lambda f: (wanted.index(known[f.name]), -_mode(f)))
    chosen = fits[0]
    event = next((f.number for f in medium.formats if f.name.startswith("telephone-event/8000")), -1)
    return Side(
        index, known[chosen.name], chosen.number, medium.address, medium.port,
        medium.port if medium.rtcp_mux else medium.rtcp_port or medium.port + 1, medium.rtcp_mux, medium.direction,
        medium.protocol, _mode(chosen), chosen.terms.get("sprop-parameter-sets", ""),
        chosen.terms.get("profile-level-id", ""), tuple(sorted(chosen.feedback & {"nack pli", "ccm fir"})),
        event if medium.kind == "audio" else -1,
    )  # fmt: skip


def _mode(chosen: Format) -> int:
    """Packetization-mode: of H.264 as told (0 where nothing is told), of other codecs 1."""
    if chosen.name != "h264/90000":
        return 1
    told = chosen.terms.get("packetization-mode", "0")
    return 1 if told == "1" else 0


def answered(offer: sdp.Description, terms: Terms, address: str, ports: dict[str, int], *, session: int,
             version: int, kbps: int = 0) -> bytes:  # fmt: skip
    """Our description for an offer. ports : of ours for "audio" and "video";  kbps : most of a picture, 0 unsaid."""
    sides = {side.index: side for side in (terms.audio, terms.video) if side is not None}
    replies = []
    for index, medium in enumerate(offer.media):
        side = sides.get(index)
        if side is None:
            replies.append(sdp.Reply(medium.kind, 0, medium.protocol, medium.raw_formats))
            continue
        replies.append(_reply(medium, side, ports[medium.kind], kbps))
    return sdp.written(address, session, version, replies)


def _reply(medium: Medium, side: Side, port: int, kbps: int) -> sdp.Reply:
    name = next(f.name for f in medium.formats if f.number == side.number)
    shown = {"pcmu/8000": "PCMU/8000", "pcma/8000": "PCMA/8000", "opus/48000": "opus/48000/2", "h264/90000":
             "H264/90000", "vp8/90000": "VP8/90000"}[name]  # fmt: skip
    lines, formats = [f"rtpmap:{side.number} {shown}"], str(side.number)
    if side.codec == "h264":
        lines.append(f"fmtp:{side.number} profile-level-id={side.profile or OURS};packetization-mode={side.mode}")
    if side.codec == "opus":
        lines.append(f"fmtp:{side.number} useinbandfec=1")
    if side.event >= 0:
        formats += f" {side.event}"
        lines += [f"rtpmap:{side.event} telephone-event/8000", f"fmtp:{side.event} 0-15"]
    if side.rtcp_mux:
        lines.append("rtcp-mux")
    if side.protocol.endswith("F"):
        lines += [f"rtcp-fb:{side.number} {f}" for f in side.feedback]
    direction = BACK[side.direction]
    if side.suite:
        lines.append(f"crypto:{side.tag} {side.suite} inline:{side.our_key}")
    if medium.kind == "audio":
        lines.append("ptime:20")
    most = kbps if medium.kind == "video" else 0
    return sdp.Reply(medium.kind, port, side.protocol, formats, (*lines, direction), most)
