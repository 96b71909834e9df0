"""Opening and closing the conference of a rollout: `up` and `down`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from setsail.base.errors import BadInput, OutOfRange, SetSailError
from setsail.conference.server import order as orders
from setsail.conference.server import ports, process, state
from setsail.conference.server.errors import CannotStart
from setsail.conference.server.find import find_janus, find_program
from setsail.conference.server.janus import MEDIA_PORTS, RTP_PORTS, fresh, require_own_address
from setsail.conference.server.order import Order
from setsail.conference.server.room import PARTICIPANTS, Rooms
from setsail.conference.server.services import services
from setsail.conference.server.sip import MEDIA_PORTS as SIP_MEDIA
from setsail.conference.server.sip_order import settings_for
from setsail.conference.server.sip_told import forget
from setsail.conference.server.supervisor import LOG, run
from setsail.conference.server.turn import RELAY_PORTS, TURN_PORT, TurnSettings
from setsail.rollout.model import Rollout
from setsail.rollout.provision import options
from setsail.rollout.provision.rooms import room_of
from setsail.rollout.provision.secrets import Secrets
from setsail.store.leases import locked

OPEN_S = 25.0
CLOSE_S = 20.0
CONNECTIONS_EACH = 3
"""Peer connections of a participant: pictures sent, pictures received, sound; a UDP port each."""
UP_LOCK = "up.lock"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What `up` is told beside the rollout. listen : addresses of this machine that the sites reach, its own if none;
    turn, sip : None as the rollout says;  participants : senders at most, None as planned;  port : of the server's
    API on loopback, 0 for a free one;  sip_port : None as provisioned;  media_ports : UDP range towards the sites.
    """

    listen: tuple[str, ...] = ()
    turn: bool | None = None
    sip: bool | None = None
    participants: int | None = None
    port: int = 0
    turn_port: int = TURN_PORT
    sip_port: int | None = None
    media_ports: tuple[int, int] = MEDIA_PORTS


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of `up`. how : "opened", "running already", or "taken over" from a supervisor that was killed."""

    how: Literal["opened", "running already", "taken over"]
    order: Order


def order_for(rollout: Rollout, secrets: Secrets, folder: Path, wishes: Wishes, now: datetime) -> Order:
    """The order of a new conference in `folder` of that of the rollout. Raises BadInput, OutOfRange, MissingExtra."""
    if rollout.call.record:
        raise BadInput("is true: recording is not done by this server, and none of its calls can be recorded",
                       where="rollout.toml [call] record", allowed="call.record = false")  # fmt: skip
    room = room_of(rollout, secrets)
    places = room.places if wishes.participants is None else wishes.participants
    PARTICIPANTS.require(places, "--participants")
    _require_range(wishes.media_ports, CONNECTIONS_EACH * places)
    for address in wishes.listen:
        require_own_address(address)
    janus = fresh(folder / "janus", addresses=wishes.listen, media_ports=wishes.media_ports, ws_port=wishes.port)
    janus = dataclasses.replace(janus, admin_secret=secrets.admin_secret)
    rooms = Rooms(
        room.room, room.pin, room.secret, places, room.bitrate_bps, rollout.call.codec, rollout.call.receive,
        description=rollout.name,
    )  # fmt: skip
    turn = None
    if rollout.call.turn if wishes.turn is None else wishes.turn:
        turn = TurnSettings(folder / "turn", wishes.turn_port, secrets.turn_secret, janus.addresses, janus.addresses,
                            quota=2 * CONNECTIONS_EACH * places)  # fmt: skip
    sip = None
    if rollout.call.sip if wishes.sip is None else wishes.sip:
        sip = settings_for(rollout, secrets, options.read(folder.parent), folder / "sip", now=now,
                           listen=wishes.listen, port=wishes.sip_port)  # fmt: skip
    return Order(rollout.rollout, folder, janus, rooms, turn, sip)


def require_programs(wishes: Wishes, rollout: Rollout) -> None:
    """Raises MissingExtra where Janus, or the relay or registrar that is asked for, is not on this machine."""
    find_janus()
    if rollout.call.turn if wishes.turn is None else wishes.turn:
        find_program("turnserver", package="coturn")
    if rollout.call.sip if wishes.sip is None else wishes.sip:
        find_program("kamailio")


def up(rollout_dir: Path, make: Callable[[Path], Order], *, foreground: Callable[[Order], None] | None,
       now: Callable[[], datetime]) -> Opened:  # fmt: skip
    """The conference of a rollout runs afterwards, kept by a supervisor of its own.

    make : gives the order of a new one;  foreground : called as soon as it is up where this process is to be the
    supervisor, until Ctrl-C or `down`; None leaves it to a process of its own.
    Raises PortTaken, CannotStart, and what `make` raises.
    """
    folder = state.folder_of(rollout_dir)
    try:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(folder)) from err
    with locked(folder / UP_LOCK):  # of two at once, the second finds it running
        found = state.read(folder)
        before = orders.read(folder) if found.supervised or found.left else None  # an order of the past binds nobody
        if before is not None and found.supervised:
            return Opened("running already", before)
        taken = before is not None
        asked = _new(folder, make) if before is None else before
        if foreground is None:
            _detached(asked)
    how: Literal["opened", "taken over"] = "taken over" if taken else "opened"
    if foreground is not None:
        asyncio.run(_here(asked, foreground, now))
    return Opened(how, asked)


def _new(folder: Path, make: Callable[[Path], Order]) -> Order:
    """A new order, once its ports are known to be free and its programs to be there."""
    asked = make(folder)
    ports.require_free(p for s in services(asked) for p in s.ports)
    (folder / state.FILE).unlink(missing_ok=True)
    forget(folder / "sip")
    orders.write(asked)
    return asked


def _detached(asked: Order) -> None:
    """A supervisor of its own that has all services up. Raises CannotStart."""
    command = [sys.executable, "-m", "setsail.conference.server.supervisor", str(asked.folder)]
    log = asked.folder / LOG
    made = process.start(command, log=log, environment=os.environ, folder=asked.folder, dies_with_us=False)
    end = time.monotonic() + OPEN_S
    while time.monotonic() < end:
        found = state.read(asked.folder)
        ours = found.supervisor == made
        if ours and found.services and all(s.phase == "up" for s in found.services):
            return
        if not made.alive:
            process.reap(made.pid)
            raise _fault(state.read(asked.folder), log)
        time.sleep(0.03)
    asyncio.run(_ended(asked.folder, made))
    raise CannotStart(f"did not open in {OPEN_S:g} s", where="conference", hint=f"see {log}")


def _fault(found: state.State, log: Path) -> SetSailError:
    if found.fault:
        return CannotStart(found.fault, where="conference", hint=f"see {log.parent}")
    return CannotStart("the supervisor ended at once", where="conference", hint=f"see {log}")


async def _ended(folder: Path, supervisor: process.Running) -> None:
    await supervisor.end(grace_s=CLOSE_S)
    for one in reversed(state.read(folder).left):
        if one.running is not None:
            await one.running.end()


async def _here(asked: Order, opened: Callable[[Order], None], now: Callable[[], datetime]) -> None:
    """Supervises in this process; `opened` is called once all is up. Raises CannotStart."""

    async def tell() -> None:
        while True:
            found = state.read(asked.folder)
            if found.supervised and found.services and all(s.phase == "up" for s in found.services):
                opened(asked)
                return
            await asyncio.sleep(0.05)

    telling = asyncio.create_task(tell())
    try:
        ended = await run(asked.folder, now)
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
    if ended.fault:
        raise CannotStart(ended.fault, where="conference")


def down(rollout_dir: Path) -> Sequence[str]:
    """Nothing of the conference runs afterwards; the names of what was ended, none where nothing ran.

    The supervisor is asked first; what a killed one left is ended by pid, if it is still the process that was started.
    """
    folder = state.folder_of(rollout_dir)
    found = state.read(folder)
    ended = [s.name for s in found.left]
    if found.supervised and found.supervisor is not None:
        ended.append("supervisor")
        asyncio.run(_ended(folder, found.supervisor))
    asyncio.run(_end_left(folder))
    (folder / orders.FILE).unlink(missing_ok=True)
    return ended


async def _end_left(folder: Path) -> None:
    found = state.read(folder)
    for one in reversed(found.services):
        if one.alive and one.running is not None:
            await one.running.end()
            one.running, one.phase = None, "stopped"
    if found.services:
        found.supervisor = None
        with contextlib.suppress(SetSailError):
            state.write(folder, found)


def _require_range(given: tuple[int, int], needed: int) -> None:
    low, high = given
    if not 1024 <= low <= high <= 65535:
        raise OutOfRange(f"is {low}-{high}", where="--media-ports", allowed="1024-65535, the smaller first")
    if high - low + 1 < needed:
        raise OutOfRange(f"{low}-{high} holds {high - low + 1} ports", where="--media-ports",
                         allowed=f"{needed} and more: {CONNECTIONS_EACH} for each participant")  # fmt: skip
    for name, (first, last) in (("plain RTP", RTP_PORTS), ("the relay", RELAY_PORTS), ("SIP terminals", SIP_MEDIA)):
        if low <= last and first <= high:
            raise OutOfRange(f"{low}-{high} meets {first}-{last}, the ports of {name}", where="--media-ports",
                             allowed="a range apart from it")  # fmt: skip
