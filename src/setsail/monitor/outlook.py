"""The outlook of a target: its evidence as one series of one definition, forecast to the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from setsail.base.period import parse_period
from setsail.monitor.evidence import Point
from setsail.monitor.forecast.options import MIN_POINTS, ForecastOptions, Target
from setsail.monitor.forecast.results import Forecast
from setsail.monitor.forecast.series import Series
from setsail.monitor.forecast.study import forecast
from setsail.monitor.verdict import Verdict, nondecreasing
from setsail.standards import facts

OVER_NOTE = 'figures "over" a value are taken as that value: the truth lies higher'
STALE_DAYS = 200
"""A definition whose last figure is older than the newest of all by more than this is no longer the series."""


def outlook(verdict: Verdict) -> Forecast:
    """The forecast of the indicator that a verdict speaks of, as known on its day; to the deadline where it is ahead.

    The series is that definition, still in use, which has the most figures; two definitions are never joined. Figures
    "over" a value are left out, unless too few would remain: then they are taken as that value, and a note says so.
    Where no forecast can be made the result says why.
    """
    points = _series_points([p for p in verdict.evidence if p.qualifier != "over"])
    notes: tuple[str, ...] = ()
    if len(points) < MIN_POINTS:
        points = _series_points(verdict.evidence)
        notes = (OVER_NOTE,) if any(p.qualifier == "over" for p in points) else ()
    series = _series(verdict, points)
    made = forecast(series, _options(verdict, series))
    return replace(made, notes=(*made.notes, *notes))


def _series_points(evidence: Sequence[Point]) -> list[Point]:
    usable = [p for p in evidence if not p.weak and not p.industry]
    if not usable:
        return []
    newest = max(p.period.last_day for p in usable)
    groups: dict[tuple[str, str], dict[date, Point]] = {}
    for p in sorted(usable, key=lambda p: p.known):
        groups.setdefault((p.origin, p.definition), {})[p.period.last_day] = p
    current = [g for g in groups.values() if (newest - max(g)).days <= STALE_DAYS]
    chosen = max(current, key=lambda g: (len(g), max(g)))
    return [chosen[day] for day in sorted(chosen)]


def _series(verdict: Verdict, points: Sequence[Point]) -> Series:
    name = f"{verdict.target.indicator} {verdict.region}"
    if points:
        name += f": {points[0].definition}"
    return Series(
        times=tuple(p.period.year_fraction for p in points),
        values=tuple(p.value for p in points),
        low=tuple(p.band.low for p in points),
        high=tuple(p.band.high for p in points),
        name=name,
        unit=verdict.target.unit,
    )


def _options(verdict: Verdict, series: Series) -> ForecastOptions:
    plan = verdict.target
    deadline = parse_period(plan.deadline.isoformat()).year_fraction
    ahead = plan.target is not None and bool(series.times) and deadline > series.times[-1]
    target = None
    if ahead and plan.target is not None:
        upward = plan.comparator in (">=", ">")
        target = Target(plan.target, deadline, "at_least" if upward else "at_most")
    known = facts.indicators().get(plan.indicator)
    stock = known is not None and known.nondecreasing
    return ForecastOptions(
        at=(deadline,) if ahead else (),
        target=target,
        upper_limit=plan.limit,
        lower_limit=0.0 if plan.kind != "growth" else None,
        non_decreasing=nondecreasing(plan) or stock,
    )
