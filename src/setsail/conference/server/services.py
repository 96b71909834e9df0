"""What runs for a conference, as a plain list of services; the supervisor knows nothing else about them.

A further service (a gateway for terminals that speak SIP) is one more `Service` in the list that `services` gives.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from setsail.base.errors import MissingExtra
from setsail.conference.server import janus, turn
from setsail.conference.server.admin import Admin
from setsail.conference.server.errors import Refused
from setsail.conference.server.find import find_janus, find_program
from setsail.conference.server.order import Order
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.places import Places
from setsail.conference.server.ports import Port
from setsail.conference.server.rooms import make_rooms

GATEWAY = "setsail.conference.gateway.services"
"""The module whose `services(order) -> list[Service]` adds what SIP needs. It is asked twice, by `up` (which tests the
ports) and by the supervisor, and must say the same; the rollout's folder with its secrets is `order.folder.parent`."""


@dataclass(frozen=True)
class Service:
    """One process that is kept running.

    command : writes its configuration and gives the command to start; called before each start;
    check : returns where the process answers, raises where it does not;  after : done once it answers after a start
    (not where a running one is taken over);  log : where it writes;  ports : that must be free before its first start;
    first : it goes before other programs on a busy machine, where the system allows that.
    """

    name: str
    command: Callable[[], list[str]]
    check: Callable[[], Awaitable[None]]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    after: Callable[[], Awaitable[None]] | None = None
    ports: tuple[Port, ...] = ()
    first: bool = False


def services(order: Order) -> list[Service]:
    """All that the order asks for, in the order of their start. Raises MissingExtra for a program that is not here."""
    wanted = [janus_service(order)]
    if order.turn is not None:
        wanted.append(turn_service(order, order.turn))
    if order.sip is not None:
        wanted += _gateway(order)
    return wanted


def _gateway(order: Order) -> list[Service]:
    try:
        module = importlib.import_module(GATEWAY)
    except ModuleNotFoundError as err:
        raise MissingExtra("for terminals that speak SIP is not part of this installation", where="gateway",
                           hint="conference up --no-sip: browsers join all the same") from err  # fmt: skip
    found: list[Service] = module.services(order)
    return found


def janus_service(order: Order) -> Service:
    """Janus, with its rooms made again after each start."""
    found, settings = find_janus(), order.janus

    places = Places(settings.place, order.rooms)

    async def check() -> None:
        async with Admin(settings.place) as admin:
            await admin.ping()
        with contextlib.suppress(Refused):  # the rooms are not there yet
            await places.hold()

    async def after() -> None:
        await make_rooms(settings.place, order.rooms)

    return Service(
        "janus", lambda: janus.write_configuration(found, settings, order.rooms), check, settings.folder,
        order.folder / "janus.log", found.program.environment(os.environ), after,
        (Port("tcp", LOOPBACK, settings.ws_port), Port("tcp", LOOPBACK, settings.admin_port)), first=True,
    )  # fmt: skip


def turn_service(order: Order, settings: turn.TurnSettings) -> Service:
    """Coturn."""
    program = find_program("turnserver", package="coturn")

    async def check() -> None:
        for address in settings.addresses:
            await turn.require_stun(address, settings.port)

    return Service(
        "turn", lambda: turn.write_configuration(program, settings), check, settings.folder,
        order.folder / "turn.log", program.environment(os.environ),
        ports=tuple(Port("udp", a, settings.port) for a in settings.addresses),
    )  # fmt: skip
