"""How a running conference does: services, rooms, and what each participant gets and loses, asked of Janus itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from setsail.base.errors import SetSailError
from setsail.base.record import Record
from setsail.conference.server import order as orders
from setsail.conference.server import process, state
from setsail.conference.server.admin import Admin
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import Refused
from setsail.conference.server.order import Order
from setsail.conference.server.place import Place
from setsail.conference.server.room import WATCHER
from setsail.conference.server.sip_told import told
from setsail.conference.server.videoroom import VideoRoom

SAMPLE_S = 0.25
"""Over which the CPU use is measured."""


@dataclass(frozen=True, slots=True)
class Status:
    """All there is to say. up : calls work now;  supervised : and would be brought back after a fall;  calls : of SIP
    terminals.
    """

    up: bool
    supervised: bool
    since: str
    rollout: str
    note: str
    services: tuple[Record, ...] = ()
    rooms: tuple[Record, ...] = ()
    participants: tuple[Record, ...] = field(default=())
    calls: tuple[Record, ...] = ()


async def status(rollout_dir: Path) -> Status:
    """The conference of a rollout as it is now, whatever is left of it. Raises StoreCorrupt for a broken order."""
    folder = state.folder_of(rollout_dir)
    found = state.read(folder)
    order = orders.read(folder) if found.supervised or found.left else None
    if order is None:
        return Status(False, False, "", "", f"did not open: {found.fault}" if found.fault else "no conference is up")
    rows = await _services(found)
    rooms: tuple[Record, ...] = ()
    people: tuple[Record, ...] = ()
    notes = [] if found.supervised else ["the supervisor was killed: `conference up` takes over, `down` ends all"]
    janus = found.service("janus")
    up = janus is not None and janus.alive
    if up:
        try:
            rooms, people = await _rooms(order), await legs(order.place, order.rooms.room)
        except SetSailError as err:
            up = False
            notes.append(str(err))
    else:
        notes.append("the server is down" + (f": {janus.note}" if janus is not None and janus.note else ""))
    notes += [f"{s.name}: {s.note}" for s in found.services if s.phase == "given up"]
    gateway = found.service("gateway")
    sip = order.sip is not None and gateway is not None and gateway.alive
    calls = tuple(told(order.sip.folder).get("calls", ())) if sip and order.sip is not None else ()
    return Status(up, found.supervised, found.since, order.rollout, "; ".join(notes), rows, rooms, people, calls)


async def _services(found: state.State) -> tuple[Record, ...]:
    alive = {s.name: s.running for s in found.services if s.running is not None and s.alive}
    first = {name: process.used(p.pid)[0] for name, p in alive.items()}
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(SAMPLE_S)
    passed = asyncio.get_running_loop().time() - began
    rows: list[Record] = []
    if found.supervisor is not None:
        phase = "up" if found.supervised else "killed"
        rows.append(_row("supervisor", phase, found.supervisor if found.supervised else None,
                         since=found.since, restarts=0, cpu_cores=None, note=""))  # fmt: skip
    for one in found.services:
        running = alive.get(one.name)
        phase = one.phase if running is not None or one.phase in {"waiting", "given up", "stopped"} else "down"
        cores = None if running is None else (process.used(running.pid)[0] - first[one.name]) / passed
        rows.append(_row(one.name, phase, running, since=one.since, restarts=one.restarts,
                         cpu_cores=None if cores is None else round(cores, 3), note=one.note))  # fmt: skip
    return tuple(rows)


def _row(name: str, phase: str, running: process.Running | None, **told: object) -> Record:
    """A service as it is shown; `told` : since, restarts, note, cpu_cores."""
    memory = None if running is None else round(process.used(running.pid)[1] / 2**20, 1)
    pid = None if running is None else running.pid
    return {"service": name, "state": phase, "pid": pid, **told, "memory_mb": memory}


async def _rooms(order: Order) -> tuple[Record, ...]:
    """The room as it is: who sends, who is in the mix, of how many places."""
    room = order.rooms.room
    async with await Client.connect(order.place, within_s=2.0) as client:
        video, audio = await VideoRoom.attach(client), await AudioBridge.attach(client)
        there = await video.participants(room)
        heard = await audio.participants(room)
    return (
        {
            "room": room, "places": order.rooms.publishers, "joined": len(there),
            "sending": sum(1 for p in there if p.get("publisher")), "in_mix": len(heard),
            "bitrate_bps": order.rooms.bitrate_bps, "receive": order.rooms.receive, "pin_required": True,
            "recorded": False,
        },
    )  # fmt: skip


async def legs(place: Place, room: int) -> tuple[Record, ...]:
    """A row for each participant of a room and each of its peer connections: packets and loss as Janus counts them.

    site, leg (sends, receives, sound), link, path, streams, packets_in, lost_in, loss_in_ratio (towards the server),
    packets_out, lost_out, loss_out_ratio (as the participant reports it), kbps_in, kbps_out. Those who leave meanwhile
    are left out. Raises ServerLost, NoAnswer.
    """
    rows: list[Record] = []
    async with Admin(place) as admin:
        for session in await admin.sessions():
            try:
                for handle in await admin.handles(session):
                    rows += _legs(await admin.handle_info(session, handle), room)
            except Refused:
                continue
    return tuple(sorted(rows, key=lambda r: (str(r["site"]), str(r["leg"]))))


def _legs(info: Record, room: int) -> Iterator[Record]:
    """What one handle carries, if it is in a room. Media counters are summed over its streams."""
    inside = info.get("plugin_specific") or {}
    if inside.get("room") != room or inside.get("display") == WATCHER:
        return
    kind = str(inside.get("type") or "sound")
    webrtc = info.get("webrtc") or {}
    media = list((webrtc.get("media") or {}).values())
    named = str(inside.get("display") or info.get("opaque_id") or inside.get("id") or "")
    link = (webrtc.get("ice") or {}).get("state", "plain RTP" if "plain-rtp" in inside else "none")
    taken, lost = _counted(media, "in", "lost")
    given, missed = _counted(media, "out", "lost-by-remote")
    yield {
        "site": named, "leg": {"publisher": "sends", "subscriber": "receives"}.get(kind, kind), "link": link,
        "path": str((webrtc.get("ice") or {}).get("selected-pair", "")),
        "streams": len(media) or len(inside.get("streams") or ()),
        "packets_in": taken, "lost_in": lost, "loss_in_ratio": _share(lost, taken + lost),
        "packets_out": given, "lost_out": missed, "loss_out_ratio": _share(missed, given),
        "kbps_in": _kbps(media, "in"), "kbps_out": _kbps(media, "out"),
    }  # fmt: skip


def _counted(media: list[Record], way: str, lost: str) -> tuple[int, int]:
    packets = sum(int(((m.get("stats") or {}).get(way) or {}).get("packets", 0)) for m in media)
    return packets, sum(max(0, int(_rtcp(m).get(lost, 0))) for m in media)


def _rtcp(medium: Record) -> Record:
    found: Record = (medium.get("rtcp") or {}).get("main") or {}
    return found


def _kbps(media: list[Record], way: str) -> float:
    recent = sum(int(((m.get("stats") or {}).get(way) or {}).get("bytes_lastsec", 0)) for m in media)
    return round(recent * 8 / 1000, 1)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None
