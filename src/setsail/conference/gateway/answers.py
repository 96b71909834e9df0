"""Answers of the desk: what a request offers, which keys it names, and how an error is told to a terminal."""

from __future__ import annotations

from setsail.base.errors import SetSailError
from setsail.conference.gateway.sip import sdp
from setsail.conference.gateway.sip.message import Message
from setsail.conference.gateway.terms import NotAcceptable
from setsail.conference.server.errors import NoSuchRoom, RoomFull

RETRY_AFTER_S = 5


class Refusal(Exception):
    """A call that is not taken: status, reason, headers of the answer."""

    def __init__(self, status: int, why: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.status, self.why, self.headers = status, why, headers


def offer_of(request: Message) -> sdp.Description:
    """What a request offers. Raises Refusal, BadDescription."""
    if not request.body:
        raise Refusal(488, "INVITE without an offer: the terminal must describe itself first")
    if request.first("content-type").partition(";")[0].strip().lower() != "application/sdp":
        raise Refusal(415, headers=(("accept", "application/sdp"),))
    return sdp.read(request.body)


def status_of(err: SetSailError) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """The refusal for an error."""
    if isinstance(err, NotAcceptable | sdp.BadDescription):
        return 488, str(err), ()
    if isinstance(err, RoomFull):
        return 486, "all places of the room are taken", ()
    if isinstance(err, NoSuchRoom):
        return 404, "no such room", ()
    return 503, err.what, (("retry-after", str(RETRY_AFTER_S)),)


def keys_of(request: Message) -> list[str]:
    """Keys in an INFO, as application/dtmf-relay or application/dtmf."""
    kind, text = request.first("content-type").lower(), request.body.decode("ascii", "replace")
    if "dtmf-relay" in kind:
        text = next((line.partition("=")[2] for line in text.splitlines() if line.lower().startswith("signal")), "")
    elif "dtmf" not in kind:
        return []
    return [c for c in text.strip()[:1] if c in "0123456789*#"]
