"""Brings a registry to the revision that this code stands on. Alembic is imported only when there is work."""

from __future__ import annotations

import sqlalchemy as sa

from setsail.base.errors import StoreConflict
from setsail.store.registry import REVISION, reading, writing

_LOCK_KEY = 0x5E75A11
"""Number of the PostgreSQL advisory lock that migrations of all machines queue at."""


def revision(engine: sa.Engine) -> str | None:
    """The revision that the registry is at; None for an empty data base."""
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: sa.Engine) -> None:
    """Runs what is missing, in one transaction. Raises StoreConflict for a registry of a newer release."""
    if engine.dialect.name == "sqlite":
        _use_wal(engine)
    with writing(engine, chain=False) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
        _upgrade(connection)


def require_known(found: str | None, where: str) -> None:
    """Raises StoreConflict where the registry is newer than this code."""
    if found is not None and found > REVISION:
        raise StoreConflict(
            f"the registry is at revision {found}", where=where, allowed=f"up to {REVISION}", hint="update setsail"
        )


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - costs 0.2 s, needed once in the life of a workspace
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "setsail.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _use_wal(engine: sa.Engine) -> None:
    """WAL stays with the file; it cannot be set inside a transaction."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()
    finally:
        connection.close()
