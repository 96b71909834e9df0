"""The rows of a spreadsheet, CSV of any usual encoding or XLSX, as texts."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.store.readers.block import Block
from setsail.store.readers.maps import Form
from setsail.store.readers.text_source import TextSource
from setsail.store.readers.xlsx_source import XlsxSource

MAX_BYTES = 64 << 20
HEAD_BYTES = 64 << 10
DELIMITERS = (",", ";", "\t")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """header : names of columns;  rows : line or row number and texts;  remarks : what the reader must know;
    delimiter : between the cells of a text, "" in a workbook.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    remarks: tuple[str, ...]
    delimiter: str = ""


def read(path: Path, sheet: str = "") -> Sheet:
    """The rows of a file. CSV: UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs. Raises BadInput."""
    content_size = _size(path)
    if content_size > MAX_BYTES:
        raise BadInput(f"holds {content_size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES >> 20} MiB")
    remarks: list[str] = []
    delimiter = ""
    if zipfile.is_zipfile(path):
        book = XlsxSource(path, Form(sheet=sheet))
        blocks = list(book.blocks(book.header, frozenset()))
        remarks += [text for _, text in book.remarks.found]
        header = book.header
    else:
        form = _form(path, remarks)
        delimiter = form.delimiter
        source = TextSource(path, form, zipped=False)
        header, blocks = source.header, list(source.blocks(source.header, frozenset()))
    rows = tuple(row for block in blocks for row in _rows(block, header, path))
    return Sheet(header, rows, tuple(remarks), delimiter)


def _size(path: Path) -> int:
    try:
        if path.exists() and not path.is_file():
            raise BadInput("is no file", where=str(path), allowed="a CSV or XLSX file")
        return path.stat().st_size
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror}", where=str(path), hint="check the path") from err


def _form(path: Path, remarks: list[str]) -> Form:
    content = path.read_bytes()
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    if not encoding:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "gb18030"
    if encoding:
        remarks.append(f"read as {encoding.upper()}")
    first = content[:HEAD_BYTES].decode(encoding or "utf-8-sig", errors="replace").lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    if delimiter != ",":
        remarks.append(f"columns are parted by {'a tab' if delimiter == chr(9) else repr(delimiter)}")
    return Form(encoding=encoding, delimiter=delimiter)


def _rows(block: Block, header: tuple[str, ...], path: Path) -> list[tuple[int, tuple[str, ...]]]:
    if block.broken:
        bad = block.broken[0]
        raise BadInput(bad.what, where=f"{path}:{bad.line}", allowed=f"{len(header)} cells, as the header")
    columns = [block.arrays[name].to_pylist() for name in header]
    rows = zip(*columns, strict=True)
    texts = [tuple(str(cell).strip() if cell is not None else "" for cell in row) for row in rows]
    return [(block.places.line(i), row) for i, row in enumerate(texts) if any(row)]
