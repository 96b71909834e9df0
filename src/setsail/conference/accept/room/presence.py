"""What the conference knows of the terminal that is in the room under a site's name: its kind, its legs, its counters.

Source: Janus 1.1.2, Admin API, handle_info; RFC 3550 cl. 6.4 for what terminals report.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.conference.server import audiobridge, videoroom
from setsail.conference.server.admin import Admin
from setsail.conference.server.errors import NoAnswer, Refused
from setsail.conference.server.labels import kind_of
from setsail.conference.server.order import Order
from setsail.conference.server.sip_told import told

TOLD_S = 6.0
"""A gateway tells of its calls every other second."""
FAR_END = re.compile(r"<->\s*\[?([0-9A-Fa-f.:]+)\]?:\d+ \[")


class NotInRoom(BadInput):
    """Nobody is in the room under the site's name."""

    code = "conference-not-in-room"


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium, one way. packets, lost : so far;  jitter_ms, rtt_ms : now, None where nobody tells."""

    packets: int = 0
    lost: int | None = None
    jitter_ms: float | None = None
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A terminal in the room at one instant. kind : page, sip, participant, simulated or unknown;  feed, mid : of its
    picture, 0 where it sends none;  voice : its number in the mix, 0 where it is not in it;

    media : way and kind, such as ("in", "video"), to its counters: "in" from the terminal;  told : more of a SIP call.
    """

    site: str
    kind: str
    address: str
    feed: int
    mid: str
    voice: int
    muted: bool
    codec: str
    media: Mapping[tuple[str, str], Medium]
    told: Record = field(default_factory=dict)


async def present(order: Order, site: str) -> Presence:
    """The terminal that is in the room as that site. Raises NotInRoom, ServerLost, NoAnswer."""
    handles = await _handles(order, site)
    sender = next(
        (h for h in handles if h["plugin"] == videoroom.PLUGIN and _inside(h).get("type") == "publisher"), None
    )
    voice = next((h for h in handles if h["plugin"] == audiobridge.PLUGIN), None)
    first = sender or voice
    if first is None:
        raise NotInRoom(
            "is not in the room", where=f"site {site}", allowed=f"a terminal that joined as {site!r}",
            hint="let it join; or --listen with a participant at the site; or --simulate",
        )  # fmt: skip
    kind = kind_of(str(first.get("opaque_id", "")))
    call = await _sip_call(order, site) if kind == "sip" else {}
    picture = next((s for s in _inside(sender).get("streams") or [] if s.get("type") == "video"), None)
    return Presence(
        site=site, kind=kind, address=str(call.get("terminal") or _far_end(first)),
        feed=int(_inside(sender)["id"]) if picture else 0, mid=str((picture or {}).get("mid", "")),
        voice=int(_inside(voice).get("id", 0)), muted=bool(_inside(voice).get("muted", True)),
        codec=str((picture or {}).get("codec", "")), media=_of_call(call) if call else _of_handles(handles), told=call,
    )  # fmt: skip


async def _handles(order: Order, site: str) -> list[Record]:
    """All handles of the sessions in which somebody is in the room under that name."""
    found: list[Record] = []
    async with Admin(order.place) as admin:
        for session in await admin.sessions():
            try:
                mine = [await admin.handle_info(session, h) for h in await admin.handles(session)]
            except Refused:
                continue
            if any(_inside(h).get("display") == site and _inside(h).get("room") == order.rooms.room for h in mine):
                found += mine
    return found


def _inside(handle: Record | None) -> Record:
    return (handle or {}).get("plugin_specific") or {}


def _far_end(handle: Record) -> str:
    pair = str(((handle.get("webrtc") or {}).get("ice") or {}).get("selected-pair", ""))
    found = FAR_END.search(pair)
    return found[1] if found else ""


def _of_handles(handles: list[Record]) -> dict[tuple[str, str], Medium]:
    """Counters as the server keeps them of the peer connections."""
    media: dict[tuple[str, str], Medium] = {}
    for handle in handles:
        for medium in ((handle.get("webrtc") or {}).get("media") or {}).values():
            for way in ("in", "out"):
                here = _medium(medium, way)
                if here.packets:
                    before = media.get((way, str(medium.get("type"))))
                    media[way, str(medium.get("type"))] = here if before is None else _joined(before, here)
    return media


def _medium(told: Record, way: str) -> Medium:
    packets = int(((told.get("stats") or {}).get(way) or {}).get("packets", 0))
    report = (told.get("rtcp") or {}).get("main") or {}
    if not report:
        return Medium(packets)
    lost = max(0, int(report.get("lost" if way == "in" else "lost-by-remote", 0)))
    jitter = float(report.get("jitter-local" if way == "in" else "jitter-remote", 0))
    rtt = float(report.get("rtt", 0))
    reported = way == "in" or int(report.get("out-link-quality", 0)) > 0
    return Medium(
        packets, lost if reported else None, jitter if reported else None, rtt if way == "out" and rtt else None
    )


def _joined(one: Medium, two: Medium) -> Medium:
    """Of several streams of one kind: sums, and the worst."""
    lost = [m.lost for m in (one, two) if m.lost is not None]
    jitter = [m.jitter_ms for m in (one, two) if m.jitter_ms is not None]
    rtt = [m.rtt_ms for m in (one, two) if m.rtt_ms is not None]
    return Medium(
        one.packets + two.packets, sum(lost) if lost else None, max(jitter, default=None), max(rtt, default=None)
    )


async def _sip_call(order: Order, site: str) -> Record:
    """The call as the gateway tells it, waited for where it has just begun. Raises NoAnswer."""
    end = asyncio.get_running_loop().time() + TOLD_S
    while order.sip is not None and asyncio.get_running_loop().time() < end:
        calls = told(order.sip.folder).get("calls", [])
        found = next((dict(c) for c in calls if c.get("site") == site), None)
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    raise NoAnswer(f"tells nothing of the call of {site}", where="gateway", hint="conference status")


def _of_call(call: Record) -> dict[tuple[str, str], Medium]:
    """Counters as the gateway keeps them towards the terminal."""
    media = {}
    for kind in ("audio", "video"):
        if call.get(f"{kind}_in") is not None:
            media["in", kind] = Medium(
                int(call[f"{kind}_in"]), call.get(f"{kind}_lost_in"), call.get(f"{kind}_jitter_in_ms")
            )
            media["out", kind] = Medium(
                int(call[f"{kind}_out"]), call.get(f"{kind}_lost_out"), call.get(f"{kind}_jitter_out_ms"),
                call.get(f"{kind}_rtt_ms"),
            )  # fmt: skip
    return media


def between(first: Presence, last: Presence) -> dict[tuple[str, str], Medium]:
    """What was counted from one instant to the other."""
    found: dict[tuple[str, str], Medium] = {}
    for key, now in last.media.items():
        before = first.media.get(key, Medium())
        lost = None if now.lost is None else max(0, now.lost - (before.lost or 0))
        found[key] = Medium(max(0, now.packets - before.packets), lost, now.jitter_ms, now.rtt_ms)
    return found


def plain(media: Mapping[tuple[str, str], Medium]) -> dict[str, Any]:
    """The counters for a record."""
    return {
        f"{kind}_{way}": {"packets": m.packets, "lost": m.lost, "jitter_ms": m.jitter_ms, "rtt_ms": m.rtt_ms}
        for (way, kind), m in sorted(media.items())
    }
