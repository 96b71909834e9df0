"""Ports of this machine: whether one is taken, and by whom."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from setsail.base.errors import BadInput, StoreConflict
from setsail.conference.server.place import in_url


@dataclass(frozen=True, slots=True)
class Port:
    """One port of one address."""

    kind: Literal["tcp", "udp"]
    address: str
    port: int

    def __str__(self) -> str:
        return f"{in_url(self.address)}:{self.port}/{self.kind}"


class PortTaken(StoreConflict):
    """Another program holds a port that the conference needs."""

    code = "port-taken"


def require_free(ports: Iterable[Port]) -> None:
    """Raises PortTaken with the port and who holds it, BadInput for a port that this user may not open."""
    for one in ports:
        family = socket.AF_INET6 if ":" in one.address else socket.AF_INET
        kind = socket.SOCK_STREAM if one.kind == "tcp" else socket.SOCK_DGRAM
        with socket.socket(family, kind) as test:
            if one.kind == "tcp":
                test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                test.bind((one.address, one.port))
            except OSError as err:
                if err.errno != errno.EADDRINUSE:
                    raise BadInput(f"cannot be opened: {err.strerror or err}", where=f"port {one}") from err
                raise PortTaken(f"is taken by {holder(one)}", where=f"port {one}", allowed="a free port",
                                hint="end that program, or name another port") from err  # fmt: skip


def holder(port: Port) -> str:
    """The program that holds a port, as name and pid, or that it is not to be seen from here."""
    inodes = _inodes(port)
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for folder in Path("/proc").iterdir() if wanted else ():
        if folder.name.isdigit() and _holds(folder, wanted):
            try:
                return f"{(folder / 'comm').read_text(encoding='utf-8').strip()} (pid {folder.name})"
            except OSError:
                continue
    return "a program of another user" if inodes else "another program"


def _holds(folder: Path, wanted: set[str]) -> bool:
    """Whether one of the open files of a process is one of those; what cannot be seen, or is just closed, is none."""
    try:
        links = list((folder / "fd").iterdir())
    except OSError:
        return False
    for link in links:
        try:
            if str(link.readlink()) in wanted:
                return True
        except OSError:
            continue
    return False


def _inodes(port: Port) -> set[str]:
    """Sockets bound to the port on this address or on all. Source: proc(5), /proc/net/tcp: local_address, inode."""
    found = set()
    for name in (port.kind, f"{port.kind}6"):
        try:
            lines = Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            address, _, number = fields[1].rpartition(":")
            if int(number, 16) == port.port and _same(address, port.address):
                found.add(fields[9])
    return found - {"0"}


def _same(kernel: str, address: str) -> bool:
    """Whether an address as the kernel prints it (words in the machine's byte order) is ours or every address."""
    words = [bytes.fromhex(kernel[i : i + 8])[::-1] for i in range(0, len(kernel), 8)]
    told = ipaddress.ip_address(b"".join(words))
    mapped = getattr(told, "ipv4_mapped", None) or told
    return bool(mapped.is_unspecified or mapped == ipaddress.ip_address(address))
