"""Where received packets of a call end: counted one by one, key pictures decoded for their strip, sound kept.

A sink takes the place of the library's own way from packet to decoded picture: that decodes every picture in a thread
of its own, too much for one machine that plays dozens of sites. Receiver reports and repair requests are still the
library's.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import Executor
from typing import Any

from aiortc.codecs import h264, vpx
from aiortc.rtcrtpreceiver import StreamStatistics

from setsail.conference.call import media, tones
from setsail.conference.call.counting import Freezes, Sequence, Tally

VIDEO_CLOCK_HZ = 90000
PARTS_KEPT = 64
"""Pictures of which packets are kept at most until they are whole."""
ASK_AGAIN_S = 0.1
KEY_PATIENCE_S = 1.5
"""Without a key picture for so long one is asked for: terminals that are not ours send none by themselves."""
LISTENED_PACKETS = 62
"""One second and what the decoder needs to settle, 20 ms a packet."""


class Parts:
    """The packets of one picture as they come."""

    __slots__ = ("bodies", "end", "key", "start")

    def __init__(self) -> None:
        self.bodies: dict[int, bytes] = {}
        self.start: int | None = None
        self.end: int | None = None
        self.key = False

    def whole(self) -> bool:
        """Every packet from the first to the last is here."""
        return self.start is not None and self.end is not None and len(self.bodies) == self.end - self.start + 1

    def data(self) -> bytes:
        """The encoded picture."""
        return b"".join(self.bodies[number] for number in sorted(self.bodies))


class Sink:
    """What both kinds have in common: sequence, tallies, and the library's reports and repairs.

    receiver : of the library; its packets come here from now on.
    """

    clock_hz = VIDEO_CLOCK_HZ

    def __init__(self, receiver: Any) -> None:  # noqa: ANN401 - the library carries no types
        self.sequence = Sequence()
        self.last_s = 0.0
        self._receiver, self._asked_s = receiver, 0.0
        self._reports = receiver._RTCRtpReceiver__remote_streams
        receiver._handle_rtp_packet = self.take

    async def take(self, packet: Any, arrival_time_ms: int) -> None:  # noqa: ANN401, ARG002 - the library's call
        """One packet from the network."""
        if not packet.payload:
            return
        self.last_s = now = time.time()
        statistics = self._reports.get(packet.ssrc)
        if statistics is None:
            statistics = self._reports[packet.ssrc] = StreamStatistics(self.clock_hz)
        statistics.add(packet)
        added = self.sequence.add(packet.sequence_number, self.tallies())
        if added is None:
            return
        whole, gap = added
        self.packet(whole, packet, now)
        if self.sequence.missing and (gap or now - self._asked_s > ASK_AGAIN_S):
            self._asked_s = now
            await self.repair(packet.ssrc)
        if self.key_wanted(now):
            await self._receiver._send_rtcp_pli(packet.ssrc)

    def key_wanted(self, now: float) -> bool:  # noqa: ARG002 - sound has none
        """Whether a key picture is to be asked for."""
        return False

    def tallies(self) -> tuple[Tally, ...]:
        """Those that count now."""
        raise NotImplementedError

    def packet(self, whole: int, packet: Any, now: float) -> None:  # noqa: ANN401
        """One new packet."""
        raise NotImplementedError

    async def repair(self, ssrc: int) -> None:
        """Asks for what is missing, where the medium is worth it."""


class PictureSink(Sink):
    """One place for the picture of another site. `show` says whose it is from now on.

    pool : runs the decoder, so that the loop goes on;  fps : of the senders.
    """

    def __init__(self, receiver: Any, codec: media.Codec, fps: int, pool: Executor) -> None:  # noqa: ANN401
        super().__init__(receiver)
        self.codec, self.fps, self._pool = codec, fps, pool
        self.step = VIDEO_CLOCK_HZ // fps
        self.number = 0
        self._shown: set[int] = {0}
        self._key_s = time.time()
        self.all: Tally | None = None
        self.one: Tally | None = None
        self._parts: dict[int, Parts] = {}
        self._freezes = Freezes()
        self._reader = media.PictureReader(codec)
        self._busy: set[asyncio.Future[Any]] = set()

    def show(self, number: int) -> None:
        """The place is to carry the picture of the site with that number.

        It is counted from the first key picture that shows it: what those before had sent is still under way.
        """
        if number != self.number:
            self._shown.add(self.number)
            self.number, self.one = number, None

    def key_wanted(self, now: float) -> bool:
        """Whether none came for too long; true once in that time."""
        if now - self._key_s < KEY_PATIENCE_S:
            return False
        self._key_s = now
        return True

    def measure(self, now: float) -> None:
        """Counts from now on, the whole place and the site shown."""
        self.all = Tally(self.step, now)
        if self.one is not None:
            self.one = Tally(self.step, now)

    def close(self, now: float) -> None:
        """The time of measurement ends: a picture that stands still is told."""
        self._freezes.end(now, self.tallies())

    def tallies(self) -> tuple[Tally, ...]:
        """The tally of the place and that of the site shown."""
        return tuple(tally for tally in (self.all, self.one) if tally is not None)

    async def settled(self) -> None:
        """Returns when every picture that waits for its strip to be read has been read."""
        while self._busy:
            await asyncio.wait(self._busy)

    def packet(self, whole: int, packet: Any, now: float) -> None:  # noqa: ANN401
        """Puts the packet to its picture; a picture that is whole is counted."""
        parts = self._parts.get(packet.timestamp)
        if parts is None:
            parts = self._parts[packet.timestamp] = Parts()
            if len(self._parts) > PARTS_KEPT:
                self._parts.pop(next(iter(self._parts)))
        try:
            begins, key, body = _OPENED[self.codec](packet.payload)
        except ValueError:
            return
        parts.bodies[whole] = body
        parts.key |= key
        if begins and (parts.start is None or whole < parts.start):
            parts.start = whole
        if packet.marker:
            parts.end = whole
        if parts.whole():
            del self._parts[packet.timestamp]
            self._whole(packet.timestamp, parts, now)

    def _whole(self, timestamp: int, parts: Parts, now: float) -> None:
        tallies = self.tallies()
        for tally in tallies:
            tally.frames += 1
            if tally.first_ts is None:
                tally.first_ts = tally.last_ts = timestamp
            elif (timestamp - tally.last_ts) & 0xFFFFFFFF < 1 << 31:
                tally.last_ts = timestamp
        self._freezes.frame(now, tallies)
        if parts.key:
            self._key_s = now
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._reader.marks, parts.data())
            self._busy.add(work)
            number, counts = self.number, (self.one, self.all)
            work.add_done_callback(lambda done: self._read(done, number, counts, now))

    def _read(
        self, done: asyncio.Future[Any], number: int, counts: tuple[Tally | None, Tally | None], now: float
    ) -> None:
        """Judges a strip by the site that was to be shown when its picture came; `counts` are the tallies of then."""
        self._busy.discard(done)
        if done.cancelled() or done.exception() is not None:
            return
        marks = done.result()
        seen = int(marks.site[0]) if marks is not None and bool(marks.read[0]) else 0
        one, whole = counts
        if one is None:
            if (seen != number and seen in self._shown) or number != self.number:
                return
            if seen == number and self.one is None:
                one = self.one = Tally(self.step, now)
        for tally in (one, whole):
            if tally is not None:
                tally.marks += seen == number
                tally.marks_wrong += seen != number
        if one is not None and seen == number and marks is not None:
            one.delayed(media.delay_s(number, int(marks.frame[0]), now, self.fps))

    async def repair(self, ssrc: int) -> None:
        """Asks for what is missing."""
        await self._receiver._send_rtcp_nack(ssrc, self.sequence.wanted())


class MixSink(Sink):
    """The mix of all others: counted, and its last second kept."""

    clock_hz = media.OPUS_RATE_HZ

    def __init__(self, receiver: Any) -> None:  # noqa: ANN401
        super().__init__(receiver)
        self.all: Tally | None = None
        self.kept: deque[bytes] = deque(maxlen=LISTENED_PACKETS)

    def tallies(self) -> tuple[Tally, ...]:
        """That of the mix."""
        return () if self.all is None else (self.all,)

    def measure(self, now: float) -> None:
        """Counts from now on."""
        self.all = Tally(round(media.OPUS_RATE_HZ * media.OPUS_FRAME_S), now)

    def packet(self, whole: int, packet: Any, now: float) -> None:  # noqa: ANN401, ARG002
        """Keeps the sound."""
        self.kept.append(packet.payload)

    def listen(self) -> list[bytes]:
        """The packets of the last second and a bit."""
        return list(self.kept)


def heard(payloads: list[bytes], numbers: list[int]) -> frozenset[int]:
    """Which of the site numbers are heard in those packets."""
    return tones.heard(media.sound(payloads), media.OPUS_RATE_HZ, numbers).names()


def _vp8(payload: bytes) -> tuple[bool, bool, bytes]:
    """Whether a packet begins a picture, whether that is a key picture, and its part of the picture."""
    descriptor, body = vpx.VpxPayloadDescriptor.parse(payload)
    begins = bool(descriptor.partition_start) and descriptor.partition_id == 0
    return begins, begins and bool(body) and not body[0] & 1, body


def _h264(payload: bytes) -> tuple[bool, bool, bytes]:
    """The same for H.264: a picture of ours begins with its parameter sets, or with a slice whose first block is 0."""
    _, body = h264.H264PayloadDescriptor.parse(payload)
    kind = payload[0] & 0x1F
    inner = payload[3] & 0x1F if kind == _STAP_A else payload[1] & 0x1F if kind == _FU_A else kind
    begins = inner == _SPS or (inner == _SLICE and _first_block(payload, kind))
    return begins, inner in {_SPS, _IDR}, body


def _first_block(payload: bytes, kind: int) -> bool:
    """Whether the slice header says macroblock 0: exp-Golomb code of 0 is a single 1 bit."""
    if kind == _FU_A:
        return bool(payload[1] & 0x80) and bool(payload[2] & 0x80)
    at = 4 if kind == _STAP_A else 1
    return bool(payload[at] & 0x80)


_SLICE, _IDR, _SPS, _STAP_A, _FU_A = 1, 5, 7, 24, 28
_OPENED = {"vp8": _vp8, "h264": _h264}
