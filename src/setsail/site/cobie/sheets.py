"""The cells of a workbook's sheets by one pass of an XML parser: values as stored, and which cells hold formulas."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.parsers import expat

from setsail.base.errors import BadInput

PIECE = 1 << 20
MAX_LINES = 200_000
MAX_COLUMNS = 64
"""Columns beyond these are no columns of COBie; they are passed over."""
Value = str | float | int | bool | None
Cells = dict[int, Value]


@dataclass(slots=True)
class Sheet:
    """Lines of a sheet that hold something, by their number: values by column from 0; and the cells with formulas."""

    lines: dict[int, Cells] = field(default_factory=dict)
    formulas: list[tuple[int, int]] = field(default_factory=list)


class Sheets:
    """The sheets of a workbook by their titles, in order. Raises BadInput for anything that is no whole workbook."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive, self._path = archive, path
        self._strings: list[str] | None = None
        self.parts = self._titles()

    def sheet(self, title: str) -> Sheet:
        """The cells of one sheet."""
        if self._strings is None:
            self._strings = self._shared()
        reader = _Cells(self._strings, f"{self._path} sheet {title!r}")
        self._parse(self.parts[title], reader)
        return reader.sheet

    def _titles(self) -> dict[str, str]:
        book, links = _Titles(), _Links()
        self._parse("xl/workbook.xml", book)
        self._parse("xl/_rels/workbook.xml.rels", links)
        found = {title: links.targets.get(link, "") for title, link in book.sheets}
        known = set(self._archive.namelist())
        lost = next((title for title, part in found.items() if part not in known), None)
        if lost is not None:
            raise BadInput(
                f"lacks the part of its sheet {lost!r}", where=str(self._path), hint="save it again as .xlsx"
            )
        return found

    def _shared(self) -> list[str]:
        part = "xl/sharedStrings.xml"
        reader = _Strings()
        if part in self._archive.namelist():
            self._parse(part, reader)
        return reader.found

    def _parse(self, part: str, reader: _Reader) -> None:
        where = f"{self._path} part {part!r}"
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = lambda *_: _refuse_dtd(where)
        try:
            with self._archive.open(part) as file:
                while piece := file.read(PIECE):
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except KeyError as err:
            raise BadInput(f"lacks the part {part!r}", where=str(self._path), hint="save it again as .xlsx") from err
        except expat.ExpatError as err:
            raise BadInput(f"is no whole XML: {err}", where=where, hint="save it again as .xlsx") from err
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as err:
            raise BadInput(f"is damaged: {err}", where=where, hint="save it again as .xlsx") from err


def _refuse_dtd(where: str) -> None:
    raise BadInput("declares a DTD", where=where, allowed="plain parts")


class _Reader:
    """What one part holds; names come with their prefix, if the writer used one."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text inside."""


class _Titles(_Reader):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            link = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), link))


class _Links(_Reader):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            self.targets[attributes.get("Id", "")] = whole


class _Strings(_Reader):
    """Shared strings; of a string in pieces all are joined, but not how it is read aloud (`rPh`)."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._reading = self._aloud = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        tag = name.rpartition(":")[2]
        if tag == "si":
            self._pieces = []
        elif tag == "t":
            self._reading = not self._aloud
        elif tag == "rPh":
            self._aloud = True

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self.found.append("".join(self._pieces))
        elif tag == "t":
            self._reading = False
        elif tag == "rPh":
            self._aloud = False

    def text(self, text: str) -> None:
        if self._reading:
            self._pieces.append(text)


class _Cells(_Reader):
    def __init__(self, strings: list[str], where: str) -> None:
        self.sheet = Sheet()
        self._strings, self._where = strings, where
        self._row, self._column = 0, -1
        self._line: Cells = {}
        self._kind = ""
        self._pieces: list[str] = []
        self._reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "t"):
            self._reading = True
        elif name == "f":
            self.sheet.formulas.append((self._row, self._column))
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif ":" in name:
            self.start(name.rpartition(":")[2], attributes)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reading = False
        elif name == "c":
            if self._pieces:
                value = self._value("".join(self._pieces))
                if value is not None and self._column < MAX_COLUMNS:
                    self._line[self._column] = value
                self._pieces = []
        elif name == "row":
            if self._line:
                self.sheet.lines[self._row] = self._line
        elif ":" in name:
            self.end(name.rpartition(":")[2])

    def text(self, text: str) -> None:
        if self._reading:
            self._pieces.append(text)

    def _begin_row(self, number: str | None) -> None:
        self._row = int(number) if number and number.isdecimal() and len(number) < 12 else self._row + 1
        if self._row > MAX_LINES:
            raise BadInput(f"claims line {self._row:,}", where=self._where, allowed=f"up to {MAX_LINES:,} lines")
        self._line, self._column = {}, -1

    def _cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self._column = column(letters) if letters and len(letters) < 4 else self._column + 1
        self._kind = attributes.get("t", "n")

    def _value(self, text: str) -> Value:
        kind = self._kind
        if kind == "s":
            index = int(text) if text.isdecimal() and len(text) < 12 else -1
            if not 0 <= index < len(self._strings):
                raise BadInput(f"names the shared text {text[:20]!r}", where=self._where, hint="save it again as .xlsx")
            return self._strings[index]
        if kind == "n":
            try:
                number = float(text)
            except ValueError:
                return text
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        if kind == "b":
            return text.strip() == "1"
        return None if kind == "e" else text


@cache
def column(letters: str) -> int:
    """The number of a column from 0: 0 for A, 26 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(row: int, at: int) -> str:
    """The name of a cell, such as `C4`."""
    letters, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
