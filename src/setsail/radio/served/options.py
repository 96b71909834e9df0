"""What a count of the served is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.base.limits import Limit

THRESHOLD_DBM = Limit("threshold_dbm", -156.0, -31.0, "TS 38.133 Table 10.1.6.1-1")
ENTRY_DB = Limit("entry_loss_db", 0.0, 120.0, "assumption")
STEP_M = Limit("step_m", 0.1, 10_000.0, "assumption")
FINENESS = Limit("fineness", 1, 16, "assumption")
FIELDS = ("operator", "band", "standalone")


@dataclass(frozen=True, slots=True)
class ServedOptions:
    """Choices of a count.

    thresholds_dbm : RSRP from which a place is served;  entry_loss_db : loss into buildings, `None` for outdoors only;
    step_m : longest piece of a line with one sample, `None` for half a pixel;  fineness : points along the side of a
    coverage pixel at which people are put down, at least 4 along the side of their own pixel;  by : groups of layers,
    each a tuple of operator, band, standalone;  reached : outside the reach of every mast means not covered, for
    folders written by `radio coverage` whose blocks all succeeded.
    """

    thresholds_dbm: tuple[float, ...]
    entry_loss_db: float | None = None
    step_m: float | None = None
    fineness: int = 2
    by: tuple[tuple[str, ...], ...] = ()
    reached: bool = False

    def __post_init__(self) -> None:
        if not self.thresholds_dbm:
            raise BadInput("is empty", where="threshold", allowed="one RSRP or more [dBm]")
        THRESHOLD_DBM.require(self.thresholds_dbm)
        if len(set(self.thresholds_dbm)) < len(self.thresholds_dbm):
            raise BadInput("is given twice", where="threshold", allowed="each RSRP once")
        if self.entry_loss_db is not None:
            ENTRY_DB.require(self.entry_loss_db)
        if self.step_m is not None:
            STEP_M.require(self.step_m)
        FINENESS.require(self.fineness)
        for group in self.by:
            strange = [name for name in group if name not in FIELDS]
            if strange or not group:
                raise BadInput(f"is {','.join(group)!r}", where="by", allowed=", ".join(FIELDS))

    @property
    def places(self) -> tuple[tuple[str, float, float], ...]:
        """Place, threshold and the outdoor level that it needs [dBm]."""
        entries = [("outdoor", 0.0)] + ([] if self.entry_loss_db is None else [("indoor", self.entry_loss_db)])
        return tuple((place, t, round(t + loss, 4)) for place, loss in entries for t in self.thresholds_dbm)

    @property
    def edges(self) -> F64:
        """The distinct levels needed, rising [dBm]."""
        return np.unique([level for _, _, level in self.places])
