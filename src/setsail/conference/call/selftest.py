"""A call of simulated sites on a private server: does this machine carry the conference that is planned."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from dataclasses import dataclass, field

from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.conference.call.facts import CallFacts
from setsail.conference.call.study import RECEIVE, SECONDS, SITES, Room, Sending, Simulation
from setsail.conference.server.opening import Server, open_server
from setsail.conference.server.room import Rooms
from setsail.rollout.provision.secrets import pin

ROOM = 2020
INTRUDER = "wrong-pin"
BACK_S = 5.0
"""Until all are back after the server was killed."""
BACK_PATIENCE_S = 30.0
PLANNED = Limit("planned", 1, 1000, "places for senders in the room")


@dataclass(frozen=True, slots=True)
class Options:
    """What is tried.

    receive : pictures sent to each site at once;  planned : places in the room, None for as many as sites; those
    beyond come when the others are on the call;  wrong_pin : one more comes with another PIN;  kill_server : as a
    crash would, after the measurement.
    """

    sites: int = 29
    receive: int = 4
    seconds: float = 20.0
    sending: Sending = field(default_factory=Sending)
    audio: bool = True
    planned: int | None = None
    wrong_pin: bool = False
    kill_server: bool = False

    def require(self) -> None:
        """Raises OutOfRange."""
        SITES.require(self.sites, "--sites")
        RECEIVE.require(self.receive, "--receive")
        SECONDS.require(self.seconds, "--seconds")
        if self.planned is not None:
            PLANNED.require(self.planned, "--planned")


@dataclass(frozen=True, slots=True)
class Use:
    """What the server used while the call was measured: cores of the processor, memory."""

    cpu_cores: float
    memory_mb: float


async def selftest(options: Options) -> Record:
    """What the call has shown, as plain values; `passed` where all joined and everything was seen and heard.

    Raises OutOfRange, MissingExtra (no Janus here), CannotStart, ShardLost.
    """
    options.require()
    begun, load = time.time(), os.getloadavg()[0]
    word = pin(os.urandom)
    rooms = Rooms(
        ROOM, word, secrets.token_urlsafe(12), options.planned or options.sites, codec=options.sending.codec,
        receive=options.receive,
    )  # fmt: skip
    async with open_server(rooms=rooms) as server:
        running = _simulation(options, server, word)
        try:
            await asyncio.to_thread(running.start)
            used, facts = await _measured(server, running, options.seconds)
            back_s = await _killed(server, running, rooms) if options.kill_server else None
        finally:
            await asyncio.to_thread(running.close)
    told = summary(options, facts, used, back_s)
    more = {"wall_s": time.time() - begun, "load_before": load, "load_after": os.getloadavg()[0]}
    return told | more | {"cores": os.cpu_count(), "detail": facts.record()}


def _simulation(options: Options, server: Server, word: str) -> Simulation:
    digits = max(2, len(str(options.sites)))
    sites = {f"S{number:0{digits}}": number for number in range(1, options.sites + 1)}
    pins = {}
    if options.wrong_pin:
        sites[INTRUDER] = options.sites + 1
        pins[INTRUDER] = word + "0"
    late = list(sites)[options.planned or len(sites) :]
    room = Room(server.place, ROOM, word, ROOM if options.audio else 0)
    return Simulation(room, sites, receive=options.receive, sending=options.sending, pins=pins, late=late)


async def _measured(server: Server, running: Simulation, seconds: float) -> tuple[Use, CallFacts]:
    cpu, at = server.cpu_s, time.monotonic()
    facts = await asyncio.to_thread(running.measure, seconds)
    return Use((server.cpu_s - cpu) / (time.monotonic() - at), server.memory_bytes / 1e6), facts


async def _killed(server: Server, running: Simulation, rooms: Rooms) -> float | None:
    """Seconds from the death of the server until every site gets everything again; None where it does not."""
    before = await asyncio.to_thread(running.state)
    at = time.monotonic()
    await server.kill()
    await server.restart()
    await server.make_rooms(rooms)
    while time.monotonic() - at < BACK_PATIENCE_S:
        state = await asyncio.to_thread(running.state)
        back = all(state[site][2] > before[site][2] for site in before)
        if back and await asyncio.to_thread(running.all_flow):
            return time.monotonic() - at
        await asyncio.sleep(0.05)
    return None


def summary(options: Options, facts: CallFacts, used: Use, back_s: float | None) -> Record:
    """The call in one record: numbers asked and reached, worst of all streams, who failed and why."""
    asked = {site.site for site in facts.sites if site.site != INTRUDER}
    failed = {site.site: f"{site.error_code}: {site.error}" for site in facts.sites if site.error}
    joined = len(asked - set(failed))
    streams_asked = options.sites * min(options.receive, options.sites - 1)
    right = sum(stream.marks > 0 and stream.marks_wrong == 0 for stream in facts.streams)
    tones_asked = options.sites * (options.sites - 1) if options.audio else 0
    heard = sum(bool(pair.heard) for pair in facts.pairs)
    ghosts = sum(len(site.ghosts) for site in facts.sites)
    shut_out = not options.wrong_pin or failed.get(INTRUDER, "").startswith("conference-wrong-pin")
    passed = joined == options.sites and len(facts.streams) == right == streams_asked
    passed &= heard == tones_asked and ghosts == 0 and shut_out
    passed &= not options.kill_server or (back_s is not None and back_s <= BACK_S)
    return {
        "passed": passed, "asked": options.sites, "joined": joined,
        "streams": len(facts.streams), "streams_asked": streams_asked,
        **_quality(facts),
        "marks_verified": right, "marks_wrong": sum(stream.marks_wrong for stream in facts.streams),
        "tones_verified": heard, "tones_asked": tones_asked, "ghost_tones": ghosts,
        "pairs": len(facts.pairs), "pairs_seen": sum(pair.seen for pair in facts.pairs), "turns": facts.told["turns"],
        "server_cpu_cores": used.cpu_cores, "server_memory_mb": used.memory_mb,
        "client_cpu_cores": facts.told["client_cpu_cores"], "client_processes": facts.told["client_processes"],
        "client_lag_s": max((site.lag_s for site in facts.sites if not site.error), default=0.0),
        "join_s": facts.told["join_s"], "media_s": facts.told["media_s"], "back_s": back_s,
        "codec": facts.codec, "fps_sent": facts.fps, "kbps_sent": facts.kbps, "receive": facts.receive,
        "seconds": facts.seconds, "failed": failed,
    }  # fmt: skip


def _quality(facts: CallFacts) -> Record:
    """Loss, frame rate, freezes and delay over all streams."""
    packets, lost = sum(s.packets for s in facts.streams), sum(s.lost for s in facts.streams)
    delays = sorted(pair.delay_s for pair in facts.pairs if pair.delay_s is not None)
    sent = packets + lost
    return {
        "loss_ratio": sum(s.gaps for s in facts.streams) / sent if sent else None,
        "loss_after_repair_ratio": lost / sent if sent else None,
        "packets": packets,
        "min_fps": min((s.fps for s in facts.streams), default=0.0),
        "freezes": sum(s.freezes for s in facts.streams),
        "delay_median_s": delays[len(delays) // 2] if delays else None,
        "delay_worst_s": delays[-1] if delays else None,
    }
