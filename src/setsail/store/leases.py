"""Folders that belong to a living process, and how those of a dead one are known.

A lease is a folder `<id>` beside a file `<id>.lock` that its process holds locked; the kernel drops the lock when the
process ends, however it ends. Making a lease and sweeping exclude each other through the lock of the workspace.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Holds the lock of a file for the block; yields False where another holds it and `wait` is off."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _taken(handle, shared=shared, wait=wait)
    finally:
        os.close(handle)


@contextmanager
def lease(workspace: Path, place: str, lease_id: str) -> Iterator[Path]:
    """An empty folder `<workspace>/<place>/<lease_id>` of this process; it is removed at the end if still there."""
    folder, mark = _pair(workspace / place, lease_id)
    with locked(workspace / LOCK, shared=True):
        handle = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        _taken(handle)
        os.write(handle, f"{os.getpid()}\n".encode())
        folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        mark.unlink(missing_ok=True)
        os.close(handle)


def sweep_leases(workspace: Path, place: str) -> list[str]:
    """Names of the leftovers of dead processes, removed. Call it with the lock of the workspace held exclusively."""
    parent = workspace / place
    removed = []
    for lease_id in sorted({entry.name.removesuffix(LOCK) for entry in parent.iterdir()}):
        folder, mark = _pair(parent, lease_id)
        with locked(mark, wait=False) as dead:
            if not dead:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            mark.unlink(missing_ok=True)
            removed.append(f"{place}/{lease_id}")
    return removed


def sync_folder(folder: Path) -> None:
    """Makes the entries of a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _pair(parent: Path, lease_id: str) -> tuple[Path, Path]:
    return parent / lease_id, parent / f"{lease_id}{LOCK}"


def _taken(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, mode if wait else mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
