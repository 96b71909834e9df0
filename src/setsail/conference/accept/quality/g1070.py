"""How a picture looks: video quality of the opinion model for video telephony.

Source: ITU-T G.1070 (06/2018), video quality estimation function. Of its coefficient sets only that for H.264 at VGA
size could be read; the multimedia part needs coefficients of a display, which could not, and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.standards import facts

MODEL = "ITU-T G.1070 (06/2018), video quality"
MOST_FPS = 30.0
_TERMS = tuple(f"v{n}" for n in range(1, 13))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A set for one codec and picture size. evidence : how far it can be trusted."""

    name: str
    v: tuple[float, ...]
    fps: Limit
    kbps: Limit
    loss_percent: Limit
    evidence: str
    note: str


@dataclass(frozen=True, slots=True)
class VideoQuality:
    """Vq, 1 to 5. best_fps : the frame rate at which this bit rate looks best;  outside : inputs beyond the range of
    the coefficients: then Vq is an extrapolation.
    """

    vq: float
    best_fps: float
    model: str
    coefficients: str
    evidence: str
    outside: tuple[str, ...]


@cache
def coefficient_sets() -> Mapping[str, Coefficients]:
    """Every set by its name."""
    found = {}
    for row in facts.table("conference/g1070_video.csv"):
        source = f"{row.need('source_id')} {row.need('clause')}"
        found[row.need("set")] = Coefficients(
            row.need("name"),
            tuple(float(row.need(term)) for term in _TERMS),
            Limit("fps", float(row.need("fps_low")), float(row.need("fps_high")), source),
            Limit("kbit/s", float(row.need("kbps_low")), float(row.need("kbps_high")), "assumption"),
            Limit("loss %", 0.0, float(row.need("loss_percent_high")), source),
            row.need("evidence"),
            row.get("note"),
        )
    return found


def video_quality(fps: float, kbps: float, loss_ratio: float, *, which: str = "h264-vga") -> VideoQuality:
    """Video quality of frames a second, bit rate [kbit/s] and share of video packets lost.

    Raises UnknownName (set), OutOfRange for what is not positive or no ratio.
    """
    used = coefficient_sets().get(which)
    if used is None:
        raise UnknownName(f"is {which!r}", where="G.1070 coefficients", allowed=", ".join(coefficient_sets()))
    for name, value in (("fps", fps), ("kbit/s", kbps)):
        if not (math.isfinite(value) and value > 0):
            raise OutOfRange(f"is {value:g}", where=f"G.1070 {name}", allowed="a finite number above 0")
    if not 0 <= loss_ratio <= 1:
        raise OutOfRange(f"is {loss_ratio:g}", where="G.1070 loss", allowed="a ratio from 0 to 1")
    best, vq = _estimated(used.v, fps, kbps, 100 * loss_ratio)
    met = ((used.fps, fps), (used.kbps, kbps), (used.loss_percent, 100 * loss_ratio))
    outside = tuple(f"{limit.name} is {x:g}, range {limit.text()}" for limit, x in met if not limit.holds(x))
    return VideoQuality(vq, best, MODEL, used.name, used.evidence, outside)


def _estimated(v: tuple[float, ...], fps: float, kbps: float, loss_percent: float) -> tuple[float, float]:
    """Ofr and Vq = 1 + Icoding exp(-Ppl / Dppl)."""
    v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12 = v
    best = min(max(v1 + v2 * kbps, 1.0), MOST_FPS)
    top = v3 - v3 / (1 + (kbps / v4) ** v5)
    robust = v6 + v7 * kbps
    coding = top * math.exp(-((math.log(fps) - math.log(best)) ** 2) / (2 * robust**2))
    lasting = max(v10 + v11 * math.exp(-fps / v8) + v12 * math.exp(-kbps / v9), 1e-9)
    return best, min(5.0, max(1.0, 1 + coding * math.exp(-loss_percent / lasting)))
