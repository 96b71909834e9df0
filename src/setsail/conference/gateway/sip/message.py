"""SIP messages: read strictly from one datagram, written from values.

Source: RFC 3261 cl. 7 (messages), 20 (headers), 25.1 (grammar); what is not well-formed raises `Malformed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from setsail.base.errors import BadInput

BIGGEST_BYTES = 16_384
MOST_HEADERS = 128
LONGEST_LINE = 4_096
VERSION = "SIP/2.0"
TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
URI = re.compile(r"sips?:(?:(?P<user>[A-Za-z0-9_.!~*'()&=+$,;?/%#-]{1,128})(?::[^@\s]*)?@)?"
                 r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,255})(?::(?P<port>[0-9]{1,5}))?"
                 r"(?P<rest>[;?][^\s<>\"]*)?")  # fmt: skip
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
           "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding"}  # fmt: skip
ONCE = ("from", "to", "call-id", "cseq", "content-length", "max-forwards", "content-type")
LISTS = ("via", "record-route", "route", "contact", "require", "supported", "allow")
REASONS = {
    100: "Trying", 180: "Ringing", 200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 420: "Bad Extension",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 505: "Version Not Supported",
}  # fmt: skip


class Malformed(BadInput):
    """A datagram that is no SIP message, or one that breaks its grammar."""

    code = "sip-malformed"


@dataclass(frozen=True, slots=True)
class Uri:
    """An address of SIP. user : "" without one;  port : 0 for the usual one."""

    user: str
    host: str
    port: int = 0
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A From, To, Contact or route entry: its address as it was written, and the tag."""

    uri: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One request (`method`, `target`) or response (`status`, `reason`). headers : name in small letters, value."""

    method: str = ""
    target: str = ""
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def first(self, name: str) -> str:
        """The first value of a header, "" where it lacks."""
        return next((v for n, v in self.headers if n == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a header in their order."""
        return tuple(v for n, v in self.headers if n == name)

    @property
    def call_id(self) -> str:
        """What all messages of a call share."""
        return self.first("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of the request."""
        number, _, method = self.first("cseq").partition(" ")
        return int(number), method.strip()

    @property
    def branch(self) -> str:
        """The transaction as the sender named it."""
        return parameter(self.first("via"), "branch")


def read(datagram: bytes) -> Message:
    """The message in a datagram. Raises Malformed; nothing else, whatever the bytes are."""
    if len(datagram) > BIGGEST_BYTES:
        raise _bad(f"has {len(datagram)} bytes", f"up to {BIGGEST_BYTES}")
    head, gap, body = datagram.partition(b"\r\n\r\n")
    if not gap:
        raise _bad("has no end of its headers", "an empty line")
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError as err:
        raise _bad("has headers that are no UTF-8", "UTF-8") from err
    headers = tuple(_headers(lines[1:]))
    message = _started(lines[0], headers)
    _require(message)
    return _with_body(message, body)


def _started(line: str, headers: tuple[tuple[str, str], ...]) -> Message:
    words = line.split(" ", 2)
    if len(words) == 3 and words[0] == VERSION and re.fullmatch(r"[1-6][0-9][0-9]", words[1], re.ASCII):
        return Message(status=int(words[1]), reason=words[2], headers=headers)
    if len(words) != 3 or words[2] != VERSION or not TOKEN.fullmatch(words[0]):
        raise _bad(f"begins with {line[:60]!r}", "METHOD URI SIP/2.0 or SIP/2.0 STATUS REASON")
    uri(words[1])
    return Message(words[0], words[1], headers=headers)


def _headers(lines: list[str]) -> Iterable[tuple[str, str]]:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
    if len(unfolded) > MOST_HEADERS:
        raise _bad(f"has {len(unfolded)} headers", f"up to {MOST_HEADERS}")
    for line in unfolded:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if not colon or not TOKEN.fullmatch(name) or len(line) > LONGEST_LINE:
            raise _bad(f"has the header {line[:60]!r}", "Name: value")
        if any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in value):
            raise _bad(f"has control characters in {name!r}", "text")
        name = COMPACT.get(name, name)
        parts = split(value) if name in LISTS else [value.strip()]
        yield from ((name, part) for part in parts)


