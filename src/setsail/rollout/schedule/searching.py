"""The best routes found: by the routing solver, by repair, by insertion of what they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from setsail.rollout.plan_model import Routes
from setsail.rollout.schedule.insertion import inserted
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import Run, Trips, run
from setsail.rollout.travel.matrix import TravelTimes


@dataclass(frozen=True, slots=True)
class Found:
    """The best routes with their run. method : how they came about;  bound : seconds, proved on the way (0 : none)."""

    trips: Trips
    run: Run
    method: str
    bound: int = 0
    bound_reason: str = ""


def searched(
    frame: Frame,
    travel: TravelTimes,
    places: Sequence[int],
    routes: Routes | None,
    *,
    seed: int,
    until: float,
    clock: Callable[[], float],
) -> Found:
    """The best routes that serve `places` found before `until`."""
    trips = complete(frame, [[] for _ in frame.crews] if routes is None else frame.numbered(routes), places)
    return Found(trips, run(frame, trips), "insertion")


def complete(frame: Frame, trips: Trips, places: Sequence[int]) -> Trips:
    """The trips with exactly `places` in them, each with as many crews as it needs."""
    wanted, come = set(places), dict[int, set[int]]()
    for c, own in enumerate(trips):
        for trip in own:
            for p in trip:
                come.setdefault(p, set()).add(c)
    keep = {p for p, who in come.items() if p in wanted and len(who) == frame.crews_at[p]}
    seen: set[tuple[int, int]] = set()
    left: Trips = []
    for c, own in enumerate(trips):
        left.append([])
        for trip in own:
            stays = [p for p in trip if p in keep and (c, p) not in seen]
            seen.update((c, p) for p in stays)
            if stays:
                left[-1].append(stays)
    return inserted(frame, left, [p for p in places if p not in keep])
