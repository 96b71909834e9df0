"""An event as it is told, held against the rollout: every field known, of its kind and possible."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.rollout.folder.clock import moment, seen_from
from setsail.rollout.live.kinds import Field, Kind, fields, kinds
from setsail.rollout.live.log import Draft
from setsail.rollout.model import STAGES, Rollout

SHOWN_NAMES = 12
LONGEST_TEXT = 500
MOST_MINUTES = 60 * 24 * 60.0
"""Sixty days: more is a slip of the pen."""
DIGEST = re.compile(r"[0-9a-f]{64}")
ROAD = "|"


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a dispatcher gives it. at : text of a time, "" for `now`;  values : field -> text, "" left out."""

    kind: str
    at: str
    values: Mapping[str, str]


def drafted(rollout: Rollout, told: Told, *, now: datetime, by: str, foreseen: bool = False) -> Draft:
    """The event as a line to be written. foreseen : it is only supposed, so that it may lie after `now`.

    Raises UnknownName for a kind, site, crew, stage or road that is not there, OutOfRange for a time or number that
    cannot be, BadInput for a field that is missing, not of this kind, or cannot be read.
    """
    kind = kinds().get(told.kind)
    if kind is None or not kind.told:
        names = [k.kind for k in kinds().values() if k.told]
        raise UnknownName(
            f"{told.kind!r} is no kind of event", where="event", allowed=", ".join(names), hint=near(told.kind, names)
        )
    at = _time(rollout, told, now, foreseen)
    given = {name: value for name, value in told.values.items() if value != ""}
    _require_fields(kind, given)
    found: dict[str, object] = {}
    for name in (*kind.needs, *kind.may):
        read = _read(rollout, fields()[name], given.get(name, fields()[name].default), at)
        if read is not None:
            found[name] = read
    if kind.kind == "late" and ("until" in found) == ("minutes" in found):
        raise BadInput(
            "has both" if "until" in found else "has neither", where="event late", allowed="--until or --minutes"
        )
    return Draft(kind.kind, at, now, _line_of(by, "--actor"), found)


def near(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant, "" where none is near."""
    found = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"{found[0]}?" if found else ""


def _time(rollout: Rollout, told: Told, now: datetime, foreseen: bool) -> datetime:
    at = moment(told.at, rollout.notice, "--at") if told.at else seen_from(now, rollout.notice)
    if at < rollout.notice:
        raise OutOfRange(
            f"is {at.isoformat()}, before the notice", where="--at", allowed=f"from {rollout.notice.isoformat()}"
        )
    if at > now and not foreseen:
        raise OutOfRange(
            f"is {at.isoformat()}, still to come", where="--at", allowed=f"up to now, {seen_from(now, at).isoformat()}",
            hint="rollout what-if, for what has not happened",
        )  # fmt: skip
    last = max(rollout.deadline, rollout.notice) + timedelta(minutes=MOST_MINUTES)
    if at > last:
        raise OutOfRange(
            f"is {at.isoformat()}, long after the deadline", where="--at", allowed=f"up to {last.isoformat()}",
            hint="say --at: the clock of this machine is not that of the rollout",
        )  # fmt: skip
    return at


def _require_fields(kind: Kind, given: Mapping[str, str]) -> None:
    where = f"event {kind.kind}"
    strange = sorted(set(given) - set(kind.needs) - set(kind.may))
    if strange:
        allowed = ", ".join(fields()[name].option for name in (*kind.needs, *kind.may))
        known = fields().get(strange[0])
        raise BadInput(f"has no {known.option if known else strange[0]}", where=where, allowed=allowed)
    for name in kind.needs:
        if name not in given:
            raise BadInput(f"needs {fields()[name].option}", where=where, allowed=fields()[name].meaning)


def _read(rollout: Rollout, field: Field, text: str, at: datetime) -> object:
    """The value of a field, None where it is left out."""
    if text == "":
        return None
    match field.type:
        case "site":
            return _known(text, (s.site for s in rollout.sites), field.option)
        case "crew":
            return _known(text, (c.crew for c in rollout.crews), field.option)
        case "stage":
            return _known(text.replace("-", "_"), STAGES, field.option)
        case "road":
            return _road(rollout, text, field.option)
        case "choice":
            return _known(text, field.choices, field.option)
        case "time":
            return _later(moment(text, at, field.option), at, field.option)
        case "minutes":
            return _minutes(text, field.option)
        case "number":
            return _number(text, field.option)
        case "digest":
            return _digest(text, field.option)
    return _line_of(text, field.option)


def _known(text: str, names: Iterable[str], where: str) -> str:
    every = list(names)
    if text in every:
        return text
    shown = ", ".join(every[:SHOWN_NAMES]) + (
        f" and {len(every) - SHOWN_NAMES} more" if len(every) > SHOWN_NAMES else ""
    )
    raise UnknownName(f"{text!r} is not there", where=where, allowed=shown or "none", hint=near(text, every))


def _road(rollout: Rollout, text: str, where: str) -> str:
    """A bridge's id, or a road "A|B" with its ends in the order of their names: it is one road in both directions."""
    if ROAD not in text:
        bridges = [b.bridge for b in rollout.bridges]
        if text in bridges:
            return text
        shown = ", ".join([*bridges[:SHOWN_NAMES], "or two places written A|B"])
        raise UnknownName(f"{text!r} is no bridge", where=where, allowed=shown, hint=near(text, bridges))
    ends = text.split(ROAD)
    places = [d.depot for d in rollout.depots] + [s.site for s in rollout.sites]
    if len(ends) != 2 or ends[0] == ends[1]:
        raise BadInput(f"is {text!r}", where=where, allowed="two different places written A|B")
    return ROAD.join(sorted(_known(end.strip(), places, where) for end in ends))


def _later(until: datetime, at: datetime, where: str) -> str:
    if until < at:
        raise OutOfRange(f"is {until.isoformat()}, before the event", where=where, allowed=f"from {at.isoformat()}")
    return until.isoformat()


def _minutes(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_MINUTES:
        raise OutOfRange(f"is {text!r}", where=where, allowed=f"minutes from 0 to {MOST_MINUTES:g}")
    return value


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:18]) < 10**15):
        raise BadInput(f"is {text!r}", where=where, allowed="the number of an event")
    return int(text)


def _digest(text: str, where: str) -> str:
    if not DIGEST.fullmatch(text.lower()):
        raise BadInput(f"is {text!r}", where=where, allowed="64 hexadecimal digits")
    return text.lower()


def _line_of(text: str, where: str) -> str:
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise BadInput(
            "is too long or holds control characters",
            where=where,
            allowed=f"one line of up to {LONGEST_TEXT} characters",
        )
    return text
