"""The limit of senders held where many come at the same instant.

Janus refuses a sender when all places are taken by others whose media already flow. Those who come before the first of
them are connected all get in; as many as are too many are put out again here, and told. That is done as soon as the
server tells of a new sender: we are in the room for it, without sending. Whoever was seen earlier stays; of those who
are seen for the first time at one look, the server's own order decides.
"""

from __future__ import annotations

import asyncio
import contextlib

from setsail.base.errors import SetSailError
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoSuchSender
from setsail.conference.server.handle import Event
from setsail.conference.server.place import Place
from setsail.conference.server.room import WATCHER, Rooms
from setsail.conference.server.videoroom import VideoRoom


class Places:
    """The places of one room. `hold` is called again and again, and calls itself when somebody begins to send."""

    def __init__(self, place: Place, rooms: Rooms) -> None:
        self.place, self.rooms = place, rooms
        self._seen: dict[int, None] = {}
        self._room: VideoRoom | None = None
        self._turn = asyncio.Lock()
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def hold(self) -> list[str]:
        """Names of those who were put out because more send than there are places: the last to be seen first.

        Raises ServerLost, NoAnswer, Refused.
        """
        async with self._turn:
            return await self._held(await self._line())

    async def _held(self, room: VideoRoom) -> list[str]:
        there = {int(p["id"]): str(p.get("display", "")) for p in await room.participants(self.rooms.room)
                 if p.get("publisher")}  # fmt: skip
        self._seen = dict.fromkeys([*(f for f in self._seen if f in there), *there])
        surplus = list(self._seen)[self.rooms.publishers :][::-1]
        for feed in surplus:
            with contextlib.suppress(NoSuchSender):
                await room.kick(self.rooms.room, feed, secret=self.rooms.secret)
        return [there[feed] for feed in surplus]

    async def close(self) -> None:
        """Gives the line back."""
        room, self._room = self._room, None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if room is not None:
            await room.handle.client.close()

    async def _line(self) -> VideoRoom:
        if self._room is None or not self._room.handle.client.connected:
            await self.close()
            client = await Client.connect(self.place, within_s=1.0)
            try:
                room = await VideoRoom.attach(client, label=WATCHER, on_event=self._told)
                await room.join_publisher(self.rooms.room, pin=self.rooms.pin, display=WATCHER)
            except BaseException:
                await client.close()
                raise
            self._room = room
            self._task = asyncio.create_task(self._follow())
        return self._room

    def _told(self, event: Event) -> None:
        if event.kind == "event" and event.data.get("publishers"):
            self._more.set()

    async def _follow(self) -> None:
        """Holds the places each time that somebody begins to send, until the line is closed."""
        while True:
            await self._more.wait()
            self._more.clear()
            with contextlib.suppress(SetSailError, OSError):
                async with self._turn:
                    if self._room is not None:
                        await self._held(self._room)
