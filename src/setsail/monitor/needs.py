"""What is still missing to the targets of a plan in one region, in things to be counted, and where most of it lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from setsail.base.observation import Observations
from setsail.monitor.cascade import SCALE_FREE, Cascaded, ancestors, targets_for
from setsail.monitor.evidence import members, points
from setsail.monitor.gap import Gap, gap_at
from setsail.standards import facts
from setsail.standards.plans import Plan, Target


@dataclass(frozen=True, slots=True)
class Needs:
    """Targets of one region that its newest figure does not reach, the nearest first, those without a figure last.

    below : the regions under it that are short of a target which holds for a part as for the whole, most missing first.
    """

    region: str
    here: tuple[Gap, ...]
    below: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Figured:
    """A region in which figures speak of some targets of a plan: how many of how many."""

    region: str
    targets: int
    with_figures: int


def needs(plan: Plan, region: str | None, observations: Observations, known_on: date) -> Needs:
    """What the targets of a plan still need, as known on a day. Raises UnknownName."""
    place = region or plan.geography
    held = last_of_each(_held(plan, region))
    here = [_counted(gap_at(c.target, place, observations, known_on, inherited=c.inherited), c.target) for c in held]
    below = [
        gap_at(c.target, part, observations, known_on, inherited=True)
        for c in held
        if c.target.kind in SCALE_FREE
        for part in _parts(place)
    ]
    short = [g for g in below if g.distance is not None and g.distance < 0]
    return Needs(
        place,
        tuple(sorted((g for g in here if g.distance is None or g.distance < 0), key=_effort)),
        tuple(sorted(short, key=lambda g: (g.indicator, -(g.missing or 0.0), g.distance or 0.0))),
    )


def last_of_each(held: Sequence[Cascaded]) -> list[Cascaded]:
    """The target with the last deadline of each indicator, those without a value left out."""
    last: dict[str, Cascaded] = {}
    for item in held:
        told = last.get(item.target.indicator)
        if item.target.target is not None and (told is None or item.target.deadline >= told.target.deadline):
            last[item.target.indicator] = item
    return list(last.values())


def figured(plan: Plan, observations: Observations, known_on: date) -> list[Figured]:
    """The plan's own region and all below it in which at least one of its targets has a figure, known on a day."""
    seen = observations.known_on(known_on)
    told = set(seen.regions())
    found = []
    for place in facts.regions():
        if place != plan.geography and (place not in told or plan.geography not in ancestors(place)):
            continue
        targets = [c.target for c in targets_for(plan, place) if not c.target.headline]
        with_figures = sum(_has_figure(t, place, seen) for t in targets)
        if with_figures or place == plan.geography:
            found.append(Figured(place, len(targets), with_figures))
    return found


def _counted(gap: Gap, target: Target) -> Gap:
    """A target that is itself a count lacks the distance."""
    if gap.distance is None or target.kind != "level" or gap.missing is not None:
        return gap
    return replace(gap, missing=max(0.0, -gap.distance), missing_unit=target.unit)


def _held(plan: Plan, region: str | None) -> list[Cascaded]:
    own = targets_for(plan, region) if region else [Cascaded(t, plan.id, inherited=False) for t in plan.targets]
    return [c for c in own if not c.target.headline]


def _has_figure(target: Target, place: str, seen: Observations) -> bool:
    return bool(points(target, place, seen))


def _parts(place: str) -> Iterable[str]:
    """The provinces under a nation, a macro-region or a cluster, the cities under a province."""
    known = facts.regions()
    wanted = "city" if place in known and known[place].level == "province" else "province"
    under = (r.region for r in known.values() if r.level == wanted and place in ancestors(r.region)[1:])
    return members(place) or tuple(under)


def _effort(gap: Gap) -> tuple[bool, float]:
    """Those with a figure first; among them the smallest share of the target that is missing."""
    if gap.distance is None:
        return (True, 0.0)
    return (False, -gap.distance / abs(gap.target) if gap.target else 0.0)
