"""What tests of the conference share: a server of their own, or the reason why there is none."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from setsail.base.errors import MissingExtra
from setsail.conference.server.find import find_janus
from setsail.conference.server.opening import Server, open_server

T = TypeVar("T")


def _why_not() -> str:
    pytest.importorskip("websockets", reason="the extra 'conference' is not installed")
    try:
        find_janus()
    except MissingExtra as err:
        return str(err)
    return ""


@pytest.fixture(scope="session")
def janus_here() -> None:
    """Skips where Janus is not to be had, with the product's own line."""
    if why := _why_not():
        pytest.skip(why)


class _Loop:
    """An event loop in a thread of its own that lives as long as the session."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="conference")
        self.thread.start()

    def run(self, what: Awaitable[T]) -> T:
        async def waited() -> T:
            return await what

        return asyncio.run_coroutine_threadsafe(waited(), self.loop).result(60)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(scope="session")
def janus_server(janus_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Janus for the whole session, without rooms: each test makes one of its own number (`room_number`).

    Talk to it from any event loop by `Client.connect(janus_server.place)`. Do not kill it: `open_server` is for that.
    """
    loop = _Loop()
    opened = open_server(folder=tmp_path_factory.mktemp("janus"))
    try:
        server = loop.run(opened.__aenter__())
        try:
            yield server
        finally:
            loop.run(opened.__aexit__(None, None, None))
    finally:
        loop.end()


_numbers = iter(range(5000, 10**6))


@pytest.fixture
def room_number() -> int:
    """A room number that no other test has."""
    return next(_numbers)


@pytest.fixture
def run_async() -> Callable[[Awaitable[Any]], Any]:
    """Runs a coroutine to its end, within a minute."""

    def run(what: Awaitable[Any]) -> Any:
        async def waited() -> Any:
            async with asyncio.timeout(60):
                return await what

        return asyncio.run(waited())

    return run


@pytest.fixture(autouse=True)
def library_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a participant sets in the library of media is for its own process; here the next test is in the same one."""
    if importlib.util.find_spec("aioice"):
        ice = importlib.import_module("aioice.ice")
        monkeypatch.setattr(ice, "get_host_addresses", ice.get_host_addresses)
        monkeypatch.setattr(ice.StunProtocol, "connection_made", ice.StunProtocol.connection_made)
