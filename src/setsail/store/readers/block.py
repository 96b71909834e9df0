"""A run of rows as a source hands it on: columns as Arrow arrays, and the place and text of each row on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be cut into cells: its line, what is wrong, its text."""

    line: int
    what: str
    text: str


class Places(Protocol):
    """Where the rows of a block stand in the file, and how they read there."""

    def line(self, row: int) -> int:
        """Line (CSV), sheet row (XLSX) or row number (Parquet), from 1."""

    def text(self, row: int) -> str:
        """The row as it stands in the file."""

    def cell(self, row: int, column: str) -> str:
        """One cell of the row as it stands in the file."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one stretch of a file, in order; every array has the same length."""

    arrays: dict[str, pa.Array]
    rows: int
    places: Places
    broken: tuple[Broken, ...] = ()


@dataclass(slots=True)
class Remarks:
    """What a source met that the reader of the result must know, gathered while it was read."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, code: str, text: str) -> None:
        """One remark, once."""
        if (code, text) not in self.found:
            self.found.append((code, text))


class Source(Protocol):
    """A table file that can be read from the start any number of times."""

    header: tuple[str, ...]
    remarks: Remarks

    def blocks(self, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        """Its rows in blocks. `numeric`: columns that may come as float64 where all their cells are numbers."""
