"""The candidates of a forecast: what each would have said at each origin, and what it says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.monitor.forecast import kernels
from setsail.monitor.forecast.options import (
    SATURATIONS,
    WEIGHTINGS,
    ForecastOptions,
)

Family = Literal["middle", "baseline", "growth"]

VARIANTS = tuple((saturation, weighting) for saturation in SATURATIONS for weighting in WEIGHTINGS)
"""Ways in which each growth curve is fitted."""

GROWTH_SHARE, GROWTH_LEAD_YEARS, SCALE_FLOOR = 0.05, 0.1, 1e-3
"""Of the scale of errors: share of recent growth in it, years added to the horizon, least part of the level."""

ITERATIONS = 80
RATE_PER_YEAR = (0.02, 6.0)
MIDPOINT_YEARS = 20.0
BASS_P_PER_YEAR = (1e-5, 3.0)
BASS_LAUNCH_YEARS = 3.0
"""A Bass curve starts at most so long before the first point."""

STARTS = (1.05, 1.4, 2.2, 5.0)
"""Saturations (as multiples of the greatest value) from which each fit is begun."""

BASS_STARTS = (0.1, 1.0)
"""Years between the launch and the first point from which each Bass fit is begun."""

BASELINES = (
    ("damped trend, 80 % kept a year", 1.0, 0.8),
    ("damped trend, 50 % kept a year", 1.0, 0.5),
    ("slope of the last year", 1.0, 1.0),
    ("slope of the last half year", 0.5, 1.0),
)
"""Name, years over which the slope is taken, share of the slope kept each year."""

LOCAL_LINE_HALF_LIFE_YEARS = 0.5

PARAMETERS = {
    "logistic": (("saturation", "value"), ("rate", "1/year"), ("midpoint", "year")),
    "gompertz": (("saturation", "value"), ("rate", "1/year"), ("midpoint", "year")),
    "bass": (("saturation", "value"), ("p", "1/year"), ("q", "1/year"), ("launch", "year")),
}
"""Parameters of each curve in the order of the kernel, with the kind of number each one is."""

CURVES = {
    "logistic": (kernels.logistic, kernels.logistic_jacobian),
    "gompertz": (kernels.gompertz, kernels.gompertz_jacobian),
    "bass": (kernels.bass, kernels.bass_jacobian),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to forecast: its kind (`logistic` ...), family and full name."""

    name: str
    kind: str
    family: Family


