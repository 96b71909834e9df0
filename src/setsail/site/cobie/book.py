"""The sheets of a COBie workbook as lines of named cells; nothing in the workbook is ever run."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, DuplicateKey
from setsail.site.cobie.sheets import Sheet, Sheets, cell_name
from setsail.site.model import Told
from setsail.store.readers.guards import require_regular, require_workbook

MAX_BYTES = 100 << 20
MAX_INFLATED = 1 << 30
MOST_TOLD = 100
"""Cells with formulas that are named one by one; of more, the count is told."""
ABSENT = frozenset({"", "n/a", "na", "none", "null", "-"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet with its place."""

    sheet: str
    number: int
    cells: dict[str, Any] = field(repr=False)

    @property
    def where(self) -> str:
        """`Space line 12`."""
        return f"{self.sheet} line {self.number}"

    def text(self, column: str) -> str:
        """The text of a cell; empty where it is absent or says so, as `n/a` does."""
        value = self.cells.get(column)
        told = "" if value is None else str(value).strip()
        return "" if told.casefold() in ABSENT else told

    def number_of(self, column: str) -> float | None:
        """The finite number of a cell; None where it holds none."""
        value = self.cells.get(column)
        if isinstance(value, bool):
            return None
        if isinstance(value, str):
            try:
                value = float(value.strip())
            except ValueError:
                return None
        return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else None


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets that were asked for, by name, and what was told of the workbook."""

    sheets: dict[str, list[Line]]
    others: tuple[str, ...]
    told: tuple[Told, ...]


def opened(path: Path, needed: Sequence[str], useful: Sequence[str]) -> Book:
    """The sheets `needed` and, where they are there, `useful`.

    Formulas count by the answer that was stored with them, and are told; macros are refused.  Raises BadInput.
    """
    size = require_regular(path)
    if size > MAX_BYTES:
        allowed = f"up to {MAX_BYTES >> 20} MiB"
        raise BadInput(
            f"holds {size:,} bytes", where=str(path), allowed=allowed, hint="leave pictures and documents out"
        )
    _require_xlsx(path)
    with zipfile.ZipFile(path) as archive:
        return _read(path, Sheets(archive, path), needed, useful)


def _require_xlsx(path: Path) -> None:
    """Raises BadInput for anything that is no plain workbook of a size that can be read."""
    where = str(path)
    if not zipfile.is_zipfile(path):
        raise BadInput("is no workbook", where=where, allowed="a COBie workbook (.xlsx)", hint="save it as .xlsx")
    require_workbook(path)
    with zipfile.ZipFile(path) as archive:
        parts = {part.filename: part.file_size for part in archive.infolist()}
        macros = sorted(name for name in parts if name.casefold().endswith("vbaproject.bin") or "macrosheets/" in name)
        if macros:
            allowed = "a workbook without macros; none is ever run"
            raise BadInput(f"holds macros ({macros[0]})", where=where, allowed=allowed, hint="save it as .xlsx")
        if "xl/workbook.xml" not in parts:
            raise BadInput("is a zip archive, no workbook", where=where, allowed="a COBie workbook (.xlsx)")
        inflated = sum(parts.values())
        if inflated > MAX_INFLATED:
            raise BadInput(f"inflates to {inflated:,} bytes", where=where, allowed=f"up to {MAX_INFLATED >> 30} GiB")


def _read(path: Path, book: Sheets, needed: Sequence[str], useful: Sequence[str]) -> Book:
    names = {title.strip().casefold(): title for title in book.parts}
    missing = [name for name in needed if name.casefold() not in names]
    if missing:
        what = f"has no sheet {missing[0]!r} (its sheets: {', '.join(book.parts)[:200] or 'none'})"
        raise BadInput(what, where=str(path), allowed=f"the sheets {', '.join(needed)} of COBie")
    sheets: dict[str, list[Line]] = {}
    told: list[Told] = []
    for name in (*needed, *useful):
        title = names.get(name.casefold())
        if title is not None:
            sheet = book.sheet(title)
            sheets[name] = _lines(sheet, name, f"{path} sheet {title!r}")
            told += _of_formulas(name, sheet)
    read = {name.casefold() for name in sheets}
    others = tuple(title for title in book.parts if title.strip().casefold() not in read)
    return Book(sheets, others, tuple(told))


def _lines(sheet: Sheet, name: str, where: str) -> list[Line]:
    """The lines below the header, which is the first that holds something."""
    numbers = sorted(sheet.lines)
    header = {at: str(text).strip() for at, text in sheet.lines[numbers[0]].items()} if numbers else {}
    texts = [text for text in header.values() if text]
    repeated = sorted({text for text in texts if texts.count(text) > 1})
    if repeated:
        raise DuplicateKey(f"names column {repeated[0]!r} twice", where=where)
    return [Line(name, n, {header[at]: v for at, v in sheet.lines[n].items() if at in header}) for n in numbers[1:]]


def _of_formulas(name: str, sheet: Sheet) -> list[Told]:
    reason = "formulas are never computed; the answer stored with one is read"
    found = []
    for row, at in sheet.formulas[:MOST_TOLD]:
        stored = sheet.lines.get(row, {}).get(at)
        what = f"a formula's stored answer {stored!r}" if stored is not None else "a formula without an answer: empty"
        found.append(Told(f"{name}!{cell_name(row, at)}", what, reason))
    if len(sheet.formulas) > MOST_TOLD:
        found.append(Told(f"sheet {name}", f"{len(sheet.formulas) - MOST_TOLD} more cells with formulas", reason))
    return found
