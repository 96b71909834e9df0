"""Files for people: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setsail.base.errors import BadInput


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, to be written in the block; at its end it takes the place of `path`.

    Where the block raises, `path` is as it was and the other file is gone. Raises BadInput where `path` is a folder or
    no file can be made there.
    """
    try:
        if path.is_dir():
            raise BadInput("is a folder", where=str(path), allowed="a file", hint="a name inside it")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    except OSError as err:
        raise _unwritable(path, err) from err
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _settle(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Writes `text` as UTF-8 in place of `path`, or nothing. Raises BadInput where it cannot be written."""
    with whole_file(path) as temporary:
        try:
            temporary.write_text(text, encoding="utf-8", newline="")
        except OSError as err:
            raise _unwritable(path, err) from err


def write_private(path: Path, text: str, *, durable: bool = True) -> None:
    """Writes a file that its owner alone can read, whole or not at all. Raises OSError.

    Left as it is where it says the same already, so that it needs no room on a full disk.
    durable : False for what may be lost with the power.
    """
    try:
        if path.stat().st_mode & 0o777 == 0o600 and path.read_text(encoding="utf-8") == text:
            return
    except (OSError, ValueError):
        pass
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")  # of mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _settle(temporary: Path, path: Path) -> None:
    """Makes the content durable, then visible under its name."""
    try:
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as err:
        raise _unwritable(path, err) from err


def _unwritable(path: Path, err: OSError) -> BadInput:
    return BadInput(f"cannot be written: {err.strerror or err}", where=str(path), hint="another --out")
