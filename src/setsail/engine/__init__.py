"""Where tables are computed: in this process, or at any Spark Connect server. Used by doors only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setsail.base.errors import BadInput

if TYPE_CHECKING:
    from setsail.store.expressions import Tables
    from setsail.store.query import QueryOptions

EMBEDDED = "duckdb"
ALLOWED = "duckdb, or sc://host:port of a Spark Connect server (Sail or Apache Spark 4)"


def open_engine(address: str | None = None, *, options: QueryOptions | None = None) -> Tables:
    """The engine at an address: None or "duckdb" for this process, `sc://host:port` for a Spark Connect server.

    options : memory, threads and temporary folder of the embedded engine.
    Raises BadInput (no such address, no answer), MissingExtra (the client is not installed).
    """
    if address is None or address == EMBEDDED:
        from setsail.engine.embedded import DuckTables  # noqa: PLC0415 - each engine's libraries only when chosen

        return DuckTables(options)
    if address.startswith("sc://"):
        from setsail.engine.spark import SparkTables  # noqa: PLC0415

        return SparkTables(address)
    raise BadInput(f"is {address!r}", where="--engine", allowed=ALLOWED)
