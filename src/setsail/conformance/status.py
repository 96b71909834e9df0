"""Status lists: a party suspends or withdraws what it signed, in a signed file that says until when it is fresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from setsail.base.errors import BadInput, StoreConflict, UnknownName
from setsail.base.limits import Limit
from setsail.conformance.keys import PartyKey
from setsail.conformance.signed import NotIntact, read_bytes, seal, unseal

NAME = "status"
SCHEMA = "setsail-status/1"
State = Literal["valid", "suspended", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
FRESH_DAYS = Limit("--fresh-days", 1, 366, "assumption: a list a year old tells nothing of today")
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What a party says of one certificate. since : when it began to hold (ISO 8601, UTC)."""

    certificate: str
    state: State
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class StatusList:
    """The list of one party. next_update : after it the list is stale and no longer speaks for `valid`."""

    party: str
    issued: str
    next_update: str
    entries: tuple[Entry, ...]

    def entry(self, certificate: str) -> Entry | None:
        """What the list says of a certificate, if anything."""
        return next((e for e in self.entries if e.certificate == certificate), None)


def changed(
    path: Path, certificate: str, state: str, *, reason: str, key: PartyKey, now: datetime, fresh_days: float = 30
) -> tuple[StatusList, bytes]:
    """The list at `path` (a new one where there is none) with one entry set, and its signed bytes; nothing is written.

    Raises BadInput; StoreConflict for a list of another key, one of a later time, and where a withdrawal would be
    taken back.
    """
    FRESH_DAYS.require(fresh_days)
    entry = Entry(certificate, _state(state), time_text(now), _reason(reason))
    there = _own(path, key) if path.exists() else ()
    old = next((e for e in there if e.certificate == certificate), None)
    if old is not None and old.state == "withdrawn" and state != "withdrawn":
        raise StoreConflict("is withdrawn for good", where=certificate, hint="issue a new certificate")
    if any(time_of(e.since, str(path)) > now for e in there):
        raise StoreConflict("holds entries of a later time", where=str(path), hint="check the clock")
    entry = replace(entry, since=old.since) if old is not None and old.state == entry.state else entry
    entries = tuple(sorted([*(e for e in there if e is not old), entry], key=lambda e: e.certificate))
    made = StatusList(key.party, time_text(now), time_text(now + timedelta(days=fresh_days)), entries)
    return made, seal(NAME, {"schema": SCHEMA, "key": key.kid, **_plain(made)}, key)


def read(path: Path, trust: Sequence[PartyKey]) -> tuple[StatusList, PartyKey]:
    """A list and the trusted key that signed it. Raises NotIntact; BadInput where there is no such file."""
    opened = unseal(NAME, read_bytes(path), trust)
    if opened.key is None:
        raise NotIntact(f"is signed by the key {opened.kid}, which no --trust file holds")
    content = opened.content
    try:
        entries = tuple(Entry(**{k: str(v) for k, v in e.items()}) for e in content["entries"])  # type: ignore[arg-type]
        found = StatusList(str(content["party"]), str(content["issued"]), str(content["next_update"]), entries)
        times = [found.issued, found.next_update, *(e.since for e in entries)]
        if content["schema"] != SCHEMA or any(e.state not in STATES for e in entries):
            raise NotIntact(f"is no {SCHEMA}")
        for text in times:
            time_of(text, str(path))
    except (KeyError, TypeError, AttributeError, BadInput) as err:
        raise NotIntact(f"is signed, and is no {SCHEMA}") from err
    return found, opened.key


def time_text(at: datetime) -> str:
    """A time as it is signed: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text: str, where: str) -> datetime:
    """The aware time of such a text. Raises BadInput."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where=where, allowed="as 2026-01-31T12:00:00Z") from err


def _own(path: Path, key: PartyKey) -> tuple[Entry, ...]:
    """The entries of a list that `key` signed. Raises StoreConflict for any other."""
    try:
        found, _ = read(path, [key])
    except NotIntact as err:
        raise StoreConflict(str(err), where=str(path), hint="your own list, unchanged, or another --list") from err
    return found.entries


def _state(text: str) -> State:
    found = next((s for s in STATES if s == text), None)
    if found is None:
        raise UnknownName(f"is {text!r}", where="--status", allowed=", ".join(STATES))
    return found


def _reason(text: str) -> str:
    if not text.strip() or len(text) > REASON_LENGTH:
        raise BadInput(f"has {len(text)} characters", where="--reason", allowed=f"1 to {REASON_LENGTH}")
    return text


def _plain(made: StatusList) -> dict[str, Any]:
    return asdict(made) | {"entries": [asdict(e) for e in made.entries]}
