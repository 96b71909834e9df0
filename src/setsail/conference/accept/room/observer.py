"""An observer in the room: sees one sender's picture decoded, hears the mix, says nothing itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from setsail.base.errors import SetSailError
from setsail.base.record import Record
from setsail.conference.call import marks, media, peers, sinks, tones
from setsail.conference.call.counting import Freezes, Tally
from setsail.conference.call.sinks import MixSink
from setsail.conference.call.tracks import ToneTrack
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.handle import Event
from setsail.conference.server.order import Order
from setsail.conference.server.videoroom import VideoRoom, Wanted

KEPT_EVERY_S = 0.5
GRID = 16
"""Every so many samples of a picture, each way, are compared with those of the one before."""
MOVED_LUMA = 1.0
"""Mean difference of luma above which two pictures half a second apart are not the same."""
FLAT_LUMA = 4.0
"""Spread of luma below which a picture is one grey, such as a covered camera."""
SOUND_DB, LISTEN_S = -50.0, 1.0
"""Level [dB of full scale] of a second that is not silence."""
FIRST_S = 10.0


@dataclass(slots=True)
class Seen:
    """What was seen and heard. widths : sizes of pictures met;  compared, moved : pictures half a second apart, and how
    many of those differ;  flat : of them of one grey;  strips : numbers read on a strip, with how often;

    packets, lost, jitter_ms : of the picture's packets to the observer;  seconds_heard : with sound in the mix, of
    `seconds_listened`;  tone : seconds in which the site's tone was heard;  talked_s : seconds in which the server
    said that the site talks;  others : who else was in the mix unmuted.
    """

    seconds: float = 0.0
    frames: int = 0
    freezes: int = 0
    longest_gap_s: float = 0.0
    sizes: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    moved: int = 0
    flat: int = 0
    strips: dict[str, int] = field(default_factory=dict)
    packets: int = 0
    lost: int = 0
    jitter_ms: float | None = None
    seconds_listened: int = 0
    seconds_heard: int = 0
    tone: int = 0
    talked_s: float = 0.0
    others: list[str] = field(default_factory=list)
    lag_s: float = 0.0


class Observer:
    """Watches one sender. number : that its tone and strip have if it is a test participant."""

    def __init__(self, order: Order, site: str, number: int) -> None:
        self.order, self.site, self.number, self.seen = order, site, number, Seen()
        self._voice, self._talks_since = 0, 0.0
        self._peers: list[RTCPeerConnection] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._tally = Tally(1, 0.0)
        self._freezes = Freezes()
        self._first = asyncio.Event()
        self._kept: tuple[float, Any] = (0.0, None)
        self._mix: MixSink | None = None

    async def watch(self, feed: int, mid: str, voice: int, seconds: float) -> Seen:
        """What was seen and heard for so long. Raises ServerLost, NoAnswer, NoSuchSender."""
        self._voice = voice
        async with await Client.connect(self.order.place) as client:
            try:
                await self._listen(client)
                if feed:
                    await self._look(client, feed, mid)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(FIRST_S):
                            await self._first.wait()
                await self._measured(client, seconds)
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await asyncio.gather(*(p.close() for p in self._peers), return_exceptions=True)
        return self.seen

    async def _measured(self, client: Client, seconds: float) -> None:
        self.seen, self._tally, self._freezes = Seen(), Tally(1, time.time()), Freezes()
        bridge = await AudioBridge.attach(client)
        begun = time.time()
        before = await self._packets()
        while (left := begun + seconds - time.time()) > 0:
            await asyncio.sleep(min(LISTEN_S, left))
            if left >= LISTEN_S:
                await self._hear(bridge)
        now = time.time()
        self._freezes.end(now, (self._tally,))
        after = await self._packets()
        seen = self.seen
        seen.seconds, seen.freezes, seen.longest_gap_s = now - begun, self._tally.freezes, self._tally.longest_gap_s
        seen.packets, seen.lost = after[0] - before[0], max(0, after[1] - before[1])
        seen.jitter_ms = after[2]
        if self._talks_since:
            seen.talked_s += now - max(begun, self._talks_since)

    # Pictures

    async def _look(self, client: Client, feed: int, mid: str) -> None:
        rooms = self.order.rooms
        room = await VideoRoom.attach(client, label=f"observer of {self.site}")
        reply = await room.join_subscriber(rooms.room, [Wanted(feed, mid)], pin=rooms.pin)
        if reply.jsep is None:
            raise NoAnswer("no description of the picture", where=self.site)
        peer = self._peer()

        @peer.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            self._tasks.append(asyncio.create_task(self._decode(track)))

        await peer.setRemoteDescription(RTCSessionDescription(peers.plain(reply.jsep["sdp"]), reply.jsep["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        await room.start({"type": peer.localDescription.type, "sdp": peer.localDescription.sdp})
        await peers.connected(peer)

    async def _decode(self, track: MediaStreamTrack) -> None:
        """Every picture is decoded by the library; its strip and its changes are looked at twice a second."""
        with contextlib.suppress(MediaStreamError):
            while True:
                picture: Any = await track.recv()
                now = time.time()
                self._first.set()
                self.seen.frames += 1
                self._freezes.frame(now, (self._tally,))
                if now - self._kept[0] >= KEPT_EVERY_S:
                    plane = picture.planes[0]
                    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
                    self._compare(now, luma.copy())

    def _compare(self, now: float, luma: marks.U8) -> None:
        seen = self.seen
        size = f"{luma.shape[1]}x{luma.shape[0]}"
        seen.sizes[size] = seen.sizes.get(size, 0) + 1
        read = marks.read(luma[None])
        if bool(read.read[0]):
            name = str(int(read.site[0]))
            seen.strips[name] = seen.strips.get(name, 0) + 1
        thin = luma[::GRID, ::GRID].astype(np.float64)
        seen.flat += bool(thin.std() < FLAT_LUMA)
        before = self._kept[1]
        if before is not None and before.shape == thin.shape:
            seen.compared += 1
            seen.moved += bool(np.abs(thin - before).mean() > MOVED_LUMA)
        self._kept = (now, thin)

    async def _packets(self) -> tuple[int, int, float | None]:
        """Packets of pictures that came, that were lost, and their jitter [ms]."""
        came, lost, jitter = 0, 0, None
        for peer in self._peers:
            for one in (await peer.getStats()).values():
                if getattr(one, "type", "") == "inbound-rtp" and one.kind == "video":
                    came, lost, jitter = one.packetsReceived, one.packetsLost, one.jitter / 90.0
        return came, lost, jitter

    # Sound

    async def _listen(self, client: Client) -> None:
        rooms = self.order.rooms
        bridge = await AudioBridge.attach(client, label=f"observer of {self.site}", on_event=self._told)
        await bridge.join(rooms.room, pin=rooms.pin, display=f"observer of {self.site}", muted=True)
        peer = self._peer()
        both = peer.addTransceiver(ToneTrack(self.number, media.silence()), direction="sendrecv")
        peers.prefer(both, "audio", "audio/opus")
        self._mix = MixSink(both.receiver)
        answer = await bridge.configure(await peers.offer(peer))
        if answer is None:
            raise NoAnswer("no description of the mix", where=self.site)
        await peers.settle(peer, answer)
        await peers.connected(peer)

    def _told(self, event: Event) -> None:
        """Notes when the server says that the site talks: terminals tell the level of their sound with it."""
        if event.kind != "event" or event.data.get("id") != self._voice:
            return
        what = event.data.get("audiobridge")
        if what == "talking":
            self._talks_since = time.time()
        elif what == "stopped-talking" and self._talks_since:
            self.seen.talked_s += time.time() - self._talks_since
            self._talks_since = 0.0

    async def _hear(self, bridge: AudioBridge) -> None:
        """One second of the mix, and who is in it."""
        if self._mix is None:
            return
        asked = time.time()
        level, tone = await asyncio.to_thread(_heard, self._mix.listen(), self.number)
        seen = self.seen
        seen.seconds_listened += 1
        seen.seconds_heard += level > SOUND_DB
        seen.tone += tone
        with contextlib.suppress(SetSailError):
            there = await bridge.participants(self.order.rooms.room)
            open_ = {_name(p) for p in there if not p.get("muted") and p.get("id") != self._voice}
            seen.others = sorted({*seen.others, *open_})
        seen.lag_s = max(seen.lag_s, time.time() - asked)

    def _peer(self) -> RTCPeerConnection:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)
        return peer


def _name(told: Record) -> str:
    return str(told.get("display") or told.get("id"))


def _heard(payloads: list[bytes], number: int) -> tuple[float, bool]:
    """Level of the last second [dB of full scale], and whether the tone of that number is in it."""
    samples = media.sound(payloads)[-media.OPUS_RATE_HZ :]
    power = float(np.mean(samples**2)) if samples.size else 0.0
    tone = tones.TONE_NUMBER.holds(number) and number in sinks.heard(payloads, [number])
    return 10 * float(np.log10(max(power, 1e-12))), bool(tone)
