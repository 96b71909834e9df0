"""What the conference server refuses, and what happens to the line to it: one class each, none a bare number."""

from __future__ import annotations

from setsail.base.errors import BadInput, SetSailError


class Refused(BadInput):
    """The conference server does not do what it was asked. number : its own number of the refusal, 0 for none."""

    code = "conference-refused"
    number = 0


class WrongPin(Refused):
    """The room's PIN or secret is another one; nobody else in the room is touched."""

    code = "conference-wrong-pin"


class RoomFull(Refused):
    """As many participants send in the room as it was planned for; those who are in it stay."""

    code = "conference-room-full"


class NoSuchRoom(Refused):
    """The server carries no room of that number."""

    code = "conference-no-such-room"


class RoomExists(Refused):
    """The server carries a room of that number already."""

    code = "conference-room-exists"


class NoSuchSender(Refused):
    """Nobody of that number sends in the room: gone, or never there."""

    code = "conference-no-such-sender"


class ServerLost(SetSailError):
    """The line to the conference server is broken: it died, was stopped, or forgot the session."""

    code = "conference-server-lost"


class NoAnswer(SetSailError):
    """The conference server did not answer in time."""

    code = "conference-no-answer"


class CannotStart(SetSailError):
    """A process of the conference did not come up, or came up and fell again and again."""

    code = "conference-cannot-start"


NUMBERS: dict[int, type[Refused]] = {
    426: NoSuchRoom,
    427: RoomExists,
    428: NoSuchSender,
    432: RoomFull,
    433: WrongPin,
    485: NoSuchRoom,
    486: RoomExists,
    489: WrongPin,
    492: NoSuchSender,
}
"""Source: Janus 1.1.2, plug-ins VideoRoom (42x-43x) and AudioBridge (48x-49x), their error codes."""
ALLOWED: dict[type[Refused], tuple[str, str]] = {
    WrongPin: ("the PIN of the room", "the PIN in the site's work order"),
    RoomFull: ("as many senders as the room was opened for", "conference up --participants with a larger number"),
    NoSuchRoom: ("a room that is open", "conference status"),
    RoomExists: ("a number that no room has", "another room number"),
    NoSuchSender: ("somebody who sends in the room", "the list of participants"),
}


def refusal(number: int, words: str, *, where: str) -> Refused:
    """The error for a number of the server, with its own words."""
    cls = NUMBERS.get(number, Refused)
    allowed, hint = ALLOWED.get(cls, ("", ""))
    err = cls(f"is refused ({number}): {words}", where=where, allowed=allowed, hint=hint)
    err.number = number
    return err
