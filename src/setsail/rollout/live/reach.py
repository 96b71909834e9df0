"""Whether the crew of the plan can have been at a site when something is told of it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from setsail.base.errors import OutOfRange
from setsail.rollout.live.course import Course
from setsail.rollout.live.facts import CHAIN
from setsail.rollout.live.log import Draft
from setsail.rollout.live.stops import Stop, stops
from setsail.rollout.model import Stage
from setsail.rollout.travel.study import times

PACE = 2
"""Driving, loading and work may take half of what is planned: an earlier report is held to be a slip."""


def too_early(course: Course, draft: Draft, stage: Stage) -> bool:
    """True where no crew of the plan can have been there and the event says how it is true all the same.

    Raises OutOfRange where it does not say so: by `reason`, or by the record of an acceptance.
    """
    site = draft.fields["site"]
    if stage not in CHAIN[3:] or any((site, s) in course.facts.done for s in CHAIN[3:]):
        return False
    earliest = max((_there(course, crew, site, draft.at) for crew in _crews(course, site)), default=draft.at)
    if draft.at >= earliest:
        return False
    if draft.fields.get("reason") or draft.fields.get("record"):
        return True
    raise OutOfRange(
        f"is {draft.at.isoformat()}, before the crew of the plan can be at {site}", where=f"event {draft.kind} --at",
        allowed=f"from {earliest.isoformat()}", hint="--reason, where another crew did it or it was there all the same",
    )  # fmt: skip


def _crews(course: Course, site: str) -> tuple[str, ...]:
    """Who comes to a site by the plan in force."""
    sites = course.plan.sites if course.plan else ()
    return next((s.crews for s in sites if s.site == site), ())


def _there(course: Course, crew: str, site: str, at: datetime) -> datetime:
    """When a crew can be at a site at the earliest, from what it has begun before a time."""
    own = [s for s in stops(course, at).by_crew.get(crew, []) if s.visit.depart < at]
    coming = next((i for i, s in enumerate(own) if s.visit.place == site), None)
    before = own[:coming]
    rollout = course.rollout
    vehicle = next(c.vehicle for c in rollout.crews if c.crew == crew)
    place = next(v.depot for v in rollout.vehicles if v.vehicle == vehicle)
    leave = rollout.notice + timedelta(minutes=rollout.durations.survey_min)
    if before:
        last = before[-1].visit
        on_the_road = coming is None and last.arrive > at
        place = (before[-2].visit.place if len(before) > 1 else place) if on_the_road else last.place
        leave = last.depart if on_the_road else _left(before[-1])
    return (leave + _drive(course, place, site) / PACE).replace(microsecond=0)


def _left(stop: Stop) -> datetime:
    """When a crew has left a stop at the earliest: as told, or after half of its work."""
    visit = stop.visit
    return visit.end if stop.told else visit.begin + (visit.end - visit.begin) / PACE


def _drive(course: Course, place: str, site: str) -> timedelta:
    """The drive between two places with every road open."""
    rollout = course.rollout
    travel = times(replace(rollout, sites=tuple(s for s in rollout.sites if s.site in {place, site})))
    return timedelta(seconds=int(travel.seconds[travel.index[place], travel.index[site]]))
