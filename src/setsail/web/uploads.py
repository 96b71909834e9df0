"""Files that people send, kept in the workspace until their job has taken them in, or for a day."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from setsail.base.errors import BadInput, UnknownName
from setsail.base.writing import write_whole
from setsail.store.readers.guards import sniff

FOLDER = "uploads"
ID = re.compile(r"[0-9a-f]{32}")
KEPT = timedelta(days=1)
MOST = 20
"""Of one person, at once."""
PIECE = 1 << 20
ENDINGS = {"csv": ".csv", "csv.gz": ".csv.gz", "xlsx": ".xlsx", "parquet": ".parquet", "geojson": ".geojson"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file: `name` as the person called it, shown as text only; `lines` of a file of text, for its progress."""

    id: str
    name: str
    actor: str
    at: str
    size: int
    lines: int
    sha256: str
    format: str


async def keep(root: Path, pieces: AsyncIterator[bytes], *, name: str, actor: str, now: datetime, most: int) -> Upload:
    """The upload, whole and known by its content, or nothing. Raises BadInput: no format of ours, no room left.

    most : bytes of all uploads of the workspace together.
    """
    used = await asyncio.to_thread(_make_room, root, actor, now)
    folder = root / FOLDER / f".{secrets.token_hex(16)}"
    folder.mkdir(parents=True)
    try:
        size, lines, digest = await _write(folder / "draft", pieces, most - used)
        found = await asyncio.to_thread(sniff, folder / "draft")
        made = Upload(folder.name[1:], name, actor, now.isoformat(), size, lines, digest, found)
        (folder / "draft").rename(folder / f"file{ENDINGS[found]}")
        write_whole(folder / "about.json", json.dumps(asdict(made), ensure_ascii=False))
        folder.rename(root / FOLDER / made.id)
    except BadInput as err:
        shutil.rmtree(folder, ignore_errors=True)
        raise type(err)(err.what, where=name, allowed=err.allowed, hint=err.hint) from err
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return made


def uploads(root: Path, actor: str) -> list[Upload]:
    """What a person has sent and not used yet, the newest first."""
    return sorted((one for one in _all(root) if one.actor == actor), key=lambda one: one.at, reverse=True)


def upload(root: Path, upload_id: str, actor: str) -> tuple[Upload, Path]:
    """One's own upload and its file; those of others are not there. Raises UnknownName."""
    found = _read(root / FOLDER / upload_id) if ID.fullmatch(upload_id) else None
    if found is None or found.actor != actor:
        raise UnknownName("is not there", where="upload", hint="send the file again; it is kept for a day")
    return found, root / FOLDER / found.id / f"file{ENDINGS[found.format]}"


def remove(root: Path, upload_id: str, actor: str) -> None:
    """Removes one's own upload. Raises UnknownName."""
    found, _ = upload(root, upload_id, actor)
    shutil.rmtree(root / FOLDER / found.id)


async def _write(path: Path, pieces: AsyncIterator[bytes], most: int) -> tuple[int, int, str]:
    """Bytes, line ends and SHA-256 of what was written."""
    size, lines, digest, waiting = 0, 0, hashlib.sha256(), bytearray()
    with path.open("wb") as file:

        def flush() -> None:
            digest.update(waiting)
            file.write(waiting)
            waiting.clear()

        async for piece in pieces:
            size, lines = size + len(piece), lines + piece.count(b"\n")
            if size > most:
                raise BadInput("no room is left for uploads", where="upload", hint="take in or remove earlier ones")
            waiting += piece
            if len(waiting) >= PIECE:
                await asyncio.to_thread(flush)
        flush()
    if not size:
        raise BadInput("is empty", where="upload", allowed="a header and rows")
    return size, lines, digest.hexdigest()


def _make_room(root: Path, actor: str, now: datetime) -> int:
    """Removes what is older than a day; gives the bytes still used. Raises BadInput for a person with too many."""
    used, own = 0, 0
    for entry in (root / FOLDER).iterdir() if (root / FOLDER).is_dir() else ():
        about = None if entry.name.startswith(".") else _read(entry)
        at = datetime.fromisoformat(about.at) if about else datetime.fromtimestamp(entry.stat().st_mtime, now.tzinfo)
        if now - at > KEPT:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            continue
        used += sum(file.stat().st_size for file in (entry, *entry.glob("*")) if file.is_file())
        own += about is not None and about.actor == actor
    if own >= MOST:
        raise BadInput(f"{own} wait already", where="uploads", allowed=f"up to {MOST}", hint="remove some")
    return used


def _all(root: Path) -> list[Upload]:
    folders = sorted((root / FOLDER).iterdir()) if (root / FOLDER).is_dir() else []
    return [found for folder in folders if ID.fullmatch(folder.name) and (found := _read(folder))]


def _read(folder: Path) -> Upload | None:
    try:
        return Upload(**json.loads((folder / "about.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
