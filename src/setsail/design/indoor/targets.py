"""Targets, carriers and TDD patterns of the indoor design, as its data files hold them, each with source and mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from setsail.base import toml
from setsail.base.errors import UnknownName
from setsail.radio.rates.tdd import FrameStructure, frame_structure

DATA = Path(__file__).parent / "data"
TRUSTED = ("seen", "secondary")
FDD = "FDD"


@dataclass(frozen=True, slots=True)
class Target:
    """One target: its value, where it comes from, and whether it may carry a verdict of pass."""

    name: str
    value: float
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Targets:
    """What a design aims at.

    rsrp_dbm : of the best cell;  sinr_db, edge_dl_bps, edge_ul_bps : at the busy-hour load;  covered_ratio : share of
    a floor, room_covered_ratio : of every room, lift_covered_ratio : of a lift;  second_rsrp_dbm : of the next head
    where the best one fails, in critical rooms;  leakage_dbm : 10 m outside;  position_p90_m : bound of the position
    error, told of every room;  position_head_ratio : heads that may be added for the position errors that the needs of
    rooms state, over those that coverage takes.
    """

    rsrp_dbm: float
    sinr_db: float
    edge_dl_bps: float
    edge_ul_bps: float
    covered_ratio: float
    room_covered_ratio: float
    second_rsrp_dbm: float
    leakage_dbm: float
    position_p90_m: float
    lift_covered_ratio: float = 0.95
    position_head_ratio: float = 0.5

    def room_ratio(self, *, lift: bool) -> float:
        """Share of a room that is to be covered."""
        return max(self.room_covered_ratio, self.lift_covered_ratio) if lift else self.room_covered_ratio


@dataclass(frozen=True, slots=True)
class CarrierChoice:
    """A carrier that may be built, with the head that sends it; see `data/carriers.toml`."""

    id: str
    band: str
    fc_hz: float
    bandwidth_hz: float
    scs_hz: float
    duplex: str
    ports: int
    power_dbm: float
    gain_dbi: float
    ue_rx: int
    price_ratio: float
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A TDD pattern with its special slot; "FDD" for none."""

    tdd: str
    special: str
    source: str
    verified: bool

    def shares(self, scs_hz: float) -> tuple[float, float]:
        """Share of the symbols that carry downlink and uplink data: all D symbols, and U slots without those of S."""
        return data_shares(self.tdd, self.special, scs_hz)


def data_shares(tdd: str, special: str, scs_hz: float) -> tuple[float, float]:
    """Share of the symbols of a carrier for data of each direction; both 1 for FDD. Raises BadInput.

    The uplink symbols of S carry sounding and access, not data.
    """
    if tdd == FDD:
        return 1.0, 1.0
    found = frame(tdd, special, scs_hz)
    return found.shares[0], found.slots.count("U") / len(found.slots)


def frame(tdd: str, special: str, scs_hz: float) -> FrameStructure:
    """The frame of a pattern, its special slot as `10D2G2U` or `10D:2G:2U`. Raises BadInput."""
    parts = special.upper().replace(":", "").replace("D", "D:").replace("G", "G:")
    return frame_structure(tdd, scs_hz, parts)


@cache
def target_rows() -> Mapping[str, Target]:
    """Every target of `data/targets.toml` by its name."""
    tables = _read("targets.toml")
    return MappingProxyType({
        name: Target(name, float(row["value"]), str(row["source"]), row["evidence"] in TRUSTED)
        for name, row in tables.items()
    })  # fmt: skip


@cache
def default_targets() -> Targets:
    """The targets of the data file."""
    return Targets(**{name: target_rows()[name].value for name in Targets.__slots__})


@cache
def carriers() -> Mapping[str, CarrierChoice]:
    """The carriers of `data/carriers.toml` by id."""
    found = [_trusted(row) for row in toml.tables(_read("carriers.toml"), "carrier", "carriers.toml")]
    return MappingProxyType({str(row["id"]): CarrierChoice(**row) for row in found})


def carrier_choice(name: str) -> CarrierChoice:
    """The carrier of that id. Raises UnknownName."""
    found = carriers().get(name)
    if found is None:
        raise UnknownName(f"is {name!r}", where="carrier", allowed=", ".join(carriers()))
    return found


@cache
def patterns() -> tuple[Pattern, ...]:
    """The TDD patterns of `data/carriers.toml`, most downlink first."""
    return tuple(Pattern(**_trusted(row)) for row in toml.tables(_read("carriers.toml"), "pattern", "carriers.toml"))


def _trusted(row: toml.Table) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "evidence"} | {"verified": row["evidence"] in TRUSTED}


def _read(name: str) -> dict[str, Any]:
    return toml.document((DATA / name).read_text(encoding="utf-8"), name)
