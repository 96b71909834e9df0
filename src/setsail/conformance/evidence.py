"""Evidence by its hashes: every file a judgement read, the design as one hash, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.store.canonical import canonical, sha256_file, sha256_text

PATTERNS = ("*.toml", "*.csv", "floors/*.geojson")
"""The files of a site folder that a judgement reads; whatever else lies there is no evidence."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the evidence. path : inside the site folder, with `/`, or the bare name of a file outside it."""

    path: str
    sha256: str
    size_bytes: int
    role: str = "design"


@dataclass(frozen=True, slots=True)
class Difference:
    """How a folder differs from the evidence of a certificate."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def none(self) -> bool:
        """True where every file is there, unchanged, and no other."""
        return not (self.changed or self.missing or self.added)


def of_folder(folder: Path) -> tuple[File, ...]:
    """The files of a site folder, by path. Raises BadInput where it is no folder, or a file cannot be read."""
    if not folder.is_dir():
        raise BadInput("is no folder", where=str(folder), allowed="a site folder", hint="setsail site new")
    found = sorted({p for pattern in PATTERNS for p in folder.glob(pattern) if p.is_file() and p.name[0] != "."})
    if not found:
        raise BadInput("holds no file of a site", where=str(folder), allowed=", ".join(PATTERNS))
    return tuple(_file(p, p.relative_to(folder).as_posix(), "design") for p in found)


def of_files(paths: Sequence[Path], role: str) -> tuple[File, ...]:
    """Files outside the site folder, such as the log of a walk test. Raises BadInput."""
    return tuple(_file(path, path.name, role) for path in paths)


def design_hash(files: Iterable[File]) -> str:
    """One SHA-256 for a design: of the canonical list of its files' paths and hashes."""
    return sha256_text(canonical({f.path: f.sha256 for f in files if f.role == "design"}))


def compared(files: Iterable[File], folder: Path) -> Difference:
    """What differs between the design files of a certificate and those of a folder. Raises BadInput."""
    then = {f.path: f.sha256 for f in files if f.role == "design"}
    now = {f.path: f.sha256 for f in of_folder(folder)}
    return Difference(
        changed=tuple(sorted(p for p in then.keys() & now.keys() if then[p] != now[p])),
        missing=tuple(sorted(then.keys() - now.keys())),
        added=tuple(sorted(now.keys() - then.keys())),
    )


def _file(path: Path, name: str, role: str) -> File:
    try:
        return File(name, sha256_file(path), path.stat().st_size, role)
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror or err}", where=str(path), hint="check its rights") from err
