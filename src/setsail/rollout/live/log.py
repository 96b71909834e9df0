"""The event log of a rollout: appended to, numbered, chained by SHA-256, never rewritten.

One JSON object a line: `n`, `at` (when it happened), `known` (when it was told), `kind`, the fields of the kind, `by`
and `prev`, the SHA-256 of the line before (64 zeros on the first). A line that a killed writer left unfinished was
never acknowledged: readers pass over it, and the next writer sets it aside as `events.torn-N`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, StoreCorrupt
from setsail.store.leases import locked, sync_folder

FILE = "events.jsonl"
LOCK = "events.lock"
START = "0" * 64
"""What stands for the hash of the line before the first."""
FRAME = ("n", "at", "known", "kind", "by", "prev")
"""Keys of every line; the others belong to its kind."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What shall be written. at : when it happened;  known : when it was told;  by : by whom;  fields : of its kind."""

    kind: str
    at: datetime
    known: datetime
    by: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log. n : its number, from 1;  digest : the SHA-256 of its bytes, which the next line names."""

    n: int
    kind: str
    at: datetime
    known: datetime
    by: str
    fields: Mapping[str, Any]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """The lines that are whole, and how many bytes of an unfinished one stand behind them."""

    lines: tuple[Line, ...] = ()
    torn: int = 0

    @property
    def last(self) -> int:
        """The number of the last line, 0 where there is none."""
        return self.lines[-1].n if self.lines else 0


@dataclass(frozen=True, slots=True)
class Appended:
    """What was written, the log with it, and the file in which an unfinished line was set aside ("" for none)."""

    lines: tuple[Line, ...]
    log: Log
    torn_file: str = ""


def read(folder: Path) -> Log:
    """The log of a rollout's folder, its chain checked; empty where there is no file.

    Raises StoreCorrupt naming the line that is not what was written, BadInput where the file cannot be read.
    """
    try:
        content = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Log()
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror or err}", where=str(folder / FILE)) from err
    return _parsed(content, folder / FILE)


def append(folder: Path, drafts: Callable[[Log], Sequence[Draft]]) -> Appended:
    """Writes what `drafts` makes of the log as it stands, all of it or nothing, and makes it durable.

    drafts : called with the lock held, so that nobody writes between its look at the log and its lines; what it
    raises leaves the log as it was. Raises StoreCorrupt for a broken chain, BadInput where the disk takes no more.
    """
    path = folder / FILE
    try:
        with locked(folder / LOCK), _opened(path) as handle:
            torn_file = _set_aside(path, handle)
            log = _parsed(path.read_bytes(), path)
            lines, content = _chained(drafts(log), log)
            _written(handle, content, path)
            sync_folder(folder)
    except OSError as err:
        raise _unwritable(path, err) from err
    return Appended(lines, Log(log.lines + lines), torn_file)


class _opened:  # noqa: N801 - used as a function
    """A file open for appending, made where it is not there."""

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> int:
        return self.handle

    def __exit__(self, *error: object) -> None:
        os.close(self.handle)


def _written(handle: int, content: bytes, path: Path) -> None:
    """Appends all bytes and makes them durable, or takes back the part that was written."""
    size = os.fstat(handle).st_size
    left = memoryview(content)
    try:
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError as err:
        os.ftruncate(handle, size)
        raise _unwritable(path, err) from err


def _set_aside(path: Path, handle: int) -> str:
    """Moves an unfinished last line into a file of its own; the name of that file, "" where there was none."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return ""
    number = 1
    while (aside := path.with_name(f"events.torn-{number}")).exists():
        number += 1
    try:
        with aside.open("xb") as file:
            file.write(content[whole:])
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    os.ftruncate(handle, whole)
    return aside.name


def _chained(drafts: Sequence[Draft], log: Log) -> tuple[tuple[Line, ...], bytes]:
    """The lines that follow a log, and their bytes."""
    n, prev = log.last, log.lines[-1].digest if log.lines else START
    lines, parts = [], []
    for draft in drafts:
        n += 1
        content = _encoded(n, draft, prev)
        prev = hashlib.sha256(content).hexdigest()
        lines.append(Line(n, draft.kind, draft.at, draft.known, draft.by, dict(draft.fields), prev))
        parts.append(content + b"\n")
    return tuple(lines), b"".join(parts)


def _encoded(n: int, draft: Draft, prev: str) -> bytes:
    frame = {"n": n, "at": draft.at.isoformat(), "known": draft.known.isoformat(), "kind": draft.kind}
    record = {**frame, **draft.fields, "by": draft.by, "prev": prev}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _parsed(content: bytes, path: Path) -> Log:
    whole = content.rfind(b"\n") + 1
    lines: list[Line] = []
    prev = START
    for number, raw in enumerate(content[:whole].split(b"\n")[:-1], start=1):
        line = _line(raw, number, prev, path)
        lines.append(line)
        prev = line.digest
    return Log(tuple(lines), len(content) - whole)


def _line(raw: bytes, number: int, prev: str, path: Path) -> Line:
    """One line, held against its place and the hash of the line before. Raises StoreCorrupt."""
    where = f"{path}:{number}"
    try:
        record = json.loads(raw)
        if record["prev"] != prev:
            raise StoreCorrupt(
                "does not continue the line before: one of the two was changed or is missing",
                where=where,
                allowed=f"prev {prev}",
                hint="a copy of the folder from before",
            )
        if record["n"] != number:
            raise StoreCorrupt(f"has the number {record['n']}", where=where, allowed=str(number))
        fields = {k: v for k, v in record.items() if k not in FRAME}
        at, known = datetime.fromisoformat(record["at"]), datetime.fromisoformat(record["known"])
        return Line(number, record["kind"], at, known, record["by"], fields, hashlib.sha256(raw).hexdigest())
    except (ValueError, KeyError, TypeError) as err:
        raise StoreCorrupt(
            f"is no line of this log: {err!r}", where=where, hint="a copy of the folder from before"
        ) from err


def _unwritable(path: Path, err: OSError) -> BadInput:
    return BadInput(
        f"cannot be written: {err.strerror or err}; the log is as it was",
        where=str(path),
        hint="free some room, or give the folder to this user",
    )
