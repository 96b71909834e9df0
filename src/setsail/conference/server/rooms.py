"""The rooms of a conference: one for pictures, one mix for voices, made with the same PINs wherever they lack."""

from __future__ import annotations

import contextlib

from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import RoomExists
from setsail.conference.server.place import Place
from setsail.conference.server.room import Rooms
from setsail.conference.server.videoroom import VideoRoom


async def make_rooms(place: Place, rooms: Rooms) -> None:
    """Both rooms are there afterwards, whether they were before or not. Raises ServerLost, NoAnswer, Refused."""
    async with await Client.connect(place) as client:
        video, audio = await VideoRoom.attach(client), await AudioBridge.attach(client)
        for one in (video, audio):
            if await one.exists(rooms.room):
                continue
            with contextlib.suppress(RoomExists):  # another made it meanwhile
                await one.create(rooms, admin_key=place.admin_key)
