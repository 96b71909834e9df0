"""The SIP side of a new conference: accounts and addresses from the rollout, ports from this machine."""

from __future__ import annotations

import socket
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.conference.server.janus import free_ports
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.sip import SIP_PORT, Account, SipSettings
from setsail.rollout.model import Rollout
from setsail.rollout.provision.config import sip_accounts
from setsail.rollout.provision.options import Options, Sip
from setsail.rollout.provision.secrets import Secrets


def settings_for(rollout: Rollout, secrets: Secrets, options: Options, folder: Path, *,
                 listen: tuple[str, ...] = (), port: int | None = None) -> SipSettings:  # fmt: skip
    """Settings of a new one. listen : addresses that terminals reach, loopback alone where none are named;

    port : of SIP there, None as provisioned where that is UDP or TCP, else 5060. Raises BadInput.
    """
    inner, gateway = free_ports(2, kind=socket.SOCK_DGRAM)
    planned = options.sip.port if options.sip.transport in ("udp", "tcp") else SIP_PORT
    accounts = tuple(
        Account(str(a["user"]), str(a["site"]), str(a["ha1"])) for a in sip_accounts(rollout, options, secrets)
    )
    for sign in ('"', "\\", "$", "\n", "@"):
        if sign in options.sip.domain:
            raise BadInput(f"holds {sign!r}", where="provision.toml [sip] domain", allowed="a domain name")
    return SipSettings(folder, listen or (LOOPBACK,), port or planned, options.sip.domain, inner, gateway, accounts,
                       note=_note(options.sip))  # fmt: skip


def _note(sip: Sip) -> str:
    """Why terminals that are set as provisioned do not get in, "" where they do."""
    lacking = [word for word, lacks in (("TLS", sip.transport == "tls"), ("SRTP", sip.srtp != "none")) if lacks]
    if not lacking:
        return ""
    return (
        f"provision.toml sets terminals to {' and '.join(lacking)}, which this conference does not speak: "
        'transport = "udp", srtp = "none" under [sip], then provision again'
    )
