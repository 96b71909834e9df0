"""Data of a framework from observations: the shipped ones, or a user's own, as known on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from setsail.base.errors import NotComputable, UnknownName
from setsail.base.observation import Observation, Observations
from setsail.base.period import Period, parse_period
from setsail.base.units import factor
from setsail.monitor.index.tables import IndexData, Note
from setsail.standards.facts import Region
from setsail.standards.frameworks import Framework, Series


def from_observations(
    framework: Framework,
    observations: Observations,
    regions: Mapping[str, Region],
    *,
    geography: str,
    periods: Sequence[str] = (),
    known_on: date | None = None,
) -> IndexData:
    """The data of the framework's regions at the periods asked for (empty: the latest one with most of the data).

    A ratio is made from a numerator at the period and the latest denominator at or before it; that of a group of
    provinces is their sum. Raises UnknownName, NotComputable.
    """
    if geography not in framework.geographies:
        raise UnknownName(
            f"is {geography!r}",
            where=f"geography of {framework.id}",
            allowed=", ".join(framework.geographies) or "none",
        )
    known = observations.known_on(known_on) if known_on else observations
    units = [r for r in regions.values() if r.level == framework.geographies[geography] and r.country == "CN"]
    series = {i.code: i.series[geography] for i in framework.indicators if geography in i.series}
    wanted = _periods(series, known, [u.region for u in units], periods)
    rows = [(unit, period) for period in wanted for unit in units]
    reader = _Reader(known, regions)
    values = np.full((len(rows), len(framework.indicators)), np.nan)
    halves = np.zeros_like(values)
    for r, (unit, period) in enumerate(rows):
        for c, code in enumerate(framework.codes):
            if code in series:
                values[r, c], halves[r, c] = reader.value(series[code], unit.region, period)
    notes = [
        Note("no-series", i.code, f"nothing is published per unit of {geography}")
        for i in framework.indicators
        if geography not in i.series
    ]
    return IndexData(
        units=tuple(u.region for u, _ in rows),
        names=tuple(u.name_en for u, _ in rows),
        times=tuple(p.text for _, p in rows),
        values=values,
        halves=halves,
        source=f"shipped observations of {geography}" + (f" as known on {known_on}" if known_on else ""),
        notes=(*notes, *reader.notes()),
    )


def _periods(
    series: Mapping[str, Series], known: Observations, units: Sequence[str], asked: Sequence[str]
) -> list[Period]:
    """The periods asked for; of a year, the latest one in it; without any, the latest with most of the data."""
    held: dict[Period, int] = {}
    for one in series.values():
        for unit in units:
            for period in {o.period for o in _of(known, one.observation, unit, one.definition)}:
                held[period] = held.get(period, 0) + 1
    if not held:
        raise NotComputable("has no observation", where="index", hint="choose a later --known-on")
    full = sorted(p for p, n in held.items() if n == max(held.values()))
    if not asked:
        return [full[-1]]
    found = []
    for text in asked:
        within = parse_period(text, "--period")
        fitting = [p for p in held if within.start <= p.start and p.end <= within.end]
        best = sorted(fitting, key=lambda p: (held[p], p))
        if not best:
            raise UnknownName(
                f"is {text!r}", where="--period", allowed=", ".join(p.text for p in sorted(held)), hint="or --known-on"
            )
        found.append(best[-1])
    return list(dict.fromkeys(found))


def _of(known: Observations, indicator: str, region: str, definition: str) -> list[Observation]:
    plain = [o for o in known.of(indicator, region) if not o.operator and not o.industry]
    return [o for o in plain if not definition or o.definition == definition]


class _Reader:
    """Reads values and remembers which definitions they came from."""

    def __init__(self, known: Observations, regions: Mapping[str, Region]) -> None:
        self._known = known
        self._regions = regions
        self._used: dict[str, set[str]] = {}
        self._marks: dict[str, set[str]] = {}

    def value(self, series: Series, region: str, period: Period) -> tuple[float, float]:
        """The value and half of its printed band in the indicator's unit; NaN and 0 where nothing is known.

        A figure "over" a value counts as printed: what lies above it is not known.
        """
        at = [o for o in _of(self._known, series.observation, region, series.definition) if o.period == period]
        if not at:
            return float("nan"), 0.0
        latest = max(at, key=lambda o: (o.known, o.definition))
        self._used.setdefault(series.observation, set()).add(latest.definition)
        self._marks.setdefault(series.observation, set()).add(latest.mark)
        by = factor(latest.unit, series.unit) * series.scale
        if series.per:
            by /= self._sum(series, region, period)
        half = latest.band.high - latest.value if latest.qualifier != "over" else latest.step / 2
        return latest.value * by, half * by

    def _sum(self, series: Series, region: str, period: Period) -> float:
        own = [o for o in _of(self._known, series.per, region, series.per_definition) if o.period.end <= period.end]
        if own:
            latest = max(own, key=lambda o: (o.period, o.known))
            return latest.value * factor(latest.unit, series.per_unit)
        members = [r.region for r in self._regions.values() if r.level == "province" and region in r.groups]
        return sum(self._sum(series, m, period) for m in members) if members else float("nan")

    def notes(self) -> list[Note]:
        """Which definitions and marks the values carry."""
        definitions = [
            Note("several-definitions", name, f"periods follow different definitions: {', '.join(sorted(used))}")
            for name, used in self._used.items()
            if len(used) > 1
        ]
        marks = [
            Note("mark", name, f"values are {', '.join(sorted(found))}")
            for name, found in self._marks.items()
            if found != {"published"}
        ]
        return definitions + marks
