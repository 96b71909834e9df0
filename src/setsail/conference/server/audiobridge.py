"""The AudioBridge of Janus: everybody hears one mix of all the others, by WebRTC or by plain RTP.

Source: Janus 1.1.2, plug-in AudioBridge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from setsail.base.record import Record
from setsail.conference.server.handle import Jsep
from setsail.conference.server.room import Rooms, audio_room
from setsail.conference.server.room_handle import RoomHandle

PLUGIN = "janus.plugin.audiobridge"


@dataclass(frozen=True, slots=True)
class RtpSeat:
    """A seat by plain RTP: `address`, `port` are where the server expects packets; `payload_type` is what it sends."""

    participant: int
    address: str
    port: int
    payload_type: int


class AudioBridge(RoomHandle):
    """A handle on the AudioBridge: one participant."""

    PLUGIN = PLUGIN

    async def create(self, rooms: Rooms, *, admin_key: str) -> None:
        """Opens the mix; nothing is recorded; plain RTP may join. Raises RoomExists, Refused without the key."""
        told = {**audio_room(rooms), "secret": rooms.secret, "pin": rooms.pin, "permanent": False}
        await self._ask("create", room=rooms.room, admin_key=admin_key, **told)

    async def join(self, room: int, *, pin: str, display: str, participant: int | None = None,
                   codec: Literal["opus", "pcmu", "pcma"] = "opus", muted: bool = False,
                   prebuffer: int | None = None) -> Record:  # fmt: skip
        """A seat in the mix: id, participants; then `configure(offer)`. Raises WrongPin, NoSuchRoom."""
        reply = await self._ask(
            "join", room=room, pin=pin, display=display, id=participant, codec=codec, muted=muted, prebuffer=prebuffer
        )
        return reply.data

    async def configure(self, offer: Jsep | None = None, **changes: Any) -> Jsep | None:
        """The server's answer to the offer of one's audio, or None for a change alone (muted, prebuffer ...)."""
        return (await self._ask("configure", offer, **changes)).jsep

    async def join_rtp(self, room: int, *, pin: str, display: str, address: str, port: int,
                       codec: Literal["opus", "pcmu", "pcma"] = "pcmu", payload_type: int | None = None,
                       participant: int | None = None) -> RtpSeat:  # fmt: skip
        """A seat by plain RTP. address, port : where the mix is sent to. Raises WrongPin, NoSuchRoom."""
        static = {"pcmu": 0, "pcma": 8, "opus": 111}[codec]
        number = static if payload_type is None else payload_type
        reply = await self._ask(
            "join", room=room, pin=pin, display=display, id=participant, codec=codec,
            rtp={"ip": address, "port": port, "payload_type": number},
        )  # fmt: skip
        seat = reply.data["rtp"]
        return RtpSeat(int(reply.data["id"]), str(seat["ip"]), int(seat["port"]), int(seat.get("payload_type", number)))

    async def kick(self, room: int, participant: int, *, secret: str) -> None:
        """Puts somebody out of the mix. Raises NoSuchSender, WrongPin."""
        await self._ask("kick", room=room, id=participant, secret=secret)
