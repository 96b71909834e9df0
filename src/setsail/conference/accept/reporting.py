"""What an acceptance tells the log of the rollout: accepted with the record's hash, the test that failed, or a remark.

A test that proved nothing, because it was itself too slow, changes nothing in the plan: the site is still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from setsail.base.errors import BadInput, SetSailError
from setsail.conference.accept.record import Stored
from setsail.rollout.folder.clock import seen_from
from setsail.rollout.live import desk
from setsail.rollout.live import log as logs
from setsail.rollout.live.course import Course, course
from setsail.rollout.live.events import LONGEST_TEXT, Told, drafted
from setsail.rollout.live.standing import state
from setsail.rollout.model import Rollout


def moment_of(rollout: Rollout, site: str, at: str, *, now: datetime, by: str) -> datetime:
    """The time of an acceptance in the rollout's time: that of `at`, or now. Raises as the log would for it."""
    if not at:
        return seen_from(now, rollout.notice)
    return drafted(rollout, Told("accepted", at, {"site": site}), now=now, by=by).at


def why_not(folder: Path, rollout: Rollout, site: str, at: datetime, *, now: datetime, by: str) -> SetSailError | None:
    """Why the log would not take that a site is accepted at that time, None where it would. Nothing is written.

    A site must be installed by then, told or by the plan: an acceptance would end the visit of a crew that is at work.
    """
    try:
        log = logs.read(folder)
        desk.checked(rollout, log, [_accepted(site, at, "0" * 64)], now=now, by=by)
        _require_installed(folder, course(rollout, log), site, at)
    except SetSailError as err:
        return err
    return None


def _require_installed(folder: Path, found: Course, site: str, at: datetime) -> None:
    """Raises BadInput where a site is not installed at a time."""
    end = state(found, at).done.get((site, "installed"))
    if end is not None and end <= at:
        return
    planned = found.planned(site, "installed") if end is None else end
    raise BadInput(
        f"{site} is not installed by {at.isoformat()}", where="--at",
        allowed=f"from {planned.isoformat()} on, by the plan" if planned else "once it is installed",
        hint=f"setsail rollout event {folder} done --stage installed --site {site} where it is; --no-event for a test",
    )  # fmt: skip


def told(stored: Sequence[Stored], at: datetime, needs: str) -> list[tuple[str, str, dict[str, str]]]:
    """The events of these records: kind, time, fields. needs : what a site needs that did not pass: retry or visit."""
    found = []
    for one in stored:
        site = str(one.content["site"])
        if one.content["passed"]:
            event = _accepted(site, at, one.digest)
        elif one.content["verdict"] == "fail":
            reason = f"{one.content['failing_step']}: {one.content['reason']}"
            fields = {"site": site, "needs": needs, "reason": _line(reason), "record": one.digest}
            event = Told("test-failed", at.isoformat(), fields)
        else:
            why = f"{one.content['failing_step']}: {one.content['reason']}"
            text = _line(f"acceptance undecided, record {one.digest[:12]}: {why}")
            event = Told("note", at.isoformat(), {"site": site, "text": text})
        found.append((event.kind, event.at, dict(event.values)))
    return found


def _accepted(site: str, at: datetime, digest: str) -> Told:
    return Told("accepted", at.isoformat(), {"site": site, "record": digest})


def _line(text: str) -> str:
    """One line of what the log takes."""
    return "".join(c if c.isprintable() else " " for c in text)[:LONGEST_TEXT]
