"""Antennas as a door shows them: what a pattern holds, and gains in asked directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.radio.antenna.element import element, omni_head
from setsail.radio.antenna.frame import Mounting, Pattern, gain_towards_dbi, radiated_ratio
from setsail.radio.antenna.panel import Panel
from setsail.radio.antenna.pattern_file import Turn, read_pattern

TURNS: dict[str, Turn] = {"down": "down", "up": "up"}
ELEVATION_DEG = Limit("elevation", -90.0, 90.0, "assumption")


def antenna_of(name: str, *, rows: int = 1, columns: int = 1, vertical: str = "down") -> Pattern:
    """An antenna by a door's word: a pattern file, `omni`, or a shipped element, alone or as a panel.

    Raises UnknownName, BadInput, OutOfRange.
    """
    if name.lower().endswith((".msi", ".pln")):
        if vertical not in TURNS:
            raise UnknownName(f"is {vertical!r}", where="vertical", allowed=", ".join(TURNS))
        if (rows, columns) != (1, 1):
            raise BadInput("is asked of a file", where="rows and columns", allowed="shipped elements")
        return read_pattern(Path(name), vertical=TURNS[vertical])
    if name == "omni":
        return omni_head()
    one = element(name)
    return one if (rows, columns) == (1, 1) else Panel(one, rows, columns)


def antenna_record(
    found: Pattern, name: str, *, bearing_deg: float, downtilt_deg: float, towards: Sequence[tuple[float, float]]
) -> list[Record]:
    """One record a direction (bearing, elevation above the horizon) [degrees], with what holds for the whole antenna.

    radiated_db : power radiated over power fed, from the pattern alone. Raises OutOfRange.
    """
    mounting = Mounting.compass(bearing_deg, downtilt_deg)
    radiated = 10.0 * math.log10(radiated_ratio(found, zeniths=361, azimuths=720))
    told: Record = {"antenna": name, "peak_dbi": found.peak_dbi, "radiated_db": radiated}
    told["notes"] = list(getattr(found, "notes", ()))
    return [
        {**told, "bearing_deg": to, "elevation_deg": up, "gain_dbi": _gain(found, mounting, to, up)}
        for to, up in towards
    ]


def _gain(found: Pattern, mounting: Mounting, bearing_deg: float, elevation_deg: float) -> float:
    ELEVATION_DEG.require(elevation_deg)
    east, north = math.sin(math.radians(bearing_deg)), math.cos(math.radians(bearing_deg))
    flat, up = math.cos(math.radians(elevation_deg)), math.sin(math.radians(elevation_deg))
    return float(gain_towards_dbi(found, mounting, flat * east, flat * north, up))
