"""Lines that stay open end with the session that opened them, and with what they follow."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner

from setsail import api
from setsail.store import jobs, people
from setsail.web import streams
from tests.web.asgi import Client
from tests.web.conftest import NOW, Server

OURS = "/api/v1/rollouts/Example Hospital/drill"
PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_S", 0.02)
    monkeypatch.setattr(streams, "PROOF_S", 0.05)


@pytest.fixture
def folder(server: Server) -> Path:
    """A rollout of the organisation."""
    path = server.settings.rollouts_folder() / "Example Hospital" / "drill"
    api.rollout_example("huoshenshan-2020", path)
    return path


def remarked(folder: Path) -> None:
    """A remark in the log, which is news."""
    at = api.rollout_board(folder)["notice"]
    api.rollout_event(folder, "note", at=at, values={"text": "x"}, now=NOW, by="tester", clock=lambda: 0.0)


class Line:
    """A line that is open. told : what came so far."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.news = asyncio.Event()
        self.ended = asyncio.Event()

    async def heard(self, count: int) -> None:
        """Waits until so many came."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.told) < count:
                self.news.clear()
                await self.news.wait()

    async def over(self) -> None:
        """Waits until the server ends it."""
        await asyncio.wait_for(self.ended.wait(), PATIENCE_S)


@asynccontextmanager
async def line(client: Client, path: str) -> AsyncIterator[Line]:
    """A line of a browser, which leaves at the end of the block."""
    found, left = Line(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200
        if text := message.get("body", b"").decode():
            found.told.append(text)
            found.news.set()
        if message["type"] == "http.response.body" and not message.get("more_body"):
            found.ended.set()

    task = asyncio.create_task(client.app(client.scope(path), receive, send))
    try:
        yield found
    finally:
        left.set()
        await asyncio.wait_for(task, PATIENCE_S)


def closed(server: Server, client: Client, patch: pytest.MonkeyPatch) -> None:
    people.change(server.engine, "viewer.example", actor="tester", now=NOW, active=False)


def other_role(server: Server, client: Client, patch: pytest.MonkeyPatch) -> None:
    people.change(server.engine, "viewer.example", actor="tester", now=NOW, role="analyst")


def other_organisation(server: Server, client: Client, patch: pytest.MonkeyPatch) -> None:
    people.change(server.engine, "viewer.example", actor="tester", now=NOW, organisation="Other Office")


def expired(server: Server, client: Client, patch: pytest.MonkeyPatch) -> None:
    later = TimestampSigner("x").get_timestamp() + int(server.settings.session_s) + 1
    patch.setattr(TimestampSigner, "get_timestamp", lambda _: later)


ENDS: list[Callable[[Server, Client, pytest.MonkeyPatch], None]] = [closed, other_role, other_organisation, expired]


@pytest.mark.parametrize("end", ENDS)
def test_board_is_followed_until_the_session_ends(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[..., None]
) -> None:
    viewer = server.client("viewer")

    async def followed() -> None:
        async with line(viewer, f"{OURS}/changes") as open_line:
            await open_line.heard(1)
            remarked(folder)
            await open_line.heard(2)
            end(server, viewer, monkeypatch)
            await open_line.over()

    asyncio.run(followed())


def test_signing_out_ends_the_lines_of_that_session_and_leaves_another_of_the_same_person(
    server: Server, folder: Path
) -> None:
    here, elsewhere = server.client("viewer"), server.client("viewer")

    async def followed() -> None:
        async with line(here, f"{OURS}/changes") as mine, line(elsewhere, f"{OURS}/changes") as other:
            await mine.heard(1)
            await other.heard(1)
            copy = dict(here.cookies)
            assert (await here.ask("DELETE", "/api/v1/session")).status_code == 200
            await mine.over()
            here.cookies |= copy
            assert (await here.ask("GET", "/api/v1/rollouts")).status_code == 401
            remarked(folder)
            await other.heard(2)
            assert not other.ended.is_set()

    asyncio.run(followed())


def test_line_of_a_job_ends_with_the_session(server: Server) -> None:
    viewer = server.client("viewer")
    job = jobs.enqueue(server.engine, "check", {}, actor="viewer.example", now=NOW)

    async def followed() -> None:
        async with line(viewer, f"/api/v1/jobs/{job.id}/events") as open_line:
            await open_line.heard(1)
            people.change(server.engine, "viewer.example", actor="tester", now=NOW, active=False)
            await open_line.over()

    asyncio.run(followed())


def test_line_of_a_rollout_that_is_removed_says_so_and_ends(server: Server, folder: Path) -> None:
    viewer = server.client("viewer")

    async def followed() -> None:
        async with line(viewer, f"{OURS}/changes") as open_line:
            await open_line.heard(1)
            shutil.rmtree(folder)
            await open_line.over()
            assert json.loads(open_line.told[-1].removeprefix("data: ")) == {"pulse": ""}

    asyncio.run(followed())
    assert viewer.get(OURS.replace(" ", "%20")).status_code == 404
