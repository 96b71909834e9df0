"""A stored data set written out as one file, whole or not there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from setsail.base.errors import BadInput
from setsail.base.writing import whole_file

BATCH_ROWS = 1 << 16


FORMULA = "^[=+\\-@\t\r]"
"""How a text begins that a spreadsheet would run."""


def export_files(files: list[Path], out: Path, form: str, *, as_text: bool = False) -> int:
    """Rows written to `out` from the files of one data set, streamed. Raises BadInput for an unknown format.

    as_text : in CSV, a text that a spreadsheet would run as a formula is given an apostrophe in front.
    """
    if form not in ("csv", "parquet"):
        raise BadInput(f"is {form!r}", where="--format", allowed="csv, parquet")
    with whole_file(out) as temporary:
        return _write(files, temporary, form, as_text and form == "csv")


def _write(files: list[Path], target: Path, form: str, as_text: bool) -> int:
    schema = pq.read_schema(files[0])
    rows = 0
    with target.open("wb") as file:
        writer = arrow_csv.CSVWriter(file, schema) if form == "csv" else pq.ParquetWriter(file, schema)
        with writer:
            for path in files:
                with pq.ParquetFile(path) as stored:
                    for batch in stored.iter_batches(batch_size=BATCH_ROWS):
                        table = pa.Table.from_batches([batch], schema)
                        writer.write_table(_harmless(table) if as_text else table)
                        rows += batch.num_rows
    return rows


def _harmless(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            texts = table.column(at)
            marked = pc.binary_join_element_wise(pa.scalar("'", field.type), texts, pa.scalar("", field.type))
            table = table.set_column(at, field, pc.if_else(pc.match_substring_regex(texts, FORMULA), marked, texts))
    return table


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
