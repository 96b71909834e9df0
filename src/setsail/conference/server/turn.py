"""The TURN relay for sites whose networks let no media through: coturn, towards our Janus and nothing else.

Source: coturn 4.6.1, turnserver.conf; RFC 8489 (STUN), RFC 8656 (TURN).
"""

from __future__ import annotations

import ipaddress
import secrets
import struct
from dataclasses import dataclass
from pathlib import Path

from setsail.base.writing import write_private
from setsail.conference.server.asking import require_udp_answer
from setsail.conference.server.find import Program
from setsail.conference.server.place import in_url

REALM = "setsail"
TURN_PORT = 3478
RELAY_PORTS = (26000, 27999)
"""UDP of the relay: one for each allocation."""
ALLOCATIONS_EACH = 6
"""Allocations that one credential may hold: three peer connections, and again while the old ones run out."""
MAGIC = 0x2112A442
EVERY = {4: "0.0.0.0-255.255.255.255", 6: "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """One coturn. addresses : it listens on and relays from;  port : UDP of the listener;  peers : the only addresses
    that it relays to (those of Janus);  secret : shared with whoever makes credentials (TURN REST).
    """

    folder: Path
    port: int
    secret: str
    addresses: tuple[str, ...]
    peers: tuple[str, ...]
    relay_ports: tuple[int, int] = RELAY_PORTS
    quota: int = 240

    @property
    def urls(self) -> tuple[str, ...]:
        """What a participant is given, beside a time-limited credential."""
        return tuple(f"turn:{in_url(a)}:{self.port}?transport=udp" for a in self.addresses)


def write_configuration(program: Program, settings: TurnSettings) -> list[str]:
    """The command that starts coturn, with its configuration written into the private folder. Raises OSError."""
    folder = settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_private(folder / "turnserver.conf", text(settings))
    return [str(program.path), "-c", str(folder / "turnserver.conf")]


def text(settings: TurnSettings) -> str:
    """The configuration: UDP alone, credentials that run out, no peer but Janus, no command line, no web pages."""
    s = settings
    lines = [
        *(f"listening-ip={a}" for a in s.addresses),
        *(f"relay-ip={a}" for a in s.addresses),
        f"listening-port={s.port}",
        f"min-port={s.relay_ports[0]}",
        f"max-port={s.relay_ports[1]}",
        f"realm={REALM}",
        "use-auth-secret",
        f"static-auth-secret={s.secret}",
        "fingerprint",
        "stale-nonce=600",
        "no-tcp",
        "no-tls",
        "no-dtls",
        "no-tcp-relay",
        "no-cli",
        "no-rfc5780",
        "no-software-attribute",
        "no-multicast-peers",
        f"user-quota={ALLOCATIONS_EACH}",
        f"total-quota={s.quota}",
        *(f"denied-peer-ip={EVERY[v]}" for v in (4, 6)),
        *(f"allowed-peer-ip={p}" for p in s.peers),
        *(["allow-loopback-peers"] if any(ipaddress.ip_address(p).is_loopback for p in s.peers) else []),
        f"userdb={s.folder / 'turn.db'}",
        f"pidfile={s.folder / 'turn.pid'}",
        "log-file=stdout",
        "simple-log",
    ]
    return "\n".join(lines) + "\n"


async def require_stun(address: str, port: int, *, within_s: float = 1.0) -> None:
    """Returns where a STUN server answers a binding request. Raises NoAnswer. Source: RFC 8489 cl. 5, 7.3.1."""
    mark = struct.pack(">I", MAGIC) + secrets.token_bytes(12)
    asked = struct.pack(">HH", 0x0001, 0) + mark
    await require_udp_answer(
        address, port, question=lambda _: asked, fits=lambda data: data[4:20] == mark, where="turn", within_s=within_s
    )
