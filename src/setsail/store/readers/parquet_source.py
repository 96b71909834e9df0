"""Parquet in batches: footer checked before a row is read, promised rows compared with those that came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from setsail.base.errors import BadInput, DuplicateKey
from setsail.store.readers.block import Block, Remarks
from setsail.store.readers.guards import require_inflation, require_promise

BATCH_ROWS = 1 << 17
_HINT = "fetch or write it again"


class ParquetSource:
    """A Parquet file of flat columns."""

    def __init__(self, path: Path) -> None:
        self.path, self.remarks = path, Remarks()
        with self._open() as file:
            self._check_footer(file.metadata)
            self.header = tuple(file.schema_arrow.names)
            self._types = {field.name: field.type for field in file.schema_arrow}
            self._promised = file.metadata.num_rows
        repeated = sorted({name for name in self.header if self.header.count(name) > 1})
        if repeated:
            raise DuplicateKey(f"names column {repeated[0]!r} twice", where=str(path))
        if not self._promised:
            raise BadInput("has a header and no rows", where=str(path), allowed="at least one row")

    def blocks(self, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        """Its rows in blocks. Raises BadInput where pages are damaged or rows are missing."""
        del numeric
        for name in columns:
            if pt.is_nested(self._types[name]):
                raise BadInput(f"is {self._types[name]}", where=f"{self.path} column {name!r}", allowed="a flat column")
        first = 1
        with self._open() as file:
            for batch in self._batches(file, columns):
                arrays = {name: _plain(batch.column(i)) for i, name in enumerate(columns)}
                yield Block(arrays, batch.num_rows, BatchPlaces(batch, first))
                first += batch.num_rows
        if first - 1 != self._promised:
            raise BadInput(
                f"holds {first - 1:,} rows where its footer promises {self._promised:,}",
                where=str(self.path),
                hint=_HINT,
            )

    def _batches(self, file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        try:
            yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns))
        except (pa.ArrowException, OSError) as err:
            raise BadInput(f"is damaged: {err}", where=str(self.path), allowed="whole pages", hint=_HINT) from err

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path, memory_map=False, pre_buffer=False)
        except (pa.ArrowException, OSError) as err:
            raise BadInput(
                f"is cut off or no Parquet file: {err}",
                where=str(self.path),
                allowed="a whole Parquet file",
                hint=_HINT,
            ) from err

    def _check_footer(self, footer: pq.FileMetaData) -> None:
        where, size = str(self.path), self.path.stat().st_size
        groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
        if footer.num_rows < 0 or any(group.num_rows < 0 for group in groups):
            raise BadInput("promises a negative number of rows", where=where, hint=_HINT)
        require_promise(footer.num_rows, size, where)
        total = sum(group.num_rows for group in groups)
        if total != footer.num_rows:
            raise BadInput(f"promises {footer.num_rows:,} rows, its row groups {total:,}", where=where, hint=_HINT)
        for group in groups:
            chunks = [group.column(i) for i in range(group.num_columns)]
            require_inflation(sum(max(chunk.total_uncompressed_size, 0) for chunk in chunks), size, where)


class BatchPlaces:
    """Places in a batch: row numbers from 1."""

    def __init__(self, batch: pa.RecordBatch, first: int) -> None:
        self._batch, self._first = batch, first

    def line(self, row: int) -> int:
        """Number of the row in the file."""
        return self._first + row

    def text(self, row: int) -> str:
        """The mapped cells of the row, joined by commas."""
        return ",".join(_shown(self._batch.column(i)[row]) for i in range(self._batch.num_columns))

    def cell(self, row: int, column: str) -> str:
        """One cell of the row."""
        return _shown(self._batch.column(column)[row])


def _shown(scalar: pa.Scalar) -> str:
    value = scalar.as_py()
    if isinstance(value, bytes):
        return value[:100].hex()
    return "" if value is None else str(value)


def _plain(array: pa.Array) -> pa.Array:
    """Dictionaries and views opened, bytes as text where they are text."""
    if pt.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pt.is_binary(array.type) or pt.is_large_binary(array.type):
        try:
            return array.cast(pa.string())
        except pa.ArrowInvalid:
            return pa.array([value.hex() if value is not None else None for value in array.to_pylist()], pa.string())
    if pt.is_large_string(array.type) or pt.is_string_view(array.type):
        return array.cast(pa.string())
    return array
