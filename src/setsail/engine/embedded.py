"""The engine of this process: Ibis on a DuckDB in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from setsail.base.errors import NotComputable
from setsail.engine import EMBEDDED
from setsail.store.query import QueryOptions, connect, default_options


class DuckTables:
    """Tables of an embedded DuckDB; one per caller and thread."""

    def __init__(self, options: QueryOptions | None = None) -> None:
        self._duckdb = connect(options or default_options())
        self._ibis = ibis.duckdb.from_connection(self._duckdb)

    @property
    def name(self) -> str:
        """The address of the engine."""
        return EMBEDDED

    def read(self, files: Sequence[Path]) -> ir.Table:
        """The rows of Parquet files of one schema."""
        with _told():
            return self._ibis.read_parquet([str(path) for path in files])

    def given(self, rows: pa.Table) -> ir.Table:
        """A small table of the caller's."""
        return ibis.memtable(rows)

    def run(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression. Raises NotComputable (out of memory and disk, a value that does not fit)."""
        with _told():
            return self._ibis.to_pyarrow(expression)

    def close(self) -> None:
        """Frees the memory of DuckDB."""
        self._ibis.disconnect()

    def __enter__(self) -> DuckTables:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


@contextmanager
def _told() -> Iterator[None]:
    """Errors of DuckDB as ours."""
    try:
        yield
    except duckdb.Error as err:
        what = str(err).strip().splitlines()[0]
        raise NotComputable(what, where=EMBEDDED, hint="setsail admin check tells whether the files are whole") from err
