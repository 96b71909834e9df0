"""The conference of a rollout: opened, closed, looked at, and unpacked where it cannot be installed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.conference.server.order import Order


def conference_up(
    rollout_dir: Path,
    *,
    random_bytes: Callable[[int], bytes],
    now: Callable[[], datetime],
    listen: tuple[str, ...] = (),
    turn: bool | None = None,
    sip: bool | None = None,
    participants: int | None = None,
    port: int = 0,
    turn_port: int | None = None,
    sip_port: int | None = None,
    media_ports: tuple[int, int] | None = None,
    opened: Callable[[Record], None] | None = None,
) -> Record:
    """The conference of a rollout runs: its room, addresses, ports for the firewall, and how it came to run.

    listen : addresses of this machine that sites reach;  turn, sip : None as the rollout says;  participants : senders
    at most;  opened : called when all is up where this process stays and supervises; None leaves that to another one.
    Raises MissingExtra (no Janus), PortTaken, BadInput, OutOfRange, CannotStart.
    """
    from setsail.base.extras import require
    from setsail.conference.server import lifecycle
    from setsail.conference.server import turn as relay
    from setsail.conference.server.janus import MEDIA_PORTS
    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision.secrets import kept

    rollout = read(rollout_dir)
    wishes = lifecycle.Wishes(
        listen,
        turn,
        sip,
        participants,
        port,
        turn_port or relay.TURN_PORT,
        sip_port,
        media_ports or MEDIA_PORTS,
    )
    require("websockets", "conference")
    lifecycle.require_programs(wishes, rollout)

    def make(folder: Path) -> Order:
        return lifecycle.order_for(rollout, kept(Path(rollout_dir), rollout, random_bytes), folder, wishes, now())

    told = None if opened is None else lambda order: opened(_opened("opened", order, rollout_dir))
    done = lifecycle.up(Path(rollout_dir), make, foreground=told, now=now)
    return _opened(done.how, done.order, rollout_dir)


def conference_down(rollout_dir: Path) -> Record:
    """Nothing of the conference runs: what was ended, nothing where nothing ran. Raises BadInput for no such folder."""
    from setsail.conference.server import lifecycle

    _require_folder(rollout_dir)
    return {"up": False, "ended": list(lifecycle.down(Path(rollout_dir)))}


def conference_status(rollout_dir: Path) -> Record:
    """Services, rooms and participants with their loss, as they are now. Raises BadInput for no such folder."""
    import asyncio
    import dataclasses

    from setsail.base.extras import require
    from setsail.conference.server.status import status

    _require_folder(rollout_dir)
    require("websockets", "conference")
    return dataclasses.asdict(asyncio.run(status(Path(rollout_dir))))


def conference_unpack(*, into: Path | None = None) -> Record:
    """Janus unpacked for this user, without root: where it is, and of which packages. Raises MissingExtra, BadInput."""
    from setsail.conference.server.unpack import unpack

    return unpack(into)


def _require_folder(rollout_dir: Path) -> None:
    from setsail.base.errors import BadInput

    if not Path(rollout_dir).is_dir():
        raise BadInput("does not exist", where=str(rollout_dir), allowed="a folder of `setsail rollout new`")


def _opened(how: str, order: Order, rollout_dir: Path) -> Record:
    first, last = order.janus.media_ports
    sip = [] if order.sip is None else [order.sip.at(a) for a in order.sip.addresses]
    firewall = [f"udp {first}-{last} to {a}" for a in order.janus.addresses]
    if order.turn is not None:
        low, high = order.turn.relay_ports
        firewall += [f"udp {order.turn.port} and {low}-{high} to {a}" for a in order.turn.addresses]
    if order.sip is not None:
        low, high = order.sip.media_ports
        ports = f"udp and tcp {order.sip.port}" + (f", tcp {order.sip.tls_port}" if order.sip.tls_port else "")
        firewall += [f"{ports}, udp {low}-{high} to {a}" for a in order.sip.addresses]
    return {
        "up": True, "how": how, "rollout": order.rollout, "room": order.rooms.room, "places": order.rooms.publishers,
        "receive": order.rooms.receive, "addresses": list(order.janus.addresses), "turn": order.turn is not None,
        "sip": sip, "recorded": False, "pin_in": str(Path(rollout_dir) / "secrets.toml"), "firewall": firewall,
        **_tls(order), "note": order.sip.note if order.sip is not None else "",
    }  # fmt: skip


def _tls(order: Order) -> Record:
    """What a terminal needs that speaks SIP over TLS; nothing where none may."""
    from setsail.rollout.provision import certificates

    if order.sip is None or not order.sip.tls_port:
        return {}
    file = certificates.authority_file(order.sip.rollout_dir)
    return {"sip_tls_port": order.sip.tls_port, "sip_ca": str(file), "sip_ca_sha256": certificates.fingerprint(file)}
