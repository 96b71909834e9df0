"""Rolling back-test: which candidate is best, how far off it was, and how wide an honest interval is.

At each origin only errors that were known by then choose the model, calibrate the interval and steer its width. The
share of later points inside the intervals so issued is the coverage that is reported first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.monitor.forecast.candidates import Paths, within
from setsail.monitor.forecast.options import MAIN_LEVEL, ForecastOptions

HORIZONS_YEARS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, math.inf)
"""Borders of the horizons over which errors are told apart; each counts the same in the choice."""

SAME_TIME_YEARS = 1e-6
"""Times closer than this are one."""

FEWEST_ERRORS = 3
"""Errors known before a choice is made; until then the median of the candidates is used."""

PRIOR_SCORES = tuple(1.5 * q for q in (0.1257, 0.3853, 0.6745, 1.0364, 1.6449))
"""Errors assumed before any is seen: a half-normal law of 1.5 scales at its quantiles 0.1, 0.3, 0.5, 0.7, 0.9."""

PRIOR_WEIGHT = 5.0
"""The assumed errors count like those of so many origins."""

ERROR_HALF_LIFE_YEARS = 2.0
"""An error counts half when its target is so long ago."""

STEERING = 2.0
"""Per target: the logarithm of the width grows by this times (share missed - share allowed to be missed)."""

FACTOR_BOUNDS = (0.5, 4.5)
"""Range of the steered width as a multiple of the calibrated one."""


@dataclass(frozen=True, slots=True)
class ErrorLaw:
    """Law of the absolute error in scales: ascending `scores`, shares of errors at most as large, a width factor."""

    scores: F64
    shares: F64
    factor: float

    def score(self, level: float) -> float:
        """Error in scales that the share `level` of errors does not exceed; beyond the last one an exponential tail."""
        if level <= self.shares[-1]:
            inner = np.interp(level, np.r_[0.0, self.shares], np.r_[0.0, self.scores])
            return self.factor * float(inner)
        last, left = float(self.scores[-1]), 1.0 - float(self.shares[-1])
        return self.factor * last * (1.0 + math.log(left / (1.0 - level)) / -math.log(left))

    def share(self, score: float) -> float:
        """Share of errors at most `score`: the inverse of `score`."""
        x, last = score / self.factor, float(self.scores[-1])
        if x <= last:
            return float(np.interp(x, np.r_[0.0, self.scores], np.r_[0.0, self.shares]))
        left = 1.0 - float(self.shares[-1])
        return 1.0 - left * math.exp(math.log(left) * (x / last - 1.0))


@dataclass(frozen=True, slots=True)
class Trials:
    """What every candidate said at every origin of times that came: `paths` beside the truth.

    t, y : (k,);  origins : (n,);  ahead : (n, k) years;  tested : (n, k) horizons that count;  floor : least
    half-width.
    """

    t: F64
    y: F64
    origins: I64
    ahead: F64
    tested: Bool
    paths: Paths
    options: ForecastOptions
    floor: float

    @property
    def errors(self) -> F64:
        """Absolute errors (candidates, origins, times)."""
        return np.asarray(np.abs(self.paths.values - self.y))

    def horizon(self, low: float, high: float) -> Bool:
        """Pairs whose horizon lies in (low, high] years."""
        return np.asarray((self.ahead > low + SAME_TIME_YEARS) & (self.ahead <= high + SAME_TIME_YEARS))

    def known_at(self, i: int) -> Bool:
        """Tested pairs (origin, time) whose truth is known at origin number i."""
        known = self.tested.copy()
        known[i:] = False
        known[:, self.origins[i] + 1 :] = False
        return np.asarray(known)


@dataclass(frozen=True, slots=True)
class Issued:
    """Intervals as issued at each origin: `inside` (n, k) 1, 0 or NaN where none, the choices and the last law."""

    inside: F64
    chosen: tuple[int, ...]
    law: ErrorLaw


def horizon_errors(trials: Trials, mask: Bool) -> list[F64]:
    """Per horizon that has pairs: the sum of errors over the sum of values, for each candidate."""
    errors, found = trials.errors, []
    size = np.broadcast_to(np.abs(trials.y), mask.shape)
    for low, high in pairwise(HORIZONS_YEARS):
        here = mask & trials.horizon(low, high)
        total = float(np.sum(size[here]))
        if total > 0.0:
            found.append(np.sum(errors[:, here], axis=1) / total)
    return found


def choose(trials: Trials, mask: Bool) -> int:
    """Number of the candidate with the least error, each horizon counting the same; 0 while too few are known."""
    if int(np.sum(mask)) < FEWEST_ERRORS:
        return 0
    found = horizon_errors(trials, mask)
    return int(np.argmin(np.mean(found, axis=0))) if found else 0


def calibrated(trials: Trials, candidate: int, mask: Bool, now: float, factor: float = 1.0) -> ErrorLaw:
    """Law of the errors of one candidate known by `now` [years], joined with the assumed ones."""
    scores = (np.abs(trials.paths.values[candidate] - trials.y) / trials.paths.scale)[mask]
    age = now - np.broadcast_to(trials.t, mask.shape)[mask]
    weight = 0.5 ** (age / ERROR_HALF_LIFE_YEARS)
    origins = int(np.sum(np.any(mask, axis=1)))
    weight = weight / np.sum(weight) * origins if scores.size else weight
    scores = np.r_[scores, PRIOR_SCORES]
    weight = np.r_[weight, np.full(len(PRIOR_SCORES), PRIOR_WEIGHT / len(PRIOR_SCORES))]
    order = np.argsort(scores, kind="stable")
    shares = np.cumsum(weight[order]) / (np.sum(weight) + np.mean(weight))
    return ErrorLaw(scores[order], shares, factor)


def half_width(law: ErrorLaw, level: float, scale: F64, floor: float) -> F64:
    """Half-width of the interval of that level, at least the printed half step."""
    return np.asarray(np.maximum(law.score(level) * scale, floor))


def issue(trials: Trials, only: int | None = None) -> Issued:
    """The intervals that would have been issued at each origin, and the law in force at the last.

    only : the candidate to take at every origin; None: the best one known there.
    """
    inside = np.full(trials.tested.shape, np.nan)
    log_factor, chosen = 0.0, []
    law = calibrated(trials, only or 0, np.zeros_like(trials.tested), float(trials.t[-1]))
    for i, origin in enumerate(trials.origins):
        log_factor = _steered(log_factor, inside[:i, origin])
        known = trials.known_at(i)
        candidate = choose(trials, known) if only is None else only
        chosen.append(candidate)
        law = calibrated(trials, candidate, known, float(trials.t[origin]), math.exp(log_factor))
        inside[i] = _inside(trials, i, candidate, law)
    return Issued(inside, tuple(chosen), law)


def _steered(log_factor: float, came: F64) -> float:
    """The logarithm of the width factor after one more truth: wider when missed, narrower when hit."""
    came = came[~np.isnan(came)]
    if came.size:
        log_factor += STEERING * (float(np.mean(1.0 - came)) - (1.0 - MAIN_LEVEL))
    return min(max(log_factor, math.log(FACTOR_BOUNDS[0])), math.log(FACTOR_BOUNDS[1]))


def _inside(trials: Trials, i: int, candidate: int, law: ErrorLaw) -> F64:
    """1 where the truth came inside the interval issued at origin number i, 0 where not, NaN where none was tested."""
    centre, last = trials.paths.values[candidate, i], trials.y[trials.origins[i]]
    half = half_width(law, MAIN_LEVEL, trials.paths.scale[i], trials.floor)
    slack = 1e-9 * np.max(np.abs(trials.y))
    low = within(centre - half, last, trials.options) - slack
    high = within(centre + half, last, trials.options) + slack
    held = ((trials.y >= low) & (trials.y <= high)).astype(np.float64)
    return np.asarray(np.where(trials.tested[i], held, np.nan))


def left_out(trials: Trials, candidate: int) -> F64:
    """As `Issued.inside`, for one candidate calibrated on the errors of all other origins, without steering."""
    inside = np.full(trials.tested.shape, np.nan)
    for i in range(trials.origins.size):
        others = trials.tested.copy()
        others[i] = False
        inside[i] = _inside(trials, i, candidate, calibrated(trials, candidate, others, float(trials.t[-1])))
    return inside


def in_sample(trials: Trials, candidate: int) -> F64:
    """As `Issued.inside`, for one candidate calibrated on all errors, without steering: what it covers by making."""
    law = calibrated(trials, candidate, trials.tested, float(trials.t[-1]))
    return np.stack([_inside(trials, i, candidate, law) for i in range(trials.origins.size)])
