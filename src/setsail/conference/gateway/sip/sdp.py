"""Session descriptions: what a terminal offers, read strictly, and what it is answered.

Source: RFC 8866 (SDP), RFC 3264 (offer and answer).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from setsail.base.errors import BadInput

BIGGEST_BYTES = 12_000
MOST_MEDIA = 8
MOST_FORMATS = 64
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
BACK: Mapping[Direction, Direction] = {
    "sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
}  # fmt: skip
STATIC = {0: "pcmu/8000", 8: "pcma/8000"}
MAP = re.compile(r"(?P<pt>[0-9]{1,3}) (?P<name>[A-Za-z0-9._+-]{1,40})/(?P<rate>[0-9]{1,6})(?:/[0-9]{1,2})?", re.ASCII)


class BadDescription(BadInput):
    """A session description that breaks its grammar, or that nobody could answer."""

    code = "sdp-malformed"


@dataclass(frozen=True, slots=True)
class Format:
    """One payload type of a medium. name : such as `h264/90000`, small letters;  terms : of its a=fmtp."""

    number: int
    name: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    feedback: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Medium:
    """One m= section. port : 0 where it is refused;  address : where its packets are to be sent;  rtcp_port : 0 as
    usual, the port above.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[Format, ...] = ()
    address: str = ""
    direction: Direction = "sendrecv"
    rtcp_port: int = 0
    rtcp_mux: bool = False
    keys: tuple[str, ...] = field(default=(), repr=False)
    raw_formats: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A whole description: its media in their order."""

    media: tuple[Medium, ...]
    session: str = "0"
    version: str = "0"


def read(text: bytes) -> Description:
    """The description in a body. Raises BadDescription; nothing else, whatever the bytes are."""
    if len(text) > BIGGEST_BYTES:
        raise _bad(f"has {len(text)} bytes", f"up to {BIGGEST_BYTES}")
    try:
        lines = [line for line in re.split(r"\r\n|\n|\r", text.decode("utf-8")) if line]
    except UnicodeDecodeError as err:
        raise _bad("is no UTF-8", "UTF-8") from err
    if not lines or lines[0] != "v=0":
        raise _bad("does not begin with v=0", "v=0")
    if any(len(line) < 2 or line[1] != "=" for line in lines):
        raise _bad("has a line that is none", "letter=value")
    starts = [n for n, line in enumerate(lines) if line.startswith("m=")]
    if not starts or len(starts) > MOST_MEDIA:
        raise _bad(f"has {len(starts)} media", f"1 to {MOST_MEDIA}")
    common = lines[: starts[0]]
    ends = [*starts[1:], len(lines)]
    media = tuple(_medium(lines[a:b], common) for a, b in zip(starts, ends, strict=True))
    origin = next((line[2:].split() for line in common if line.startswith("o=")), [])
    session, version = (origin[1], origin[2]) if len(origin) == 6 else ("0", "0")
    return Description(media, session, version)


def _medium(lines: list[str], common: list[str]) -> Medium:
    words = lines[0][2:].split(" ")
    if len(words) < 4 or not re.fullmatch(r"[0-9]{1,5}(?:/[0-9]+)?", words[1], re.ASCII):
        raise _bad(f"has the medium {lines[0][:60]!r}", "m=kind port protocol formats")
    port = int(words[1].partition("/")[0])
    if port > 65535 or len(words) - 3 > MOST_FORMATS:
        raise _bad(f"has the medium {lines[0][:60]!r}", f"a port, and up to {MOST_FORMATS} formats")
    notes = [line[2:] for line in lines[1:] if line.startswith("a=")]
    formats = _formats(words[3:], notes) if words[2].startswith("RTP/") else ()
    rtcp = next((n[5:].split(" ")[0] for n in notes if n.startswith("rtcp:")), "0")
    return Medium(
        words[0].lower(), port, words[2].upper(), formats, _address(lines, common) if port else "",
        _direction(notes, common), int(rtcp) if re.fullmatch(r"[0-9]{1,5}", rtcp, re.ASCII) else 0,
        "rtcp-mux" in notes, tuple(n[7:] for n in notes if n.startswith("crypto:")), " ".join(words[3:]),
    )  # fmt: skip


def _formats(numbers: list[str], notes: list[str]) -> tuple[Format, ...]:
    names: dict[int, str] = dict(STATIC)
    terms: dict[int, dict[str, str]] = {}
    feedback: dict[str, set[str]] = {}
    for note in notes:
        kind, _, rest = note.partition(":")
        number, _, told = rest.partition(" ")
        if kind == "rtpmap" and (found := MAP.fullmatch(rest.strip())):
            names[int(found["pt"])] = f"{found['name']}/{found['rate']}".lower()
        elif kind == "fmtp" and number.isascii() and number.isdigit() and len(number) <= 3:
            pairs = (part.strip().partition("=") for part in told.split(";"))
            terms[int(number)] = {k.strip().lower(): v.strip() for k, _, v in pairs if k.strip()}
        elif kind == "rtcp-fb":
            feedback.setdefault(number, set()).add(told.strip().lower())
    made = []
    for number in numbers:
        if not (number.isascii() and number.isdigit() and int(number) < 128):
            raise _bad(f"has the format {number[:20]!r}", "0 to 127")
        n = int(number)
        given = frozenset(feedback.get(number, set()) | feedback.get("*", set()))
        made.append(Format(n, names.get(n, ""), terms.get(n, {}), given))
    return tuple(made)


def _direction(notes: list[str], common: list[str]) -> Direction:
    for where in (notes, [line[2:] for line in common if line.startswith("a=")]):
        for direction in DIRECTIONS:
            if direction in where:
                return direction
    return "sendrecv"


def _address(lines: list[str], common: list[str]) -> str:
    told = next((line[2:] for line in (*lines, *common) if line.startswith("c=")), "")
    words = told.split(" ")
    if len(words) != 3 or words[0] != "IN" or words[1] not in ("IP4", "IP6"):
        raise _bad(f"has the connection {told[:60]!r}", "c=IN IP4 or IP6 and an address")
    try:
        found = ipaddress.ip_address(words[2])
    except ValueError as err:
        raise _bad(f"has the connection {told[:60]!r}", "an address in figures") from err
    if found.is_multicast or found.version != int(words[1][2]):
        raise _bad(f"has the connection {told[:60]!r}", "an address of one host")
    return str(found)


@dataclass(frozen=True, slots=True)
class Reply:
    """One m= section of our own. port : 0 refuses it;  lines : a= lines without `a=`;  kbps : b=AS, 0 unsaid."""

    kind: str
    port: int
    protocol: str
    formats: str
    lines: tuple[str, ...] = ()
    kbps: int = 0


def written(address: str, session: int, version: int, media: list[Reply]) -> bytes:
    """The description of our side."""
    family = "IP6" if ":" in address else "IP4"
    lines = ["v=0", f"o=setsail {session} {version} IN {family} {address}", "s=conference", f"c=IN {family} {address}",
             "t=0 0"]  # fmt: skip
    for medium in media:
        lines.append(f"m={medium.kind} {medium.port} {medium.protocol} {medium.formats}")
        if medium.kbps:
            lines.append(f"b=AS:{medium.kbps}")
        lines += [f"a={line}" for line in medium.lines]
    return "\r\n".join([*lines, ""]).encode()


def _bad(what: str, allowed: str) -> BadDescription:
    return BadDescription(what, where="SDP", allowed=allowed)
