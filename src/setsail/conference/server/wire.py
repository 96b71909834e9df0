"""The line to a Janus: a WebSocket, or anything else that carries its messages.

Source: Janus 1.1.2, WebSocket transport (sub-protocols janus-protocol and janus-admin-protocol).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from setsail.base.extras import require
from setsail.conference.server.errors import ServerLost

PROTOCOL = "janus-protocol"
ADMIN_PROTOCOL = "janus-admin-protocol"
BIGGEST_MESSAGE = 16 * 2**20


class Line(Protocol):
    """Messages both ways; iteration ends, or raises, where it is broken."""

    async def send(self, text: str, /) -> None:
        """One message out."""

    async def recv(self) -> str | bytes:
        """One message in."""

    async def close(self) -> None:
        """Ends it."""

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """All that come."""


async def opened(url: str, protocol: str) -> Line:
    """A WebSocket to the server, without a proxy. Raises OSError, TimeoutError, ServerLost, MissingExtra."""
    library = require("websockets.asyncio.client", "conference")
    exceptions = require("websockets.exceptions", "conference")
    try:
        line: Line = await library.connect(
            url, subprotocols=[protocol], max_size=BIGGEST_MESSAGE, ping_interval=None, open_timeout=3, close_timeout=1,
            proxy=None, compression=None,
        )  # fmt: skip
    except exceptions.WebSocketException as err:
        raise ServerLost(f"does not speak {protocol} ({err})", where=url) from err
    return line
