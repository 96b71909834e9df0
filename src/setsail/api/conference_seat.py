"""A person on the call from a page: a seat in the room of a rollout's conference."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.conference.seat.seat import Seat


async def conference_seat(rollout_dir: Path, *, pin: str, name: str) -> Seat:
    """A seat in the conference that runs for a rollout: its methods are all that a page may ask for; `close` ends it.

    Raises BadInput (no conference is up, another PIN, a name without letters), RoomFull, ServerLost, MissingExtra.
    """
    from setsail.base.extras import require
    from setsail.conference.seat.seat import Seat
    from setsail.conference.server.state import running

    require("websockets", "conference")
    return await Seat.taken(running(rollout_dir), pin=pin, name=name)


def conference_relays(rollout_dir: Path, name: str, now: datetime) -> list[Record]:
    """TURN relays of the conference with a credential for `name` that holds for a day; none without a relay.

    In the form that browsers take (iceServers).  Raises NotUp.
    """
    from datetime import timedelta

    from setsail.conference.server.state import running
    from setsail.rollout.provision.secrets import turn_credential

    turn = running(rollout_dir).turn
    if turn is None:
        return []
    made = turn_credential(turn.secret, name, now + timedelta(days=1))
    return [{"urls": list(turn.urls), "username": made.username, "credential": made.password}]


def conference_is_up(rollout_dir: Path) -> bool:
    """Whether a conference runs for a rollout."""
    from setsail.conference.server.state import NotUp, running

    try:
        running(rollout_dir)
    except NotUp:
        return False
    return True
