"""Places where a head may hang: a grid under the ceiling and the middle of rooms, never in a shaft or a lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.design.indoor.raster import LIFT, Grid
from setsail.site.model import Floor, Room
from setsail.site.rules import rule

UNDER_CEILING_M = 0.3
HIGHEST_M = 6.0
LEAST_ROOM_M2 = 9.0
LAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places on one floor: x_m, y_m (n,), their height, and those that are used only where nothing else serves (n,)."""

    x_m: F64
    y_m: F64
    z_m: float
    last: Bool


def ceiling_m(floor: Floor) -> float:
    """Height of a head over its floor: under the ceiling of the storey, at most 6 m."""
    return max(min(floor.height_m - UNDER_CEILING_M, HIGHEST_M), 1.0)


def candidates(floor: Floor, grid: Grid, step_m: float) -> Candidates:
    """Places on a floor, none twice: corridors first, then rooms, then staircases and shielded rooms."""
    places: dict[tuple[int, int], int] = {}
    stride = max(1, round(step_m / grid.resolution_m))
    for row in range(stride // 2, grid.y.size, stride):
        for column in range(stride // 2, grid.x.size, stride):
            _offer(places, grid, row, column)
    for k, room in enumerate(grid.rooms):
        rows, columns = np.nonzero(grid.room == k)
        if rows.size and (rows.size * grid.resolution_m**2 >= LEAST_ROOM_M2 or _rank(room) == LAST):
            at = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
            _offer(places, grid, int(rows[at]), int(columns[at]))
    order = sorted(places, key=lambda place: (places[place], place))
    keys = np.array(order, dtype=np.int64).reshape(-1, 2)
    last = np.array([places[place] == LAST for place in order], dtype=np.bool_)
    # off the centre of its pixel, so that no head stands on the line of a wall drawn on the grid
    return Candidates(grid.x[keys[:, 1]] + 0.013, grid.y[keys[:, 0]] + 0.017, ceiling_m(floor), last)


def _offer(places: dict[tuple[int, int], int], grid: Grid, row: int, column: int) -> None:
    k = int(grid.room[row, column])
    if k < 0:
        return
    rank = _rank(grid.rooms[k])
    if rank is not None:
        places.setdefault((row, column), rank)


def _rank(room: Room) -> int | None:
    """0 in a corridor, where nobody is disturbed; 1 in a room; 2 where nothing else serves; None where none hangs."""
    role = rule(room).role
    if not room.indoor or role == "shaft" or room.function == LIFT:
        return None
    if role == "core" or room.shielded:
        return LAST
    return 0 if role == "circulation" else 1
