"""What a worksheet holds before openpyxl builds it: how far it claims to reach, its formulas and merged cells."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from setsail.base.errors import BadInput
from setsail.store.readers.guards import DAMAGED

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
PIECE = 1 << 20
ERRORS = frozenset({"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"})
_CELL = re.compile(r"([A-Za-z]{1,})([0-9]{1,})")


@dataclass(slots=True)
class SheetFacts:
    """Counts of one worksheet; ranges as written."""

    rows: int = 0
    formulas: int = 0
    unanswered: int = 0
    merged: list[str] = field(default_factory=list)


def scan_sheet(path: Path, part: str) -> SheetFacts:
    """Facts of one worksheet, streamed. Raises BadInput for claims past the limits of the format, and for a DTD."""
    return _Scan(f"{path} part {part!r}").run(path, part)


def require_no_dtd(path: Path) -> None:
    """Raises BadInput where an XML part that is loaded whole declares entities: none of the format's parts does."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if not part.filename.endswith((".xml", ".rels")):
                continue
            where = f"{path} part {part.filename!r}"
            try:
                with archive.open(part) as file:
                    head = file.read(PIECE)
            except (*DAMAGED, OSError) as err:
                raise BadInput(f"is damaged: {err}", where=where, hint="save the workbook again") from err
            if b"<!DOCTYPE" in head:
                raise BadInput("declares a DTD", where=where, allowed="plain parts")


class _Scan:
    def __init__(self, where: str) -> None:
        self.where, self.facts = where, SheetFacts()
        self._in_cell = self._formula = self._value = False
        self._row = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")

    def run(self, path: Path, part: str) -> SheetFacts:
        parser = self._parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with zipfile.ZipFile(path) as archive, archive.open(part) as file:
                while piece := file.read(PIECE):
                    parser.Parse(piece, False)
                parser.Parse(b"", True)
        except expat.ExpatError as err:
            raise BadInput(f"is no whole XML: {err}", where=self.where, hint="save the workbook again") from err
        except (*DAMAGED, OSError) as err:
            raise BadInput(f"is damaged: {err}", where=self.where, hint="save the workbook again") from err
        return self.facts

    def _doctype(self, *_: Any) -> None:
        raise BadInput("declares a DTD", where=self.where, allowed="plain parts")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            self._row = self._row_number(attributes.get("r"))
            self.facts.rows += 1
        elif tag == "c":
            self._in_cell, self._formula, self._value = True, False, False
            self._check_cell(attributes.get("r"))
        elif tag == "f" and self._in_cell:
            self._formula = True
        elif tag in {"v", "is"} and self._formula:
            self._parser.CharacterDataHandler = self._data
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        if name.rpartition(" ")[2] == "c":
            self.facts.formulas += self._formula
            self.facts.unanswered += self._formula and not self._value
            self._in_cell = self._formula = False
            self._parser.CharacterDataHandler = None

    def _data(self, text: str) -> None:
        self._value = self._value or bool(text.strip())

    def _row_number(self, text: str | None) -> int:
        number = int(text) if text and text.isdigit() and len(text) < 12 else (self._row + 1 if text is None else -1)
        if not 0 < number <= MAX_ROWS:
            raise BadInput(f"claims row {text or number}", where=self.where, allowed=f"rows 1 to {MAX_ROWS:,}")
        return number

    def _check_cell(self, text: str | None) -> None:
        if text is None:
            return
        match = _CELL.fullmatch(text)
        if not match or len(match[1]) > 3 or len(match[2]) > 8 or _column(match[1]) > MAX_COLUMNS:
            raise BadInput(f"claims cell {text[:40]!r}", where=self.where, allowed="cells A1 to XFD1048576")
        if not 0 < int(match[2]) <= MAX_ROWS:
            raise BadInput(f"claims cell {text!r}", where=self.where, allowed="cells A1 to XFD1048576")

    def _merge(self, text: str) -> None:
        if len(self.facts.merged) < 20:
            self.facts.merged.append(text[:40])


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
