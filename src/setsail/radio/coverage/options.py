"""What a coverage raster is asked for: frozen, checked, and part of the identity of every block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit

Scenario = Literal["rma", "uma", "umi"]
Condition = Literal["expected", "los", "nlos"]

RESOLUTION_M = Limit("resolution_m", 0.1, 10_000.0, "assumption")
UT_HEIGHT_M = Limit("h_ut_m", 1.0, 13.0, "TR 38.901 v17.0.0 Table 7.4.1-1; UMa above 13 m is not made", "[)")
LEVEL_DBM = Limit("threshold_dbm", -156.0, -31.0, "TS 38.133 Table 10.1.6.1-1")
DB = Limit("dB", 0.0, 100.0, "assumption")
SHARE = Limit("share", 0.0, 1.0, "assumption")
REACH_M = Limit("reach_m", 10.0, 100_000.0, "assumption")
FACTOR = Limit("reach_factor", 0.5, 100.0, "assumption")
LAYERS = Limit("layers", 1, 8, "TS 38.306 cl. 4.1.2")
BLOCK_PX = Limit("block_px", 16, 4096, "assumption")
MEMORY_BYTES = Limit("memory_bytes", 1e6, 1e13, "assumption")


@dataclass(frozen=True, slots=True)
class CoverageOptions:
    """Choices of a raster; the defaults that no standard states are assumptions told in the docs.

    scenario, condition : of TR 38.901; `expected` weighs LOS and NLOS loss [dB] with the probability of LOS;
    h_ut_m : of the UE;  noise_figure_db : of the UE;  extra_loss_db : on every path, such as entry into buildings;
    threshold_dbm : RSRP from which a server counts;  reach_* : a mast reaches `reach_factor` times the distance to
    its `neighbours`-th neighbour, within `reach_low_m` and `reach_high_m`;
    ue_power_dbm, ul_* : uplink power control (P0 per resource block, alpha), noise figure and noise rise of the gNB;
    dl_ratio, ul_ratio : shares of time;  layers : spatial layers of the downlink;
    block_px : side of a unit of work;  memory_bytes : what the run may hold.
    """

    scenario: Scenario = "uma"
    condition: Condition = "expected"
    h_ut_m: float = 1.5
    noise_figure_db: float = 9.0
    extra_loss_db: float = 0.0
    threshold_dbm: float = -110.0
    reach_factor: float = 4.0
    neighbours: int = 6
    reach_low_m: float = 1_000.0
    reach_high_m: float = 15_000.0
    ue_power_dbm: float = 23.0
    ul_p0_dbm: float = -90.0
    ul_alpha: float = 0.8
    ul_noise_figure_db: float = 5.0
    ul_noise_rise_db: float = 3.0
    dl_ratio: float = 0.75
    ul_ratio: float = 0.25
    layers: int = 1
    block_px: int = 1024
    memory_bytes: float = 8e9

    def __post_init__(self) -> None:
        if self.scenario not in ("rma", "uma", "umi"):
            raise BadInput(f"is {self.scenario!r}", where="scenario", allowed="rma, uma, umi")
        if self.condition not in ("expected", "los", "nlos"):
            raise BadInput(f"is {self.condition!r}", where="condition", allowed="expected, los, nlos")
        UT_HEIGHT_M.require(self.h_ut_m)
        LEVEL_DBM.require(self.threshold_dbm)
        for name in ("noise_figure_db", "extra_loss_db", "ul_noise_figure_db", "ul_noise_rise_db"):
            DB.require(getattr(self, name), name)
        for name in ("dl_ratio", "ul_ratio", "ul_alpha"):
            SHARE.require(getattr(self, name), name)
        Limit("ue_power_dbm", -40.0, 40.0, "assumption").require(self.ue_power_dbm)
        Limit("ul_p0_dbm", -202.0, 24.0, "TS 38.331 p0-NominalWithGrant").require(self.ul_p0_dbm)
        Limit("neighbours", 1, 100, "assumption").require(self.neighbours)
        LAYERS.require(self.layers)
        FACTOR.require(self.reach_factor)
        REACH_M.require([self.reach_low_m, self.reach_high_m])
        if self.reach_low_m > self.reach_high_m:
            raise BadInput("is above reach_high_m", where="reach_low_m", allowed=f"at most {self.reach_high_m:g}")
        MEMORY_BYTES.require(self.memory_bytes)
        BLOCK_PX.require(self.block_px)
        if self.block_px % 16:
            raise BadInput(f"is {self.block_px}", where="block_px", allowed="a multiple of 16")
