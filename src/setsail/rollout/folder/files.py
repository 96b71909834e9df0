"""The files of a rollout's folder: names, columns, and the text of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from setsail.base import toml
from setsail.base.fields import cell, columns, told
from setsail.rollout.model import Bridge, Crew, Depot, Equipment, Mark, Rollout, RolloutSite, Vehicle

FORMAT = 1
ROLLOUT_FILE, SITES, DEPOTS, VEHICLES, CREWS = "rollout.toml", "sites.csv", "depots.csv", "vehicles.csv", "crews.csv"
EQUIPMENT, BRIDGES, TRAVEL, HISTORY = "equipment.csv", "bridges.csv", "travel.csv", "history.csv"
OWNED = frozenset({ROLLOUT_FILE, SITES, DEPOTS, VEHICLES, CREWS, EQUIPMENT, BRIDGES, TRAVEL})
"""What writing a rollout writes anew; everything else in the folder, such as events.jsonl, stays."""
TABLES: dict[str, tuple[str, type[Any]]] = {
    SITES: ("sites", RolloutSite),
    DEPOTS: ("depots", Depot),
    VEHICLES: ("vehicles", Vehicle),
    CREWS: ("crews", Crew),
    EQUIPMENT: ("equipment", Equipment),
    BRIDGES: ("bridges", Bridge),
}
"""File -> the field of `Rollout` that it holds, and what a row is."""
KEYS: dict[str, tuple[str, ...]] = {
    SITES: ("site",),
    DEPOTS: ("depot",),
    VEHICLES: ("vehicle",),
    CREWS: ("crew",),
    EQUIPMENT: ("kind", "depot"),
    BRIDGES: ("bridge",),
}
NEEDED = frozenset({SITES, DEPOTS, VEHICLES, CREWS})
TRAVEL_COLUMNS = ("from", "to", "minutes", "metres")
HEAD_FIELDS = ("rollout", "name", "notice", "deadline", "note")
PARTS = ("durations", "travel", "call")
_HEAD = "# A rollout of Set Sail. Times carry their offset from UTC, durations are minutes, distances metres.\n"


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened, to be replayed. kind : as the kinds of the event log;  until : a new time, if any."""

    at: datetime
    kind: str
    site: str = ""
    crew: str = ""
    stage: str = ""
    until: datetime | None = None
    what: str = ""
    mark: Mark = "given"
    source: str = ""


def texts(rollout: Rollout, history: Sequence[HistoryEvent] = ()) -> dict[str, str]:
    """File name -> text, of a rollout that holds to the rules; empty optional tables have no file."""
    found = {ROLLOUT_FILE: _head(rollout)}
    for name, (field, cls) in TABLES.items():
        values = getattr(rollout, field)
        if values or name in NEEDED:
            found[name] = table(cls, values)
    if rollout.matrix:
        found[TRAVEL] = _csv(TRAVEL_COLUMNS, ([a, b, repr(m), repr(d)] for a, b, m, d in rollout.matrix))
    if history:
        found[HISTORY] = table(HistoryEvent, history)
    return found


def table(cls: type[Any], values: Iterable[Any]) -> str:
    """CSV text of values of one class, all its fields as columns; a default is an empty cell where it may be."""
    names = columns(cls)
    return _csv(names, ([cell(getattr(v, n)) for n in names] for v in values))


def _csv(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return buffer.getvalue()


def _head(rollout: Rollout) -> str:
    lines = [f"format = {FORMAT}"]
    lines += [f"{k} = {toml.written(getattr(rollout, k))}" for k in HEAD_FIELDS if k != "note" or rollout.note]
    for part in PARTS:
        value = getattr(rollout, part)
        lines += ["", f"[{part}]", *(f"{n} = {toml.written(getattr(value, n))}" for n in columns(type(value)))]
    for milestone in rollout.milestones:
        lines += ["", "[[milestones]]", *(f"{k} = {toml.written(v)}" for k, v in told(milestone).items())]
    return _HEAD + "\n".join(lines) + "\n"
