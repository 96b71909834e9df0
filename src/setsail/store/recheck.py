"""Stored rows judged again by the rules they were read in by: what `setsail data check` finds beyond hashes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setsail.base.errors import BadInput
from setsail.store.findings import Finding
from setsail.store.manifest import Manifest
from setsail.store.readers.assemble import Assembler, Tally
from setsail.store.readers.components import KINDS
from setsail.store.readers.convert import mask
from setsail.store.readers.duplicates import KeyHashes
from setsail.store.readers.maps import Bound, bind, load_map
from setsail.store.readers.parquet_source import ParquetSource
from setsail.store.readers.refusals import Refusals


def content_findings(manifest: Manifest, files: list[Path]) -> list[Finding]:
    """Rows that would be refused today, repeated keys, H3 cells off their points; empty when all is well.

    Kinds that no reader makes are passed over.
    """
    if manifest.kind not in KINDS or not manifest.rows:
        return []
    where = f"{manifest.kind}/{manifest.name} version {manifest.version}"
    counted: dict[tuple[str, str], int] = {}
    try:
        with TemporaryDirectory() as folder:
            repeated = _judge(manifest, files, Path(folder), counted)
    except BadInput as err:
        return [Finding("content", where, err.what, "readable rows")]
    found = [
        Finding("content", f"{where} column {column}", f"{count:,} rows: {reason}", "none")
        for (column, reason), count in counted.items()
    ]
    if repeated:
        found.append(Finding("duplicate-key", where, f"{repeated:,} rows share a key", "none"))
    return found


def _judge(manifest: Manifest, files: list[Path], folder: Path, counted: dict[tuple[str, str], int]) -> int:
    """Counts refused rows by column and reason; returns how many rows share a key."""
    generic = load_map("generic", manifest.kind)
    key, done = generic.component.key, 0
    with closing(KeyHashes(folder, key)) as hashes:
        for path in files:
            source = ParquetSource(path)
            bound = bind(generic, source.header, str(path))
            for columns, refusals, stored in _blocks(source, bound, manifest):
                for _, column, reason in refusals.listed():
                    counted[column, reason] = counted.get((column, reason), 0) + 1
                _compare_cells(columns, stored, refusals, counted)
                rows = len(refusals.refused)
                if key:
                    keys = pa.table({name: columns[name] for name in key})
                    hashes.add(keys, np.arange(done, done + rows, dtype=np.int64))
                done += rows
        return int(hashes.suspects().size) if key else 0


def _blocks(
    source: ParquetSource, bound: Bound, manifest: Manifest
) -> Iterator[tuple[dict[str, pa.Array], Refusals, pa.Array | None]]:
    assembler = Assembler(bound, manifest.recorded_at, None, Tally())
    has_cells = "h3" in source.header
    wanted = dict.fromkeys([*bound.sources, *(["h3"] if has_cells else [])])
    for block in source.blocks(list(wanted), frozenset()):
        refusals = Refusals(block.rows)
        yield assembler.rows(block, refusals), refusals, block.arrays.get("h3")


def _compare_cells(
    columns: dict[str, pa.Array], stored: pa.Array | None, refusals: Refusals, counted: dict[tuple[str, str], int]
) -> None:
    if stored is None or "h3" not in columns:
        return
    off = ~refusals.refused & ~mask(pc.fill_null(pc.equal(columns["h3"], stored), False))
    if off.any():
        told = ("h3", "is not the cell that holds the point")
        counted[told] = counted.get(told, 0) + int(off.sum())
