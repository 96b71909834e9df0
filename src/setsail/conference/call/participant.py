"""A site on the call: sends its marked picture and its tone, gets those of others, comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from setsail.base.errors import SetSailError
from setsail.conference.call import media, peers, tones
from setsail.conference.call.sinks import MixSink, PictureSink
from setsail.conference.call.tracks import ClipTrack, ToneTrack
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client, Opener
from setsail.conference.server.errors import NoAnswer, NoSuchRoom, Refused, RoomFull, ServerLost
from setsail.conference.server.handle import Event
from setsail.conference.server.labels import label
from setsail.conference.server.place import Place
from setsail.conference.server.videoroom import Sender, VideoRoom, Wanted, senders
from setsail.conference.server.wire import opened

AGAIN_S = 0.2
PATIENCE_S = 1.5
"""How long a site waits for all whose pictures it wants before it takes those who are there."""
_CODEC = {"vp8": "video/VP8", "h264": "video/H264"}


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


class Participant:
    """One site. `start` joins and keeps joined; `watch` says whose pictures it gets; `stop` leaves.

    opener : makes its line to the server.
    """

    def __init__(self, place: Place, seat: Seat, clip: media.Clip, pool: Executor, opener: Opener = opened) -> None:
        self.place, self.seat, self._opener = place, seat, opener
        self.sinks: list[PictureSink] = []
        self.mix: MixSink | None = None
        self.rejoined = 0
        self.joined_s: float | None = None
        self.error: SetSailError | None = None
        self._clip, self._pool = clip, pool
        self._client: Client | None = None
        self._present: dict[str, Sender] = {}
        self._targets: tuple[str, ...] = ()
        self._numbers: dict[str, int] = {}
        self._peers: list[RTCPeerConnection] = []
        self._tracks: list[ClipTrack | ToneTrack] = []
        self._videos: dict[str, VideoRoom] = {}
        self._lost, self._up = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()
        self._shown: dict[str, str] = {}
        self._mids: list[str] = []
        self._lag_s, self._up_s = 0.0, 0.0
        self._inward: RTCPeerConnection | None = None

    # Life

    def start(self) -> None:
        """Begins to join; `joined` tells when it is on the call."""
        self._task = asyncio.create_task(self._live())

    async def joined(self, within_s: float) -> None:
        """Returns when its media flow to the server. Raises the refusal, or NoAnswer."""
        waits = asyncio.create_task(self._up.wait())
        try:
            await asyncio.wait(
                {waits, *([self._task] if self._task else [])}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waits.cancel()
        if self.error is not None:
            raise self.error
        if not self._up.is_set():
            raise NoAnswer(f"not on the call within {within_s:g} s", where=self.seat.site)

    async def stop(self) -> None:
        """Leaves; all that it opened is closed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close()

    async def _live(self) -> None:
        """Joins, and again after each loss; ends where the server refuses it."""
        begun = time.time()
        while True:
            try:
                await self._join()
                self.joined_s = self.joined_s or time.time() - begun
                self._up_s = time.time()
                self._up.set()
                await self._stay()
            except Refused as err:
                if self.joined_s is None or not isinstance(err, NoSuchRoom | RoomFull):
                    self.error = err
                    return await self._close()
            except (SetSailError, OSError, TimeoutError, ConnectionError, ValueError):
                self._lost.set()  # the server is away: tried again
            self._up.clear()
            await self._close()
            self.rejoined += self.joined_s is not None
            await asyncio.sleep(AGAIN_S)

    async def _stay(self) -> None:
        """Returns when the line, the media or the server is lost."""
        while not self._lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._lost.wait()
            try:
                await self._reconcile()
            except ServerLost:
                return
            except SetSailError:
                continue  # one of those wanted went away meanwhile: tried again

    async def _join(self) -> None:
        self._lost.clear()
        self._present, self._shown, self.sinks, self.mix = {}, {}, [], None
        self._client = await Client.connect(
            self.place, on_lost=lambda _: self._lost.set(), within_s=0.5, opener=self._opener
        )
        room = await VideoRoom.attach(self._client, label=label(self.seat.site, "simulated"), on_event=self._hear)
        joined = await room.join_publisher(self.seat.room, pin=self.seat.pin, display=self.seat.site)
        self._note(joined.senders)
        jobs = [self._publish(room)]
        if self.seat.mix:
            jobs.append(self._speak(self._client))
        async with asyncio.timeout(peers.CONNECT_S):
            await asyncio.gather(*jobs)

    async def _close(self) -> None:
        self._lag_s = max([self._lag_s, *(track.lag_s for track in self._tracks)])
        peers, self._peers, self._tracks, self._videos, self._inward = self._peers, [], [], {}, None
        client, self._client = self._client, None
        self.sinks, self.mix, self._shown = [], None, {}
        if client is not None:
            with contextlib.suppress(SetSailError, OSError):
                await client.close()
        await asyncio.gather(*(peer.close() for peer in peers), return_exceptions=True)

    # Sending

    async def _publish(self, room: VideoRoom) -> None:
        track = ClipTrack(self._clip)
        peer = self._peer()
        sender = peer.addTransceiver(track, direction="sendonly")
        peers.prefer(sender, "video", _CODEC[self.seat.codec])
        answer = await room.publish(await peers.offer(peer), bitrate_bps=None)
        await peers.settle(peer, answer)
        self._tracks.append(track)
        await peers.connected(peer)

    async def _speak(self, client: Client) -> None:
        bridge = await AudioBridge.attach(client, label=label(self.seat.site, "simulated"), on_event=self._hear_end)
        await bridge.join(self.seat.mix, pin=self.seat.pin, display=self.seat.site)
        loop = media.tone_loop(self.seat.number) if tones.TONE_NUMBER.holds(self.seat.number) else media.silence()
        track = ToneTrack(self.seat.number, loop)
        peer = self._peer()
        both = peer.addTransceiver(track, direction="sendrecv")
        peers.prefer(both, "audio", "audio/opus")
        self.mix = MixSink(both.receiver)
        answer = await bridge.configure(await peers.offer(peer))
        if answer is None:
            raise NoAnswer("no description of the mix", where=self.seat.site)
        await peers.settle(peer, answer)
        self._tracks.append(track)
        await peers.connected(peer)

    @property
    def lag_s(self) -> float:
        """The longest time by which its own sending was late since it was last asked."""
        worst = max([self._lag_s, *(track.lag_s for track in self._tracks)])
        self._lag_s = 0.0
        for track in self._tracks:
            track.lag_s = 0.0
        return worst

    # Receiving

    def watch(self, targets: tuple[str, ...], numbers: dict[str, int]) -> None:
        """From now on it wants the pictures of these sites, in that order; got as they are there."""
        self._targets, self._numbers = targets, numbers
        for sink, name in zip(self.sinks, self._shown.values(), strict=False):
            sink.show(numbers[name])

    @property
    def receiving(self) -> int:
        """How many pictures of those wanted have come within the last second."""
        now = time.time()
        return sum(sink.last_s > now - 1.0 for sink in self.sinks)

    @property
    def hearing(self) -> bool:
        """Whether the mix has come within the last second."""
        return self.mix is not None and self.mix.last_s > time.time() - 1.0

    async def show(self, targets: tuple[str, ...]) -> None:
        """Other sites in the places it has, without a new description. Raises NoSuchSender, ServerLost."""
        async with self._order:
            self._targets = targets
            await self._switch()

    async def _reconcile(self) -> None:
        """Sets up, changes or renews what it gets, by who is wanted and who is there."""
        async with self._order:
            wanted = [name for name in self._targets if name in self._present]
            whole = len(wanted) == len(self._targets)
            if not wanted or (not whole and (self.sinks or time.time() - self._up_s < PATIENCE_S)):
                return
            if self.sinks and {str(self._present[name].feed): name for name in wanted} == self._shown:
                return
            if len(self.sinks) == len(wanted) and not set(wanted) & set(self._shown.values()):
                await self._switch()
            else:
                await self._subscribe(wanted)

    async def _subscribe(self, wanted: list[str]) -> None:
        client = self._client
        if client is None:
            return
        if (old := self._videos.pop("in", None)) is not None:
            with contextlib.suppress(SetSailError):
                await old.handle.detach()
        if self._inward is not None:
            self._peers.remove(self._inward)
            await self._inward.close()
        self.sinks, self._shown, self._inward = [], {}, None
        room = await VideoRoom.attach(client, label=f"{self.seat.site}-in", on_event=self._hear_end)
        order = [Wanted(self._present[name].feed, _video(self._present[name])) for name in wanted]
        reply = await room.join_subscriber(self.seat.room, order, pin=self.seat.pin)
        if reply.jsep is None:
            raise NoAnswer("no description of the pictures", where=self.seat.site)
        sinks: dict[Any, PictureSink] = {}
        peer = self._inward = self._peer()
        told = {str(s["mid"]): str(s.get("feed_id", "")) for s in reply.data["streams"]}

        @peer.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            for one in peer.getTransceivers():
                if one.receiver.track is track:
                    sinks[one] = PictureSink(one.receiver, self.seat.codec, self.seat.fps, self._pool)

        await peer.setRemoteDescription(RTCSessionDescription(peers.plain(reply.jsep["sdp"]), reply.jsep["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        await room.start({"type": peer.localDescription.type, "sdp": peer.localDescription.sdp})
        await peers.connected(peer)
        self._videos["in"] = room
        by_feed = {str(self._present[name].feed): name for name in wanted}
        placed = sorted(((one.mid, sink) for one, sink in sinks.items()), key=lambda pair: int(pair[0]))
        self.sinks = [sink for _, sink in placed]
        self._mids = [mid for mid, _ in placed]
        for mid, sink in placed:
            name = by_feed[told[mid]]
            self._shown[told[mid]] = name
            sink.show(self._numbers[name])

    async def _switch(self) -> None:
        """Fills the places in their order with the targets."""
        room = self._videos.get("in")
        wanted = [self._present[name] for name in self._targets if name in self._present]
        if room is None or len(wanted) < len(self.sinks):
            return
        places = {mid: Wanted(one.feed, _video(one)) for mid, one in zip(self._mids, wanted, strict=False)}
        before = [sink.number for sink in self.sinks]
        for sink, one in zip(self.sinks, wanted, strict=False):
            sink.show(self._numbers[one.display])  # said first: the new picture may come before the answer
        try:
            await room.switch(places)
        except SetSailError:
            for sink, number in zip(self.sinks, before, strict=True):
                sink.show(number)
            raise
        self._shown = {str(one.feed): one.display for one in wanted[: len(self.sinks)]}

    # Events

    def _note(self, there: tuple[Sender, ...]) -> None:
        for sender in there:
            if _video(sender):
                self._present[sender.display] = sender

    def _hear(self, event: Event) -> None:
        """Who comes and who goes, and the end of one's own media."""
        if event.kind == "event":
            self._note(senders(event.data))
            gone = {str(event.data.get(key)) for key in ("unpublished", "leaving") if key in event.data}
            for name in [n for n, s in self._present.items() if str(s.feed) in gone]:
                del self._present[name]
        self._hear_end(event)

    def _hear_end(self, event: Event) -> None:
        if event.kind in {"hangup", "detached"} and self._client is not None:
            self._lost.set()

    def _peer(self) -> RTCPeerConnection:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)

        @peer.on("connectionstatechange")
        def changed() -> None:
            if peer.connectionState == "failed":
                self._lost.set()

        return peer


def _video(sender: Sender) -> str:
    """The name of a sender's first picture, "" where it sends none."""
    return next((stream.mid for stream in sender.streams if stream.kind == "video"), "")
