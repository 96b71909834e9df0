"""CSV of any size in blocks: parsed by Arrow where the block is plain, by the csv module where it is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from setsail.base.errors import BadInput, DuplicateKey
from setsail.store.readers.block import Block, Broken, Remarks
from setsail.store.readers.maps import Form
from setsail.store.readers.text_stream import utf8_pieces

BLOCK = 16 << 20
MAX_RECORD = 64 << 20
"""A row longer than this is refused together with its file: mostly a quote that was never closed."""


class TextSource:
    """A CSV file, plain or in gzip."""

    def __init__(self, path: Path, form: Form, *, zipped: bool) -> None:
        self.path, self.form, self.zipped = path, form, zipped
        self.remarks = Remarks()
        self.header, self._skip, self._first_line = self._read_header()

    def blocks(self, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        """Its rows in blocks. Raises BadInput for what spoils the whole file."""
        line, carried, to_skip = self._first_line, b"", self._skip
        for piece in self._pieces():
            skipped = min(to_skip, len(piece))
            to_skip -= skipped
            carried += piece[skipped:]
            if len(carried) < BLOCK:
                continue
            carried, line = yield from self._cut(carried, line, columns, numeric)
            self._require_record(carried, line)
        carried = carried.rstrip(b"\r\n")
        if carried:
            yield from self._last(carried + b"\n", line, columns, numeric)

    def _cut(
        self, text: bytes, line: int, columns: Sequence[str], numeric: frozenset[str]
    ) -> Generator[Block, None, tuple[bytes, int]]:
        """Yields the whole rows of `text`; returns what is left of it, and the line where that begins."""
        end = text.rfind(b"\n") + 1
        if not end:
            return text, line
        body = text[:end]
        if self._open_quote(body):
            block, used = self._slow(body, line, columns, final=False)
            if used:
                yield block
            return text[used:], line + text.count(b"\n", 0, used)
        yield self._block(body, line, columns, numeric)
        return text[end:], line + body.count(b"\n")

    def _last(self, body: bytes, line: int, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        if self._open_quote(body):
            yield self._slow(body, line, columns, final=True)[0]
        else:
            yield self._block(body, line, columns, numeric)

    def _block(self, body: bytes, line: int, columns: Sequence[str], numeric: frozenset[str]) -> Block:
        """The rows of whole lines; by Arrow where each line is one row."""
        arrays = None if self._has_comment(body) else self._fast(body, columns, numeric)
        lines = body.count(b"\n")
        if arrays is None or any(len(array) != lines for array in arrays.values()):
            return self._slow(body, line, columns, final=True)[0]
        return Block(arrays, lines, LinePlaces(body, line, self.header, self.form))

    def _fast(self, body: bytes, columns: Sequence[str], numeric: frozenset[str]) -> dict[str, pa.Array] | None:
        """Arrays by Arrow; None where a row is ragged."""
        for kinds in (numeric, frozenset[str]()):
            ragged: list[object] = []
            try:
                table = arrow_csv.read_csv(
                    pa.py_buffer(body),
                    read_options=arrow_csv.ReadOptions(column_names=self.header, block_size=len(body) + 1),
                    parse_options=self._parse_options(ragged),
                    convert_options=self._convert_options(columns, kinds),
                )
            except pa.ArrowInvalid as err:
                if kinds and "conversion error" in str(err):
                    continue
                return None
            return None if ragged else {name: _single(table.column(name)) for name in columns}
        return None

    def _parse_options(self, ragged: list[object]) -> arrow_csv.ParseOptions:
        def note(row: object) -> str:
            ragged.append(row)
            return "skip"

        return arrow_csv.ParseOptions(
            delimiter=self.form.delimiter,
            quote_char=self.form.quote or False,
            newlines_in_values=True,
            invalid_row_handler=note,
        )

    def _convert_options(self, columns: Sequence[str], kinds: frozenset[str]) -> arrow_csv.ConvertOptions:
        typed = set() if self.form.thousands else kinds
        return arrow_csv.ConvertOptions(
            include_columns=list(columns),
            column_types={name: pa.float64() if name in typed else pa.string() for name in columns},
            null_values=list(self.form.missing),
            strings_can_be_null=True,
            decimal_point=self.form.decimal,
        )

    def _slow(self, body: bytes, line: int, columns: Sequence[str], *, final: bool) -> tuple[Block, int]:
        """The rows by the csv module, with the exact line of each, and how many bytes they took."""
        rows = _Rows(body.decode("utf-8"), line, self.form, len(self.header))
        rows.read()
        if rows.unclosed and final:
            raise BadInput(
                "opens a quote that is never closed", where=f"{self.path}:{rows.unclosed}",
                allowed="quotes in pairs", hint='quote = "" in [file] of the map where quotes mean nothing',
            )  # fmt: skip
        at = {name: self.header.index(name) for name in columns}
        arrays = {name: pa.array([cells[i] for cells in rows.cells], pa.string()) for name, i in at.items()}
        places = RowPlaces(rows.cells, rows.lines, self.header, self.form)
        return Block(arrays, len(rows.cells), places, tuple(rows.broken)), rows.used

    def _open_quote(self, body: bytes) -> bool:
        return bool(self.form.quote) and body.count(self.form.quote.encode()) % 2 == 1

    def _has_comment(self, body: bytes) -> bool:
        sign = self.form.comment.encode()
        return bool(sign) and (body.lstrip().startswith(sign) or sign in body)

    def _require_record(self, carried: bytes, line: int) -> None:
        if len(carried) > MAX_RECORD:
            raise BadInput(
                f"holds a row longer than {MAX_RECORD >> 20} MB", where=f"{self.path}:{line}",
                allowed="shorter rows, quotes in pairs",
                hint='quote = "" in [file] of the map where quotes mean nothing',
            )  # fmt: skip

    def _pieces(self) -> Iterator[bytes]:
        return utf8_pieces(self.path, zipped=self.zipped, encoding=self.form.encoding)

    def _read_header(self) -> tuple[tuple[str, ...], int, int]:
        """Column names, bytes to pass over, and the line of the first row."""
        head = b""
        for piece in self._pieces():
            head += piece
            if head.count(b"\n") > self.form.header + 1000 or len(head) > BLOCK:
                break
        if b"\n" not in head and b"\r" in head:
            raise BadInput(
                "ends its lines by CR alone", where=str(self.path), allowed="LF or CR LF", hint="tr '\\r' '\\n'"
            )
        if self.form.header == 0:
            return self._checked(list(self.form.columns), 1), 0, 1
        return self._find_header(head)

    def _find_header(self, head: bytes) -> tuple[tuple[str, ...], int, int]:
        lines = head.decode("utf-8").splitlines(keepends=True) if b"\n" not in head else _lines(head.decode("utf-8"))
        before = self.form.header - 1
        reader = csv.reader(lines[before:], _dialect(self.form))
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if self.form.comment and cells[0].lstrip().startswith(self.form.comment):
                    continue
                used = before + reader.line_num
                header = self._checked(cells, used)
                return header, len("".join(lines[:used]).encode()), used + 1
        except csv.Error as err:
            raise BadInput(f"has no readable header: {err}", where=f"{self.path}:{before + reader.line_num}") from err
        raise BadInput("has no header", where=str(self.path), allowed="a line of column names")

    def _checked(self, cells: list[str], line: int) -> tuple[str, ...]:
        names = tuple(cell.strip() for cell in cells)
        repeated = sorted({name for name in names if name and names.count(name) > 1})
        if repeated:
            raise DuplicateKey(f"names column {repeated[0]!r} twice", where=f"{self.path}:{line}")
        return tuple(name or f"(column {i})" for i, name in enumerate(names, start=1))


class LinePlaces:
    """Places in a block where each line is one row."""

    def __init__(self, body: bytes, first: int, header: tuple[str, ...], form: Form) -> None:
        self._body, self._first, self._header, self._form = body, first, header, form

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._body.split(b"\n")

    def line(self, row: int) -> int:
        """Line in the file."""
        return self._first + row

    def text(self, row: int) -> str:
        """The line."""
        return self._lines[row].decode("utf-8").rstrip("\r")

    def cell(self, row: int, column: str) -> str:
        """One cell of the line."""
        cells = next(csv.reader([self.text(row)], _dialect(self._form)), [])
        at = self._header.index(column)
        return cells[at] if at < len(cells) else ""


class RowPlaces:
    """Places in a block whose rows were cut one by one."""

    def __init__(self, cells: list[list[str]], lines: list[int], header: tuple[str, ...], form: Form) -> None:
        self._cells, self._lines, self._header, self._form = cells, lines, header, form

    def line(self, row: int) -> int:
        """First line of the row in the file."""
        return self._lines[row]

    def text(self, row: int) -> str:
        """The row, written again."""
        return _written(self._cells[row], self._form)

    def cell(self, row: int, column: str) -> str:
        """One cell of the row."""
        return self._cells[row][self._header.index(column)]


class _Rows:
    """The csv module over a stretch of text: rows with lines, broken rows, and the bytes that whole rows took."""

    def __init__(self, text: str, line: int, form: Form, width: int) -> None:
        self.text, self.first, self.form, self.width = text, line, form, width
        self.cells: list[list[str]] = []
        self.lines: list[int] = []
        self.broken: list[Broken] = []
        self.used = 0
        self.unclosed = 0

    def read(self) -> None:
        """Reads all whole rows; one left open at the end is not taken, and `unclosed` names its line."""
        csv.field_size_limit(MAX_RECORD * 2)
        lines = _lines(self.text)
        done = 0
        while done < len(lines) and not self.unclosed:
            done = self._run(lines, done)
        self.used = len("".join(lines[:done]).encode())

    def _run(self, lines: list[str], start: int) -> int:
        """Reads until the end or an error; returns how many lines are done with."""
        reader = csv.reader((lines[i] for i in range(start, len(lines))), _dialect(self.form))
        done = start
        try:
            for cells in reader:
                self._take(cells, self.first + done)
                done = start + reader.line_num
        except csv.Error as err:
            if "unexpected end of data" in str(err):
                self.unclosed = self.first + done
                return done
            self.broken.append(Broken(self.first + done, f"is not well quoted: {err}", lines[done].rstrip("\r\n")))
            return done + 1
        return done

    def _take(self, cells: list[str], line: int) -> None:
        if not any(cells) or (self.form.comment and cells[0].lstrip().startswith(self.form.comment)):
            return
        if len(cells) != self.width:
            what = f"has {len(cells)} cells where the header has {self.width}"
            self.broken.append(Broken(line, what, _written(cells, self.form)))
            return
        self.cells.append(cells)
        self.lines.append(line)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only LF ends one, as in the count of lines elsewhere."""
    return io.StringIO(text, newline="\n").readlines()


def _dialect(form: Form) -> csv.Dialect:
    dialect = csv.excel()
    dialect.delimiter, dialect.strict = form.delimiter, True
    dialect.quotechar = form.quote or None
    dialect.quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    return dialect


def _written(cells: list[str], form: Form) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=form.delimiter, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _single(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
