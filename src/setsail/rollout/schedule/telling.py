"""A plan as records for doors: the whole of it, a row for each site, the sheet of a crew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from setsail.base.errors import UnknownName
from setsail.base.record import Record, iso
from setsail.rollout.model import STAGES, Rollout
from setsail.rollout.plan_model import BenchSlot, MilestoneState, Plan, SitePlan, Visit

DONE = {
    "load": "load {sets} sets",
    "visit": "deliver and check",
    "again": "repeat the work",
    "return": "back at the depot",
}
"""What a crew does at a stop, as its sheet says it."""


def told(plan: Plan) -> Record:
    """All of a plan; `feasible` is true, false or "unknown", times are ISO 8601 with their offset."""
    return {
        "rollout": plan.rollout,
        "at": plan.at.isoformat(),
        "feasible": "unknown" if plan.feasible is None else plan.feasible,
        "reason": plan.reason,
        "finish": iso(plan.finish_of_all),
        "finish_delivered": None if plan.unplanned else iso(plan.finish_delivered),
        "finish_served": iso(plan.finish),
        "bound_finish": plan.bound_finish.isoformat(),
        "bound_reason": plan.bound_reason,
        "distance_m": plan.distance_m,
        "lateness_min": round(plan.lateness_min, 2),
        "milestones": [milestone(m) for m in plan.milestones],
        "critical_site": plan.critical_site,
        "method": plan.method,
        "seed": plan.seed,
        "sites": [site(s) for s in plan.sites],
        "visits": [visit(v) for v in plan.visits],
        "bench": [slot(b) for b in plan.bench],
        "routes": {crew: [list(trip) for trip in trips] for crew, trips in plan.routes.items()},
        "unplanned": dict(plan.unplanned),
    }


def milestone(state: MilestoneState) -> Record:
    """A milestone held against the plan."""
    return {
        "by": state.by.isoformat(),
        "stage": state.stage,
        "required": state.required,
        "reached": state.reached,
        "met": state.met,
    }


def site(one: SitePlan) -> Record:
    """A site with the end of every stage."""
    return {
        "id": one.site,
        **{stage: iso(one.stages.get(stage)) for stage in STAGES},
        "crews": list(one.crews),
        "trip": one.trip,
        "order": one.order,
        "arrive": iso(one.arrive),
        "slack_min": round(one.slack_min, 2),
        "late_min": round(one.late_min, 2),
        "binding": one.binding,
    }


def visit(one: Visit) -> Record:
    """A stop of a crew."""
    return {
        "crew": one.crew,
        "vehicle": one.vehicle,
        "trip": one.trip,
        "order": one.order,
        "kind": one.kind,
        "place": one.place,
        **{k: getattr(one, k).isoformat() for k in ("depart", "arrive", "begin", "end")},
        "drive_s": one.drive_s,
        "distance_m": one.distance_m,
        "sets": one.sets,
        "begun": one.begun,
    }


def slot(one: BenchSlot) -> Record:
    """A set on the bench; `site` is empty for a spare."""
    return {
        "depot": one.depot,
        "station": one.station,
        "site": one.site,
        "begin": one.begin.isoformat(),
        "end": one.end.isoformat(),
    }


def overview(rollout: Rollout, plan: Plan) -> list[str]:
    """The plan in a few lines, the most important first."""
    clock = Clock(rollout, plan)
    verdict = {True: "IN TIME", False: "NOT POSSIBLE", None: "UNKNOWN"}[plan.feasible]
    lines = [f"{verdict}: {plan.reason}"]
    who = f"{len(plan.sites)} of {len(rollout.sites)} sites" if plan.unplanned else "all"
    finish = "nothing is planned" if plan.finish is None else f"{who} accepted {clock.told(plan.finish)}"
    lines.append(
        f"{finish}, delivered {clock.told(plan.finish_delivered)}, deadline {clock.told(rollout.deadline)}, "
        f"{len(plan.sites)} sites, {plan.distance_m / 1000:.0f} km"
    )
    lines.append(f"no plan ends before {clock.told(plan.bound_finish)}: {plan.bound_reason}")
    if plan.critical_site:
        lines.append(f"critical site: {plan.critical_site}")
    lines += [f"left out: {name}: {why}" for name, why in plan.unplanned.items()]
    return lines


def milestone_rows(rollout: Rollout, plan: Plan) -> list[Record]:
    """The milestones as a table for people."""
    clock = Clock(rollout, plan)
    return [
        {
            "by": clock.told(m.by),
            "stage": m.stage,
            "required": m.required,
            "reached": m.reached,
            "met": "yes" if m.met else "NO",
        }
        for m in plan.milestones
    ]


def site_rows(rollout: Rollout, plan: Plan) -> list[Record]:
    """The sites as a table for people, in the order in which they are delivered."""
    clock = Clock(rollout, plan)
    names = {s.site: s.name for s in rollout.sites}
    return [
        {
            "site": s.site,
            "name": names.get(s.site, ""),
            "crew": "+".join(s.crews),
            "stop": f"{s.trip}.{s.order}" if s.trip else "-",
            "leaves": clock.told(s.stages.get("loaded")),
            "arrives": clock.told(s.arrive),
            "delivered": clock.told(s.stages.get("delivered")),
            "accepted": clock.told(s.stages.get("accepted")),
            "slack": clock.minutes(s.slack_min),
            "late": clock.minutes(s.late_min) if s.late_min else "",
            "decides": s.binding + (" (critical)" if s.site == plan.critical_site else ""),
        }
        for s in sorted(plan.sites, key=lambda s: (s.stages.get("delivered", plan.at), s.site))
    ]


def crew_rows(rollout: Rollout, plan: Plan, crew: str) -> list[Record]:
    """The sheet of a crew: each stop with its times and what is to be done. Raises UnknownName."""
    crews = [c.crew for c in rollout.crews]
    if crew not in crews:
        raise UnknownName(f"is {crew!r}", where="--crew", allowed=", ".join(crews))
    clock = Clock(rollout, plan)
    sites = {s.site: s for s in rollout.sites}
    stops = sorted((v for v in plan.visits if v.crew == crew), key=lambda v: (v.depart, v.arrive, v.end))
    return [
        {
            "stop": f"{v.trip}.{v.order}" if v.kind in {"visit", "again"} else "",
            "place": v.place,
            "name": sites[v.place].name if v.place in sites else "depot",
            "drive": clock.minutes(v.drive_s / 60),
            "km": round(v.distance_m / 1000, 1),
            "arrive": clock.told(v.arrive),
            "begin": clock.told(v.begin),
            "end": clock.told(v.end),
            "do": _what(v, sites[v.place].kind if v.place in sites else ""),
            "state": "begun" if v.begun else "",
        }
        for v in stops
    ]


def _what(one: Visit, kind: str) -> str:
    """What is to be done at a stop."""
    if one.kind == "load" and not one.sets:
        return "leave the depot"
    text = DONE[one.kind].format(sets=one.sets)
    return f"{text}: {one.sets} x {kind}" if one.kind == "visit" and one.sets else text


class Clock:
    """Times as a dispatcher reads them: the hour, with the day of the month where hours alone could be mistaken."""

    def __init__(self, rollout: Rollout, plan: Plan) -> None:
        self.zone = rollout.notice.tzinfo
        ends: Sequence[datetime | None] = (rollout.deadline, plan.finish, plan.bound_finish)
        last = max(t for t in ends if t is not None)
        self.form = "%H:%M" if last - rollout.notice <= timedelta(hours=24) else "%d %H:%M"

    def told(self, moment: datetime | None) -> str:
        """A moment, "-" for none."""
        return "-" if moment is None else f"{moment.astimezone(self.zone):{self.form}}"

    def minutes(self, minutes: float) -> str:
        """A duration as hours and minutes."""
        whole = int(minutes)
        return f"{whole // 60}:{whole % 60:02}"
