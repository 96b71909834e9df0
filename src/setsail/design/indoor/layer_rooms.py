"""One layer of a floor's maps, room by room: the table that stands beside the picture."""

from __future__ import annotations

import numpy as np

from setsail.base.record import Record
from setsail.design.indoor.layers import layer
from setsail.design.indoor.maps import FloorMaps, RadioMaps

LESS_IS_BETTER = frozenset({"positioning", "exposure"})
SHARE = 0.95


def by_room(maps: RadioMaps, floor: FloorMaps, name: str) -> list[Record]:
    """Each room with the value that 95 % of its pixels keep to, the median, and how many pixels are known.

    edge : where more is better the 5th percentile, else the 95th;  None where nothing is known. Raises UnknownName.
    """
    values = layer(maps, floor, name).values
    share = SHARE if name in LESS_IS_BETTER else 1.0 - SHARE
    found = []
    for index, room in enumerate(floor.grid.rooms):
        own = values[floor.grid.room == index]
        own = own[np.isfinite(own)]
        edge, median = np.quantile(own, [share, 0.5]) if own.size else (None, None)
        found.append(
            {"room": room.room, "edge": _number(edge), "median": _number(median), "pixels": int(own.size)}
        )  # fmt: skip
    return found


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
