"""An asynchronous client of Janus: one line, one session, handles on plug-ins, answers matched to questions.

Public face: `Client.connect(place, on_lost=...)`, `client.attach(plugin)` -> `handle.Handle`, whose `ask(body, jsep)`
gives a `Reply`, and `on_event`, `wait(kind)` what is told unasked. The operations of the rooms stand on it:
`videoroom.VideoRoom`, `audiobridge.AudioBridge`; the view inside is `admin.Admin`.

Source: Janus 1.1.2, WebSocket transport (sub-protocol janus-protocol), Janus API.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable

from setsail.base.record import Record
from setsail.conference.server.errors import NoAnswer, ServerLost, refusal
from setsail.conference.server.handle import ANSWER_S, Event, Handle, OnEvent
from setsail.conference.server.place import Place
from setsail.conference.server.wire import PROTOCOL, Line, opened

KEEPALIVE_S = 20.0
"""Between signs of life; Janus forgets a session after 60 s without one."""
OnLost = Callable[[str], None]
Opener = Callable[[str, str], Awaitable[Line]]
"""Address and sub-protocol -> a line. Raises OSError, TimeoutError, ServerLost."""


class Client:
    """One session on a Janus server. Use `connect`; end with `close` or as an async context manager.

    on_lost : called once, with the reason, when the line breaks without `close`; every question that waits raises
    ServerLost then. To come back: a new `Client.connect(place, within_s=...)`, new handles, new joins.
    """

    def __init__(self, line: Line, place: Place, on_lost: OnLost | None) -> None:
        self.place, self.session_id, self.lost = place, 0, ""
        self.handles: dict[int, Handle] = {}
        self._line, self._on_lost, self._closing = line, on_lost, False
        self._waiting: dict[str, tuple[asyncio.Future[Record], bool]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def connect(
        cls, place: Place, *, on_lost: OnLost | None = None, within_s: float = 5.0, opener: Opener = opened
    ) -> Client:
        """A session on the server, tried again for `within_s` seconds while nobody answers there.

        opener : makes the line, where that is not a WebSocket.
        Raises ServerLost where nobody answered, Refused where the secret is another one.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while True:
            try:
                return await cls._once(place, on_lost, opener)
            except (OSError, ServerLost, NoAnswer, TimeoutError) as err:
                if loop.time() >= end:
                    raise ServerLost(f"cannot be reached ({err})", where=place.url, hint="conference status") from err
            await asyncio.sleep(0.05)

    @classmethod
    async def _once(cls, place: Place, on_lost: OnLost | None, opener: Opener) -> Client:
        line = await opener(place.url, PROTOCOL)
        client = cls(line, place, on_lost)
        client._tasks = [asyncio.create_task(client._read()), asyncio.create_task(client._keep_alive())]
        try:
            made = await client.request({"janus": "create"})
        except BaseException:
            await client.close()
            raise
        client.session_id = int(made["data"]["id"])
        return client

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        """Whether questions can be asked."""
        return not self.lost and not self._closing

    async def attach(self, plugin: str, *, label: str = "", on_event: OnEvent | None = None) -> Handle:
        """A handle on a plug-in ("janus.plugin.videoroom" ...); `label` is shown by the admin API (opaque_id)."""
        answer = await self.request({"janus": "attach", "plugin": plugin, **({"opaque_id": label} if label else {})})
        handle = Handle(self, int(answer["data"]["id"]), plugin, label, on_event)
        self.handles[handle.handle_id] = handle
        return handle

    async def request(self, message: Record, *, until_ack: bool = False, timeout_s: float = ANSWER_S) -> Record:
        """The answer to one message of the Janus API. until_ack : the acknowledgement is the answer.

        Raises ServerLost, NoAnswer, Refused.
        """
        if self.lost or self._closing:
            raise ServerLost(self.lost or "this client is closed", where=self.place.url)
        transaction = secrets.token_hex(8)
        future: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = (future, until_ack)
        told = {**message, "transaction": transaction, "apisecret": self.place.secret}
        if self.session_id:
            told["session_id"] = self.session_id
        try:
            await self._say(told)
            async with asyncio.timeout(timeout_s):
                answer = await future
        except TimeoutError as err:
            raise NoAnswer(f"no answer to '{message['janus']}' in {timeout_s:g} s", where=self.place.url) from err
        finally:
            self._waiting.pop(transaction, None)
        if answer.get("janus") == "error":
            fault = answer.get("error", {})
            raise refusal(int(fault.get("code", 0)), str(fault.get("reason", "")), where=str(message["janus"]))
        return answer

    async def close(self) -> None:
        """Ends the session; its handles leave their rooms. Never raises for a line that is broken already."""
        if self._closing:
            return
        if self.session_id and not self.lost:
            with contextlib.suppress(ServerLost, NoAnswer, OSError):
                await self.request({"janus": "destroy"}, timeout_s=2.0)
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail("this client is closed")
        await self._line.close()

    async def _say(self, message: Record) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - of the extra

        try:
            await self._line.send(json.dumps(message))
        except (ConnectionClosed, OSError) as err:
            self._lose(f"the line is closed ({err})")
            raise ServerLost(self.lost, where=self.place.url) from err

    async def _read(self) -> None:
        try:
            async for text in self._line:
                self._hear(json.loads(text))
        except Exception as err:
            self._lose(f"the line broke ({type(err).__name__}: {err})")
        else:
            self._lose("the server closed the line")

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_S)
            with contextlib.suppress(ServerLost, NoAnswer):
                await self.request({"janus": "keepalive"}, until_ack=True)

    def _hear(self, message: Record) -> None:
        kind = message.get("janus", "")
        future, until_ack = self._waiting.get(message.get("transaction", ""), (None, False))
        if future is not None and not future.done():
            if kind != "ack" or until_ack:
                future.set_result(message)
            return
        if kind == "timeout":
            self._lose("the server forgot the session: no sign of life came in time")
            return
        handle = self.handles.get(message.get("sender", 0))
        if handle is not None and kind not in {"ack", "success"}:
            data = message.get("plugindata", {}).get("data", {}) if kind == "event" else message
            handle.hear(Event(kind, data, message.get("jsep")))

    def _lose(self, reason: str) -> None:
        if self.lost or self._closing:
            return
        self.lost = reason
        self._fail(reason)
        if self._on_lost is not None:
            self._on_lost(reason)

    def _fail(self, reason: str) -> None:
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(ServerLost(reason, where=self.place.url))
        for handle in self.handles.values():
            handle.fail(reason)
