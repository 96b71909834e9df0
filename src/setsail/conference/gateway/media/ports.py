"""Ports of one medium towards a terminal, and of the same medium towards Janus; nothing but forwarding happens here."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from setsail.base.errors import StoreConflict
from setsail.conference.gateway.media import packets
from setsail.conference.gateway.media.srtp import Guard
from setsail.conference.server.place import LOOPBACK

OnPacket = Callable[[bytes], None]
FORGET_S = 2.0
"""A terminal that was silent so long may come from another port of its own (its router forgot the old one)."""
BUFFER_BYTES = 2**19


class NoPort(StoreConflict):
    """All ports of the range are taken."""

    code = "sip-no-port"


class _Line(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes, tuple[Any, ...]], None]) -> None:
        self.heard = heard
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self.heard(data, addr)

    def error_received(self, exc: Exception) -> None:
        """A port that nobody listens on answers so; the next packet may get through."""


async def _line(address: str, port: int, heard: Callable[[bytes, tuple[Any, ...]], None]) -> asyncio.DatagramTransport:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_DGRAM)
    try:
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        one.bind((address, port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Line(heard), sock=one)
    except BaseException:
        one.close()
        raise
    return transport


@dataclass
class Outside:
    """A pair of ports towards a terminal: RTP, and RTCP one above.

    hosts : addresses that its packets may come from;  target, rtcp_target : where packets go, at first as the terminal
    described it, then where its own come from (it may sit behind a router that translates addresses);  guard : encrypts
    both ways, None in the clear.
    """

    on_rtp: OnPacket
    on_rtcp: OnPacket
    hosts: set[str] = field(default_factory=set)
    target: tuple[str, int] | None = None
    rtcp_target: tuple[str, int] | None = None
    mux: bool = False
    guard: Guard | None = None
    address: str = ""
    port: int = 0
    heard_at: float = 0.0
    strangers: int = 0
    _lines: list[asyncio.DatagramTransport] = field(default_factory=list)
    _from: tuple[str, int] | None = None

    async def open(self, address: str, ports: Iterable[int]) -> None:
        """Binds the first even port of `ports` that is free together with the next. Raises NoPort."""
        for port in ports:
            try:
                rtp = await _line(address, port, self._rtp)
            except OSError:
                continue
            try:
                rtcp = await _line(address, port + 1, self._rtcp)
            except BaseException as err:
                rtp.close()
                if isinstance(err, OSError):
                    continue
                raise
            self._lines, self.address, self.port = [rtp, rtcp], address, port
            self.heard_at = asyncio.get_running_loop().time()
            return
        raise NoPort("all ports for terminals are taken", where=f"media of {address}", hint="fewer calls at once")

    def aim(self, host: str, port: int, rtcp_port: int, *, mux: bool, also: str) -> None:
        """Where the terminal says that it listens; `also` : the address its SIP comes from."""
        self.hosts = {_plain(host), _plain(also)} - {""}
        self.mux = mux
        usable = not ipaddress.ip_address(host).is_unspecified
        self.target = (host, port) if usable else None
        self.rtcp_target = (host, rtcp_port) if usable else None
        self._from = None

    def send_rtp(self, data: bytes) -> None:
        """One packet to the terminal."""
        if self.target is not None and self._lines:
            self._lines[0].sendto(self._sealed(data), self.target)

    def send_rtcp(self, data: bytes) -> None:
        """Reports to the terminal."""
        if self.mux:
            self.send_rtp(data)
        elif self.rtcp_target is not None and self._lines:
            self._lines[1].sendto(self._sealed(data), self.rtcp_target)

    def _sealed(self, data: bytes) -> bytes:
        return data if self.guard is None else self.guard.sealed(data)

    def _opened(self, data: bytes) -> bytes | None:
        """A packet in the clear; one that does not fit the key is of a stranger."""
        found = data if self.guard is None else self.guard.opened(data)
        self.strangers += found is None
        return found

    def close(self) -> None:
        """Gives the ports back."""
        for line in self._lines:
            line.close()
        self._lines = []

    def _known(self, addr: tuple[Any, ...]) -> bool:
        if _plain(str(addr[0])) in self.hosts:
            return True
        self.strangers += 1
        return False

    def _rtp(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if not self._known(addr):
            return
        now = asyncio.get_running_loop().time()
        source = (str(addr[0]), int(addr[1]))
        if self._from is not None and source != self._from and now - self.heard_at < FORGET_S:
            self.strangers += 1
            return
        if len(data) < 8 or data[0] >> 6 != 2:
            self.strangers += 1
            return
        plain = self._opened(data)
        if plain is None:
            return
        self._from = self.target = source
        self.heard_at = now
        if packets.is_rtcp(plain):
            self.on_rtcp(plain)
        else:
            self.on_rtp(plain)

    def _rtcp(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if not self._known(addr) or not packets.is_rtcp(data):
            return
        plain = self._opened(data)
        if plain is None:
            return
        self.heard_at = asyncio.get_running_loop().time()
        self.rtcp_target = (str(addr[0]), int(addr[1]))
        self.on_rtcp(plain)


class Inside:
    """A port on loopback towards Janus. port : where Janus sends to;  target : where it listens, once known."""

    def __init__(self, heard: OnPacket) -> None:
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None
        self.port = 0
        self.target: tuple[str, int] | None = None
        self.learns = False

    async def open(self) -> None:
        """Binds a free port."""
        self._transport = await _line(LOOPBACK, 0, self._came)
        self.port = int(self._transport.get_extra_info("sockname")[1])

    def send(self, data: bytes) -> None:
        """One packet to Janus."""
        if self._transport is not None and self.target is not None:
            self._transport.sendto(data, self.target)

    def close(self) -> None:
        """Gives the port back."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _came(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if addr[0] != LOOPBACK:
            return
        if self.learns:
            self.target = (str(addr[0]), int(addr[1]))
        self._heard(data)


def _plain(address: str) -> str:
    """An address as it is compared: IPv4 that is written as IPv6 becomes IPv4."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
