"""The plan anew after events: what has begun stays as it is, the rest is planned again within two seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from setsail.rollout.live import log as logs
from setsail.rollout.live.course import Course, course
from setsail.rollout.live.keeping import adopt, adopted, with_drafts
from setsail.rollout.live.standing import State, main_kind, state
from setsail.rollout.model import Equipment, Rollout
from setsail.rollout.plan_model import Plan, Routes
from setsail.rollout.routes import programs
from setsail.rollout.routes.repair import MOST_WHOLE
from setsail.rollout.schedule import study
from setsail.rollout.travel.kept import kept_times
from setsail.rollout.travel.matrix import TravelTimes
from setsail.store.leases import locked

LOCK = "planning.lock"
SECONDS = 1.2
"""Of the search; reading, timing and writing come on top and stay below the rest of two seconds."""
LEAST_SECONDS = 0.2
"""Of the search, where loading the solvers took the rest."""
ALL_SECONDS = 1.7
"""Of planning, reading and writing together."""
OTHER = 3.5
"""Reading and writing together take about so much longer than the reading alone, by the size of the rollout."""
ROUNDS = 5
"""Times planning is begun again where further events came meanwhile."""


@dataclass(frozen=True, slots=True)
class Replanned:
    """The courses before and after, and the seconds that planning took."""

    before: Course
    after: Course
    seconds: float


def planned(
    rollout: Rollout,
    now_at: State,
    *,
    seconds: float = SECONDS,
    rounds: int | None = None,
    seed: int = 0,
    folder: Path | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """The plan from where the work stands; visits that have begun stand in it with their times and crew.

    rounds : of the search, see `study.plan`;  folder : where driving times of a large rollout are kept.
    """
    begin = clock()
    standing = now_at.standing
    if len(rollout.sites) <= MOST_WHOLE:
        programs.prepare()  # a process that has just begun loads the solver: that time is the search's
    travel = _travel(folder, rollout, standing.closed)
    seconds = min(seconds, max(LEAST_SECONDS, seconds - (clock() - begin)))
    made = study.plan(
        still_there(rollout, now_at),
        travel,
        at=standing.at,
        standing=standing,
        routes=kept(now_at),
        seed=seed,
        seconds=seconds,
        rounds=rounds,
    )
    return replace(made, rollout=rollout.rollout)


@lru_cache(maxsize=2)
def _travel(folder: Path | None, rollout: Rollout, closed: frozenset[str]) -> TravelTimes:
    """Driving times, kept for the next event: for thousands of sites they take longer than the plan."""
    return kept_times(folder, rollout, closed)


def kept(now_at: State) -> Routes:
    """The routes in force without the visits that have begun and the crews that are out."""
    course = now_at.course
    if course.plan is None:
        return {}
    begun = Counter((v.crew, v.place) for v in now_at.begun if v.kind in ("visit", "again"))
    visited = {site for (site, stage) in now_at.done if stage == "installed"} | {place for _, place in begun}
    again = now_at.standing.again | now_at.standing.dead
    gone = visited - again
    return {
        crew: tuple(rest for trip in trips if (rest := tuple(s for s in trip if s not in gone)))
        for crew, trips in course.plan.routes.items()
        if crew not in now_at.standing.lost
    }


def first_plan(rollout: Rollout, *, seconds: float, seed: int = 0, folder: Path | None = None) -> Plan:
    """A plan from the notice, before anything happened."""
    return study.plan(rollout, _travel(folder, rollout, frozenset()), at=rollout.notice, seed=seed, seconds=seconds)


def supposed(
    rollout: Rollout, before: Course, drafts: list[logs.Draft], *, seconds: float = SECONDS, folder: Path | None = None
) -> Course:
    """The course as it would be after events that nobody has told."""
    log = with_drafts(before.log, drafts)
    plan = planned(rollout, state(course(rollout, log)), seconds=seconds, folder=folder)
    line = adopted(rollout, log, plan, after=log.last, now=plan.at, by="")
    return course(rollout, with_drafts(log, [line]))


def replanned(
    folder: Path, rollout: Rollout, *, now: datetime, by: str, clock: Callable[[], float], seconds: float = SECONDS
) -> Replanned:
    """Plans again until every event of the log is taken into account, and writes each plan into the log.

    One at a time plans in a folder; who comes second finds its event in the first one's plan, or plans again.
    """
    with locked(folder / LOCK):
        begin = clock()
        found = course(rollout, logs.read(folder))
        if found.plan is None:
            found = _first(folder, rollout, now=now, by=by, seconds=seconds / 2)
            seconds = seconds / 2
        before = now_is = found
        for _ in range(ROUNDS):
            if not now_is.uncovered:
                break
            stands = state(now_is)
            left = min(seconds, max(LEAST_SECONDS, ALL_SECONDS - OTHER * (clock() - begin)))
            plan = planned(rollout, stands, seconds=left, folder=folder)
            after = adopt(folder, rollout, plan, after=now_is.log.last, now=now, by=by)
            now_is = after or course(rollout, logs.read(folder))
        return Replanned(before, now_is, clock() - begin)


def _first(folder: Path, rollout: Rollout, *, now: datetime, by: str, seconds: float) -> Course:
    """The course with a plan in force that is made from the notice, because nobody made one."""
    plan = first_plan(rollout, seconds=seconds, folder=folder)
    return adopt(folder, rollout, plan, after=0, now=now, by=by) or course(rollout, logs.read(folder))


def still_there(rollout: Rollout, now_at: State) -> Rollout:
    """The rollout without the sets that are gone: lost with a crew, or broken and not standing at a site."""
    kinds = {s.site: s.kind for s in rollout.sites}
    gone = Counter(kinds[e.fields["site"]] for e in now_at.course.events if e.kind == "device-dead")
    gone.subtract(kinds[s] for s in now_at.standing.dead)
    gone += Counter({main_kind(rollout): sum(o.aboard for o in now_at.found.out if not o.returned)})
    left: list[Equipment] = []
    for item in rollout.equipment:
        less = min(item.sets, max(0, gone[item.kind]))
        gone[item.kind] -= less
        left.append(replace(item, sets=item.sets - less, spares=min(item.spares, item.sets - less)))
    return replace(rollout, equipment=tuple(left))
