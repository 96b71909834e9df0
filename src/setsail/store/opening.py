"""Opening a workspace: made on first use, bound to one registry, safe under several first openings at once."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import sqlalchemy as sa

from setsail.base.errors import BadInput, StoreConflict, StoreCorrupt, UnknownName
from setsail.store.leases import LOCK, locked, sync_folder
from setsail.store.migrate import migrate, require_known, revision
from setsail.store.registry import REVISION, connect, identity, reading, sqlite_url, told_url, writing

MARK = "workspace.json"
REGISTRY = "registry.sqlite"
TEMPORARY = ("incoming", "scratch")
FOLDERS = ("data", *TEMPORARY)
DATABASE_VARIABLE = "SETSAIL_DATABASE_URL"
BESIDE = ("sites", "rollouts")
"""Folders of the user's that may be there before the workspace is."""
FORM = 1
"""Number of the folder's layout."""


def open_registry(root: Path, database_url: str | None, *, create: bool) -> sa.Engine:
    """The registry of the workspace at `root`, migrated and known to belong to it."""
    _require_place(root, create=create)
    url = database_url or os.environ.get(DATABASE_VARIABLE) or sqlite_url(root / REGISTRY)
    engine = connect(url)
    try:
        if not _ready(root, engine):
            _make(root, engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _require_place(root: Path, *, create: bool) -> None:
    if (root / MARK).is_file():
        return
    if not create:
        raise UnknownName("is not a workspace", where=str(root), hint="setsail data ingest makes one; or --workspace")
    if root.exists() and not root.is_dir():
        raise BadInput("is a file", where=str(root), allowed="a folder")
    ours = {LOCK, MARK, *FOLDERS, *BESIDE}
    strange = sorted(
        entry.name
        for entry in (root.iterdir() if root.exists() else ())
        if entry.name not in ours and not entry.name.startswith((REGISTRY, f".{MARK}"))
    )
    if strange:
        raise BadInput(
            f"holds {strange[0]!r} and is not a workspace", where=str(root), allowed="an empty or a new folder"
        )


def _ready(root: Path, engine: sa.Engine) -> bool:
    """True for a workspace that needs nothing; the common case, which takes no lock."""
    if not (root / MARK).is_file() or _lacks_file(engine):
        return False
    found = revision(engine)
    require_known(found, told_url(engine.url.render_as_string()))
    return found == REVISION and _bound_to(engine, _workspace_id(root))


def _make(root: Path, engine: sa.Engine) -> None:
    root.mkdir(parents=True, exist_ok=True)
    with locked(root / LOCK):
        for name in FOLDERS:
            (root / name).mkdir(exist_ok=True)
        if not (root / MARK).is_file():
            _write_mark(root)
        if _holds_data(root) and (_lacks_file(engine) or revision(engine) is None):
            raise _strangers(root, engine)  # before anything is made in a data base that is not ours
        migrate(engine)
        _bind(root, engine)


def _bind(root: Path, engine: sa.Engine) -> None:
    """Writes the folder's id into a new registry. Raises StoreConflict where the two do not belong together."""
    workspace_id = _workspace_id(root)
    with writing(engine) as connection:
        bound = connection.execute(sa.select(identity.c.workspace_id)).scalar()
        if bound is None and not _holds_data(root):
            connection.execute(sa.insert(identity).values(one=1, workspace_id=workspace_id))
            bound = workspace_id
    if bound != workspace_id:
        raise _strangers(root, engine)


def _holds_data(root: Path) -> bool:
    return any((root / "data").iterdir())


def _bound_to(engine: sa.Engine, workspace_id: str) -> bool:
    with reading(engine) as connection:
        return bool(connection.execute(sa.select(identity.c.workspace_id)).scalar() == workspace_id)


def _strangers(root: Path, engine: sa.Engine) -> StoreConflict:
    return StoreConflict(
        f"the registry {told_url(engine.url.render_as_string())} is not the one of this folder",
        where=str(root),
        hint=f"check {DATABASE_VARIABLE}, or bring {REGISTRY} back; one registry serves one workspace",
    )


def _lacks_file(engine: sa.Engine) -> bool:
    """True where SQLite would make an empty data base by being asked."""
    path = engine.url.database
    return engine.dialect.name == "sqlite" and not (path and Path(path).is_file())


def _workspace_id(root: Path) -> str:
    try:
        mark = json.loads((root / MARK).read_text(encoding="utf-8"))
        form, workspace_id = int(mark["form"]), str(mark["id"])
    except (ValueError, KeyError, TypeError) as err:
        raise StoreCorrupt("cannot be read", where=str(root / MARK)) from err
    if form > FORM:
        raise StoreConflict(f"has form {form}", where=str(root), allowed=f"up to {FORM}", hint="update setsail")
    return workspace_id


def _write_mark(root: Path) -> None:
    temporary = root / f".{MARK}.{secrets.token_hex(4)}"
    with temporary.open("x", encoding="utf-8") as file:
        file.write(json.dumps({"form": FORM, "id": secrets.token_hex(10)}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(root / MARK)
    sync_folder(root)
