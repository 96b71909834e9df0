"""Verdict on one target: met, missed, not provable or open, with the evidence and when it was crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from setsail.base.observation import Observation, Observations
from setsail.monitor.evidence import Point, points, related, whole
from setsail.standards import facts
from setsail.standards.plans import Target

Outcome = Literal["met", "missed", "not_provable", "open"]
Side = Literal["reached", "short", "unclear"]
Basis = Literal["at_deadline", "stays_reached", "still_short", "bracketed", "reached_early", "none"]
NO_DENOMINATOR = "the numerator is known, but no usable denominator of that day or the 550 days before"
BRACKET_DAYS = 366
"""Two figures bracket a deadline when each lies within a year of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement of one target in one region, as known on a day. Values are in the unit of the target.

    crossed_after, crossed_before : months between which the target was crossed (`YYYY-MM`), None where not known.
    distance : value less target, positive when above.  pace_needed_per_year : to reach an open target in time.
    """

    target: Target
    region: str
    known_on: date
    outcome: Outcome
    basis: Basis
    reason: str
    value: float | None
    value_point: Point | None
    crossed_after: str | None
    crossed_before: str | None
    distance: float | None
    pace_needed_per_year: float | None
    pace_recent_per_year: float | None
    evidence: tuple[Point, ...]
    related: tuple[Observation, ...] = ()
    inherited: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ruling:
    outcome: Outcome
    basis: Basis
    reason: str
    used: Sequence[Point] = ()


def judge(
    target: Target, region: str, observations: Observations, known_on: date, *, inherited: bool = False
) -> Verdict:
    """The verdict on `target` in `region` with what was known on a day. The rules: `docs/explain/verdicts.md`."""
    seen = observations.known_on(known_on)
    evidence = points(target, region, seen)
    ruling = _rule(target, evidence, known_on)
    if not evidence and _lacks_denominator(target, region, seen):
        ruling = replace(ruling, reason=NO_DENOMINATOR if ruling.outcome == "not_provable" else ruling.reason)
    chosen = _chosen(ruling, evidence, target)
    after, before = crossing(target, evidence)
    value = chosen.value if chosen else None
    return Verdict(
        target=target,
        region=region,
        known_on=known_on,
        outcome=ruling.outcome,
        basis=ruling.basis,
        reason=ruling.reason,
        value=value,
        value_point=chosen,
        crossed_after=after,
        crossed_before=before,
        distance=None if value is None or target.target is None else value - target.target,
        pace_needed_per_year=_pace_needed(target, chosen, ruling.outcome),
        pace_recent_per_year=_pace_recent(evidence, chosen),
        evidence=tuple(evidence),
        related=tuple(related(target, region, seen)),
        inherited=inherited,
        notes=tuple(_notes(target, chosen, evidence)),
    )


def _lacks_denominator(target: Target, region: str, seen: Observations) -> bool:
    return target.kind == "ratio" and bool(whole(target.numerator, region, seen))


def side(target: Target, point: Point) -> Side:
    """On which side of the target a figure lies.

    A printed value that equals the target reaches it. "Over" a value below the target, or "about" one whose band
    holds the target, is unclear.
    """
    goal = target.target
    if goal is None:
        return "unclear"
    upward = _upward(target)
    reached = point.value >= goal if target.comparator == ">=" else point.value > goal
    if not upward:
        reached = point.value <= goal if target.comparator == "<=" else point.value < goal
    straddles = point.band.low < goal < point.band.high
    if point.qualifier == "over":
        return "unclear" if reached != upward else "reached" if reached else "short"
    if point.qualifier == "about" and straddles:
        return "unclear"
    return "reached" if reached else "short"


def _upward(target: Target) -> bool:
    return target.comparator in (">=", ">")


def nondecreasing(target: Target) -> bool:
    """True where an earlier figure above the target proves a later day: said by the plan, or by the indicator.

    Never so for a target that is an upper bound: a count that grows may pass it after any figure.
    """
    if not _upward(target):
        return False
    if target.nondecreasing is not None:
        return target.nondecreasing
    known = facts.indicators().get(target.indicator)
    return bool(known and known.nondecreasing) and target.kind in ("level", "per_industry")


def standing(evidence: Sequence[Point]) -> list[Point]:
    """The latest publication of each figure; an earlier one of the same period and definition was restated."""
    latest = {(p.period, p.definition, p.origin, p.industry): p for p in sorted(evidence, key=lambda p: p.known)}
    return sorted(latest.values(), key=lambda p: (p.period, p.known, p.origin, p.definition))


def crossing(target: Target, evidence: Sequence[Point]) -> tuple[str | None, str | None]:
    """The months between which the target was crossed for good: last figure short of it, first that reaches it."""
    sides = [(p, side(target, p)) for p in standing([p for p in evidence if not p.weak])]
    last_short = max((p.period for p, s in sides if s == "short"), default=None)
    reached = [p.period for p, s in sides if s == "reached" and (last_short is None or p.period > last_short)]
    if not reached:
        return None, None
    return (last_short.month if last_short else None), min(reached).month


def _rule(target: Target, evidence: Sequence[Point], known_on: date) -> _Ruling:
    if target.kind == "monitor" or target.target is None:
        return _Ruling("open", "none", "the plan watches this indicator and sets no target", evidence[-1:])
    if target.kind == "per_industry":
        return _rule_per_industry(target, evidence, known_on)
    strong = standing([p for p in evidence if not p.weak])
    ruling = _rule_open(target, strong) if known_on <= target.deadline else _rule_closed(target, strong)
    return _unless_unverified(target, ruling, bool(evidence), bool(strong))


def _unless_unverified(target: Target, ruling: _Ruling, any_evidence: bool, any_strong: bool) -> _Ruling:
    if ruling.outcome in ("met", "missed") and not target.verified:
        told = f"the figures say {ruling.outcome}, but the target's value was not read in the plan itself: unverified"
        return _Ruling("not_provable", ruling.basis, told, ruling.used)
    if ruling.outcome == "not_provable" and any_evidence and not any_strong:
        return _Ruling("not_provable", "none", "only recalled, assumed or unverified figures are known")
    return ruling


def _rule_open(target: Target, strong: Sequence[Point]) -> _Ruling:
    reached = [p for p in strong if side(target, p) == "reached"]
    if reached and nondecreasing(target):
        return _Ruling(
            "met", "reached_early", "reached before the deadline by a count that does not fall", reached[-1:]
        )
    newest = max((p.period for p in strong), default=None)
    sides = {side(target, p) for p in strong if p.period == newest}
    if sides == {"reached"}:
        return _Ruling("open", "none", "reached now; the deadline has not passed and the figure may turn")
    if {"reached", "short"} <= sides:
        return _Ruling("open", "none", "the deadline has not passed; definitions disagree on whether it is reached now")
    return _Ruling("open", "none", "the deadline has not passed")


def _rule_closed(target: Target, strong: Sequence[Point]) -> _Ruling:
    at = _last_of_each_definition([p for p in strong if _stands_at(p, target.deadline)])
    rough = all(side(target, p) == "unclear" for p in at)
    if at and not (rough and nondecreasing(target)):
        return _rule_at_deadline(target, at)
    before = [p for p in strong if p.period.last_day < target.deadline]
    after = [p for p in strong if p.period.last_day > target.deadline]
    if nondecreasing(target):
        reached = [p for p in before if side(target, p) == "reached"]
        if reached:
            return _Ruling(
                "met", "stays_reached", "reached before the deadline by a count that does not fall", reached[-1:]
            )
        if any(side(target, p) == "short" for p in after):
            return _Ruling(
                "missed", "still_short", "a count that does not fall was still short after the deadline", before
            )
    return _rule_at_deadline(target, at) if at else _rule_bracketed(target, before, after)


def _last_of_each_definition(at: Sequence[Point]) -> list[Point]:
    """Of figures by day or week within the deadline's month, the last ones speak of the deadline."""
    newest: dict[str, date] = {}
    for p in at:
        newest[p.definition] = max(p.period.last_day, newest.get(p.definition, p.period.last_day))
    return [p for p in at if p.period.last_day == newest[p.definition]]


