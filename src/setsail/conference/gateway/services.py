"""The two services that SIP terminals need, for the supervisor's list: the registrar, then the gateway behind it."""

from __future__ import annotations

import os
import secrets
import sys

from setsail.base.extras import require
from setsail.conference.gateway import kamailio
from setsail.conference.gateway.sip import message
from setsail.conference.gateway.sip.message import Malformed, Message
from setsail.conference.server.asking import require_udp_answer
from setsail.conference.server.find import find_program
from setsail.conference.server.order import Order
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.ports import Port
from setsail.conference.server.services import Service
from setsail.conference.server.sip import SipSettings

PROGRAM = "kamailio"


def services(order: Order) -> list[Service]:
    """Registrar and gateway of an order with SIP, none of another. Raises MissingExtra where a part is not here."""
    if order.sip is None:
        return []
    require("aiortc", "conference")
    return [_registrar(order, order.sip), _gateway(order, order.sip)]


def _registrar(order: Order, settings: SipSettings) -> Service:
    program = find_program(PROGRAM)

    async def check() -> None:
        await require_sip(LOOPBACK, settings.inner_port)

    ports = [Port("udp", LOOPBACK, settings.inner_port)]
    for address in settings.addresses:
        ports += [Port("udp", address, settings.port), Port("tcp", address, settings.port)]
        ports += [Port("tcp", address, settings.tls_port)] if settings.tls_port else []
    return Service(
        "sip", lambda: kamailio.write_configuration(program, settings, order.rooms.room), check, settings.folder,
        order.folder / "sip.log", program.environment(os.environ), ports=tuple(ports),
    )  # fmt: skip


def _gateway(order: Order, settings: SipSettings) -> Service:
    async def check() -> None:
        await require_sip(LOOPBACK, settings.gateway_port)

    return Service(
        "gateway", lambda: [sys.executable, "-m", "setsail.conference.gateway.main", str(order.folder)], check,
        settings.folder, order.folder / "gateway.log", dict(os.environ),
        ports=(Port("udp", LOOPBACK, settings.gateway_port),),
    )  # fmt: skip


async def require_sip(address: str, port: int, *, within_s: float = 1.0) -> None:
    """Returns where something that speaks SIP answers OPTIONS. Raises NoAnswer. Source: RFC 3261 cl. 11."""
    mark = secrets.token_hex(10)

    def question(own: tuple[str, int]) -> bytes:
        return message.written(Message("OPTIONS", f"sip:{address}:{port}", headers=(
            ("via", f"SIP/2.0/UDP {own[0]}:{own[1]};rport;branch=z9hG4bK{mark}"), ("max-forwards", "5"),
            ("from", f"<sip:status@{own[0]}>;tag={mark[:8]}"), ("to", f"<sip:{address}:{port}>"), ("call-id", mark),
            ("cseq", "1 OPTIONS"),
        )))  # fmt: skip

    def fits(data: bytes) -> bool:
        try:
            return message.read(data).call_id == mark
        except Malformed:
            return False

    await require_udp_answer(address, port, question=question, fits=fits, where="sip", within_s=within_s)
