"""What the other processes of a test do. They start from a fork server that has everything imported."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa

from setsail.store.manifest import Manifest
from setsail.store.workspace import Within, Workspace

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SCHEMA = pa.schema([pa.field("h3", pa.int64(), nullable=False), pa.field("region", pa.string())])
VERSIONS = 5
BORDERS = frozenset(
    {"fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "flock", "open", "execute", "commit", "write"}
)
"""C functions after each of which a process may be killed: all that leaves a trace on disk or in the registry."""


def rows(first: int, count: int = 4) -> pa.RecordBatch:
    """A batch whose rows name themselves."""
    return pa.record_batch([list(range(first, first + count)), [f"r{first}"] * count], schema=SCHEMA)


def put(
    workspace: Workspace, name: str, first: int, *, kind: str = "cells", count: int = 4, within: Within | None = None
) -> Manifest:
    """One small version of a data set."""
    return workspace.write(
        kind,
        name,
        iter([rows(first, count), rows(first + count, count)]),
        schema=SCHEMA,
        source="made for a test",
        licence="CC0-1.0",
        recorded_at=AT,
        actor="tester",
        meta={"synthetic": True},
        within=within,
    )


def context() -> ForkServerContext:
    """Processes that start in milliseconds, so that they truly run at the same time."""
    found = get_context("forkserver")
    found.set_forkserver_preload(
        [
            "pytest",
            "pandas",
            "sqlalchemy.dialects.sqlite",
            "sqlalchemy.dialects.postgresql.psycopg",
            "tests.store.workers",
            "setsail.store.parquet",
            "alembic.command",
            "alembic.runtime.migration",
            "pyarrow.parquet",
            "psycopg",
        ]
    )
    return found


def start(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A running process."""
    process = context().Process(target=target, args=arguments)
    process.start()
    return process


def ended(processes: list[ForkServerProcess], seconds: float = 120) -> list[int | None]:
    """Exit codes, after all have ended."""
    for process in processes:
        process.join(seconds)
    return [process.exitcode for process in processes]


def write_many(root: Path, url: str | None, barrier: Any, name: str, first: int) -> None:
    """Opens the workspace at the same moment as the others and writes `VERSIONS` versions."""
    barrier.wait()
    with Workspace.open(root, database_url=url) as workspace:
        for index in range(VERSIONS):
            put(workspace, name, first + 100 * index)


def open_many(roots: list[Path], barrier: Any) -> None:
    """Opens one fresh workspace after the other, each at the same moment as the others, and writes once."""
    for index, root in enumerate(roots):
        barrier.wait()
        with Workspace.open(root) as workspace:
            put(workspace, "same", index)


def write_until_killed(root: Path, url: str | None, acks: Path, name: str) -> None:
    """Writes without end; each version is told in `acks` once `write` has returned."""
    with Workspace.open(root, database_url=url) as workspace:
        handle = os.open(acks, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for index in range(1_000_000):
            manifest = put(workspace, name, 10 * index)
            os.write(handle, f"{manifest.id}\n".encode())


def open_and_die(root: Path, url: str | None, at_border: int) -> None:
    """Opens a workspace and is killed at the border of that number; ends well if there are fewer."""
    _die_at(at_border)
    Workspace.open(root, database_url=url).close()
    sys.setprofile(None)


def write_and_die(root: Path, url: str | None, at_border: int) -> None:
    """Writes one version and is killed at the border of that number; ends well if there are fewer."""
    with Workspace.open(root, database_url=url) as workspace:
        _die_at(at_border)
        put(workspace, "crash", at_border)
        sys.setprofile(None)


def hold_a_write(root: Path, url: str | None, entered: Any, leave: Any) -> None:
    """Stops in the middle of a write until told to go on."""

    def batches() -> Iterator[pa.RecordBatch]:
        yield rows(0)
        entered.set()
        leave.wait(60)
        yield rows(4)

    with Workspace.open(root, database_url=url) as workspace:
        workspace.write(
            "cells", "slow", batches(), schema=SCHEMA, source="s", licence="l", recorded_at=AT, actor="tester"
        )


def _die_at(border: int) -> None:
    """SIGKILL to oneself at the n-th border; no handler, no finally, no flush runs."""
    left = [border]

    def watch(_frame: FrameType, event: str, what: Any) -> None:
        if event != "c_return" or isinstance(getattr(what, "__self__", None), str):
            return
        if getattr(what, "__name__", "") in BORDERS:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
