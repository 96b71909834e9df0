"""A stored data set written out as one file, whole or not there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from setsail.base.errors import BadInput
from setsail.base.writing import whole_file

BATCH_ROWS = 1 << 16


def export_files(files: list[Path], out: Path, form: str) -> int:
    """Rows written to `out` from the files of one data set, streamed. Raises BadInput for an unknown format."""
    if form not in ("csv", "parquet"):
        raise BadInput(f"is {form!r}", where="--format", allowed="csv, parquet")
    with whole_file(out) as temporary:
        return _write(files, temporary, form)


def _write(files: list[Path], target: Path, form: str) -> int:
    schema = pq.read_schema(files[0])
    rows = 0
    with target.open("wb") as file:
        writer = arrow_csv.CSVWriter(file, schema) if form == "csv" else pq.ParquetWriter(file, schema)
        with writer:
            for path in files:
                with pq.ParquetFile(path) as stored:
                    for batch in stored.iter_batches(batch_size=BATCH_ROWS):
                        writer.write_table(pa.Table.from_batches([batch], schema))
                        rows += batch.num_rows
    return rows


def first_rows(files: list[Path], rows: int) -> list[dict[str, object]]:
    """The first rows of a data set as plain values."""
    found: list[dict[str, object]] = []
    for path in files:
        if len(found) >= rows:
            break
        with pq.ParquetFile(path) as stored:
            for batch in stored.iter_batches(batch_size=max(rows, 1)):
                found += batch.to_pylist()
                if len(found) >= rows:
                    break
    return found[:rows]
