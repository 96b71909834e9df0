"""Which heads send the same signal: those that hear each other most, as far as their traffic fits into one cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64
from setsail.design.indoor.demand import NOTHING, RoomDemand
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.network.model import Cell, Head, Network


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """Share of the resources of a cell that the traffic of each head's pixels takes in the busy hour: dl, ul (heads,).

    lost_bps : traffic of places that nothing serves.
    """

    dl: F64
    ul: F64
    lost_bps: float


def coupling(maps: RadioMaps, heads: int) -> F64:
    """(heads, heads) mean share of the weaker of two heads in the stronger, over the pixels that either serves best."""
    total, count = np.zeros((heads, heads)), np.zeros((heads, heads))
    for floor in maps.floors:
        inside = floor.grid.served.ravel()
        power = floor.planes.reshape(len(floor.heard.index), -1)[:, inside].astype(np.float64)
        if not power.size:
            continue
        best, index = power.argmax(axis=0), list(floor.heard.index)
        top = np.maximum(power.max(axis=0), 1e-300)
        for k, i in enumerate(floor.heard.index):
            own = best == k
            heard, many = (power[:, own] / top[own]).sum(axis=1), own.sum()
            total[i, index] += heard
            total[index, i] += heard
            count[i, index] += many
            count[index, i] += many
    return np.asarray(np.divide(total, count, out=np.zeros_like(total), where=count > 0), dtype=np.float64)


def loads(maps: RadioMaps, demand: Mapping[str, RoomDemand]) -> Loads:
    """Load of every head of the network, traffic spread evenly over the pixels of its room."""
    heads = len(maps.network.heads)
    dl, ul, lost = np.zeros(heads), np.zeros(heads), 0.0
    for floor in maps.floors:
        for k, room in enumerate(floor.grid.rooms):
            asked = demand.get(room.room, NOTHING)
            if asked.dl_bps or asked.ul_bps:
                lost += _add(floor, k, asked, dl, ul)
    return Loads(dl, ul, lost)


def _add(floor: FloorMaps, room: int, asked: RoomDemand, dl: F64, ul: F64) -> float:
    here = floor.parts.of(room)
    best, n, lost = floor.head.ravel()[here], here.size, 0.0
    for load, layer, bps in ((dl, floor.rate_dl_bps, asked.dl_bps), (ul, floor.rate_ul_bps, asked.ul_bps)):
        rate = layer.ravel()[here]
        served = (rate > 0.0) & (best >= 0)
        np.add.at(load, best[served], bps / n / rate[served].astype(np.float64))
        lost += bps * float(np.count_nonzero(~served)) / n
    return lost


def grouped(near: F64, load: F64, most_heads: int, most_load: float) -> list[list[int]]:
    """Groups of heads: the two that hear each other most are joined while heads and load fit, again and again."""
    groups = [[i] for i in range(load.size)]
    link, total, size = near.copy(), load.astype(np.float64), np.ones(load.size)
    np.fill_diagonal(link, 0.0)
    while len(groups) > 1:
        fits = (size[:, None] + size[None, :] <= most_heads) & (total[:, None] + total[None, :] <= most_load)
        met = np.where(np.triu(fits, 1), link / np.minimum(size[:, None], size[None, :]), 0.0)
        a, b = divmod(int(np.argmax(met)), len(groups))
        if met[a, b] <= 0.0:
            break
        groups[a] = sorted(groups[a] + groups.pop(b))
        link[a] += link[b]
        link[:, a] += link[:, b]
        total[a] += total[b]
        size[a] += size[b]
        link, total, size = np.delete(np.delete(link, b, 0), b, 1), np.delete(total, b), np.delete(size, b)
        link[a, a] = 0.0
    return sorted(groups)


def with_cells(network: Network, groups: Sequence[Sequence[int]], load_ratio: float) -> Network:
    """The network with one cell for each group of its heads, named in order."""
    names = {i: f"C{k + 1:02d}" for k, group in enumerate(groups) for i in group}
    heads: tuple[Head, ...] = tuple(replace(h, cell=names[i]) for i, h in enumerate(network.heads))
    carrier = network.carriers[0].carrier
    cells = tuple(Cell(f"C{k + 1:02d}", carrier, load_ratio) for k in range(len(groups)))
    return replace(network, heads=heads, cells=cells)
