"""What the SIP side of a conference is run with: addresses, ports, accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from setsail.conference.server.place import in_url

SIP_PORT = 5060
MEDIA_PORTS = (28000, 29999)
"""UDP of sound and pictures of SIP terminals: four each."""
SILENCE_S = 30.0
"""After this long without a packet a terminal counts as gone."""


@dataclass(frozen=True, slots=True)
class Account:
    """One terminal's account. ha1 : what the registrar keeps instead of the password;  site : its name in the room."""

    user: str
    site: str
    ha1: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SipSettings:
    """One registrar and one gateway. folder : private;  addresses : of this machine, for terminals;  port : of SIP
    there, by UDP and TCP;  domain : realm of the accounts;  inner_port, gateway_port : of both on loopback, by which
    they talk;  media_ports : UDP range towards the terminals;
    note : what terminals are provisioned for and is not to be had here;  tls_port : of SIP over TLS, 0 for none.
    """

    folder: Path
    addresses: tuple[str, ...]
    port: int
    domain: str
    inner_port: int
    gateway_port: int
    accounts: tuple[Account, ...] = ()
    media_ports: tuple[int, int] = MEDIA_PORTS
    silence_s: float = SILENCE_S
    note: str = ""
    tls_port: int = 0

    @property
    def rollout_dir(self) -> Path:
        """The folder of the rollout, which holds the certificates."""
        return self.folder.parent.parent

    def site(self, user: str) -> str:
        """The site of an account, "" where there is none of that name."""
        return next((a.site for a in self.accounts if a.user == user), "")

    def at(self, address: str) -> str:
        """Where a terminal registers."""
        return f"{in_url(address)}:{self.port}"
