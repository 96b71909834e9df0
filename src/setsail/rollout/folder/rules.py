"""The rules of a rollout: what is wrong with it, where, what is allowed, what to try."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, UnknownName
from setsail.base.fields import BETWEEN_WORDS
from setsail.rollout.folder import files, limits
from setsail.rollout.model import Rollout, RolloutSite
from setsail.rollout.travel import given

ID = re.compile(r"\w[\w.-]{0,79}")
ID_TOLD = "1 to 80 letters, digits, '-', '_' or '.'"
FORMULA_SIGNS = ("=", "+", "-", "@")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_TEXT = 1000
CHANGED_OVER = "latitude and longitude are perhaps changed over"
FARTHEST = timedelta(days=366)
"""From the notice: no time of a rollout lies further away."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where values were read.

    head : the file of the rollout itself;  folder : of the files beside it;  lines : field of `Rollout` -> place of
    each of its rows.
    """

    head: str = "rollout"
    folder: str = ""
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def row(self, name: str, at: int, told: str) -> str:
        """The place of a row: file and line where it was read, else what it is and its id."""
        lines = self.lines.get(name, ())
        return lines[at] if at < len(lines) else f"{name} {told!r}"

    def file(self, name: str) -> str:
        """The path of a file of the folder."""
        return f"{self.folder}/{name}" if self.folder else name


def require(rollout: Rollout, places: Places | None = None) -> None:
    """Raises the first breach of the rules, a kind of BadInput."""
    for error in breaches(rollout, places or Places()):
        raise error


def require_degrees(sites: Sequence[RolloutSite], lines: Sequence[str]) -> None:
    """Raises OutOfRange for the first site that is nowhere on Earth; lines : the place of each."""
    for site, where in zip(sites, lines, strict=True):
        for column in ("latitude_deg", "longitude_deg"):
            got, (low, high) = getattr(site, column), limits.of(RolloutSite, column)
            if not low <= got <= high:
                hint = CHANGED_OVER if column == "latitude_deg" else ""
                raise OutOfRange(f"is {got:g}", where=f"{where} '{column}'", allowed=f"{low:g} to {high:g}", hint=hint)


def breaches(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    """Every breach of the rules, file by file."""
    yield from _head(rollout, places)
    for name, (attribute, _) in files.TABLES.items():
        yield from _table(rollout, places, name, attribute)
    yield from _names_of_places(rollout, places)
    for number, site in enumerate(rollout.sites):
        yield from _site(rollout, site, places.row("sites", number, site.site))
    yield from _links(rollout, places)
    yield from _skills(rollout, places)
    yield from _matrix(rollout, places)


def _head(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    where = places.head
    if not ID.fullmatch(rollout.rollout):
        yield OutOfRange(f"is {rollout.rollout[:80]!r}", where=f"{where} 'rollout'", allowed=ID_TOLD)
    for key in ("name", "note"):
        yield from _text(getattr(rollout, key), f"{where} '{key}'", formula=False)
    yield from _moment(rollout.notice, rollout, f"{where} 'notice'")
    yield from _moment(rollout.deadline, rollout, f"{where} 'deadline'")
    if rollout.deadline <= rollout.notice:
        allowed = f"after the notice, {rollout.notice.isoformat()}"
        yield OutOfRange(f"is {rollout.deadline.isoformat()}", where=f"{where} 'deadline'", allowed=allowed)
    for part in files.PARTS:
        yield from _fields(getattr(rollout, part), rollout, lambda key, part=part: f"{where} [{part}] '{key}'")
    for number, milestone in enumerate(rollout.milestones, 1):
        at = f"{where} [[milestones]] {number}"
        yield from _fields(milestone, rollout, lambda key, at=at: f"{at} '{key}'")
        if not 1 <= milestone.count <= len(rollout.sites):
            allowed = f"1 to {len(rollout.sites)}, the number of sites"
            yield OutOfRange(f"is {milestone.count}", where=f"{at} 'count'", allowed=allowed)
        if milestone.by <= rollout.notice:
            yield OutOfRange(f"is {milestone.by.isoformat()}", where=f"{at} 'by'", allowed="after the notice")
    if rollout.travel.method == "osm" and not rollout.travel.extract:
        yield BadInput("is empty", where=f"{where} [travel] 'extract'", allowed="the path of a .osm.pbf file")


def _table(rollout: Rollout, places: Places, name: str, attribute: str) -> Iterator[SetSailError]:
    values = getattr(rollout, attribute)
    key = files.KEYS[name]
    if not values and name in files.NEEDED:
        yield BadInput("has no row", where=places.file(name), allowed=f"at least one {key[0]}")
    seen: dict[tuple[str, ...], str] = {}
    for number, value in enumerate(values):
        ident = tuple(str(getattr(value, k)) for k in key)
        where = places.row(attribute, number, " ".join(ident))
        if ident in seen:
            yield DuplicateKey(f"repeats {' '.join(ident)!r} of {seen[ident]}", where=where, hint="remove one")
        seen[ident] = where
        if not ID.fullmatch(ident[0]):
            yield OutOfRange(f"is {ident[0][:80]!r}", where=f"{where} column '{key[0]}'", allowed=ID_TOLD)
        yield from _fields(value, rollout, lambda k, where=where: f"{where} column '{k}'")
        if (begin := getattr(value, "from_at", None)) and (end := getattr(value, "until_at", None)) and end <= begin:
            yield OutOfRange(f"is {end.isoformat()}", where=f"{where} column 'until_at'", allowed="after from_at")


def _fields(value: object, rollout: Rollout, place: Any) -> Iterator[SetSailError]:  # noqa: ANN401 - a function
    """Breaches of what holds for any field of its kind: numbers in their limits, times near, texts plain."""
    for name in limits.names(type(value)):
        got = getattr(value, name)
        if isinstance(got, str):
            if got:
                yield from _text(got, place(name), formula=True)
        elif isinstance(got, datetime):
            yield from _moment(got, rollout, place(name))
        elif isinstance(got, tuple):
            yield from _words(got, place(name))
        elif isinstance(got, int | float) and not isinstance(got, bool):
            low, high = limits.of(type(value), name)
            if not low <= got <= high:
                hint = CHANGED_OVER if name == "latitude_deg" and abs(got) <= 180.0 else ""
                yield OutOfRange(f"is {got:g}", where=place(name), allowed=f"{low:g} to {high:g}", hint=hint)


def _text(got: str, where: str, *, formula: bool) -> Iterator[SetSailError]:
    if len(got) > LONGEST_TEXT:
        yield OutOfRange(f"has {len(got):,} signs", where=where, allowed=f"up to {LONGEST_TEXT:,}")
    elif got != got.strip() or CONTROL.search(got):
        yield BadInput(f"is {got[:60]!r}", where=where, allowed="one line of text without blanks at its ends")
    elif formula and got.startswith(FORMULA_SIGNS):
        allowed = "text that no spreadsheet takes for a formula"
        yield BadInput(f"begins like a formula: {got[:60]!r}", where=where, allowed=allowed, hint="write it otherwise")


def _words(got: Iterable[Any], where: str) -> Iterator[SetSailError]:
    for word in got:
        if isinstance(word, str):
            if not word or BETWEEN_WORDS in word:
                yield BadInput(f"is {word!r}", where=where, allowed=f"a word without {BETWEEN_WORDS!r}")
            yield from _text(word, where, formula=True)


def _moment(got: datetime, rollout: Rollout, where: str) -> Iterator[SetSailError]:
    if got.tzinfo is None or rollout.notice.tzinfo is None:
        yield BadInput(
            f"is {got.isoformat()}, without an offset from UTC", where=where, allowed="a time with its offset"
        )
        return
    if got.microsecond:
        yield BadInput(f"is {got.isoformat()}", where=where, allowed="whole seconds")
    if abs(got - rollout.notice) > FARTHEST:
        allowed = f"within {FARTHEST.days} days of the notice, {rollout.notice.isoformat()}"
        yield OutOfRange(f"is {got.isoformat()}", where=where, allowed=allowed)


def _names_of_places(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    depots = {d.depot for d in rollout.depots}
    for number, site in enumerate(rollout.sites):
        if site.site in depots:
            where = f"{places.row('sites', number, site.site)} column 'site'"
            yield DuplicateKey(f"is {site.site!r}, which is a depot too", where=where, hint="give one another id")


def _site(rollout: Rollout, site: RolloutSite, where: str) -> Iterator[SetSailError]:
    def at(column: str) -> str:
        return f"{where} column '{column}'"

    opens = max(t for t in (rollout.notice, site.released_at, site.window_from) if t is not None)
    if site.window_to is not None and site.window_to <= opens:
        told = site.window_to.isoformat()
        yield OutOfRange(
            f"closes {site.site!r} at {told}, before work there may begin",
            where=at("window_to"),
            allowed=f"after {opens.isoformat()} (notice, released_at, window_from)",
        )
    if site.due is not None and site.due <= rollout.notice:
        yield OutOfRange(f"is {site.due.isoformat()}", where=at("due"), allowed="after the notice")


def _links(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    depots = [d.depot for d in rollout.depots]
    for attribute in ("vehicles", "equipment"):
        for number, row in enumerate(getattr(rollout, attribute)):
            if row.depot not in depots:
                where = f"{places.row(attribute, number, row.depot)} column 'depot'"
                yield UnknownName(f"is {row.depot!r}", where=where, allowed=_some(depots))
    for number, stock in enumerate(rollout.equipment):
        if stock.spares > stock.sets:
            where = f"{places.row('equipment', number, stock.kind)} column 'spares'"
            yield OutOfRange(f"is {stock.spares}", where=where, allowed=f"0 to {stock.sets}, the sets that are there")
    yield from _crews(rollout, places)
    for number, bridge in enumerate(rollout.bridges):
        if not bridge.bank_a or not bridge.bank_b or bridge.bank_a == bridge.bank_b:
            where = f"{places.row('bridges', number, bridge.bridge)} column 'bank_b'"
            yield BadInput(f"is {bridge.bank_b!r}", where=where, allowed=f"another bank than {bridge.bank_a!r}")


def _crews(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    vehicles = [v.vehicle for v in rollout.vehicles]
    known = frozenset(vehicles)
    rides: dict[str, str] = {}
    for number, crew in enumerate(rollout.crews):
        where = f"{places.row('crews', number, crew.crew)} column 'vehicle'"
        if crew.vehicle not in known:
            yield UnknownName(f"is {crew.vehicle!r}", where=where, allowed=_some(vehicles))
        elif crew.vehicle in rides:
            what = f"is {crew.vehicle!r}, which crew {rides[crew.vehicle]!r} rides"
            yield DuplicateKey(what, where=where, allowed="one crew in each vehicle")
        rides[crew.vehicle] = crew.crew


def _skills(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    """A site whose skills, or whose number of crews, nobody has can never be opened."""
    if not rollout.crews:
        return
    known = sorted({skill for crew in rollout.crews for skill in crew.skills})
    for number, site in enumerate(rollout.sites):
        where = places.row("sites", number, site.site)
        for skill in site.skills:
            if skill not in known:
                what = f"site {site.site!r} needs the skill {skill!r}, which no crew has"
                hint = f"add {skill!r} to a crew in {files.CREWS}"
                yield UnknownName(what, where=f"{where} column 'skills'", allowed=_some(known) or "none", hint=hint)
        if site.crews > len(rollout.crews):
            what = f"site {site.site!r} needs {site.crews} crews at once"
            yield OutOfRange(what, where=f"{where} column 'crews'", allowed=f"1 to {len(rollout.crews)}, all crews")


def _matrix(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    known = {d.depot for d in rollout.depots} | {s.site for s in rollout.sites}
    seen: set[tuple[str, str]] = set()
    for number, (a, b, minutes, metres) in enumerate(rollout.matrix):
        where = places.row("matrix", number, f"{a} {b}")
        for column, name in (("from", a), ("to", b)):
            if name not in known:
                yield UnknownName(f"is {name!r}", where=f"{where} column '{column}'", allowed="a depot or a site")
        if (a, b) in seen:
            yield DuplicateKey(f"repeats the way {a} -> {b}", where=where, hint="remove one")
        seen.add((a, b))
        for column, got, high in (("minutes", minutes, limits.MINUTES), ("metres", metres, limits.METRES)):
            if not (math.isfinite(got) and 0.0 <= got <= high):
                yield OutOfRange(f"is {got:g}", where=f"{where} column '{column}'", allowed=f"0 to {high:g}")
    if rollout.travel.method == "matrix" and next(given.missing(rollout), None):
        yield given.lack(rollout, places.file(files.TRAVEL))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
