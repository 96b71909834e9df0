"""What a placement gives: heads, cells and carrier, what it proves, what binds, and what was compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from setsail.design.indoor.maps import RadioMaps
from setsail.design.network.model import Carrier, Cell, Head

Proof = Literal["fewest", "bound", "unknown", "judged"]
"""No fewer heads would do; at least so many are needed; a search ended before its proof; heads judged as they stand."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A target that cannot be met, or was not: of what, how much was wanted and what the nearest design reaches.

    constraint : `rsrp`, `rate_dl`, `rate_ul`, `second_server`, `sinr`, `capacity`, `leakage`, `position`,
    `most_heads`;
    proved : no head at any candidate place, each by its own signal, brings more of it.
    """

    subject: str
    constraint: str
    wanted: float
    reached: float
    unit: str
    proved: bool
    why: str

    @property
    def shortfall(self) -> float:
        """Share of the target that is missed, 0..1; of traffic, the share that is not carried."""
        least, most = sorted((abs(self.wanted), abs(self.reached)))
        return (most - least) / most if most > 0.0 else 0.0

    def record(self) -> dict[str, Any]:
        """Its columns."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Compared:
    """One frequency option: heads, price relative to a mid-band head, gap, coverage and rates of its best design.

    unmet : targets that it misses;  load_dl, load_ul : of the busiest cell;  tdd : pattern chosen for it.
    """

    carrier: str
    heads: int
    cells: int
    price_ratio: float
    gap_ratio: float
    unmet: int
    covered_ratio: float
    rsrp_dbm_p05: float
    sinr_db_p05: float
    rate_dl_bps_p05: float
    rate_ul_bps_p05: float
    load_dl: float
    load_ul: float
    tdd: str
    chosen: bool = False

    def record(self) -> dict[str, Any]:
        """Its columns."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Carriers, cells and heads of a design; gap_ratio : distance of the number of heads from a proven least number.

    binding : targets that are not met;  compared : frequency options;  patterns : load of both directions of the whole
    site by TDD pattern;  maps : of the design;  proof : of the number of heads.
    """

    carriers: tuple[Carrier, ...]
    cells: tuple[Cell, ...]
    heads: tuple[Head, ...]
    gap_ratio: float
    bound_heads: int
    binding: tuple[Binding, ...]
    compared: tuple[Compared, ...]
    patterns: dict[str, tuple[float, float]]
    maps: RadioMaps
    notes: tuple[str, ...] = ()
    proof: Proof = "bound"

    def record(self) -> dict[str, Any]:
        """Everything but the rasters."""
        return {
            "heads": len(self.heads),
            "cells": len(self.cells),
            "gap_ratio": self.gap_ratio,
            "bound_heads": self.bound_heads,
            "proof": self.proof,
            "carrier": self.carriers[0].carrier,
            "tdd": self.carriers[0].tdd,
            "binding": [b.record() for b in self.binding],
            "compared": [c.record() for c in self.compared],
            "patterns": {name: {"dl": dl, "ul": ul} for name, (dl, ul) in self.patterns.items()},
            "maps": self.maps.record(),
            "notes": list(self.notes),
        }
