"""Loops of pictures and tones: encoded once, unbroken where they begin again, numbered by the clock."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("av")

from setsail.conference.call import media, tones


@pytest.mark.parametrize("codec", media.CODECS)
def test_each_picture_of_a_loop_carries_site_and_place_twice_around(codec: media.Codec) -> None:
    clip = media.clip(300, codec=codec)
    reader = media.PictureReader(codec)
    found = [reader.marks(packet) for packet in clip.packets * 2]
    assert [None if f is None else (int(f.site[0]), int(f.frame[0])) for f in found] == [
        (300, place) for place in range(media.LOOP_S * 15)
    ] * 2


@pytest.mark.parametrize("codec", media.CODECS)
def test_a_picture_moves_and_a_key_picture_comes_each_second(codec: media.Codec) -> None:
    clip = media.clip(2, codec=codec)
    assert [i for i, key in enumerate(clip.key) if key] == [0, 15]
    assert clip.kbps() > 150, "a still picture is coded to next to nothing"
    assert min(map(len, clip.packets)) > 300
    assert np.abs(np.diff(media.scene(15).astype(int), axis=0)).mean(axis=(1, 2)).min() > 2


def test_a_key_picture_alone_is_read_and_half_of_it_is_not() -> None:
    clip = media.clip(9)
    read = media.PictureReader("vp8").marks(clip.packets[15])
    assert read is not None
    assert read.frame.tolist() == [15]
    half = media.PictureReader("vp8").marks(clip.packets[15][:20])
    assert half is None or not half.read.any()


@pytest.mark.parametrize("late_s", [-0.09, 0.0, 0.004, 0.3, 1.89])
def test_the_delay_of_a_picture_is_told_from_its_strip_and_the_clock(late_s: float) -> None:
    for site in (1, 2, 29, 5500):
        number = media.next_number(site, 1_586_000_000.0, 15)
        due = media.due_s(site, number, 15)
        assert 0 <= due - 1_586_000_000.0 < 1 / 15
        place = (number + media.shift(site, 15)) % 30
        assert media.delay_s(site, place, due + late_s, 15) == pytest.approx(late_s, abs=1e-6)


def test_key_pictures_of_the_sites_are_spread_over_the_second() -> None:
    at = sorted((media.due_s(site, -media.shift(site, 15), 15)) % 1.0 for site in range(1, 30))
    assert max(np.diff(at)) < 0.2
    assert min(np.diff(at)) > 0.001


def test_a_loop_of_a_tone_has_no_break() -> None:
    loop = media.tone_loop(17)
    assert len(loop) == 50
    sound = media.sound(list(loop) * 3)
    assert sound.size == 3 * 48000
    for begin in (24000, 60000, 96000):
        piece = sound[begin : begin + 48000]
        found = tones.heard(piece, 48000, [17])
        assert found.over_floor_db[0] > 40, "a break would smear the tone over its neighbours"
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(tones.AMPLITUDE / np.sqrt(2), rel=0.05)


def test_sound_of_nothing_and_of_rubbish_is_silence() -> None:
    assert media.sound([]).size == 0
    assert not tones.heard(media.sound([b"\xff\xff\xff"]), 48000, [1]).heard.any()
