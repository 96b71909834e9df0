from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from setsail.store.migrate import migrate, revision
from setsail.store.registry import REVISION, metadata, reading
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
