"""What every room gets of its cell, from the radio maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from setsail.base.arrays import F32, F64, I64
from setsail.design.dimension.needs import RoomRate

if TYPE_CHECKING:
    from setsail.design.indoor.maps import FloorMaps, RadioMaps


def room_rates(maps: Sequence[RadioMaps]) -> dict[str, RoomRate]:
    """Cell and rates of every indoor room; of several carriers the one with the highest uplink rate.

    The rate is the harmonic mean over the pixels of the room, so that a rate over it is the mean share of the cell
    that a device takes which may stand anywhere in the room. The worst 5 % of pixels count as the 5th percentile:
    a device there would be moved.
    """
    found: dict[str, RoomRate] = {}
    for one in maps:
        for floor in one.floors:
            for room, rate in _of_floor(one, floor):
                if room not in found or rate.ul_bps > found[room].ul_bps:
                    found[room] = rate
    return found


def _of_floor(maps: RadioMaps, floor: FloorMaps) -> list[tuple[str, RoomRate]]:
    flat = floor.grid.room.ravel().astype(np.int64)
    inside = flat >= 0
    rooms, count = flat[inside], len(floor.grid.rooms)
    ul = _harmonic(rooms, floor.rate_ul_bps.ravel()[inside], floor.rooms.quantile["rate_ul_bps"][:count, 0])
    dl = _harmonic(rooms, floor.rate_dl_bps.ravel()[inside], floor.rooms.quantile["rate_dl_bps"][:count, 0])
    cell = _most_common(rooms, floor.cell.ravel()[inside].astype(np.int64), count, len(maps.network.cells))
    return [
        (room.room, RoomRate(maps.network.cells[cell[k]].cell, float(ul[k]), float(dl[k])))
        for k, room in enumerate(floor.grid.rooms)
        if cell[k] >= 0
    ]


def _harmonic(rooms: I64, rate: F32, least: F64) -> F64:
    """(rooms,) harmonic means, 0 where the least rate is 0 or there is no pixel."""
    count = least.size
    low = np.nan_to_num(least)
    pixels = np.bincount(rooms, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = 1.0 / np.maximum(rate.astype(np.float64), low[rooms])
        mean = pixels / np.bincount(rooms, weights=np.where(np.isfinite(each), each, 0.0), minlength=count)
    return np.where((low > 0) & (pixels > 0), mean, 0.0)


def _most_common(rooms: I64, cell: I64, count: int, cells: int) -> I64:
    """(rooms,) cell of most pixels, -1 where no pixel has one."""
    held = cell >= 0
    table = np.bincount(rooms[held] * cells + cell[held], minlength=count * cells).reshape(count, cells)
    return np.where(table.sum(axis=1) > 0, table.argmax(axis=1), -1).astype(np.int64)
