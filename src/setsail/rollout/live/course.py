"""The course of a rollout: the plan in force, and what earlier plans had begun when they were replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from setsail.rollout.live.facts import Facts, effective, gathered
from setsail.rollout.live.kinds import PLANNED
from setsail.rollout.live.log import Line, Log
from setsail.rollout.live.planned import Codec, joined
from setsail.rollout.model import Rollout, Stage
from setsail.rollout.plan_model import BenchSlot, Plan, Visit

KIND, DEPART, ARRIVE, BEGIN, END, DRIVE_S, SETS, BEGUN = 2, 4, 5, 6, 7, 8, 10, 11
"""Where a written visit holds its parts. One that was begun when it was planned is held by an earlier plan."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a log makes of a rollout. events : those that hold;  facts : what they report together;  plan : in force,
    None before the first;  written : the same as it stands in the log;  line : its line;  covers : number of the last
    line that it takes into account;  visits, bench : of earlier plans, begun before they were replaced;
    stages : site -> stage -> planned end, from the last plan that had it;  at : the latest time told.
    """

    rollout: Rollout
    log: Log
    events: tuple[Line, ...]
    facts: Facts
    plan: Plan | None
    written: Mapping[str, Any] | None
    line: int
    covers: int
    visits: tuple[tuple[int, Visit], ...]
    bench: tuple[BenchSlot, ...]
    stages: Mapping[str, Mapping[Stage, datetime]]
    at: datetime

    @property
    def uncovered(self) -> tuple[Line, ...]:
        """Events that no plan takes into account yet."""
        return tuple(e for e in self.log.lines if e.n > self.covers and e.kind not in (PLANNED, "note"))

    def begun_visits(self, at: datetime) -> tuple[tuple[int, Visit], ...]:
        """Line of its plan and visit, of visits that begin before `at`: with the drive, or the work where none is.

        They are as first planned. Of a loading that has not begun only the drive to the depot is begun.
        """
        if self.written is None:
            return self.visits
        codec, second = Codec(self.rollout), (at - self.rollout.notice).total_seconds()
        return (*self.visits, *((self.line, codec.visit(crew, row)) for crew, row in _begun(self.written, second)))

    def begun_bench(self, at: datetime) -> tuple[BenchSlot, ...]:
        """Bench slots that begin before `at`."""
        if self.plan is None:
            return self.bench
        since = self.plan.at
        return (*self.bench, *(s for s in self.plan.bench if since <= s.begin < at))

    def planned(self, site: str, stage: Stage) -> datetime | None:
        """When a stage of a site ends by the plan."""
        return self.stages.get(site, {}).get(stage)


@dataclass(slots=True)
class _Fold:
    """The written plan and what was begun, line by line."""

    written: dict[str, Any] | None = None
    line: int = 0
    covers: int = 0
    visits: list[tuple[int, str, list[Any]]] = field(default_factory=list)
    bench: list[tuple[str, list[Any]]] = field(default_factory=list)
    stages: dict[str, list[int | None]] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Puts a plan in the place of the one before, of which what has begun stays."""
        change = line.fields["plan"]
        new = joined(self.written, change)
        if self.written is not None:
            since, until = self.written["at"], new["at"]
            self.visits += [(self.line, crew, row) for crew, row in _begun(self.written, until)]
            self.bench += [
                (depot, row) for depot, own in self.written["bench"].items() for row in own if since <= row[2] < until
            ]
        self.written, self.line, self.covers = new, line.n, int(line.fields["after"])
        for site in change.get("sites", {}).keys() & new["sites"].keys():
            self.stages[site] = _overlaid(self.stages.get(site), new["sites"][site][0])


def _begun(written: Mapping[str, Any], before: float) -> list[tuple[str, list[Any]]]:
    """(crew, visit) of a written plan that were not begun when it was made and are begun before a second."""
    found = []
    for crew, own in written["crews"].items():
        for row in own["visits"]:
            if not row[BEGUN] and row[DEPART if row[DRIVE_S] else BEGIN] < before:
                waits = row[KIND] == "load" and row[BEGIN] >= before
                found.append((crew, _drive_home(row) if waits else row))
    return found


def _drive_home(row: list[Any]) -> list[Any]:
    """The drive to the depot of a loading that has not begun."""
    return [*row[:KIND], "return", *row[KIND + 1 : BEGIN], row[ARRIVE], row[ARRIVE], *row[DRIVE_S:SETS], 0, 0]


def _overlaid(old: Sequence[int | None] | None, new: Sequence[int | None]) -> list[int | None]:
    """The new times, and the old ones of stages that the new plan no longer tells because they are over."""
    if old is None:
        return list(new)
    return [o if n is None else n for o, n in zip(old, new, strict=True)]


def _folded(log: Log) -> _Fold:
    """The plans of a log, one laid over the other."""
    fold = _Fold()
    for line in log.lines:
        if line.kind == PLANNED:
            fold.take(line)
    return fold


def written(log: Log) -> dict[str, Any] | None:
    """The plan in force as its lines write it; quicker than the course."""
    return _folded(log).written


def course(rollout: Rollout, log: Log) -> Course:
    """What the lines of a log make of a rollout. Same lines, same course."""
    fold, codec = _folded(log), Codec(rollout)
    events = effective(log.lines)
    plan = None if fold.written is None else codec.read(fold.written)
    told = [e.at for e in events] + ([plan.at] if plan else [])
    return Course(
        rollout, log, events, gathered(events), plan, fold.written, fold.line, fold.covers,
        tuple((n, codec.visit(c, v)) for n, c, v in fold.visits),
        tuple(codec.slot(d, s) for d, s in fold.bench),
        {site: codec.stages(row) for site, row in fold.stages.items()},
        max(told, default=rollout.notice),
    )  # fmt: skip
