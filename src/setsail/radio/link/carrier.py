"""A carrier: where it lies, how wide it is, how many resource blocks it holds, how much noise they catch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.standards.radio import FrequencyRange, n_rb

FR1_HZ = Limit("fc_hz", 410e6, 7.125e9, "TS 38.104 v19.4.0, Table 5.1-1")
FR2_HZ = Limit("fc_hz", 24.25e9, 71e9, "TS 38.104 v19.4.0, Table 5.1-1")
BANDWIDTH_HZ = Limit("bandwidth_hz", 0.0, 1e10, "assumption", "(]")
BOLTZMANN_J_PER_K = 1.380649e-23
REFERENCE_K = 290.0
SUBCARRIERS_PER_RB = 12
SPACINGS_HZ = tuple(15e3 * 2**mu for mu in range(7))
"""Of TS 38.211, Table 4.2-1: mu 0 to 6."""


def numerology(scs_hz: float) -> int:
    """The number mu of a subcarrier spacing [Hz]. Raises OutOfRange. Source: TS 38.211, Table 4.2-1."""
    if scs_hz not in SPACINGS_HZ:
        known = ", ".join(f"{s / 1e3:g}" for s in SPACINGS_HZ)
        raise OutOfRange(f"is {scs_hz / 1e3:g} kHz", where="scs_hz", allowed=f"{known} kHz (TS 38.211 Table 4.2-1)")
    return SPACINGS_HZ.index(scs_hz)


def frequency_range(fc_hz: float) -> FrequencyRange:
    """FR1 or FR2 of a carrier frequency [Hz]. Raises OutOfRange between and beyond them."""
    if FR1_HZ.holds(fc_hz):
        return "FR1"
    if FR2_HZ.holds(fc_hz):
        return "FR2"
    raise OutOfRange(f"is {fc_hz:g}", where="fc_hz", allowed=f"{FR1_HZ.text()} or {FR2_HZ.text()}")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One NR carrier.

    fc_hz : centre [Hz];  bandwidth_hz : channel bandwidth [Hz];  scs_hz : subcarrier spacing [Hz];
    n_rb : resource blocks sent, at most N_RB of TS 38.104 cl. 5.3.2 when made by `Carrier.of`.
    """

    fc_hz: float
    bandwidth_hz: float
    scs_hz: float
    n_rb: int

    def __post_init__(self) -> None:
        BANDWIDTH_HZ.require(self.bandwidth_hz)
        numerology(self.scs_hz)
        if self.n_rb < 1 or self.occupied_hz > self.bandwidth_hz:
            raise OutOfRange(
                f"is {self.n_rb}", where="n_rb", allowed=f"1 or more that fit into {self.bandwidth_hz / 1e6:g} MHz"
            )

    @classmethod
    def of(cls, fc_hz: float, bandwidth_hz: float, scs_hz: float) -> Carrier:
        """With the resource blocks of the standard. Raises OutOfRange for a bandwidth the spacing does not have."""
        numerology(scs_hz)
        return cls(fc_hz, bandwidth_hz, scs_hz, n_rb(bandwidth_hz, scs_hz, frequency_range(fc_hz)))

    @property
    def subcarriers(self) -> int:
        """Resource elements of one symbol."""
        return SUBCARRIERS_PER_RB * self.n_rb

    @property
    def occupied_hz(self) -> float:
        """Bandwidth of the resource blocks."""
        return self.subcarriers * self.scs_hz

    def noise_per_re_dbm(self, noise_figure_db: float, temperature_k: float = REFERENCE_K) -> float:
        """Thermal noise k T B and the noise figure, in one resource element."""
        return 10.0 * math.log10(BOLTZMANN_J_PER_K * temperature_k * self.scs_hz) + 30.0 + noise_figure_db
