"""Logs of the services: their last words, and their size held."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

BIGGEST_BYTES = 4 * 2**20
FAULTS = ("[FATAL]", "[ERR]", "ERROR", "rror: ")
KEPT = 2
"""Older parts of a log that are kept beside it, as `.1` and `.2`."""


def tail(log: Path, lines: int = 4, *, since: int = 0) -> str:
    """The last lines of a log that tell of a fault, else its last lines, as one line.

    since : byte from which it is read.
    """
    return faults(log, lines, since=since) or " / ".join(_last(log, since)[-lines:]) or "nothing"


def faults(log: Path, lines: int = 2, *, since: int = 0) -> str:
    """The last lines of a log that tell of a fault, as one line, "" where none does."""
    return " / ".join([line for line in _last(log, since) if any(w in line for w in FAULTS)][-lines:])


def size(log: Path) -> int:
    """Bytes of a log, 0 where there is none."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def _last(log: Path, since: int) -> list[str]:
    try:
        with log.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            file.seek(max(0, end - 8192, since if since <= end else 0))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def turn_over(log: Path, *, biggest_bytes: int = BIGGEST_BYTES) -> bool:
    """Moves what a too big log holds into `.1` (and that into `.2`) and empties it; its writer goes on undisturbed.

    Where the disk has no room for the older part, it is dropped. True where the log was emptied.
    """
    try:
        if not log.is_file() or log.stat().st_size <= biggest_bytes:
            return False
    except OSError:
        return False
    parts = [log.with_name(f"{log.name}.{n}") for n in range(1, KEPT + 1)]
    with contextlib.suppress(OSError):
        for older, newer in zip(reversed(parts), [*reversed(parts[:-1]), None], strict=True):
            if newer is not None and newer.exists():
                newer.replace(older)
    try:
        shutil.copyfile(log, parts[0])
    except OSError:
        parts[0].unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.truncate(log, 0)
    return True
