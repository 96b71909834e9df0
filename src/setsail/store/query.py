"""DuckDB in memory over the Parquet files of the workspace: bounded memory and threads, one connection per caller."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.limits import Limit

if TYPE_CHECKING:
    import duckdb

    from setsail.store.manifest import Manifest
    from setsail.store.workspace import Workspace

MEMORY = Limit("memory_bytes", 64 << 20, 1 << 44, "below 64 MiB DuckDB cannot sort a row group")
THREADS = Limit("threads", 1, 1024, "DuckDB worker threads")


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What one connection may use.

    memory_bytes : before it spills [bytes];  threads : worker threads;  temporary : folder that it spills to.
    """

    memory_bytes: int
    threads: int
    temporary: Path

    def __post_init__(self) -> None:
        MEMORY.require(self.memory_bytes)
        THREADS.require(self.threads)


def default_options(temporary: Path | None = None) -> QueryOptions:
    """Half of the memory of this machine, and every processor that this process may use."""
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    folder = temporary or Path(tempfile.gettempdir()) / f"setsail-{os.getuid()}"
    return QueryOptions(max(pages * page_bytes // 2, 64 << 20), len(os.sched_getaffinity(0)), folder)


def connect(options: QueryOptions) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own in memory; it fetches nothing from a network and its settings are closed."""
    import duckdb  # noqa: PLC0415 - keeps DuckDB out of listing commands

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{options.memory_bytes // 1024}KiB",
        "threads": options.threads,
        "temp_directory": str(options.temporary),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@contextmanager
def query(
    workspace: Workspace, views: dict[str, Manifest], options: QueryOptions | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which each data set is a view of that name; it spills to the scratch folder of the workspace.

    Raises StoreCorrupt where a file of a manifest is gone.
    """
    with workspace.scratch() as folder:
        connection = connect(options or default_options(folder))
        try:
            for name, manifest in views.items():
                _make_view(connection, name, workspace.files(manifest))
            yield connection
        finally:
            connection.close()


def _make_view(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> None:
    connection.read_parquet([str(path) for path in files]).create_view(name)
