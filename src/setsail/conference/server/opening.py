"""A private conference server for the time of a block: free ports, secrets of its own, nothing left afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from setsail.conference.server import process
from setsail.conference.server.admin import Admin
from setsail.conference.server.answering import answering
from setsail.conference.server.errors import CannotStart
from setsail.conference.server.find import Janus, find_janus
from setsail.conference.server.janus import MEDIA_PORTS, RTP_PORTS, JanusSettings, fresh, write_configuration
from setsail.conference.server.place import Place
from setsail.conference.server.room import Rooms
from setsail.conference.server.rooms import make_rooms

TRIES = 3
"""Starts with other free ports, where somebody took one between the choice and the start."""


@dataclass
class Server:
    """A Janus that runs: `place` for clients, `log` to read, `running` its process.

    `kill` ends it as a crash would, `restart` brings it back on the same ports with the same secrets (rooms are gone:
    `make_rooms` again).
    """

    found: Janus
    settings: JanusSettings
    log: Path
    running: process.Running

    @property
    def place(self) -> Place:
        """Where a client finds it."""
        return self.settings.place

    @property
    def pid(self) -> int:
        """Its process."""
        return self.running.pid

    @property
    def cpu_s(self) -> float:
        """CPU seconds used since its start."""
        return process.used(self.running.pid)[0]

    @property
    def memory_bytes(self) -> int:
        """Memory it holds."""
        return process.used(self.running.pid)[1]

    async def make_rooms(self, rooms: Rooms) -> None:
        """The rooms are there afterwards."""
        await make_rooms(self.place, rooms)

    async def kill(self) -> None:
        """As a crash: no word to anybody."""
        self.running.signal(9)
        await self.running.gone(5)
        process.reap(self.running.pid)

    async def restart(self) -> None:
        """Runs again, on the same ports with the same secrets, after `kill` or `stop`."""
        self.running = await launched(self.found, self.settings, self.log, dies_with_us=True)

    async def stop(self) -> None:
        """Ends it in peace."""
        await self.running.end()


@asynccontextmanager
async def open_server(
    *,
    addresses: Iterable[str] = (),
    folder: Path | None = None,
    media_ports: tuple[int, int] = MEDIA_PORTS,
    rtp_ports: tuple[int, int] = RTP_PORTS,
    rooms: Rooms | None = None,
) -> AsyncIterator[Server]:
    """A private server that answers, with `rooms` where they are given; gone at the end of the block.

    addresses : of this machine, offered to participants; its own one if none is named (see `janus.own_address`);
     folder : for configuration and log, a temporary one if None.
    The kernel ends the server too where this process is killed. Raises MissingExtra (no Janus here), CannotStart.
    """
    found = find_janus()
    place = Path(tempfile.mkdtemp(prefix="setsail-conference-")) if folder is None else folder
    server = None
    try:
        server = await _opened(found, place, tuple(addresses), media_ports, rtp_ports)
        if rooms is not None:
            await server.make_rooms(rooms)
        yield server
    finally:
        if server is not None:
            await server.stop()
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


async def _opened(
    found: Janus, folder: Path, addresses: tuple[str, ...], media: tuple[int, int], rtp: tuple[int, int]
) -> Server:
    for last in (False,) * (TRIES - 1) + (True,):
        settings = fresh(folder / "janus", addresses=addresses, media_ports=media, rtp_ports=rtp)
        log = folder / "janus.log"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return Server(found, settings, log, await launched(found, settings, log, dies_with_us=True))
        except CannotStart:
            if last:
                raise
    raise AssertionError("one of the tries returned or raised")


async def launched(found: Janus, settings: JanusSettings, log: Path, *, dies_with_us: bool) -> process.Running:
    """A Janus that was started and answers. Raises CannotStart with the last lines of its log."""
    command = write_configuration(found, settings)
    running = process.start(
        command, log=log, environment=found.program.environment(os.environ), folder=settings.folder,
        dies_with_us=dies_with_us,
    )  # fmt: skip
    process.hurry(running.pid)

    async def check() -> None:
        async with Admin(settings.place) as admin:
            await admin.ping()

    try:
        await answering("janus", running, check, log)
    except BaseException:
        running.signal(9)
        await running.gone(5)
        process.reap(running.pid)
        raise
    return running
