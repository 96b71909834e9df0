"""Distance between a transmitter and medical devices, and the parts of the bands that their test does not cover."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.standards.radio import Direction, Spot, band, immunity_spots, rows, source_of

POWER_W = Limit("power", 0, 1000, "own range of plausible transmitters", ends="(]")
LEVEL_V_PER_M = Limit("level", 0, 1000, "own range of immunity levels", ends="(]")


@dataclass(frozen=True, slots=True)
class Level:
    """Immunity level that holds at a frequency, and by which test."""

    level_v_per_m: float
    test: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a band: covered by a row of the spot test, or by none (`spot` is None)."""

    low_hz: float
    high_hz: float
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Separation:
    """Distances from a transmitter to a medical device at one frequency; None where no test says a level.

    spot_m : by the proximity test (Table 9);  general_m : by the general radiated test of the environment, which does
    not stand for a handset close by;  declared_m : by a level that the maker declares.
    """

    fc_hz: float
    power_w: float
    covered: bool
    spot: Level | None
    spot_m: float | None
    general: Level | None
    general_m: float | None
    declared_m: float | None
    stated_minimum_m: float | None


def separation_m(power_w: float, level_v_per_m: float) -> float:
    """Distance [m] = 6 sqrt(P) / E, P the largest power [W], E the immunity level [V/m].

    Raises OutOfRange. Source: IEC 60601-1-2 ed. 4, cl. 8.10, the formula behind Table 9.
    """
    POWER_W.require(power_w)
    LEVEL_V_PER_M.require(level_v_per_m)
    return 6.0 * math.sqrt(power_w) / level_v_per_m


def spot_at(fc_hz: float) -> Spot | None:
    """The row of the spot test whose band holds a frequency [Hz]; None where none does."""
    return next((spot for spot in immunity_spots() if spot.low_hz <= fc_hz <= spot.high_hz), None)


def environments() -> tuple[str, ...]:
    """Environments with a general radiated immunity level."""
    return tuple(row.need("environment") for row in rows("iec60601_1_2_radiated"))


def general_level(fc_hz: float, environment: str) -> Level | None:
    """Level of the general radiated test (80 MHz to 2.7 GHz) of an environment; None outside. Raises UnknownName."""
    for row in rows("iec60601_1_2_radiated"):
        if row.need("environment") == environment:
            if float(row.need("low_hz")) <= fc_hz <= float(row.need("high_hz")):
                return Level(float(row.need("level_v_per_m")), f"general, {environment}", source_of(row))
            return None
    raise UnknownName(f"is {environment!r}", where="environment", allowed=", ".join(environments()))


def separation(
    power_w: float, fc_hz: float, *, environment: str = "professional", declared_v_per_m: float | None = None
) -> Separation:
    """Distances to a medical device from a transmitter of that power [W] at a frequency [Hz].

    Raises OutOfRange, UnknownName. Source: IEC 60601-1-2 ed. 4, Tables 4 and 9.
    """
    POWER_W.require(power_w)
    if not (math.isfinite(fc_hz) and fc_hz > 0):
        raise OutOfRange(f"is {fc_hz:g}", where="frequency", allowed="above 0 Hz")
    row, general = spot_at(fc_hz), general_level(fc_hz, environment)
    spot = Level(row.level_v_per_m, "proximity, Table 9", row.source) if row else None
    return Separation(
        fc_hz, power_w, row is not None, spot, separation_m(power_w, spot.level_v_per_m) if spot else None, general,
        separation_m(power_w, general.level_v_per_m) if general else None,
        separation_m(power_w, declared_v_per_m) if declared_v_per_m is not None else None,
        row.distance_m if row else None,
    )  # fmt: skip


def band_parts(name: str, direction: Direction) -> list[Part]:
    """A band cut into parts covered by one row of the spot test or by none; empty where it lacks that direction.

    Raises UnknownName. Source: TS 38.104 v19.4.0 cl. 5.2 against IEC 60601-1-2 ed. 4 Table 9.
    """
    edges = band(name).ul_hz if direction == "ul" else band(name).dl_hz
    if edges is None:
        return []
    low, high = edges
    inner = {f for spot in immunity_spots() for f in (spot.low_hz, spot.high_hz) if low < f < high}
    cuts = [low, *sorted(inner), high]
    return [Part(a, b, spot_at((a + b) / 2)) for a, b in pairwise(cuts)]


def covered_share(name: str, direction: Direction) -> float | None:
    """Share of a band that the spot test covers; None where the band lacks that direction. Raises UnknownName."""
    parts = band_parts(name, direction)
    if not parts:
        return None
    total = parts[-1].high_hz - parts[0].low_hz
    return sum(p.high_hz - p.low_hz for p in parts if p.spot) / total


def gaps_mhz(name: str, direction: Direction) -> str:
    """The parts that the spot test does not cover, as `2570-2690` [MHz], blank between two. Raises UnknownName."""
    bare = [p for p in band_parts(name, direction) if p.spot is None]
    return " ".join(f"{p.low_hz / 1e6:g}-{p.high_hz / 1e6:g}" for p in bare)
