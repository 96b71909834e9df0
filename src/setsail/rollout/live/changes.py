"""What a new plan changes, told for people: finish, sites that move, milestones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from setsail.base.record import Record, iso
from setsail.rollout.live.board import feasible, finishes, verdict
from setsail.rollout.live.course import Course
from setsail.rollout.live.facts import effective
from setsail.rollout.live.kinds import PLANNED
from setsail.rollout.live.stops import stops
from setsail.rollout.plan_model import Plan, SitePlan

MOVED = timedelta(seconds=60)
"""A site that keeps its crews and is accepted within a minute of before has not moved."""


def changes(before: Course, after: Course) -> Record:
    """The two plans in force beside each other; `moved` : sites with other crews or times, the greatest delay first."""
    return {
        "before": _whole(before),
        "after": _whole(after),
        "delay_min": _minutes(
            before.plan.finish_of_all if before.plan else None, after.plan.finish_of_all if after.plan else None
        ),
        "moved": _moved(before.plan, after.plan),
        "begun_moved": begun_moved(before, after),
        "milestones": _milestones(before.plan, after.plan),
        "unplanned": dict(after.plan.unplanned) if after.plan else {},
    }


def _whole(course: Course) -> Record:
    plan = course.plan
    if plan is None:
        return {"verdict": "no plan", "feasible": None, "finish": None, "finish_delivered": None, "critical_site": ""}
    return {
        "verdict": verdict(course.rollout, plan), "feasible": feasible(plan), "reason": plan.reason,
        **finishes(plan),
        "bound_finish": iso(plan.bound_finish), "critical_site": plan.critical_site,
        "lateness_min": plan.lateness_min, "distance_m": plan.distance_m,
    }  # fmt: skip


def begun_moved(before: Course, after: Course) -> list[Record]:
    """Begun visits that run otherwise now than was known before, with the events told since: none, where all stays."""
    if after.plan is None:
        return []
    known = effective([line for line in before.log.lines if line.n <= before.covers or line.kind == PLANNED])
    old = stops(replace(before, events=known), after.plan.at).by_crew
    now = {(v.crew, v.kind, v.trip, v.place): v for v in after.plan.visits if v.begun}
    since = [e for e in after.log.lines if e.n > before.covers and e.kind != PLANNED]
    told = ", ".join(f"event {e.n}: {e.kind} {e.fields.get('site') or e.fields.get('crew', '')}".strip() for e in since)
    rows = []
    for visit in (s.visit for own in old.values() for s in own if s.visit.kind != "return" and s.counts):
        new = now.get((visit.crew, visit.kind, visit.trip, visit.place))
        if new is None or (new.depart, new.begin, new.end) != (visit.depart, visit.begin, visit.end):
            rows.append({
                "crew": visit.crew, "kind": visit.kind, "place": visit.place, "end_before": iso(visit.end),
                "end_after": iso(new.end) if new else None, "why": told,
            })  # fmt: skip
    return rows


def _moved(before: Plan | None, after: Plan | None) -> list[Record]:
    old = {s.site: s for s in before.sites} if before else {}
    new = {s.site: s for s in after.sites} if after else {}
    rows = [_site(name, old.get(name), new.get(name)) for name in sorted(set(old) | set(new))]
    moved = [row for row in rows if row is not None]
    return sorted(moved, key=lambda row: (-(row["delay_min"] if row["delay_min"] is not None else 1e9), row["site"]))


def _site(name: str, old: SitePlan | None, new: SitePlan | None) -> Record | None:
    """One site before and after, None where it has not moved."""
    was, now = (s.stages.get("accepted") if s else None for s in (old, new))
    same = old is not None and new is not None and old.crews == new.crews
    if same and was is not None and now is not None and abs(now - was) < MOVED:
        return None
    return {
        "site": name,
        "crews_before": list(old.crews) if old else [],
        "crews_after": list(new.crews) if new else [],
        "delivered_before": iso(old.stages.get("delivered")) if old else None,
        "delivered_after": iso(new.stages.get("delivered")) if new else None,
        "accepted_before": iso(was),
        "accepted_after": iso(now),
        "delay_min": _minutes(was, now),
    }


def _milestones(before: Plan | None, after: Plan | None) -> list[Record]:
    old = [m.reached for m in before.milestones] if before else []
    return [
        {"by": iso(m.by), "stage": m.stage, "required": m.required, "before": old[i] if i < len(old) else None,
         "after": m.reached, "met": m.met}
        for i, m in enumerate(after.milestones if after else ())
    ]  # fmt: skip


def _minutes(was: datetime | None, now: datetime | None) -> float | None:
    return None if was is None or now is None else round((now - was).total_seconds() / 60, 2)
