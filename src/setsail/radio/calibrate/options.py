"""What a calibration is asked for, and from where on data are too thin to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit

Resample = Literal["auto", "ground", "cell"]

RSRP_DBM = Limit("rsrp_dbm", -156.0, -31.0, "TS 38.133 Table 10.1.6.1-1")
REPLICATES = Limit("replicates", 100, 100_000, "assumption")
CONFIDENCE = Limit("confidence", 0.5, 0.999, "assumption")
BIN_DECADES = Limit("bin_decades", 0.01, 1.0, "assumption")
BLOCK_M = Limit("block_m", 1.0, 1e5, "assumption")

LEAST_SAMPLES = 30
"""Samples above the floor that a fit needs."""
LEAST_BLOCKS = 8
"""Independent blocks, counted by their weight, that an interval needs."""
LEAST_SPAN = 2.0
"""Ratio of the 95 % to the 5 % quantile of distance that a slope needs."""
MOST_CENSORED = 0.5
"""Share of samples at the floor above which nothing is fitted."""
LEAST_PER_LEVEL = 10
"""Samples above the floor of every cell or device that gets a term of its own."""
CELLS_FOR_RESAMPLING = 10
"""Cells from which `auto` takes whole cells as blocks."""
MOST_INFLATION = 10.0
"""Variance inflation above which two terms cannot be told apart."""
CORRELATIONS_PER_BLOCK = 6.0
"""Side of a ground block in decorrelation distances: exp(-6) of correlation is left between its ends."""


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """Choices of a calibration.

    slope : fit a change with distance besides the offset;  per_cell, per_device : a term for each;
    floor_dbm : least RSRP that the receiver reports, samples at or below it are censored;  bin_decades : width of the
    distance bins that weigh alike, `None` for a weight of 1 each;  resample : blocks of the bootstrap;  block_m : side
    of ground blocks, `None` to take it from the residuals;  replicates : of the bootstrap;  confidence : of intervals.
    """

    slope: bool = True
    per_cell: bool = False
    per_device: bool = False
    floor_dbm: float | None = None
    bin_decades: float | None = 0.1
    resample: Resample = "auto"
    block_m: float | None = None
    replicates: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.resample not in ("auto", "ground", "cell"):
            raise BadInput(f"is {self.resample!r}", where="resample", allowed="auto, ground, cell")
        REPLICATES.require(self.replicates)
        CONFIDENCE.require(self.confidence)
        if self.floor_dbm is not None:
            RSRP_DBM.require(self.floor_dbm, "floor_dbm")
        if self.bin_decades is not None:
            BIN_DECADES.require(self.bin_decades)
        if self.block_m is not None:
            BLOCK_M.require(self.block_m)
