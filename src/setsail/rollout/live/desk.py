"""The dispatcher's desk: events are told, planned for and looked back on in a rollout's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, UnknownName
from setsail.base.record import Record, iso
from setsail.rollout.folder.clock import moment
from setsail.rollout.live import log as logs
from setsail.rollout.live.board import board, event
from setsail.rollout.live.changes import changes
from setsail.rollout.live.course import Course, course
from setsail.rollout.live.events import Told, drafted
from setsail.rollout.live.facts import effective, require_possible, stage_of
from setsail.rollout.live.keeping import adopted, with_drafts
from setsail.rollout.live.kinds import NOTE, PLANNED, UNDO, kinds
from setsail.rollout.live.log import Appended, Draft, Log
from setsail.rollout.live.reach import too_early
from setsail.rollout.live.replan import SECONDS, first_plan, replanned, supposed
from setsail.rollout.live.stops import OTHERS, PULLED, install_of, stops, to_pull
from setsail.rollout.model import Rollout

Clock = Callable[[], float]


def write(folder: Path, rollout: Rollout, told: Sequence[Told], *, now: datetime, by: str) -> Appended:
    """Events written into the log, all of them or none; nothing is planned. Raises as `drafted`, `require_possible`."""

    def lines(log: Log) -> list[Draft]:
        return checked(rollout, log, told, now=now, by=by)

    return logs.append(folder, lines)


def checked(
    rollout: Rollout, log: Log, told: Sequence[Told], *, now: datetime, by: str, foreseen: bool = False
) -> list[Draft]:
    """Events as drafts that can follow a log, each after the one before."""
    drafts: list[Draft] = []
    for one in told:
        so_far = with_drafts(log, drafts)
        draft = drafted(rollout, _timed(_numbered(one, so_far), so_far), now=now, by=by, foreseen=foreseen)
        _require_surveyed(rollout, draft)
        try:
            require_possible(so_far.lines, draft)
        except DuplicateKey as err:
            raise _told_before(so_far, err) from err
        drafts.append(_resolved(rollout, so_far, draft))
    return drafts


def _told_before(log: Log, err: DuplicateKey) -> DuplicateKey:
    """The error of an event told again, which says what is still to be done where no plan takes all events in."""
    covers = max((int(line.fields["after"]) for line in log.lines if line.kind == PLANNED), default=0)
    waiting = any(line.n > covers and kinds()[line.kind].replans for line in log.lines if line.kind != PLANNED)
    return DuplicateKey(err.what, where=err.where, hint="rollout plan: no plan takes it in yet") if waiting else err


def _require_surveyed(rollout: Rollout, draft: Draft) -> None:
    """Raises OutOfRange for work on a stage that follows the survey, told of a time before its end."""
    surveyed = rollout.notice + timedelta(minutes=rollout.durations.survey_min)
    if draft.kind not in ("started", "done", "failed", "accepted", "test-failed") or draft.at >= surveyed:
        return
    stage = draft.fields.get("stage", "accepted")
    if stage not in ("surveyed", "line_ready"):
        raise OutOfRange(
            f"is {draft.at.isoformat()}, before the survey ends", where="--at", allowed=f"from {surveyed.isoformat()}"
        )


def _numbered(told: Told, log: Log) -> Told:
    """An undo without a number takes back the latest event that holds. Raises UnknownName where none does."""
    if told.kind != UNDO or told.values.get("of"):
        return told
    held = [line.n for line in effective(log.lines)]
    if not held:
        raise UnknownName("nothing is there to be taken back", where="event undo", allowed="none: no event holds")
    return replace(told, values={**told.values, "of": str(held[-1])})


def _timed(told: Told, log: Log) -> Told:
    """An undo or a remark without a time happens at the latest time told."""
    if told.at or told.kind not in (UNDO, NOTE) or not log.lines:
        return told
    return replace(told, at=max(line.at for line in log.lines).isoformat())


def _resolved(rollout: Rollout, log: Log, draft: Draft) -> Draft:
    """The event with what it means by the plan in force, so that a later plan does not change its meaning."""
    _require_at_depot(rollout, log, draft)
    if "minutes" in draft.fields:
        return _until(rollout, log, draft)
    if draft.kind not in ("started", "done", "accepted"):
        return draft
    stage = draft.fields.get("stage", "accepted")
    now_is = course(rollout, log)
    if too_early(now_is, draft, stage):
        return replace(draft, fields={**draft.fields, OTHERS: True})
    pulled = to_pull(now_is, draft.fields["site"], stage, draft.at)
    return replace(draft, fields={**draft.fields, PULLED: pulled}) if pulled else draft


def _require_at_depot(rollout: Rollout, log: Log, draft: Draft) -> None:
    """Raises BadInput for the survey or the bench of a site whose set is on its way or there by the plan."""
    stage = draft.fields.get("stage")
    if stage not in ("surveyed", "configured"):
        return
    now_is, site = course(rollout, log), draft.fields["site"]
    begun = stops(now_is, max(now_is.at, draft.at)).at_site(site)
    if begun:
        first = begun[0].visit
        raise BadInput(
            f"{stage} of {site} is over by the plan: {first.crew} is on its way there since {first.depart.isoformat()}",
            where=f"event {draft.kind} --stage", allowed="a stage from loaded on",
            hint="failed or late of its delivery first, where the crew is not on its way",
        )  # fmt: skip


def _until(rollout: Rollout, log: Log, draft: Draft) -> Draft:
    """An event that is late by minutes, with the time that this comes to by the plan in force."""
    now_is = course(rollout, log)
    site, stage = draft.fields["site"], stage_of(logs.Line(0, draft.kind, draft.at, draft.known, "", draft.fields))
    planned = now_is.planned(site, stage) or draft.at
    held = stops(now_is, max(now_is.at, draft.at)).at_site(site)
    here = rollout.site(site)
    if held and here is not None and stage in ("delivered", "installed"):
        planned = held[-1].visit.end - (install_of(now_is, here) if stage == "delivered" else timedelta(0))
    until = max(draft.at, planned + timedelta(minutes=draft.fields["minutes"]))
    return replace(draft, fields={**draft.fields, "until": until.replace(microsecond=0).isoformat()})


def tell(
    folder: Path,
    rollout: Rollout,
    told: Sequence[Told],
    *,
    now: datetime,
    by: str,
    clock: Clock,
    seconds: float = SECONDS,
) -> Record:
    """What events change: they are written first, then the rest is planned again, and what has begun stays.

    Raises as `write`; an error of planning leaves the events in the log.
    """
    written = write(folder, rollout, told, now=now, by=by)
    answer: Record = {
        "events": [event(line) for line in written.lines],
        "torn_file": written.torn_file,
        "planned": False,
    }
    if not any(kinds()[line.kind].replans for line in written.lines):
        return answer
    try:
        return answer | plan_again(folder, rollout, now=now, by=by, clock=clock, seconds=seconds)
    except SetSailError as err:
        raise _told_not_planned(written.lines, err) from err


def _told_not_planned(lines: Sequence[logs.Line], err: SetSailError) -> SetSailError:
    """An error of planning that says that the events are told all the same, so that nobody tells them again."""
    numbers = ", ".join(str(line.n) for line in lines)
    return type(err)(
        f"{err.what} when it was planned for; event {numbers} is told and stands in the log",
        where=err.where, allowed=err.allowed, hint="; then ".join(h for h in (err.hint, "rollout plan") if h),
    )  # fmt: skip


def plan_again(
    folder: Path, rollout: Rollout, *, now: datetime, by: str, clock: Clock, seconds: float = SECONDS
) -> Record:
    """Plans for events that no plan takes into account yet, and what that changes."""
    made = replanned(folder, rollout, now=now, by=by, clock=clock, seconds=seconds)
    return {"planned": True, "seconds": round(made.seconds, 3), **changes(made.before, made.after)}


def what_if(
    folder: Path,
    rollout: Rollout,
    told: Sequence[Told],
    *,
    now: datetime,
    by: str,
    clock: Clock,
    seconds: float = SECONDS,
) -> Record:
    """What events would change; nothing is written."""
    log = logs.read(folder)
    drafts = checked(rollout, log, told, now=now, by=by, foreseen=True)
    begin = clock()
    before = course(rollout, log)
    if before.plan is None:
        seconds /= 2
        plan = first_plan(rollout, seconds=seconds, folder=folder)
        before = course(rollout, with_drafts(log, [adopted(rollout, log, plan, after=log.last, now=now, by=by)]))
    after = supposed(rollout, before, drafts, seconds=seconds, folder=folder)
    lines = after.log.lines[before.log.last : before.log.last + len(drafts)]
    return {
        "events": [event(line) for line in lines], "planned": True, "written": False,
        "seconds": round(clock() - begin, 3), **changes(before, after),
    }  # fmt: skip


def replay(folder: Path, rollout: Rollout, until: str = "") -> Record:
    """The rollout told again from the first line, and the board that it ends in.

    until : a number of a line, or a time.  Raises OutOfRange for a line that is not there, StoreCorrupt.
    """
    log = logs.read(folder)
    kept = cut(rollout, log, until)
    steps = []
    for line in kept.lines:
        so_far = course(rollout, replace(kept, lines=kept.lines[: line.n]))
        plan = so_far.plan
        steps.append({**event(line), "finish": iso(plan.finish_of_all) if plan else None,
                      "planned_at": plan.at.isoformat() if plan else None})  # fmt: skip
    return {"lines": kept.last, "of": log.last, "steps": steps, "board": board(course(rollout, kept), folder)}


def cut(rollout: Rollout, log: Log, until: str) -> Log:
    """The log up to a line or a time; all of it where `until` is empty."""
    if not until:
        return log
    if until.isdigit():
        if int(until) > log.last:
            raise OutOfRange(f"is {until}", where="--until", allowed=f"0 to {log.last}, or a time")
        return replace(log, lines=log.lines[: int(until)], torn=0)
    at = moment(until, rollout.notice, "--until")
    count = next((i for i, line in enumerate(log.lines) if line.at > at), len(log.lines))
    return replace(log, lines=log.lines[:count], torn=0)


def tail(folder: Path, after: int) -> list[Record]:
    """The lines of the log after a number, plans too, as records."""
    return [event(line) for line in logs.read(folder).lines if line.n > after]


def now_is(folder: Path, rollout: Rollout) -> Course:
    """The course of a rollout's folder."""
    return course(rollout, logs.read(folder))
