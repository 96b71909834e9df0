"""Schedules of rollouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.rollout.live.course import Course
    from setsail.rollout.model import Rollout
    from setsail.rollout.plan_model import Plan

MOST_SECONDS = 3600.0
MOST_ROUNDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Effort:
    """What a search may take: see `rollout_plan`. begun : on the clock, when the seconds began to count."""

    seconds: float | None
    rounds: int | None
    seed: int
    begun: float
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it is for. adopted : True where it is in force from now on;  note : why it begins when it does,
    "" where it begins at the notice or at the last told.
    """

    rollout: Rollout
    plan: Plan
    adopted: bool
    note: str = ""


def rollout_plan(
    folder: Path,
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 0,
    adopt: bool = True,
    at: str = "",
    now: datetime,
    by: str,
    clock: Callable[[], float],
) -> Planned:
    """A schedule for every site of a rollout, from where its log says that the work stands.

    at : nothing that is not begun begins before ("05:00" or ISO 8601); by default now while the rollout is under way,
    else the last told, or the notice.
    seconds : of planning from the call on, by default seven, and a minute for 5,500 sites;  rounds : of the search, in
    place of seconds, so that the same input and seed give the same plan, however busy the machine is;
    adopt : the plan is written to the log and is in force;  by : who plans.
    Raises OutOfRange for other seconds or rounds or an earlier time, BadInput for both seconds and rounds and for a
    folder that cannot be read, StoreConflict where another plan was adopted meanwhile, MissingExtra.
    """
    begun = clock()
    from setsail.rollout.folder import reading

    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        raise OutOfRange(f"is {seconds:g}", where="--seconds", allowed=f"above 0 to {MOST_SECONDS:g}")
    if seed < 0:
        raise OutOfRange(f"is {seed}", where="--seed", allowed="0 or more")
    if rounds is not None and not 0 <= rounds <= MOST_ROUNDS:
        raise OutOfRange(f"is {rounds}", where="--rounds", allowed=f"0 to {MOST_ROUNDS:,}")
    if rounds is not None and seconds is not None:
        what = "is told with --seconds, and a search that the clock ends is another one on a busy machine"
        raise BadInput(what, where="--rounds", allowed="one of the two", hint="--rounds alone for the same plan again")
    if rounds is not None:
        seconds = MOST_SECONDS
    rollout = reading.read(folder)
    found = _course(folder, rollout)
    start = _start(rollout, found, at, now)
    plan = _plan(folder, rollout, found, start, Effort(seconds, rounds, seed, begun, clock))
    if adopt:
        _adopt(folder, rollout, found, plan, now=now, by=by)
    return Planned(rollout, plan, adopt, "" if at else _note(rollout, found, start))


def _start(rollout: Rollout, found: Course, at: str, now: datetime) -> datetime:
    """When the plan begins. Raises BadInput for a time that cannot be read, OutOfRange for one before what was told."""
    from setsail.rollout.folder.clock import moment, seen_from

    last = max(found.at, rollout.notice)
    if at:
        start = moment(at, rollout.notice, "--at")
        if start < last:
            told = "the notice" if last == rollout.notice else "the latest told"
            raise OutOfRange(f"is {start.isoformat()}", where="--at", allowed=f"from {last.isoformat()} on, {told}")
        return start
    surveyed = rollout.notice + timedelta(minutes=rollout.durations.survey_min)
    if rollout.under_way(now) and (found.plan is not None or now > surveyed):
        return max(last, seen_from(now, rollout.notice))
    return last


def _note(rollout: Rollout, found: Course, start: datetime) -> str:
    """Why a plan begins later than the notice and all that was told."""
    if start <= max(found.at, rollout.notice):
        return ""
    if found.plan is None:
        return f"planned from now on, {start.isoformat()}: the notice of {rollout.notice.isoformat()} is past"
    return f"planned from now on, {start.isoformat()}: what is begun by the plan in force stays"


def _course(folder: Path, rollout: Rollout) -> Course:
    """What the log of a folder tells; an empty course where there is no log."""
    from setsail.rollout.live import log
    from setsail.rollout.live.course import course

    return course(rollout, log.read(folder))


def _plan(folder: Path, rollout: Rollout, found: Course, start: datetime, effort: Effort) -> Plan:
    """From nothing where nothing has happened by the start, else from where the work stands then.

    Events that are all taken back have happened too: what crews began under the plans made meanwhile stays begun.
    """
    from setsail.rollout.live import replan
    from setsail.rollout.live.standing import state
    from setsail.rollout.schedule import study
    from setsail.rollout.travel.kept import kept_times

    if not found.events and not found.visits and (found.plan is None or start <= found.plan.at):
        return study.plan(
            rollout, kept_times(folder, rollout), at=start, seed=effort.seed, seconds=effort.seconds,
            rounds=effort.rounds, begun=effort.begun, clock=effort.clock,
        )  # fmt: skip
    seconds = study.usual_seconds(len(rollout.sites)) if effort.seconds is None else effort.seconds
    return replan.planned(
        rollout,
        state(found, start),
        seconds=seconds,
        rounds=effort.rounds,
        seed=effort.seed,
        folder=folder,
        clock=effort.clock,
    )


def _adopt(folder: Path, rollout: Rollout, found: Course, plan: Plan, *, now: datetime, by: str) -> None:
    """Puts the plan in force."""
    from setsail.base.errors import StoreConflict
    from setsail.rollout.live import keeping

    if keeping.adopt(folder, rollout, plan, after=found.log.last, now=now, by=by) is None:
        raise StoreConflict("was planned anew meanwhile", where=str(folder), hint="plan again")


def rollout_plan_record(planned: Planned) -> Record:
    """The whole of a plan as JSON values."""
    from setsail.rollout.schedule import telling

    return telling.told(planned.plan) | {"adopted": planned.adopted}


def rollout_plan_rows(planned: Planned) -> dict[str, list[Any]]:
    """A plan for people: `overview` lines, rows of `milestones` and of `sites`."""
    from setsail.rollout.schedule import telling

    return {
        "overview": telling.overview(planned.rollout, planned.plan),
        "milestones": telling.milestone_rows(planned.rollout, planned.plan),
        "sites": telling.site_rows(planned.rollout, planned.plan),
    }


def rollout_plan_crew(planned: Planned, crew: str) -> list[Record]:
    """The sheet of a crew. Raises UnknownName."""
    from setsail.rollout.schedule import telling

    return telling.crew_rows(planned.rollout, planned.plan, crew)
