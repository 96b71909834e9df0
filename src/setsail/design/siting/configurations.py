"""What can be put where: one configuration is a site with one band at one tilt class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, UnknownName
from setsail.design.siting.inputs import Candidates, tilt_classes
from setsail.radio.antenna.element import Element
from setsail.radio.link.budget import LinkBudget
from setsail.radio.link.carrier import Carrier
from setsail.radio.pathloss.scenarios import cited, number
from setsail.standards import facts
from setsail.standards.radio import Band, band, band_spacings_hz, channel_bandwidths_hz


@dataclass(frozen=True, slots=True, eq=False)
class Configurations:
    """All configurations as columns (n,), sorted by site, band and tilt.

    site : index of the candidate;  band : index into `bands`;  slot : index of the pair of site and band, of which at
    most one tilt may be chosen;  tilt_deg : downtilt;  tilt : its class.
    """

    bands: tuple[str, ...]
    site: I64
    band: I64
    slot: I64
    tilt: tuple[str, ...]
    tilt_deg: F64

    def __len__(self) -> int:
        """Number of configurations."""
        return len(self.site)


@dataclass(frozen=True, slots=True)
class BandChoice:
    """What a band is sent with: the budget without path loss, and the antenna of a sector."""

    budget: LinkBudget
    antenna: Element


def configurations(given: Candidates) -> Configurations:
    """The configurations of all candidates that are not fixed out."""
    bands = tuple(sorted({b for own in given.bands for b in own}))
    classes = tilt_classes()
    rows = [
        (site, bands.index(name), tilt)
        for site in range(len(given))
        if given.fixed[site] >= 0
        for name in sorted(given.bands[site])
        for tilt in classes
        if tilt in given.tilts[site]
    ]
    if not rows:
        raise BadInput("has no candidate that may be chosen", where="candidates", hint="not all of them fixed out")
    site = np.array([r[0] for r in rows], dtype=np.int64)
    which = np.array([r[1] for r in rows], dtype=np.int64)
    changes = np.flatnonzero(np.diff(site * len(bands) + which, prepend=-1))
    slot = np.searchsorted(changes, np.arange(len(rows)), side="right") - 1
    tilts = tuple(r[2] for r in rows)
    return Configurations(bands, site, which, slot, tilts, np.array([classes[t] for t in tilts]))


@cache
def band_choice(name: str) -> BandChoice:
    """Carrier, power and antenna that stand for a band; rows of `siting_carriers.csv`, all assumptions.

    Raises UnknownName for a band without a downlink or outside the rows.
    """
    found = band(name)
    if found.dl_hz is None:
        raise UnknownName(f"is {name!r}, which has no downlink", where="band", allowed="a band with a downlink")
    middle = 0.5 * (found.dl_hz[0] + found.dl_hz[1])
    for row in facts.table("design/siting_carriers.csv"):
        duplex_fits = row.need("duplex") == ("TDD" if found.duplex == "TDD" else "FDD")
        if duplex_fits and number(row, "low_hz") <= middle < number(row, "high_hz"):
            carrier = _carrier(found, middle, number(row, "bandwidth_hz"), number(row, "scs_hz"))
            gain = number(row, "antenna_gain_dbi")
            antenna = Element(
                gain, np.radians(number(row, "vertical_3db_deg")), np.radians(number(row, "horizontal_3db_deg")),
                number(row, "side_lobe_db"), number(row, "front_back_db"), cited(row),
            )  # fmt: skip
            return BandChoice(LinkBudget(carrier, number(row, "tx_power_dbm"), tx_gain_dbi=gain), antenna)
    raise UnknownName(f"is {name!r}, for which no carrier is set", where="band", allowed="rows of siting_carriers.csv")


def _carrier(found: Band, middle_hz: float, bandwidth_hz: float, scs_hz: float) -> Carrier:
    """The widest carrier of the band that is not wider than asked, at the spacing asked or else its first."""
    spacings = band_spacings_hz(found.name)
    spacing = scs_hz if scs_hz in spacings else spacings[0]
    widths = channel_bandwidths_hz(found.name, spacing)
    return Carrier.of(middle_hz, max((w for w in widths if w <= bandwidth_hz), default=min(widths)), spacing)
