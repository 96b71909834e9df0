"""What is known of one version of a data set: its files, their hashes, and where the data came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from setsail.store.canonical import canonical, sha256_text, utc_text


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One Parquet file: path relative to the workspace, hash, size [bytes] and rows."""

    path: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type as text and whether it may hold nulls."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """One immutable version of a data set."""

    id: str
    kind: str
    name: str
    version: int
    recorded_at: datetime
    actor: str
    source: str
    licence: str
    rows: int
    files: tuple[StoredFile, ...]
    schema: tuple[Column, ...]
    meta: Mapping[str, object]

    @property
    def synthetic(self) -> bool:
        """True for made-up data; everything made from it must say so."""
        return bool(self.meta.get("synthetic"))

    @property
    def size(self) -> int:
        """Size of all files [bytes]."""
        return sum(file.size for file in self.files)

    @property
    def sha256(self) -> str:
        """Hash of the content alone (columns and bytes), named by runs as their input."""
        return sha256_text(canonical([self._columns(), [file.sha256 for file in self.files]]))

    @property
    def digest(self) -> str:
        """Hash of every field; the audit trail keeps it, so that a changed registry row is found."""
        return sha256_text(canonical(self.record()))

    def record(self) -> dict[str, object]:
        """Every field as plain JSON values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "recorded_at": utc_text(self.recorded_at),
            "actor": self.actor,
            "source": self.source,
            "licence": self.licence,
            "rows": self.rows,
            "files": [[file.path, file.sha256, file.size, file.rows] for file in self.files],
            "schema": self._columns(),
            "meta": dict(self.meta),
        }

    def _columns(self) -> list[list[object]]:
        return [[column.name, column.type, column.nullable] for column in self.schema]
