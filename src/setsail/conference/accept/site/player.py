"""A test participant at a site as the call on the server's side sees it: orders go out, answers come back.

What comes back is told by another machine: only what it says of its own site is taken, and only numbers as numbers.
"""

from __future__ import annotations

import asyncio
import math
import queue
import time
from collections.abc import Callable, Mapping
from typing import Any

from setsail.base.errors import SetSailError
from setsail.base.record import Record
from setsail.conference.accept.site.line import JsonLine
from setsail.conference.call.facts import SiteFacts
from setsail.conference.call.pairing import SUMMED
from setsail.conference.call.shards import Answer, ShardLost

CLOCKS = 8
"""Questions after the time; that with the shortest way there and back counts."""
CLOCK_WITHIN_S = 10.0
LATEST_S = 1.0
"""Clocks that differ make delays below nothing."""
COUNTED = (*SUMMED, "longest_gap_s")


class Player:
    """The site's line, used from threads. ahead_s : its clock less ours, known to within `clock_error_s`.

    address : where it calls from;  load : of its machine when it was measured last, and its cores.
    """

    def __init__(self, site: str, line: JsonLine, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self.site, self.address = site, address
        self.ahead_s = self.clock_error_s = 0.0
        self.load: tuple[float, int] | None = None
        self._line, self._loop = line, loop
        self._answers: queue.Queue[Record | str] = queue.Queue()
        self.ended = asyncio.Event()

    async def listen(self) -> None:
        """Takes answers until the line ends."""
        try:
            while True:
                self._answers.put(await self._line.get())
        except SetSailError as err:
            self._answers.put(err.what)
        finally:
            self.ended.set()

    def tell(self, order: Answer) -> None:
        """Gives an order. Raises ShardLost."""
        try:
            asyncio.run_coroutine_threadsafe(self._line.put(order), self._loop).result(CLOCK_WITHIN_S)
        except (SetSailError, OSError, TimeoutError, RuntimeError) as err:
            raise self._lost(str(err) or "does not listen") from err

    def answer(self, within_s: float) -> Answer:
        """The answer to the oldest order not answered. Raises ShardLost."""
        try:
            found = self._answers.get(timeout=within_s)
        except queue.Empty as err:
            raise self._lost(f"no answer within {within_s:g} s") from err
        if isinstance(found, str):
            self._answers.put(found)  # whoever asks again hears the same
            raise self._lost(found)
        if "error" in found:
            raise ShardLost(str(found["error"])[:300], where=f"participant at {self.site}")
        try:
            made = own(found, self.site)
            self.load = (made["load"], max(1, round(made["cores"]))) if "load" in made else self.load
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise self._lost(f"told what cannot be read ({type(err).__name__}: {err})") from err
        return made

    def asked(self, order: Answer, within_s: float) -> Answer:
        """The answer to an order. Raises ShardLost."""
        self.tell(order)
        return self.answer(within_s)

    def compare_clocks(self, now: Callable[[], float] = time.time) -> None:
        """Learns `ahead_s`. Source: after RFC 5905 cl. 8, with the shortest of some ways. Raises ShardLost."""
        found = []
        for _ in range(CLOCKS):
            before = now()
            told = float(self.asked({"do": "clock"}, CLOCK_WITHIN_S)["now"])
            after = now()
            found.append(((after - before) / 2, told - (before + after) / 2))
        self.clock_error_s, self.ahead_s = min(found)

    def close(self) -> None:
        """The participant leaves; its command ends."""
        try:
            asyncio.run_coroutine_threadsafe(self._line.close(), self._loop).result(5.0)
        except (TimeoutError, RuntimeError, OSError):
            return

    def _lost(self, why: str) -> ShardLost:
        return ShardLost(f"was lost: {why}", where=f"participant at {self.site}, {self.address}")


def own(answer: Mapping[str, Any], site: str) -> Answer:
    """What an answer says of this site, everything else left out. Raises ValueError, KeyError, TypeError."""
    found: Answer = dict(answer)
    if "joined" in found:
        found["joined"] = {s: _number(t) for s, t in found["joined"].items() if s == site}
        found["failed"] = {s: [str(c)[:80], str(t)[:300]] for s, (c, t) in found["failed"].items() if s == site}
    if "pairs" in found:
        found["pairs"] = [_counts(r) for r in found["pairs"] if r["to"] == site]
        found["streams"] = [_counts(r) for r in found["streams"] if r["to"] == site]
        found["sites"] = [_of_site(r) for r in found["sites"] if r["site"] == site]
        found["heard"] = {site: {str(int(n)): int(t) for n, t in found["heard"].get(site, {}).items()}}
        found |= {name: _number(found[name]) for name in ("listened", "cpu_cores", "load", "cores")}
    return found


def _counts(row: Mapping[str, Any]) -> Record:
    kept = {name: _number(row[name]) for name in COUNTED if name in row}
    place = {"place": int(row["place"])} if "place" in row else {"of": str(row["of"])}
    delay = row.get("delay_s")
    return {
        "to": str(row["to"]),
        **place,
        **kept,
        "delay_s": None if delay is None else _number(delay + LATEST_S) - LATEST_S,
    }


def _of_site(row: Mapping[str, Any]) -> Record:
    names = [n for n in SiteFacts.__dataclass_fields__ if n not in ("site", "ghosts", "error", "error_code")]
    kept = {n: _number(row[n]) for n in names if row.get(n) is not None}
    return {"site": str(row["site"]), "ghosts": [int(n) for n in row["ghosts"]], **kept}


def _number(value: Any) -> float:  # noqa: ANN401 - whatever another machine told
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0 or value > 2**53:
        raise ValueError(f"is {value!r}"[:60])
    return value
