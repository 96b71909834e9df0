"""Functions of rooms: own names with words in English and Chinese and codes of OmniClass Table 13, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.tables import Row, read_rows, require_unique

DATA = Path(__file__).parent / "data"
COLUMNS = (
    "function", "name_en", "name_zh", "group", "omniclass", "keywords_en", "keywords_zh", "indoor", "counted",
    "shielded", "critical", "height_m", "source_id", "clause",
)  # fmt: skip
Counted = Literal["floor", "roof", "site"]
"""Where the area of a room is counted: with the floors of the building, with its roofs, or with the grounds."""
By = Literal["words", "code", "name", ""]
_NOT_WORD = re.compile(r"[^\w/&+]+")
_SEGMENTS = re.compile(r"[/&+]")
_CODE = re.compile(r"\d\d-\d\d(?: \d\d)*")


@dataclass(frozen=True, slots=True)
class Function:
    """One function and what its rooms are taken to be where the source does not say it.

    omniclass : codes; those that begin with one belong to it too;  keywords : words as written on plans, `*` at the
    end for any ending, `=` before a word that must stand alone, `~` before one that counts only where no other does.
    """

    function: str
    name_en: str
    name_zh: str
    group: str
    omniclass: tuple[str, ...]
    keywords_en: tuple[str, ...]
    keywords_zh: tuple[str, ...]
    indoor: bool
    counted: Counted
    shielded: bool
    critical: bool
    height_m: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Match:
    """The function found ("" for none), by what (words, code or our own name), and the key that decided."""

    function: str
    by: By
    key: str


@cache
def functions() -> Mapping[str, Function]:
    """Every function by its name, as in `data/functions.csv`. Raises DuplicateKey where two claim one word or code."""
    rows = read_rows(DATA / "functions.csv", required=COLUMNS, known=COLUMNS, name="functions.csv")
    require_unique(rows, ("function",))
    found = {row.need("function"): _parsed(row) for row in rows}
    for column in ("omniclass", "keywords_en", "keywords_zh"):
        _require_once(found, column)
    return MappingProxyType(found)


def function(name: str, where: str = "function") -> Function:
    """The function of that name. Raises UnknownName."""
    found = functions().get(name)
    if found is None:
        raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(functions()))
    return found


def match(words: str, code: str = "") -> Match:
    """The function of a room by the words on the plan, else by its code of OmniClass Table 13.

    Words count before codes because they say more: of `LAB OFFICE / STORE` the part before the stroke is read, and in
    it the word that stands last, as the head of a name does in English and in Chinese; of several that end there, the
    longest.
    """
    told = words.strip().casefold()
    if told in functions():
        return Match(told, "name", told)
    for segment in _SEGMENTS.split(_plain(words)):
        found = _by_words(segment.strip())
        if found is not None:
            return found
    return _by_code(code)


def _by_words(segment: str) -> Match | None:
    best: tuple[tuple[bool, int, int], Match] | None = None
    for pattern, keyword, name in _patterns():
        for hit in pattern.finditer(segment):
            rank = (not keyword.startswith("~"), hit.end(), hit.end() - hit.start())
            if best is None or rank > best[0]:
                best = (rank, Match(name, "words", keyword))
    return best[1] if best else None


def _by_code(code: str) -> Match:
    """By the longest code that the given one begins with, group by group."""
    found = _CODE.search(code)
    groups = found.group().replace("-", " ").split(" ") if found else []
    for length in range(len(groups), 1, -1):
        known = "-".join((groups[0], " ".join(groups[1:length])))
        name = _codes().get(known)
        if name:
            return Match(name, "code", known)
    return Match("", "", "")


def _plain(words: str) -> str:
    return _NOT_WORD.sub(" ", words.casefold()).strip()


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    found = []
    for one in functions().values():
        found += [(_english(word), word, one.function) for word in one.keywords_en]
        found += [(_chinese(word), word, one.function) for word in one.keywords_zh]
    return tuple(found)


def _english(word: str) -> re.Pattern[str]:
    """Whole words; a Chinese character beside one ends it too, as in `CT室`."""
    word = word.removeprefix("~")
    if word.startswith("="):
        return re.compile(rf"\A{re.escape(word[1:])}\Z")
    end = r"\w*" if word.endswith("*") else r"(?![a-z0-9_])"
    return re.compile(rf"(?<![a-z0-9_]){re.escape(word.rstrip('*'))}{end}")


def _chinese(word: str) -> re.Pattern[str]:
    word = word.removeprefix("~")
    return re.compile(rf"\A{re.escape(word[1:])}\Z" if word.startswith("=") else re.escape(word))


@cache
def _codes() -> Mapping[str, str]:
    return {code: one.function for one in functions().values() for code in one.omniclass}


def _parsed(row: Row) -> Function:
    counted = row.need("counted")
    if counted not in get_args(Counted):
        raise BadInput(f"is {counted!r}", where=row.where("counted"), allowed=", ".join(get_args(Counted)))
    height = row.get("height_m")
    codes = _split(row, "omniclass")
    for code in codes:
        if not _CODE.fullmatch(code):
            raise BadInput(f"has {code!r}", where=row.where("omniclass"), allowed="a code such as 13-15 11 34 11")
    return Function(
        row.need("function"), row.need("name_en"), row.need("name_zh"), row.need("group"), codes,
        _split(row, "keywords_en"), _split(row, "keywords_zh"), _yes(row, "indoor"), counted,  # type: ignore[arg-type]
        _yes(row, "shielded"), _yes(row, "critical"), float(height) if height else None,
        f"{row.need('source_id')}, {row.need('clause')}",
    )  # fmt: skip


def _split(row: Row, column: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.get(column).split("|") if part.strip())


def _yes(row: Row, column: str) -> bool:
    text = row.need(column)
    if text not in ("yes", "no"):
        raise BadInput(f"is {text!r}", where=row.where(column), allowed="yes, no")
    return text == "yes"


def _require_once(found: Mapping[str, Function], column: str) -> None:
    seen: dict[str, str] = {}
    for one in found.values():
        for key in getattr(one, column):
            if key in seen:
                told = f"{key!r} belongs to {seen[key]} and to {one.function}"
                raise DuplicateKey(told, where=f"functions.csv column '{column}'")
            seen[key] = one.function
