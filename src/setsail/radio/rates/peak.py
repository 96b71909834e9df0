"""Peak data rate of TS 38.306, over any number of carriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.radio.rates.tbs import N_PRB, QM, RATE_X1024
from setsail.radio.rates.tdd import spacing_index, symbol_s
from setsail.standards.radio import Direction, FrequencyRange, grid, n_rb, rows

TOP_RATE_X1024 = 948.0
LAYERS: dict[Direction, Limit] = {
    "dl": Limit("layers", 1, 8, "TS 38.211 cl. 7.3.1.3, downlink"),
    "ul": Limit("layers", 1, 8, "TS 38.211 cl. 6.3.1.3, uplink (4 before release 18)"),
}
OVERHEAD = Limit("overhead", 0, 1, "share of resource elements", ends="[)")
SHARE = Limit("share", 0, 1, "share of the symbols of the carrier", ends="(]")
SPACINGS: dict[FrequencyRange, tuple[float, ...]] = {
    "FR1": (15e3, 30e3, 60e3),
    "FR2": (60e3, 120e3, 480e3, 960e3),
}
"""Of data channels by frequency range (TS 38.104 cl. 5.3.2)."""


@cache
def overheads() -> dict[tuple[FrequencyRange, Direction], float]:
    """OH by frequency range and direction. Source: TS 38.306 cl. 4.1.2."""
    found: dict[tuple[FrequencyRange, Direction], float] = {}
    for row in rows("peak_rate"):
        if row.need("quantity") == "overhead":
            part: FrequencyRange = "FR2" if row.need("range") == "FR2" else "FR1"
            direction: Direction = "ul" if row.need("direction") == "ul" else "dl"
            found[part, direction] = float(row.need("value"))
    return found


@cache
def scalings() -> tuple[float, ...]:
    """Values of the scaling factor f. Source: TS 38.306 cl. 4.1.2."""
    return tuple(float(row.need("value")) for row in rows("peak_rate") if row.need("quantity") == "scaling")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One component carrier in one direction; `share` is the part of its symbols in that direction (1 for FDD)."""

    n_prb: int
    scs_hz: float
    qm: int
    layers: int
    rate_x1024: float = TOP_RATE_X1024
    direction: Direction = "dl"
    frequency_range: FrequencyRange = "FR1"
    scaling: float = 1.0
    share: float = 1.0
    overhead_given: float | None = field(default=None)

    def __post_init__(self) -> None:
        N_PRB.require(self.n_prb)
        spacing_index(self.scs_hz)
        if self.scs_hz not in SPACINGS[self.frequency_range]:
            allowed = ", ".join(f"{s / 1e3:g}" for s in SPACINGS[self.frequency_range])
            raise OutOfRange(
                f"is {self.scs_hz / 1e3:g} kHz in {self.frequency_range}", where="scs", allowed=f"{allowed} kHz"
            )
        most = max(blocks for (scs, _), blocks in grid(self.frequency_range).items() if scs == self.scs_hz)
        if self.n_prb > most:
            raise OutOfRange(
                f"is {self.n_prb} at {self.scs_hz / 1e3:g} kHz in {self.frequency_range}", where="prb",
                allowed=f"up to {most} (TS 38.104 cl. 5.3.2)",
            )  # fmt: skip
        LAYERS[self.direction].require(self.layers)
        RATE_X1024.require(self.rate_x1024)
        SHARE.require(self.share)
        if self.qm not in QM:
            raise OutOfRange(f"is {self.qm}", where="qm", allowed="1, 2, 4, 6, 8, 10 bits per symbol")
        if self.scaling not in scalings():
            allowed = ", ".join(f"{f:g}" for f in scalings())
            raise OutOfRange(f"is {self.scaling:g}", where="scaling", allowed=f"{allowed} (TS 38.306 cl. 4.1.2)")
        if self.overhead_given is not None:
            OVERHEAD.require(self.overhead_given)

    @property
    def overhead(self) -> float:
        """Share of resource elements that carry no data."""
        given = self.overhead_given
        return overheads()[self.frequency_range, self.direction] if given is None else given


def carrier_prb(bandwidth_hz: float, scs_hz: float, frequency_range: FrequencyRange) -> int:
    """N_PRB of a channel bandwidth, for a `Carrier`. Raises OutOfRange. Source: TS 38.104 cl. 5.3.2."""
    return n_rb(bandwidth_hz, scs_hz, frequency_range)


def carrier_rate_bps(carrier: Carrier) -> float:
    """Peak rate of one carrier [bit/s], with the share of its symbols in that direction.

    Source: 3GPP TS 38.306 v19.2.0, cl. 4.1.2: v Qm f R 12 N_PRB / T_s (1 - OH).
    Deviates: R is that of the modulation and coding scheme, which is R_max = 948/1024 only at the top of its table.
    """
    per_symbol = carrier.layers * carrier.qm * carrier.scaling * carrier.rate_x1024 / 1024
    elements = 12 * carrier.n_prb / symbol_s(carrier.scs_hz)
    return per_symbol * elements * (1 - carrier.overhead) * carrier.share


def peak_rate_bps(carriers: Sequence[Carrier]) -> float:
    """Peak rate of aggregated carriers [bit/s]: the sum over them. Raises BadInput where there is none or both ways.

    Source: 3GPP TS 38.306 v19.2.0, cl. 4.1.2.
    """
    if not carriers:
        raise BadInput("is empty", where="carriers", allowed="one carrier or more")
    if len({carrier.direction for carrier in carriers}) > 1:
        raise BadInput("mix downlink and uplink", where="carriers", allowed="one direction at a time")
    return sum(carrier_rate_bps(carrier) for carrier in carriers)
