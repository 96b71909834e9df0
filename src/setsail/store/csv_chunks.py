"""A large CSV file in pieces of whole lines, worked on by several threads, in bounded memory."""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.csv

from setsail.base.errors import BadInput

R = TypeVar("R")

CHUNK_BYTES = 8 << 20


def map_chunks(
    path: Path, types: Mapping[str, pa.DataType], work: Callable[[pa.Table], R], *, threads: int | None = None
) -> Iterator[R]:
    """What `work` makes of each piece, in the order of the file.

    types : the columns that are read, and as what; all others are passed over; an empty cell is null.
    threads : else one per processor.
    A value may not contain a line break. Raises BadInput for a column that is not there, a value of another type,
    a ragged line.
    """
    names = header(path)
    if missing := [name for name in types if name not in names]:
        raise BadInput(f"lacks column {missing[0]!r}", where=f"{path}:1", allowed=", ".join(names))

    def run(chunk: pa.Buffer) -> R:
        return work(_parsed(chunk, names, types, path))

    count = threads or len(os.sched_getaffinity(0))
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for chunk in chunks(path):
                waiting.append(pool.submit(run, chunk))
                if len(waiting) > count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def header(path: Path) -> list[str]:
    """Names of the columns. Raises BadInput."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise BadInput(f"cannot be read as CSV in UTF-8: {err}", where=str(path)) from err
    if not names:
        raise BadInput("is empty", where=str(path), allowed="a header line and rows")
    return names


def chunks(path: Path, size: int = CHUNK_BYTES) -> Iterator[pa.Buffer]:
    """Pieces of about `size` bytes that end with a line, without the header."""
    with path.open("rb") as file:
        file.readline()
        while piece := file.read(size):
            yield pa.py_buffer(piece + file.readline())


def _parsed(chunk: pa.Buffer, names: list[str], types: Mapping[str, pa.DataType], path: Path) -> pa.Table:
    read = pa.csv.ReadOptions(column_names=names, use_threads=False)
    convert = pa.csv.ConvertOptions(
        include_columns=list(types), column_types=dict(types), null_values=[""], strings_can_be_null=True
    )
    try:
        return pa.csv.read_csv(pa.BufferReader(chunk), read_options=read, convert_options=convert)
    except pa.ArrowInvalid as err:
        raise BadInput(str(err).splitlines()[0], where=str(path), allowed="the types asked for") from err
