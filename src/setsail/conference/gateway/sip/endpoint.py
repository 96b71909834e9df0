"""The SIP side of the gateway: one UDP port on loopback, server transactions, and the requests that we send ourselves.

Only the registrar's port is heard, but for OPTIONS, by which anybody on this machine may ask whether it lives. What is
malformed is counted and dropped: it never reaches a call.
Source: RFC 3261 cl. 17 (transactions), 13.3.1.4 (answers of INVITE are sent again until ACK).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from setsail.conference.gateway.sip import message
from setsail.conference.gateway.sip.message import Malformed, Message

T1_S, T2_S = 0.5, 4.0
GIVE_UP_S = 32.0
MOST_TRANSACTIONS = 4000
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
OnRequest = Callable[["Served"], None]


@dataclass(eq=False)
class Served:
    """One request and what it was answered. `answer` may be called again: a final answer ends it."""

    request: Message
    endpoint: Endpoint
    source: tuple[str, int]
    status: int = 0
    last: bytes = b""
    acked: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, status: int, *, tag: str = "", headers: tuple[tuple[str, str], ...] = (),
               body: bytes = b"") -> None:  # fmt: skip
        """Sends a response; nothing after a final one."""
        if self.status >= 200:
            return
        self.status = status
        self.last = message.written(message.answer(self.request, status, tag=tag, headers=headers, body=body))
        self.endpoint.send(self.last, self.source)


class Endpoint(asyncio.DatagramProtocol):
    """The port. peer : the registrar's address;  on_request : called with each new request but ACK."""

    def __init__(self, peer: tuple[str, int], on_request: OnRequest, on_ack: Callable[[Message], None]) -> None:
        self.peer, self.dropped, self.heard = peer, 0, 0
        self._on_request, self._on_ack = on_request, on_ack
        self._transport: asyncio.DatagramTransport | None = None
        self._served: dict[tuple[str, str], Served] = {}
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self.address = ("", 0)

    async def open(self, address: str, port: int) -> None:
        """Listens from now on. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(address, port))

    def close(self) -> None:
        """Listens no more."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is bound."""
        self._transport = transport  # type: ignore[assignment]
        self.address = transport.get_extra_info("sockname")[:2]

    def error_received(self, exc: Exception) -> None:
        """The registrar is not there; what was to be said is said again by who asked."""

    def send(self, data: bytes, target: tuple[str, int]) -> None:
        """One datagram."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, target)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """One datagram, whatever it is."""
        if not data.strip(b"\r\n\0 "):  # sent to keep a way open
            return
        self.heard += 1
        source = (str(addr[0]), int(addr[1]))
        try:
            came = message.read(data)
        except Malformed:
            self.dropped += 1
            return
        if source != self.peer and came.method != "OPTIONS":
            self.dropped += 1
            return
        if came.status:
            future = self._asked.get(came.branch)
            if future is not None and not future.done() and came.status >= 200:
                future.set_result(came)
        elif came.method == "ACK":
            for served in self._of(came):
                served.acked.set()
            self._on_ack(came)
        else:
            self._serve(came, source)

    def _serve(self, request: Message, source: tuple[str, int]) -> None:
        key = (request.branch or request.first("via"), request.method)
        before = self._served.get(key)
        if before is not None:  # sent again: answered again
            if before.last:
                self.send(before.last, source)
            return
        while len(self._served) >= MOST_TRANSACTIONS:
            del self._served[next(iter(self._served))]
        served = self._served[key] = Served(request, self, source)
        asyncio.get_running_loop().call_later(2 * GIVE_UP_S, self._forget, key, served)
        if source != self.peer:
            served.answer(200, tag="setsail", headers=(("allow", ALLOW),))
            return
        try:
            self._on_request(served)
        except Malformed:
            served.answer(400, tag=secrets.token_hex(4))
            self.dropped += 1

    def _forget(self, key: tuple[str, str], served: Served) -> None:
        if self._served.get(key) is served:
            del self._served[key]

    def invite_of(self, cancel: Message) -> Served | None:
        """The INVITE that a CANCEL means."""
        return self._served.get((cancel.branch, "INVITE"))

    def _of(self, ack: Message) -> list[Served]:
        return [s for s in self._served.values() if s.request.method == "INVITE"
                and s.request.call_id == ack.call_id and s.request.cseq[0] == ack.cseq[0]]  # fmt: skip

    async def until_acked(self, served: Served) -> bool:
        """Sends a final answer to INVITE again until it is acknowledged; False where it never is."""
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + GIVE_UP_S, T1_S
        while loop.time() < end:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await served.acked.wait()
                return True
            self.send(served.last, served.source)
            pause = min(2 * pause, T2_S)
        return False

    async def ask(self, request: Message, *, within_s: float = 4.0) -> Message | None:
        """The final answer to a request of ours (not INVITE), by way of the registrar; None where none comes."""
        branch = f"z9hG4bK{secrets.token_hex(10)}"
        via = ("via", f"SIP/2.0/UDP {self.address[0]}:{self.address[1]};branch={branch}")
        data = message.written(
            Message(request.method, request.target, headers=(via, *request.headers), body=request.body)
        )
        loop = asyncio.get_running_loop()
        future = self._asked[branch] = loop.create_future()
        end, pause = loop.time() + within_s, T1_S
        try:
            while loop.time() < end:
                self.send(data, self.peer)
                done, _ = await asyncio.wait([future], timeout=min(pause, end - loop.time()))
                if done:
                    answered: Message = future.result()
                    return answered
                pause = min(2 * pause, T2_S)
            return None
        finally:
            del self._asked[branch]
