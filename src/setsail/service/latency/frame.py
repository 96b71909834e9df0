"""Where in a frame structure data, scheduling requests and grants may begin; time is counted in symbols."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from setsail.base.errors import BadInput
from setsail.service.latency.options import SYMBOLS, Radio

SPECIAL = re.compile(r"(\d{1,2})\s*D?[\s:,/]*(\d{1,2})\s*G?[\s:,/]*(\d{1,2})\s*U?", re.IGNORECASE)
MAX_SLOTS = 10_240
"""Longest pattern read; every pattern of TS 38.213 fits many times."""
SHORTEST_PDSCH = 2
"""Symbols (TS 38.214 Table 5.1.2.1-1, mapping type B)."""
SAME = 1e-9
"""Symbols within which two instants are one."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Something that may begin at a symbol of the period: its length, and the slot it lies in."""

    start: float
    length: float
    slot: int


class Chances:
    """Chances of one kind, repeated with the period."""

    def __init__(self, found: Iterable[Chance], period: float) -> None:
        self.all = sorted(found, key=lambda c: c.start)
        self.starts = [c.start for c in self.all]
        self.period = period

    def __bool__(self) -> bool:
        return bool(self.all)

    def first(self, from_symbol: float) -> Chance:
        """The first chance that starts at or after an instant; its start and slot count from symbol 0."""
        turn = math.floor((from_symbol + SAME) / self.period)
        i = bisect_left(self.starts, from_symbol - turn * self.period - SAME)
        if i == len(self.all):
            i, turn = 0, turn + 1
        one = self.all[i]
        return Chance(one.start + turn * self.period, one.length, one.slot + turn * round(self.period / SYMBOLS))


@dataclass(frozen=True)
class Frame:
    """The chances of one radio configuration in its period (symbols)."""

    period: float
    downlink: Chances
    uplink: Chances
    request: Chances
    grant: Chances
    configured: Chances


def slots_of(tdd: str) -> str:
    """The slots of a pattern, X for both directions in FDD. Raises BadInput."""
    text = tdd.strip().upper()
    if text == "FDD":
        return "X"
    strange = sorted(set(text) - set("DSU"))
    if not text or strange:
        met = f"holds {strange[0]!r}" if strange else "is empty"
        raise BadInput(met, where="TDD pattern", allowed="slots D, S, U as in DDDSU, or FDD")
    if len(text) > MAX_SLOTS:
        raise BadInput(f"has {len(text)} slots", where="TDD pattern", allowed=f"up to {MAX_SLOTS} slots")
    return text


@lru_cache(maxsize=1024)
def special_of(text: str) -> tuple[int, int, int]:
    """Downlink, guard and uplink symbols of a special slot such as `10D2G2U`. Raises BadInput."""
    found = SPECIAL.fullmatch(text.strip())
    if not found:
        raise BadInput(f"is {text!r}", where="special slot", allowed="symbols such as 10D2G2U")
    dl, guard, ul = (int(part) for part in found.groups())
    if dl + guard + ul != SYMBOLS:
        raise BadInput(f"{text} adds to {dl + guard + ul}", where="special slot", allowed=f"{SYMBOLS} symbols in all")
    if dl and ul and not guard:
        raise BadInput(f"{text} has no guard symbol", where="special slot", allowed="1 or more between D and U")
    return dl, guard, ul


@lru_cache(maxsize=256)
def frame(radio: Radio) -> Frame:
    """Where everything may begin. Raises BadInput for a pattern or special slot that cannot be read."""
    base, special = slots_of(radio.tdd), special_of(radio.special)
    slots = base * (_lcm(len(base), radio.request_period_slots, radio.configured_period_slots) // len(base))
    period = float(len(slots) * SYMBOLS)
    size = radio.mini_slot
    every = list(enumerate(slots))
    downlink = [c for i, s in every if s != "U" for c in _cut(i, 0, special[0] if s == "S" else SYMBOLS, size)]
    uplink = [c for i, s in every if s in "UX" for c in _cut(i, 0, SYMBOLS, size)]
    request = [Chance(i * SYMBOLS, 1, i) for i, s in every if s in "UX"]
    request += [Chance((i + 1) * SYMBOLS - special[2], 1, i) for i, s in every if s == "S" and special[2]]
    grant = [Chance(i * SYMBOLS, 1, i) for i, s in every if s in "DX"]
    return Frame(
        period,
        Chances(downlink, period),
        Chances(uplink, period),
        Chances(_first_of_each(request, radio.request_period_slots), period),
        Chances(grant, period),
        Chances(_first_of_each(uplink, radio.configured_period_slots), period),
    )


def _cut(slot: int, first: int, symbols: int, size: int | None) -> list[Chance]:
    """One transmission over the symbols, or mini-slots back to back from the first of them."""
    begin = slot * SYMBOLS + first
    if size is None:
        return [Chance(begin, symbols, slot)] if symbols >= SHORTEST_PDSCH else []
    return [Chance(begin + k * size, size, slot) for k in range(symbols // size)]


def _first_of_each(found: list[Chance], window_slots: int | None) -> list[Chance]:
    """All of them, or the first that begins in each window of slots."""
    if window_slots is None:
        return found
    first: dict[int, Chance] = {}
    for one in sorted(found, key=lambda c: c.start):
        first.setdefault(one.slot // window_slots, one)
    return list(first.values())


def _lcm(length: int, *periods: int | None) -> int:
    wanted = math.lcm(length, *(p for p in periods if p))
    if wanted > MAX_SLOTS:
        raise BadInput(
            f"and periods repeat after {wanted} slots", where="TDD pattern", allowed=f"up to {MAX_SLOTS} slots"
        )
    return wanted
