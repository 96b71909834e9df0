"""A site's network on disk: three files that change together or not at all, and one writer at a time.

A change is first written whole into one journal beside the files. From the moment that the journal has its name, the
change has happened: a reader takes it from there, and whoever writes next brings the files up to it. Before that moment
nothing has happened. So a process may end anywhere, and nobody sees the files of two networks mixed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput, StoreConflict, StoreCorrupt
from setsail.base.tables import read_text
from setsail.base.writing import write_whole
from setsail.design.network.model import Network
from setsail.design.network.text import FILES, FLOWS, HEADS, TOML, network_of, texts
from setsail.store.leases import locked, sync_folder

JOURNAL, LOCK = ".network.journal", ".network.lock"
ATTEMPTS = 50
"""Of a reader, while writers replace the files under it."""
Stamp = tuple[tuple[int, int, int] | None, ...]

__all__ = ["FILES", "FLOWS", "HEADS", "JOURNAL", "LOCK", "TOML", "Claim", "claim", "exists", "read", "write"]


def exists(path: Path) -> bool:
    """Whether a folder holds a network."""
    return (path / TOML).exists() or (path / JOURNAL).exists()


def read(path: Path, *, flows: bool = True) -> Network:
    """The network of a site's folder. Raises BadInput (file and line), UnknownName, DuplicateKey, OutOfRange.

    flows : whether `flows.csv` must be there; heads placed by hand come without.
    """
    if not path.is_dir():
        raise BadInput("is no folder", where=str(path), allowed="the folder of a site")
    if not exists(path):
        raise BadInput("holds no network", where=str(path), allowed=", ".join(FILES), hint=f"setsail design run {path}")
    return network_of(_read_texts(path, flows=flows), str(path))


def write(network: Network, path: Path) -> None:
    """Puts the network in place of that of the folder, all files or none.

    Raises StoreConflict where another process is writing there, BadInput where the network is not sound or no file
    can be written.
    """
    with claim(path) as mine:
        mine.write(network)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to change the network of one folder, held for as long as a design takes."""

    path: Path
    stamp: Stamp

    def write(self, network: Network) -> None:
        """Puts the network in place. Raises StoreConflict where a person has changed a file since the claim."""
        ready = texts(network)
        network_of(ready, str(self.path))  # what cannot be read again is not written
        if _stamp(self.path, FILES) != self.stamp:
            raise StoreConflict("was changed while the design was made", where=str(self.path),
                                hint="run the design again: the change is kept")  # fmt: skip
        _commit(self.path, ready)


@contextmanager
def claim(path: Path) -> Iterator[Claim]:
    """Holds the right to change the network of a folder. Raises StoreConflict where another process holds it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        holder = locked(path / LOCK, wait=False)
        mine = holder.__enter__()
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(path), hint="another folder") from err
    try:
        if not mine:
            raise StoreConflict("is being designed by another process", where=str(path), hint="wait until it ends")
        _roll_forward(path)
        yield Claim(path, _stamp(path, FILES))
    finally:
        holder.__exit__(None, None, None)


def _commit(path: Path, ready: Mapping[str, str]) -> None:
    write_whole(path / JOURNAL, _journal_text(ready))
    sync_folder(path)
    _roll_forward(path)


def _roll_forward(path: Path) -> None:
    """Brings the files up to the journal, if there is one; calling it twice is as calling it once."""
    if (path / JOURNAL).exists():
        for name, text in _journal(path).items():
            write_whole(path / name, text)
        sync_folder(path)
        (path / JOURNAL).unlink()
        sync_folder(path)


def _journal_text(ready: Mapping[str, str]) -> str:
    body = json.dumps(dict(ready), ensure_ascii=False)
    return json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "files": dict(ready)}, ensure_ascii=False)


def _journal(path: Path) -> dict[str, str]:
    where = str(path / JOURNAL)
    try:
        told = json.loads(read_text(path / JOURNAL))
        files: dict[str, str] = {name: told["files"][name] for name in FILES}
        body = json.dumps(files, ensure_ascii=False)
        sound = told["sha256"] == hashlib.sha256(body.encode()).hexdigest()
    except (ValueError, KeyError, TypeError) as err:
        raise StoreCorrupt("is not a journal", where=where, hint="remove it: the files beside it are older") from err
    if not sound:
        raise StoreCorrupt("does not match its checksum", where=where, hint="remove it: the files beside it are older")
    return files


def _read_texts(path: Path, *, flows: bool) -> dict[str, str]:
    """The texts of one moment: of the journal, or of three files that stayed as they were while they were read."""
    for _ in range(ATTEMPTS):
        before = _stamp(path, (*FILES, JOURNAL))
        try:
            if before[-1] is not None:
                return _journal(path)
            found = {name: read_text(path / name) for name in FILES if flows or before[FILES.index(name)]}
        except BadInput:
            if _stamp(path, (*FILES, JOURNAL)) == before:
                raise
            continue
        if _stamp(path, (*FILES, JOURNAL)) == before:
            return found
    raise StoreConflict("is written again and again", where=str(path), hint="read it when the writers have ended")


def _stamp(path: Path, names: tuple[str, ...]) -> Stamp:
    return tuple(_mark(path / name) for name in names)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size
