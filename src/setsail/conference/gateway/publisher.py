"""A terminal's pictures sent into the room as those of any other sender: coded pictures pass through, none is decoded.

The peer connection is aiortc's; only the packets are cut anew, so loss towards Janus is repaired by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import Packet

from setsail.conference.gateway.media.pictures import Picture
from setsail.conference.server.videoroom import VideoRoom

CLOCK = Fraction(1, 90_000)
MOST_WAITING = 60
"""Pictures kept for a way that is not open yet; the oldest are dropped, the next whole one begins anew."""
MIME = {"h264": "video/H264", "vp8": "video/VP8"}


class PictureTrack(MediaStreamTrack):
    """Pictures as they come from the terminal."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._queue: asyncio.Queue[Picture | None] = asyncio.Queue(MOST_WAITING)
        self._first: int | None = None

    def put(self, picture: Picture) -> bool:
        """Hands on a picture; False where those before it were dropped, so that a new beginning is needed."""
        whole = True
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            whole = picture.key
        if whole:
            self._queue.put_nowait(picture)
        return whole

    async def recv(self) -> Packet[Any]:
        """The next picture."""
        picture = await self._queue.get() if self.readyState == "live" else None
        if picture is None:
            raise MediaStreamError
        if self._first is None:
            self._first = picture.timestamp
        packet = Packet(picture.data)
        packet.pts, packet.time_base = (picture.timestamp - self._first) & 0xFFFFFFFF, CLOCK
        return packet

    def stop(self) -> None:
        """Ends the track."""
        super().stop()
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)


class Publisher:
    """One sender in the room. on_key : called when somebody in the room needs a whole picture."""

    def __init__(self, codec: str, on_key: Callable[[], None]) -> None:
        self.codec, self.track = codec, PictureTrack()
        self._on_key = on_key
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    @property
    def state(self) -> str:
        """Of the way to the room: new, connecting, connected, failed, closed."""
        return str(self.peer.connectionState)

    async def publish(self, room: VideoRoom, bitrate_bps: int) -> None:
        """Begins to send into the room. Raises RoomFull, ServerLost, NoAnswer."""
        transceiver = self.peer.addTransceiver(self.track, direction="sendonly")
        known = RTCRtpReceiver.getCapabilities("video")
        wanted = MIME[self.codec].lower()
        transceiver.setCodecPreferences([c for c in (known.codecs if known else []) if c.mimeType.lower() == wanted])
        # aiortc tells nobody else that a receiver asks for a whole picture; a test holds this
        setattr(transceiver.sender, "_send_keyframe", self._on_key)  # noqa: B010
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = {"type": self.peer.localDescription.type, "sdp": self.peer.localDescription.sdp}
        answer = await room.publish(offer, bitrate_bps=bitrate_bps)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))

    async def close(self) -> None:
        """Sends nothing any more."""
        self.track.stop()
        await self.peer.close()