def _rule_at_deadline(target: Target, at: Sequence[Point]) -> _Ruling:
    sides = {side(target, p) for p in at}
    if sides == {"reached"}:
        return _Ruling("met", "at_deadline", "the figure of the deadline reaches the target", at)
    if sides == {"short"}:
        return _Ruling("missed", "at_deadline", "the figure of the deadline is short of the target", at)
    if sides == {"unclear"} or len(at) == 1:
        return _Ruling("not_provable", "none", "the figure of the deadline is too rough to tell")
    if "reached" in sides and "short" in sides:
        return _Ruling("not_provable", "none", "figures of different definitions disagree at the deadline", at)
    outcome: Outcome = "met" if "reached" in sides else "missed"
    return _Ruling(
        outcome,
        "at_deadline",
        "the clear figures of the deadline agree",
        [p for p in at if side(target, p) != "unclear"],
    )


def _rule_bracketed(target: Target, before: Sequence[Point], after: Sequence[Point]) -> _Ruling:
    year = timedelta(days=BRACKET_DAYS)
    near_before = [p for p in before if target.deadline - p.period.last_day <= year]
    near_after = [p for p in after if p.period.last_day - target.deadline <= year]
    if near_before and near_after:
        last, first = near_before[-1].period.last_day, near_after[0].period.last_day
        around = [p for p in (*near_before, *near_after) if p.period.last_day in (last, first)]
        sides = {side(target, p) for p in around}
        if sides == {"reached"}:
            return _Ruling(
                "met", "bracketed", "the last figure before and the first after the deadline reach it", near_before[-1:]
            )
        if sides == {"short"}:
            return _Ruling(
                "missed",
                "bracketed",
                "the last figure before and the first after the deadline are short",
                near_before[-1:],
            )
    told = "no figure of the deadline is known"
    if before and after:
        told += _told_between(target, before, after)
    elif not before and not after:
        told = "no figure of this indicator is known"
    return _Ruling("not_provable", "none", told)


