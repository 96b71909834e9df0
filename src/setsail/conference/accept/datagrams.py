"""UDP sockets that tell of each datagram when the system received it, with which traffic class and hop limit."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from setsail.base.errors import BadInput
from setsail.conference.server.place import in_url

LARGEST = 9216
BUFFER_OCTETS = 4 * 1024 * 1024
MAX_BURST = 512
"""Datagrams taken at one turn, so that replies are not kept waiting by a flood."""
_IP_RECVTTL, _SO_TIMESTAMPNS = 12, 35
_TIMESPEC = struct.Struct("@qq")
Address = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Datagram:
    """at_ns : when it was received, since 1970;  tos : traffic class, None where the system does not tell."""

    data: bytes
    address: Address
    at_ns: int
    tos: int | None = None
    ttl: int | None = None


def host_port(text: str, where: str, default_port: int | None = None) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[v6]:PORT`. Raises BadInput."""
    host, _, port = text.rpartition(":")
    if default_port is not None and (not host or (":" in host and not host.endswith("]"))):
        host, port = text, str(default_port)
    if not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise BadInput(f"is {text[:80]!r}", where=where, allowed="HOST:PORT or [IPv6]:PORT, port 0 to 65535")
    return host.strip("[]"), int(port)


def address_text(address: Address) -> str:
    """HOST:PORT, or [v6]:PORT, of a socket's address."""
    return f"{in_url(address[0])}:{address[1]}"


def resolved(host: str, port: int, where: str) -> tuple[int, Address]:
    """Address family and address of a host. Raises BadInput where the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as err:
        raise BadInput(f"cannot be resolved: {err}", where=where, hint="an address, or a name that is known") from err
    family, _, _, _, address = found[0]
    return family, address


def bound(host: str, port: int, where: str) -> socket.socket:
    """A socket that listens there. Raises BadInput where the address is not ours or the port is taken."""
    family, address = resolved(host, port, where)
    made = _made(family)
    try:
        made.bind(address)
    except OSError as err:
        made.close()
        hint = "another port, or 0 for any" if err.errno == 98 else "an address of this machine, a port above 1023"
        raise BadInput(f"cannot be listened on: {err.strerror}", where=where, hint=hint) from err
    return made


def connected(host: str, port: int, where: str, *, tos: int = 0) -> socket.socket:
    """A socket to that host, whose packets leave with traffic class `tos` and hop limit 255. Raises BadInput."""
    family, address = resolved(host, port, where)
    made = _made(family)
    try:
        mark(made, tos)
        _hops(made)
        made.connect(address)
    except OSError as err:
        made.close()
        raise BadInput(f"cannot be reached: {err.strerror}", where=where, hint="check address and route") from err
    return made


def mark(made: socket.socket, tos: int) -> None:
    """Packets leave with traffic class `tos` from now on."""
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)


def waiting(made: socket.socket, seconds: float) -> Iterator[Datagram]:
    """What arrives within `seconds`: what is there already, at most MAX_BURST, once something is.

    A port that answers "unreachable" is no datagram and no error: the silence of the far end is the finding.
    """
    if not select.select([made], [], [], max(0.0, seconds))[0]:
        return
    for _ in range(MAX_BURST):
        try:
            data, ancillary, flags, address = made.recvmsg(LARGEST, 256)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            continue
        if not flags & socket.MSG_TRUNC:
            yield _datagram(data, ancillary, address)


def _made(family: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, BUFFER_OCTETS)
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        made.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
    return made


def _hops(made: socket.socket) -> None:
    """Hop limit 255, so that the reflector can tell how many routers there are. Source: RFC 8762, 4.2.1."""
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)


def _datagram(data: bytes, ancillary: list[tuple[int, int, bytes]], address: Address) -> Datagram:
    at_ns, tos, ttl = 0, None, None
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == _TIMESPEC.size:
            seconds, rest = _TIMESPEC.unpack(value)
            at_ns = seconds * 1_000_000_000 + rest
        elif (level, kind) in _CLASSES:
            tos = value[0] if len(value) == 1 else int.from_bytes(value[:4], _ORDER)
        elif (level, kind) in _HOPS:
            ttl = int.from_bytes(value[:4], _ORDER)
    return Datagram(data, address, at_ns or time.time_ns(), tos, ttl)


_CLASSES = {(socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)}
_HOPS = {(socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)}
_ORDER: Any = "little" if struct.pack("=H", 1) == b"\1\0" else "big"
