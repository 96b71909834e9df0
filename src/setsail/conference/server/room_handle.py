"""What the plug-ins for pictures and for sound have in common: a handle, and the rooms that it asks about.

Source: Janus 1.1.2, plug-ins VideoRoom and AudioBridge.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from setsail.base.record import Record
from setsail.conference.server.client import Client
from setsail.conference.server.handle import Handle, Jsep, OnEvent, Reply
from setsail.conference.server.room import WATCHER


class RoomHandle:
    """A handle on a plug-in with rooms."""

    PLUGIN: ClassVar[str]

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    @classmethod
    async def attach(cls, client: Client, *, label: str = "", on_event: OnEvent | None = None) -> Self:
        """A handle of this client."""
        return cls(await client.attach(cls.PLUGIN, label=label, on_event=on_event))

    async def _ask(self, request: str, jsep: Jsep | None = None, **body: Any) -> Reply:
        return await self.handle.ask({"request": request, **{k: v for k, v in body.items() if v is not None}}, jsep)

    async def exists(self, room: int) -> bool:
        """Whether the server carries this room."""
        return bool((await self._ask("exists", room=room)).data.get("exists"))

    async def destroy(self, room: int, *, secret: str) -> None:
        """Closes the room; all leave it. Raises NoSuchRoom, WrongPin."""
        await self._ask("destroy", room=room, secret=secret, permanent=False)

    async def rooms(self, *, admin_key: str) -> list[Record]:
        """Every room with its number and description; private ones too by the key."""
        return list((await self._ask("list", admin_key=admin_key)).data.get("list", []))

    async def participants(self, room: int) -> list[Record]:
        """Who is in the room: id, display; of pictures publisher (sends now), of sound setup, muted, talking.

        Raises NoSuchRoom.
        """
        found = (await self._ask("listparticipants", room=room)).data.get("participants", [])
        return [p for p in found if p.get("display") != WATCHER]

    async def leave(self) -> None:
        """Gives the seat back."""
        await self._ask("leave")
