"""Seats that this server holds on calls: each belongs to who took it, and ends when its page listens no more."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
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
SILENCE_S = 2.0
"""Of the news, before a look at whether somebody may still hear them."""
MOST_SEATS, MOST_EACH = 200, 20
"""Of the server, and of one person."""


@dataclass(eq=False, slots=True)
class Held:
    """One seat. listener : the line that hears its news, the newest of its page;  turn, wait : of who waits for news;

    over : news that an older line took when it was over;  ending : of a seat that nobody listens to.
    """

    seat: Seat
    owner: str
    folder: Path
    listener: object | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    wait: asyncio.Timeout | None = None
    over: list[Record] = field(default_factory=list)
    ending: asyncio.TimerHandle | None = None

    def take_over(self) -> object:
        """A new line, which hears the news from now on; the one before it ends."""
        self.listener = object()
        if self.wait is not None and not self.wait.expired():
            self.wait.reschedule(0.0)
        return self.listener

    async def next(self, line: object) -> Record | None:
        """What this line must hear next, None after some silence or where a newer one took over: none is lost then."""
        async with self.turn:
            if self.listener is not line:
                return None
            if self.over:
                return self.over.pop(0)
            try:
                async with asyncio.timeout(SILENCE_S) as self.wait:
                    one = await self.seat.news.get()
            except TimeoutError:
                return None
            finally:
                self.wait = None
            if self.listener is line:
                return one
            self.over.append(one)
            return None


@dataclass(slots=True)
class Seats:
    """The seats of one server, by a name that cannot be guessed."""

    held: dict[str, Held] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.contextmanager
    def room_for(self, owner: str) -> Iterator[None]:
        """A place is kept while the block takes a seat. Raises HTTPException where the server, or who asks, has as many
        as may be.
        """
        owners = [*(h.owner for h in self.held.values()), *self.coming]
        if len(owners) >= MOST_SEATS:
            raise HTTPException(503, f"this server holds {MOST_SEATS} seats on calls; come back later")
        if owners.count(owner) >= MOST_EACH:
            raise HTTPException(
                429, f"you hold {MOST_EACH} seats on calls, the most of one person; leave one", {"retry-after": "10"}
            )
        self.coming.append(owner)
        try:
            yield
        finally:
            self.coming.remove(owner)

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
        """What the page must hear, None now and then where there is nothing; ends where a newer line takes over."""
        held = self._held(name, owner, folder)
        line = held.take_over()
        if held.ending is not None:
            held.ending.cancel()
        try:
            while name in self.held and held.listener is line:
                yield await held.next(line)
        finally:
            if held.listener is line:
                held.listener = None
                if name in self.held:
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
