"""A floor with its heads and walls, and what its raster is asked for: frozen and checked."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange
from setsail.base.limits import Limit
from setsail.radio.link.carrier import numerology
from setsail.radio.pathloss.p2040 import AVERAGE_RATIO, Layer

DistanceLaw = Literal["free-space", "inh-los"]
Incidence = Literal["normal", "oblique"]

PLACE_M = Limit("place_m", -100_000.0, 100_000.0, "assumption")
HEIGHT_M = Limit("height_m", 0.0, 50.0, "assumption")
EIRP_DBM = Limit("eirp_per_re_dbm", -100.0, 80.0, "assumption")
WALL_DB = Limit("loss_db", 0.0, 1e4, "assumption")
FC_HZ = Limit("fc_hz", 0.5e9, 100e9, "TR 38.901 v17.0.0 cl. 7.4.1")
RESOLUTION_M = Limit("resolution_m", 0.01, 100.0, "assumption")
NOISE_FIGURE_DB = Limit("noise_figure_db", 0.0, 30.0, "assumption")
LOAD = Limit("load_ratio", 0.0, 1.0, "assumption")
MEMORY_BYTES = Limit("memory_bytes", 1e5, 1e13, "assumption")
ROWS = Limit("rows_per_block", 1, 100_000, "assumption")
MOST_HEADS = 32_767


@dataclass(frozen=True, slots=True)
class Head:
    """One antenna of equal power in all directions: place and height over the floor [m], EIRP of one RE [dBm]."""

    x_m: float
    y_m: float
    z_m: float
    eirp_per_re_dbm: float

    def __post_init__(self) -> None:
        PLACE_M.require([self.x_m, self.y_m], "place of a head")
        HEIGHT_M.require(self.z_m, "height of a head")
        EIRP_DBM.require(self.eirp_per_re_dbm)


@dataclass(frozen=True, slots=True)
class Wall:
    """A straight wall from floor to ceiling, by its layers (loss by ITU-R P.2040) or by a loss that is known [dB]."""

    x0_m: float
    y0_m: float
    x1_m: float
    y1_m: float
    layers: tuple[Layer, ...] = ()
    loss_db: float | None = None

    def __post_init__(self) -> None:
        PLACE_M.require([self.x0_m, self.y0_m, self.x1_m, self.y1_m], "end of a wall")
        if (self.x0_m, self.y0_m) == (self.x1_m, self.y1_m):
            where = f"wall at ({self.x0_m:g}, {self.y0_m:g})"
            raise BadInput("has no length", where=where, allowed="two ends at two places")
        if bool(self.layers) == (self.loss_db is not None):
            raise BadInput("has both or neither", where="wall", allowed="either layers or loss_db")
        if self.loss_db is not None:
            WALL_DB.require(self.loss_db, "loss of a wall")


@dataclass(frozen=True, slots=True)
class Floor:
    """One floor in local metres: its box, carrier frequency, heads and walls.

    Raises BadInput (no heads, empty box), DuplicateKey (two heads at one place), OutOfRange.
    """

    west_m: float
    south_m: float
    east_m: float
    north_m: float
    fc_hz: float
    heads: tuple[Head, ...]
    walls: tuple[Wall, ...] = ()

    def __post_init__(self) -> None:
        PLACE_M.require([self.west_m, self.south_m, self.east_m, self.north_m], "box of the floor")
        if self.west_m >= self.east_m or self.south_m >= self.north_m:
            raise BadInput("is empty", where="box of the floor", allowed="west below east, south below north")
        FC_HZ.require(self.fc_hz)
        if not self.heads:
            raise BadInput("has no heads", where="floor", allowed="at least one")
        if len(self.heads) > MOST_HEADS:
            raise OutOfRange(f"has {len(self.heads)} heads", where="floor", allowed=f"at most {MOST_HEADS}")
        (place, count), *_ = Counter((h.x_m, h.y_m, h.z_m) for h in self.heads).most_common(1)
        if count > 1:
            raise DuplicateKey(f"holds {count} heads", where=f"place {place}", allowed="one head at a place")


@dataclass(frozen=True, slots=True)
class FloorOptions:
    """Choices of a raster; the defaults that no standard states are assumptions told in the docs.

    resolution_m : side of a pixel;  h_ut_m : of the UE;  distance_law : free space, or the line-of-sight row of InH;
    incidence : loss of walls of layers straight on, or at each ray's own angle;  average_ratio : their loss is the
    mean over fc (1 +- ratio), so that the ripple of one thickness does not decide;  load_ratio : of all other heads;
    rows_per_block : of pixels, the unit of work;  memory_bytes : what the rasters and the work may hold.
    """

    resolution_m: float = 0.25
    h_ut_m: float = 1.5
    distance_law: DistanceLaw = "free-space"
    incidence: Incidence = "normal"
    average_ratio: float = 0.05
    noise_figure_db: float = 9.0
    scs_hz: float = 30e3
    load_ratio: float = 1.0
    rows_per_block: int = 32
    memory_bytes: float = 2e9

    def __post_init__(self) -> None:
        RESOLUTION_M.require(self.resolution_m)
        HEIGHT_M.require(self.h_ut_m, "h_ut_m")
        if self.distance_law not in ("free-space", "inh-los"):
            raise BadInput(f"is {self.distance_law!r}", where="distance_law", allowed="free-space, inh-los")
        if self.incidence not in ("normal", "oblique"):
            raise BadInput(f"is {self.incidence!r}", where="incidence", allowed="normal, oblique")
        AVERAGE_RATIO.require(self.average_ratio)
        NOISE_FIGURE_DB.require(self.noise_figure_db)
        numerology(self.scs_hz)
        LOAD.require(self.load_ratio)
        ROWS.require(self.rows_per_block)
        MEMORY_BYTES.require(self.memory_bytes)


def shape(floor: Floor, resolution_m: float) -> tuple[int, int]:
    """Rows and columns of pixels that cover the box from its north-west corner; the last may stand over the edge."""
    height, width = floor.north_m - floor.south_m, floor.east_m - floor.west_m
    return tuple(max(1, math.ceil(side / resolution_m - 1e-9)) for side in (height, width))  # type: ignore[return-value]
