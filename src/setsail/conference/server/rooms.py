"""The rooms of a conference: one for pictures, one mix for voices, made again with the same PINs after any restart."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass

from setsail.base.limits import Limit
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import RoomExists
from setsail.conference.server.place import Place
from setsail.conference.server.videoroom import VideoRoom

MARGIN = 4
"""Senders beyond the sites: command centre, a spare, two people who look in from the web."""
PARTICIPANTS = Limit("participants", 1, 1000, "VideoRoom, sender limit of a room")
CODECS = ("vp8", "h264", "vp9", "h265")


@dataclass(frozen=True, slots=True)
class Rooms:
    """One conference. room : number of both rooms;  pin : to join;  secret : to change or close them;
    publishers : senders at most;  bitrate_bps : cap of the video of each;  codec : of the video, others after it;
    receive : streams of others that a site is sent at once (the receivers keep to it).
    """

    room: int
    pin: str
    secret: str
    publishers: int
    bitrate_bps: int = 1_000_000
    codec: str = "vp8"
    receive: int = 4
    sampling_rate_hz: int = 16000
    description: str = ""

    @property
    def video_codecs(self) -> str:
        """The codecs allowed, the room's own first."""
        return ",".join([self.codec, *(c for c in CODECS[:2] if c != self.codec)])

    def __repr__(self) -> str:
        return f"Rooms({self.room}, publishers={self.publishers}, secrets hidden)"


def fresh_rooms(room: int = 2020, *, sites: int, margin: int = MARGIN, bitrate_bps: int = 1_000_000,
                codec: str = "vp8", receive: int = 4, description: str = "") -> Rooms:  # fmt: skip
    """Rooms with a new PIN (8 digits) and secret, for `sites` senders and a margin. Raises OutOfRange."""
    PARTICIPANTS.require(sites + margin)
    return Rooms(room, new_pin(), secrets.token_urlsafe(18), sites + margin, bitrate_bps, codec, receive,
                 description=description)  # fmt: skip


def new_pin() -> str:
    """Eight digits that nobody can guess."""
    return f"{secrets.randbelow(10**8):08d}"


async def make_rooms(place: Place, rooms: Rooms) -> None:
    """Both rooms are there afterwards, whether they were before or not. Raises ServerLost, NoAnswer, Refused."""
    async with await Client.connect(place) as client:
        video, audio = await VideoRoom.attach(client), await AudioBridge.attach(client)
        with contextlib.suppress(RoomExists):
            await video.create(
                rooms.room, admin_key=place.admin_key, secret=rooms.secret, pin=rooms.pin, publishers=rooms.publishers,
                bitrate_bps=rooms.bitrate_bps, video_codecs=rooms.video_codecs, description=rooms.description,
            )  # fmt: skip
        with contextlib.suppress(RoomExists):
            await audio.create(
                rooms.room, admin_key=place.admin_key, secret=rooms.secret, pin=rooms.pin,
                sampling_rate_hz=rooms.sampling_rate_hz, description=rooms.description,
            )  # fmt: skip


async def close_rooms(place: Place, rooms: Rooms) -> None:
    """Both rooms are closed and everybody in them is told."""
    async with await Client.connect(place) as client:
        await (await VideoRoom.attach(client)).destroy(rooms.room, secret=rooms.secret)
        await (await AudioBridge.attach(client)).destroy(rooms.room, secret=rooms.secret)
