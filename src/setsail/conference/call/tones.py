"""One tone a site: which sites are heard in a mix, after Opus and the mixer, at 16 or 48 kHz.

Site n (from 1) has a place of its own between 446 and 7,010 Hz: places 103 Hz apart for the first 64, those of the
next 64 between them. The raster is broken by up to 11 Hz a place, because products of three tones of an even raster
(f1 + f2 - f3, made by codecs and by clipping) fall on its other places and would be taken for sites that are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.limits import Limit

F64 = npt.NDArray[np.float64]

PLACES = 128
TONE_NUMBER = Limit("site", 1, PLACES, "places for tones below 7.1 kHz, what a 16 kHz mix carries")
WINDOW_S = 1.0
"""Every tone has a whole number of periods in it, so that a loop of it is unbroken."""
AMPLITUDE = 0.03
"""Of full scale: 64 tones of unlike phase add up to 0.17 RMS, 4.5 of which is still below clipping."""
OVER_FLOOR_DB, OVER_FLOOR_HALF_DB = 12.0, 15.0
"""A site is heard where its tone is this much above the mean power 6 to 20 Hz beside it: in a second, in a half."""
BELOW_OTHERS_DB = 12.0
"""And not further than this below the median of the tones over the floor: products of other tones are far below."""
FIRST_HZ, APART_HZ, BETWEEN_HZ, BREAK_HZ = 457, 103, 51, 23
_BESIDE_HZ = np.concatenate([np.arange(-20, -5), np.arange(6, 21)])


@dataclass(frozen=True, slots=True)
class Heard:
    """Tones of the sites asked for. over_floor_db, level_db : (n,);  heard : (n,) both thresholds are met."""

    sites: npt.NDArray[np.int64]
    over_floor_db: F64
    level_db: F64
    heard: npt.NDArray[np.bool_]

    def names(self) -> frozenset[int]:
        """The numbers of the sites that are heard."""
        return frozenset(int(site) for site in self.sites[self.heard])


def tone_hz(site: int) -> int:
    """Frequency [Hz] of the tone of site 1 to 128. Raises OutOfRange."""
    TONE_NUMBER.require(site)
    row, place = divmod(site - 1, PLACES // 2)
    broken = (place * place * 7 + row * 5) % BREAK_HZ - BREAK_HZ // 2
    return FIRST_HZ + APART_HZ * place + BETWEEN_HZ * row + broken


def tone(site: int, rate_hz: int = 48000, seconds: float = WINDOW_S) -> F64:
    """Samples (n,) of a site's tone, -1 to 1; its phase differs from site to site, so that peaks do not meet."""
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    phase = 2 * np.pi * ((site * 0.6180339887498949) % 1.0)
    return np.asarray(AMPLITUDE * np.sin(2 * np.pi * tone_hz(site) * at + phase), dtype=np.float64)


def heard(samples: npt.ArrayLike, rate_hz: int, sites: Sequence[int]) -> Heard:
    """Which of the sites are heard in one second of a mix. samples : (rate_hz,) or more, of which the last are taken.

    The whole second is looked at, and its three halves (first, middle, last) by a stricter threshold: where packets
    are lost a tone jumps in phase, and only a piece between two jumps shows it clear. Levels are those of the second.
    A shorter piece hears nobody. Raises OutOfRange for a site without a tone.
    """
    numbers = np.asarray(sites, dtype=np.int64)
    places_hz = np.array([tone_hz(int(site)) for site in sites], dtype=np.int64)
    wanted = round(rate_hz * WINDOW_S)
    piece = np.asarray(samples, dtype=np.float64)[-wanted:]
    if piece.size < wanted or not places_hz.size:
        low = np.full(numbers.size, -np.inf)
        return Heard(numbers, low, low.copy(), np.zeros(numbers.size, dtype=np.bool_))
    over, level = _levels(piece, places_hz, rate_hz)
    found = _clear(over, level, OVER_FLOOR_DB)
    half = wanted // 2
    for begin in (0, half // 2, half):
        found |= _clear(*_levels(piece[begin : begin + half], places_hz, rate_hz), OVER_FLOOR_HALF_DB)
    return Heard(numbers, over, level, found)


def _levels(piece: F64, places_hz: npt.NDArray[np.int64], rate_hz: int) -> tuple[F64, F64]:
    """Each tone over the floor beside it, and its level [dB of full scale]."""
    window = np.hanning(piece.size)
    power = np.maximum((np.abs(np.fft.rfft(piece * window)) / (window.sum() / 2)) ** 2, 1e-20)
    a_bin_hz = rate_hz / piece.size
    level = 10 * np.log10(power[np.round(places_hz / a_bin_hz).astype(np.intp)])
    step = max(1, round(a_bin_hz))
    beside = np.round((places_hz[:, None] + _BESIDE_HZ[::step]) / a_bin_hz).astype(np.intp)
    return level - 10 * np.log10(power[beside].mean(axis=1)), level


def _clear(over: F64, level: F64, threshold_db: float) -> npt.NDArray[np.bool_]:
    """Which tones are over the threshold and not far below the others that are."""
    loud = over >= threshold_db
    if loud.any():
        loud &= level >= np.median(level[loud]) - BELOW_OTHERS_DB
    return loud
