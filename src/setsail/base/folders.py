"""Folders for people: a reader sees the old folder or the new one, never a part, and two writers never mix."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from setsail.base.errors import BadInput, StoreConflict

T = TypeVar("T")

AT_FDCWD = -100
RENAME_EXCHANGE = 2
"""Of renameat2 (Linux 3.15 and later): both names stay, their folders change places at once."""
ROUNDS = 5
"""Times a folder is read again where somebody replaced it meanwhile."""


@contextmanager
def whole_folder(
    path: Path, *, replace: bool = False, proof: str = "", owned: frozenset[str] = frozenset()
) -> Iterator[Path]:
    """An empty folder beside `path`, to be filled in the block; at its end it takes the place of `path`, whole.

    replace : a folder that is there may be replaced, if it holds the file `proof`;  owned : names in the old folder
    that the block writes anew or leaves out; every other file of the old folder is kept in the new one.
    Where the block raises, or the process dies, `path` is as it was. Two writers of one folder wait for each other.
    Raises StoreConflict where something is there and may not be replaced, BadInput where nothing can be written.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links are left as they are
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _turn(path.parent):
            _require_free(path, replace, proof)
            _sweep(path)
            new = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path)))
            try:
                yield new
                _keep(path, new, owned)
                _settle(new)
                _take_place(new, path)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(path), hint="another --out") from err


def read_whole(path: Path, read: Callable[[Path], T]) -> T:
    """What `read` finds in a folder, read again where the folder was replaced meanwhile."""
    for _ in range(ROUNDS - 1):
        before = _identity(path)
        try:
            found = read(path)
        except BadInput:
            if _identity(path) == before:
                raise
            continue
        if _identity(path) == before:
            return found
    return read(path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


@contextmanager
def _turn(parent: Path) -> Iterator[None]:
    """One writer at a time in a folder; the lock ends with the process."""
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _prefix(path: Path) -> str:
    return f".{path.name[:100]}.new-"


def _sweep(path: Path) -> None:
    """Removes what a killed writer left: in our turn nobody else is at work."""
    for left in path.parent.glob(f"{_escaped(_prefix(path))}*"):
        shutil.rmtree(left, ignore_errors=True)


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _require_free(path: Path, replace: bool, proof: str) -> None:
    where = str(path)
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise BadInput("is a file", where=where, allowed="a folder", hint="another --out")
    if not any(path.iterdir()):
        return
    if proof and not (path / proof).is_file():
        raise StoreConflict(
            f"holds files and no {proof}", where=where, allowed="a new or empty folder", hint="another --out"
        )
    if not replace:
        raise StoreConflict(
            "is there already", where=where, allowed="a new or empty folder", hint="--replace, or another --out"
        )


def _keep(old: Path, new: Path, owned: frozenset[str]) -> None:
    if not old.is_dir():
        return
    for item in sorted(old.iterdir()):
        if item.name in owned or (new / item.name).exists():
            continue
        if item.is_dir() and not item.is_symlink():
            shutil.copytree(item, new / item.name, symlinks=True)
        else:
            shutil.copy2(item, new / item.name, follow_symlinks=False)


def _settle(new: Path) -> None:
    """Makes every file durable before the folder is seen."""
    for folder, _, files in os.walk(new):
        for name in files:
            file = Path(folder, name)
            if file.is_symlink():
                continue
            handle = os.open(file, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    new.chmod(0o755)


def _take_place(new: Path, path: Path) -> None:
    real = Path(os.path.realpath(path))  # a link to a folder stays a link
    if not real.exists() or not any(real.iterdir()):
        new.rename(real)
    elif not _exchange(new, real):
        aside = new.with_name(new.name + ".old")  # no exchange on this system: for an instant neither is there
        real.rename(aside)
        new.rename(real)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """True where the two folders changed places in one step. Source: renameat2(2), flag RENAME_EXCHANGE."""
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(b))
