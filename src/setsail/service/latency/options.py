"""What a latency is asked for: the radio configuration, the way past the radio, and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.standards import facts

Direction = Literal["ul", "dl", "harq"]
Access = Literal["sr", "cg"]
DIRECTIONS: tuple[Direction, ...] = ("ul", "dl", "harq")
ACCESSES: tuple[Access, ...] = ("sr", "cg")
SYMBOLS = 14
"""Symbols of a slot with normal cyclic prefix (TS 38.211 Table 4.3.2-1)."""
MINI_SLOTS = (2, 4, 7)
BLER = Limit("bler", 0.0, 1.0, "a probability; 1 would deliver nothing", ends="[)")
RETRANSMISSIONS = Limit("max_retransmissions", 0, 31, "RV repeats; TS 38.321 leaves the number to the network")
OFFSET_SLOTS = Limit("offset_slots", 0.0, 60.0, "srsran-low-latency: M up to 30 and H up to 30 slots")
PERIOD_SLOTS = Limit("period_slots", 1, 5120, "TS 38.331: longest configured-grant period at 30 kHz is below it")
REPETITIONS = Limit("repetitions", 1, 8, "TS 38.331 repK: 1, 2, 4 or 8")
LEGS = Limit("duplicates", 1, 4, "TS 38.321 cl. 5.10: up to four RLC entities of one bearer")


@dataclass(frozen=True, slots=True)
class Radio:
    """One radio configuration: numerology, frame structure, access and HARQ.

    tdd : pattern of D, S, U slots or "FDD";  special : symbols of S;  capability : UE processing capability, 1 where
    neither this nor a preset says;  bler : error probability of a first transmission;  bler_retransmission : of each
    further one, the same where not given;  max_retransmissions : none where neither this nor a preset says, and so is
    `bler`;  offset_slots : slots by which the gNB prepares ahead, of data and
    grants alike (pipeline M plus radio head H);  request_period_slots : SR period, None for every chance;
    configured_period_slots : the same of configured grants;  repetitions : of a configured grant in consecutive
    occasions;  mini_slot : symbols of a TTI or None for slots;  bsr_ratio : share of packets whose first grant only
    carries a buffer status report;  duplicates : PDCP copies over legs with the same timing and independent errors.
    Raises OutOfRange, BadInput.
    """

    scs_hz: float = 30e3
    tdd: str = "DDDSU"
    special: str = "10D2G2U"
    direction: Direction = "ul"
    access: Access = "sr"
    capability: int | None = None
    bler: float | None = None
    bler_retransmission: float | None = None
    max_retransmissions: int | None = None
    offset_slots: float = 0.0
    request_period_slots: int | None = None
    configured_period_slots: int | None = None
    repetitions: int = 1
    mini_slot: int | None = None
    bsr_ratio: float = 0.0
    duplicates: int = 1

    def __post_init__(self) -> None:
        for name, value, known in (
            ("direction", self.direction, DIRECTIONS),
            ("access", self.access, ACCESSES),
            ("mini slot", self.mini_slot, (None, *MINI_SLOTS)),
            ("capability", self.capability, (None, 1, 2)),
        ):
            if value not in known:
                told = ", ".join(str(k) for k in known if k is not None)
                raise BadInput(f"is {value!r}", where=name, allowed=told)
        BLER.require(self.bler or 0.0)
        BLER.require(self.bler_retransmission or 0.0, "bler_retransmission")
        RETRANSMISSIONS.require(self.max_retransmissions or 0)
        OFFSET_SLOTS.require(self.offset_slots)
        REPETITIONS.require(self.repetitions)
        LEGS.require(self.duplicates)
        Limit("bsr_ratio", 0.0, 1.0, "a share").require(self.bsr_ratio)
        for period, where in (
            (self.request_period_slots, "SR period"),
            (self.configured_period_slots, "configured-grant period"),
        ):
            if period is not None:
                PERIOD_SLOTS.require(period, where)
        processing_symbols("N1", self.capability or 1, self.scs_hz)

    @property
    def symbol_s(self) -> float:
        """Mean length of a symbol: a fourteenth of the slot."""
        return 1e-3 * (15e3 / self.scs_hz) / SYMBOLS

    @property
    def n1(self) -> float:
        """Symbols that the UE needs from the end of a PDSCH to its ACK."""
        return processing_symbols("N1", self.capability or 1, self.scs_hz)

    @property
    def n2(self) -> float:
        """Symbols that the UE needs from a grant to its PUSCH."""
        return processing_symbols("N2", self.capability or 1, self.scs_hz)

    @property
    def error_ratio(self) -> float:
        """Probability that a first transmission fails on all legs."""
        return (self.bler or 0.0) ** self.duplicates

    @property
    def later_error_ratio(self) -> float:
        """Probability that a further transmission fails on all legs."""
        if self.bler_retransmission is None:
            return self.error_ratio
        return self.bler_retransmission**self.duplicates

    @property
    def retransmissions(self) -> int:
        """Most retransmissions that can help: none where nothing fails."""
        return (self.max_retransmissions or 0) if self.error_ratio else 0


@cache
def _processing() -> dict[tuple[str, int, float], float]:
    rows = facts.table("service/processing_times.csv")
    return {
        (r.need("quantity"), int(r.need("capability")), float(r.need("scs_khz"))): float(r.need("symbols"))
        for r in rows
    }  # fmt: skip


def processing_symbols(quantity: Literal["N1", "N2"], capability: int, scs_hz: float) -> float:
    """N1 or N2 of a UE processing capability [symbols]. Raises OutOfRange where there is none.

    Source: 3GPP TS 38.214 v19, Tables 5.3-1, 5.3-2 (N1, front-loaded DM-RS alone), 6.4-1 and 6.4-2 (N2).
    """
    found = _processing().get((quantity, capability, scs_hz / 1e3))
    if found is None:
        known = [f"{khz:g}" for q, c, khz in _processing() if (q, c) == (quantity, capability)]
        raise OutOfRange(
            f"is {scs_hz / 1e3:g} kHz with processing capability {capability}", where="scs",
            allowed=f"{', '.join(known)} kHz (TS 38.214 cl. 5.3 and 6.4)",
        )  # fmt: skip
    return found
