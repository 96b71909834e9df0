"""Begun stops follow one another: what ends later than planned holds up what its crew began after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from setsail.rollout.plan_model import Visit

if TYPE_CHECKING:
    from setsail.rollout.live.stops import Stop


def follow(by_crew: dict[str, list[Stop]], at: datetime, together: Collection[str]) -> None:
    """Puts the stops of every crew in turn, each no earlier than the end of the one before.

    One that would begin only at `at` or later has not begun after all and is taken out, with all that come after it;
    what was told stays.  together : sites at which several crews work at the same time.
    """
    for own in by_crew.values():
        own.sort(key=lambda s: (s.visit.depart, s.visit.end))
    moved = True
    while moved:
        for crew, own in by_crew.items():
            by_crew[crew] = _in_turn(own, at)
        moved = _begin_together((s for own in by_crew.values() for s in own), together)


def _in_turn(own: list[Stop], at: datetime) -> list[Stop]:
    """The stops of one crew that have begun before `at`, as late as those before them make them."""
    kept: list[Stop] = []
    held_up = False
    for stop in own:
        before = kept[-1] if kept else None
        if before is not None and stop.visit.depart < before.visit.end:
            if stop.told:
                _make_room(before, stop)
            else:
                stop.visit = _later(stop.visit, before.visit.end)
        if stop.told or not held_up:
            visit, begun = stop.visit, stop.told or _begins(stop.visit) < at
            held_up = not begun or (not stop.told and visit.kind == "load" and visit.begin >= at)
            if held_up and begun:
                stop.visit = replace(visit, kind="return", begin=visit.arrive, end=visit.arrive, sets=0)
            if begun:
                kept.append(stop)
    return kept


def _begins(visit: Visit) -> datetime:
    """When a visit begins: with the drive, or the work where none is."""
    return visit.depart if visit.drive_s else visit.begin


def _later(visit: Visit, depart: datetime) -> Visit:
    """A visit that is left for later: a wait before its work is used up first."""
    arrive = depart + (visit.arrive - visit.depart)
    begin = max(visit.begin, arrive)
    return replace(visit, depart=depart, arrive=arrive, begin=begin, end=begin + (visit.end - visit.begin))


def _make_room(before: Stop, stop: Stop) -> None:
    """A crew of which a stop is told had left the one before; where both are told, the later is reached later."""
    if not before.told or stop.visit.end <= before.visit.end:
        left = max(before.visit.begin, stop.visit.depart)
        before.visit = replace(before.visit, end=min(before.visit.end, left))
        return
    visit = stop.visit
    depart = min(before.visit.end, visit.end)
    arrive = min(depart + (visit.arrive - visit.depart), visit.end)
    stop.visit = replace(visit, depart=depart, arrive=arrive, begin=max(visit.begin, arrive))


def _begin_together(stops: Iterable[Stop], together: Collection[str]) -> bool:
    """Work of several crews begins when the last of them is there; True where that moved a stop."""
    here: dict[tuple[str, str], dict[str, Stop]] = {}
    for stop in stops:
        if stop.counts and stop.visit.place in together and stop.visit.kind in ("visit", "again"):
            here.setdefault((stop.visit.place, stop.visit.kind), {})[stop.visit.crew] = stop
    moved = False
    for own in here.values():
        begin = max(s.visit.begin for s in own.values())
        for stop in own.values():
            if not stop.told and stop.visit.begin < begin:
                end = stop.visit.end + (begin - stop.visit.begin)
                stop.visit, moved = replace(stop.visit, begin=begin, end=end), True
    return moved
