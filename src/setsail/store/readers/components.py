"""The kinds of data sets that can be read in, each a table of columns: loader, checks and docs are made from it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

from setsail.base.errors import UnknownName
from setsail.base.limits import Limit

Kind = Literal["observations", "cells", "sites", "measurements", "tiles", "hexes", "reports"]
KINDS: tuple[str, ...] = get_args(Kind)

Dtype = Literal[
    "text", "int", "float", "lon", "lat", "choice", "day", "time", "period", "unit", "h3", "quadkey", "region"
]
NUMBERS = frozenset({"int", "float", "lon", "lat"})
Required = Literal["yes", "no", "made"]
UNBOUNDED = 1e300


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a component. `made` columns are computed at ingest and never read."""

    name: str
    dtype: Dtype
    unit: str
    default: str
    limit: Limit | None
    required: Required
    description: str
    source_id: str
    clause: str
    choices: tuple[str, ...] = ()

    @property
    def made(self) -> bool:
        """True for a column that ingest computes."""
        return self.required == "made"

    @property
    def needed(self) -> bool:
        """True where a row without a value is refused."""
        return self.required == "yes"


@dataclass(frozen=True, slots=True)
class Component:
    """A kind of data set: its columns in order, and the columns that together name a row (none: rows are unnamed)."""

    kind: Kind
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def read(self) -> tuple[Column, ...]:
        """Columns that come from the file."""
        return tuple(column for column in self.columns if not column.made)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str, where: str) -> Column:
        """The column of that name that a file may fill. Raises UnknownName."""
        for column in self.read:
            if column.name == name:
                return column
        raise UnknownName(
            f"{self.kind} have no column {name!r} to fill", where=where, allowed=", ".join(c.name for c in self.read)
        )

    def has(self, name: str) -> bool:
        """True where the component holds that column, read or made."""
        return name in self.names


@cache
def component(kind: str, where: str = "--as") -> Component:
    """The component of that kind, read from its table. Raises UnknownName."""
    if kind not in KINDS:
        raise UnknownName(f"is {kind!r}", where=where, allowed=", ".join(KINDS))
    text = (files("setsail.standards") / "data" / "components" / f"{kind}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    keyed = sorted((int(row["key"]), row["column"]) for row in rows if row["key"])
    return Component(cast(Kind, kind), tuple(_column(kind, row) for row in rows), tuple(name for _, name in keyed))


def _column(kind: str, row: dict[str, str]) -> Column:
    dtype, _, choices = row["dtype"].partition(":")
    low, high = row["low"], row["high"]
    limit = None
    if low or high:
        source = f"{row['source_id']} {row['clause']}"
        limit = Limit(f"{kind}.{row['column']}", float(low or -UNBOUNDED), float(high or UNBOUNDED), source)
    return Column(
        row["column"],
        cast(Dtype, dtype),
        row["unit"],
        row["default"],
        limit,
        cast(Required, row["required"]),
        row["description"],
        row["source_id"],
        row["clause"],
        tuple(filter(None, choices.split("|"))),
    )
