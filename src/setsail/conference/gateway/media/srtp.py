"""Encryption of sound and pictures towards a terminal, with keys that both sides told each other in their descriptions.

Source: RFC 4568 (SDES: cl. 6.1 suites, 9.1 grammar), RFC 3711 (SRTP).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from typing import Any

from setsail.base.extras import require
from setsail.conference.gateway.media.packets import is_rtcp

SUITES = {"AES_CM_128_HMAC_SHA1_80": "SRTP_PROFILE_AES128_CM_SHA1_80",
          "AES_CM_128_HMAC_SHA1_32": "SRTP_PROFILE_AES128_CM_SHA1_32"}  # fmt: skip
KEY_OCTETS = 30
"""Master key and salt of both suites."""
LINE = re.compile(
    r"(?P<tag>[0-9]{1,9})\s+(?P<suite>[A-Z0-9_]+)\s+inline:(?P<key>[A-Za-z0-9+/]{40})(?P<rest>\S*)\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A way to encrypt that a terminal offers. tag : of its line;  key : base64 of its own key and salt."""

    tag: int
    suite: str
    key: str


def chosen(lines: tuple[str, ...]) -> Offered | None:
    """The first crypto line that is known here, None where none is. Several keys in a line, or marks, are not taken."""
    for line in lines:
        found = LINE.fullmatch(line)
        if found and found["suite"] in SUITES and ":" not in found["rest"] and ";" not in found["rest"]:
            try:
                if len(base64.b64decode(found["key"], validate=True)) == KEY_OCTETS:
                    return Offered(int(found["tag"]), found["suite"], found["key"])
            except (binascii.Error, ValueError):
                continue
    return None


def fresh_key() -> str:
    """A key and salt of ours."""
    return base64.b64encode(secrets.token_bytes(KEY_OCTETS)).decode()


class Guard:
    """Both ways of one medium. ours, theirs : keys as base64. Raises MissingExtra."""

    def __init__(self, suite: str, ours: str, theirs: str) -> None:
        library: Any = require("pylibsrtp", "conference")
        self._fault = library.Error
        profile = getattr(library.Policy, SUITES[suite])

        def session(key: str, direction: int) -> Any:  # noqa: ANN401 - the library's object
            return library.Session(library.Policy(key=base64.b64decode(key), ssrc_type=direction, srtp_profile=profile))

        self._out = session(ours, library.Policy.SSRC_ANY_OUTBOUND)
        self._in = session(theirs, library.Policy.SSRC_ANY_INBOUND)

    def sealed(self, data: bytes) -> bytes:
        """A packet of ours, RTP or RTCP, encrypted."""
        made: bytes = self._out.protect_rtcp(data) if is_rtcp(data) else self._out.protect(data)
        return made

    def opened(self, data: bytes) -> bytes | None:
        """A packet of theirs in the clear, None for one that nobody with their key made, or that came before."""
        try:
            made: bytes = self._in.unprotect_rtcp(data) if is_rtcp(data) else self._in.unprotect(data)
        except (self._fault, TypeError, ValueError):
            return None
        return made
