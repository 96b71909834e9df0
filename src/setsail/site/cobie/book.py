"""The sheets of a COBie workbook as lines of named cells; nothing in the workbook is ever run."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from setsail.base.errors import BadInput, DuplicateKey
from setsail.site.model import Told
from setsail.store.readers.guards import require_regular, require_workbook
from setsail.store.readers.sheet_scan import MAX_ROWS, require_no_dtd

MAX_BYTES = 100 << 20
MAX_INFLATED = 1 << 30
MAX_LINES = 200_000
MAX_COLUMNS = 64
MOST_TOLD = 100
"""Cells with formulas that are named one by one; of more, the count is told."""
ABSENT = frozenset({"", "n/a", "na", "none", "null", "-"})
_FORMULA = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="([0-9]+)"')


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no values
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError, TypeError) as err:
            raise BadInput(f"is no whole workbook: {err}", where=str(path), hint="save it again as .xlsx") from err
        try:
            return _read(path, book, needed, useful)
        except (zipfile.BadZipFile, SyntaxError, IndexError, ValueError, EOFError) as err:
            raise BadInput(f"is damaged: {err}", where=str(path), hint="save it again as .xlsx") from err
        finally:
            book.close()


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
    require_no_dtd(path)


def _read(path: Path, book: Any, needed: Sequence[str], useful: Sequence[str]) -> Book:  # noqa: ANN401 - openpyxl
    names = {sheet.title.strip().casefold(): sheet for sheet in book.worksheets}
    missing = [name for name in needed if name.casefold() not in names]
    if missing:
        have = ", ".join(sheet.title for sheet in book.worksheets) or "none"
        what, allowed = (
            f"has no sheet {missing[0]!r} (its sheets: {have[:200]})",
            f"the sheets {', '.join(needed)} of COBie",
        )
        raise BadInput(what, where=str(path), allowed=allowed)
    sheets: dict[str, list[Line]] = {}
    told: list[Told] = []
    for name in (*needed, *useful):
        sheet = names.get(name.casefold())
        if sheet is None:
            continue
        formulas = _formulas(path, sheet, name)
        sheets[name] = list(_lines(path, sheet, name))
        told += _of_formulas(name, formulas, {line.number: line for line in sheets[name]})
    read = {name.casefold() for name in sheets}
    others = tuple(sheet.title for sheet in book.worksheets if sheet.title.strip().casefold() not in read)
    return Book(sheets, others, tuple(told))


def _lines(path: Path, sheet: Any, name: str) -> list[Line]:  # noqa: ANN401 - openpyxl
    sheet.reset_dimensions()
    header: list[str] = []
    found = []
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if number > MAX_LINES:
            raise BadInput(
                f"has more than {MAX_LINES:,} lines", where=f"{path} sheet {name!r}", allowed="a COBie sheet"
            )
        if number == 1:
            header = [str(cell or "").strip() for cell in row]
            repeated = sorted({c for c in header if c and header.count(c) > 1})
            if repeated:
                raise DuplicateKey(f"names column {repeated[0]!r} twice", where=f"{path} sheet {name!r}")
        elif any(cell is not None and cell != "" for cell in row):
            found.append(Line(name, number, dict(zip(header, row, strict=False))))
    return found


def _formulas(path: Path, sheet: Any, name: str) -> list[str]:  # noqa: ANN401 - openpyxl
    """The cells of a sheet that hold a formula."""
    part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(path) as archive:
        content = archive.read(part)
    rows = [int(row) for row in _ROW.findall(content)]
    if rows and max(rows) > min(MAX_LINES, MAX_ROWS):
        raise BadInput(
            f"claims line {max(rows):,}", where=f"{path} sheet {name!r}", allowed=f"up to {MAX_LINES:,} lines"
        )
    return [cell.decode("ascii") for cell in _FORMULA.findall(content)] if b"<f" in content or b":f" in content else []


def _of_formulas(name: str, cells: Sequence[str], lines: dict[int, Line]) -> list[Told]:
    reason = "formulas are never computed; the answer stored with one is read"
    found = []
    for cell in cells[:MOST_TOLD]:
        column = _index(cell.rstrip("0123456789"))
        line = lines.get(int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
        values = list(line.cells.values()) if line else []
        stored = values[column] if column < len(values) else None
        what = f"a formula's stored answer {stored!r}" if stored is not None else "a formula without an answer: empty"
        found.append(Told(f"{name}!{cell}", what, reason))
    if len(cells) > MOST_TOLD:
        found.append(Told(f"sheet {name}", f"{len(cells) - MOST_TOLD} more cells with formulas", reason))
    return found


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
