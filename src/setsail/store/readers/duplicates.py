"""Rows that repeat the key of an earlier one, found in bounded memory by hashes that are spilled to disk."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

SPILL_ROWS = 1 << 20
PARTS = 64
MOST_SUSPECTS = 5_000_000


class KeyHashes:
    """64-bit hashes of the keys seen, with the number of the row of each.

    Equal keys have equal hashes; different keys seldom do, so suspects are compared by their true keys after.
    """

    def __init__(self, folder: Path, columns: tuple[str, ...]) -> None:
        self._folder, self._columns = folder, columns
        self._pending: list[tuple[U64, I64]] = []
        self._held = 0
        self._spilled = False
        self._engine = duckdb.connect()
        self._engine.execute("SET threads = 1")

    def close(self) -> None:
        """Gives the engine back."""
        self._engine.close()

    def add(self, keys: pa.Table, rows: I64) -> None:
        """Takes the keys of rows (n,), numbered as in the file."""
        if not len(rows):
            return
        self._pending.append((self.hashes(keys), rows))
        self._held += len(rows)
        if self._held >= SPILL_ROWS:
            self._spill()

    def hashes(self, keys: pa.Table) -> U64:
        """(n,) hash of each key; missing parts are equal to each other."""
        self._engine.register("keys", keys)
        names = ", ".join(f'"{name}"' for name in self._columns)
        found = self._engine.execute(f"SELECT hash({names}) AS h FROM keys").fetchnumpy()["h"]  # noqa: S608 - own names
        self._engine.unregister("keys")
        return np.asarray(found, dtype=np.uint64)

    def suspects(self) -> I64:
        """Sorted numbers of all rows whose hash another row has too."""
        if not self._spilled:
            return _repeated(self._pending)
        self._spill()
        found = [_repeated([self._part(part)]) for part in range(PARTS)]
        return cast(I64, np.sort(np.concatenate(found)))

    def _spill(self) -> None:
        if not self._pending:
            return
        self._spilled = True
        hashes = np.concatenate([pair[0] for pair in self._pending])
        rows = np.concatenate([pair[1] for pair in self._pending])
        self._pending, self._held = [], 0
        part = (hashes >> np.uint64(58)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=PARTS))
        pairs = np.column_stack([hashes.view(np.int64), rows])[order]
        for number, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            with (self._folder / f"keys-{number:02d}").open("ab") as file:
                file.write(pairs[begin:end].tobytes())

    def _part(self, number: int) -> tuple[U64, I64]:
        path = self._folder / f"keys-{number:02d}"
        pairs = np.fromfile(path, dtype=np.int64).reshape(-1, 2) if path.exists() else np.empty((0, 2), np.int64)
        return np.ascontiguousarray(pairs[:, 0]).view(np.uint64), np.ascontiguousarray(pairs[:, 1])


def _repeated(pairs: list[tuple[U64, I64]]) -> I64:
    if not pairs:
        return np.empty(0, np.int64)
    hashes = np.concatenate([pair[0] for pair in pairs])
    rows = np.concatenate([pair[1] for pair in pairs])
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    either = np.zeros(len(hashes), np.bool_)
    either[1:] |= same
    either[:-1] |= same
    return cast(I64, np.sort(rows[order][either]))
