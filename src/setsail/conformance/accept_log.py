"""Logs of walk tests and probes, read strictly: what cannot be used is listed with its line and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.base.tables import Row, read_rows

Clock = Literal["one-way", "round-trip"]
CLOCKS: tuple[Clock, ...] = ("one-way", "round-trip")
SOURCE = "plausible range of a log"
RANGES = {
    "rsrp_dbm": Limit("rsrp_dbm", -160, -20, SOURCE),
    "sinr_db": Limit("sinr_db", -40, 60, SOURCE),
    "rate_dl_bps": Limit("rate_dl_bps", 0, 2e10, SOURCE),
    "rate_ul_bps": Limit("rate_ul_bps", 0, 2e10, SOURCE),
    "delay_s": Limit("delay_s", 0, 60, SOURCE),
}
SPELLINGS = {
    "rsrp_dbm": ("rsrp_dbm", 1.0), "sinr_db": ("sinr_db", 1.0), "rate_dl_bps": ("rate_dl_bps", 1.0),
    "rate_dl_mbps": ("rate_dl_bps", 1e6), "rate_ul_bps": ("rate_ul_bps", 1.0), "rate_ul_mbps": ("rate_ul_bps", 1e6),
    "delay_s": ("delay_s", 1.0), "delay_ms": ("delay_s", 1e-3),
}  # fmt: skip
"""Columns of a log, with the quantity and the factor to its unit."""
WALK, PLACE = ("time_s", "floor", "x_m", "y_m"), ("x_m", "y_m")
LOST = frozenset({"", "lost", "timeout"})


@dataclass(frozen=True, slots=True)
class Reject:
    """One line of a log that is not used, and why."""

    file: str
    line: int
    reason: str

    def record(self) -> Record:
        """Ready for JSON."""
        return {"file": self.file, "line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a walk: where, when, and what was measured, by quantity."""

    time_s: float
    room: str
    place: tuple[int, int]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Probe:
    """One message of a flow: when it was sent, its delay [s], infinite where lost, and by which clock."""

    flow: str
    time_s: float
    delay_s: float
    clock: Clock


Locate = Callable[[str, float, float], tuple[str, tuple[int, int]]]
"""Floor and place to room and pixel; the room is empty, and says why, where there is none."""


def read_walk(path: Path, locate: Locate) -> tuple[list[Sample], list[Reject]]:
    """The usable lines of a walk log in the order of time, and the others.

    Columns: time_s, floor, x_m, y_m and any of the quantities. Raises BadInput for a file that is no walk log, or has
    no usable line.
    """
    rows = read_rows(path, required=WALK, known=(*WALK, *SPELLINGS, "device", "note"))
    held = [c for c in SPELLINGS if rows and c in rows[0].cells]
    if rows and not held:
        raise BadInput("holds no quantity", where=f"{path}:1", allowed=", ".join(SPELLINGS))
    _require_once(held, path)
    found, rejects, seen = [], [], set[tuple[str, float]]()
    for row in rows:
        try:
            sample = _sample(row, held, locate)
            _require_new((row.get("device"), sample.time_s), seen)
            found.append(sample)
        except BadInput as err:
            rejects.append(_reject(path, row, err))
    _require_some(found, rejects, path)
    return sorted(found, key=lambda s: s.time_s), rejects


def read_probe(path: Path, flows: Sequence[str], clock: Clock) -> tuple[list[Probe], list[Reject]]:
    """The usable messages of a probe log in the order of sending, and the others.

    Columns: flow, time_s, delay_s or delay_ms (empty: lost), and `clock` where it is not the same for all lines.
    Raises BadInput for a file that is no probe log, or has no usable line.
    """
    rows = read_rows(path, required=("flow", "time_s"), known=("flow", "time_s", "delay_s", "delay_ms", "clock"))
    held = [c for c in ("delay_s", "delay_ms") if rows and c in rows[0].cells]
    if rows and len(held) != 1:
        raise BadInput(f"has {held or 'no delay'}", where=f"{path}:1", allowed="delay_s or delay_ms")
    known, found, rejects, seen = set(flows), [], [], set[tuple[str, float]]()
    for row in rows:
        try:
            probe = _probe(row, held[0], known, clock)
            _require_new((probe.flow, probe.time_s), seen)
            found.append(probe)
        except BadInput as err:
            rejects.append(_reject(path, row, err))
    _require_some(found, rejects, path)
    return sorted(found, key=lambda p: (p.flow, p.time_s)), rejects


def clock_of(text: str) -> Clock:
    """The clock of that name. Raises BadInput."""
    if text not in CLOCKS:
        raise BadInput(f"is {text!r}", where="clock", allowed="one-way (PTP or shared clock), round-trip")
    return "one-way" if text == "one-way" else "round-trip"


def _sample(row: Row, held: Sequence[str], locate: Locate) -> Sample:
    time_s = _number(row, "time_s")
    x_m, y_m = (_number(row, c) for c in PLACE)
    values = {}
    for column in held:
        if row.get(column):
            quantity, factor = SPELLINGS[column]
            value = _number(row, column) * factor
            if not RANGES[quantity].low <= value <= RANGES[quantity].high:
                raise BadInput(
                    f"{column} {row.get(column)} is outside {RANGES[quantity].text()}: check its unit", where=""
                )
            values[quantity] = value
    if not values:
        raise BadInput("nothing was measured", where="")
    room, place = locate(row.get("floor"), x_m, y_m)
    return Sample(time_s, room, place, values)


def _probe(row: Row, column: str, flows: set[str], clock: Clock) -> Probe:
    flow = row.get("flow")
    if flow not in flows:
        raise BadInput(f"flow {flow!r} is not in the design", where="")
    lost = row.get(column).lower() in LOST
    delay = math.inf if lost else _number(row, column) * SPELLINGS[column][1]
    if not lost and not 0 <= delay <= RANGES["delay_s"].high:
        raise BadInput(f"{column} {row.get(column)} is outside {RANGES['delay_s'].text()}: check its unit", where="")
    return Probe(flow, _number(row, "time_s"), delay, clock_of(row.get("clock")) if row.get("clock") else clock)


def _require_new(key: tuple[str, float], seen: set[tuple[str, float]]) -> None:
    if key in seen:
        raise BadInput(f"time {key[1]:g} s is there twice", where="")
    seen.add(key)


def _number(row: Row, column: str) -> float:
    try:
        value = float(row.get(column))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{column} is {row.get(column)!r}, not a finite number", where="")
    return value


def _reject(path: Path, row: Row, err: BadInput) -> Reject:
    return Reject(
        path.name, row.line, err.what if not err.allowed else f"{err.where} {err.what}; {err.allowed}".strip()
    )


def _require_once(held: Sequence[str], path: Path) -> None:
    quantities = [SPELLINGS[c][0] for c in held]
    twice = sorted({q for q in quantities if quantities.count(q) > 1})
    if twice:
        raise BadInput(f"holds {twice[0]} in two units", where=f"{path}:1", allowed="one column of each quantity")


def _require_some(found: Sequence[object], rejects: Sequence[Reject], path: Path) -> None:
    if not found:
        first = f"line {rejects[0].line}: {rejects[0].reason}" if rejects else "it has no line"
        raise BadInput(f"has no usable line ({first})", where=str(path), allowed="measurements of this site")
