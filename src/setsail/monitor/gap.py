"""The gap: how far each region is from a target, and what would close it, in things to be counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from setsail.base.errors import UnknownName
from setsail.base.observation import Observations
from setsail.base.units import unit
from setsail.monitor.evidence import Point
from setsail.monitor.ranking import regions_of
from setsail.monitor.verdict import Outcome, judge
from setsail.standards.plans import Plan, Target


@dataclass(frozen=True, slots=True)
class Gap:
    """One region's distance to one target. `missing`: how much numerator would close it, in `missing_unit`."""

    region: str
    indicator: str
    value: float | None
    unit: str
    target: float
    outcome: Outcome
    distance: float | None
    missing: float | None
    missing_unit: str
    period: str | None


def gaps(plan: Plan, indicator: str, level: str, observations: Observations, known_on: date) -> list[Gap]:
    """Every region of `level` against a target of the plan, the largest gap first; regions without a figure last."""
    target = _target(plan, indicator)
    places = regions_of(level)
    rows = [gap_at(target, place, observations, known_on, inherited=True) for place in places]
    return sorted(rows, key=lambda g: (g.distance is None, g.distance if g.distance is not None else 0.0))


def _target(plan: Plan, indicator: str) -> Target:
    """The last target that the plan sets for the indicator."""
    found = [t for t in plan.targets if t.indicator == indicator and t.target is not None]
    if not found:
        allowed = ", ".join(t.indicator for t in plan.targets if t.target is not None)
        raise UnknownName(f"is {indicator!r}", where=f"indicator of {plan.id}", allowed=allowed)
    return max(found, key=lambda t: t.deadline)


def gap_at(target: Target, region: str, observations: Observations, known_on: date, *, inherited: bool) -> Gap:
    """One region's distance to one target; `inherited`: the target was set for a region above it."""
    verdict = judge(target, region, observations, known_on, inherited=inherited)
    point = verdict.value_point or next((p for p in reversed(verdict.evidence) if not p.weak), None)
    goal = target.target or 0.0
    distance = point.value - goal if point else None
    missing, missing_unit = _missing(target, point)
    period = point.period.text if point else None
    value = point.value if point else None
    return Gap(
        region, target.indicator, value, target.unit, goal, verdict.outcome, distance, missing, missing_unit, period
    )


def _missing(target: Target, point: Point | None) -> tuple[float | None, str]:
    """Numerator still missing: (target - value) x denominator; zero where the target is reached."""
    if point is None or point.origin != "computed" or target.kind != "ratio":
        return None, ""
    top, bottom = point.parts[0], point.parts[1]
    short = max(0.0, (target.target or 0.0) - point.value) * unit(target.unit).factor
    return short * bottom.value * unit(bottom.unit).factor / unit(top.unit).factor, top.unit
