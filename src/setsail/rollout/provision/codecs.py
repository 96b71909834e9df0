"""What a codec adds to its media on an IP link, by the tables `data/video.csv` and `data/audio.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Literal, get_args

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows

Kind = Literal["video", "audio"]
RtcpRule = Literal["fixed", "share"]
Evidence = Literal["seen", "secondary", "derived", "inferred", "assumed"]
"""Read in the standard; told by another text; worked out by a rule that was read; inferred; our assumption."""
OPUS_KBPS = Limit("opus rate [kbit/s]", 6.0, 510.0, "RFC 7587 cl. 2.1.1")


@dataclass(frozen=True, slots=True)
class Rtcp:
    """RTCP of one stream in one direction: a fixed rate, or a share of media and headers that may have a ceiling."""

    rule: RtcpRule
    kbps: float = 0.0
    percent: float = 0.0
    most_kbps: float | None = None

    def of(self, session_kbps: float) -> float:
        """RTCP [kbit/s] beside a session of media and headers [kbit/s]."""
        if self.rule == "fixed":
            return self.kbps
        share = session_kbps * self.percent / 100.0
        return share if self.most_kbps is None else min(share, self.most_kbps)


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec on the line. kbps : of an audio mode, None where any rate may be;  frame_ms : audio in one frame;

    packet_bits, frame_bits : payload header of a packet, and of each frame in it;  round_kbps : rates are rounded up
    to whole multiples of it;  evidence : how the rule of this row is known.
    """

    codec: str
    kind: Kind
    rtcp: Rtcp
    round_kbps: int
    evidence: Evidence
    source: str
    note: str = ""
    kbps: float | None = None
    frame_ms: float = 0.0
    packet_bits: int = 0
    frame_bits: int = 0


def video(name: str, where: str = "codec") -> Codec:
    """The video codec of that name. Raises UnknownName."""
    found = video_codecs().get(name.strip().lower())
    if found is None:
        raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(video_codecs()))
    return found


def audio(name: str, kbps: float, where: str = "audio codec") -> Codec:
    """The audio codec and mode. Raises UnknownName for a codec, OutOfRange for a rate that it does not have."""
    modes = [c for c in audio_codecs() if c.codec == name.strip().lower()]
    if not modes:
        allowed = ", ".join(dict.fromkeys(c.codec for c in audio_codecs()))
        raise UnknownName(f"is {name!r}", where=where, allowed=allowed)
    if modes[0].kbps is None:
        OPUS_KBPS.require(kbps, f"rate of {name}")
        return modes[0]
    found = next((c for c in modes if c.kbps is not None and abs(c.kbps - kbps) < 1e-6), None)
    if found is None:
        allowed = ", ".join(f"{c.kbps:g}" for c in modes) + " kbit/s"
        raise OutOfRange(f"is {kbps:g} kbit/s", where=f"rate of {name}", allowed=allowed)
    return found


@cache
def video_codecs() -> dict[str, Codec]:
    """Every video codec by its name."""
    return {row.need("codec"): _codec(row, "video") for row in table("video.csv")}


@cache
def audio_codecs() -> tuple[Codec, ...]:
    """Every mode of every audio codec."""
    return tuple(_codec(row, "audio") for row in table("audio.csv"))


def table(name: str) -> list[Row]:
    """The rows of one of this room's tables."""
    with as_file(files("setsail.rollout.provision") / "data" / name) as path:
        return read_rows(path, name=name)


def _codec(row: Row, kind: Kind) -> Codec:
    rule, evidence = row.need("rtcp"), row.need("evidence")
    if rule not in get_args(RtcpRule) or evidence not in get_args(Evidence):
        raise UnknownName(f"is {rule!r}, {evidence!r}", where=row.where("rtcp"))
    share, most = _number(row, "rtcp_percent") or 0.0, _number(row, "rtcp_most_kbps")
    rtcp = Rtcp(rule, _number(row, "rtcp_kbps") or 0.0, share, most)  # type: ignore[arg-type]
    source = f"{row.need('source_id')} {row.need('clause')}"
    if kind == "video":
        return Codec(row.need("codec"), kind, rtcp, int(row.need("round_kbps")), evidence, source, row.get("note"))  # type: ignore[arg-type]
    return Codec(
        row.need("codec"), kind, rtcp, int(row.need("round_kbps")), evidence, source, row.get("note"),  # type: ignore[arg-type]
        _number(row, "kbps"), _number(row, "frame_ms") or 20.0, int(row.need("packet_bits")),
        int(row.need("frame_bits")),
    )  # fmt: skip


def _number(row: Row, column: str) -> float | None:
    text = row.get(column)
    return number(text, row.where(column)) if text else None
