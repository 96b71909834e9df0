"""What the events of a log say together: each is held against those before it, and wrong ones are taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, UnknownName
from setsail.rollout.live.kinds import NOTE, PLANNED, UNDO
from setsail.rollout.live.log import Draft, Line
from setsail.rollout.model import STAGES, Stage

CHAIN: tuple[Stage, ...] = tuple(s for s in STAGES if s != "line_ready")
"""Stages that follow one another; the line runs beside them up to "registered"."""
Task = tuple[str, str]
"""(site, stage), ("", "crew C1") or ("", "road B1"): events of one task come in the order of their times."""


@dataclass(slots=True)
class Facts:
    """What was reported and still holds.

    done, started, late : of a site's stage -> time;  floor : site -> nothing of it can be before;  lost, closed : crew
    or road -> number of the event;  last : task -> its last event.
    """

    done: dict[tuple[str, Stage], datetime] = field(default_factory=dict)
    floor: dict[str, datetime] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    last: dict[Task, Line] = field(default_factory=dict)


def effective(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The events that hold: without plans, remarks, undone events and the undoing itself."""
    every = list(lines)
    void = undone(every)
    return tuple(e for e in every if e.n not in void and e.kind not in (PLANNED, UNDO, NOTE))


def undone(lines: Sequence[Line]) -> frozenset[int]:
    """Numbers of the events that are taken back; an undo that is itself taken back takes nothing back."""
    void: set[int] = set()
    for event in reversed(lines):
        if event.kind == UNDO and event.n not in void:
            void.add(int(event.fields["of"]))
    return frozenset(void)


def require_possible(lines: Sequence[Line], draft: Draft) -> None:
    """Raises where an event cannot be true after those before it.

    BadInput for a finished task, a crew that is out already, an undo that breaks a later event; OutOfRange for a time
    before an earlier event of the same task; DuplicateKey for the same event again; UnknownName for an undo of nothing.
    """
    new = Line(lines[-1].n + 1 if lines else 1, draft.kind, draft.at, draft.known, draft.by, draft.fields)
    if draft.kind == UNDO:
        _require_undo(lines, new)
    elif draft.kind != NOTE:
        held = effective(lines)
        _require_new(held, new)
        _taken_in(gathered(held), new)


def gathered(events: Iterable[Line]) -> Facts:
    """What events that hold say together. Raises BadInput for one that cannot follow those before it."""
    facts = Facts()
    for event in events:
        _taken_in(facts, event)
    return facts


def _require_new(events: Iterable[Line], new: Line) -> None:
    for event in events:
        if (event.kind, event.at) == (new.kind, new.at) and _as_told(event) == _as_told(new):
            raise DuplicateKey(f"was told already as event {event.n}", where=_name(new), hint="nothing need be done")


def _as_told(event: Line) -> dict[str, Any]:
    """The fields without those that the product adds from the plan."""
    added = {"pulled", "others"} | ({"until"} if "minutes" in event.fields else set())
    return {k: v for k, v in event.fields.items() if k not in added}


def _require_undo(lines: Sequence[Line], new: Line) -> None:
    of, where = new.fields["of"], "event undo --of"
    wrong = next((e for e in lines if e.n == of), None)
    if wrong is None:
        raise UnknownName(
            f"no event {of}", where=where, allowed=f"1 to {lines[-1].n}" if lines else "none: no event yet"
        )
    if wrong.kind == PLANNED:
        raise BadInput(f"{of} is a plan", where=where, allowed="events", hint="undo the event that it follows from")
    if of in undone(lines):
        raise BadInput(f"event {of} is taken back already", where=where, hint="rollout events, which shows by which")
    try:
        gathered(effective([*lines, new]))
    except BadInput as err:
        raise BadInput(
            f"event {of} cannot be taken back alone: {err}", where=where, hint="undo the later one first"
        ) from err


def _taken_in(facts: Facts, event: Line) -> None:
    site = event.fields.get("site", "")
    match event.kind:
        case "crew-lost" | "crew-back":
            _switched(facts, event, "crew")
        case "road-closed" | "road-open":
            _switched(facts, event, "road")
        case "device-dead":
            _in_order(facts, event, (site, "set"))
            _reopened(facts, event, site, CHAIN[1:])
        case "test-failed":
            _require_open(facts, event, site, "accepted")
            _reopened(facts, event, site, CHAIN[4:] if event.fields.get("needs") == "visit" else CHAIN[5:])
        case _:
            _of_stage(facts, event, site, stage_of(event))


