"""Targets of a region: its own plan's, or those of the plans above it, from city to province to nation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from setsail.base.errors import UnknownName
from setsail.standards import facts
from setsail.standards.plans import Plan, Target, plans

SCALE_FREE = frozenset({"ratio", "growth", "per_industry"})
"""Kinds of target that hold for a part as for the whole; a count of the nation says nothing of a province."""


@dataclass(frozen=True, slots=True)
class Cascaded:
    """A target that holds in a region: which plan sets it, and whether it is inherited from a region above."""

    target: Target
    plan_id: str
    inherited: bool


def targets_for(plan: Plan, region: str) -> list[Cascaded]:
    """The targets of `plan` as they hold in `region`.

    In the plan's own region: its own. Below it: those of shipped plans made under it for this region or one between,
    nearest first; for every other scale-free indicator the plan's own, marked inherited. Raises UnknownName.
    """
    own = [t for t in plan.targets if t.geography == region]
    if own or region == plan.geography:
        return [Cascaded(t, plan.id, inherited=False) for t in own or plan.targets]
    chain = ancestors(region)
    if plan.geography not in chain:
        raise UnknownName(
            f"is {region!r}",
            where="--region",
            allowed=f"{plan.geography} or a region below it",
            hint="setsail plan list",
        )
    below = chain[: chain.index(plan.geography)]
    found: dict[tuple[str, object], Cascaded] = {}
    for level in below:
        for child in _children(plan.id):
            for target in child.targets:
                if target.geography == level:
                    found.setdefault(
                        (target.indicator, target.deadline), _moved(target, region, child.id, level != region)
                    )
    for target in plan.targets:
        covered = any(target.indicator == indicator for indicator, _ in found)
        if target.kind in SCALE_FREE and not covered:
            found[target.indicator, target.deadline] = _moved(target, region, plan.id, True)
    return list(found.values())


def ancestors(region: str) -> list[str]:
    """The region and all above it, nearest first. Raises UnknownName."""
    known = facts.regions()
    if region not in known:
        raise UnknownName(
            f"is {region!r}", where="--region", allowed="a code of `setsail data regions`, such as 110000"
        )
    chain = [region]
    while known[chain[-1]].parent:
        chain.append(known[chain[-1]].parent)
    return chain


def _children(plan_id: str) -> list[Plan]:
    return [p for p in plans().values() if p.parent == plan_id]


def _moved(target: Target, region: str, plan_id: str, inherited: bool) -> Cascaded:
    return Cascaded(replace(target, geography=region), plan_id, inherited)
