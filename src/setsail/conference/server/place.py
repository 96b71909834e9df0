"""Where a conference server is reached: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass


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