@dataclass(frozen=True, slots=True)
class Paths:
    """What every candidate says.

    values : (candidates, origins, times);  scale : (origins, times) how far the candidates lie apart, the unit in which
    errors are counted;  parameters : per growth candidate (origins, p) in the units of the series, NaN-free.
    """

    candidates: tuple[Candidate, ...]
    values: F64
    scale: F64
    parameters: dict[str, F64]


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at each origin: points up to it, times from it [years], values over the greatest of that past.

    t, y : (k,) the whole series;  origins : (n,);  past_t, past_y, past : (n, k), `past` 1 where known, else 0;
    scale : (n,) the greatest value.
    """

    t: F64
    y: F64
    origins: I64
    past_t: F64
    past_y: F64
    past: F64
    scale: F64

    @classmethod
    def at(cls, t: F64, y: F64, origins: I64) -> Known:
        """The points of a series known at each origin."""
        past = np.arange(t.size)[None, :] <= origins[:, None]
        scale = np.array([np.max(np.abs(y[: o + 1])) for o in origins])
        scale = np.where(scale > 0.0, scale, np.max(np.abs(y)))
        past_t = np.where(past, t[None, :] - t[origins][:, None], 0.0)
        return cls(t, y, origins, past_t, np.where(past, y / scale[:, None], 0.5), past.astype(np.float64), scale)

    @property
    def last(self) -> F64:
        """Last value known (n, 1)."""
        return np.asarray(self.y[self.origins][:, None])

    def slope(self, years: float) -> F64:
        """Slope (n,) from the value `years` ago (between points: on the line between them) to the last one."""
        t, y, o = self.t, self.y, self.origins
        back = np.maximum(t[o] - years, t[0])
        then = np.array([np.interp(b, t[: i + 1], y[: i + 1]) for b, i in zip(back, o, strict=True)])
        return np.asarray((y[o] - then) / (t[o] - back))


def paths(t: F64, y: F64, origins: I64, ahead: F64, options: ForecastOptions) -> Paths:
    """Forecasts of all candidates at each origin, made from the points up to that origin alone.

    t, y : (k,) times [years] and values;  origins : (n,) index of the last point known;  ahead : (n, m) years from the
    origin to the times asked for (negative: not asked, any number comes out).
    """
    h, known = np.maximum(ahead, 0.0), Known.at(t, y, origins)
    with np.errstate(over="ignore", invalid="ignore"):
        named, parameters = _said(known, h, options)
        values = np.array([forecast for _, forecast in named]).reshape(len(named), *h.shape)
        middle = np.median(values, axis=0) if named else np.full(h.shape, np.nan)
        scale = _scale(values, middle, known, h) if named else middle
    names = (Candidate("median of the candidates", "median", "middle"), *(candidate for candidate, _ in named))
    return Paths(names, np.concatenate([middle[None], values]), scale, parameters)


def _said(known: Known, h: F64, options: ForecastOptions) -> tuple[list[tuple[Candidate, F64]], dict[str, F64]]:
    """Every candidate with its forecast inside the declared limits; one that is not finite everywhere has failed."""
    named = _baselines(known, h)
    parameters: dict[str, F64] = {}
    if np.all(known.y >= 0.0):
        for candidate, forecast, theta in _growth(known, h, options):
            named.append((candidate, forecast))
            parameters[candidate.name] = theta
    held = [(candidate, within(forecast, known.last, options)) for candidate, forecast in named]
    return [(candidate, forecast) for candidate, forecast in held if np.all(np.isfinite(forecast))], parameters


def within(forecast: F64, last: F64, options: ForecastOptions) -> F64:
    """A forecast held inside the declared limits, and not below the last value where the quantity never falls."""
    low = -np.inf if options.lower_limit is None else options.lower_limit
    high = np.inf if options.upper_limit is None else options.upper_limit
    held = np.clip(forecast, low, high)
    return np.maximum(held, last) if options.non_decreasing else held


def _scale(values: F64, middle: F64, known: Known, h: F64) -> F64:
    """Mean distance of the candidates from their median plus a twentieth of the growth of h + 0.1 years, floored."""
    apart = np.mean(np.abs(values - middle), axis=0)
    growth = np.abs(known.slope(1.0))[:, None] * (h + GROWTH_LEAD_YEARS)
    return np.asarray(np.maximum(apart + GROWTH_SHARE * growth, SCALE_FLOOR * known.scale[:, None]))


def _baselines(known: Known, h: F64) -> list[tuple[Candidate, F64]]:
    made = [
        (Candidate(name, name.split(",")[0], "baseline"), known.last + kernels.damped(known.slope(years), kept, h))
        for name, years, kept in BASELINES
    ]
    return [*made, (Candidate("local line", "local line", "baseline"), _local_line(known, h))]


def _local_line(known: Known, h: F64) -> F64:
    """Weighted straight line; weights halve with each half-life of age."""
    weight = known.past * _age_weight(known.past_t, LOCAL_LINE_HALF_LIFE_YEARS)
    total = np.sum(weight, axis=1)
    t_mean = np.sum(weight * known.past_t, axis=1) / total
    y_mean = np.sum(weight * known.past_y, axis=1) / total
    off = known.past_t - t_mean[:, None]
    slope = np.sum(weight * off * (known.past_y - y_mean[:, None]), axis=1) / np.sum(weight * off * off, axis=1)
    return np.asarray((y_mean[:, None] + slope[:, None] * (h - t_mean[:, None])) * known.scale[:, None])


def _growth(known: Known, h: F64, options: ForecastOptions) -> list[tuple[Candidate, F64, F64]]:
    made = []
    for kind, (curve, _) in CURVES.items():
        for (saturation, weighting), theta in zip(VARIANTS, _fitted(kind, known, options), strict=True):
            name = f"{kind}, saturation {saturation.name}, {weighting.name}"
            forecast = curve(theta, h) * known.scale[:, None]
            if weighting.joined:
                at_origin = curve(theta, np.zeros((known.scale.size, 1))) * known.scale[:, None]
                forecast = forecast + (known.last - at_origin)
            made.append((Candidate(name, kind, "growth"), forecast, _in_units(kind, theta, known)))
    return made


def _in_units(kind: str, theta: F64, known: Known) -> F64:
    one, zero = np.ones_like(known.scale), np.zeros_like(known.scale)
    by = {"value": known.scale, "1/year": one, "year": one}
    plus = {"value": zero, "1/year": zero, "year": known.t[known.origins]}
    return np.stack([theta[:, i] * by[u] + plus[u] for i, (_, u) in enumerate(PARAMETERS[kind])], axis=1)


def _fitted(kind: str, known: Known, options: ForecastOptions) -> list[F64]:
    """Best parameters (origins, p) of each variant: all variants, starts and origins are one batch."""
    n = known.scale.size
    low, high = _box(kind, known, options)
    weights = [known.past * _age_weight(known.past_t, w.half_life_years) for _, w in VARIANTS]
    starts = [_starts(kind, known, weight) for weight in weights]
    each = len(starts[0])
    rows = each * len(VARIANTS)
    problem = kernels.Problem(
        t=np.tile(known.past_t, (rows, 1)),
        y=np.tile(known.past_y, (rows, 1)),
        weight=np.concatenate([np.tile(weight, (each, 1)) for weight in weights]),
        low=np.tile(low, (rows, 1)),
        high=np.tile(high, (rows, 1)),
        centre=np.concatenate([np.tile(np.minimum(s.centre, high[:, 0]), each) for s, _ in VARIANTS]),
        pull=np.repeat([s.pull for s, _ in VARIANTS], each * n),
    )
    first = np.concatenate([start for one in starts for start in one])
    theta, cost = kernels.fit(*CURVES[kind], first, problem, iterations=ITERATIONS)
    theta, cost = theta.reshape(len(VARIANTS), each, n, -1), cost.reshape(len(VARIANTS), each, n)
    best = np.argmin(cost, axis=1)
    return [np.asarray(theta[v, best[v], np.arange(n)]) for v in range(len(VARIANTS))]


def _age_weight(t: F64, half_life_years: float | None) -> F64:
    return np.ones_like(t) if half_life_years is None else np.asarray(0.5 ** (-t / half_life_years))


def _box(kind: str, known: Known, options: ForecastOptions) -> tuple[F64, F64]:
    """Bounds (origins, p) of the parameters. A known upper limit bounds the saturation too."""
    one, first = np.ones(known.scale.size), np.min(known.past_t, axis=1)
    least, most = options.saturation_bounds
    top = most * one
    if options.upper_limit is not None:
        top = np.clip(options.upper_limit / known.scale, least * (1.0 + 1e-9), most)
    if kind == "bass":
        low = [least * one, BASS_P_PER_YEAR[0] * one, 0.0 * one, first - BASS_LAUNCH_YEARS]
        return np.stack(low, axis=1), np.stack([top, BASS_P_PER_YEAR[1] * one, RATE_PER_YEAR[1] * one, first], axis=1)
    low = [least * one, RATE_PER_YEAR[0] * one, first - MIDPOINT_YEARS]
    return np.stack(low, axis=1), np.stack([top, RATE_PER_YEAR[1] * one, MIDPOINT_YEARS * one], axis=1)


def _starts(kind: str, known: Known, weight: F64) -> list[F64]:
    """Starting values (origins, p): the curve made straight for each of a few saturations, and a line through it."""
    made, first = [], np.min(known.past_t, axis=1)
    for m in STARTS:
        share = np.clip(known.past_y / m, 1e-4, 1.0 - 1e-4)
        straight = -np.log(-np.log(share)) if kind == "gompertz" else np.log(share / (1.0 - share))
        b, c = kernels.linear_start(straight, known.past_t, weight, 0.05, RATE_PER_YEAR[1])
        top = np.full_like(b, m)
        if kind != "bass":
            made.append(np.stack([top, b, c], axis=1))
            continue
        for years in BASS_STARTS:
            launch = first - years
            p = np.clip(b * np.exp(-np.clip(b * (c - launch), -3.0, 10.0)), 1e-4, 2.0)
            made.append(np.stack([top, p, b, launch], axis=1))
    return made
