"""Driving times of a large rollout kept beside its log, so that an event does not work them out again."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np

from setsail.rollout.model import Rollout
from setsail.rollout.travel.matrix import TravelTimes
from setsail.rollout.travel.study import times

FOLDER = ".travel"
"""In the rollout's folder. It may be deleted at any time; what is in it is worked out again."""
FROM_PLACES = 1000
"""Below, working them out is as quick as reading."""
MOST_KEPT = 2
VERSION = 1
"""Raised whenever the same rollout would give other times."""


def kept_times(folder: Path | None, rollout: Rollout, closed: frozenset[str] = frozenset()) -> TravelTimes:
    """The same as `study.times`, from a file of an earlier call where one is there; else one is written if it can be.

    A file is found by the SHA-256 of everything that the times rest on, so that a changed rollout finds none.
    """
    if folder is None or rollout.travel.method != "circle" or len(rollout.sites) < FROM_PLACES:
        return times(rollout, closed)
    file = folder / FOLDER / f"{_mark(rollout, closed)}.npy"
    found = _read(file, rollout)
    if found is None:
        found = times(rollout, closed)
        with contextlib.suppress(OSError):  # a full disk or a folder that cannot be written costs time, nothing else
            _write(file, found)
    return found


def _mark(rollout: Rollout, closed: frozenset[str]) -> str:
    """What tells one set of driving times from another."""
    told = hashlib.sha256(f"{VERSION} {rollout.travel} {rollout.bridges} {sorted(closed)}".encode())
    for depot in rollout.depots:
        told.update(f"{depot.depot!r} {depot.latitude_deg} {depot.longitude_deg} {depot.bank!r}".encode())
    for site in rollout.sites:
        told.update(f"{site.site!r} {site.latitude_deg} {site.longitude_deg} {site.bank!r}".encode())
    return told.hexdigest()[:32]


def _read(file: Path, rollout: Rollout) -> TravelTimes | None:
    """The times of a file, mapped into memory; None where there is none, or none that is whole."""
    names = tuple([d.depot for d in rollout.depots] + [s.site for s in rollout.sites])
    try:
        both = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if both.shape != (2, len(names), len(names)) or both.dtype != np.int32:
        return None
    plain = both.view(np.ndarray)
    return TravelTimes(names, {name: i for i, name in enumerate(names)}, plain[0], plain[1])


def _write(file: Path, found: TravelTimes) -> None:
    """Writes a file whole or not at all, and lets go of the oldest ones."""
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        n = len(found.places)
        both = np.lib.format.open_memmap(part, mode="w+", dtype=np.int32, shape=(2, n, n))
        both[0], both[1] = found.seconds, found.metres
        both.flush()
        del both
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    kept = sorted(file.parent.glob("*.npy"), key=lambda f: f.stat().st_mtime, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink(missing_ok=True)
