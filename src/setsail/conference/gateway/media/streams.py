"""All sound and pictures of one call between the terminal and Janus, both ways, with what was counted of them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from setsail.base.record import Record
from setsail.conference.gateway.media import packets
from setsail.conference.gateway.media.pictures import Picture, Pictures
from setsail.conference.gateway.media.ports import Inside, Outside
from setsail.conference.gateway.media.quality import Quality
from setsail.conference.gateway.media.singles import Singles
from setsail.conference.gateway.media.splice import Splice
from setsail.conference.gateway.media.srtp import Guard
from setsail.conference.gateway.terms import Side, Terms, keys_of
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.sip import SipSettings

RATE_HZ = {"pcmu": 8000, "pcma": 8000, "opus": 48000, "h264": 90000, "vp8": 90000}
REPORT_S = 2.5
KEY_LEAST_S = 0.4
"""Between two requests for a whole picture."""
KEY_AGAIN_S = 1.0


@dataclass
class Counted:
    """Packets of one medium: from the terminal, lost on that way, to the terminal."""

    packets_in: int = 0
    lost_in: int = 0
    packets_out: int = 0
    pictures_in: int = 0
    key_requests: int = 0
    strange: int = 0


class Streams:
    """Ports and relays of a call. on_digit : called with each key that is pressed on the terminal."""

    def __init__(self, settings: SipSettings, terms: Terms, on_digit: Callable[[str], None]) -> None:
        self.settings, self.terms = settings, terms
        self.sound, self.picture = Counted(), Counted()
        self.audio = Outside(self._sound_in, self._sound_reports)
        self.video = Outside(self._picture_in, self._picture_reports)
        self._inner_sound, self._inner_picture = Inside(self._sound_out), Inside(self._picture_out)
        self._inner_reports = Inside(self._room_reports)
        self._inner_reports.learns = True
        self._on_digit, self._digit_at = on_digit, -1
        self._put: Callable[[Picture], bool] | None = None
        self._pictures: Pictures | None = None
        self._ours = secrets.randbits(32)
        self._theirs: int | None = None
        self._sound_last: int | None = None
        self._key_at, self._key_wanted = 0.0, False
        self._out_key_at, self._out_key_wanted = 0.0, False
        self._singles: Singles | None = None
        self._splices: dict[str, Splice] = {}
        self._quality = {kind: Quality(RATE_HZ[side.codec]) for kind, side, _ in self._sides()}
        self._task: asyncio.Task[None] | None = None

    # Life

    async def open(self, address: str, ports: dict[str, int] | None = None) -> None:
        """Binds what the call needs on an address of this machine. ports : the ones it had. Raises NoPort."""
        first, last = self.settings.media_ports
        try:
            for kind, side, outside in self._sides():
                some = range(first + first % 2, last, 2)
                start = secrets.randbelow(max(1, len(some)))
                wanted = [ports[kind]] if ports else [*some[start:], *some[:start]]
                await outside.open(address, wanted)
                self._splices[kind] = Splice(side.number, RATE_HZ[side.codec])
            for inside in (self._inner_sound, self._inner_picture, self._inner_reports):
                await inside.open()
        except BaseException:
            await self.close()
            raise
        self._task = asyncio.create_task(self._tick())

    def aim(self, terms: Terms, also: str) -> None:
        """Where the terminal listens, by its description and by where its SIP comes from."""
        before, self.terms = self.terms, terms
        for kind, side, outside in self._sides():
            old = before.audio if kind == "audio" else before.video
            if side.suite and (outside.guard is None or old is None or keys_of(old) != keys_of(side)):
                outside.guard = Guard(*keys_of(side))
            outside.aim(side.address, side.port, side.rtcp_port, mux=side.rtcp_mux, also=also)
        if terms.video is not None and self._pictures is None:
            self._pictures = Pictures(terms.video.codec, terms.video.parameters)
            self._singles = Singles() if terms.video.mode == 0 else None

    async def close(self) -> None:
        """Says goodbye and gives the ports back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for kind, _, outside in self._sides():
            if kind in self._splices:
                with contextlib.suppress(OSError):
                    outside.send_rtcp(packets.goodbye(self._splices[kind].ssrc))
            outside.close()
        for inside in (self._inner_sound, self._inner_picture, self._inner_reports):
            inside.close()
        await asyncio.sleep(0)  # the ports are free after the next turn of the loop

    def _sides(self) -> list[tuple[str, Side, Outside]]:
        both = (("audio", self.terms.audio, self.audio), ("video", self.terms.video, self.video))
        return [(kind, side, outside) for kind, side, outside in both if side is not None]

    # What the room needs to know

    @property
    def ports(self) -> dict[str, int]:
        """Of ours, towards the terminal."""
        return {kind: outside.port for kind, _, outside in self._sides()}

    @property
    def audio_port(self) -> int:
        """Where the mix is to be sent."""
        return self._inner_sound.port

    @property
    def video_port(self) -> int:
        """Where a picture is to be sent."""
        return self._inner_picture.port

    @property
    def video_rtcp_port(self) -> int:
        """Where reports on it are taken."""
        return self._inner_reports.port

    @property
    def silent_s(self) -> float:
        """Since when nothing at all came from the terminal [s]."""
        return asyncio.get_running_loop().time() - max(outside.heard_at for _, _, outside in self._sides())

    def sound_to(self, port: int) -> None:
        """The mix takes the terminal's sound at this port of loopback."""
        self._inner_sound.target = (LOOPBACK, port)

    def pictures_to(self, put: Callable[[Picture], bool] | None) -> None:
        """Who takes the terminal's pictures from now on; a new one needs a whole picture first."""
        self._put = put
        if put is not None:
            if self._pictures is not None:
                self._pictures.broken = True
            self.want_key()

    def picture_begins(self) -> None:
        """Another picture will be sent to the terminal: it needs a whole one first."""
        self._inner_reports.target = None
        self._out_key_wanted = True

    def want_key(self) -> None:
        """The terminal is asked for a whole picture, not too often."""
        self._key_wanted = True
        self._ask_key()

    def row(self) -> Record:
        """What was counted, for the status."""
        told: Record = {}
        for kind, counted in (("audio", self.sound), ("video", self.picture)):
            there = (self.terms.audio if kind == "audio" else self.terms.video) is not None
            told |= {f"{kind}_in": counted.packets_in if there else None,
                     f"{kind}_lost_in": counted.lost_in if there else None,
                     f"{kind}_out": counted.packets_out if there else None}  # fmt: skip
            told |= self._quality[kind].row(kind) if there else {}
        lost = self._pictures.row.lost if self._pictures is not None else 0
        return told | {"video_lost_in": lost if self.terms.video is not None else None,
                       "pictures_in": self.picture.pictures_in, "key_requests": self.picture.key_requests,
                       "strange": self.sound.strange + self.picture.strange + self.audio.strangers
                       + self.video.strangers}  # fmt: skip

    # From the terminal

    def _sound_in(self, data: bytes) -> None:
        side, packet = self.terms.audio, packets.read(data)
        if side is None or packet is None:
            self.sound.strange += 1
        elif packet.number == side.number:
            self._count(packet.sequence)
            self._quality["audio"].came(packet, asyncio.get_running_loop().time())
            if side.sends:
                self._inner_sound.send(data)
        elif packet.number == side.event:
            self._key_pressed(packet)
        elif packet.number not in (13, 19):  # comfort noise: silence is silence
            self.sound.strange += 1

    def _count(self, sequence: int) -> None:
        if self._sound_last is not None:
            missed = (sequence - self._sound_last - 1) & 0xFFFF
            self.sound.lost_in += missed if missed < 1000 else 0
        if self._sound_last is None or (sequence - self._sound_last) & 0xFFFF < 0x8000:
            self._sound_last = sequence
        self.sound.packets_in += 1

    def _key_pressed(self, packet: packets.Rtp) -> None:
        """The end of a key is sent three times with one time stamp. Source: RFC 4733 cl. 2.5.1.4."""
        key = packets.digit(packet)
        if key and packet.timestamp != self._digit_at:
            self._digit_at = packet.timestamp
            self._on_digit(key)

    def _picture_in(self, data: bytes) -> None:
        side, packet = self.terms.video, packets.read(data)
        if side is None or self._pictures is None or packet is None or packet.number != side.number:
            self.picture.strange += 1
            return
        self.picture.packets_in += 1
        self._quality["video"].came(packet, asyncio.get_running_loop().time())
        self._theirs = packet.ssrc
        if not side.sends:
            return
        for picture in self._pictures.put(packet):
            self.picture.pictures_in += 1
            if picture.key:
                self._key_wanted = False
            if self._put is not None and not self._put(picture):
                self._pictures.broken = True
        if self._pictures.broken or self._key_wanted:
            self._key_wanted = True
            self._ask_key()

    def _ask_key(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._theirs is None or now - self._key_at < KEY_LEAST_S:
            return
        self._key_at = now
        self.picture.key_requests += 1
        self.video.send_rtcp(packets.ask_key_picture(self._ours, self._theirs, self.picture.key_requests))

    def _sound_reports(self, data: bytes) -> None:
        """Reports on the mix: Janus takes none by plain RTP; they are kept for the status."""
        self._reported("audio", data)

    def _reported(self, kind: str, data: bytes) -> None:
        for block in packets.blocks(data):
            if kind in self._splices and block.ssrc == self._splices[kind].ssrc:
                self._quality[kind].reported(block, time.time())

    def _picture_reports(self, data: bytes) -> None:
        self._reported("video", data)
        if packets.wants_key_picture(data):
            self._out_key_wanted = True
            self._ask_out_key()

    # To the terminal

    def _sound_out(self, data: bytes) -> None:
        side, packet = self.terms.audio, packets.read(data)
        if side is None or packet is None or not side.receives:
            return
        self.sound.packets_out += 1
        self.audio.send_rtp(packets.written(self._splices["audio"].put(packet, asyncio.get_running_loop().time())))

    def _picture_out(self, data: bytes) -> None:
        side, packet = self.terms.video, packets.read(data)
        if side is None or packet is None or not side.receives or packets.is_rtcp(data):
            return
        now, splice = asyncio.get_running_loop().time(), self._splices["video"]
        for one in [packet] if self._singles is None else self._singles.put(packet):
            self.picture.packets_out += 1
            self.video.send_rtp(packets.written(splice.put(one, now)))
        if self._singles is not None and self._singles.broken:
            self._out_key_wanted = True

    def _room_reports(self, _: bytes) -> None:
        """The first that comes shows where Janus takes ours."""
        if self._out_key_wanted:
            self._ask_out_key()

    def _ask_out_key(self) -> None:
        """Whoever is shown is asked for a whole picture, through Janus."""
        now = asyncio.get_running_loop().time()
        if self._inner_reports.target is None or now - self._out_key_at < KEY_LEAST_S:
            return
        self._out_key_at, self._out_key_wanted = now, False
        self._inner_reports.send(packets.ask_key_picture(self._ours, self._ours, 1))

    async def _tick(self) -> None:
        """Reports to the terminal, and requests again that were not answered."""
        loop, reported = asyncio.get_running_loop(), 0.0
        while True:
            await asyncio.sleep(0.25)
            now = loop.time()
            if self._key_wanted and now - self._key_at > KEY_AGAIN_S:
                self._ask_key()
            if self._out_key_wanted:
                self._ask_out_key()
            if now - reported < REPORT_S:
                continue
            reported = now
            for kind, _, outside in self._sides():
                told = self._splices[kind].report(now, time.time())
                if told is not None:
                    outside.send_rtcp(told)
