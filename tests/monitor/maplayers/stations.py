"""A small table of stations for the map: made from a generator, invented."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from setsail.monitor.maplayers.cube import Cube, from_table
from setsail.store.places import h3_cells

GROUPS = (("synthetic-operator-a", "n41"), ("synthetic-operator-a", "n78"), ("", "n28"))


def cube(n: int = 5000, *, seed: int = 1, unplaced: int = 0, wide: bool = True) -> Cube:
    """A cube of `n` stations, over China where `wide`, else in one town; `unplaced` of them without coordinates."""
    rng = np.random.default_rng(seed)
    lon = rng.uniform(75, 133, n) if wide else rng.normal(116.4, 0.1, n)
    lat = rng.uniform(19, 52, n) if wide else rng.normal(39.9, 0.1, n)
    cells = pa.array(h3_cells(lon, lat), mask=np.arange(n) < unplaced)
    month = rng.integers(2019 * 12, 2024 * 12, n).astype(np.int16)
    month[-10:] = -1
    columns = {"cell": cells, "group": pa.array(rng.integers(0, 3, n).astype(np.int16)), "month": pa.array(month)}
    return from_table(pa.table(columns), "cells", 9, GROUPS)
