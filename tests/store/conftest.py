"""Workspaces for the tests of the store: on SQLite, and on a private PostgreSQL where one is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from setsail.store.opening import DATABASE_VARIABLE
from setsail.store.registry import connect
from setsail.store.workspace import Workspace
from tests.store.postgres import server

Address = Callable[[], str | None]


@pytest.fixture(autouse=True)
def _no_database_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Address]:
    """Makes URLs of new, empty data bases."""
    with server() as pattern:
        numbers = count()

        def new() -> str:
            name = f"test_{next(numbers)}"
            engine = connect(pattern.replace("NAME", "postgres"))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
            engine.dispose()
            return pattern.replace("NAME", name)

        yield new


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Address of an empty registry: None for SQLite in the workspace."""
    if request.param == "sqlite":
        return None
    address: Address = request.getfixturevalue("postgres_server")
    return address()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def workspace(root: Path) -> Iterator[Workspace]:
    """An empty workspace on SQLite."""
    with Workspace.open(root) as opened:
        yield opened


@pytest.fixture
def either(root: Path, url: str | None) -> Iterator[Workspace]:
    """An empty workspace, once on each registry."""
    with Workspace.open(root, database_url=url) as opened:
        yield opened
