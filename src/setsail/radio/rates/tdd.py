"""Shares of downlink, uplink and guard in a TDD frame structure written as `DDDSU`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from setsail.base.errors import BadInput, OutOfRange

SYMBOLS_PER_SLOT = 14
SPACINGS_HZ = (15e3, 30e3, 60e3, 120e3, 480e3, 960e3)
C_M_PER_S = 299_792_458.0
SPECIAL = re.compile(r"(\d{1,2})D?:(\d{1,2})G?:(\d{1,2})U?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrameStructure:
    """One TDD period: `slots` of D, S, U; the special slot as (downlink, guard, uplink) symbols."""

    slots: str
    special: tuple[int, int, int]
    scs_hz: float

    @property
    def period_s(self) -> float:
        """Length of the pattern."""
        return len(self.slots) * slot_s(self.scs_hz)

    @property
    def symbols(self) -> tuple[int, int, int]:
        """Downlink, guard and uplink symbols in one period."""
        n = {kind: self.slots.count(kind) for kind in "DSU"}
        dl, guard, ul = (n["S"] * part for part in self.special)
        return dl + n["D"] * SYMBOLS_PER_SLOT, guard, ul + n["U"] * SYMBOLS_PER_SLOT

    @property
    def shares(self) -> tuple[float, float, float]:
        """Share of symbols that are downlink, guard, uplink; they add to 1."""
        total = len(self.slots) * SYMBOLS_PER_SLOT
        dl, guard, ul = self.symbols
        return dl / total, guard / total, ul / total

    @property
    def guard_s(self) -> float:
        """Length of one guard period, 0 without a special slot."""
        return self.special[1] * symbol_s(self.scs_hz) if "S" in self.slots else 0.0

    @property
    def guard_radius_m(self) -> float:
        """Distance whose way out and back fills the guard; switching times would shorten it and are not taken off."""
        return C_M_PER_S * self.guard_s / 2


def spacing_index(scs_hz: float) -> int:
    """The numerology mu of a subcarrier spacing. Raises OutOfRange. Source: TS 38.211 Table 4.2-1."""
    if scs_hz not in SPACINGS_HZ:
        allowed = ", ".join(f"{s / 1e3:g}" for s in SPACINGS_HZ)
        raise OutOfRange(f"is {scs_hz / 1e3:g} kHz", where="scs", allowed=f"{allowed} kHz (TS 38.211 Table 4.2-1)")
    return round(math.log2(scs_hz / 15e3))


def slot_s(scs_hz: float) -> float:
    """Length of a slot [s]. Raises OutOfRange."""
    return 1e-3 / 2.0 ** spacing_index(scs_hz)


def symbol_s(scs_hz: float) -> float:
    """Mean length of an OFDM symbol [s] with normal cyclic prefix: T_s^mu of TS 38.306 cl. 4.1.2. Raises OutOfRange."""
    return slot_s(scs_hz) / SYMBOLS_PER_SLOT


def special_slot(text: str) -> tuple[int, int, int]:
    """Downlink, guard and uplink symbols of a special slot such as `10D:2G:2U` or `10:2:2`. Raises BadInput."""
    found = SPECIAL.fullmatch(text.strip())
    if not found:
        raise BadInput(f"is {text!r}", where="special slot", allowed="symbols such as 10D:2G:2U")
    dl, guard, ul = (int(part) for part in found.groups())
    if dl + guard + ul != SYMBOLS_PER_SLOT:
        raise BadInput(f"{text} adds to {dl + guard + ul}", where="special slot", allowed="14 symbols in all")
    return dl, guard, ul


def frame_structure(pattern: str, scs_hz: float, special: str = "10D:2G:2U") -> FrameStructure:
    """The frame structure of a pattern of slots D, S, U that repeats.

    Raises BadInput (unknown slot, no guard between downlink and uplink, period that does not divide 20 ms).
    Source: 3GPP TS 38.213, cl. 11.1: P, or P + P2 of two patterns written one after the other, divides 20 ms.
    """
    slots = pattern.strip().upper()
    strange = sorted(set(slots) - set("DSU"))
    if not slots or strange:
        raise BadInput(
            f"holds {strange[0]!r}" if strange else "is empty", where="TDD pattern", allowed="slots D, S, U as in DDDSU"
        )
    made = FrameStructure(slots, special_slot(special), scs_hz)
    per_20_ms = 20e-3 / slot_s(scs_hz)
    if per_20_ms % len(slots):
        raise BadInput(
            f"of {len(slots)} slots lasts {made.period_s * 1e3:g} ms", where="TDD pattern",
            allowed="a period that divides 20 ms (TS 38.213 cl. 11.1)",
        )  # fmt: skip
    turns = slots + slots[0]
    if "DU" in turns:
        raise BadInput(f"{slots} turns from D to U without S", where="TDD pattern", allowed="a special slot between")
    if "S" in slots and made.special[1] == 0:
        raise BadInput("has no guard symbol", where="special slot", allowed="1 or more guard symbols")
    return made
