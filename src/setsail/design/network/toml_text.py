"""TOML text of plain values, one line per value, in the order given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from setsail.base.record import Record
from setsail.base.toml import written

PLAIN_KEY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def pairs(values: Mapping[str, Any]) -> str:
    """`key = value` lines; a value that is None is left out."""
    return "".join(f"{key(name)} = {value(v)}\n" for name, v in values.items() if v is not None)


def tables(name: str, rows: Iterable[Record]) -> str:
    """A block `[[name]]` per row, each after an empty line."""
    return "".join(f"\n[[{name}]]\n{pairs(row)}" for row in rows)


def lines(name: str, rows: Iterable[Record]) -> str:
    """A list `name` of tables, one line per row."""
    told = ["{" + ", ".join(f"{key(k)} = {value(v)}" for k, v in row.items() if v is not None) + "}" for row in rows]
    return f"{key(name)} = [\n" + "".join(f"  {row},\n" for row in told) + "]\n" if told else f"{key(name)} = []\n"


def key(name: str) -> str:
    """A key, quoted where TOML asks for it."""
    return name if name and set(name) <= PLAIN_KEY else text(name)


def text(value: str) -> str:
    """A string in quotes."""
    return written(value)


def number(value: float) -> str:
    """The shortest text that is read as the same number again; whole numbers without a point."""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return str(int(value))
    return repr(value)


def value(given: Any) -> str:  # noqa: ANN401 - any plain value
    """One value: truth, number, text, or a list of them."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return number(given)
    if isinstance(given, list | tuple):
        return "[" + ", ".join(value(v) for v in given) + "]" if len(given) < 2 else _long(given)
    return text(str(given))


def _long(given: Iterable[Any]) -> str:
    return "[\n" + "".join(f"  {value(v)},\n" for v in given) + "]"
