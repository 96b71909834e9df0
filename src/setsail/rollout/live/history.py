"""What happened in a case, told to its log event by event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from setsail.base.errors import BadInput, DuplicateKey
from setsail.base.record import Record
from setsail.rollout.folder.files import HISTORY, HistoryEvent
from setsail.rollout.folder.reading import history
from setsail.rollout.live import desk
from setsail.rollout.live.events import Told
from setsail.rollout.live.kinds import kinds
from setsail.rollout.model import Rollout


def retold(folder: Path, rollout: Rollout, *, now: datetime, by: str, clock: Callable[[], float]) -> Record:
    """The events of history.csv told in the order of their times, each planned for; those told before are left out.

    Raises BadInput where the folder has no history.csv or an event of it cannot be told.
    """
    found = history(folder)
    if not found:
        raise BadInput("holds no event", where=str(folder / HISTORY), allowed="events with a time and a kind")
    steps, skipped = [], 0
    for one in found:
        try:
            answer = desk.tell(folder, rollout, [told(one)], now=now, by=by, clock=clock)
        except DuplicateKey:
            skipped += 1
            continue
        steps.append({**answer["events"][0], "seconds": answer.get("seconds"), "finish": _finish(answer)})
    return {"told": len(steps), "skipped": skipped, "steps": steps}


def told(one: HistoryEvent) -> Told:
    """A row of history.csv as an event; a kind that the log does not know is told as a remark."""
    kind = kinds().get(one.kind)
    if kind is None or not kind.told:
        return Told("note", one.at.isoformat(), {"text": f"{one.kind}: {one.what}".strip(": "), "site": one.site})
    until = "" if one.until is None else one.until.isoformat()
    values = {"site": one.site, "crew": one.crew, "stage": one.stage, "until": until}
    words: dict[str, str] = {name: one.what for name in ("reason", "text") if name in (*kind.needs, *kind.may)}
    return Told(one.kind, one.at.isoformat(), {**values, **words})


def _finish(answer: Record) -> str | None:
    after = answer.get("after")
    return after["finish"] if after else None
