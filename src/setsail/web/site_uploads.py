"""A body streamed into a file of the server's own name, up to a limit."""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime
from pathlib import Path

from fastapi import HTTPException, Request

from setsail.web.headers import STREAMED


async def received(request: Request, folder: Path, suffix: str, most: int, *, until: datetime) -> Path:
    """The file of a body of type octet-stream; nothing is left of one that is too long or ends early.

    until : what lies in the folder since before was left by a server that died, and is removed.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != STREAMED:
        raise HTTPException(415, f"the body must be {STREAMED}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(folder, until)
    path = folder / f"{secrets.token_hex(16)}{suffix}"
    try:
        taken = await _write(request, path, most)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not taken:
        path.unlink()
        raise HTTPException(422, "the file is empty")
    return path


def sweep(folder: Path, until: datetime) -> None:
    """Removes the files that were last written before."""
    for file in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # another request sweeps too
            if datetime.fromtimestamp(file.stat().st_mtime, until.tzinfo) < until:
                file.unlink()


async def _write(request: Request, path: Path, most: int) -> int:
    """Bytes written."""
    taken = 0
    with path.open("wb") as file:
        async for part in request.stream():
            taken += len(part)
            if taken > most:
                raise HTTPException(413, f"the file is larger than {most} bytes")
            file.write(part)
    return taken
