"""The limit of senders held where many come at the same instant.

Janus refuses a sender when all places are taken by others whose media already flow. Those who come before the first of
them are connected all get in; as many as are too many are put out again here, and told. Whoever was seen earlier stays;
of those who are seen for the first time at one look, the server's own order decides.
"""

from __future__ import annotations

import contextlib

from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoSuchSender
from setsail.conference.server.place import Place
from setsail.conference.server.room import Rooms
from setsail.conference.server.videoroom import VideoRoom


class Places:
    """The places of one room. `hold` is called again and again; it keeps a line of its own between calls."""

    def __init__(self, place: Place, rooms: Rooms) -> None:
        self.place, self.rooms = place, rooms
        self._seen: dict[int, None] = {}
        self._room: VideoRoom | None = None

    async def hold(self) -> list[str]:
        """Names of those who were put out because more send than there are places: the last to be seen first.

        Raises ServerLost, NoAnswer, Refused.
        """
        room = await self._line()
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
        if self._room is not None:
            await self._room.handle.client.close()

    async def _line(self) -> VideoRoom:
        if self._room is None or not self._room.handle.client.connected:
            await self.close()
            client = await Client.connect(self.place, within_s=1.0)
            self._room = await VideoRoom.attach(client, label="places")
        return self._room
