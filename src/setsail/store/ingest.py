"""A file read into the workspace: every row checked, refused rows told, and the data set whole or not there."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from setsail.base.errors import BadInput
from setsail.store.canonical import sha256_file
from setsail.store.manifest import Manifest
from setsail.store.readers.assemble import Assembler, Tally, numeric_sources
from setsail.store.readers.block import Block, Source
from setsail.store.readers.duplicates import I64, MOST_SUSPECTS, KeyHashes
from setsail.store.readers.guards import require_regular, sniff
from setsail.store.readers.maps import Bound, ColumnMap, bind
from setsail.store.readers.refusals import HOPELESS, Policy, Refusals, Rejects
from setsail.store.readers.regions import Placer
from setsail.store.workspace import Within, Workspace

NOTES = {
    "share-above-100": "shares above 100 % are kept: accounts may exceed residents",
    "unplaced": "points lie outside all regions and have no province",
    "looks-swapped": "points outside all regions would lie inside with lon and lat swapped",
}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the data must know that refuses no row; `count` rows or columns, 0 where not counted."""

    code: str
    text: str
    count: int = 0
    first_line: int = 0

    def record(self) -> dict[str, object]:
        """Plain values."""
        return {"code": self.code, "text": self.text, "count": self.count, "first_line": self.first_line}


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a file."""

    manifest: Manifest
    rows_in: int
    rows_refused: int
    reasons: Mapping[str, int]
    rejects: Path | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read, how, and under which name it is kept.

    told : is given the number of rows read so far, and may raise to stop;  within : as for `Workspace.write`.
    """

    path: Path
    name: str
    column_map: ColumnMap
    recorded_at: datetime
    actor: str
    rejects: Path
    policy: Policy = field(default_factory=Policy)
    placer: Placer | None = None
    source: str = ""
    licence: str = ""
    synthetic: bool = False
    told: Callable[[int], None] | None = None
    within: Within | None = None


class _RepeatsError(Exception):
    """Some rows may repeat a key: the numbers of all rows to compare."""

    def __init__(self, suspects: I64) -> None:
        super().__init__("rows may repeat a key")
        self.suspects = suspects


def ingest(workspace: Workspace, order: Order) -> Ingested:
    """The data set made of a file, registered, or nothing.

    Raises BadInput and its kin: a file that is not what it is said to be, a map that does not fit, more refused rows
    than the policy allows (the rejects file is written then too), no room on the disk.
    """
    source = open_source(order.path, order.column_map)
    bound = bind(order.column_map, source.header, str(order.path))
    with workspace.scratch() as folder:
        task = _Task(workspace, order, source, bound, folder)
        try:
            return task.run()
        except OSError as err:
            if err.errno in _NO_ROOM:
                raise BadInput(
                    f"no room left on the disk ({err.strerror})",
                    where=str(workspace.root),
                    hint="free some room and run it again; nothing was kept",
                ) from err
            raise


def open_source(path: Path, column_map: ColumnMap) -> Source:
    """The reader of a file, chosen by its first bytes. Raises BadInput for what is not read here."""
    require_regular(path)
    kind = sniff(path)
    if kind == "parquet":
        from setsail.store.readers.parquet_source import ParquetSource  # noqa: PLC0415 - only for this format

        return ParquetSource(path)
    if kind == "xlsx":
        from setsail.store.readers.xlsx_source import XlsxSource  # noqa: PLC0415 - only for this format

        return XlsxSource(path, column_map.form)
    if kind == "geojson":
        from setsail.store.readers.geojson_source import GeoJsonSource  # noqa: PLC0415 - only for this format

        return GeoJsonSource(path, column_map.form)
    from setsail.store.readers.text_source import TextSource  # noqa: PLC0415 - only for this format

    return TextSource(path, column_map.form, zipped=kind == "csv.gz")


@dataclass(frozen=True, slots=True)
class _Task:
    """What one call of `ingest` works with."""

    workspace: Workspace
    order: Order
    source: Source
    bound: Bound
    folder: Path

    def run(self) -> Ingested:
        """One reading, and a second one where keys may repeat."""
        try:
            return self.read(np.empty(0, np.int64))
        except _RepeatsError as found:
            return self.read(found.suspects)

    def read(self, suspects: I64) -> Ingested:
        """One reading of the whole file into the store. Raises _RepeatsError for keys that may repeat."""
        order, bound = self.order, self.bound
        with Rejects(order.rejects) as rejects, closing(KeyHashes(self.folder, bound.map.component.key)) as hashes:
            reading = _Reading(self, rejects, hashes, suspects)
            manifest = self.workspace.write(
                bound.map.component.kind,
                order.name,
                reading.batches(),
                schema=reading.assembler.schema(),
                source=order.source or bound.map.source or order.path.name,
                licence=order.licence or bound.map.licence or "not stated",
                recorded_at=order.recorded_at,
                actor=order.actor,
                meta=reading.facts,
                within=order.within,
            )
        path = order.rejects if rejects.refused else None
        return Ingested(manifest, reading.rows, rejects.refused, dict(rejects.reasons), path, reading.notes())


