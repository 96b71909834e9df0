"""What may be chosen for a run of the indoor hotspot, and the halls that it runs in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.radio.antenna.element import element
from setsail.radio.antenna.frame import Mounting, Pattern
from setsail.radio.link import Carrier, LinkBudget
from setsail.radio.pathloss.scenarios import cited, number, rows

Office = Literal["open", "mixed"]
Gain = Literal["multipath", "direct"]
"""multipath: the element's gain averaged over the clusters of a link, as RSRP is; direct: along the straight line."""
RUNS = Limit("runs", 1, 100_000, "assumption")
UES = Limit("ues_per_trxp", 1, 200, "assumption")
BEARING_DEG = Limit("bearing_deg", -90.0, 90.0, "assumption")
LOAD = Limit("load_ratio", 0.0, 1.0, "assumption")


@dataclass(frozen=True, slots=True)
class Layout:
    """A hall with its sites and what they send.

    trxp : transmission and reception points;  site_m : (sites, 2) places, x along the hall;
    mountings : of the sectors of a site;  budget : of one port of one TRxP to one UE;  source : of the set-up.
    """

    trxp: int
    hall_m: tuple[float, float]
    site_m: F64
    mountings: tuple[Mounting, ...]
    element: Pattern
    budget: LinkBudget
    h_bs_m: float
    h_ut_m: float
    ues_per_trxp: int
    source: str


@dataclass(frozen=True, slots=True)
class HotspotOptions:
    """One study: how often UEs are dropped, in which office, and how received power is made.

    load : share of resource elements on which the other TRxP send;  ues_per_trxp : dropped in a run;
    bearing_deg : all heads turned about the vertical, from the length of the hall.
    """

    layout: Layout
    runs: int
    office: Office
    ues_per_trxp: int
    load: float
    gain: Gain
    bearing_deg: float = 0.0

    def __post_init__(self) -> None:
        RUNS.require(self.runs)
        UES.require(self.ues_per_trxp)
        LOAD.require(self.load)
        BEARING_DEG.require(self.bearing_deg)

    @property
    def mountings(self) -> tuple[Mounting, ...]:
        """Where the sectors of every site point."""
        turn = math.radians(self.bearing_deg)
        return tuple(replace(one, azimuth_rad=one.azimuth_rad + turn) for one in self.layout.mountings)

    @property
    def ues(self) -> int:
        """UEs of one run."""
        return self.ues_per_trxp * self.layout.trxp


def options(
    *,
    runs: int = 200,
    office: str = "open",
    trxp: int = 12,
    ues_per_trxp: int | None = None,
    load: float = 1.0,
    gain: str = "multipath",
    bearing_deg: float = 0.0,
) -> HotspotOptions:
    """Options by the words of a door. Raises OutOfRange, UnknownName."""
    found = layout(trxp)
    ues = found.ues_per_trxp if ues_per_trxp is None else ues_per_trxp
    return HotspotOptions(found, runs, _office(office), ues, load, _gain(gain), bearing_deg)


def generator(seed: int) -> np.random.Generator:
    """The random numbers of a seed. Raises OutOfRange below 0."""
    if seed < 0:
        raise OutOfRange(f"is {seed}", where="seed", allowed="0 or more")
    return np.random.default_rng(seed)


def _office(name: str) -> Office:
    for known in get_args(Office):
        if name.strip().lower() == known:
            return known  # type: ignore[no-any-return]
    raise UnknownName(f"is {name!r}", where="office", allowed=", ".join(get_args(Office)))


def _gain(name: str) -> Gain:
    for known in get_args(Gain):
        if name.strip().lower() == known:
            return known  # type: ignore[no-any-return]
    raise UnknownName(f"is {name!r}", where="gain", allowed=", ".join(get_args(Gain)))


@cache
def layout(trxp: int) -> Layout:
    """The hall with that many TRxP. Raises OutOfRange.

    Source: ITU-R M.2412-0, Table 5 a) and 3GPP RP-180524, Table 1: heads point to the ground with one TRxP a site and
    20 degrees below the horizon with three.
    """
    known = {int(number(row, "trxp")): row for row in rows("hotspot_layouts")}
    if trxp not in known:
        raise OutOfRange(f"is {trxp}", where="trxp", allowed=", ".join(map(str, known)))
    row = known[trxp]
    head = element(row.need("element"))
    carrier = Carrier.of(number(row, "fc_hz"), number(row, "bandwidth_hz"), number(row, "scs_hz"))
    budget = LinkBudget(
        carrier, number(row, "tx_power_dbm"), tx_gain_dbi=head.peak_dbi, noise_figure_db=number(row, "noise_figure_db")
    )
    tilt = math.radians(number(row, "downtilt_deg"))
    hall = (number(row, "hall_x_m"), number(row, "hall_y_m"))
    return Layout(
        trxp,
        hall,
        _sites(hall, int(number(row, "sites_x")), int(number(row, "sites_y")), number(row, "spacing_m")),
        tuple(Mounting(math.radians(float(a)), tilt) for a in row.need("azimuth_deg").split()),
        head,
        budget,
        number(row, "h_bs_m"),
        number(row, "h_ut_m"),
        int(number(row, "ues_per_trxp")),
        cited(row),
    )


def _sites(hall_m: tuple[float, float], along: int, across: int, spacing_m: float) -> F64:
    """A grid of sites with that spacing in the middle of the hall, row by row."""
    x = hall_m[0] / 2.0 + spacing_m * (np.arange(along) - (along - 1) / 2.0)
    y = hall_m[1] / 2.0 + spacing_m * (np.arange(across) - (across - 1) / 2.0)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
