"""The columns of a network's components as data: reader, writer, checks, schema and documentation are made from it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from setsail.base.errors import BadInput, OutOfRange, SetSailError, UnknownName
from setsail.base.toml import is_number
from setsail.standards import qos, radio

Value = str | float | int | bool | None
TDD = re.compile(r"FDD|[DSU]{1,80}")
SPECIAL = re.compile(r"(\d{1,2}D)?(\d{1,2}G)?(\d{1,2}U)?")
SD = re.compile(r"([0-9A-F]{6})?")
APPLICATION = re.compile(r"[A-Z][A-Z0-9]{0,11}-[0-9A-Za-z.-]{1,40}")
SYMBOLS_PER_SLOT = 14
LONGEST_NAME, LONGEST_TEXT = 200, 2000
REFERENCES = ("carriers", "cells", "slices", "upfs")
"""Kinds of columns that name a row of another component."""
INTEGERS = ("integer", "fiveqi")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a component.

    kind : of the value, without the `?` of one that may be empty (`optional`);  default : as text, None where a value
    is required;  low, high : of a number, both allowed;  allowed : choices.
    """

    component: str
    column: str
    kind: str
    optional: bool
    unit: str
    default: str | None
    low: float
    high: float
    allowed: tuple[str, ...]
    description: str


@cache
def columns() -> dict[str, tuple[Column, ...]]:
    """The columns of every component, in the order in which they are written."""
    text = (files("setsail.design.network") / "data" / "columns.csv").read_text(encoding="utf-8")
    found: dict[str, list[Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        kind = row["kind"].removesuffix("?")
        optional = row["kind"].endswith("?")
        empty = optional or kind in ("text", "sd")
        found.setdefault(row["component"], []).append(
            Column(
                row["component"], row["column"], kind, optional, row["unit"],
                row["default"] or ("" if empty else None),
                float(row["low"] or "-inf"), float(row["high"] or "inf"), tuple(row["allowed"].split()),
                row["description"],
            )
        )  # fmt: skip
    return {component: tuple(many) for component, many in found.items()}


def from_text(column: Column, text: str, where: str) -> Value:
    """The value of a cell of a CSV file. Raises BadInput, UnknownName, OutOfRange."""
    if not text and column.default is not None:
        return _default(column, where)
    if column.kind == "flag":
        if text not in ("yes", "no"):
            raise BadInput(f"is {text!r}", where=where, allowed="yes, no")
        return text == "yes"
    if column.kind == "number" or column.kind in INTEGERS:
        try:
            return check_value(column, float(text) if column.kind == "number" else int(text), where)
        except ValueError as err:
            raise BadInput(f"is {text!r}", where=where, allowed=_number_words(column)) from err
    return check_value(column, text, where)


def _default(column: Column, where: str) -> Value:
    if column.optional:
        return "" if column.kind in REFERENCES else None
    return "" if not column.default else from_text(column, column.default, where)


def default_of(column: Column, where: str) -> Value:
    """The value of a column that is not given. Raises BadInput where it is required."""
    if column.default is None:
        raise BadInput("is missing", where=where, allowed=column.description)
    return _default(column, where)


def check_value(column: Column, value: Any, where: str) -> Value:  # noqa: ANN401 - as read from a file
    """A value of the kind of its column. Raises BadInput, UnknownName, OutOfRange."""
    if value is None and column.optional:
        return _default(column, where)
    if column.kind == "flag":
        if not isinstance(value, bool):
            raise BadInput(f"is {value!r}", where=where, allowed="true or false")
        return value
    if column.kind == "number" or column.kind in INTEGERS:
        return _number(column, value, where)
    if not isinstance(value, str):
        raise BadInput(f"is {value!r}", where=where, allowed="text")
    return _text(column, value, where)


def _number_words(column: Column) -> str:
    return "a whole number" if column.kind in INTEGERS else "a number"


def _number(column: Column, value: object, where: str) -> float | int:
    if not is_number(value) or not isinstance(value, int | float):
        raise BadInput(f"is {value!r}", where=where, allowed=f"a finite number, {column.description}")
    if column.kind in INTEGERS and value != int(value):
        raise BadInput(f"is {value!r}", where=where, allowed=_number_words(column))
    if not column.low <= value <= column.high:
        unit = f" {column.unit}" if column.unit else ""
        raise OutOfRange(f"is {value:g}{unit}", where=where, allowed=f"{column.low:g} to {column.high:g}{unit}")
    if column.kind == "fiveqi":
        _fiveqi(int(value), where)
    return int(value) if column.kind in INTEGERS else float(value)


def _fiveqi(value: int, where: str) -> None:
    try:
        qos.fiveqi(value)
    except SetSailError as err:
        raise UnknownName(f"is 5QI {value}", where=where, allowed=err.allowed,
                          hint="leave it empty and signal pdb_s and per") from err  # fmt: skip


def _text(column: Column, value: str, where: str) -> str:
    line(value, where, LONGEST_TEXT if column.kind == "text" else LONGEST_NAME)
    match column.kind:
        case "choice" if value not in column.allowed:
            raise UnknownName(f"is {value!r}", where=where, allowed=", ".join(column.allowed))
        case "band":
            _band(value, where)
        case "tdd" if not TDD.fullmatch(value):
            raise BadInput(f"is {value!r}", where=where, allowed="a string of D, S and U slots such as DDDSU, or FDD")
        case "special" if _symbols(value) != SYMBOLS_PER_SLOT:
            raise BadInput(f"is {value!r}", where=where, allowed="symbols D, G, U that sum to 14, such as 10D2G2U")
        case "sd" if not SD.fullmatch(value):
            raise BadInput(f"is {value!r}", where=where, allowed="six hexadecimal digits such as 00000A, or nothing")
        case "application" if not APPLICATION.fullmatch(value):
            raise BadInput(f"is {value!r}", where=where, allowed="an application such as APP-131")
        case "text":
            return value
    if not value and column.kind != "sd" and not column.optional:
        raise BadInput("is empty", where=where, allowed=column.description)
    if value.startswith("#"):
        raise BadInput(f"is {value!r}", where=where, allowed="a name that does not begin with #")
    return value


def _band(value: str, where: str) -> None:
    if value not in radio.bands():
        raise UnknownName(f"is band {value!r}", where=where, allowed=", ".join(radio.bands()))


def _symbols(value: str) -> int:
    found = SPECIAL.fullmatch(value)
    return sum(int(part[:-1]) for part in found.groups() if part) if found else 0


def line(value: str, where: str, longest: int = LONGEST_TEXT) -> str:
    """The text, if it is one printable line without outer blanks. Raises BadInput."""
    if len(value) > longest:
        raise BadInput(f"has {len(value)} characters", where=where, allowed=f"up to {longest}")
    if value != value.strip() or not value.replace(" ", "").isprintable():
        raise BadInput(f"is {value!r}", where=where, allowed="one printable line without outer blanks")
    return value
