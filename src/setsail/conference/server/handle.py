"""One attachment of a session to a plug-in of Janus: questions, answers, and what it is told unasked.

Source: Janus 1.1.2, Janus API.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setsail.base.record import Record
from setsail.conference.server.errors import NoAnswer, ServerLost, refusal

if TYPE_CHECKING:
    from setsail.conference.server.client import Client

ANSWER_S = 15.0
"""How long an answer may take unless a call says else."""

Jsep = dict[str, Any]
"""A session description as Janus carries it: {"type": "offer" | "answer", "sdp": text}."""
OnEvent = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a plug-in: its data, and the session description that came with it."""

    data: Record
    jsep: Jsep | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a handle is told without having asked.

    kind : "event" (of the plug-in), "webrtcup", "media", "slowlink", "hangup", "detached", "trickle";
    data : the plug-in's data of an "event", else the whole message.
    """

    kind: str
    data: Record
    jsep: Jsep | None = None


@dataclass(eq=False)
class Handle:
    """One attachment to a plug-in: at most one peer connection.

    on_event : called with every `Event`; may be set later. Events are kept too, for `wait`.
    """

    client: Client
    handle_id: int
    plugin: str
    label: str = ""
    on_event: OnEvent | None = None
    _kept: list[Event] = field(default_factory=list)
    _waiting: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = field(default_factory=list)

    async def ask(self, body: Record, jsep: Jsep | None = None, *, timeout_s: float = ANSWER_S) -> Reply:
        """The plug-in's answer to one request. Raises Refused (WrongPin, RoomFull ...), ServerLost, NoAnswer."""
        message: Record = {"janus": "message", "handle_id": self.handle_id, "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        answer = await self.client.request(message, timeout_s=timeout_s)
        data = answer.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            place = f"room {body['room']}" if "room" in body else self.plugin.rpartition(".")[2]
            raise refusal(int(data["error_code"]), str(data.get("error", "")), where=f"{body['request']} ({place})")
        return Reply(data, answer.get("jsep"))

    async def trickle(self, candidate: Record | None) -> None:
        """Hands over one ICE candidate as a browser gives it; None says that there are no more."""
        told = {"completed": True} if candidate is None else candidate
        message = {"janus": "trickle", "handle_id": self.handle_id, "candidate": told}
        await self.client.request(message, until_ack=True)

    async def wait(
        self, kind: str, where: Callable[[Record], bool] = lambda _: True, *, timeout_s: float = 15
    ) -> Event:
        """The first event of a kind that fits, one that came before too; each is handed out once.

        Raises NoAnswer, ServerLost.
        """

        def fits(event: Event) -> bool:
            return event.kind == kind and where(event.data)

        for event in self._kept:
            if fits(event):
                self._kept.remove(event)
                return event
        if not self.client.connected:
            raise ServerLost(self.client.lost or "this client is closed", where=self.client.place.url)
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        entry = (fits, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError as err:
            raise NoAnswer(f"no '{kind}' in {timeout_s:g} s", where=self.label or self.plugin) from err
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    async def hangup(self) -> None:
        """Ends the peer connection; the handle stays."""
        await self.client.request({"janus": "hangup", "handle_id": self.handle_id})

    async def detach(self) -> None:
        """Ends the handle: whoever joined by it leaves the room."""
        self.client.handles.pop(self.handle_id, None)
        await self.client.request({"janus": "detach", "handle_id": self.handle_id})

    def hear(self, event: Event) -> None:
        """An event from the line; those who wait for it first, then kept (the newest 256)."""
        for fits, future in self._waiting:
            if not future.done() and fits(event):
                future.set_result(event)
                break
        else:
            self._kept.append(event)
            del self._kept[:-256]
        if self.on_event is not None:
            self.on_event(event)

    def fail(self, reason: str) -> None:
        """Whoever waits for an event hears that none will come."""
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(ServerLost(reason, where=self.client.place.url))