def _require(message: Message) -> None:
    for name in ("via", "from", "to", "call-id", "cseq"):
        if not message.first(name):
            raise _bad(f"has no {name}", "Via, From, To, Call-ID and CSeq")
    for name in ONCE:
        if len(message.all(name)) > 1:
            raise _bad(f"has {name} twice", "once")
    if not re.fullmatch(r"[0-9]{1,10} +[A-Za-z0-9.!%*_+`'~-]+", message.first("cseq"), re.ASCII):
        raise _bad(f"has the CSeq {message.first('cseq')[:40]!r}", "number and method")
    number, method = message.cseq
    if number >= 2**31 or (message.method and method != message.method):
        raise _bad(f"has the CSeq {message.first('cseq')[:40]!r}", "that of its method")
    if not re.fullmatch(r"[!-~]{1,256}", message.call_id):
        raise _bad("has a Call-ID that is none", "up to 256 characters without blanks")
    if not message.first("via").startswith("SIP/2.0/"):
        raise _bad(f"has the Via {message.first('via')[:40]!r}", "SIP/2.0/...")
    party(message.first("from"))
    party(message.first("to"))


def _with_body(message: Message, body: bytes) -> Message:
    told = message.first("content-length")
    if told and not re.fullmatch(r"[0-9]{1,7}", told, re.ASCII):
        raise _bad(f"has the Content-Length {told[:20]!r}", "a number")
    length = int(told) if told else len(body)
    if length > len(body):
        raise _bad(f"is cut off: {len(body)} of {length} bytes of its body", "all of it")
    return Message(message.method, message.target, message.status, message.reason, message.headers, body[:length])


def split(value: str) -> list[str]:
    """Parts of a list between commas that stand outside quotes and angles."""
    parts, part, quoted, angles, escaped = [], "", False, 0, False
    for sign in value:
        if escaped:
            escaped = False
        elif sign == "\\" and quoted:
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in "<>":
            angles += 1 if sign == "<" else -1
        elif sign == "," and not quoted and angles == 0:
            parts.append(part.strip())
            part = ""
            continue
        part += sign
    parts.append(part.strip())
    return [p for p in parts if p]


def party(value: str) -> Party:
    """Address and tag of a From, To or Contact. Raises Malformed."""
    plain = re.sub(r'^\s*"(?:[^"\\]|\\.)*"', "", value)
    if "<" in plain:
        _, _, rest = plain.partition("<")
        inside, closed, after = rest.partition(">")
        if not closed:
            raise _bad(f"has the address {value[:60]!r}", "<sip:user@host>")
    else:
        inside, _, after = plain.partition(";")
        after = ";" + after
    uri(inside.strip())
    return Party(inside.strip(), parameter(after, "tag"))


def uri(text: str) -> Uri:
    """An address of SIP in its parts. Raises Malformed."""
    found = URI.fullmatch(text) if len(text) <= 512 else None
    if found is None or (found["port"] is not None and not 0 < int(found["port"]) < 65536):
        raise _bad(f"has the address {text[:60]!r}", "sip:user@host")
    return Uri(found["user"] or "", found["host"], int(found["port"] or 0), found["rest"] or "")


def parameter(text: str, name: str) -> str:
    """The value of `;name=value`, "" where it lacks."""
    found = re.search(rf";\s*{re.escape(name)}\s*=\s*(\"[^\"]*\"|[^\s;,>]+)", text, re.IGNORECASE)
    return found[1].strip('"') if found else ""


def written(message: Message) -> bytes:
    """The message as it goes out; Content-Length is put in."""
    first = (
        f"{message.method} {message.target} {VERSION}" if message.method
        else f"{VERSION} {message.status} {message.reason or REASONS.get(message.status, 'Unknown')}"
    )  # fmt: skip
    lines = [first, *(f"{_title(n)}: {v}" for n, v in message.headers if n != "content-length")]
    lines.append(f"Content-Length: {len(message.body)}")
    return "\r\n".join([*lines, "", ""]).encode() + message.body


def answer(request: Message, status: int, *, tag: str = "", headers: Iterable[tuple[str, str]] = (),
           body: bytes = b"") -> Message:  # fmt: skip
    """A response to a request. tag : of our side, put into To where it has none. Source: RFC 3261 cl. 8.2.6."""
    to = request.first("to")
    if tag and not party(to).tag:
        to += f";tag={tag}"
    kept = [("via", v) for v in request.all("via")]
    if status < 300 and status != 100:
        kept += [("record-route", v) for v in request.all("record-route")]
    kept += [("from", request.first("from")), ("to", to), ("call-id", request.call_id), ("cseq", request.first("cseq"))]
    return Message(status=status, reason=REASONS.get(status, ""), headers=(*kept, *headers), body=body)


def _title(name: str) -> str:
    return {"call-id": "Call-ID", "cseq": "CSeq"}.get(name) or "-".join(w.capitalize() for w in name.split("-"))


def _bad(what: str, allowed: str) -> Malformed:
    return Malformed(what, where="SIP message", allowed=allowed)
