"""One process that plays some of the sites: orders as JSON lines on standard input, an answer to each on its output.

It ends when its input ends, so that nothing is left behind whatever becomes of the one who started it.
Run as `python -m setsail.conference.call.worker`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from setsail.base.errors import SetSailError
from setsail.base.extras import require
from setsail.conference.call import media, sinks, tones
from setsail.conference.call.counting import Tally
from setsail.conference.call.incoming import Seat
from setsail.conference.call.participant import Participant
from setsail.conference.server.client import Opener
from setsail.conference.server.place import Place
from setsail.conference.server.process import hurry
from setsail.conference.server.wire import opened

Order = dict[str, Any]
RECEIVE_BYTES = 2 << 20
LISTEN_EVERY_S = 1.4
LISTENINGS = 4
GHOST_PLACES = 64
"""Numbers that are listened for beside those of the call: nobody has them, so nobody may be heard there."""


class Worker:
    """The sites of this process and what has been counted for them. opener : makes their lines to the server."""

    def __init__(self, opener: Opener = opened) -> None:
        self._opener = opener
        self.sites: dict[str, Participant] = {}
        self.numbers: dict[str, int] = {}
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def do(self, order: Order) -> Order:
        """The answer to one order."""
        return await getattr(self, f"on_{order['do']}")(order)  # type: ignore[no-any-return]

    async def on_open(self, order: Order) -> Order:
        """Makes pictures and tones of its sites."""
        if address := order["address"]:
            narrow(address)
        place, begun = Place(**order["place"]), time.time()
        seats = [Seat(**told) for told in order["seats"]]
        loop = asyncio.get_running_loop()
        kbps = []
        for seat in seats:
            clip = await loop.run_in_executor(None, _clip, seat)
            kbps.append(clip.kbps())
            self.sites[seat.site] = Participant(place, seat, clip, self.pool, self._opener)
        return {"media_s": time.time() - begun, "kbps": kbps, "pid": os.getpid()}

    async def on_join(self, order: Order) -> Order:
        """The sites named join at once; those who could not are told."""
        called = [site for site in order["sites"] if site in self.sites]
        for site in called:
            self.sites[site].start()
        asked = [self.sites[site].joined(order["within_s"]) for site in called]
        done = await asyncio.gather(*asked, return_exceptions=True)
        joined: dict[str, float | None] = {}
        failed: dict[str, list[str]] = {}
        for site, outcome in zip(called, done, strict=True):
            if outcome is None:
                joined[site] = self.sites[site].joined_s
            else:
                failed[site] = _told(outcome)
                await self.sites.pop(site).stop()
        return {"joined": joined, "failed": failed}

    async def on_watch(self, order: Order) -> Order:
        """Each site gets the pictures named for it; answers when they come, or after `within_s`."""
        self.numbers = order["numbers"]
        for site, one in self.sites.items():
            one.watch(tuple(order["targets"].get(site, ())), self.numbers)
        end = time.time() + order["within_s"]
        while time.time() < end and not all(self._complete(site, order["targets"]) for site in self.sites):
            await asyncio.sleep(0.05)
        return await self.on_state(order)

    def _complete(self, site: str, targets: dict[str, list[str]]) -> bool:
        one = self.sites[site]
        return one.receiving >= len(targets.get(site, ())) and (one.hearing or not one.seat.mix)

    async def on_state(self, order: Order) -> Order:  # noqa: ARG002 - the shape of an order
        """What flows now: site to pictures coming, sound coming, times it came back."""
        return {"sites": {s: [p.receiving, p.hearing or not p.seat.mix, p.rejoined] for s, p in self.sites.items()}}

    async def on_measure(self, order: Order) -> Order:
        """Counts from `begin` for `seconds`, through all turns."""
        begin, seconds, turns = order["begin"], order["seconds"], order["turns"]
        await asyncio.sleep(max(0.0, begin - time.time()))
        cpu, before = _cpu_s(), time.time()
        for one in self.sites.values():
            self._reset(one, before)
        listening = asyncio.create_task(self._listen(begin, seconds))
        pairs: list[Order] = []
        for number, targets in enumerate(turns):
            if number:
                pairs += await self._collect()
                shown = [one.show(tuple(targets[s])) for s, one in self.sites.items() if s in targets]
                await asyncio.gather(*shown, return_exceptions=True)
            await asyncio.sleep(max(0.0, begin + seconds * (number + 1) / len(turns) - time.time()))
        now = time.time()
        for one in self.sites.values():
            for sink in one.sinks:
                sink.close(now)
        pairs += await self._collect()
        heard, listened = await listening
        used = _cpu_s() - cpu
        return {
            "pairs": pairs, "streams": self._streams(now), "sites": self._sites(heard, listened),
            "heard": {site: {str(k): v for k, v in count.items()} for site, count in heard.items()},
            "listened": listened, "cpu_cores": used / (now - before), "load": os.getloadavg()[0],
            "cores": os.cpu_count() or 1,
        }  # fmt: skip

    async def on_leave(self, order: Order) -> Order:  # noqa: ARG002
        """All sites leave."""
        await asyncio.gather(*(one.stop() for one in self.sites.values()), return_exceptions=True)
        self.sites = {}
        return {}

    def _reset(self, one: Participant, now: float) -> None:
        _ = one.lag_s
        if one.mix is not None:
            one.mix.measure(now)
        for sink in one.sinks:
            sink.measure(now)

    async def _collect(self) -> list[Order]:
        """What each place has counted for the site it showed."""
        of = {number: site for site, number in self.numbers.items()}
        taken = [
            (site, sink, sink.one) for site, one in self.sites.items() for sink in one.sinks if sink.one is not None
        ]
        now = time.time()
        for _, sink, _ in taken:
            await sink.settled()
        return [{"of": of[sink.number], "to": site, **_counts(tally, now)} for site, sink, tally in taken]

    async def _listen(self, begin: float, seconds: float) -> tuple[dict[str, Counter[int]], int]:
        """How often each number was heard by each site, and how often it was listened."""
        times = max(1, min(LISTENINGS, int(seconds / LISTEN_EVERY_S)))
        numbers = [n for n in sorted({*self.numbers.values(), *range(1, GHOST_PLACES + 1)}) if n <= tones.PLACES]
        heard: dict[str, Counter[int]] = {site: Counter() for site in self.sites}
        loop = asyncio.get_running_loop()
        for time_ in range(times):
            await asyncio.sleep(max(0.0, begin + seconds * (time_ + 1) / times - 0.1 - time.time()))
            for site, one in self.sites.items():
                if one.mix is not None:
                    heard[site].update(await loop.run_in_executor(None, sinks.heard, one.mix.listen(), numbers))
        return heard, times

    def _streams(self, now: float) -> list[Order]:
        return [
            {"to": site, "place": place, **_counts(sink.all, now)}
            for site, one in self.sites.items()
            for place, sink in enumerate(one.sinks)
            if sink.all is not None
        ]

    def _sites(self, heard: dict[str, Counter[int]], listened: int) -> list[Order]:
        known = set(self.numbers.values())
        told = []
        for site, one in self.sites.items():
            mix = one.mix.all if one.mix is not None and one.mix.all is not None else Tally(1, 0.0)
            ghosts = [n for n, times in heard[site].items() if n not in known and times * 2 >= listened]
            told.append(
                {"site": site, "number": one.seat.number, "joined_s": one.joined_s, "mix_packets": mix.packets,
                 "mix_lost": mix.lost, "ghosts": ghosts, "rejoined": one.rejoined, "lag_s": one.lag_s}
            )  # fmt: skip
        return told


def roomy() -> None:
    """Gives the library's sockets room for what comes while this machine is busy with other things."""
    protocol = require("aioice.ice", "conference").StunProtocol
    made = protocol.connection_made

    def connection_made(self: Any, transport: asyncio.BaseTransport) -> None:  # noqa: ANN401 - the library's object
        made(self, transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)

    protocol.connection_made = connection_made


