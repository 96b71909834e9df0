"""A rollout, and its plan, as rows for a table, JSON or CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from setsail.base.fields import columns
from setsail.base.record import Record
from setsail.rollout.folder.checking import Problem
from setsail.rollout.folder.files import TABLES
from setsail.rollout.model import STAGES, Rollout, Stage
from setsail.rollout.plan_model import Plan
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes


def summary(rollout: Rollout) -> Record:
    """What a rollout holds, in numbers."""
    return {
        "rollout": rollout.rollout,
        "name": rollout.name,
        "notice": rollout.notice.isoformat(),
        "deadline": rollout.deadline.isoformat(),
        "sites": len(rollout.sites),
        "sets": sum(s.sets for s in rollout.sites),
        "depots": len(rollout.depots),
        "bench_stations": sum(d.stations for d in rollout.depots),
        "vehicles": len(rollout.vehicles),
        "crews": len(rollout.crews),
        "sets_in_stock": sum(e.sets for e in rollout.equipment),
        "spares": sum(e.spares for e in rollout.equipment),
        "bridges": len(rollout.bridges),
        "milestones": len(rollout.milestones),
        "late_lines": sum(s.line_ready_at is not None for s in rollout.sites),
        "travel": rollout.travel.method,
        "marks": dict(sorted(Counter(s.mark for s in rollout.sites).items())),
    }


def whole(rollout: Rollout) -> Record:
    """All of a rollout: its numbers, and each table row by row."""
    found: dict[str, Any] = {**summary(rollout), "note": rollout.note}
    found["count"] = {"sites": found.pop("sites"), "depots": found.pop("depots"), "vehicles": found.pop("vehicles")}
    found["count"] |= {k: found.pop(k) for k in ("crews", "bridges", "milestones")}
    found |= {part: _row(getattr(rollout, part)) for part in ("durations", "call")}
    found["travel"] = _row(rollout.travel)
    found["milestones"] = [_row(m) for m in rollout.milestones]
    for attribute, _ in TABLES.values():
        found[attribute] = [_row(value) for value in getattr(rollout, attribute)]
    return found


def findings(problems: Sequence[Problem]) -> Record:
    """What a check found. sound : it can be planned;  possible : nothing is known that makes it infeasible."""
    counts = Counter(p.grade for p in problems)
    return {
        "sound": not counts["defect"],
        "possible": not counts["defect"] and not counts["impossible"],
        "counts": {grade: counts[grade] for grade in ("defect", "impossible", "notice")},
        "findings": [{k: getattr(p, k) for k in columns(Problem)} for p in problems],
    }


def planned_rows(
    rollout: Rollout, plan: Plan, told: Mapping[tuple[str, Stage], datetime] | None = None
) -> list[Record]:
    """Sites x stages of a plan, in the order of the rollout's sites. told : ends that were reported, which hold."""
    plans = {p.site: p for p in plan.sites}
    rows: list[Record] = []
    for site in rollout.sites:
        own = plans.get(site.site)
        row: dict[str, Any] = {"site": site.site, "name": site.name}
        for stage in STAGES:
            at = (told or {}).get((site.site, stage)) or (own.stages.get(stage) if own else None)
            row[stage] = at.isoformat() if at else None
        row |= {
            "crews": "|".join(own.crews) if own else "",
            "trip": own.trip if own else None,
            "order": own.order if own else None,
            "arrive": own.arrive.isoformat() if own and own.arrive else None,
            "slack_min": round(own.slack_min, 1) if own else None,
            "late_min": round(own.late_min, 1) if own else None,
            "binding": own.binding if own else "",
            "unplanned": plan.unplanned.get(site.site, ""),
        }
        rows.append(row)
    return rows


def ways(travel: TravelTimes) -> Iterator[Record]:
    """The ways between all places as rows of travel.csv; what has no way is left out."""
    for i, a in enumerate(travel.places):
        for j, b in enumerate(travel.places):
            seconds = int(travel.seconds[i, j])
            if i != j and seconds < UNREACHABLE:
                yield {"from": a, "to": b, "minutes": round(seconds / 60.0, 4), "metres": float(travel.metres[i, j])}


def _row(value: object) -> Record:
    """All fields of a value, times as ISO 8601."""
    cells = {name: getattr(value, name) for name in columns(type(value))}
    return {
        k: v.isoformat() if isinstance(v, datetime) else list(v) if isinstance(v, tuple) else v
        for k, v in cells.items()
    }
