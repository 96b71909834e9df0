"""A rollout from a spreadsheet of sites: header words in English or Chinese; what is not told is assumed and said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from setsail.base.datum import to_wgs84
from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.fields import parse
from setsail.rollout.folder import cells, outliers, sheet
from setsail.rollout.folder.rules import Places, require, require_degrees
from setsail.rollout.folder.sheet import Sheet
from setsail.rollout.folder.terms import Ask, Assumed, Terms, terms
from setsail.rollout.model import Rollout, RolloutSite
from setsail.standards.facts import table

MOST_SITES = 20_000
DATUMS = ("wgs84", "gcj02", "bd09")
TIMES = ("window_from", "window_to", "released_at", "due", "line_ready_at")
NUMBERS = ("latitude_deg", "longitude_deg", "sets", "crews", "deliver_min")
COMMA_DELIMITERS = (";", "\t")
"""Between cells, of files in which a comma may stand in a number."""
_SPLIT = re.compile(r"[|,;、，；/]+")
_NOISE = re.compile(r"[\s_\-()（）\[\]:：]+")


def from_table(path: Path, ask: Ask, *, now: datetime) -> tuple[Rollout, tuple[Assumed, ...]]:
    """A rollout of the sites of a CSV or XLSX file, and everything that was assumed.

    now : the notice where `ask` has none, to the minute.
    Raises BadInput with file, row and column for a table that cannot be read or breaks a rule.
    """
    if ask.datum not in DATUMS:
        raise UnknownName(f"is {ask.datum!r}", where="datum", allowed=", ".join(DATUMS))
    found = sheet.read(path, ask.sheet)
    notes = [Assumed(path.name, what, "as the file is") for what in found.remarks]
    columns, unread = _columns(found.header, str(path))
    if unread:
        notes.append(Assumed("columns", f"not read: {', '.join(unread)}", "no word of theirs is known"))
    found, pointed = _pointed(found, columns)
    if pointed:
        notes.append(Assumed("numbers", f"commas in {', '.join(pointed)} are decimal", "the whole column has them"))
    notice = ask.notice or now.replace(second=0, microsecond=0)
    sites: list[RolloutSite] = []
    places: list[str] = []
    for line, row in found.rows:
        told = {c: row[i] for c, i in columns.items() if row[i]}
        where = f"{path}:{line}"
        sites.append(_site(told, where, len(sites) + 1, notice, {c: found.header[i] for c, i in columns.items()}))
        places.append(where)
        if len(sites) > MOST_SITES:
            raise OutOfRange(f"has more than {MOST_SITES:,} sites", where=str(path), allowed=f"up to {MOST_SITES:,}")
    if not sites:
        raise BadInput("has a header and no rows", where=str(path), allowed="at least one site")
    require_degrees(sites, places)
    moved = _shifted(sites, ask.datum)
    apart = outliers.apart(sites, places)
    own = terms(ask, moved, notice, frozenset(apart))
    made = _rollout(ask, path, notice, moved, own)
    require(made, Places(str(path), "", {"sites": places}))
    notes += [_lies_apart(moved[at], places[at], km) for at, km in apart.items()]
    return made, (*notes, *_of_sites(columns, ask.datum), *own.assumed)


def _lies_apart(site: RolloutSite, where: str, km: float) -> Assumed:
    what = f"{site.site} {site.name[:60]!r} ({where}) lies {km:,.0f} km from the middle of the others"
    return Assumed("coordinates", what, "taken as it is; look whether its latitude and longitude are right")


def _pointed(found: Sheet, columns: Mapping[str, int]) -> tuple[Sheet, list[str]]:
    """The sheet with points in columns of numbers that have decimal commas throughout, and the heads of these."""
    if found.delimiter not in COMMA_DELIMITERS:
        return found, []
    rows, heads = [list(row) for _, row in found.rows], []
    for at in (columns[c] for c in NUMBERS if c in columns):
        told = cells.with_points([row[at] for row in rows])
        if told is not None:
            heads.append(found.header[at])
            for row, cell in zip(rows, told, strict=True):
                row[at] = cell
    lines = (line for line, _ in found.rows)
    return replace(found, rows=tuple(zip(lines, map(tuple, rows), strict=True))), heads


@cache
def _words() -> Mapping[str, str]:
    """Column of ours by each word that may head it."""
    return {_plain(w): r.need("column") for r in table("rollout/site_columns.csv") for w in r.need("words").split("|")}


def _plain(word: str) -> str:
    return _NOISE.sub("", word.casefold())


def _columns(header: Sequence[str], where: str) -> tuple[dict[str, int], list[str]]:
    """Our column -> its place in the header, and the headers that are not read. Raises BadInput."""
    found: dict[str, int] = {}
    unread = []
    for at, word in enumerate(header):
        column = _words().get(_plain(re.sub(r"[(（].*?[)）]", "", word))) or _words().get(_plain(word))
        if column is None:
            unread.append(word)
        elif column in found:
            what = f"names {column!r} twice: {header[found[column]]!r} and {word!r}"
            raise BadInput(what, where=where, allowed="one column of each kind", hint="rename one of them")
        else:
            found[column] = at
    for column in ("latitude_deg", "longitude_deg"):
        if column not in found:
            allowed = ", ".join(
                r.need("words").replace("|", ", ")
                for r in table("rollout/site_columns.csv")
                if r.get("column") == column
            )
            raise BadInput(
                f"has no column of the {column[:-4]}; it has {', '.join(header)[:200]}", where=where, allowed=allowed
            )
    if "name" not in found and "name_zh" not in found:
        raise BadInput("has no column of names", where=where, allowed="name, hospital, 名称, 医院 ...")
    return found, unread


def _site(told: dict[str, str], where: str, number: int, notice: datetime, heads: Mapping[str, str]) -> RolloutSite:
    for column in ("latitude_deg", "longitude_deg"):
        if column not in told:
            name = told.get("name") or told.get("name_zh") or f"row {number}"
            raise BadInput(
                f"{name[:60]!r} has no coordinates", where=f"{where} column {heads[column]!r}", allowed="degrees"
            )
    for column in TIMES:
        if column in told:
            told[column] = cells.time_of(told[column], notice, f"{where} column {heads[column]!r}").isoformat()
    for column in ("sets", "crews"):
        if column in told:
            told[column] = re.sub(r"\.0+$", "", told[column])
    if "skills" in told:
        told["skills"] = "|".join(filter(None, (w.strip() for w in _SPLIT.split(told["skills"]))))
    told.setdefault("name", told.get("name_zh", ""))
    told.setdefault("site", f"S{number:02d}")
    return parse(RolloutSite, told, where)


def _shifted(sites: Sequence[RolloutSite], datum: str) -> tuple[RolloutSite, ...]:
    if datum == "wgs84":
        return tuple(sites)
    lon, lat = to_wgs84([s.longitude_deg for s in sites], [s.latitude_deg for s in sites], datum)
    return tuple(
        replace(s, longitude_deg=round(float(x), 6), latitude_deg=round(float(y), 6))
        for s, x, y in zip(sites, lon, lat, strict=True)
    )


def _of_sites(columns: Mapping[str, int], datum: str) -> list[Assumed]:
    found = []
    if "site" not in columns:
        found.append(Assumed("ids", "S01, S02 and so on, in the order of the rows", "the table has no column of ids"))
    if "line_ready_at" not in columns:
        found.append(Assumed("lines", "all are up at the notice", "the table does not say when they come up"))
    if any(c in columns for c in TIMES):
        found.append(Assumed("times", "with the offset of the notice", "where the table tells none"))
    if datum == "wgs84":
        found.append(Assumed("coordinates", "WGS 84", "--datum gcj02 or bd09 for those of a Chinese map"))
    return found


def _rollout(ask: Ask, path: Path, notice: datetime, sites: tuple[RolloutSite, ...], own: Terms) -> Rollout:
    return Rollout(
        rollout=ask.rollout or _id(path.stem),
        name=ask.name or path.stem.strip(),
        notice=notice,
        deadline=own.deadline,
        sites=sites,
        depots=(own.depot,),
        vehicles=own.vehicles,
        crews=own.crews,
        equipment=own.equipment,
        durations=own.durations,
        travel=own.travel,
    )


def _id(stem: str) -> str:
    return re.sub(r"[^\w.-]+", "-", stem).strip("-._")[:60] or "rollout"
