"""The two services that SIP terminals need, for the supervisor's list: the registrar, then the gateway behind it."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys

from setsail.base.extras import require
from setsail.conference.gateway import kamailio
from setsail.conference.gateway.sip import message
from setsail.conference.gateway.sip.message import Malformed, Message
from setsail.conference.server.errors import NoAnswer
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
        await require_answer(LOOPBACK, settings.inner_port)

    ports = [Port("udp", LOOPBACK, settings.inner_port)]
    for address in settings.addresses:
        ports += [Port("udp", address, settings.port), Port("tcp", address, settings.port)]
    return Service(
        "sip", lambda: kamailio.write_configuration(program, settings, order.rooms.room), check, settings.folder,
        order.folder / "sip.log", program.environment(os.environ), ports=tuple(ports),
    )  # fmt: skip


def _gateway(order: Order, settings: SipSettings) -> Service:
    async def check() -> None:
        await require_answer(LOOPBACK, settings.gateway_port)

    return Service(
        "gateway", lambda: [sys.executable, "-m", "setsail.conference.gateway.main", str(order.folder)], check,
        settings.folder, order.folder / "gateway.log", dict(os.environ),
        ports=(Port("udp", LOOPBACK, settings.gateway_port),),
    )  # fmt: skip


async def require_answer(address: str, port: int, *, within_s: float = 1.0) -> None:
    """Returns where something that speaks SIP answers OPTIONS. Raises NoAnswer. Source: RFC 3261 cl. 11."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Message] = loop.create_future()
    mark = secrets.token_hex(10)

    class Line(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - of the base class
            try:
                came = message.read(data)
            except Malformed:
                return
            if came.call_id == mark and not heard.done():
                heard.set_result(came)

        def error_received(self, exc: Exception) -> None:
            if not heard.done():
                heard.set_exception(exc)

    transport, _ = await loop.create_datagram_endpoint(Line, remote_addr=(address, port))
    own = transport.get_extra_info("sockname")
    question = Message("OPTIONS", f"sip:{address}:{port}", headers=(
        ("via", f"SIP/2.0/UDP {own[0]}:{own[1]};rport;branch=z9hG4bK{mark}"), ("max-forwards", "5"),
        ("from", f"<sip:status@{own[0]}>;tag={mark[:8]}"), ("to", f"<sip:{address}:{port}>"), ("call-id", mark),
        ("cseq", "1 OPTIONS"),
    ))  # fmt: skip
    try:
        transport.sendto(message.written(question))
        async with asyncio.timeout(within_s):
            await heard
    except (TimeoutError, OSError) as err:
        raise NoAnswer(f"no answer from {address}:{port}/udp", where="sip") from err
    finally:
        transport.close()
