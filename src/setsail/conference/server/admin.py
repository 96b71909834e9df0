"""A view inside a running Janus: sessions, handles, packets and loss of each participant.

Source: Janus 1.1.2, Admin/Monitor API over WebSocket (sub-protocol janus-admin-protocol).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from setsail.base.record import Record
from setsail.conference.server.errors import NoAnswer, ServerLost, refusal
from setsail.conference.server.handle import ANSWER_S
from setsail.conference.server.place import Place
from setsail.conference.server.wire import ADMIN_PROTOCOL, Line, opened


class Admin:
    """One line to the admin API; questions one after the other. Use as an async context manager."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._line: Line | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Admin:
        try:
            self._line = await opened(self.place.admin_url, ADMIN_PROTOCOL)
        except (OSError, TimeoutError) as err:
            raise ServerLost(
                f"cannot be reached ({err})", where=self.place.admin_url, hint="conference status"
            ) from err
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._line is not None:
            await self._line.close()

    async def ask(self, request: str, **fields: Any) -> Record:
        """The answer to one admin request. Raises ServerLost, NoAnswer, Refused."""
        if self._line is None:
            raise ServerLost("is not open", where=self.place.admin_url)
        message = {
            "janus": request, "transaction": secrets.token_hex(8), "admin_secret": self.place.admin_secret, **fields
        }  # fmt: skip
        async with self._turn:
            answer = await self._answer(self._line, message)
        if answer.get("janus") == "error":
            fault = answer.get("error", {})
            raise refusal(int(fault.get("code", 0)), str(fault.get("reason", "")), where=request)
        return answer

    async def _answer(self, line: Line, message: Record) -> Record:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - of the extra

        try:
            await line.send(json.dumps(message))
            async with asyncio.timeout(ANSWER_S):
                while True:
                    answer: Record = json.loads(await line.recv())
                    if answer.get("transaction") == message["transaction"]:
                        return answer
        except ConnectionClosed as err:
            raise ServerLost(f"the line is closed ({err})", where=self.place.admin_url) from err
        except TimeoutError as err:
            raise NoAnswer(f"no answer to '{message['janus']}'", where=self.place.admin_url) from err

    async def sessions(self) -> list[int]:
        """Every session."""
        return [int(s) for s in (await self.ask("list_sessions"))["sessions"]]

    async def handles(self, session_id: int) -> list[int]:
        """Every handle of a session."""
        return [int(h) for h in (await self.ask("list_handles", session_id=session_id))["handles"]]

    async def handle_info(self, session_id: int, handle_id: int) -> Record:
        """All that Janus knows of one handle: opaque_id (label), plugin, plugin_specific, streams with counters."""
        return dict((await self.ask("handle_info", session_id=session_id, handle_id=handle_id))["info"])

    async def ping(self) -> None:
        """Returns where the server answers."""
        await self.ask("ping")
