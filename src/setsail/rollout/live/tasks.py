"""The state of every stage of every site: waiting, begun, done or failed, told or by the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from setsail.rollout.live.facts import CHAIN, stage_of
from setsail.rollout.live.standing import State
from setsail.rollout.model import STAGES, Stage

TaskState = Literal["waiting", "begun", "done", "failed"]
By = Literal["told", "plan"]


@dataclass(frozen=True, slots=True)
class Task:
    """A stage of a site. planned : when it ends by the plan;  ended : when it has ended;  by : who says the state."""

    state: TaskState
    by: By
    planned: datetime | None
    ended: datetime | None


def tasks(found: State) -> dict[str, dict[Stage, Task]]:
    """The state of each stage of each site, in the order of the rollout and of STAGES."""
    begun, failed = _begun(found), _failed(found)
    return {
        site.site: {stage: _task(found, site.site, stage, begun, failed) for stage in STAGES}
        for site in found.course.rollout.sites
    }


def _task(
    found: State, site: str, stage: Stage, begun: Mapping[tuple[str, Stage], By], failed: set[tuple[str, Stage]]
) -> Task:
    key, planned = (site, stage), found.course.planned(site, stage)
    if key in found.done:
        return Task("done", "told" if key in found.told else "plan", planned, found.done[key])
    if key in begun and (key not in failed or begun[key] == "told"):
        return Task("begun", begun[key], planned, None)
    if key in failed:
        return Task("failed", "told", planned, None)
    return Task("waiting", "plan", planned, None)


def _begun(found: State) -> dict[tuple[str, Stage], By]:
    """Stages that are under way: a set on the bench, a crew on the road or on site, a step after the one before."""
    at = found.at
    begun: dict[tuple[str, Stage], By] = {}
    for slot in found.standing.bench:
        if slot.site:
            begun[slot.site, "configured"] = "plan"
    for visit in found.begun:
        if visit.kind in ("visit", "again") and visit.end > at:
            begun[visit.place, "delivered" if (visit.place, "delivered") not in found.done else "installed"] = "plan"
    for site in found.course.rollout.sites:
        if (site.site, "installed") in found.done and (site.site, "line_ready") in found.done:
            step: Stage = "accepted" if (site.site, "registered") in found.done else "registered"
            planned = found.course.planned(site.site, step)
            if planned is not None:
                begun.setdefault((site.site, step), "plan")
    for event in found.course.events:
        if event.kind == "started" and event.at <= at:
            begun[event.fields["site"], stage_of(event)] = "told"
    return begun


def _failed(found: State) -> set[tuple[str, Stage]]:
    """Stages that were told to have come to nothing and were not told otherwise since."""
    failed: set[tuple[str, Stage]] = set()
    for event in found.course.events:
        site = event.fields.get("site", "")
        if event.kind in ("failed", "test-failed"):
            failed.add((site, stage_of(event)))
        elif event.kind == "device-dead":
            failed |= {(site, stage) for stage in CHAIN[3:] if (site, stage) not in found.done}
        elif event.kind in ("done", "accepted", "started"):
            upto = CHAIN.index(stage_of(event)) + 1 if stage_of(event) in CHAIN else 0
            failed -= {(site, stage) for stage in CHAIN[:upto]}
    return failed