def _told_between(target: Target, before: Sequence[Point], after: Sequence[Point]) -> str:
    if side(target, before[-1]) == "short" and side(target, after[0]) == "reached":
        return "; it was crossed some time between the figures before and after"
    return "; the figures before and after do not tell"


def _rule_per_industry(target: Target, evidence: Sequence[Point], known_on: date) -> _Ruling:
    """Met when every key industry that the plan lists reaches the target; missed when one is short at the deadline."""
    latest: dict[str, Point] = {}
    for p in evidence:
        listed = p.industry in target.industries if target.industries else bool(p.industry)
        if listed and not p.weak and p.period.last_day <= target.deadline:
            latest[p.industry] = p
    short = sorted(i for i, p in latest.items() if side(target, p) == "short" and _stands_at(p, target.deadline))
    missing = sorted(set(target.industries) - set(latest))
    lasting = nondecreasing(target)
    reached = [
        i for i, p in latest.items() if side(target, p) == "reached" and (lasting or _stands_at(p, target.deadline))
    ]
    if known_on <= target.deadline:
        return _Ruling("open", "none", "the deadline has not passed", list(latest.values()))
    if short:
        return _Ruling("missed", "at_deadline", f"short in {', '.join(short)}", list(latest.values()))
    if target.industries and not missing and len(reached) == len(latest):
        return _unless_unverified(
            target, _Ruling("met", "at_deadline", "every key industry reaches it", list(latest.values())), True, True
        )
    told = "the plan file lists no key industries to count by"
    if missing:
        told = f"no figure for {', '.join(missing)}"
    elif target.industries:
        told = f"no clear figure of the deadline for {', '.join(sorted(set(latest) - set(reached)))}"
    return _Ruling(
        "not_provable", "none", told if latest or missing else "no figure of this indicator by industry is known"
    )


