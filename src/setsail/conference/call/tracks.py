"""Tracks that hand out what was encoded before, at the time it is due."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import Packet

from setsail.conference.call import media

_OPUS_STEP = round(media.OPUS_RATE_HZ * media.OPUS_FRAME_S)
CATCH_UP_S = 0.5
"""Later than this the pictures between are left out, as a camera would; their numbers are missing at the peers."""


class Paced(MediaStreamTrack):
    """A track whose packet `number` is due at a fixed time. lag_s : the longest lateness, by which the sender sins."""

    def __init__(self, base: Fraction) -> None:
        super().__init__()
        self.lag_s, self._base = 0.0, base
        self._first: int | None = None
        self._next = 0

    def _number_at(self, now_s: float) -> int:
        raise NotImplementedError

    def _due_s(self, number: int) -> float:
        raise NotImplementedError

    def _encoded(self, number: int) -> bytes:
        raise NotImplementedError

    async def recv(self) -> Packet[Any]:
        """The next packet, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        now = time.time()
        if self._first is None:
            self._first = self._next = self._number_at(now)
        late = now - self._due_s(self._next)
        if late > CATCH_UP_S:
            self._next = self._number_at(now)
        await asyncio.sleep(max(0.0, self._due_s(self._next) - time.time()))
        self.lag_s = max(self.lag_s, time.time() - self._due_s(self._next), late)
        packet = Packet(self._encoded(self._next))
        packet.pts, packet.time_base = self._pts(self._next - self._first), self._base
        self._next += 1
        return packet

    def _pts(self, step: int) -> int:
        return step


class ClipTrack(Paced):
    """The moving pictures of a site."""

    kind = "video"

    def __init__(self, clip: media.Clip) -> None:
        super().__init__(Fraction(1, clip.fps))
        self._clip = clip

    def _number_at(self, now_s: float) -> int:
        return media.next_number(self._clip.site, now_s, self._clip.fps)

    def _due_s(self, number: int) -> float:
        return media.due_s(self._clip.site, number, self._clip.fps)

    def _encoded(self, number: int) -> bytes:
        return self._clip.at(number)


class ToneTrack(Paced):
    """The tone of a site, or its silence."""

    kind = "audio"

    def __init__(self, site: int, loop: tuple[bytes, ...]) -> None:
        super().__init__(Fraction(1, media.OPUS_RATE_HZ))
        self._offset_s = media.phase(site) * media.OPUS_FRAME_S
        self._sound = loop

    def _number_at(self, now_s: float) -> int:
        return int((now_s - self._offset_s) / media.OPUS_FRAME_S) + 1

    def _due_s(self, number: int) -> float:
        return number * media.OPUS_FRAME_S + self._offset_s

    def _encoded(self, number: int) -> bytes:
        return self._sound[number % len(self._sound)]

    def _pts(self, step: int) -> int:
        return step * _OPUS_STEP
