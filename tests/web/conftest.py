"""A server on a temporary workspace, people of every role, and a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from setsail.store import passwords, people
from setsail.store.opening import DATABASE_VARIABLE
from setsail.store.passwords import hashed
from setsail.store.workspace import Workspace
from setsail.web.app import create_app
from setsail.web.settings import Settings
from tests.store.conftest import postgres_server as postgres_server  # noqa: PLC0414 - a fixture
from tests.web.asgi import Client

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "a long enough password"


@dataclass(slots=True)
class Clock:
    """The time that the server is told."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@cache
def password_hash() -> str:
    """Made once: a hash takes a tenth of a second by design."""
    return hashed(PASSWORD)


@dataclass(slots=True)
class Server:
    """An application, and people who use it."""

    settings: Settings
    clock: Clock
    app: FastAPI
    known: set[str] = field(default_factory=set)

    @property
    def engine(self) -> Any:
        return self.app.state.setsail.engine

    def client(self, role: str | None = None, *, organisation: str = "Example Hospital", name: str = "") -> Client:
        """A client of nobody, or of a person of that role who has signed in."""
        client = Client(self.app)
        if role is None:
            return client
        name = name or f"{role}.{organisation.split(maxsplit=1)[0].lower()}"
        if name not in self.known:
            self.known.add(name)
            people.add(
                self.engine, name, organisation=organisation, role=role, password_hash=password_hash(), actor="tester",
                now=self.clock(),
            )  # fmt: skip
        assert client.sign_in(name, PASSWORD).status_code == 200
        return client


MakeServer = Callable[..., Server]


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Hashes that cost little; a test of their own looks at the real ones."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: quick)
        yield


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace to copy, so that not every test migrates one."""
    root = tmp_path_factory.mktemp("web") / "workspace"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATABASE_VARIABLE, raising=False)
        Workspace.open(root).close()
    return root


@pytest.fixture
def make_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_workspace: Path) -> Iterator[MakeServer]:
    """Makes servers on the workspace of the test, with settings of one's own."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    made: list[Server] = []
    shutil.copytree(empty_workspace, tmp_path / "workspace")

    def make(**changes: Any) -> Server:
        clock = Clock()
        plain = Settings(
            tmp_path / "workspace", "a secret of forty-eight characters for the tests", worker=False, now=clock
        )
        settings = replace(plain, **changes)
        made.append(Server(settings, clock, create_app(settings)))
        return made[-1]

    yield make
    for server in made:
        server.engine.dispose()


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    """A server without a worker: jobs wait until the test works them off."""
    return make_server()
