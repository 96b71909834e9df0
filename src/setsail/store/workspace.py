"""A workspace folder: immutable data sets, a registry that says what is true, and an audit trail.

    workspace.json       who this folder is; a registry serves one workspace only
    registry.sqlite      manifests, runs, jobs, audit (or a PostgreSQL data base by URL)
    data/KIND/NAME/ID/   the Parquet files of one version
    incoming/ scratch/   folders of living processes; leftovers of dead ones are swept
    .lock                excludes sweeping and publishing from each other

A data set is there when its registry row is. Files come first (written, fsynced, renamed), the row last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from setsail.base.errors import StoreConflict, StoreCorrupt, UnknownName
from setsail.store import audit as trail
from setsail.store import opening
from setsail.store.canonical import checked_name, plain, utc_text
from setsail.store.check import check_files
from setsail.store.findings import Finding
from setsail.store.leases import LOCK, lease, locked, sweep_leases, sync_folder
from setsail.store.manifest import Manifest
from setsail.store.manifests import insert, read, select
from setsail.store.registry import manifests as table
from setsail.store.registry import reading, writing
from setsail.store.runs import Run, insert_run, read_runs

if TYPE_CHECKING:
    import pyarrow as pa

Within = Callable[[sa.Connection, Manifest], None]
"""Something that belongs into the transaction that registers a data set."""


class Workspace:
    """A folder of data sets and its registry; open it with `Workspace.open`."""

    def __init__(self, root: Path, engine: sa.Engine) -> None:
        self.root, self.engine = root, engine

    @classmethod
    def open(cls, root: Path, *, database_url: str | None = None, create: bool = True) -> Workspace:
        """The workspace at `root`, made on first use where `create` allows.

        database_url : registry, else the environment's SETSAIL_DATABASE_URL, else SQLite in the folder.
        Raises UnknownName (none there and not `create`), BadInput (folder of something else, no server),
        StoreConflict (the registry is another workspace's, or of a newer release).
        """
        folder = root.expanduser().absolute()
        return cls(folder, opening.open_registry(folder, database_url, create=create))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives back the connections."""
        self.engine.dispose()

    def write(
        self,
        kind: str,
        name: str,
        batches: Iterable[pa.RecordBatch],
        *,
        schema: pa.Schema,
        source: str,
        licence: str,
        recorded_at: datetime,
        actor: str,
        meta: Mapping[str, object] | Callable[[], Mapping[str, object]] | None = None,
        within: Within | None = None,
    ) -> Manifest:
        """The manifest of a new version of the data set `name`, which is whole, durable and registered, or not there.

        batches : streamed; memory stays near one row group.  recorded_at : aware time, also that of the audit entry.
        meta : facts to keep; a function is asked once all batches are written, for what only the end knows.
        within : called in the transaction that registers the data set; where it raises, nothing is registered.
        Raises BadInput (name, schema, batch), StoreConflict (the name is taken by another kind); whatever `batches`
        raises comes through, with nothing left behind.
        """
        from setsail.store.parquet import write_files  # noqa: PLC0415 - keeps pyarrow out of listing commands
        from setsail.store.schema import columns, require_storable  # noqa: PLC0415

        where = f"{checked_name(kind, 'kind')}/{checked_name(name, 'name')}"
        require_storable(schema, where)
        draft = Manifest(
            id=new_id(), kind=kind, name=name, version=0, recorded_at=_aware(recorded_at), actor=actor,
            source=source, licence=licence, rows=0, files=(), schema=columns(schema),
            meta={} if callable(meta) else plain(meta or {}, "meta"),
        )  # fmt: skip
        self._require_kind(draft)
        self.sweep_temporary()
        with lease(self.root, "incoming", draft.id) as folder:
            files = write_files(folder, batches, schema, where)
            if callable(meta):
                draft = replace(draft, meta=plain(meta(), "meta"))
            home = f"data/{kind}/{name}/{draft.id}"
            placed = tuple(replace(file, path=f"{home}/{file.path}") for file in files)
            whole = replace(draft, files=placed, rows=sum(file.rows for file in files))
            return self._publish(folder, whole, within)

    def manifests(self, kind: str | None = None, name: str | None = None) -> list[Manifest]:
        """Every version, by name and then version, of that kind and name."""
        with reading(self.engine) as connection:
            return read(connection, select(kind, name))

    def latest(self, name: str) -> Manifest:
        """The newest version of a data set. Raises UnknownName with the names there are."""
        with reading(self.engine) as connection:
            found = read(connection, select(None, name))
            if found:
                return found[-1]
            names = connection.execute(sa.select(table.c.name).distinct().order_by(table.c.name)).scalars().all()
        hint = "setsail data ingest FILE --as KIND" if not names else ""
        raise UnknownName(f"no data set {name!r}", where=str(self.root), allowed=", ".join(names) or "-", hint=hint)

    def manifest(self, manifest_id: str) -> Manifest:
        """The version of that id. Raises UnknownName."""
        with reading(self.engine) as connection:
            found = read(connection, sa.select(table).where(table.c.id == manifest_id))
        if not found:
            raise UnknownName(f"no manifest {manifest_id!r}", where=str(self.root))
        return found[0]

    def files(self, manifest: Manifest) -> list[Path]:
        """Absolute paths of its Parquet files. Raises StoreCorrupt where one is gone."""
        paths = [self.root / file.path for file in manifest.files]
        for path in paths:
            if not path.is_file():
                raise StoreCorrupt("is gone", where=str(path), hint="setsail admin check")
        return paths

    def check(self, manifest: Manifest) -> list[Finding]:
        """What is not as the manifest says: files gone, changed, cut, added; rows; columns. Empty when all is well."""
        return check_files(self.root, manifest)

    def record_run(self, run: Run) -> Run:
        """The run as registered, with its audit entry. A run without an id is given one."""
        named = run if run.id else replace(run, id=new_id())
        with writing(self.engine) as connection:
            insert_run(connection, named)
            detail = {"study": named.study, "digest": named.digest}
            trail.append(
                connection, at=named.ended_at, actor=named.actor, action="run", subject=named.id, detail=detail
            )
        return named

    def runs(self, study: str | None = None) -> list[Run]:
        """Runs in the order of their end."""
        with reading(self.engine) as connection:
            return read_runs(connection, study)

    def audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> trail.Entry:
        """A new entry of the audit trail."""
        with writing(self.engine) as connection:
            return trail.append(connection, at=at, actor=actor, action=action, subject=subject, detail=detail or {})

    def audit_entries(self, *, after: int = 0) -> list[trail.Entry]:
        """Entries of the audit trail in their order."""
        with reading(self.engine) as connection:
            return list(trail.entries(connection, after=after))

    def audit_newest(self, *, before: int | None = None, limit: int) -> list[trail.Entry]:
        """The newest entries of the audit trail first, from the one before `before`."""
        with reading(self.engine) as connection:
            return trail.newest(connection, before=before, limit=limit)

    def verify_audit(self, *, noted: str | None = None) -> list[Finding]:
        """What is wrong with the audit chain; empty when whole. `noted`: a hash that must still be in it."""
        with reading(self.engine) as connection:
            return trail.verify_audit(connection, noted=noted)

    def sweep_temporary(self) -> list[str]:
        """Temporary folders of dead processes, removed; nothing where another process is publishing right now."""
        with locked(self.root / LOCK, wait=False) as alone:
            return [name for place in opening.TEMPORARY for name in sweep_leases(self.root, place)] if alone else []

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for the block, on the disk of the workspace, swept if this process dies."""
        with lease(self.root, "scratch", new_id()) as folder:
            yield folder

    def _require_kind(self, draft: Manifest) -> None:
        """Refuses early what `_publish` would refuse after all the rows are written."""
        with reading(self.engine) as connection:
            _require_same_kind(connection, draft)

    def _publish(self, folder: Path, draft: Manifest, within: Within | None) -> Manifest:
        """Moves the files home, then commits the row. A death between the two leaves files that no row names."""
        home = self.root / "data" / draft.kind / draft.name
        with locked(self.root / LOCK, shared=True):
            _make_durably(home, self.root)
            folder.rename(home / draft.id)
            sync_folder(home)
            with writing(self.engine) as connection:
                _require_same_kind(connection, draft)
                manifest = insert(connection, draft)
                trail.append(
                    connection, at=manifest.recorded_at, actor=manifest.actor, action="write",
                    subject=manifest.id, detail={"name": manifest.name, "version": manifest.version,
                                                 "rows": manifest.rows, "digest": manifest.digest},
                )  # fmt: skip
                if within:
                    within(connection, manifest)
        return manifest


def new_id() -> str:
    """An id that no other process makes."""
    return secrets.token_hex(10)


def _aware(at: datetime) -> datetime:
    utc_text(at, "recorded_at")
    return at


def _require_same_kind(connection: sa.Connection, draft: Manifest) -> None:
    other = connection.execute(
        sa.select(table.c.kind).where(table.c.name == draft.name, table.c.kind != draft.kind).limit(1)
    ).scalar()
    if other is not None:
        raise StoreConflict(
            f"is a data set of {other}", where=f"name {draft.name!r}", allowed=f"a new version of {other}",
            hint="choose another --name",
        )  # fmt: skip


def _make_durably(folder: Path, root: Path) -> None:
    """Makes a folder below `root` and the entries of its parents durable."""
    missing = [folder, *(parent for parent in folder.parents if root in parent.parents)]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)
