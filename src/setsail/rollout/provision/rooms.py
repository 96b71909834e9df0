"""The conference room of a rollout, with everybody who belongs in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from setsail.base.errors import BadInput, DuplicateKey
from setsail.rollout.model import CallOrder, Rollout
from setsail.rollout.provision.secrets import Secrets

COMMAND = "command"
"""The participant that watches all sites: the command centre."""
SPARE_SHARE = 0.1
"""Places beyond the planned participants, so that one who comes back before his old place is freed gets in."""
SPARE_LEAST = 2
PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]*")
ROOM_NUMBERS = (1, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class Participant:
    """One who is expected. number : 1, 2, ... in the order of the sites, which its picture's strip carries; 0 for the
    command centre;  display : name shown;  sip_user, sip_password : its account, "" without one.
    """

    site: str
    number: int
    display: str
    sip_user: str
    sip_password: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Room:
    """One room. pin : to enter;  secret : to manage it;  participants : planned;  places : publishers at most;

    bitrate_bps : most that a sender's picture is let through with.
    """

    room: int
    name: str
    pin: str = field(repr=False)
    secret: str = field(repr=False)
    participants: tuple[Participant, ...] = ()
    places: int = 0
    receive: int = 0
    bitrate_bps: int = 0
    call: CallOrder = field(default_factory=CallOrder)

    def participant(self, site: str) -> Participant | None:
        """Who that site is in the room."""
        return next((p for p in self.participants if p.site == site), None)


def room_of(rollout: Rollout, secrets: Secrets) -> Room:
    """The room of a rollout: a place for each site and the command centre, and a few to spare.

    Raises BadInput for a room number that no server takes, or a site without secrets.
    """
    number = rollout.call.room
    if not ROOM_NUMBERS[0] <= number <= ROOM_NUMBERS[1]:
        allowed = f"{ROOM_NUMBERS[0]} to {ROOM_NUMBERS[1]}"
        raise BadInput(f"is {number}", where="call room", allowed=allowed)
    people = [_participant(n, s.site, s.name, secrets) for n, s in enumerate(rollout.sites, start=1)]
    people.append(Participant(COMMAND, 0, "Command centre", COMMAND))
    _require_apart(people)
    spare = max(SPARE_LEAST, math.ceil(SPARE_SHARE * len(people)))
    return Room(
        number, rollout.name, secrets.pin, secrets.room_secret, tuple(people), len(people) + spare,
        rollout.call.receive, round(rollout.call.video_kbps * 1000), rollout.call,
    )  # fmt: skip


def sip_user(site: str, number: int) -> str:
    """The user part of a site's SIP address: its id in small letters, or its number where the id is not plain."""
    user = site.lower()
    return user if PLAIN.fullmatch(user) and user != COMMAND else f"site-{number}"


def _require_apart(people: list[Participant]) -> None:
    seen: dict[str, str] = {}
    for one in people:
        other = seen.setdefault(one.sip_user, one.site)
        if other != one.site:
            raise DuplicateKey(
                f"has the SIP user {one.sip_user!r} of {other!r}", where=f"site {one.site!r}",
                allowed="ids that differ in more than capitals and signs",
            )  # fmt: skip


def _participant(number: int, site: str, name: str, secrets: Secrets) -> Participant:
    own = secrets.sites.get(site)
    if own is None:
        raise BadInput(f"has no line for site {site!r}", where="secrets.toml", hint="setsail rollout provision again")
    return Participant(site, number, name or site, sip_user(site, number), own.sip_password)
