"""TOML files of users, read strictly: what is not as it should be is told with file, key and what is allowed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from setsail.base.errors import BadInput

Table = Mapping[str, Any]


def document(content: str, where: str) -> dict[str, Any]:
    """The tables of TOML text. Raises BadInput."""
    try:
        return tomllib.loads(content)
    except ValueError as err:  # TOMLDecodeError, or a whole number of thousands of digits
        raise BadInput(f"is not TOML: {err}", where=where) from err


def require_known(table: object, keys: Iterable[str], where: str) -> None:
    """Raises BadInput where `table` is no table, or has a key that is not in `keys`."""
    if not isinstance(table, dict):
        raise BadInput(f"is {table!r}", where=where, allowed="a table")
    strange = sorted(set(table) - set(keys))
    if strange:
        raise BadInput(f"has the unknown key {strange[0]!r}", where=where, allowed=", ".join(sorted(keys)))


def tables(table: Table, key: str, where: str) -> list[Table]:
    """The tables `[[key]]`, none by default. Raises BadInput."""
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(t, dict) for t in found):
        raise BadInput(f"is {type(found).__name__}", where=f"{where} {key}", allowed=f"tables [[{key}]]")
    return found


def text(table: Table, key: str, where: str, default: str = "") -> str:
    """The text of a key. Raises BadInput."""
    value = table.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="text in quotes")
    return value


def number(table: Table, key: str, where: str, default: float = 0.0) -> float:
    """The finite number of a key. Raises BadInput."""
    value = table.get(key, default)
    if not is_number(value):
        raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="a finite number")
    return float(value)


def flag(table: Table, key: str, where: str) -> bool:
    """The truth of a key, false by default. Raises BadInput."""
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="true or false")
    return value


def texts(table: Table, key: str, where: str) -> tuple[str, ...]:
    """The list of texts of a key, empty by default. Raises BadInput."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed="a list of texts")
    return tuple(value)


def is_number(value: object) -> bool:
    """True for a finite number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def written(value: str | float | bool | datetime | tuple[str, ...] | list[str]) -> str:
    """One value as TOML text; a number is written with all its digits, so that it is read again as it was.

    JSON's escapes of text are TOML's, save that TOML also escapes DEL.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(written(v) for v in value) + "]"
    return repr(value)
