"""What an acceptance tells the log of the rollout: accepted with the record's hash, the test that failed, or a remark.

A test that proved nothing, because it was itself too slow, changes nothing in the plan: the site is still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from setsail.base.errors import SetSailError
from setsail.conference.accept.record import Stored
from setsail.rollout.live import desk
from setsail.rollout.live import log as logs
from setsail.rollout.live.clock import seen_from
from setsail.rollout.live.events import LONGEST_TEXT, Told, drafted
from setsail.rollout.model import Rollout


def moment_of(rollout: Rollout, site: str, at: str, *, now: datetime, by: str) -> datetime:
    """The time of an acceptance in the rollout's time: that of `at`, or now. Raises as the log would for it."""
    if not at:
        return seen_from(now, rollout.notice)
    return drafted(rollout, Told("accepted", at, {"site": site}), now=now, by=by).at


def why_not(folder: Path, rollout: Rollout, site: str, at: datetime, *, now: datetime, by: str) -> SetSailError | None:
    """Why the log would not take that a site is accepted at that time, None where it would. Nothing is written."""
    try:
        desk.checked(rollout, logs.read(folder), [_accepted(site, at, "0" * 64)], now=now, by=by)
    except SetSailError as err:
        return err
    return None


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
