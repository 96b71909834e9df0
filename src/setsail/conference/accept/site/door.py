"""Where a test participant at a site calls in: a TLS port that is open for one acceptance and for one site.

Two kinds of lines come: one for orders, of which the first that knows the PIN is taken, and those by which it joins the
room, which go through `gate` to Janus. Guesses at the PIN are held back: each wrong one waits, and few lines are open.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from setsail.base.errors import BadInput, SetSailError
from setsail.base.record import Record
from setsail.conference.accept.datagrams import address_text
from setsail.conference.accept.site.gate import Gate
from setsail.conference.accept.site.line import (
    HANDSHAKE_S,
    HELLO_S,
    LONGEST,
    VERSION,
    Identity,
    JsonLine,
    identity,
    proof,
    shared_key,
)  # fmt: skip
from setsail.conference.accept.site.player import Player
from setsail.conference.server.errors import WrongPin
from setsail.conference.server.order import Order
from setsail.conference.server.wire import PROTOCOL, Line, opened

MOST_LINES = 8
WRONG_S = 1.0
"""Before a wrong PIN is answered: with few lines at once, eight digits take years to guess."""
START_S = 10.0


class NobodyCame(BadInput):
    """No participant of the site called in time."""

    code = "conference-nobody-came"


class Door:
    """The open door. at : HOST:PORT where it listens;  wrong : how often a PIN was wrong."""

    def __init__(self, order: Order, site: str, made: Identity) -> None:
        self.order, self.site, self.at, self.wrong = order, site, "", 0
        self._made, self._key = made, shared_key(order.rooms.pin, made.fingerprint)
        self._came: queue.Queue[Player] = queue.Queue()
        self._player: Player | None = None
        self._lines: set[asyncio.Task[None]] = set()

    def arrived(self, within_s: float) -> Player:
        """The participant of the site, as soon as it calls. Raises NobodyCame."""
        try:
            return self._came.get(timeout=within_s)
        except queue.Empty as err:
            why = f"; {self.wrong} came with a wrong PIN" if self.wrong else ""
            raise NobodyCame(
                f"no participant called within {within_s:g} s{why}", where=f"site {self.site}",
                hint=f"at the site: setsail conference participant {self.at} --site {self.site}",
            ) from err  # fmt: skip

    async def run(self, host: str, port: int, ready: threading.Event, stop: asyncio.Event) -> None:
        """Listens until `stop`. Raises OSError where it cannot."""
        server = await asyncio.start_server(
            self._called, host, port, ssl=self._made.context, limit=LONGEST, ssl_handshake_timeout=HANDSHAKE_S
        )
        self.at = address_text(server.sockets[0].getsockname())
        ready.set()
        await stop.wait()
        server.close()
        for task in list(self._lines):
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("?",))[0])
        line = JsonLine(reader, writer, address)
        task = asyncio.current_task()
        if task is None or len(self._lines) >= MOST_LINES:
            await line.close()
            return
        self._lines.add(task)
        try:
            with contextlib.suppress(SetSailError, OSError, asyncio.CancelledError):
                await self._served(line, address)
        finally:
            await line.close()
            self._lines.discard(task)

    async def _served(self, line: JsonLine, address: str) -> None:
        hello = await line.get(HELLO_S)
        why = self._wrong(hello)
        if why is not None:
            self.wrong += isinstance(why, WrongPin)
            await asyncio.sleep(WRONG_S)
            await line.put({"error": [why.code, why.what]})
        elif hello.get("for") == "room":
            await line.put(self._welcome())
            await self._into_the_room(line)
        elif self._player is not None and not self._player.ended.is_set():
            await line.put({"error": [BadInput.code, "another participant of this site is here already"]})
        else:
            await line.put(self._welcome())
            self._player = Player(self.site, line, asyncio.get_running_loop(), address)
            self._came.put(self._player)
            await self._player.listen()

    def _welcome(self) -> Record:
        return {"setsail": VERSION, "proof": proof(self._key, "server", self.site)}

    def _wrong(self, hello: Record) -> SetSailError | None:
        if hello.get("setsail") != VERSION:
            return BadInput(
                f"speaks version {hello.get('setsail')!r}"[:80] + f", here is {VERSION}", where="participant"
            )
        if not hmac.compare_digest(
            str(hello.get("proof", "")).encode(), proof(self._key, "site", str(hello.get("site"))).encode()
        ):
            return WrongPin("the PIN is another one", where="participant")
        if hello.get("site") != self.site:
            return BadInput(f"{self.site} is being accepted here, not {hello.get('site')!r}"[:200], where="participant")
        return None

    async def _into_the_room(self, line: JsonLine) -> None:
        """Passes messages both ways until one end is gone or asks for what it may not have."""
        gate = Gate(self.order, self.site)
        room = await opened(self.order.place.url, PROTOCOL)
        ways = [asyncio.create_task(_outward(line, room, gate)), asyncio.create_task(_inward(line, room, gate))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await room.close()


async def _outward(line: JsonLine, room: Line, gate: Gate) -> None:
    async for text in line:
        await room.send(gate.outward(text))


async def _inward(line: JsonLine, room: Line, gate: Gate) -> None:
    async for text in room:
        gate.inward(text)
        await line.send(text if isinstance(text, str) else text.decode())


@contextmanager
def door(order: Order, site: str, host: str, port: int, now: datetime) -> Iterator[Door]:
    """A door for a site while the block runs, in a thread of its own. Raises BadInput where it cannot listen there."""
    found = Door(order, site, identity(now))
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(found.run(host, port, ready, stop))
        except BaseException as err:  # told below, in the thread that asked
            faults.append(err)
        finally:
            ready.set()
            loop.close()

    runs = threading.Thread(target=work, name="door")
    runs.start()
    ready.wait(START_S)
    try:
        if faults:
            raise BadInput(
                f"cannot be listened on: {faults[0]}", where="--listen", hint="an address of this machine, a free port"
            ) from faults[0]
        yield found
    finally:
        if runs.is_alive():
            loop.call_soon_threadsafe(stop.set)
        runs.join()
