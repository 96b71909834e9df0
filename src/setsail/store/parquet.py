"""Record batches streamed into Parquet files of sensible size."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from setsail.store.canonical import sha256_file
from setsail.store.leases import sync_folder
from setsail.store.manifest import StoredFile
from setsail.store.schema import require_batch

GROUP_ROWS = 1 << 19
GROUP_BYTES = 64 << 20
FILE_ROWS = 1 << 23
"""A row group is what one thread reads; a file is what one worker of a cluster reads."""


def write_files(
    folder: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, where: str
) -> tuple[StoredFile, ...]:
    """The files written into `folder`, durable, with paths relative to it; at least one, even for no rows.

    Memory stays near one row group (`GROUP_ROWS` rows or `GROUP_BYTES`). Raises BadInput for a batch off the schema.
    """
    groups = _groups(batches, schema, where)
    files: list[StoredFile] = []
    group = next(groups, schema.empty_table())
    while group is not None:
        path = folder / f"part-{len(files):05d}.parquet"
        group, rows = _write_file(path, group, groups, schema)
        files.append(StoredFile(path.name, sha256_file(path), path.stat().st_size, rows))
    sync_folder(folder)
    return tuple(files)


def _write_file(
    path: Path, group: pa.Table | None, groups: Iterator[pa.Table], schema: pa.Schema
) -> tuple[pa.Table | None, int]:
    """Writes one file; returns the first group of the next file and the rows written."""
    rows = 0
    with path.open("xb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd", compression_level=3) as writer:
            while group is not None and rows < FILE_ROWS:
                writer.write_table(group, row_group_size=GROUP_ROWS)
                rows += group.num_rows
                group = next(groups, None)
        file.flush()
        os.fsync(file.fileno())
    return group, rows


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema, where: str) -> Iterator[pa.Table]:
    """Batches joined, and cut where too long, so that each table is one row group."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        require_batch(batch, schema, where)
        for start in range(0, batch.num_rows, GROUP_ROWS):
            piece = batch.slice(start, GROUP_ROWS)
            if held and (rows + piece.num_rows > GROUP_ROWS or size > GROUP_BYTES):
                yield pa.Table.from_batches(held, schema)
                held, rows, size = [], 0, 0
            held.append(piece)
            rows, size = rows + piece.num_rows, size + piece.nbytes
    if held:
        yield pa.Table.from_batches(held, schema)
