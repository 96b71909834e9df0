"""Somebody on the call from a page: sends a marked picture and a tone, decodes what is sent to him."""

from __future__ import annotations

import asyncio
from typing import Any

import aiortc
import numpy as np
from aiortc.mediastreams import MediaStreamError

from setsail.conference.call import marks, media, tones
from setsail.conference.call.tracks import ClipTrack, ToneTrack
from setsail.conference.seat.seat import Seat
from setsail.conference.server.order import Order

MIX_HZ = 48000


class Peer:
    """Make it with `joined`. seen : site on the strip -> pictures decoded;  `heard` : tones in the last second."""

    def __init__(self, seat: Seat, number: int) -> None:
        self.seat, self.number = seat, number
        self.seen: dict[int, int] = {}
        self.unread = 0
        self._samples: list[Any] = []
        self._peers: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def joined(cls, order: Order, name: str, number: int, codec: media.Codec = "h264") -> Peer:
        """In the room, sending; `codec` : of its picture."""
        peer = cls(await Seat.taken(order, pin=order.rooms.pin, name=name), number)
        await peer._send("video", ClipTrack(media.clip(number, codec=codec)), {"h264": "H264", "vp8": "VP8"}[codec])
        await peer._send("audio", ToneTrack(number, media.tone_loop(number)), "opus")
        peer._tasks.append(asyncio.create_task(peer._listen()))
        await peer.seat.watch()
        return peer

    async def _send(self, kind: str, track: Any, name: str) -> None:
        one = aiortc.RTCPeerConnection()
        self._peers.append(one)
        both = one.addTransceiver(track, direction="sendonly" if kind == "video" else "sendrecv")
        known = aiortc.RTCRtpReceiver.getCapabilities(kind)
        assert known is not None
        both.setCodecPreferences([c for c in known.codecs if c.mimeType.endswith(name)])
        if kind == "audio":
            one.on("track", lambda heard: self._tasks.append(asyncio.ensure_future(self._hear(heard))))
        await one.setLocalDescription(await one.createOffer())
        ask = self.seat.send_video if kind == "video" else self.seat.send_sound
        answer = await ask(one.localDescription.sdp)
        await one.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))

    async def _hear(self, track: Any) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self._samples.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0] / 32768)
            del self._samples[:-100]

    def heard(self, sites: list[int]) -> frozenset[int]:
        """Whose tones are in the last second of the mix."""
        return tones.heard(np.concatenate(self._samples or [np.zeros(1)]), MIX_HZ, sites).names()

    async def _see(self, track: Any) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            read = marks.read(frame.to_ndarray(format="gray")[None])
            if read.read[0]:
                site = int(read.site[0])
                self.seen[site] = self.seen.get(site, 0) + 1
            else:
                self.unread += 1

    async def _listen(self) -> None:
        """Answers what it is offered, in a peer connection of its own."""
        one = aiortc.RTCPeerConnection()
        self._peers.append(one)
        one.on("track", lambda track: self._tasks.append(asyncio.ensure_future(self._see(track))))
        while True:
            news = await self.seat.news.get()
            if news["is"] == "offer":
                await one.setRemoteDescription(aiortc.RTCSessionDescription(news["sdp"], "offer"))
                await one.setLocalDescription(await one.createAnswer())
                await self.seat.see(one.localDescription.sdp)

    async def leave(self) -> None:
        """Gives everything back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._peers:
            await one.close()
        await self.seat.close()


async def until(true: Any, within_s: float = 60.0, what: Any = None) -> None:
    """Returns as soon as it is so; fails with what it is where that takes too long."""
    try:
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not so within {within_s:g} s: {what() if what else ''}") from None
