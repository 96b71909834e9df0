"""Forecast of one series: candidates, rolling back-test, choice, calibrated path, outlook on a target."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput, OutOfRange
from setsail.base.period import parse_period
from setsail.monitor.forecast import backtest
from setsail.monitor.forecast.backtest import ErrorLaw, Issued, Trials
from setsail.monitor.forecast.candidates import PARAMETERS, Paths, paths
from setsail.monitor.forecast.options import (
    FIRST_ORIGIN_POINTS,
    MAIN_LEVEL,
    MIN_POINTS,
    ForecastOptions,
    Target,
)
from setsail.monitor.forecast.outlook import Ahead, crossing, point, probability
from setsail.monitor.forecast.results import (
    BackTestRow,
    Coverage,
    Forecast,
    ModelFit,
    Parameter,
    TargetOutlook,
    day_of,
)
from setsail.monitor.forecast.series import Series

LARGEST = 1e150
FAILED = "every model failed: the values are too large or too unequal to fit"

FEW_BACK_TEST_POINTS = 10
"""Below so many back-test points the coverage says little, and a note says so."""


def forecast(series: Series, options: ForecastOptions) -> Forecast:
    """The forecast of a series, or the reason why none is made. The same input gives the same output to the last bit.

    Raises BadInput for dates asked for that do not lie ahead, OutOfRange for a limit that the values pass already.
    """
    _require_limits(series, options)
    reason = _refusal(series)
    if reason:
        return _none(series, reason)
    _require_ahead(series, options)
    trials = _trials(series, options)
    if not _usable(trials.paths):
        return _none(series, FAILED)
    issued = backtest.issue(trials)
    ahead = _ahead(series, options, trials.paths.candidates[issued.chosen[-1]].name, issued.law)
    return _made(series, options, trials, issued, ahead) if ahead else _none(series, FAILED)


def _usable(said: Paths) -> bool:
    """True when every number said is finite and its square still is."""
    return bool(np.all(np.abs(said.values) < LARGEST) and np.all(np.abs(said.scale) < LARGEST))


def _require_limits(series: Series, options: ForecastOptions) -> None:
    upper, lower = options.upper_limit, options.lower_limit
    if len(series) and upper is not None and max(series.values) > upper:
        raise OutOfRange(
            f"holds {max(series.values):g}",
            where=series.name,
            allowed=f"at most the upper limit {upper:g}",
            hint="leave the limit out: a penetration may exceed 100 %",
        )
    if len(series) and lower is not None and min(series.values) < lower:
        raise OutOfRange(f"holds {min(series.values):g}", where=series.name, allowed=f"at least {lower:g}")


def _require_ahead(series: Series, options: ForecastOptions) -> None:
    early = [t for t in options.at if t <= series.times[-1]]
    if early:
        raise BadInput(
            f"is {early[0]:g}", where="ForecastOptions.at", allowed=f"after the last point, {series.times[-1]:g}"
        )
    far = [t for t in options.at if t > series.times[-1] + options.search_years]
    if far:
        raise BadInput(f"is {far[0]:g}", where="ForecastOptions.at", allowed=f"within {options.search_years:g} years")


def _refusal(series: Series) -> str:
    if len(series) < MIN_POINTS:
        return f"too few points: {len(series)}, at least {MIN_POINTS} are needed"
    if min(series.values) == max(series.values):
        return "the series is constant: there is no growth to fit"
    return ""


def _none(series: Series, reason: str) -> Forecast:
    last = series.values[-1] if len(series) else None
    return Forecast(series.name, series.unit, len(series), last, False, reason, max(MIN_POINTS - len(series), 0))


def _trials(series: Series, options: ForecastOptions) -> Trials:
    t, y = series.t, series.y
    origins = np.arange(FIRST_ORIGIN_POINTS - 1, t.size, dtype=np.int64)
    ahead = t[None, :] - t[origins][:, None]
    tested = (ahead > 0.0) & (ahead <= options.back_test_years + backtest.SAME_TIME_YEARS)
    said = paths(t, y, origins, np.where(tested, ahead, 0.0), options)
    return Trials(t, y, origins, ahead, tested, said, options, series.printed_half_width)


def _made(series: Series, options: ForecastOptions, trials: Trials, issued: Issued, ahead: Ahead) -> Forecast:
    chosen = issued.chosen[-1]
    shares = _mean_errors(trials)
    bests = _bests(trials, shares)
    models = tuple(_model(trials, i, shares) for i in bests)
    coverage = _coverage(trials, issued, chosen)
    at = tuple(point(ahead, t) for t in options.at)
    model = _model(trials, chosen, shares)
    return Forecast(
        series=series.name,
        unit=series.unit,
        points=len(series),
        last=series.values[-1],
        made=True,
        model=model,
        path=tuple(point(ahead, t) for t in _months(series, _end(series, options))),
        at=at,
        target=_outlook(ahead, options.target) if options.target else None,
        models=models,
        back_test=_table(trials, bests),
        error=model.error,
        coverage=coverage,
        width_factor=issued.law.factor,
        notes=_notes(model, models, coverage, series, options),
    )


def _end(series: Series, options: ForecastOptions) -> float:
    deadline = (options.target.deadline,) if options.target else ()
    furthest = max(series.times[-1] + options.back_test_years, *options.at, *deadline, 0.0)
    return min(furthest, series.times[-1] + options.search_years)


def _months(series: Series, end: float) -> list[float]:
    """Month ends after the last point, up to `end` [decimal years]."""
    found: list[float] = []
    day = day_of(series.times[-1])
    year, month = day.year, day.month
    while True:
        t = parse_period(f"{year:04d}-{month:02d}").year_fraction
        if t > end + 1e-9:
            return found
        if t > series.times[-1] + 1e-9:
            found.append(t)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _ahead(series: Series, options: ForecastOptions, chosen: str, law: ErrorLaw) -> Ahead | None:
    """What the chosen candidate says of every time that is asked for: one set of fits at the last point."""
    last, search = series.times[-1], series.times[-1] + options.search_years
    asked = {*options.at, *_months(series, search), last + 1.0, search}
    if options.target and last < options.target.deadline <= search:
        asked.add(options.target.deadline)
    times = np.array(sorted(asked))
    said: Paths = paths(
        series.t, series.y, np.array([len(series) - 1], dtype=np.int64), (times - last)[None, :], options
    )
    names = [candidate.name for candidate in said.candidates]
    if chosen not in names or not _usable(said):
        return None
    return Ahead(
        times,
        said.values[names.index(chosen), 0],
        said.scale[0],
        law,
        last,
        series.values[-1],
        options,
        series.printed_half_width,
    )


def _mean_errors(trials: Trials) -> F64 | None:
    """Error of each candidate over all horizons, each counting the same [ratio]."""
    found = backtest.horizon_errors(trials, trials.tested)
    return np.asarray(np.mean(found, axis=0)) if found else None


def _bests(trials: Trials, shares: F64 | None) -> list[int]:
    """Best variant of each kind, best kind first."""
    order = np.argsort(shares, kind="stable") if shares is not None else np.arange(len(trials.paths.candidates))
    seen: dict[str, int] = {}
    for i in order:
        seen.setdefault(trials.paths.candidates[i].kind, int(i))
    return list(seen.values())


def _model(trials: Trials, i: int, shares: F64 | None) -> ModelFit:
    candidate = trials.paths.candidates[i]
    fitted = trials.paths.parameters.get(candidate.name)
    error = float(shares[i]) if shares is not None else None
    named: tuple[Parameter, ...] = ()
    if fitted is not None:
        units = {"value": "unit", "1/year": "1/year", "year": "decimal year"}
        pairs = zip(PARAMETERS[candidate.kind], fitted[-1], strict=True)
        named = tuple(Parameter(name, float(value), units[kind]) for (name, kind), value in pairs)
    return ModelFit(candidate.kind, candidate.name, candidate.family, error, named)


def _share(inside: F64, mask: Bool) -> float | None:
    held = inside[mask]
    return float(np.mean(held)) if held.size else None


def _coverage(trials: Trials, issued: Issued, chosen: int) -> Coverage:
    tested = trials.tested
    return Coverage(
        issued=_share(issued.inside, tested),
        left_out=_share(backtest.left_out(trials, chosen), tested),
        in_sample=_share(backtest.in_sample(trials, chosen), tested),
        points=int(np.sum(tested)),
        origins=int(np.sum(np.any(tested, axis=1))),
    )


def _table(trials: Trials, bests: list[int]) -> tuple[BackTestRow, ...]:
    rows, errors = [], trials.errors
    size = np.broadcast_to(np.abs(trials.y), trials.tested.shape)
    horizons = list(pairwise(backtest.HORIZONS_YEARS))
    for i in bests:
        candidate = trials.paths.candidates[i]
        inside = backtest.issue(trials, only=i).inside
        for low, high in horizons:
            here = trials.tested & trials.horizon(low, high)
            if not np.any(here):
                continue
            off, true = errors[i][here], size[here]
            mape = float(np.mean(off / true)) if np.all(true > 0.0) else None
            top = min(high, trials.options.back_test_years)
            rows.append(
                BackTestRow(
                    candidate.name,
                    candidate.family,
                    low,
                    top,
                    int(np.sum(here)),
                    mape,
                    float(np.mean(off)),
                    float(np.mean(inside[here])),
                )
            )
    return tuple(rows)


def _outlook(ahead: Ahead, target: Target) -> TargetOutlook:
    sign = 1.0 if target.comparator == "at_least" else -1.0
    reached = sign * ahead.last >= sign * target.value
    within_search = ahead.start < target.deadline <= ahead.start + ahead.options.search_years
    if target.deadline <= ahead.start:
        chance: float | None = 1.0 if reached else 0.0
    elif not within_search:
        chance = None
    else:
        chance = probability(ahead, target)
    return TargetOutlook(
        target.value,
        target.deadline,
        target.comparator,
        reached,
        chance,
        point(ahead, target.deadline) if within_search else None,
        None if reached else crossing(ahead, target),
    )


def _notes(
    model: ModelFit, models: tuple[ModelFit, ...], coverage: Coverage, series: Series, options: ForecastOptions
) -> tuple[str, ...]:
    notes = []
    curves = [m for m in models if m.family == "growth"]
    if not curves:
        notes.append("no growth curve was tried: the series holds negative values")
    elif model.family != "growth" and model.error is not None and curves[0].error is not None:
        notes.append(
            f"no growth curve beat '{model.name}' in the back-test "
            f"({curves[0].kind} {curves[0].error:.1%}, {model.name} {model.error:.1%})"
        )
    if coverage.points < FEW_BACK_TEST_POINTS:
        notes.append(f"only {coverage.points} back-test points: the interval rests mostly on assumed errors")
    falls = sum(after < before for before, after in pairwise(series.values))
    if options.non_decreasing and falls:
        notes.append(f"declared never to fall, yet it falls {falls} times: check the definitions and vintages")
    longest = options.back_test_years
    if _end(series, options) > series.times[-1] + longest + 1e-9:
        notes.append(f"beyond {longest:g} years ahead nothing was tested: the interval there is extrapolated")
    if coverage.issued is not None and not 0.7 <= coverage.issued <= 0.9:
        notes.append(f"the {MAIN_LEVEL:.0%} intervals held {coverage.issued:.0%} of the back-test points")
    return tuple(notes)
