"""The pictures that a site gets: one peer connection, its places filled with those who are wanted and there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from setsail.base.errors import SetSailError
from setsail.conference.call import media, peers
from setsail.conference.call.sinks import PictureSink
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.handle import OnEvent
from setsail.conference.server.videoroom import Sender, VideoRoom, Wanted

PATIENCE_S = 1.5
"""How long a site waits for all whose pictures it wants before it takes those who are there."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What a participant needs. number : on strip and tone;  room, mix : numbers of the two rooms, mix 0 for none."""

    site: str
    number: int
    room: int
    pin: str
    mix: int = 0
    codec: media.Codec = "vp8"
    fps: int = 15
    kbps: int = 330


class Incoming:
    """Places for pictures. present : who sends in the room, kept by another;  peer : makes a peer connection;

    on_event : hears what the server tells of it.
    """

    def __init__(
        self, seat: Seat, pool: Executor, present: Mapping[str, Sender], peer: Callable[[], RTCPeerConnection],
        on_event: OnEvent,
    ) -> None:  # fmt: skip
        self.sinks: list[PictureSink] = []
        self._seat, self._pool, self._present, self._new_peer, self._on_event = seat, pool, present, peer, on_event
        self._targets: tuple[str, ...] = ()
        self._numbers: dict[str, int] = {}
        self._shown: dict[str, str] = {}
        self._mids: list[str] = []
        self._room: VideoRoom | None = None
        self._peer: RTCPeerConnection | None = None
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """Nothing comes any more; what was wanted is kept."""
        self.sinks, self._shown, self._mids, self._room, self._peer = [], {}, [], None, None

    def watch(self, targets: tuple[str, ...], numbers: dict[str, int]) -> None:
        """These sites are wanted from now on, in that order."""
        self._targets, self._numbers = targets, numbers
        for sink, name in zip(self.sinks, self._shown.values(), strict=False):
            sink.show(numbers[name])

    @property
    def receiving(self) -> int:
        """How many places a picture has come in within the last second."""
        now = time.time()
        return sum(sink.last_s > now - 1.0 for sink in self.sinks)

    async def show(self, targets: tuple[str, ...]) -> None:
        """Other sites in the places that there are. Raises NoSuchSender, ServerLost."""
        async with self._turn:
            self._targets = targets
            await self._switch()

    async def reconcile(self, client: Client | None, here_s: float) -> None:
        """Sets up, changes or renews what comes, by who is wanted and there. here_s : since it is on the call."""
        async with self._turn:
            wanted = [name for name in self._targets if name in self._present]
            whole = len(wanted) == len(self._targets)
            if client is None or not wanted or (not whole and (self.sinks or here_s < PATIENCE_S)):
                return
            if self.sinks and {str(self._present[name].feed): name for name in wanted} == self._shown:
                return
            if len(self.sinks) == len(wanted) and not set(wanted) & set(self._shown.values()):
                await self._switch()
            else:
                await self._subscribe(client, wanted)

    async def _subscribe(self, client: Client, wanted: list[str]) -> None:
        old_room, old_peer = self._room, self._peer
        self.forget()
        if old_room is not None:
            with contextlib.suppress(SetSailError):
                await old_room.handle.detach()
        if old_peer is not None:
            await old_peer.close()
        room = await VideoRoom.attach(client, label=f"{self._seat.site}-in", on_event=self._on_event)
        order = [Wanted(self._present[name].feed, video_of(self._present[name])) for name in wanted]
        reply = await room.join_subscriber(self._seat.room, order, pin=self._seat.pin)
        if reply.jsep is None:
            raise NoAnswer("no description of the pictures", where=self._seat.site)
        told = {str(s["mid"]): str(s.get("feed_id", "")) for s in reply.data["streams"]}
        peer = self._peer = self._new_peer()
        sinks = self._taking(peer)
        await peer.setRemoteDescription(RTCSessionDescription(peers.plain(reply.jsep["sdp"]), reply.jsep["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        await room.start({"type": peer.localDescription.type, "sdp": peer.localDescription.sdp})
        await peers.connected(peer)
        self._room = room
        self._place(sinks, told, {str(self._present[name].feed): name for name in wanted})

    def _taking(self, peer: RTCPeerConnection) -> dict[Any, PictureSink]:
        """A sink for each track that the peer connection is offered, by transceiver."""
        sinks: dict[Any, PictureSink] = {}

        @peer.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            for one in peer.getTransceivers():
                if one.receiver.track is track:
                    sinks[one] = PictureSink(one.receiver, self._seat.codec, self._seat.fps, self._pool)

        return sinks

    def _place(self, sinks: Mapping[Any, PictureSink], told: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Sinks in the order of their places, each told whose picture it carries."""
        placed = sorted(((one.mid, sink) for one, sink in sinks.items()), key=lambda pair: int(pair[0]))
        self.sinks = [sink for _, sink in placed]
        self._mids = [mid for mid, _ in placed]
        for mid, sink in placed:
            name = names[told[mid]]
            self._shown[told[mid]] = name
            sink.show(self._numbers[name])

    async def _switch(self) -> None:
        """Fills the places in their order with the targets."""
        wanted = [self._present[name] for name in self._targets if name in self._present]
        if self._room is None or len(wanted) < len(self.sinks):
            return
        places = {mid: Wanted(one.feed, video_of(one)) for mid, one in zip(self._mids, wanted, strict=False)}
        before = [sink.number for sink in self.sinks]
        for sink, one in zip(self.sinks, wanted, strict=False):
            sink.show(self._numbers[one.display])  # said first: the new picture may come before the answer
        try:
            await self._room.switch(places)
        except SetSailError:
            for sink, number in zip(self.sinks, before, strict=True):
                sink.show(number)
            raise
        self._shown = {str(one.feed): one.display for one in wanted[: len(self.sinks)]}


def video_of(sender: Sender) -> str:
    """The name of a sender's first picture, "" where it sends none."""
    return next((stream.mid for stream in sender.streams if stream.kind == "video"), "")
