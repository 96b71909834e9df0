"""A site on the call: sends its marked picture and its tone, gets those of others, comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import Executor

from aiortc import RTCConfiguration, RTCPeerConnection

from setsail.base.errors import SetSailError
from setsail.conference.call import media, peers, tones
from setsail.conference.call.incoming import Incoming, Seat, video_of
from setsail.conference.call.sinks import MixSink, PictureSink
from setsail.conference.call.tracks import ClipTrack, ToneTrack
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client, Opener
from setsail.conference.server.errors import NoAnswer, NoSuchRoom, Refused, RoomFull, ServerLost
from setsail.conference.server.handle import Event
from setsail.conference.server.labels import label
from setsail.conference.server.place import Place
from setsail.conference.server.videoroom import Sender, VideoRoom, senders
from setsail.conference.server.wire import opened

AGAIN_S = 0.2
_CODEC = {"vp8": "video/VP8", "h264": "video/H264"}


class Participant:
    """One site. `start` joins and keeps joined; `watch` says whose pictures it gets; `stop` leaves.

    opener : makes its line to the server.
    """

    def __init__(self, place: Place, seat: Seat, clip: media.Clip, pool: Executor, opener: Opener = opened) -> None:
        self.place, self.seat, self._opener = place, seat, opener
        self.mix: MixSink | None = None
        self.rejoined = 0
        self.joined_s: float | None = None
        self.error: SetSailError | None = None
        self._clip, self._pool = clip, pool
        self._client: Client | None = None
        self._present: dict[str, Sender] = {}
        self._peers: list[RTCPeerConnection] = []
        self._tracks: list[ClipTrack | ToneTrack] = []
        self._lost, self._up = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._lag_s, self._up_s = 0.0, 0.0
        self._incoming = Incoming(seat, pool, self._present, self._peer, self._hear_end)

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
                await self._incoming.reconcile(self._client, time.time() - self._up_s)
            except ServerLost:
                return
            except SetSailError:
                continue  # one of those wanted went away meanwhile: tried again

    async def _join(self) -> None:
        self._lost.clear()
        self._present.clear()
        self._incoming.forget()
        self.mix = None
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
        peers, self._peers, self._tracks = self._peers, [], []
        client, self._client = self._client, None
        self._incoming.forget()
        self.mix = None
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

    @property
    def sinks(self) -> list[PictureSink]:
        """Places for pictures, in their order."""
        return self._incoming.sinks

    def watch(self, targets: tuple[str, ...], numbers: dict[str, int]) -> None:
        """From now on it wants the pictures of these sites, in that order; got as they are there."""
        self._incoming.watch(targets, numbers)

    @property
    def receiving(self) -> int:
        """How many pictures of those wanted have come within the last second."""
        return self._incoming.receiving

    @property
    def hearing(self) -> bool:
        """Whether the mix has come within the last second."""
        return self.mix is not None and self.mix.last_s > time.time() - 1.0

    async def show(self, targets: tuple[str, ...]) -> None:
        """Other sites in the places it has, without a new description. Raises NoSuchSender, ServerLost."""
        await self._incoming.show(targets)

    # Events

    def _note(self, there: tuple[Sender, ...]) -> None:
        for sender in there:
            if video_of(sender):
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
