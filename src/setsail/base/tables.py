"""Strict reading of CSV tables: every refusal names file, line and column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput, DuplicateKey

MAX_FIELD = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table with its place, so that an error can say where."""

    table: str
    line: int
    cells: dict[str, str]

    def where(self, column: str) -> str:
        """`file:line column`."""
        return f"{self.table}:{self.line} column '{column}'"

    def get(self, column: str) -> str:
        """The text of a cell without outer blanks; empty where the column is absent."""
        return self.cells.get(column, "").strip()

    def need(self, column: str) -> str:
        """The text of a cell that may not be empty. Raises BadInput."""
        text = self.get(column)
        if not text:
            raise BadInput("is empty", where=self.where(column), allowed="a value")
        return text


def read_text(path: Path) -> str:
    """The text of a UTF-8 file (a byte order mark is dropped). Raises BadInput for any other encoding."""
    try:
        if not path.is_dir() and path.exists() and not path.is_file() and not path.is_fifo():
            raise BadInput("is a device or a socket", where=str(path), allowed="a file")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as err:
        raise BadInput("does not exist", where=str(path), hint="check the path") from err
    except IsADirectoryError as err:
        raise BadInput("is a folder", where=str(path), allowed="a file") from err
    except PermissionError as err:
        raise BadInput("may not be read", where=str(path), hint="check the rights of the file") from err
    except UnicodeDecodeError as err:
        line = err.object[: err.start].count(b"\n") + 1
        met = "UTF-16" if err.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "GB18030"
        raise BadInput(
            f"is not UTF-8 at byte {err.start}",
            where=f"{path}:{line}",
            allowed="UTF-8",
            hint=f"iconv -f {met} -t UTF-8 {path.name}",
        ) from err


def read_rows(
    path: Path, *, required: Sequence[str] = (), known: Sequence[str] | None = None, name: str | None = None
) -> list[Row]:
    """The rows of a CSV file.

    required : columns that must be there;  known : all columns that may be (None: any);  name : as told in errors.
    Raises BadInput (encoding, header, ragged line), UnknownName never.
    """
    return list(iter_rows(read_text(path), name or str(path), required=required, known=known))


def iter_rows(
    text: str, name: str, *, required: Sequence[str] = (), known: Sequence[str] | None = None
) -> Iterator[Row]:
    """The rows of CSV text; blank lines and lines that begin with `#` are passed over. Raises BadInput."""
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not cells or cells[0].lstrip().startswith("#") or not any(cells):
                continue
            if header is None:
                header = _header(cells, name, required, known)
                continue
            if len(cells) != len(header):
                raise BadInput(
                    f"has {len(cells)} cells",
                    where=f"{name}:{reader.line_num}",
                    allowed=f"{len(header)}, as the header",
                )
            yield Row(name, reader.line_num, dict(zip(header, cells, strict=True)))
    except csv.Error as err:
        raise BadInput(str(err), where=f"{name}:{reader.line_num}", allowed="comma-separated values") from err
    if header is None:
        raise BadInput("is empty", where=name, allowed="a header line and rows")


def _header(cells: list[str], name: str, required: Sequence[str], known: Sequence[str] | None) -> list[str]:
    header = [cell.strip() for cell in cells]
    repeated = {column for column in header if header.count(column) > 1}
    if repeated:
        raise DuplicateKey(f"names column {sorted(repeated)[0]!r} twice", where=f"{name}:1")
    missing = [column for column in required if column not in header]
    if missing:
        raise BadInput(f"lacks column {missing[0]!r}", where=f"{name}:1", allowed=", ".join(required))
    strange = [column for column in header if known is not None and column not in known]
    if strange:
        raise BadInput(f"has unknown column {strange[0]!r}", where=f"{name}:1", allowed=", ".join(known or ()))
    return header


def require_unique(rows: Sequence[Row], key: Sequence[str]) -> None:
    """Raises DuplicateKey naming both lines."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row.get(column) for column in key)
        if values in seen:
            told = ", ".join(f"{c}={v}" for c, v in zip(key, values, strict=True) if v)
            raise DuplicateKey(
                f"repeats the key of line {seen[values]} ({told})", where=f"{row.table}:{row.line}", hint="remove one"
            )
        seen[values] = row.line
