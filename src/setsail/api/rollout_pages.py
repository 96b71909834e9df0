"""Rollouts as the pages show them: rows of a list, the board as of now with its places, what can be told."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from setsail.base.record import Record

FOLLOWED = timedelta(days=1)
"""How long after its deadline a board follows the clock; later it stands at the last that was told."""


def rollout_row(path: Path, now: datetime) -> Record:
    """One rollout as a row of a list. Raises BadInput, StoreCorrupt for a folder that cannot be read."""
    board = rollout_board_now(path, now)
    return {
        "rollout": path.name, "name": board["name"], "sites": len(board["sites"]),
        "accepted": board["counts"]["accepted"]["done"], "deadline": board["deadline"], "finish": board["finish"],
        "verdict": board["verdict"],
    }  # fmt: skip


def rollout_board_now(path: Path, now: datetime, at: datetime | None = None) -> Record:
    """The board with the places of its depots: at `at`, else now while the rollout runs, else at the last told.

    Raises StoreCorrupt, BadInput.
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import board, desk

    rollout = read(path)
    course = desk.now_is(path, rollout)
    runs = rollout.notice <= now <= rollout.deadline + FOLLOWED
    latest = datetime.fromisoformat(board.board(course, path)["at"])
    moment = at or (now.astimezone(rollout.notice.tzinfo) if runs else None)
    if moment is not None and moment < latest:
        moment = None
    depots = [
        {"depot": d.depot, "latitude_deg": d.latitude_deg, "longitude_deg": d.longitude_deg} for d in rollout.depots
    ]
    return {**board.board(course, path, moment), "depots": depots}


def rollout_event_form() -> Record:
    """Kinds of events and their fields, for a form."""
    from dataclasses import asdict

    from setsail.api.rollout_live import rollout_event_kinds
    from setsail.rollout.live.kinds import fields

    return {"kinds": rollout_event_kinds(), "fields": [asdict(f) for f in fields().values()]}


def rollout_pulse(path: Path) -> str:
    """What changes with the log or an acceptance record of a folder; cheaper than the board."""
    from setsail.rollout.live import log
    from setsail.rollout.live.board import RECORD, RECORDS

    told = hashlib.sha256()
    for file in (path / log.FILE, *sorted((path / RECORDS).glob(f"*/{RECORD}"))):
        try:
            facts = file.stat()
        except OSError:
            continue
        told.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return told.hexdigest()[:16]
