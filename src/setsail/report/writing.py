"""Pages as files: whole, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from setsail.base.errors import BadInput


def write_whole(path: Path, text: str) -> None:
    """Writes `text` as UTF-8; a reader sees the old file or the new one, never a part. Raises BadInput."""
    if path.is_dir():
        raise BadInput("is a folder", where=str(path), allowed="a file", hint=str(path / "report.html"))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