class _Reading:
    """One pass over a file: counts, keys and refused rows as they come."""

    def __init__(self, task: _Task, rejects: Rejects, hashes: KeyHashes, suspects: I64) -> None:
        self.order, self.source, self.bound = task.order, task.source, task.bound
        self.rejects, self.hashes, self.suspects = rejects, hashes, suspects
        self.tally = Tally()
        self.assembler = Assembler(self.bound, self.order.recorded_at, self.order.placer, self.tally)
        self.rows = 0
        self._names = {rule.column.name: name for rule, name in self.bound.rules if name is not None}
        self._seen: dict[tuple[object, ...], int] = {}
        self._stamp = _stamp(self.order.path)
        self._sha256 = sha256_file(self.order.path)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Kept rows. Raises BadInput past the policy, _RepeatsError where keys may repeat and none were told before."""
        schema = self.assembler.schema()
        for block in self.source.blocks(self.bound.sources, numeric_sources(self.bound)):
            batch = self._batch(block, schema)
            if self.order.told:
                self.order.told(self.rows)
            if batch.num_rows:
                yield batch
            self._require_hope()
        if not self.rows:
            raise BadInput("has a header and no rows", where=str(self.order.path), allowed="at least one row")
        if not self.suspects.size and self.bound.map.component.key:
            self._require_single()
        if not self.order.policy.allows(self.rejects.refused, self.rows):
            raise self._too_many("")
        if _stamp(self.order.path) != self._stamp:
            raise BadInput("changed while it was read", where=str(self.order.path), hint="run it again")

    def facts(self) -> dict[str, object]:
        """What only the end knows, kept in the manifest; puts the rejects file in its place."""
        self.rejects.publish()
        return {
            "file": self.order.path.name,
            "file_sha256": self._sha256,
            "map": self.bound.map.name,
            "rows_in": self.rows,
            "rows_refused": self.rejects.refused,
            "reasons": dict(self.rejects.reasons),
            "notes": [note.record() for note in self.notes()],
            "regions": getattr(self.order.placer, "source", ""),
            "synthetic": self.order.synthetic,
        }

    def notes(self) -> tuple[Note, ...]:
        """Everything worth telling, in a fixed order."""
        told = [Note(code, text) for code, text in self.source.remarks.found]
        if self.bound.unmapped:
            shown = ", ".join(self.bound.unmapped[:20])
            told.append(Note("unmapped-columns", f"not taken: {shown}", len(self.bound.unmapped)))
        told += [
            Note(code, text, self.tally.counts[code], self.tally.first_line[code])
            for code, text in NOTES.items()
            if code in self.tally.counts
        ]
        return tuple(told)

    def _batch(self, block: Block, schema: pa.Schema) -> pa.RecordBatch:
        refusals = Refusals(block.rows)
        columns = self.assembler.rows(block, refusals)
        if self.bound.map.component.key:
            self._judge_keys(block, columns, refusals)
        self.rejects.take(block, refusals, self._names)
        self.rows += block.rows + len(block.broken)
        batch = pa.record_batch([columns[name] for name in schema.names], names=schema.names)
        kept = ~refusals.refused
        if not kept.all():
            batch = batch.filter(pa.array(kept))
        return batch.cast(schema) if not batch.schema.equals(schema) else batch

    def _judge_keys(self, block: Block, columns: dict[str, pa.Array], refusals: Refusals) -> None:
        """First reading: takes note of all keys. Second: refuses rows whose true key an earlier suspect has."""
        rows = np.flatnonzero(~refusals.refused)
        numbers = rows.astype(np.int64) + self.rows
        keys = [columns[name] for name in self.bound.map.component.key]
        if not self.suspects.size:
            taken = pa.table(dict(zip(self.bound.map.component.key, keys, strict=True)))
            self.hashes.add(taken if len(rows) == block.rows else taken.take(pa.array(rows)), numbers)
            return
        at = np.searchsorted(self.suspects, numbers).clip(max=len(self.suspects) - 1)
        asked = rows[self.suspects[at] == numbers]
        wanted = pa.array(asked)
        for row, *key in zip(asked, *(k.take(wanted).to_pylist() for k in keys), strict=True):
            line = block.places.line(int(row))
            first = self._seen.setdefault(tuple(key), line)
            if first != line:
                one = np.zeros(block.rows, np.bool_)
                one[row] = True
                refusals.add(one, self.bound.map.component.key[0], f"repeats the key of line {first}")

    def _require_single(self) -> None:
        suspects = self.hashes.suspects()
        if suspects.size > MOST_SUSPECTS:
            raise BadInput(
                f"{suspects.size:,} rows repeat the key of another row", where=str(self.order.path),
                allowed=f"one row for each {', '.join(self.bound.map.component.key)}",
                hint="is it the right kind (--as)? else remove repeated rows first",
            )  # fmt: skip
        if suspects.size:
            raise _RepeatsError(suspects)

    def _require_hope(self) -> None:
        hopeless = self.rejects.refused > max(HOPELESS, self.rows // 2)
        if hopeless and not self.order.policy.allows(self.rejects.refused, self.rows):
            raise self._too_many("; stopped there")

    def _too_many(self, stopped: str) -> BadInput:
        self.rejects.publish()
        return BadInput(
            f"{self.rejects.refused:,} of {self.rows:,} rows are refused{stopped}; first: {self.rejects.first}",
            where=str(self.order.path),
            allowed=f"up to {self.order.policy.text()} refused",
            hint=f"read {self.order.rejects}; then mend the file or the map, or raise --max-rejects",
        )


def _stamp(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
