"""Moving pictures and tones of a site, encoded once and sent again and again.

Pictures are numbered by the clock: picture n of a site is due at (n + phase) / fps seconds after 1970-01-01 UTC, so
that a peer whose clock agrees (same machine, or NTP) knows when the picture that it sees was due. The strip carries the
place in the loop of `LOOP_S` seconds: n, and a shift of the site, modulo the loop. Sites differ in phase and shift:
otherwise all would send their large key pictures in the same millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np

from setsail.base.extras import require
from setsail.base.limits import Limit
from setsail.conference.call import marks, tones

Codec = Literal["vp8", "h264"]
CODECS: tuple[Codec, ...] = get_args(Codec)
FPS = Limit("fps", 5, 30, "what a test participant sends")
KBPS = Limit("kbps", 60, 3000, "a 640 x 360 picture whose strip can be read")
LOOP_S = 2
"""A delay of this and one of none look the same."""
EARLY_S = 0.1
"""How far two clocks may differ before a small delay is taken for a large one."""
KEY_EVERY_S = 1
"""Seconds between pictures that stand on their own: who comes in new waits that long at most."""
GOLDEN = 0.6180339887498949
OPUS_RATE_HZ, OPUS_FRAME_S = 48000, 0.02
OPUS_KBPS = 32
_GREY = 128
_ENCODER = {"vp8": "libvpx", "h264": "libx264"}
_DECODER = {"vp8": "vp8", "h264": "h264"}


@dataclass(frozen=True, slots=True)
class Clip:
    """A loop of encoded pictures of one site. packets : one a picture, the first a key picture;  key : which are."""

    site: int
    codec: Codec
    fps: int
    packets: tuple[bytes, ...]
    key: tuple[bool, ...]

    @property
    def phase(self) -> float:
        """Share of a picture's time by which this site is later than the raster."""
        return phase(self.site)

    def at(self, number: int) -> bytes:
        """The encoded picture of that number."""
        return self.packets[(number + shift(self.site, self.fps)) % len(self.packets)]

    def kbps(self) -> float:
        """Mean rate of the loop [kbit/s], without RTP and IP."""
        return sum(map(len, self.packets)) * 8e-3 * self.fps / len(self.packets)


def phase(site: int) -> float:
    """Share of a picture's time by which a site is later than the raster of the clock."""
    return (site * GOLDEN) % 1.0


def shift(site: int, fps: int) -> int:
    """How many pictures the loop of a site is ahead of that of site 0."""
    return (site * 7) % (LOOP_S * fps)


def due_s(site: int, number: int, fps: int) -> float:
    """When picture `number` is due [s since 1970-01-01 UTC]."""
    return (number + phase(site)) / fps


def next_number(site: int, now_s: float, fps: int) -> int:
    """The first picture of a site that is due at `now_s` or later."""
    return math.ceil(now_s * fps - phase(site))


def delay_s(site: int, place: int, seen_s: float, fps: int) -> float:
    """Seconds from the time at which the picture with `place` on its strip was due to `seen_s`.

    From -0.1 (clocks that differ) up to `LOOP_S` - 0.1.
    """
    due = (place - shift(site, fps) + phase(site)) / fps
    return (seen_s - due + EARLY_S) % LOOP_S - EARLY_S


def by_one_clock(delay: float, ahead_s: float) -> float:
    """A delay as it is by one clock. ahead_s : the sender's clock less the receiver's [s]."""
    return (delay + ahead_s + EARLY_S) % LOOP_S - EARLY_S


def scene(fps: int) -> marks.U8:
    """One loop of a moving picture without a strip: waves that wander and a chequered plate that circles."""
    count = LOOP_S * fps
    rows, columns = np.arange(marks.HEIGHT)[:, None], np.arange(marks.WIDTH)[None, :]
    luma = np.empty((count, marks.HEIGHT, marks.WIDTH), dtype=np.uint8)
    rng = np.random.default_rng(20200205)
    for i, turn in enumerate(2 * np.pi * np.arange(count) / count):
        waves = 110 + 50 * np.sin(columns / 40 + 2 * turn) + 40 * np.cos(rows / 30 - turn)
        luma[i] = waves.astype(np.uint8)
        left, top = int(260 + 200 * np.cos(turn)), int(160 + 80 * np.sin(turn))
        plate = rng.integers(60, 200, (10, 15)).repeat(8, axis=0).repeat(8, axis=1)
        luma[i, top : top + 80, left : left + 120] = plate
    return luma


@lru_cache(maxsize=4)
def _scene(fps: int) -> marks.U8:
    return scene(fps)


