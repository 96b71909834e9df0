"""Plans in the log: which one is in force, and how a new one is adopted without losing an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from setsail.rollout.live import log as logs
from setsail.rollout.live.course import Course, course, written
from setsail.rollout.live.kinds import PLANNED
from setsail.rollout.live.log import Draft, Log
from setsail.rollout.live.planned import Codec, difference
from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import Plan


def adopted(rollout: Rollout, log: Log, plan: Plan, *, after: int, now: datetime, by: str) -> Draft:
    """The line that puts a plan in force. after : the last line that it takes into account."""
    new = Codec(rollout).written(plan)
    return Draft(PLANNED, plan.at, now, by, {"after": after, "plan": difference(new, written(log))})


def adopt(folder: Path, rollout: Rollout, plan: Plan, *, after: int, now: datetime, by: str) -> Course | None:
    """The course with the plan in force; None where another plan came in between, which then stays.

    Raises StoreCorrupt, BadInput.
    """
    taken = True

    def line(log: Log) -> list[Draft]:
        nonlocal taken
        taken = all(one.kind != PLANNED for one in log.lines if one.n > after)
        return [adopted(rollout, log, plan, after=after, now=now, by=by)] if taken else []

    written = logs.append(folder, line)
    return course(rollout, written.log) if taken else None


def with_drafts(log: Log, drafts: list[Draft]) -> Log:
    """The log as it would be with more lines; nothing is written."""
    lines = list(log.lines)
    for draft in drafts:
        n = len(lines) + 1
        lines.append(logs.Line(n, draft.kind, draft.at, draft.known, draft.by, dict(draft.fields)))
    return replace(log, lines=tuple(lines))