def _stands_at(point: Point, deadline: date) -> bool:
    day = point.period.last_day
    return day <= deadline and (day.year, day.month) == (deadline.year, deadline.month)


def _chosen(ruling: _Ruling, evidence: Sequence[Point], target: Target) -> Point | None:
    """The figure told as the value: of the period that decides, the one made known last (the latest restatement)."""
    candidates = list(ruling.used)
    if not candidates and ruling.outcome == "open":
        candidates = list(evidence)
    if not candidates:
        return None
    if target.kind == "per_industry":
        return min(candidates, key=lambda p: p.value)
    newest = max(p.period for p in candidates)
    return max(
        (p for p in candidates if p.period == newest), key=lambda p: (not p.weak, p.known, p.origin == "computed")
    )


def _pace_needed(target: Target, now: Point | None, outcome: Outcome) -> float | None:
    if outcome != "open" or now is None or target.target is None or side(target, now) == "reached":
        return None
    years = (target.deadline - now.period.last_day).days / 365.25
    return (target.target - now.value) / years if years > 0 else None


def _pace_recent(evidence: Sequence[Point], now: Point | None) -> float | None:
    """Change per year over about the last year, between figures of one definition."""
    if now is None:
        return None
    same = [p for p in evidence if p.definition == now.definition and p.period < now.period]
    wanted = now.period.last_day - timedelta(days=365)
    earlier = min(same, key=lambda p: abs((p.period.last_day - wanted).days), default=None)
    if earlier is None:
        return None
    years = (now.period.last_day - earlier.period.last_day).days / 365.25
    return (now.value - earlier.value) / years if years > 0 else None


def _notes(target: Target, chosen: Point | None, evidence: Sequence[Point]) -> list[str]:
    found = []
    if chosen and target.unit == "percent" and chosen.value > 100:
        found.append("above 100 percent: accounts may exceed residents")
    if (
        chosen
        and target.target is not None
        and chosen.band.low < target.target < chosen.band.high
        and side(target, chosen) == "reached"
        and not _counted(chosen)
    ):
        found.append("reached only as printed: within the rounding of the figure")
    if chosen and any(p.definition != chosen.definition and p.period == chosen.period for p in evidence):
        others = [
            p
            for p in standing(evidence)
            if p.period == chosen.period and p.definition != chosen.definition and not _agree(p, chosen)
        ]
        if others:
            told = ", ".join(f"{p.value:.4g} ({p.definition})" for p in others)
            found.append(f"other definitions for {chosen.period}: {told}")
    before = [
        p for p in evidence if chosen and _same_figure(p, chosen) and p.known < chosen.known and p.value != chosen.value
    ]
    if before:
        found.append(f"restated: {before[-1].value:.4g} was the figure known from {before[-1].known}")
    if any(p.synthetic for p in evidence):
        found.append("synthetic figures are part of the evidence")
    if not target.verified:
        found.append("the target's value is unverified")
    return found


def _same_figure(a: Point, b: Point) -> bool:
    return (a.period, a.definition, a.origin, a.industry) == (b.period, b.definition, b.origin, b.industry)


def _agree(a: Point, b: Point) -> bool:
    """True where either printed figure allows the other's value."""
    return a.band.low <= b.value <= a.band.high or b.band.low <= a.value <= b.band.high


def _counted(point: Point) -> bool:
    """True for a whole number of things printed to the last one: it has no rounding."""
    return point.value == round(point.value) and point.band.high - point.band.low <= 1
