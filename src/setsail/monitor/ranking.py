"""How a ranking of regions turns with the definition: the same places under two or more indicators of one subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from setsail.base.errors import BadInput, UnknownName
from setsail.base.observation import Observations
from setsail.base.period import parse_period
from setsail.monitor.evidence import Point, points
from setsail.standards import facts
from setsail.standards.plans import Kind, Target


@dataclass(frozen=True, slots=True)
class Ranked:
    """A region under one indicator: its value, rank (1 is highest; equal values share a rank) and evidence."""

    indicator: str
    region: str
    value: float
    unit: str
    rank: int
    point: Point


@dataclass(frozen=True, slots=True)
class Turn:
    """Two regions whose order under one indicator is the reverse of that under another."""

    first: str
    second: str
    ahead_by: str
    behind_by: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranks by indicator, the turns between them, and the regions that lack a figure."""

    period: str
    rows: tuple[Ranked, ...]
    turns: tuple[Turn, ...]
    missing: tuple[tuple[str, str], ...]


def rank_regions(
    indicators: Sequence[str], level: str, period: str, observations: Observations, known_on: date
) -> Ranking:
    """Ranks of all regions of `level` under each indicator at one period, as known on a day.

    An indicator is taken as published for the region and period, else computed from its two series.
    Raises UnknownName and BadInput.
    """
    places = regions_of(level)
    parse_period(period)
    seen = observations.known_on(known_on)
    rows: list[Ranked] = []
    missing: list[tuple[str, str]] = []
    for indicator in indicators:
        found = {place: _figure(indicator, place, period, seen, known_on) for place in places}
        missing += [(indicator, place) for place, point in found.items() if point is None]
        rows += _ranked(indicator, {place: p for place, p in found.items() if p is not None})
    if not rows:
        raise BadInput(
            f"no figure of {', '.join(indicators)} at {period}", where=f"level {level}", hint="another period"
        )
    return Ranking(period, tuple(rows), tuple(_turns(rows, indicators)), tuple(missing))


def regions_of(level: str) -> list[str]:
    """Codes of the regions of a level, such as `province`. Raises UnknownName."""
    known = facts.regions().values()
    places = [r.region for r in known if r.level == level]
    if not places:
        levels = sorted({r.level for r in known})
        raise UnknownName(f"is {level!r}", where="level", allowed=", ".join(levels))
    return places


def _figure(indicator: str, region: str, period: str, seen: Observations, day: date) -> Point | None:
    known = facts.indicators().get(indicator)
    if known is None:
        raise UnknownName(f"is {indicator!r}", where="indicator", allowed=", ".join(sorted(facts.indicators())))
    kind: Kind = "ratio" if known.numerator and known.denominator else "level"
    target = Target(
        indicator, known.unit, day, region, kind=kind, numerator=known.numerator, denominator=known.denominator
    )
    at = [p for p in points(target, region, seen) if p.period.text == period]
    return max(at, key=lambda p: (p.origin == "computed", p.known), default=None)


def _ranked(indicator: str, found: dict[str, Point]) -> list[Ranked]:
    rows = []
    for region, point in sorted(found.items(), key=lambda item: -item[1].value):
        rank = 1 + sum(other.value > point.value for other in found.values())
        rows.append(Ranked(indicator, region, point.value, point.unit, rank, point))
    return rows


def _turns(rows: Sequence[Ranked], indicators: Sequence[str]) -> list[Turn]:
    value = {(r.indicator, r.region): r.value for r in rows}
    places = sorted({r.region for r in rows})
    found = []
    for i, a in enumerate(indicators):
        for b in indicators[i + 1 :]:
            for x in places:
                for y in places:
                    if _above(value, a, x, y) and _above(value, b, y, x):
                        found.append(Turn(x, y, a, b))
    return found


def _above(value: dict[tuple[str, str], float], indicator: str, x: str, y: str) -> bool:
    return value.get((indicator, x), float("nan")) > value.get((indicator, y), float("nan"))
