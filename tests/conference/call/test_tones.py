"""Tones: each site has a place of its own; in a mix all who speak are heard, and nobody else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from setsail.base.errors import OutOfRange
from setsail.conference.call import tones

pytest.importorskip("av")


def _through_opus(samples: tones.F64, rate_hz: int, kbps: int) -> tones.F64:
    """A mix as a conference sends it: Opus as for speech, decoded at 48 kHz."""
    import av

    out: Any = av.CodecContext.create("libopus", "w")
    out.sample_rate, out.layout, out.format, out.bit_rate = rate_hz, "mono", "s16", kbps * 1000
    out.options = {"application": "voip", "frame_duration": "20"}
    back: Any = av.CodecContext.create("libopus", "r")
    back.sample_rate, back.layout = 48000, "mono"
    whole, step = (np.clip(samples, -1, 1) * 32767).astype(np.int16), rate_hz // 50
    pieces = []
    for begin in range(0, whole.size - step + 1, step):
        piece = av.AudioFrame.from_ndarray(whole[None, begin : begin + step], format="s16", layout="mono")
        piece.sample_rate, piece.pts = rate_hz, begin
        pieces += [d.to_ndarray()[0] for packet in out.encode(piece) for d in back.decode(packet)]
    return np.concatenate(pieces).astype(np.float64)


def _mix(sites: list[int], rate_hz: int, rng: np.random.Generator, seconds: float = 2.0) -> tones.F64:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    places = np.array([tones.tone_hz(site) for site in sites])
    turn = rng.uniform(0, 2 * np.pi, places.size)
    return np.asarray(tones.AMPLITUDE * np.sin(2 * np.pi * places[:, None] * at + turn[:, None]).sum(axis=0))


def test_every_site_has_a_place_of_its_own_below_what_a_16_khz_mix_carries() -> None:
    places = sorted(tones.tone_hz(site) for site in range(1, tones.PLACES + 1))
    assert len(set(places)) == tones.PLACES
    assert places[0] > 400
    assert places[-1] < 7100
    assert min(np.diff(places)) > 22, "beyond the bins that the floor is taken from"


@pytest.mark.parametrize("site", [0, 129])
def test_a_site_without_a_place_is_refused(site: int) -> None:
    with pytest.raises(OutOfRange, match="tones"):
        tones.tone_hz(site)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("count", [2, 28, 63])
def test_a_mix_after_opus_names_all_who_speak_and_nobody_else(rate_hz: int, count: int) -> None:
    rng = np.random.default_rng(count)
    for _ in range(3):
        speaking = sorted(rng.choice(np.arange(1, 65), count, replace=False).tolist())
        sound = _through_opus(_mix(speaking, rate_hz, rng), rate_hz, 24)
        assert sorted(tones.heard(sound, 48000, range(1, 65)).names()) == speaking


def test_one_missing_of_a_full_call_is_missed() -> None:
    rng = np.random.default_rng(29)
    for missing in (1, 14, 29):
        speaking = [site for site in range(1, 30) if site != missing]
        sound = _through_opus(_mix(speaking, 16000, rng), 16000, 24)
        assert tones.heard(sound, 48000, range(1, 30)).names() == frozenset(speaking)


def test_noise_alone_is_nobody() -> None:
    rng = np.random.default_rng(7)
    alarms = sum(len(tones.heard(rng.normal(0, 0.1, 48000), 48000, range(1, 65)).names()) for _ in range(60))
    # Measured over 454,464 places of noise: 2.2e-5 a place and listening; these are 3,840.
    assert alarms == 0


def test_tones_that_jump_where_packets_are_missing_are_heard() -> None:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(12):
        mix = np.zeros(48000)
        for site in range(1, 6):
            packets = np.tile(tones.tone(site), 2).reshape(-1, 960)
            mix += packets[rng.random(100) > 0.02].reshape(-1)[:48000]  # two in a hundred left out: jumps in phase
        found.append(len(tones.heard(mix, 48000, range(1, 65)).names()))
    assert np.mean(found) > 4.9
    assert max(found) == 5


def test_clipping_makes_no_tones_of_silent_sites() -> None:
    rng = np.random.default_rng(8)
    speaking = list(range(1, 41, 2))
    loud = np.clip(_mix(speaking, 48000, rng) * 4, -1, 1)
    assert tones.heard(loud, 48000, range(1, 65)).names() <= frozenset(speaking)


def test_a_tone_in_noise_is_heard_down_to_its_threshold() -> None:
    rng = np.random.default_rng(9)
    # Amplitude A and white noise of deviation s in n samples, Hann window: (A^2 / 4) n / (1.5 s^2) over the floor.
    at_threshold = np.sqrt(10 ** (tones.OVER_FLOOR_DB / 10) * 1.5 * 4 * 0.1**2 / 48000)
    quiet = tones.tone(5) / tones.AMPLITUDE
    for factor, least, most in ((2.0, 0.97, 1.0), (0.4, 0.0, 0.03)):
        tries = [
            5 in tones.heard(factor * at_threshold * quiet + rng.normal(0, 0.1, 48000), 48000, [5]).names()
            for _ in range(60)
        ]
        assert least <= np.mean(tries) <= most


def test_less_than_a_second_hears_nobody() -> None:
    assert tones.heard(tones.tone(3)[:-1], 48000, [3]).names() == frozenset()
    assert tones.heard(tones.tone(3), 48000, [3]).names() == frozenset({3})
    assert tones.heard(np.zeros(48000), 48000, [3]).names() == frozenset()