def clip(site: int, *, codec: Codec = "vp8", fps: int = 15, kbps: int = 330) -> Clip:
    """The loop of pictures of a site, each with its strip. Raises OutOfRange, MissingExtra."""
    luma = _scene(fps).copy()
    marks.stamp(luma, site, np.arange(len(luma)))
    encoder = _video_encoder(codec, fps, kbps)
    packets = [packet for picture in _pictures(luma, fps) for packet in encoder.encode(picture)]
    packets += encoder.encode(None)
    return Clip(site, codec, fps, tuple(map(bytes, packets)), tuple(bool(p.is_keyframe) for p in packets))


def _video_encoder(codec: Codec, fps: int, kbps: int) -> Any:  # noqa: ANN401 - the library's object
    av = require("av", "conference")
    encoder = av.CodecContext.create(_ENCODER[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt = marks.WIDTH, marks.HEIGHT, "yuv420p"
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = kbps * 1000, fps * KEY_EVERY_S, 1
    encoder.framerate, encoder.time_base = Fraction(fps), Fraction(1, fps)
    rate = str(kbps * 1000)
    if codec == "vp8":
        encoder.options = {
            "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_min": str(fps * KEY_EVERY_S),
            "minrate": rate, "maxrate": rate, "bufsize": rate, "error-resilient": "1",
        }  # fmt: skip
    else:
        every = fps * KEY_EVERY_S
        told = f"keyint={every}:min-keyint={every}:scenecut=0:repeat-headers=1:slice-max-size=1180"
        encoder.options = {"preset": "superfast", "tune": "zerolatency", "profile": "baseline", "x264-params": told}
    return encoder


def _pictures(luma: marks.U8, fps: int) -> Iterator[Any]:
    """Grey pictures of the library from luma (n, height, width)."""
    av = require("av", "conference")
    for number, plane in enumerate(luma):
        picture = av.VideoFrame(marks.WIDTH, marks.HEIGHT, "yuv420p")
        _plane(picture.planes[0])[:, : marks.WIDTH] = plane
        for colour in picture.planes[1:]:
            _plane(colour)[:] = _GREY
        picture.pts, picture.time_base = number, Fraction(1, fps)
        yield picture


def _plane(plane: Any) -> marks.U8:  # noqa: ANN401 - the library's object
    """The samples of a plane (height, line size), shared with the library."""
    return np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)[: plane.height]


class PictureReader:
    """Decodes encoded pictures of one stream; what is asked of it must begin with a key picture."""

    def __init__(self, codec: Codec) -> None:
        self._decoder = require("av", "conference").CodecContext.create(_DECODER[codec], "r")
        self._decoder.thread_count = 1

    def marks(self, encoded: bytes) -> marks.Marks | None:
        """What the strip of the picture says; None where it does not decode to one."""
        av = require("av", "conference")
        try:
            decoded = self._decoder.decode(av.Packet(encoded))
        except av.FFmpegError:
            return None
        if not decoded:
            return None
        last = decoded[-1]
        return marks.read(_plane(last.planes[0])[None, :, : last.width])


@lru_cache(maxsize=256)
def tone_loop(site: int) -> tuple[bytes, ...]:
    """One second of a site's tone as Opus, 20 ms a packet; a loop of it has no break. Raises OutOfRange."""
    av = require("av", "conference")
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = OPUS_RATE_HZ, "mono", "s16"
    encoder.bit_rate = OPUS_KBPS * 1000
    encoder.options = {"application": "audio", "frame_duration": "20"}
    one = (tones.tone(site, OPUS_RATE_HZ) * 32767).astype(np.int16)
    twice, step = np.concatenate([one, one]), round(OPUS_RATE_HZ * OPUS_FRAME_S)
    packets: list[bytes] = []
    for begin in range(0, twice.size, step):
        piece = av.AudioFrame.from_ndarray(twice[None, begin : begin + step], format="s16", layout="mono")
        piece.sample_rate, piece.pts, piece.time_base = OPUS_RATE_HZ, begin, Fraction(1, OPUS_RATE_HZ)
        packets += map(bytes, encoder.encode(piece))
    return tuple(packets[-round(1 / OPUS_FRAME_S) :])


def silence() -> tuple[bytes, ...]:
    """One packet of silence as Opus: a site without a tone of its own still speaks."""
    return (b"\xf8\xff\xfe",)


def sound(payloads: list[bytes]) -> tones.F64:
    """Samples (n,) at 48 kHz, -1 to 1, of Opus packets in order; one that cannot be decoded is left out."""
    av = require("av", "conference")
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = OPUS_RATE_HZ, "mono"
    pieces: list[tones.F64] = []
    for payload in payloads:
        try:
            decoded = decoder.decode(av.Packet(payload))
        except av.FFmpegError:
            continue
        pieces += [_samples(piece.to_ndarray()) for piece in decoded]
    return np.concatenate(pieces) if pieces else np.zeros(0)


def _samples(piece: Any) -> tones.F64:  # noqa: ANN401 - the library's array
    """First channel of one decoded piece as -1 to 1."""
    whole = 32768.0 if piece.dtype == np.int16 else 1.0
    return np.asarray(piece[0], dtype=np.float64) / whole