def narrow(address: str) -> None:
    """Media go by this address alone: one way to a server on the same machine is enough."""
    library: Any = require("aioice.ice", "conference")
    library.get_host_addresses = lambda *_, **__: [address]


def _clip(seat: Seat) -> media.Clip:
    return media.clip(seat.number, codec=seat.codec, fps=seat.fps, kbps=seat.kbps)


def _counts(tally: Tally, now: float) -> Order:
    return {
        "seconds": now - tally.begin_s, "frames": tally.frames, "frames_lost": tally.frames_lost,
        "packets": tally.packets, "gaps": tally.gaps, "lost": tally.lost, "marks": tally.marks,
        "marks_wrong": tally.marks_wrong, "freezes": tally.freezes, "longest_gap_s": tally.longest_gap_s,
        "delay_s": tally.delay_s,
    }  # fmt: skip


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _told(outcome: BaseException) -> list[str]:
    """Code and text of what a site met."""
    return [outcome.code if isinstance(outcome, SetSailError) else "fault", str(outcome) or type(outcome).__name__]


async def serve() -> None:
    """Answers orders until the input ends."""
    loop, worker = asyncio.get_running_loop(), Worker()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            try:
                answer = await worker.do(json.loads(line))
            except Exception as err:  # whatever it is, told to the one who ordered
                answer = {"error": _told(err)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        await worker.on_leave({})
        worker.pool.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    hurry(os.getpid())
    roomy()
    asyncio.run(serve())
    os._exit(0)  # threads of decoders may still stand in the library
