"""What lies ahead of the last point: intervals, the chance of a target, the month of its crossing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.monitor.forecast.backtest import ErrorLaw, half_width
from setsail.monitor.forecast.candidates import within
from setsail.monitor.forecast.options import MAIN_LEVEL, ForecastOptions, Target
from setsail.monitor.forecast.results import Crossing, Interval, PathPoint, month_of


@dataclass(frozen=True, slots=True)
class Ahead:
    """The chosen candidate at `times` (m,), with the scale of its errors, their law, and where it starts.

    start : time of the last point;  last : its value;  floor : least half-width of an interval.
    """

    times: F64
    values: F64
    scale: F64
    law: ErrorLaw
    start: float
    last: float
    options: ForecastOptions
    floor: float

    def bounds(self, level: float) -> tuple[F64, F64]:
        """Ends (m,) of the interval of that level, inside what is declared of the quantity."""
        half = half_width(self.law, level, self.scale, self.floor)
        last = np.asarray(self.last)
        return within(self.values - half, last, self.options), within(self.values + half, last, self.options)


def point(ahead: Ahead, t: float) -> PathPoint:
    """The forecast at one of the times with its intervals."""
    i = int(np.argmin(np.abs(ahead.times - t)))
    intervals = []
    for level in ahead.options.levels:
        low, high = ahead.bounds(level)
        intervals.append(Interval(level, float(low[i]), float(high[i])))
    beyond = t > ahead.start + ahead.options.back_test_years + 1e-9
    return PathPoint(t, float(ahead.values[i]), tuple(intervals), beyond)


def probability(ahead: Ahead, target: Target) -> float:
    """Chance that the target holds at its deadline: the law of errors around the forecast, within what is declared."""
    i = int(np.argmin(np.abs(ahead.times - target.deadline)))
    sign = 1.0 if target.comparator == "at_least" else -1.0
    last = np.asarray(ahead.last)
    possible = within(np.array([-np.inf, np.inf]), last, ahead.options)
    if sign * possible[0] >= sign * target.value and sign * possible[1] >= sign * target.value:
        return 1.0
    if sign * possible[0] < sign * target.value and sign * possible[1] < sign * target.value:
        return 0.0
    above = sign * (float(ahead.values[i]) - target.value)
    share = ahead.law.share(abs(above) / float(ahead.scale[i]))
    return 0.5 + 0.5 * share if above >= 0.0 else 0.5 - 0.5 * share


def crossing(ahead: Ahead, target: Target) -> Crossing:
    """Months in which the path and the ends of its 80 % interval cross the target."""
    sign = 1.0 if target.comparator == "at_least" else -1.0
    low, high = ahead.bounds(MAIN_LEVEL)
    soon, late = (high, low) if sign > 0 else (low, high)
    expected, earliest, latest = (
        _first(ahead, sign * line, sign * target.value, sign * ahead.last) for line in (ahead.values, soon, late)
    )
    return Crossing(expected, earliest, latest, ahead.options.search_years)


def _first(ahead: Ahead, line: F64, level: float, start: float) -> str | None:
    """The first month in which a line from the last point is at or above the level; None: not in the time searched."""
    hits = np.flatnonzero(line >= level)
    if not hits.size:
        return None
    i = int(hits[0])
    t0, y0 = (ahead.start, start) if i == 0 else (float(ahead.times[i - 1]), float(line[i - 1]))
    t1, y1 = float(ahead.times[i]), float(line[i])
    part = 1.0 if y1 <= y0 else min(max((level - y0) / (y1 - y0), 0.0), 1.0)
    return month_of(t0 + part * (t1 - t0))
