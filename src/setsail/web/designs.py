"""Opened designs that a server keeps: the last used, up to a bound of memory, each made once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request

from setsail import api
from setsail.base.errors import UnknownName

if TYPE_CHECKING:
    from setsail.conformance.verify_facts import Assessed

MOST_BYTES = 768 * 1024 * 1024
READ = ("site.toml", "needs.csv", "floors/*.geojson", "network.toml", "heads.csv", "flows.csv", ".network.journal")


def revision_of(folder: Path, profile: str) -> str:
    """A name of what a folder holds and what judges it: another as soon as one of its files changes."""
    files = sorted(p for pattern in READ for p in folder.glob(pattern))
    parts = [f"{p.relative_to(folder)} {p.stat().st_mtime_ns} {p.stat().st_size} {p.stat().st_ino}" for p in files]
    return hashlib.sha256("\n".join((str(folder), profile, *parts)).encode()).hexdigest()[:24]


@dataclass(slots=True)
class Designs:
    """Opened designs by revision; the least used go first. `most_bytes` : of all together, the newest always stays."""

    most_bytes: int = MOST_BYTES
    kept: OrderedDict[str, tuple[Path, Assessed, int]] = field(default_factory=OrderedDict)
    held: threading.Lock = field(default_factory=threading.Lock)
    making: dict[str, threading.Lock] = field(default_factory=dict)

    def of(self, folder: Path, profile: str) -> tuple[str, Assessed]:
        """The design of a folder as it is now, and its revision. Raises BadInput."""
        revision = revision_of(folder, profile)
        return revision, self.made(revision, folder, lambda: api.design_open(folder, profile=profile))

    def at(self, folder: Path, revision: str, profile: str) -> Assessed:
        """The design of that revision, of that folder only: kept, or as the folder holds it now. Raises UnknownName."""
        if revision == revision_of(folder, profile):
            return self.of(folder, profile)[1]
        with self.held:
            found = self.kept.get(revision)
            if found is None or found[0] != folder:
                raise UnknownName("is not kept any more", where="revision", hint="ask for the design again")
            self.kept.move_to_end(revision)
            return found[1]

    def made(self, revision: str, folder: Path, make: Callable[[], Assessed]) -> Assessed:
        """The design of that revision; `make` is called where it is not kept, once for all who wait for it."""
        with self.held:
            turn = self.making.setdefault(revision, threading.Lock())
        with turn:
            with self.held:
                found = self.kept.get(revision)
                if found is not None:
                    self.kept.move_to_end(revision)
                    return found[1]
            made = make()
            self._keep(revision, folder, made)
        return made

    def _keep(self, revision: str, folder: Path, made: Assessed) -> None:
        with self.held:
            self.kept[revision] = (folder, made, api.design_bytes(made))
            while len(self.kept) > 1 and sum(size for _, _, size in self.kept.values()) > self.most_bytes:
                self.kept.popitem(last=False)
            self.making = {name: lock for name, lock in self.making.items() if lock.locked()}


def designs_of(request: Request) -> Designs:
    """The designs that this server keeps."""
    if not hasattr(request.app.state, "designs"):
        request.app.state.designs = Designs()
    found: Designs = request.app.state.designs
    return found
