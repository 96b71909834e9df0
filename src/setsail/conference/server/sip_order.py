"""The SIP side of a new conference: accounts and addresses from the rollout, ports from this machine."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.conference.server.janus import free_ports
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.sip import SIP_PORT, Account, SipSettings
from setsail.rollout.model import Rollout
from setsail.rollout.provision import certificates
from setsail.rollout.provision.config import sip_accounts
from setsail.rollout.provision.options import Options, Sip
from setsail.rollout.provision.secrets import Secrets

TLS_MODULES = ("usr/lib/*/kamailio/modules/tls.so", "usr/lib*/kamailio/modules/tls.so")


def settings_for(rollout: Rollout, secrets: Secrets, options: Options, folder: Path, *, now: datetime,
                 listen: tuple[str, ...] = (), port: int | None = None) -> SipSettings:  # fmt: skip
    """Settings of a new one. listen : addresses that terminals reach, loopback alone where none are named;

    port : of SIP there by UDP and TCP, None as provisioned where that is UDP or TCP, else 5060; where TLS is
    provisioned it has a port of its own, the one provisioned, or with `port` the next one. Raises BadInput.
    """
    inner, gateway = free_ports(2, kind=socket.SOCK_DGRAM)
    secure = options.sip.transport == "tls"
    planned = SIP_PORT if secure else options.sip.port
    accounts = tuple(
        Account(str(a["user"]), str(a["site"]), str(a["ha1"])) for a in sip_accounts(rollout, options, secrets)
    )
    for sign in ('"', "\\", "$", "\n", "@"):
        if sign in options.sip.domain:
            raise BadInput(f"holds {sign!r}", where="provision.toml [sip] domain", allowed="a domain name")
    tls = (port + 1 if port else options.sip.port) if secure and has_tls() else 0
    made = SipSettings(folder, listen or (LOOPBACK,), port or planned, options.sip.domain, inner, gateway, accounts,
                       note=_note(options.sip, tls=bool(tls)), tls_port=tls)  # fmt: skip
    if tls:
        names = dict.fromkeys([options.sip.domain, options.sip.proxy, *made.addresses])
        certificates.issued(made.rollout_dir, list(names), now)
    return made


def has_tls() -> bool:
    """Whether Kamailio's module for TLS is on this machine."""
    return any(any(Path("/").glob(place)) for place in TLS_MODULES)


def _note(sip: Sip, *, tls: bool) -> str:
    """Why terminals that are set as provisioned do not get in, "" where they do."""
    lacking = []
    if sip.transport == "tls" and not tls:
        lacking.append("TLS, for which Kamailio lacks its module (apt-get install kamailio-tls-modules)")
    if sip.srtp == "dtls":
        lacking.append('SRTP with keys by DTLS, which this conference does not speak (srtp = "sdes" or "none")')
    return f"provision.toml [sip] sets terminals to {' and to '.join(lacking)}" if lacking else ""
