"""What a test participant may say to Janus: messages are made anew from what it asks, never passed on as they came.

It may join the two rooms under its site's name, send, choose whose pictures it gets, and leave. Numbers of sessions and
handles are its own; PIN, secrets and names are put in here.
Source: Janus 1.1.2, Janus API; plug-ins VideoRoom and AudioBridge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.conference.server import audiobridge, videoroom
from setsail.conference.server.labels import label
from setsail.conference.server.order import Order

LONGEST_SDP = 64_000
MOST_STREAMS, MOST_HANDLES = 64, 12
PLAIN = ("keepalive", "detach", "destroy", "hangup")


class NotAllowed(BadInput):
    """A message that a test participant has no business with."""

    code = "conference-not-allowed"


class Gate:
    """The messages of one line. `outward` : to Janus;  `inward` : notes what Janus answers."""

    def __init__(self, order: Order, site: str) -> None:
        self.order, self.site = order, site
        self._session = 0
        self._plugins: dict[int, str] = {}
        self._asked: dict[str, str] = {}

    def outward(self, text: bytes) -> str:
        """The message for Janus. Raises NotAllowed, whatever the text is."""
        try:
            told = json.loads(text)
            made = self._made(told)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
            raise NotAllowed(
                f"cannot be read ({type(err).__name__})", where="message", allowed="the Janus API"
            ) from err
        return json.dumps(made)

    def inward(self, text: bytes | str) -> None:
        """Learns numbers of session and handles from answers."""
        told = json.loads(text)
        what = self._asked.pop(told.get("transaction", ""), "")
        if told.get("janus") != "success" or not what:
            return
        number = int(told["data"]["id"])
        if what == "create":
            self._session = number
        else:
            self._plugins[number] = what

    def _made(self, told: Mapping[str, Any]) -> Record:
        what, mark = told["janus"], str(told["transaction"])[:64]
        made: Record = {"janus": what, "transaction": mark, "apisecret": self.order.place.secret}
        if what == "create":
            self._asked[mark] = "create"
            return made
        made["session_id"] = self._session
        if what == "attach":
            return made | self._attached(told["plugin"], mark)
        if what not in (*PLAIN, "message"):
            raise NotAllowed(
                f"is {what!r}"[:80], where="message", allowed=f"create, attach, message, {', '.join(PLAIN)}"
            )
        if "handle_id" in told or what in ("message", "detach"):
            made["handle_id"] = self._handle(told["handle_id"])
        if what == "detach":
            del self._plugins[made["handle_id"]]
        if what == "message":
            made["body"] = self._body(self._plugins[made["handle_id"]], told["body"])
            if "jsep" in told:
                made["jsep"] = _described(told["jsep"])
        return made

    def _attached(self, plugin: str, mark: str) -> Record:
        if plugin not in (videoroom.PLUGIN, audiobridge.PLUGIN) or len(self._plugins) >= MOST_HANDLES:
            raise NotAllowed(f"attaches to {plugin!r}"[:80], where="message", allowed="the two rooms")
        self._asked[mark] = plugin
        return {"plugin": plugin, "opaque_id": label(self.site, "participant")}

    def _handle(self, number: object) -> int:
        if not isinstance(number, int) or number not in self._plugins:
            raise NotAllowed("names a handle of somebody else", where="message", allowed="its own")
        return number

    def _body(self, plugin: str, body: Mapping[str, Any]) -> Record:
        asked = body["request"]
        if plugin == audiobridge.PLUGIN and asked in ("join", "configure"):
            return {"request": asked, "muted": bool(body.get("muted", False)), **self._joining(asked)}
        if plugin == videoroom.PLUGIN and asked == "join":
            return {"request": asked, **self._joining(asked), **_as(body)}
        if plugin == videoroom.PLUGIN and asked == "publish":
            return {"request": asked, "bitrate": self.order.rooms.bitrate_bps}
        if plugin == videoroom.PLUGIN and asked == "switch":
            return {"request": asked, "streams": [_stream(s) | {"sub_mid": str(s["sub_mid"])[:16]} for s in _few(body)]}
        if asked in ("start", "leave"):
            return {"request": asked}
        raise NotAllowed(f"asks for {asked!r}"[:80], where="message", allowed="join, publish, configure, start, switch")

    def _joining(self, asked: str) -> Record:
        rooms = self.order.rooms
        return {"room": rooms.room, "pin": rooms.pin, "display": self.site} if asked == "join" else {}


def _as(body: Mapping[str, Any]) -> Record:
    """Of a join: as a sender, or as one who gets the streams that it names."""
    if body["ptype"] == "publisher":
        return {"ptype": "publisher"}
    return {"ptype": "subscriber", "streams": [_stream(s) for s in _few(body)], "autoupdate": True, "use_msid": True}


def _few(body: Mapping[str, Any]) -> list[Any]:
    found = list(body["streams"])
    if len(found) > MOST_STREAMS:
        raise NotAllowed(f"names {len(found)} streams", where="message", allowed=f"up to {MOST_STREAMS}")
    return found


def _stream(told: Mapping[str, Any]) -> Record:
    return {"feed": int(told["feed"]), **({"mid": str(told["mid"])[:16]} if "mid" in told else {})}


def _described(jsep: Mapping[str, Any]) -> Record:
    kind, sdp = jsep["type"], jsep["sdp"]
    if kind not in ("offer", "answer") or not isinstance(sdp, str) or len(sdp) > LONGEST_SDP:
        raise NotAllowed("is no session description", where="message", allowed=f"SDP of up to {LONGEST_SDP} characters")
    return {"type": kind, "sdp": sdp}
