"""Rollouts as the pages show them: rows of a list, the board as of now with its places, what can be told."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from setsail.base.record import Record

PACKED = ("rollout.toml", "provision.toml", "*.csv", "events.jsonl", "accept/*/record.json")
"""What of a folder is handed out as one file: no secrets, nothing of a server that runs."""


def rollout_row(path: Path, now: datetime) -> Record:
    """One rollout as a row of a list. Raises BadInput, StoreCorrupt for a folder that cannot be read."""
    board = rollout_board_now(path, now)
    return {
        "rollout": path.name, "name": board["name"], "sites": len(board["sites"]),
        "accepted": board["counts"]["accepted"]["done"], "deadline": board["deadline"], "finish": board["finish"],
        "verdict": board["verdict"],
    }  # fmt: skip


def rollout_board_now(path: Path, now: datetime, at: datetime | None = None) -> Record:
    """The board with the places of its depots: as it was or will be at `at`, else now while the rollout runs, else at
    the last told.

    Raises StoreCorrupt, BadInput.
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import board, desk
    from setsail.rollout.live.course import course

    rollout = read(path)
    found = desk.now_is(path, rollout)
    if at is not None and at < found.at:
        found = course(rollout, desk.cut(rollout, found.log, at.isoformat()))
    moment = at or (now if rollout.under_way(now) else found.at)
    shown = max(moment, found.at).astimezone(rollout.notice.tzinfo)
    depots = [
        {"depot": d.depot, "latitude_deg": d.latitude_deg, "longitude_deg": d.longitude_deg} for d in rollout.depots
    ]
    return {**board.board(found, path, shown), "depots": depots}


def rollout_event_form() -> Record:
    """Kinds of events and their fields, for a form."""
    from dataclasses import asdict

    from setsail.api.rollout_live import rollout_event_kinds
    from setsail.rollout.live.kinds import fields

    return {"kinds": rollout_event_kinds(), "fields": [asdict(f) for f in fields().values()]}


def rollout_pulse(path: Path) -> str:
    """What changes with the log or an acceptance record of a folder; cheaper than the board. Empty where it is gone."""
    from setsail.rollout.folder.files import ROLLOUT_FILE
    from setsail.rollout.live import log
    from setsail.rollout.live.board import RECORD, RECORDS

    if not (path / ROLLOUT_FILE).is_file():
        return ""

    told = hashlib.sha256()
    for file in (path / log.FILE, *sorted((path / RECORDS).glob(f"*/{RECORD}"))):
        try:
            facts = file.stat()
        except OSError:
            continue
        told.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return told.hexdigest()[:16]


def rollout_plan_now(
    path: Path, *, now: datetime, by: str, clock: Callable[[], float], told: Callable[[float], None]
) -> Record:
    """Plans what has not begun, from now on where the rollout runs, and puts the plan in force; what it says.

    told : is called with the share of the time that is over; what it raises ends the search and nothing is written.
    Raises as `rollout_plan`.
    """
    from setsail.api.rollout_plan import rollout_plan
    from setsail.base.record import iso
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live.board import verdict
    from setsail.rollout.schedule.study import usual_seconds

    rollout = read(path)
    begun, seconds = clock(), usual_seconds(len(rollout.sites))

    def watched() -> float:
        at = clock()
        told((at - begun) / seconds)
        return at

    made = rollout_plan(path, seconds=seconds, now=now, by=by, clock=watched)
    plan = made.plan
    said = {
        "verdict": verdict(rollout, plan),
        "reason": plan.reason,
        "finish": iso(plan.finish_of_all),
        "note": made.note,
    }
    return {"rollout": path.name, **said}


def rollout_packed(path: Path) -> bytes:
    """The folder of a rollout as a ZIP file that `setsail rollout` reads again; without secrets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted({f for pattern in PACKED for f in path.glob(pattern)}):
            if file.is_file() and not file.is_symlink() and not file.parent.is_symlink():
                archive.write(file, f"{path.name}/{file.relative_to(path)}")
    return packed.getvalue()
