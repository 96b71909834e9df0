"""Worksheets row by row: values as stored, formulas by their last answer, dates as ISO text."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.store.readers.block import Block, Remarks
from setsail.store.readers.guards import DAMAGED, require_workbook
from setsail.store.readers.maps import Form
from setsail.store.readers.sheet_scan import MAX_ROWS, SheetFacts, require_no_dtd, scan_sheet

BATCH_ROWS = 20_000


class XlsxSource:
    """One worksheet of a workbook: the one the map names, else the only one with rows, else the first."""

    def __init__(self, path: Path, form: Form) -> None:
        self.path, self.form, self.remarks = path, form, Remarks()
        require_workbook(path)
        require_no_dtd(path)
        self._sheet, facts = self._choose()
        self._remark(facts)
        self.header, self._header_row = self._read_header()

    def blocks(self, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        """Its rows in blocks; rows without any value are passed over."""
        del numeric
        at = [self.header.index(name) for name in columns]
        cells: list[list[str]] = []
        lines: list[int] = []
        for line, row in self._rows(self._header_row + 1):
            cells.append([row[i] if i < len(row) else "" for i in at])
            lines.append(line)
            if len(cells) == BATCH_ROWS:
                yield self._block(cells, lines, columns)
                cells, lines = [], []
        if cells:
            yield self._block(cells, lines, columns)

    def _block(self, cells: list[list[str]], lines: list[int], columns: Sequence[str]) -> Block:
        arrays = {name: pa.array([row[i] for row in cells], pa.string()) for i, name in enumerate(columns)}
        return Block(arrays, len(cells), SheetPlaces(cells, lines, tuple(columns)))

    def _rows(self, first: int) -> Iterator[tuple[int, list[str]]]:
        """Sheet row number and texts of each row that holds something."""
        with self._open() as book:
            sheet = book[self._sheet]
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(min_row=first, values_only=True), start=first):
                if number > MAX_ROWS:
                    raise BadInput(f"claims row {number:,}", where=str(self.path), allowed=f"up to {MAX_ROWS:,} rows")
                texts = [_text(value) for value in row]
                if any(texts):
                    yield number, texts

    def _read_header(self) -> tuple[tuple[str, ...], int]:
        if self.form.header == 0:
            return self.form.columns, 0
        for number, row in self._rows(self.form.header):
            while row and not row[-1]:
                row.pop()
            names = [cell.strip() or f"(column {i})" for i, cell in enumerate(row, start=1)]
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise DuplicateKey(f"names column {repeated[0]!r} twice", where=f"{self.path}:{number}")
            return tuple(names), number
        raise BadInput("has no header", where=f"{self.path} sheet {self._sheet!r}", allowed="a row of column names")

    def _choose(self) -> tuple[str, SheetFacts]:
        with self._open() as book:
            sheets = {sheet.title: str(getattr(sheet, "_worksheet_path", "")) for sheet in book.worksheets}
        if self.form.sheet:
            if self.form.sheet not in sheets:
                raise UnknownName(
                    f"has no sheet {self.form.sheet!r}", where=str(self.path), allowed=", ".join(sheets) or "-"
                )
            return self.form.sheet, scan_sheet(self.path, sheets[self.form.sheet])
        facts = {title: scan_sheet(self.path, part) for title, part in sheets.items()}
        full = [title for title, fact in facts.items() if fact.rows > 1]
        if not full:
            raise BadInput("has a header and no rows, or nothing", where=str(self.path), allowed="at least one row")
        if len(full) > 1:
            self.remarks.add("other-sheets", f"sheet {full[0]!r} is read; not read: {', '.join(full[1:])}")
        return full[0], facts[full[0]]

    def _remark(self, facts: SheetFacts) -> None:
        if facts.formulas:
            told = f"{facts.formulas:,} cells are formulas; their last stored answers are read"
            if facts.unanswered:
                told += f"; {facts.unanswered:,} have none and count as missing"
            self.remarks.add("formula-cells", told)
        if facts.merged:
            told = ", ".join(facts.merged[:5])
            self.remarks.add("merged-cells", f"merged ranges hold a value in their first cell only: {told}")

    @contextmanager
    def _open(self) -> Iterator[Workbook]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no values
                book = openpyxl.load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, *DAMAGED, KeyError, ValueError, OSError) as err:
            raise BadInput(f"is no whole workbook: {err}", where=str(self.path), hint="save it again") from err
        try:
            yield cast(Workbook, book)
        except (*DAMAGED, IndexError) as err:
            raise BadInput(f"is damaged: {err}", where=str(self.path), hint="save it again") from err
        finally:
            book.close()


class SheetPlaces:
    """Places in a sheet: its own row numbers."""

    def __init__(self, cells: list[list[str]], lines: list[int], columns: tuple[str, ...]) -> None:
        self._cells, self._lines, self._columns = cells, lines, columns

    def line(self, row: int) -> int:
        """Row of the sheet."""
        return self._lines[row]

    def text(self, row: int) -> str:
        """The mapped cells of the row, joined by commas."""
        return ",".join(self._cells[row])

    def cell(self, row: int, column: str) -> str:
        """One cell of the row."""
        return self._cells[row][self._columns.index(column)]


def _text(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return f"{value:%Y-%m-%d}" if midnight else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"  # what a spreadsheet shows: 15 digits
    return str(value)
