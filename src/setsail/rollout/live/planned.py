"""A plan as the fields of a log line: what differs from the plan before, times in whole seconds from the notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from setsail.rollout.model import STAGES, Rollout, Stage
from setsail.rollout.plan_model import BenchSlot, MilestoneState, Plan, SitePlan, Visit

Written = Mapping[str, Any]
PARTS = ("crews", "sites", "bench")
"""Tables by name: a name that is left out is as it was, None takes it away."""
BEGUN = -1
"""Where a written visit says whether it has begun."""


class Codec:
    """Plans of one rollout as JSON values and back."""

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.notice = rollout.notice
        self.vehicles = {c.crew: c.vehicle for c in rollout.crews}

    def written(self, plan: Plan) -> dict[str, Any]:
        """All of a plan."""
        head: dict[str, Any] = {
            "at": self._s(plan.at), "feasible": plan.feasible, "reason": plan.reason, "finish": self._s(plan.finish),
            "finish_delivered": self._s(plan.finish_delivered), "bound_finish": self._s(plan.bound_finish),
            "bound_reason": plan.bound_reason, "distance_m": int(plan.distance_m),
            "lateness_min": round(float(plan.lateness_min), 3), "critical_site": plan.critical_site,
            "method": plan.method, "seed": int(plan.seed), "reached": [m.reached for m in plan.milestones],
            "unplanned": dict(sorted(plan.unplanned.items())),
        }  # fmt: skip
        crews: dict[str, dict[str, Any]] = {
            c: {"trips": [list(t) for t in r], "visits": []} for c, r in plan.routes.items()
        }
        for visit in sorted(plan.visits, key=lambda v: (v.depart, v.arrive, v.end, v.order)):
            crews.setdefault(visit.crew, {"trips": [], "visits": []})["visits"].append(self.row(visit))
        bench: dict[str, list[list[Any]]] = {}
        for slot in sorted(plan.bench, key=lambda s: (s.depot, s.begin, s.station)):
            bench.setdefault(slot.depot, []).append([slot.station, slot.site, self._s(slot.begin), self._s(slot.end)])
        sites = {s.site: self._site(s) for s in plan.sites}
        return {**head, "crews": dict(sorted(crews.items())), "sites": dict(sorted(sites.items())), "bench": bench}

    def read(self, written: Written) -> Plan:
        """The plan of all its fields."""
        crews, rollout = written["crews"], self.rollout
        reached = zip(rollout.milestones, written["reached"], strict=True)
        return Plan(
            rollout=rollout.rollout, at=self._need(written["at"]), feasible=written["feasible"],
            reason=written["reason"], finish=self._t(written["finish"]),
            finish_delivered=self._t(written["finish_delivered"]), bound_finish=self._need(written["bound_finish"]),
            bound_reason=written["bound_reason"], distance_m=written["distance_m"],
            lateness_min=written["lateness_min"],
            sites=tuple(self._site_plan(s, v) for s, v in written["sites"].items()),
            visits=tuple(self.visit(c, v) for c, own in crews.items() for v in own["visits"]),
            bench=tuple(self.slot(d, row) for d, own in written["bench"].items() for row in own),
            milestones=tuple(MilestoneState(m.by, m.stage, m.count, n) for m, n in reached),
            routes={c: tuple(tuple(t) for t in own["trips"]) for c, own in crews.items()},
            unplanned=written["unplanned"], critical_site=written["critical_site"], method=written["method"],
            seed=written["seed"],
        )  # fmt: skip

    def slot(self, depot: str, row: Sequence[Any]) -> BenchSlot:
        """A slot on the bench of a depot, from its written form."""
        station, site, begin, end = row
        return BenchSlot(depot, station, site, self._need(begin), self._need(end))

    def stages(self, row: Sequence[int | None]) -> dict[Stage, datetime]:
        """Stage -> time, from the written form of the stages of a site."""
        return {s: self._need(t) for s, t in zip(STAGES, row, strict=True) if t is not None}

    def row(self, visit: Visit) -> list[Any]:
        """The written form of a visit, without its crew."""
        times = [self._s(t) for t in (visit.depart, visit.arrive, visit.begin, visit.end)]
        way = [int(visit.drive_s), int(visit.distance_m), int(visit.sets), int(visit.begun)]
        return [visit.trip, visit.order, visit.kind, visit.place, *times, *way]

    def visit(self, crew: str, row: Sequence[Any]) -> Visit:
        """A visit of a crew, from its written form."""
        trip, order, kind, place, depart, arrive, begin, end, drive_s, distance_m, sets, begun = row
        times = (self._need(depart), self._need(arrive), self._need(begin), self._need(end))
        vehicle = self.vehicles.get(crew, "")
        return Visit(crew, vehicle, trip, order, kind, place, *times, drive_s, distance_m, sets, bool(begun))

    def _site(self, site: SitePlan) -> list[Any]:
        stages = [self._s(site.stages.get(stage)) for stage in STAGES]
        minutes = [round(float(site.slack_min), 3), round(float(site.late_min), 3)]
        return [stages, list(site.crews), site.trip, site.order, self._s(site.arrive), *minutes, site.binding]

    def _site_plan(self, site: str, row: list[Any]) -> SitePlan:
        stages, crews, trip, order, arrive, slack, late, binding = row
        return SitePlan(site, self.stages(stages), tuple(crews), trip, order, self._t(arrive), slack, late, binding)

    def _s(self, moment: datetime | None) -> int | None:
        return None if moment is None else round((moment - self.notice).total_seconds())

    def _t(self, second: int | None) -> datetime | None:
        return None if second is None else self._need(second)

    def _need(self, second: int) -> datetime:
        return self.notice + timedelta(seconds=second)


def difference(new: Written, old: Written | None) -> dict[str, Any]:
    """What of a written plan differs from the one before; all of it where there is none."""
    if old is None:
        return dict(new)
    found = {k: v for k, v in new.items() if k not in PARTS and v != old[k]}
    for part in PARTS:
        mine, before = new[part], old[part]
        changed: dict[str, Any] = {k: SHORTER[part](v, before.get(k)) for k, v in mine.items() if before.get(k) != v}
        changed |= {k: None for k in before if k not in mine}
        if changed:
            found[part] = dict(sorted(changed.items()))
    return found


def joined(old: Written | None, change: Written) -> dict[str, Any]:
    """The written plan that a difference makes of the one before."""
    if old is None:
        return dict(change)
    found = {**old, **{k: v for k, v in change.items() if k not in PARTS}}
    for part in PARTS:
        news = {k: LONGER[part](v, old[part].get(k)) for k, v in change.get(part, {}).items() if v is not None}
        both = {**old[part], **dict.fromkeys(change.get(part, {})), **news}
        found[part] = {k: both[k] for k in sorted(both) if both[k] is not None}
    return found


def _cells(new: list[Any], old: list[Any] | None) -> Any:  # noqa: ANN401 - JSON
    """Of a site only what differs: number of the cell -> value; all of it where it was not there."""
    return new if old is None else {str(i): v for i, (v, was) in enumerate(zip(new, old, strict=True)) if v != was}


def _with_cells(change: Any, old: list[Any] | None) -> list[Any]:  # noqa: ANN401 - JSON
    if old is None or isinstance(change, list):
        return list(change)
    return [change.get(str(i), was) for i, was in enumerate(old)]


def _by_number(new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    """Of a crew what differs: a visit as it was is its number before, from 1, one that has begun since less than 0."""
    if old is None:
        return new
    known = {json.dumps(row): i for i, row in enumerate(old["visits"], start=1)}
    begun = {json.dumps([*row[:BEGUN], 1]): -i for i, row in enumerate(old["visits"], start=1) if not row[BEGUN]}
    visits = [(begun | known).get(json.dumps(row), row) for row in new["visits"]]
    return {"visits": visits} | ({"trips": new["trips"]} if new["trips"] != old["trips"] else {})


def _with_numbers(change: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    if old is None:
        return dict(change)

    def visit(told: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(told, list):
            return told
        row = old["visits"][abs(told) - 1]
        return row if told > 0 else [*row[:BEGUN], 1]

    return {"trips": change.get("trips", old["trips"]), "visits": [visit(told) for told in change["visits"]]}


def _whole(new: Any, _old: Any) -> Any:  # noqa: ANN401 - JSON
    return new


SHORTER: Mapping[str, Callable[[Any, Any], Any]] = {"crews": _by_number, "sites": _cells, "bench": _whole}
LONGER: Mapping[str, Callable[[Any, Any], Any]] = {"crews": _with_numbers, "sites": _with_cells, "bench": _whole}
"""What is written of a name that differs, and how that is read; names written whole, as before, are read too."""
