"""Scales of a figure: from values to places, with ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
FLAT = 1e-9
"""Values that differ by less than this share of them are drawn as one."""
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Scale:
    """A line from `low..high` of a quantity to `start..end` of the drawing."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...] = ()

    def __call__(self, value: float) -> float:
        """The place of a value; values outside lie outside."""
        span = self.high - self.low
        share = 0.5 if span == 0 else (value - self.low) / span
        return self.start + share * (self.end - self.start)


def nice_step(span: float, about: int) -> float:
    """The round step (1, 2, 2.5, 5 times a power of ten) that divides `span` into at most about `about` parts."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    raw = span / max(1, about)
    size = 10.0 ** math.floor(math.log10(raw))
    return next(size * s for s in _STEPS if size * s >= raw * (1 - 1e-9))


def nice_scale(low: float, high: float, start: float, end: float, *, about: int = 5) -> Scale:
    """A scale whose ends are ticks and hold `low..high`."""
    if high - low <= max(TINY, FLAT * max(abs(low), abs(high))):
        high = low + (abs(low) if abs(low) > TINY else 1.0)
    step = nice_step(high - low, about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    places = 3 - math.floor(math.log10(step))
    ticks = tuple(round(i * step, places) for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks)


def year_scale(first: float, last: float, start: float, end: float, *, most: int = 9) -> Scale:
    """A scale of decimal years with ticks at the turn of years."""
    low, high = math.floor(first + 1e-9), math.ceil(last - 1e-9)
    high = max(high, low + 1)
    step = max(1, math.ceil((high - low) / most))
    return Scale(low, high, start, end, tuple(float(y) for y in range(low, high + 1, step)))


def apart(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in the same order of size, at least `gap` apart, inside `low..high` if they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [wanted[i] for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    if placed and placed[-1] > high:
        placed[-1] = high
        for i in range(len(placed) - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    shift = max(0.0, low - placed[0]) if placed else 0.0
    found = [0.0] * len(wanted)
    for i, place in zip(order, placed, strict=True):
        found[i] = place + shift
    return found
