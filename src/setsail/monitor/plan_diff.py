"""What changed between two plans: targets, definitions, denominators, indicators that replace others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from setsail.standards.plans import Plan, Target


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which two plans differ: kind, indicator of each side, and the values."""

    kind: Literal["added", "removed", "changed", "replaced"]
    indicator: str
    what: str
    before: str
    after: str


_COMPARED = (
    "target",
    "unit",
    "comparator",
    "kind",
    "definition_version",
    "numerator",
    "denominator",
    "group",
    "headline",
)


def diff(a: Plan, b: Plan) -> list[Difference]:
    """What changed from plan `a` to plan `b`.

    An indicator of `b` that says `replaces` is told beside the one it replaces: a widened denominator, a growth that
    became a level. Where an indicator has several deadlines they are paired in order.
    """
    before, after = _by_indicator(a), _by_indicator(b)
    replaced = {t.replaces: t.indicator for t in b.targets if t.replaces in before and t.replaces not in after}
    found: list[Difference] = []
    for name, targets in before.items():
        if name in after:
            found += _changes(targets, after[name])
        elif name in replaced:
            old, new = targets[0], after[replaced[name]][0]
            found.append(Difference("replaced", f"{name} -> {new.indicator}", "indicator", told(old), told(new)))
            found += [c for c in _changes(targets, after[replaced[name]]) if c.what not in ("target", "unit")]
        else:
            found.append(Difference("removed", name, "indicator", told(targets[0]), ""))
    new_names = [n for n in after if n not in before and n not in replaced.values()]
    return found + [Difference("added", n, "indicator", "", told(after[n][0])) for n in new_names]


def told(target: Target) -> str:
    """A target in words: name, comparator, value, unit, deadline."""
    if target.target is None:
        return f"{target.name_en or target.indicator}: watched, no target"
    value = f"{target.comparator} {target.target:,.12g} {target.unit} by {target.deadline}"
    return f"{target.name_en or target.indicator}: {value}"


def _by_indicator(plan: Plan) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = {}
    for target in sorted(plan.targets, key=lambda t: t.deadline):
        found.setdefault(target.indicator, []).append(target)
    return found


def _changes(old: list[Target], new: list[Target]) -> list[Difference]:
    found = []
    for a, b in zip(old, new, strict=False):
        for what in (*_COMPARED, "deadline"):
            x, y = cast(object, getattr(a, what)), cast(object, getattr(b, what))
            if x != y and not (what == "group" and not (x and y)):
                found.append(Difference("changed", b.indicator, what, _plain(x), _plain(y)))
    return found


def _plain(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else "" if value is None else str(value)
