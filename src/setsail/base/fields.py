"""Values as plain fields of a file and back: defaults are left out, everything else is read strictly."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from setsail.base.errors import BadInput

T = TypeVar("T")
FLAGS = {"yes": True, "no": False, "true": True, "false": False}
"""How a cell of text may say that a thing is so or not."""
BETWEEN_WORDS = "|"
"""Between the words of one cell, such as the skills of a crew."""
MOMENT = "a day and time of day with its offset, such as 2020-02-05T22:00:00+08:00"


def told(value: object, leave: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of a value that differ from their defaults, but for those in `leave`."""
    left = frozenset(leave)
    fields = dataclasses.fields(value)  # type: ignore[arg-type]
    return {
        f.name: getattr(value, f.name) for f in fields if f.name not in left and getattr(value, f.name) != f.default
    }


def build(cls: type[T], fields: Mapping[str, Any], where: str, *, known: Mapping[str, Any] | None = None) -> T:
    """A value of `cls` from the fields of a file; `known` holds those that the file does not name.

    Raises BadInput for a field that is missing, unknown or of another kind.
    """
    given = dict(known or {})
    hints = _hints(cls)
    strange = sorted(set(fields) - (set(hints) - set(given)))
    if strange:
        allowed = ", ".join(n for n in hints if n not in given)
        raise BadInput(f"has the unknown field {strange[0]!r}", where=where, allowed=allowed)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if field.name in given:
            continue
        if field.name in fields:
            given[field.name] = _checked(fields[field.name], hints[field.name], f"{where} '{field.name}'")
        elif field.default is dataclasses.MISSING:
            raise BadInput(f"lacks the field {field.name!r}", where=where, allowed="a value")
    return cls(**given)


def parse(cls: type[T], cells: Mapping[str, str], where: str) -> T:
    """A value of `cls` from the cells of a line of text; an empty cell stands for the default. Raises BadInput."""
    hints = _hints(cls)
    return build(cls, {k: _typed(v, hints[k], f"{where} column '{k}'") for k, v in cells.items() if v}, where)


def cell(value: object) -> str:
    """A value as the cell of a table that `parse` reads again as it was."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return BETWEEN_WORDS.join(value)
    return "" if value is None else value if isinstance(value, str) else repr(value)


def columns(cls: type[Any]) -> tuple[str, ...]:
    """The names of the fields of `cls`, in order."""
    return tuple(f.name for f in dataclasses.fields(cls))


_KEPT: dict[type[Any], dict[str, Any]] = {}


def _hints(cls: type[Any]) -> dict[str, Any]:
    """The types of the fields of a class; they are worked out once, for a site holds thousands of values."""
    if cls not in _KEPT:
        _KEPT[cls] = get_type_hints(cls)
    return _KEPT[cls]


def _checked(value: object, hint: Any, where: str) -> object:  # noqa: ANN401 - a type as written in the class
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(h for h in get_args(hint) if h is not type(None))
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise BadInput(f"is {_cut(value)}", where=where, allowed=", ".join(map(str, get_args(hint))))
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool) and _finite(value):
        return float(value)
    if hint in (str, bool) and isinstance(value, hint):
        return value
    if hint is datetime and isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if hint == tuple[str, ...] and isinstance(value, list | tuple) and all(isinstance(w, str) for w in value):
        return tuple(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    raise BadInput(f"is {_cut(value)}", where=where, allowed=_ALLOWED.get(hint, str(hint)))


_ALLOWED: dict[Any, str] = {
    float: "a finite number",
    int: "a whole number",
    str: "text",
    bool: "true or false",
    datetime: MOMENT,
    tuple[str, ...]: "a list of words",
}


def _typed(text: str, hint: Any, where: str) -> object:  # noqa: ANN401 - a type as written in the class
    if get_origin(hint) in (Union, UnionType):
        hint = next(h for h in get_args(hint) if h is not type(None))
    if hint is bool:
        if text not in FLAGS:
            raise BadInput(f"is {_cut(text)}", where=where, allowed="yes or no (also true, false)")
        return FLAGS[text]
    if hint in (int, float):
        try:
            return int(text) if hint is int else float(text)
        except ValueError as err:
            words = "a whole number" if hint is int else "a number"
            raise BadInput(f"is {_cut(text)}", where=where, allowed=words) from err
    if hint is datetime:
        return moment(text, where)
    if hint == tuple[str, ...]:
        return _words(text, where)
    return text


def moment(text: str, where: str) -> datetime:
    """The time that ISO 8601 text tells. Raises BadInput, also where it has no offset from UTC."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as err:
        raise BadInput(f"is {_cut(text)}", where=where, allowed=MOMENT) from err
    if found.tzinfo is None:
        raise BadInput(f"is {_cut(text)}, without an offset from UTC", where=where, allowed=MOMENT)
    return found


def _words(text: str, where: str) -> tuple[str, ...]:
    words = tuple(w.strip() for w in text.split(BETWEEN_WORDS))
    if not all(words):
        raise BadInput(f"is {_cut(text)}", where=where, allowed=f"words with {BETWEEN_WORDS!r} between them")
    return words


def _finite(value: float) -> bool:
    return abs(value) < 1e12  # false for what is no number too; an integer of any length is compared exactly


def _cut(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
