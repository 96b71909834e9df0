"""Seats that this server holds on calls: each belongs to who took it, and ends when its page listens no more."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request

from setsail.base.errors import SetSailError
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.conference.seat.seat import Seat

GRACE_S = 10.0
"""A page that listens no more may come back within; then its seat is given up."""
SILENCE_S = 15.0
MOST_SEATS = 200


@dataclass(eq=False, slots=True)
class Held:
    """One seat. listeners : pages that hear its news;  ending : of a seat that nobody listens to."""

    seat: Seat
    owner: str
    folder: Path
    listeners: int = 0
    ending: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Seats:
    """The seats of one server, by a name that cannot be guessed."""

    held: dict[str, Held] = field(default_factory=dict)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    def require_room(self) -> None:
        """Raises HTTPException where the server holds as many seats as it can."""
        if len(self.held) >= MOST_SEATS:
            raise HTTPException(503, f"this server holds {MOST_SEATS} seats on calls; come back later")

    def add(self, seat: Seat, owner: str, folder: Path) -> str:
        """The name of a seat that was taken; it ends by itself unless somebody listens soon."""
        name = secrets.token_urlsafe(18)
        self.held[name] = Held(seat, owner, folder)
        self._end_soon(name)
        return name

    def of(self, name: str, owner: str, folder: Path) -> Seat:
        """The seat, for who took it. Raises HTTPException alike for none and for another's."""
        return self._held(name, owner, folder).seat

    async def news(self, name: str, owner: str, folder: Path) -> AsyncIterator[Record | None]:
        """What the page must hear, None now and then where there is nothing."""
        held = self._held(name, owner, folder)
        held.listeners += 1
        if held.ending is not None:
            held.ending.cancel()
        try:
            while name in self.held:
                try:
                    async with asyncio.timeout(SILENCE_S):
                        yield await held.seat.news.get()
                except TimeoutError:
                    yield None
        finally:
            held.listeners -= 1
            if not held.listeners and name in self.held:
                self._end_soon(name)

    async def give_up(self, name: str) -> None:
        """Ends a seat."""
        held = self.held.pop(name, None)
        if held is not None:
            if held.ending is not None:
                held.ending.cancel()
            with contextlib.suppress(SetSailError, OSError):
                await held.seat.close()

    async def close(self) -> None:
        """Ends all seats."""
        for name in list(self.held):
            await self.give_up(name)

    def _held(self, name: str, owner: str, folder: Path) -> Held:
        held = self.held.get(name)
        if held is None or held.owner != owner or held.folder != folder:
            raise HTTPException(404, "there is no such seat on the call; join again")
        return held

    def _end_soon(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.held[name].ending = loop.call_later(GRACE_S, self._end, name)

    def _end(self, name: str) -> None:
        task = asyncio.get_running_loop().create_task(self.give_up(name))
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)


def seats_of(request: Request) -> Seats:
    """The seats that this server holds."""
    found: Seats = request.app.state.seats
    return found
