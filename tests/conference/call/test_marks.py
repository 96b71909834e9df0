"""The picture strip: what is written is read, after noise, scaling and coding, and nothing else is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange
from setsail.conference.call import marks

pytest.importorskip("av")
SITES = st.integers(1, 0xFFFF)
FRAMES = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=6)


def _scene(count: int, seed: int = 1) -> marks.U8:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 45, 80), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


@settings(max_examples=40, deadline=None)
@given(SITES, FRAMES, st.integers(0, 2**32 - 1))
def test_a_strip_in_noise_is_read_as_it_was_written(site: int, frames: list[int], seed: int) -> None:
    luma = _scene(len(frames), seed)
    marks.stamp(luma, site, frames)
    noise = np.random.default_rng(seed).normal(0, 40, luma.shape)
    noisy = np.clip(luma + noise, 0, 255).astype(np.uint8)
    found = marks.read(noisy)
    assert found.read.all()
    assert (found.site == site).all()
    assert found.frame.tolist() == frames


@settings(max_examples=40, deadline=None)
@given(SITES, st.integers(0, 0xFFFF), st.integers(0, 47))
def test_a_strip_with_one_block_turned_is_not_read(site: int, frame: int, block: int) -> None:
    luma = _scene(1)
    marks.stamp(luma, site, [frame])
    row, column = divmod(block, marks.COLUMNS)
    part = luma[0, row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
    part[:] = marks.DARK + marks.LIGHT - part
    assert not marks.read(luma).read.any()


def test_pictures_without_a_strip_are_not_read() -> None:
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2, (20000, marks.ROWS, marks.COLUMNS), dtype=np.uint8)
    luma = (marks.DARK + bits * (marks.LIGHT - marks.DARK)).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    wide = np.zeros((len(luma), 90, 160), dtype=np.uint8)
    wide[:, :8, :96] = luma
    taken = marks.read(wide).read.mean()
    assert taken < 4 / 2**16 + 1e-4, "16 check bits let one of 65,536 through"
    assert not marks.read(np.full((1, 360, 640), 128, dtype=np.uint8)).read.any()
    assert not marks.read(np.zeros((1, 360, 640), dtype=np.uint8)).read.any()


@pytest.mark.parametrize("size", [(160, 90), (320, 180), (480, 270), (640, 360), (1280, 720), (1920, 1080)])
def test_a_strip_in_a_picture_of_another_size_is_read(size: tuple[int, int]) -> None:
    width, height = size
    luma = np.full((3, height, width), 90, dtype=np.uint8)
    marks.stamp(luma, 5500, [0, 1, 65535])
    found = marks.read(luma)
    assert found.site.tolist() == [5500] * 3
    assert found.frame.tolist() == [0, 1, 65535]


def test_a_picture_too_narrow_for_the_strip_is_not_read() -> None:
    luma = np.full((1, 88, 158), 90, dtype=np.uint8)
    marks.stamp(luma, 1, [1])
    assert not marks.read(luma).read.any()


def test_a_weak_picture_is_read_at_the_contrast_and_not_below() -> None:
    luma = np.full((1, 360, 640), 100, dtype=np.uint8)
    marks.stamp(luma, 77, [9])
    low = 100.0
    for spread, read in ((marks.CONTRAST_LUMA, True), (marks.CONTRAST_LUMA - 1, False)):
        weak = np.where(luma == marks.LIGHT, low + spread, low).astype(np.uint8)
        assert bool(marks.read(weak).read[0]) is read


@pytest.mark.parametrize("site", [0, 65536])
def test_a_site_beyond_sixteen_bits_is_refused(site: int) -> None:
    with pytest.raises(OutOfRange, match="site"):
        marks.stamp(np.zeros((1, 360, 640), dtype=np.uint8), site, [0])


def test_the_check_code_is_that_of_a_published_example() -> None:
    # CRC-16/CCITT begun at 0xFFFF of the ASCII digits "1234", worked out bit by bit.
    code = 0xFFFF
    for byte in b"1234":
        code ^= byte << 8
        for _ in range(8):
            code = ((code << 1) ^ 0x1021 if code & 0x8000 else code << 1) & 0xFFFF
    found = marks.check_code(np.array([0x3132]), np.array([0x3334]))
    assert found.tolist() == [code]


@pytest.mark.parametrize(("encoder", "decoder"), [("libvpx", "vp8"), ("libx264", "h264")])
@pytest.mark.parametrize("kbps", [60, 330])
def test_strips_survive_coding_twice_at_a_low_rate(encoder: str, decoder: str, kbps: int) -> None:
    luma = _scene(1).repeat(15, axis=0)
    for i in range(15):
        luma[i] = np.roll(luma[i], 9 * i, axis=1)
    marks.stamp(luma, 4711, np.arange(15) + 65530)
    once = _coded(luma, encoder, decoder, kbps)
    twice = _coded(once, "libx264", "h264", kbps)
    for seen in (once, twice):
        found = marks.read(seen)
        assert found.read.all()
        assert set(found.site) == {4711}
        assert found.frame.tolist() == [(65530 + i) & 0xFFFF for i in range(15)]


def _coded(luma: marks.U8, encoder: str, decoder: str, kbps: int) -> marks.U8:
    import av

    out: Any = av.CodecContext.create(encoder, "w")
    out.width, out.height, out.pix_fmt, out.bit_rate = 640, 360, "yuv420p", kbps * 1000
    out.time_base, out.framerate, out.gop_size, out.thread_count = Fraction(1, 15), Fraction(15), 15, 1
    quick = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    out.options = quick if encoder == "libvpx" else {"preset": "ultrafast", "tune": "zerolatency"}
    back: Any = av.CodecContext.create(decoder, "r")
    packets: list[Any] = []
    for number, plane in enumerate(luma):
        picture = av.VideoFrame.from_ndarray(np.vstack([plane, np.full((180, 640), 128, dtype=np.uint8)]), "yuv420p")
        picture.pts = number
        packets += out.encode(picture)
    packets += out.encode(None)
    pictures = [p for packet in [*packets, None] for p in back.decode(packet)]
    return np.stack([p.to_ndarray()[:360] for p in pictures])
