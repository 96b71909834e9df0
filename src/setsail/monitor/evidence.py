"""Evidence for a target: figures published for it, and figures computed from its numerator and denominator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.observation import WEAK_MARKS, Observation, Observations
from setsail.base.period import Period
from setsail.base.printed import Band, Qualifier
from setsail.base.units import factor
from setsail.base.units import unit as unit_of
from setsail.standards import facts
from setsail.standards.plans import Target

Origin = Literal["published", "computed"]
LONGEST_CARRY_DAYS = 550
"""A denominator is carried forward from its last figure by at most a year and a half."""
GROWTH_SLACK_DAYS = 16
"""Two figures count as one year apart when their days differ from it by at most half a month."""


COUNTABLE = frozenset({"count", "persons", "accounts"})
"""Dimensions of counts: a share may go across them (accounts over residents)."""


@dataclass(frozen=True, slots=True)
class Point:
    """One piece of evidence: `value` and `band` in the unit of the target, and the figures it rests on."""

    period: Period
    value: float
    band: Band
    unit: str
    known: date
    definition: str
    origin: Origin
    qualifier: Qualifier
    parts: tuple[Observation, ...]
    industry: str = ""

    @property
    def weak(self) -> bool:
        """True where a part is recalled, assumed or unverified: it then never proves a target met."""
        return any(part.mark in WEAK_MARKS for part in self.parts)

    @property
    def synthetic(self) -> bool:
        """True where a part is synthetic."""
        return any(part.mark == "synthetic" for part in self.parts)


def points(target: Target, region: str, seen: Observations) -> list[Point]:
    """Every piece of evidence in `seen` for `target` in `region`, in the order of period and day known.

    seen : what was known on the day of the judgement.
    """
    found = list(_published(target, region, seen))
    if target.kind == "ratio":
        found += _ratios(target, region, seen)
    elif target.kind == "growth":
        found += _growths(target, region, seen)
    return sorted(found, key=lambda p: (p.period, p.known, p.origin, p.definition))


def related(target: Target, region: str, seen: Observations) -> list[Observation]:
    """Figures that speak of the subject and cannot decide: the level where growth is asked, another definition."""
    names = dict.fromkeys(name for name in (target.series, *target.related) if name and name != target.indicator)
    found = [o for name in names for o in seen.of(name, region) if not o.operator and not o.industry]
    refused = [o for o in seen.of(target.indicator, region) if target.accepts and o.definition not in target.accepts]
    return refused + found


def unused(targets: Sequence[Target], figures: Observations, today: date) -> list[str]:
    """Notes on figures that can be no evidence: to come, known before their period was over, zero below, not asked for.

    today : the day of the question, whatever day it is judged for.
    """
    bottoms = {t.denominator for t in targets if t.denominator}
    asked = {n for t in targets for n in (t.indicator, t.numerator, t.denominator, t.series, *t.related) if n}
    groups = {
        f"known only after {today}, not used": [o for o in figures if o.known > today],
        "known before the period was over": [o for o in figures if o.known_on and o.known_on < o.period.last_day],
        "zero as a denominator, not used": [o for o in figures if o.indicator in bottoms and o.value == 0],
        "of an indicator that the plan does not ask for": [o for o in figures if o.indicator not in asked],
    }
    return [
        f"{len(found)} figures are {told}; first: {found[0].indicator} {found[0].region} {found[0].period}"
        for told, found in groups.items()
        if found
    ]


def _published(target: Target, region: str, seen: Observations) -> Iterator[Point]:
    for o in seen.of(target.indicator, region):
        if o.operator or (o.industry and target.kind != "per_industry"):
            continue
        if target.accepts and o.definition not in target.accepts:
            continue
        yield _point(o, target.unit)


def _point(o: Observation, unit: str) -> Point:
    by = factor(o.unit, unit, f"observation {o.indicator} {o.region} {o.period}")
    band = o.band.scaled(by)
    return Point(o.period, o.value * by, band, unit, o.known, o.definition, "published", o.qualifier, (o,), o.industry)


def _ratios(target: Target, region: str, seen: Observations) -> Iterator[Point]:
    denominators = whole(target.denominator, region, seen)
    carried = _may_be_carried(target.denominator)
    for top in whole(target.numerator, region, seen):
        bottom = _matching(top, denominators, carried)
        if bottom is not None and bottom.value > 0:
            yield _ratio(top, bottom, target.unit)


def _may_be_carried(indicator: str) -> bool:
    known = facts.indicators().get(indicator)
    return known is None or known.kind != "flow"


def _matching(top: Observation, candidates: Sequence[Observation], carried: bool) -> Observation | None:
    """The denominator of the same period, or the last one before it; of several, the one last made known."""
    same = [o for o in candidates if o.period.last_day == top.period.last_day and o.period.start == top.period.start]
    at_day = same or [o for o in candidates if carried and o.period.last_day == top.period.last_day]
    if at_day:
        return max(at_day, key=lambda o: o.known)
    if not carried:
        return None
    earliest = top.period.last_day - timedelta(days=LONGEST_CARRY_DAYS)
    before = [o for o in candidates if earliest <= o.period.last_day < top.period.last_day]
    return max(before, key=lambda o: (o.period.last_day, o.known), default=None)


def _ratio(top: Observation, bottom: Observation, unit: str) -> Point:
    by = _ratio_factor(top, bottom, unit)
    a, b = top.band, bottom.band
    band = Band(a.low / b.high * by, a.high / b.low * by if b.low > 0 else float("inf"))
    name = f"{top.definition or top.indicator} / {bottom.definition or bottom.indicator}"
    value = top.value / bottom.value * by
    known = max(top.known, bottom.known)
    qualifier: Qualifier = top.qualifier if bottom.qualifier == "exact" else "about"
    return Point(top.period, value, band, unit, known, name, "computed", qualifier, (top, bottom))


def _ratio_factor(top: Observation, bottom: Observation, unit: str) -> float:
    """Multiplier from `top.value / bottom.value` to the unit of the target. Raises BadInput across dimensions."""
    a, b, whole_unit = unit_of(top.unit), unit_of(bottom.unit), unit_of(unit)
    if whole_unit.dimension not in ("ratio", "per_person"):
        raise BadInput(f"is {unit!r}", where="unit of a ratio target", allowed="percent, ratio, per_10k_persons")
    alike = a.dimension == b.dimension or {a.dimension, b.dimension} <= COUNTABLE
    told = f"observation {top.indicator} {top.region} {top.period}"
    if whole_unit.dimension == "ratio" and not alike:
        raise BadInput(
            f"is {top.unit!r} ({a.dimension})", where=told, allowed=f"a unit that goes over {bottom.unit!r} as a share"
        )
    if whole_unit.dimension == "per_person" and not (a.dimension in COUNTABLE and b.dimension == "persons"):
        wrong, name = (bottom, "persons") if a.dimension in COUNTABLE else (top, "count, persons or accounts")
        raise BadInput(
            f"is {wrong.unit!r}", where=f"observation {wrong.indicator} {wrong.region} {wrong.period}", allowed=name
        )
    return a.factor / b.factor / whole_unit.factor


def _growths(target: Target, region: str, seen: Observations) -> Iterator[Point]:
    figures = whole(target.series, region, seen)
    for later in figures:
        for earlier in figures:
            if earlier.definition == later.definition and _apart(earlier, later, target.growth_months):
                yield _growth(earlier, later, target.unit)


def _apart(earlier: Observation, later: Observation, months: int) -> bool:
    days = (later.period.last_day - earlier.period.last_day).days
    return abs(days - months * 30.4375) <= GROWTH_SLACK_DAYS and earlier.value > 0


def _growth(earlier: Observation, later: Observation, unit: str) -> Point:
    by = factor("percent_per_year", unit) * 100
    low = later.band.low / earlier.band.high - 1 if earlier.band.high < float("inf") else -1.0
    high = later.band.high / earlier.band.low - 1 if earlier.band.low > 0 else float("inf")
    value = (later.value / earlier.value - 1) * by
    known = max(earlier.known, later.known)
    qualifier: Qualifier = "exact" if earlier.qualifier == later.qualifier == "exact" else "about"
    parts = (later, earlier)
    return Point(
        later.period, value, Band(low * by, high * by), unit, known, later.definition, "computed", qualifier, parts
    )


def whole(indicator: str, region: str, seen: Observations) -> list[Observation]:
    """Figures of a region for all operators and industries; where it has none, the sums of its provinces.

    A sum is made only where every province of the region has a figure of that period and definition.
    """
    own = [o for o in seen.of(indicator, region) if not o.operator and not o.industry]
    return own or list(_sums(indicator, members(region), region, seen))


def members(region: str) -> tuple[str, ...]:
    """The provinces that make up a macro-region or a cluster; empty for any other region."""
    known = facts.regions()
    if region not in known:
        return ()
    if known[region].level == "cluster":
        return known[region].groups
    if known[region].level == "macro_region":
        return tuple(r.region for r in known.values() if region in r.groups)
    return ()


def _sums(indicator: str, parts: Iterable[str], region: str, seen: Observations) -> Iterator[Observation]:
    provinces = tuple(parts)
    by_key: dict[tuple[Period, str], dict[str, Observation]] = {}
    for province in provinces:
        for o in seen.of(indicator, province):
            if not o.operator and not o.industry:
                by_key.setdefault((o.period, o.definition), {})[province] = o  # the last known comes last
    for (period, definition), found in sorted(by_key.items(), key=lambda item: (item[0][0], item[0][1])):
        if provinces and len(found) == len(provinces):
            yield _sum(list(found.values()), period, definition, region)


def _sum(parts: list[Observation], period: Period, definition: str, region: str) -> Observation:
    first = parts[0]
    total = sum(o.value * factor(o.unit, first.unit) for o in parts)
    step = sum(o.step * factor(o.unit, first.unit) for o in parts)
    weak = next((o.mark for o in parts if o.mark in WEAK_MARKS), None)
    return Observation(
        indicator=first.indicator,
        region=region,
        period=period,
        value=total,
        unit=first.unit,
        step=step,
        qualifier=_sum_qualifier({o.qualifier for o in parts}),
        definition=definition,
        known_on=max(o.known for o in parts),
        mark=weak or "derived",
        source_id=first.source_id,
        clause=first.clause,
        note=f"sum of {len(parts)} provinces",
    )


def _sum_qualifier(parts: set[Qualifier]) -> Qualifier:
    """A sum is exact where all parts are, and "over" where some are over and the others exact."""
    return "exact" if parts == {"exact"} else "over" if "about" not in parts else "about"
