"""The board of a rollout as one record: what a page, a table and JSON show."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from setsail.base.record import Record, iso
from setsail.rollout.live.course import Course
from setsail.rollout.live.evidence import RECORD, RECORDS, evidence
from setsail.rollout.live.facts import undone
from setsail.rollout.live.kinds import PLANNED
from setsail.rollout.live.log import Line
from setsail.rollout.live.standing import State, state
from setsail.rollout.live.stops import OTHERS, PULLED
from setsail.rollout.live.tasks import Task, tasks
from setsail.rollout.model import STAGES, Crew, Rollout, RolloutSite, Stage
from setsail.rollout.plan_model import MilestoneState, Plan, SitePlan, Visit

__all__ = ["RECORD", "RECORDS", "board", "counts", "event", "events", "feasible", "milestones", "text", "verdict"]

SHOWN_EVENTS = 200
"""The last events that the board tells; `rollout events` tells all."""


def board(course: Course, folder: Path | None = None, at: datetime | None = None) -> Record:
    """The board at a time, by default the latest that was told. Same log, same board, byte for byte.

    folder : where acceptance records are looked for;  at : not before the latest event.
    """
    found = state(course, at)
    matrix = tasks(found)
    plan, rollout = course.plan, course.rollout
    plans = {s.site: s for s in plan.sites} if plan else {}
    way = _Ways(found)
    return {
        "rollout": rollout.rollout,
        "name": rollout.name,
        "at": iso(found.at),
        "notice": iso(rollout.notice),
        "deadline": iso(rollout.deadline),
        "seconds_to_deadline": round((rollout.deadline - found.at).total_seconds()),
        **_verdict(course),
        "counts": counts(matrix),
        "stages": list(STAGES),
        "sites": [_site(found, site, plans.get(site.site), matrix[site.site]) for site in rollout.sites],
        "crews": [_crew(found, way, crew) for crew in rollout.crews],
        "closed": sorted(course.facts.closed),
        "milestones": milestones(rollout, found, matrix),
        "events": events(course)[-SHOWN_EVENTS:],
        "last": course.log.last,
        "unplanned_events": [e.n for e in course.uncovered],
        "unplanned": dict(plan.unplanned) if plan else {},
        "evidence": evidence(course, folder),
        "torn_bytes": course.log.torn,
    }


def _verdict(course: Course) -> Record:
    """What the plan in force says of the whole."""
    plan = course.plan
    if plan is None:
        return {"verdict": "no plan", "feasible": None, "reason": "no plan was made yet", "finish": None,
                "finish_delivered": None, "finish_served": None, "served": 0, "bound_finish": None,
                "critical_site": "", "lateness_min": None, "planned_at": None}  # fmt: skip
    return {
        "verdict": verdict(course.rollout, plan), "feasible": feasible(plan), "reason": plan.reason,
        **finishes(plan),
        "bound_finish": iso(plan.bound_finish), "critical_site": plan.critical_site,
        "lateness_min": plan.lateness_min, "planned_at": iso(plan.at),
    }  # fmt: skip


def finishes(plan: Plan) -> Record:
    """When all sites are accepted and delivered, null where sites are left out; and the last of the served ones."""
    whole = not plan.unplanned
    return {
        "finish": iso(plan.finish_of_all), "finish_delivered": iso(plan.finish_delivered if whole else None),
        "finish_served": iso(plan.finish), "served": len(plan.sites),
    }  # fmt: skip


def verdict(rollout: Rollout, plan: Plan) -> str:
    """In time, late, or impossible: what the plan in force says."""
    if plan.feasible is False:
        return "impossible"
    if plan.unplanned or plan.finish is None or plan.finish > rollout.deadline or plan.lateness_min > 0:
        return "late"
    return "in time" if plan.feasible else "unknown"


def feasible(plan: Plan) -> bool | str:
    """True, False or "unknown"."""
    return "unknown" if plan.feasible is None else plan.feasible


def counts(matrix: dict[str, dict[Stage, Task]]) -> dict[str, dict[str, int]]:
    """Stage -> how many sites are waiting, begun, done and failed in it, and of how many the end was told."""
    found: dict[str, dict[str, int]] = {}
    for stage in STAGES:
        column = [row[stage] for row in matrix.values()]
        found[stage] = {s: sum(t.state == s for t in column) for s in ("waiting", "begun", "done", "failed")}
        found[stage]["told"] = sum(t.state == "done" and t.by == "told" for t in column)
    return found


def _site(found: State, site: RolloutSite, plan: SitePlan | None, row: dict[Stage, Task]) -> Record:
    return {
        "site": site.site, "name": site.name, "name_zh": site.name_zh, "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg, "crews": list(plan.crews) if plan else [],
        "arrive": iso(plan.arrive) if plan else None, "slack_min": plan.slack_min if plan else None,
        "late_min": plan.late_min if plan else None, "binding": plan.binding if plan else "",
        "again": site.site in found.standing.again, "dead": site.site in found.standing.dead,
        "critical": bool(found.course.plan and found.course.plan.critical_site == site.site),
        "stages": {
            stage: {"state": t.state, "by": t.by, "planned": iso(t.planned), "ended": iso(t.ended)}
            for stage, t in row.items()
        },
    }  # fmt: skip


class _Ways:
    """What each crew has begun, and what it is to do and has not begun, in the order of time."""

    def __init__(self, found: State) -> None:
        self.begun: dict[str, list[Visit]] = {}
        self.ahead: dict[str, list[Visit]] = {}
        for visit in found.begun:
            self.begun.setdefault(visit.crew, []).append(visit)
        plan = found.course.plan
        for visit in plan.visits if plan else ():
            if not visit.begun and (visit.depart if visit.drive_s else visit.begin) >= found.at:
                self.ahead.setdefault(visit.crew, []).append(visit)
        for own in (*self.begun.values(), *self.ahead.values()):
            own.sort(key=lambda v: (v.depart, v.end))


def _crew(found: State, way: _Ways, crew: Crew) -> Record:
    """Where a crew is: at a place or on the road, and where it goes next."""
    own, ahead = way.begun.get(crew.crew, []), way.ahead.get(crew.crew, [])
    depot = next((v.depot for v in found.course.rollout.vehicles if v.vehicle == crew.vehicle), "")
    here = found.standing.crews.get(crew.crew)
    record: Record = {
        "crew": crew.crew, "vehicle": crew.vehicle, "state": "waiting" if ahead else "free",
        "place": here.place if here else depot, "from": "", "to": "", "share": None, "until": None,
        "aboard": here.aboard if here else 0, "next": "", "next_at": None,
    }  # fmt: skip
    if crew.crew in found.standing.lost:
        loss = next((o for o in reversed(found.found.out) if o.crew == crew.crew), None)
        return record | {"state": "lost", "place": (loss.place if loss else "") or depot}
    if own and own[-1].end > found.at:
        record |= _under_way(found, own, depot)
    return record | ({"next": ahead[0].place, "next_at": iso(ahead[0].arrive)} if ahead else {})


def _under_way(found: State, own: list[Visit], depot: str) -> Record:
    """The last begun visit of a crew, on the road with the share that is driven, or at work."""
    last = own[-1]
    if found.at >= last.arrive:
        return {"state": "loading" if last.kind == "load" else "on site", "place": last.place, "until": iso(last.end)}
    share = (found.at - last.depart) / max(last.arrive - last.depart, timedelta(seconds=1))
    return {
        "state": "on the road", "place": "", "from": own[-2].place if len(own) > 1 else depot, "to": last.place,
        "share": round(share, 3), "until": iso(last.arrive),
    }  # fmt: skip


def milestones(rollout: Rollout, found: State, matrix: dict[str, dict[Stage, Task]]) -> list[Record]:
    """Every milestone: how many have reached it, how many will by the plan, whether it is met."""
    rows = []
    for stone in rollout.milestones:
        done = sum(t.ended is not None and t.ended <= stone.by for t in (row[stone.stage] for row in matrix.values()))
        ends = (row[stone.stage].ended or row[stone.stage].planned for row in matrix.values())
        expected = sum(e is not None and e <= stone.by for e in ends)
        held = MilestoneState(stone.by, stone.stage, stone.count, expected)
        ahead = "expected" if held.met else "in danger"
        word = "met" if done >= stone.count else ahead if found.at < stone.by else "missed"
        rows.append({"by": iso(stone.by), "stage": stone.stage, "required": stone.count, "done": done,
                     "expected": expected, "met": held.met, "state": word})  # fmt: skip
    return rows


def events(course: Course) -> list[Record]:
    """Every line of the log but plans: number, times, kind, fields, by whom, and by which it was taken back."""
    void = undone(course.log.lines)
    return [event(line) | {"undone": line.n in void} for line in course.log.lines if line.kind != PLANNED]


def event(line: Line) -> Record:
    """One line as a record; of a plan only what it takes into account."""
    fields = (
        {"after": line.fields["after"]}
        if line.kind == PLANNED
        else {k: v for k, v in line.fields.items() if k not in (PULLED, OTHERS)}
    )
    return {"n": line.n, "at": iso(line.at), "known": iso(line.known), "kind": line.kind, **fields, "by": line.by}


def text(record: Record) -> str:
    """The record as JSON text, always in the same bytes."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