def stage_of(event: Line) -> Stage:
    """The stage of a site that an event speaks of."""
    if event.kind in ("line-late", "line-ready"):
        return "line_ready"
    found: Any = "accepted" if event.kind in ("accepted", "test-failed") else event.fields["stage"]
    return found  # type: ignore[no-any-return]


def _of_stage(facts: Facts, event: Line, site: str, stage: Stage) -> None:
    """started, done, late, failed, line-late, line-ready, accepted."""
    _require_open(facts, event, site, stage)
    if event.kind in ("done", "line-ready", "accepted"):
        facts.done[site, stage] = event.at
    elif event.kind == "line-late":
        facts.done.pop((site, stage), None)
    elif event.kind == "failed" and stage != "line_ready":
        _reopened(facts, event, site, CHAIN[CHAIN.index(stage) :])


def _require_open(facts: Facts, event: Line, site: str, stage: Stage) -> None:
    """Raises where the stage has ended as far as was told, or the event lies before one that it follows."""
    for later in _closing(stage, event.kind):
        if (site, later) in facts.done:
            ended = facts.done[site, later]
            raise BadInput(
                f"{stage} of {site} is finished: {later} ended at {ended.isoformat()}", where=_name(event),
                allowed="a stage that is open", hint="undo of that event, or device-dead where the set broke since",
            )  # fmt: skip
    _in_order(facts, event, (site, stage))
    if stage == "line_ready":
        return
    for earlier in CHAIN[: CHAIN.index(stage)]:
        _not_before(event, facts.done.get((site, earlier)), f"{earlier} of {site} ended")


def _closing(stage: Stage, kind: str) -> tuple[Stage, ...]:
    """The stages whose end ends this one too. A line that was up can go down again until the site is registered."""
    if kind == "line-late":
        return ("registered", "accepted")
    return ("line_ready", "registered", "accepted") if stage == "line_ready" else CHAIN[CHAIN.index(stage) :]


def _in_order(facts: Facts, event: Line, task: Task) -> None:
    before = facts.last.get(task)
    _not_before(event, before.at if before else None, f"event {before.n} of the same task" if before else "")
    _not_before(event, facts.floor.get(task[0]), f"{task[0]} was opened again")
    facts.last[task] = event


def _not_before(event: Line, other: datetime | None, what: str) -> None:
    if other is not None and event.at < other:
        raise OutOfRange(
            f"is {event.at.isoformat()}, before {what} at {other.isoformat()}", where=f"{_name(event)} --at",
            allowed=f"from {other.isoformat()}", hint="undo the earlier one where it was wrong",
        )  # fmt: skip


def _reopened(facts: Facts, event: Line, site: str, stages: Sequence[Stage]) -> None:
    """The stages are to be done again, not before the event."""
    done = [at for stage in stages if (at := facts.done.get((site, stage))) is not None]
    for at in done:
        _not_before(event, at, f"a stage of {site} ended")
    for stage in stages:
        facts.done.pop((site, stage), None)
    facts.floor[site] = max(event.at, facts.floor.get(site, event.at))


def _switched(facts: Facts, event: Line, what: str) -> None:
    """A crew is out or back, a road closed or open."""
    states = facts.lost if what == "crew" else facts.closed
    name, on = event.fields[what], event.kind in ("crew-lost", "road-closed")
    _in_order(facts, event, ("", f"{what} {name}"))
    if on and name in states:
        word = "out" if what == "crew" else "closed"
        raise BadInput(f"{name} is {word} already, since event {states[name]}", where=_name(event))
    if not on and name not in states:
        word = "not out" if what == "crew" else "not closed"
        raise BadInput(f"{name} is {word}", where=_name(event), allowed=", ".join(sorted(states)) or "none is")
    if on:
        states[name] = event.n
    else:
        del states[name]


def _name(event: Line) -> str:
    return f"event {event.n} {event.kind}"
