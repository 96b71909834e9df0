"""The plan that work orders are printed from: the one in force in the event log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from setsail.rollout.live.course import course
from setsail.rollout.live.log import read
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Plan


def plan_in_force(rollout: Rollout, folder: Path) -> Plan | None:
    """The last plan that was adopted, with the visits that earlier ones had begun; None where there is no plan.

    Raises StoreCorrupt for a log that was changed.
    """
    found = course(rollout, read(folder))
    if found.plan is None:
        return None
    there = {(v.crew, v.place, v.kind, v.arrive) for v in found.plan.visits}
    before = [v for _, v in found.visits if (v.crew, v.place, v.kind, v.arrive) not in there]
    return replace(found.plan, visits=(*before, *found.plan.visits))
