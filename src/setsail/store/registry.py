"""The registry data base: its tables, its address, and the two kinds of transaction. SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from setsail.base.errors import BadInput, SetSailError, StoreConflict, StoreCorrupt
from setsail.base.extras import require

REVISION = "0003"
"""The migration that this code stands on."""
BUSY_MS = 60_000
"""How long a transaction waits for another process [ms]."""

metadata = sa.MetaData()

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1", name="identity_one_row"), primary_key=True),
    sa.Column("workspace_id", sa.String(40), nullable=False),
)

manifests = sa.Table(
    "manifests",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(63), nullable=False, index=True),
    sa.Column("name", sa.String(63), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("files", sa.Text, nullable=False),
    sa.Column("schema", sa.Text, nullable=False),
    sa.Column("meta", sa.Text, nullable=False),
    sa.UniqueConstraint("name", "version", name="manifests_name_version"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("study", sa.String(63), nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("standards", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32), nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("task", sa.String(63), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("cancel_asked", sa.Boolean, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("queued_at", sa.String(32), nullable=False),
    sa.Column("heartbeat_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="jobs_state"),
    sa.Index("jobs_state_id", "state", "id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.String(63), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("prev", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)


people = sa.Table(
    "people",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.CheckConstraint(
        "role IN ('viewer', 'analyst', 'engineer', 'assessor', 'dispatcher', 'administrator')", name="people_role"
    ),
)


def sqlite_url(path: Path) -> str:
    """Address of a SQLite registry."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


def told_url(url: str) -> str:
    """The address without its password, for people."""
    return make_url(url).render_as_string(hide_password=True)


def connect(url: str) -> sa.Engine:
    """The registry at a URL (`sqlite:///...` or `postgresql://...`). Raises BadInput, MissingExtra."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as err:
        raise BadInput("is not a data base URL", where="SETSAIL_DATABASE_URL", allowed=ALLOWED_URL) from err
    backend = {"postgres": "postgresql"}.get(parsed.get_backend_name(), parsed.get_backend_name())
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend == "postgresql":
        require("psycopg", "postgres")
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise BadInput(f"speaks of {backend!r}", where="SETSAIL_DATABASE_URL", allowed=ALLOWED_URL)


ALLOWED_URL = "postgresql://user:password@host/database, or nothing for SQLite in the workspace"


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent view of the registry; never waits for a writer."""
    with translated(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine, *, chain: bool = True) -> Iterator[sa.Connection]:
    """One transaction that commits at the end or leaves nothing.

    With `chain`, writers stand in one queue, because each audit entry names the hash of the one before.
    """
    with translated(engine), engine.connect() as bare:
        connection = bare.execution_options(writes=True)
        with connection.begin():
            if chain and engine.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
            yield connection


@contextmanager
def translated(engine: sa.Engine) -> Iterator[None]:
    """Errors of the data base as ours: StoreConflict (busy, rule broken), StoreCorrupt, BadInput (no server)."""
    try:
        yield
    except sa.exc.DBAPIError as err:
        raise _ours(err, engine.url.render_as_string(hide_password=True)) from err


def _ours(err: sa.exc.DBAPIError, where: str) -> SetSailError:
    what = str(err.orig).strip().splitlines()[0] if str(err.orig).strip() else type(err.orig).__name__
    if isinstance(err, sa.exc.IntegrityError):
        return StoreConflict(what, where=where, hint="read again and repeat")
    if isinstance(err.orig, sqlite3.DatabaseError):
        code = getattr(err.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StoreConflict(what, where=where, hint="another process holds the registry; repeat")
        if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            return BadInput(what, where=where, hint="check the rights and the space of the folder")
        return StoreCorrupt(what, where=where)
    if isinstance(err, sa.exc.OperationalError):
        return BadInput(what, where=where, hint="is the data base server running and the address right?")
    return StoreConflict(what, where=where)


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_MS / 1000})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, DDL included
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
