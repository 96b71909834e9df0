"""What the indoor maps and the choice of heads are asked for: frozen and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.design.indoor.targets import Targets, default_targets
from setsail.radio.floor.options import DistanceLaw

RESOLUTION_M = Limit("resolution_m", 0.1, 10.0, "assumption")
OUTSIDE_M = Limit("outside_m", 0.0, 100.0, "assumption")
HEIGHT_M = Limit("h_ut_m", 0.0, 10.0, "assumption")
LOSS_DB = Limit("loss_db", 0.0, 200.0, "assumption")
LEVEL_DBM = Limit("level_dbm", -200.0, 0.0, "assumption")
FLOORS = Limit("floors_apart", 0, 20, "assumption")
STEP_M = Limit("step_m", 0.5, 50.0, "assumption")
TIME_S = Limit("time_limit_s", 0.0, 86_400.0, "assumption", "(]")
NODES = Limit("most_nodes", 1, 10_000_000, "assumption")
SHARE = Limit("load_ratio", 0.0, 1.0, "assumption")
THREADS = Limit("threads", 1, 256, "assumption")
REPAIRS = Limit("repairs", 0, 100, "assumption")
Combining = Literal["sum", "best"]


@dataclass(frozen=True, slots=True)
class Macro:
    """The macro network on the carrier's channel: its RSRP outside the walls, and the loss model of the building.

    rsrp_dbm : at the facade;  entry : model of TR 38.901 cl. 7.4.3 (`low`, `high`);  load_ratio : of it.
    """

    rsrp_dbm: float
    entry: str = "low"
    load_ratio: float = 0.5

    def __post_init__(self) -> None:
        LEVEL_DBM.require(self.rsrp_dbm, "macro rsrp_dbm")
        SHARE.require(self.load_ratio, "macro load_ratio")


@dataclass(frozen=True, slots=True)
class MapOptions:
    """Choices of the maps; what no standard states is an assumption told in the docs.

    resolution_m : side of a pixel;  h_ut_m : of the UE over its floor;  outside_m : where leakage is read, so far out
    go the maps;  average_ratio : wall losses are means over fc (1 +- ratio);  floors_apart : heads further off are not
    heard;  ue_rx : receive antennas of the UE, None for those of the band;  ul_combining : the heads of a cell add
    their noise with their signals, or the best one is taken;  ul_noise_rise_db : by the UEs of other cells;
    lift_loss_db : of a car of sheet metal;  margin_db : for shadowing, kept from every level that is called covered;
    position_step_m : of the positioning bound;  sync_m : clock error between heads times c;  carrier : whose maps.
    """

    resolution_m: float = 0.5
    h_ut_m: float = 1.5
    outside_m: float = 10.0
    distance_law: DistanceLaw = "free-space"
    average_ratio: float = 0.05
    floors_apart: int = 2
    noise_figure_db: float = 9.0
    bs_noise_figure_db: float = 5.0
    ue_rx: int | None = None
    ue_power_class: str = "3"
    p0_dbm: float = -80.0
    alpha: float = 0.8
    ul_combining: Combining = "sum"
    ul_noise_rise_db: float = 3.0
    lift_loss_db: float = 20.0
    margin_db: float = 6.0
    macro: Macro | None = None
    targets: Targets = field(default_factory=default_targets)
    position_step_m: float = 2.0
    sync_m: float = 0.3
    medical_environment: str = "professional"
    carrier: str = ""

    def __post_init__(self) -> None:
        RESOLUTION_M.require(self.resolution_m)
        HEIGHT_M.require(self.h_ut_m)
        OUTSIDE_M.require(self.outside_m)
        FLOORS.require(self.floors_apart)
        for name in ("noise_figure_db", "bs_noise_figure_db", "ul_noise_rise_db", "lift_loss_db", "margin_db"):
            LOSS_DB.require(getattr(self, name), name)
        STEP_M.require(self.position_step_m, "position_step_m")
        if self.ul_combining not in ("sum", "best"):
            raise BadInput(f"is {self.ul_combining!r}", where="ul_combining", allowed="sum, best")


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """Choices of the placement.

    carriers : ids to compare, empty for those that the licence of the site allows;  step_m : of the ceiling grid;
    demand_m : between points where coverage is asked for;  most_heads : at most so many, None for no limit;
    heads_per_cell : most heads that send the same signal;  load_ratio : of a cell in the busy hour, at most;
    only_placed : judge the heads that stand there, add none;  most_nodes, time_limit_s : of HiGHS on one floor; the
    first ends it alike on every machine, the second is a guard that is told where it bites;  tdd : the pattern, empty
    for the one that fits the traffic;  threads : that work on carriers side by side.
    """

    maps: MapOptions = field(default_factory=MapOptions)
    carriers: tuple[str, ...] = ()
    step_m: float = 5.0
    demand_m: float = 2.0
    most_heads: int | None = None
    heads_per_cell: int = 16
    load_ratio: float = 0.5
    only_placed: bool = False
    repairs: int = 3
    most_nodes: int = 200
    time_limit_s: float = 20.0
    tdd: str = ""
    threads: int = 2

    def __post_init__(self) -> None:
        STEP_M.require(self.step_m)
        STEP_M.require(self.demand_m, "demand_m")
        TIME_S.require(self.time_limit_s)
        NODES.require(self.most_nodes)
        SHARE.require(self.load_ratio)
        THREADS.require(self.threads)
        REPAIRS.require(self.repairs)
        if self.most_heads is not None and self.most_heads < 1:
            raise BadInput(f"is {self.most_heads}", where="most_heads", allowed="1 or more")
        if not 1 <= self.heads_per_cell <= 64:
            raise BadInput(f"is {self.heads_per_cell}", where="heads_per_cell", allowed="1 to 64")
