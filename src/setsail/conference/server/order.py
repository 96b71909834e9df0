"""What a running conference was asked to be, kept in a file that its owner alone can read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import StoreCorrupt
from setsail.base.record import Record
from setsail.base.writing import write_private
from setsail.conference.server.janus import JanusSettings
from setsail.conference.server.place import Place
from setsail.conference.server.room import Rooms
from setsail.conference.server.sip import Account, SipSettings
from setsail.conference.server.turn import TurnSettings

FILE = "order.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Order:
    """One conference. rollout : its id;  folder : `conference` in that of the rollout;  turn : None without a relay;
    sip : None without SIP terminals.
    """

    rollout: str
    folder: Path
    janus: JanusSettings
    rooms: Rooms
    turn: TurnSettings | None = None
    sip: SipSettings | None = None

    @property
    def place(self) -> Place:
        """Where a client finds the server."""
        return self.janus.place


def write(order: Order) -> None:
    """Keeps the order, whole, with mode 0600."""
    told = {"version": VERSION, **dataclasses.asdict(order)}
    write_private(order.folder / FILE, json.dumps(told, indent=1, default=str))


def read(folder: Path) -> Order | None:
    """The order in a conference's folder, None where there is none. Raises StoreCorrupt."""
    file = folder / FILE
    try:
        told: Record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as err:
        raise StoreCorrupt("is no JSON", where=str(file), hint="conference down, then up") from err
    try:
        return _order(folder, told)
    except (KeyError, TypeError, AttributeError) as err:
        raise StoreCorrupt(f"is not an order ({err})", where=str(file), hint="conference down, then up") from err


def _order(folder: Path, told: Record) -> Order:
    turn, sip = told["turn"], told["sip"]
    return Order(
        str(told["rollout"]), folder, JanusSettings(**_typed(told["janus"], folder / "janus")),
        Rooms(**told["rooms"]), None if turn is None else TurnSettings(**_typed(turn, folder / "turn")),
        None if sip is None else _sip(sip, folder / "sip"),
    )  # fmt: skip


def _sip(told: Record, folder: Path) -> SipSettings:
    accounts = tuple(Account(**one) for one in told["accounts"])
    return SipSettings(**_typed(told, folder) | {"accounts": accounts})


def _typed(fields: Record, folder: Path) -> Record:
    """Lists as the tuples they were; the folder as it is now, because a rollout's folder may have been moved."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()} | {"folder": folder}
