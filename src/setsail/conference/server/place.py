"""Where a conference server is reached: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """How to reach one Janus: addresses and secrets; never shown, never logged.

    url : of the API for calls (WebSocket);  admin_url : of the API for looking in;  secret, admin_secret : asked for
    by each of them;  admin_key : needed to make a room and to have media forwarded as plain RTP.
    """

    url: str
    secret: str
    admin_url: str
    admin_secret: str
    admin_key: str

    def __repr__(self) -> str:
        return f"Place({self.url!r}, secrets hidden)"


def in_url(address: str) -> str:
    """An address as it stands before a port: IPv6 in brackets. Source: RFC 3986 cl. 3.2.2."""
    return f"[{address}]" if ":" in address else address
