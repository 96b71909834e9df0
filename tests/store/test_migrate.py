from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from setsail.base.errors import StoreConflict
from setsail.store.migrate import migrate, revision
from setsail.store.registry import REVISION, connect, metadata, people, reading, sqlite_url, writing
from setsail.store.workspace import Workspace


def test_migrations_end_at_the_revision_that_the_code_states() -> None:
    config = Config()
    config.set_main_option("script_location", "setsail.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_migrated_registry_has_the_tables_that_the_code_states(either: Workspace) -> None:
    with reading(either.engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_migrating_twice_changes_nothing(either: Workspace) -> None:
    migrate(either.engine)
    assert revision(either.engine) == REVISION


def test_sqlite_registry_uses_its_write_ahead_log_and_foreign_keys(workspace: Workspace) -> None:
    with reading(workspace.engine) as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
    assert pragmas == ["wal", 1]


def test_accounts_of_an_older_registry_survive_and_may_become_dispatchers(tmp_path: Path) -> None:
    engine = connect(sqlite_url(tmp_path / "old.sqlite"))
    with writing(engine, chain=False) as connection:
        config = Config()
        config.set_main_option("script_location", "setsail.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        row = {"name": "synthetic-a", "organisation": "A", "role": "engineer", "password_hash": "x", "active": True}
        connection.execute(sa.insert(people).values(row | {"epoch": 3, "created_at": "2026-01-01T00:00:00+00:00"}))
    migrate(engine)
    with writing(engine, chain=False) as connection:
        assert connection.execute(sa.select(people.c.epoch)).scalars().all() == [3]
        connection.execute(sa.update(people).values(role="dispatcher"))
    with pytest.raises(StoreConflict), writing(engine, chain=False) as connection:
        connection.execute(sa.update(people).values(role="captain"))
    engine.dispose()
