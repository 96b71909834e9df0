"""Any Spark Connect server as an engine: Sail or Apache Spark 4. Rows travel as Arrow, never through pandas."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from setsail.base.errors import BadInput, NotComputable
from setsail.base.extras import require

EXTRA = "sail"
DEFAULT_PORT = 15002
ANSWER_S = 10.0
"""How long a server may take to accept a connection [s]."""


class SparkTables:
    """Tables of a Spark Connect server. The server must see the folder of the workspace under the same path."""

    def __init__(self, address: str) -> None:
        require("pyspark", EXTRA)
        require("pandas", EXTRA)
        _require_answer(address)
        self._address = address
        with _client_at_ease(), _told(address, BadInput):
            self._session = _session(address)
            self._ibis = ibis.pyspark.connect(self._session)

    @property
    def name(self) -> str:
        """The address of the engine."""
        return self._address

    def read(self, files: Sequence[Path]) -> ir.Table:
        """The rows of Parquet files of one schema. Raises NotComputable where the server sees fewer rows than we do.

        Sail reads a path that it cannot see as no rows, without an error; so the rows are counted (footers only).
        """
        expected = sum(pq.read_metadata(path).num_rows for path in files)
        with _told(self._address, NotComputable):
            frame = self._session.read.parquet(*(str(path) for path in files))
            seen = frame.count() if frame.columns else 0
        if seen != expected or not frame.columns:
            raise NotComputable(
                f"sees {seen} of {expected} rows of {files[0].parent}",
                where=self._address,
                hint="the server must see the folder of the workspace under the same path",
            )
        return self._view(frame)

    def given(self, rows: pa.Table) -> ir.Table:
        """A small table of the caller's."""
        with _told(self._address, NotComputable):
            return self._view(self._session.createDataFrame(rows))

    def run(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression, with the types that the expression states."""
        with _told(self._address, NotComputable):
            found = self._session.sql(self._ibis.compile(expression)).toArrow()
        return found.cast(_stated(expression.schema().to_pyarrow()))

    def close(self) -> None:
        """Ends the session at the server."""
        self._session.stop()

    def __enter__(self) -> SparkTables:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _view(self, frame: Any) -> ir.Table:  # noqa: ANN401 - the client has no types
        name = ibis.util.gen_name("setsail")
        frame.createOrReplaceTempView(name)
        return self._ibis.table(name)


def _require_answer(address: str) -> None:
    """Raises BadInput where nobody listens: the client itself would go on trying for minutes."""
    try:
        parts = urlsplit(address)
        place = (parts.hostname or "", parts.port or DEFAULT_PORT)
        socket.create_connection(place, timeout=ANSWER_S).close()
    except (OSError, ValueError) as err:
        raise BadInput(f"does not answer ({err})", where=address, allowed="sc://host:port of a running server") from err


def _stated(schema: pa.Schema) -> pa.Schema:
    """The types that the expression states; the client drops the zone of times, which is that of the session, UTC."""
    aware = pa.timestamp("us", "UTC")
    return pa.schema([field.with_type(aware) if pa.types.is_timestamp(field.type) else field for field in schema])


def _session(address: str) -> Any:  # noqa: ANN401 - the client has no types
    """A session of its own, so that closing it touches no other caller's."""
    from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415 - an extra

    return SparkSession.builder.remote(address).create()


@contextmanager
def _client_at_ease() -> Iterator[None]:
    """The client warns of pandas 3 at import; no row of ours passes through pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


@contextmanager
def _told(address: str, kind: type[BadInput | NotComputable]) -> Iterator[None]:
    """Errors of the server as ours."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    try:
        yield
    except PySparkException as err:
        told = str(err).strip().splitlines()
        raise kind(
            told[0] if told else type(err).__name__, where=address, hint="is the server up, and sees it the files?"
        ) from err
