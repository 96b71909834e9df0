"""Small files of the gateway in its private folder: how its calls do, for the status; for their owner alone."""

from __future__ import annotations

import json
from pathlib import Path

from setsail.base.record import Record
from setsail.base.writing import write_private

CALLS, STATUS = "calls.json", "status.json"


def tell(folder: Path, record: Record) -> None:
    """How the calls do. Raises OSError."""
    write(folder / STATUS, record)


def told(folder: Path) -> Record:
    """How the calls did when the gateway told it last; nothing where it cannot be read."""
    try:
        found: Record = json.loads((folder / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def forget(folder: Path) -> None:
    """No calls of an earlier conference are told, or taken up."""
    for name in (CALLS, STATUS):
        (folder / name).unlink(missing_ok=True)


def write(file: Path, told: object) -> None:
    """A file of mode 0600 with this as JSON, whole. Raises OSError."""
    write_private(file, json.dumps(told), durable=False)
