"""The rasters of a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F32

I16 = npt.NDArray[np.int16]
NO_HEAD = -1
SOURCE = "multi-wall model in the form of COST 231, with wall losses of ITU-R P.2040-3"


@dataclass(frozen=True, slots=True)
class FloorRasters:
    """Values of every pixel (rows, columns), the first row in the north, the first column in the west.

    best_server, second_server : index of the head (-1: there is none);  rsrp_dbm, second_rsrp_dbm : of one resource
    element (-inf without a second head);  sinr_db : of the best server, the others at the load asked for;
    west_m, north_m : outer corner of the first pixel;  outside : materials used outside their frequency range;
    notes : what else departs from what was asked.
    """

    best_server: I16
    rsrp_dbm: F32
    second_server: I16
    second_rsrp_dbm: F32
    sinr_db: F32
    west_m: float
    north_m: float
    resolution_m: float
    outside: tuple[str, ...]
    notes: tuple[str, ...]
    source: str = SOURCE

    def share_at_or_above(self, rsrp_dbm: float, sinr_db: float = -np.inf) -> float:
        """Share of the floor's pixels with at least this RSRP and this SINR."""
        return float(np.mean((self.rsrp_dbm >= rsrp_dbm) & (self.sinr_db >= sinr_db)))

    def record(self) -> dict[str, Any]:
        """Size, percentiles, pixels by best server, and what a reader must know."""
        share = {f"p{q}": q for q in (5, 50, 95)}
        return {
            "pixels": int(self.rsrp_dbm.size),
            "shape": list(self.rsrp_dbm.shape),
            "resolution_m": self.resolution_m,
            "rsrp_dbm": {name: float(np.percentile(self.rsrp_dbm, q)) for name, q in share.items()},
            "sinr_db": {name: float(np.percentile(self.sinr_db, q)) for name, q in share.items()},
            "pixels_by_head": np.bincount(self.best_server.ravel()).tolist(),
            "outside": list(self.outside),
            "notes": list(self.notes),
            "source": self.source,
        }
