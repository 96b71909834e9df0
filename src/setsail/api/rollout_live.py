"""A rollout under way: events told, their consequence, the board, the log looked back on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from setsail.base.record import Record

SECONDS = 1.2
"""Of the search after an event, so that all of it stays below two seconds."""
Event = tuple[str, str, Mapping[str, str]]
"""Kind, time ("05:00", ISO 8601, or "" for now), fields."""


def rollout_event(
    path: Path, kind: str, *, at: str = "", values: Mapping[str, str] | None = None, now: datetime, by: str,
    clock: Callable[[], float], seconds: float = SECONDS,
) -> Record:  # fmt: skip
    """One event written into the log of a rollout's folder, and what the plan made after it changes.

    values : the fields of the kind, as text;  seconds : of the search for a better plan. The event is written first;
    what has begun is not moved.
    Raises UnknownName, OutOfRange, DuplicateKey, BadInput; StoreCorrupt where the log is not what was written.
    """
    return rollout_tell(path, [(kind, at, values or {})], now=now, by=by, clock=clock, seconds=seconds)


def rollout_tell(
    path: Path, events: Sequence[Event], *, now: datetime, by: str, clock: Callable[[], float], seconds: float = SECONDS
) -> Record:
    """Several events written at once, all or none, and one plan after them. Raises as `rollout_event`."""
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import desk
    from setsail.rollout.live.events import Told

    told = [Told(kind, at, values) for kind, at, values in events]
    return desk.tell(path, read(path), told, now=now, by=by, clock=clock, seconds=seconds)


def rollout_what_if(
    path: Path, events: Sequence[Event], *, now: datetime, by: str, clock: Callable[[], float], seconds: float = SECONDS
) -> Record:
    """What events would change, also such as are still to come; nothing is written. Raises as `rollout_event`."""
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import desk
    from setsail.rollout.live.events import Told

    told = [Told(kind, at, values) for kind, at, values in events]
    return desk.what_if(path, read(path), told, now=now, by=by, clock=clock, seconds=seconds)


def rollout_history(path: Path, *, now: datetime, by: str, clock: Callable[[], float]) -> Record:
    """The events of the folder's history.csv told one after another, those that are in the log left out.

    Raises BadInput where there is none, and as `rollout_event`.
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import history

    return history.retold(path, read(path), now=now, by=by, clock=clock)


def rollout_events(path: Path) -> list[Record]:
    """Every event of the log, with the number of the line and whether it was taken back. Raises StoreCorrupt."""
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import board, desk

    return board.events(desk.now_is(path, read(path)))


def rollout_event_kinds() -> list[Record]:
    """Every kind of event that can be told: its fields and what it means."""
    from setsail.rollout.live.kinds import kinds

    return [
        {"kind": k.kind, "needs": list(k.needs), "may": list(k.may), "replans": k.replans, "meaning": k.meaning}
        for k in kinds().values()
        if k.told
    ]


def rollout_board(path: Path, at: datetime | str | None = None) -> Record:
    """The board: verdict, stages of every site, crews, milestones, events, evidence.

    at : a time not before the latest that was told, by default that one; as text as an event tells it.  Same log, same
    board.  Raises StoreCorrupt, BadInput.
    """
    from setsail.rollout.folder.clock import moment
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import board, desk

    rollout = read(path)
    if isinstance(at, str):
        at = moment(at, rollout.notice, "--at") if at else None
    return board.board(desk.now_is(path, rollout), path, at)


def rollout_replay(path: Path, until: str = "") -> Record:
    """The log told again from its first line: what each did, and the board that it ends in.

    until : the number of a line or a time, all of it by default.  Raises OutOfRange, StoreCorrupt.
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.live import desk

    return desk.replay(path, read(path), until)


def rollout_log_tail(path: Path, after: int = 0) -> list[Record]:
    """The lines of the log after a number, plans too, for a page that follows it. Raises StoreCorrupt."""
    from setsail.rollout.live import desk

    return desk.tail(path, after)
