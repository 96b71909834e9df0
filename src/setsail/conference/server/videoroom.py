"""The VideoRoom of Janus: senders publish, receivers subscribe to streams of many senders on one peer connection.

Source: Janus 1.1.2, plug-in VideoRoom, multistream requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from setsail.base.record import Record
from setsail.conference.server.errors import NoSuchRoom
from setsail.conference.server.handle import Jsep, Reply
from setsail.conference.server.room import Rooms, video_room
from setsail.conference.server.room_handle import RoomHandle

PLUGIN = "janus.plugin.videoroom"


@dataclass(frozen=True, slots=True)
class Stream:
    """One medium that a sender publishes. mid : its name within the sender;  kind : audio, video or data."""

    mid: str
    kind: str
    codec: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who publishes in the room. feed : number;  display : name shown (the site's id)."""

    feed: int
    display: str
    streams: tuple[Stream, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """What one is told who joined as a sender. feed : own number;  private_id : ties subscriptions to it."""

    feed: int
    private_id: int
    senders: tuple[Sender, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stream to receive: of whom, and which one; mid "" for all of them."""

    feed: int
    mid: str = ""


class VideoRoom(RoomHandle):
    """A handle on the VideoRoom; one for what is sent, another for all that is received.

    News of the room come by `handle.on_event` as `Event("event", data)`: data["publishers"] (new senders: read them
    with `senders`), data["unpublished"], data["leaving"], and for receivers data["videoroom"] == "updated" with a jsep.
    """

    PLUGIN = PLUGIN

    # Rooms: for those who hold the secret

    async def create(self, rooms: Rooms, *, admin_key: str) -> None:
        """Opens the room for pictures; nothing is recorded. Raises RoomExists, Refused without the key."""
        told = {**video_room(rooms), "secret": rooms.secret, "pin": rooms.pin, "permanent": False}
        await self._ask("create", room=rooms.room, admin_key=admin_key, **told)

    async def kick(self, room: int, feed: int, *, secret: str) -> None:
        """Puts a sender out of the room. Raises NoSuchSender, WrongPin."""
        await self._ask("kick", room=room, id=feed, secret=secret)

    # Sending

    async def join_publisher(self, room: int, *, pin: str, display: str, feed: int | None = None) -> Joined:
        """A seat in the room, nothing sent yet; the senders who are there. Raises WrongPin, NoSuchRoom, RoomFull."""
        reply = await self._ask("join", ptype="publisher", room=room, pin=pin, display=display, id=feed)
        return Joined(int(reply.data["id"]), int(reply.data["private_id"]), senders(reply.data))

    async def publish(self, offer: Jsep, *, bitrate_bps: int | None = None) -> Jsep:
        """The server's answer to the offer of what is sent. Raises RoomFull where all places are taken."""
        return _described(await self._ask("publish", offer, bitrate=bitrate_bps))

    async def configure(self, **changes: Any) -> Record:
        """Changes a running seat: bitrate (bit/s), keyframe=True, streams=[{"mid": ..., "send": False}] ..."""
        return (await self._ask("configure", **changes)).data

    async def unpublish(self) -> None:
        """Sends nothing any more; the seat stays."""
        await self._ask("unpublish")

    # Receiving

    async def join_subscriber(self, room: int, wanted: Iterable[Wanted], *, pin: str,
                              private_id: int | None = None) -> Reply:  # fmt: skip
        """An offer (`.jsep`) of all streams wanted, on one peer connection; `.data["streams"]` says which is which.

        Raises NoSuchSender where one of them is gone. Answer with `start`.
        """
        return await self._ask(
            "join", ptype="subscriber", room=room, pin=pin, streams=[_wanted(w) for w in wanted],
            private_id=private_id, autoupdate=True, use_msid=True,
        )  # fmt: skip

    async def start(self, answer: Jsep | None = None) -> None:
        """Lets what was offered flow: the answer to the offer, at first and after each update that brought one."""
        await self._ask("start", answer)

    async def update(self, *, add: Iterable[Wanted] = (), drop: Iterable[Wanted] = ()) -> Reply:
        """Other streams on the same peer connection; where `.jsep` is an offer, answer it with `start`."""
        plus, minus = [_wanted(w) for w in add], [_wanted(w) for w in drop]
        return await self._ask("update", subscribe=plus or None, unsubscribe=minus or None)

    async def switch(self, streams: Mapping[str, Wanted]) -> Record:
        """Places of the own peer connection (sub_mid) filled by others, without a new offer (last to speak)."""
        told = [{"feed": w.feed, "mid": w.mid, "sub_mid": place} for place, w in streams.items()]
        return (await self._ask("switch", streams=told)).data

    async def pause(self) -> None:
        """Receives nothing until `start`."""
        await self._ask("pause")

    # Plain RTP, for terminals that speak SIP

    async def rtp_forward(self, room: int, feed: int, streams: Iterable[Record], *, host: str, secret: str,
                          admin_key: str) -> list[Record]:  # fmt: skip
        """Forwarders made: each with stream_id. streams : {"mid", "port", "pt", "ssrc", "rtcp_port"} of a sender."""
        reply = await self._ask(
            "rtp_forward", room=room, publisher_id=feed, host=host, host_family="ipv6" if ":" in host else "ipv4",
            secret=secret, admin_key=admin_key, streams=list(streams),
        )  # fmt: skip
        return list(reply.data.get("forwarders", []))

    async def stop_rtp_forward(self, room: int, feed: int, stream_id: int, *, secret: str, admin_key: str) -> None:
        """Ends one forwarder."""
        await self._ask(
            "stop_rtp_forward", room=room, publisher_id=feed, stream_id=stream_id, secret=secret, admin_key=admin_key
        )

    async def forwarders(self, room: int, *, secret: str, admin_key: str) -> list[Record]:
        """Every forwarder of the room, by sender; empty where the room is gone."""
        try:
            reply = await self._ask("listforwarders", room=room, secret=secret, admin_key=admin_key)
        except NoSuchRoom:
            return []
        found: list[Record] = reply.data.get("publishers") or reply.data.get("rtp_forwarders") or []
        return found


def senders(data: Record) -> tuple[Sender, ...]:
    """The senders that an answer or an event of the room names under "publishers"."""
    return tuple(
        Sender(
            int(p["id"]),
            str(p.get("display", "")),
            tuple(
                Stream(str(s.get("mid", "")), str(s["type"]), str(s.get("codec", "")))
                for s in p.get("streams", [])
                if not s.get("disabled")
            ),
        )
        for p in data.get("publishers", [])
    )


def _wanted(wanted: Wanted) -> Record:
    return {"feed": wanted.feed, **({"mid": wanted.mid} if wanted.mid else {})}


def _described(reply: Reply) -> Jsep:
    if reply.jsep is None:
        raise TypeError("a published offer has an answer")
    return reply.jsep
