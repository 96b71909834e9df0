"""An indicator by region as a map shows it: a value, or unknown; every value with its evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput, UnknownName
from setsail.monitor.evidence import Point, points
from setsail.standards import facts
from setsail.standards.plans import Kind, Target

if TYPE_CHECKING:
    from setsail.base.observation import Observations
    from setsail.standards.boundaries import Regions

Slice = tuple[str, str]
"""A period and a definition: what one map shows."""


@dataclass(frozen=True, slots=True)
class Figures:
    """shown : the period and definition;  slices : all that there are, and in how many regions each is known;
    points : by adcode, None where unknown.
    """

    indicator: str
    unit: str
    shown: Slice
    slices: tuple[tuple[Slice, int], ...]
    points: dict[int, Point | None]

    def rank(self, point: Point) -> int:
        """1 for the highest; equal values share a rank."""
        return 1 + sum(p is not None and p.value > point.value for p in self.points.values())


def figures(
    indicator: str, outlines: Regions, seen: Observations, day: date, *, period: str = "", definition: str = ""
) -> Figures:
    """The figures of an indicator in the regions of some outlines, as known on a day.

    period, definition : of the map; else those known in the most regions, the newest of equals.
    Raises UnknownName (indicator), BadInput (no such period or definition).
    """
    target = _target(indicator, day)
    known = seen.known_on(day)
    codes = [int(code) for code in outlines.adcode]
    found = {code: points(target, str(code), known) for code in codes}
    slices = Counter(s for each in found.values() for s in {(p.period.text, p.definition) for p in each})
    ordered = sorted(slices.items(), key=lambda item: (-item[1], [-ord(c) for c in item[0][0]], item[0][1]))
    fitting = [s for s, _ in ordered if (not period or s[0] == period) and (not definition or s[1] == definition)]
    if not fitting:
        told = (
            f"no figure of {indicator}"
            + (f" at {period}" if period else "")
            + (f" by {definition!r}" * bool(definition))
        )
        allowed = "; ".join(" ".join(s) for s, _ in ordered[:8]) or "an indicator with figures of these regions"
        raise BadInput(told, where=f"level {outlines.level}", allowed=allowed)
    shown = fitting[0]
    return Figures(indicator, target.unit, shown, tuple(ordered), {c: _at(found[c], shown) for c in codes})


def mapped(outlines: Regions, seen: Observations, day: date) -> list[tuple[str, int]]:
    """Indicators with a figure in these regions, and in how many; the most widely known first."""
    codes = {str(code) for code in outlines.adcode}
    pairs = {(o.indicator, o.region) for o in seen.known_on(day) if o.region in codes and not o.operator}
    counted = Counter(indicator for indicator, _ in pairs if indicator in facts.indicators())
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _target(indicator: str, day: date) -> Target:
    known = facts.indicators().get(indicator)
    if known is None:
        raise UnknownName(f"is {indicator!r}", where="indicator", allowed=", ".join(sorted(facts.indicators())))
    kind: Kind = "ratio" if known.numerator and known.denominator else "level"
    return Target(indicator, known.unit, day, "CN", kind=kind, numerator=known.numerator, denominator=known.denominator)


def _at(found: list[Point], shown: Slice) -> Point | None:
    """The figure of a period and definition that was made known last."""
    at = [p for p in found if (p.period.text, p.definition) == shown]
    return max(at, key=lambda p: p.known, default=None)
