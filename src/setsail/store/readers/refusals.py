"""Which rows are refused, why, and how that is told: a rejects file, and a limit on how many there may be."""

from __future__ import annotations

import csv
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from setsail.base.arrays import Bool
from setsail.base.errors import BadInput
from setsail.store.readers.block import Block

TEXT_SHOWN = 1_000
"""Signs of a row or value that a rejects file shows."""
LISTED = 1_000_000
"""Rows that a rejects file lists; further ones are counted."""
HOPELESS = 10_000
"""Once so many rows are refused and they are more than half, the rest is not read."""

REJECT_COLUMNS = ("line", "column", "value", "reason", "row")


class Refusals:
    """Refused rows of one block with the first cause of each."""

    def __init__(self, rows: int) -> None:
        self._cause = np.zeros(rows, dtype=np.int32)
        self._causes: list[tuple[str, str]] = [("", "")]

    def add(self, rows: Bool, column: str, reason: str) -> None:
        """Refuses rows (n,) that are not refused already."""
        new = rows & (self._cause == 0)
        if new.any():
            self._causes.append((column, reason))
            self._cause[new] = len(self._causes) - 1

    @property
    def refused(self) -> Bool:
        """(n,) true for refused rows."""
        return np.asarray(self._cause != 0, dtype=np.bool_)

    def listed(self) -> list[tuple[int, str, str]]:
        """Row, column and reason of each refused row, in order."""
        return [(int(row), *self._causes[self._cause[row]]) for row in np.flatnonzero(self._cause)]


@dataclass(frozen=True, slots=True)
class Policy:
    """How many rows may be refused: a count, or a share of all rows."""

    count: int | None = None
    share: float | None = 0.01

    @classmethod
    def parse(cls, text: str | None) -> Policy:
        """The policy of `100` (rows), `2.5%` or `0.025` (share); the default is 1 %. Raises BadInput."""
        if text is None:
            return cls()
        allowed = "a count such as 100, or a share such as 2.5% or 0.025"
        try:
            if text.strip().isdigit():
                return cls(count=int(text), share=None)
            percent = text.strip().endswith("%")
            share = float(text.strip().rstrip("%")) / (100.0 if percent else 1.0)
        except ValueError as err:
            raise BadInput(f"is {text!r}", where="--max-rejects", allowed=allowed) from err
        if not 0.0 <= share <= 1.0:
            raise BadInput(f"is {text!r}", where="--max-rejects", allowed=allowed)
        return cls(share=share)

    def allows(self, refused: int, rows: int) -> bool:
        """True where so many refused rows of so many may be passed over."""
        if self.count is not None:
            return refused <= self.count
        return refused <= (self.share or 0.0) * rows

    def text(self) -> str:
        """The policy as read in messages."""
        return f"{self.count:,} rows" if self.count is not None else f"{(self.share or 0.0):.4g} of the rows"


class Rejects:
    """A rejects file that is whole or not there; made at the first refused row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused = self.listed = 0
        self.reasons: dict[str, int] = {}
        self.first = ""
        self._temporary: Path | None = None
        self._pending: list[list[object]] = []

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.discard()

    def take(self, block: Block, refusals: Refusals, sources: dict[str, str]) -> None:
        """Writes the refused rows of a block down. sources : column of the file behind each of ours."""
        for broken in block.broken:
            self._one(broken.line, "", "", broken.what, broken.text)
        for row, column, reason in refusals.listed():
            source = sources.get(column, "")
            value = block.places.cell(row, source) if source and self.listed < LISTED else ""
            text = block.places.text(row) if self.listed < LISTED else ""
            self._one(block.places.line(row), source or column, value, reason, text)
        self._flush()

    def discard(self) -> None:
        """Forgets what was written."""
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def publish(self) -> Path | None:
        """Puts the file in its place; None where no row was refused."""
        if self._temporary is None:
            return None
        self._temporary.replace(self.path)
        self._temporary = None
        return self.path

    def _one(self, line: int, column: str, value: str, reason: str, text: str) -> None:
        self.refused += 1
        told = f"{column}: {reason}" if column else reason
        kind = told if len(self.reasons) < 100 or told in self.reasons else "other reasons"
        self.reasons[kind] = self.reasons.get(kind, 0) + 1
        self.first = self.first or f"line {line}, {told}" + (f" ({value[:60]!r})" if value else "")
        if self.listed < LISTED:
            self.listed += 1
            self._pending.append([line, column, value[:TEXT_SHOWN], reason, text[:TEXT_SHOWN]])

    def _flush(self) -> None:
        if not self._pending:
            return
        if self._temporary is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            self._temporary = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(REJECT_COLUMNS)
        with self._temporary.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(self._pending)
        self._pending.clear()
