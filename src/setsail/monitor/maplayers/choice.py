"""Which rows of a data set the map shows: by operator, band and month."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput
from setsail.base.period import parse_period

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNKNOWN = ""
"""Name of an operator or band that a row does not tell."""
NO_MONTH, LAST_MONTH = -1, 10_000 * 12
DATED: Mapping[str, tuple[str, ...]] = {
    "cells": ("opened", "seen_first"), "sites": ("opened_on",), "measurements": ("time",),
}  # fmt: skip
"""Kinds with a place per row, and the columns that date a row: the first that the data set has."""
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept.

    operators, bands : names, `UNKNOWN` for rows that tell none; empty keeps all;  since, until : months `YYYY-MM`,
    both kept; rows without a date are kept only where neither is given.  Raises BadInput.
    """

    operators: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        for name, months in (("since", self.since), ("until", self.until)):
            if months and len(parse_period(months, name).text) != len("YYYY-MM"):
                raise BadInput(f"is {months!r}", where=name, allowed="YYYY-MM")
        for name, found in (("operators", self.operators), ("bands", self.bands)):
            if len(found) > MOST_NAMES:
                raise BadInput(f"are {len(found)}", where=name, allowed=f"at most {MOST_NAMES}")

    @property
    def dated(self) -> bool:
        """True where rows are chosen by date."""
        return bool(self.since or self.until)

    def months(self) -> tuple[int, int]:
        """First and last month kept, counted from the year 0; all months where none is given."""
        return month_number(self.since) if self.since else 0, month_number(self.until) if self.until else LAST_MONTH

    def digest(self) -> str:
        """A short hash of what is kept."""
        told = asdict(self) | {"operators": sorted(self.operators), "bands": sorted(self.bands)}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def month_number(text: str) -> int:
    """Months from the year 0 to the month `YYYY-MM`."""
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def month_text(number: int) -> str:
    """The month of that number as `YYYY-MM`."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def date_column(kind: str, columns: tuple[str, ...]) -> str | None:
    """The column that dates the rows, None where there is none. Raises BadInput for a kind without places."""
    if kind not in DATED:
        raise BadInput(f"is a data set of {kind}", where="map", allowed=", ".join(DATED))
    return next((name for name in DATED[kind] if name in columns), None)


def month_of(rows: ir.Table, column: str | None) -> ir.IntegerValue:
    """Number of the month of each row, `NO_MONTH` without a date."""
    import ibis  # noqa: PLC0415 - rooms that only import this module stay light

    if column is None:
        return ibis.literal(NO_MONTH, "int32")
    day = rows[column]
    return (day.year() * 12 + day.month() - 1).fill_null(NO_MONTH).cast("int32")


def text_of(rows: ir.Table, column: str) -> ir.StringValue:
    """A text column with `UNKNOWN` where a row tells nothing, or where there is no such column."""
    import ibis  # noqa: PLC0415 - rooms that only import this module stay light

    return rows[column].fill_null(UNKNOWN) if column in rows.columns else ibis.literal(UNKNOWN)


def kept(rows: ir.Table, choice: Choice, date: str | None) -> ir.Table:
    """The rows that a choice keeps, as an expression of any engine."""
    conditions = []
    if choice.operators:
        conditions.append(text_of(rows, "operator").isin(choice.operators))
    if choice.bands:
        conditions.append(text_of(rows, "band").isin(choice.bands))
    if choice.dated:
        first, last = choice.months()
        month = month_of(rows, date)
        conditions += [month >= first, month <= last, month != NO_MONTH]
    return rows.filter(*conditions) if conditions else rows
