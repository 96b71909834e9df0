"""Local search on a design: heads change cells for SINR, and lose power where too much leaves the building."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from setsail.design.indoor.cells import loads
from setsail.design.indoor.demand import RoomDemand
from setsail.design.indoor.judge import Reach, bindings, leakage_limit_dbm
from setsail.design.indoor.maps import RadioMaps, low_sinr
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.surroundings import ring
from setsail.design.network.model import Network

POWER_STEP_DB = 3.0
MOST_STEPS = 3
MOST_TRIES = 60


def cells(
    maps: RadioMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, most_tries: int = MOST_TRIES
) -> RadioMaps:
    """The maps after heads moved to other cells, each move for fewer pixels below the SINR target.

    No head moves to a cell whose busy hour it would overload.
    """
    goal, network, tries = 1.0 - options.maps.targets.covered_ratio, maps.network, 0
    load = loads(maps, wants)
    busy = np.maximum(load.dl, load.ul).tolist()
    low = low_sinr(maps, network)
    while low > goal and tries < most_tries:
        best, least = None, low - 1e-4
        for tried in list(_moves(network, options, busy))[: most_tries - tries]:
            tries += 1
            got = low_sinr(maps, tried)
            if got < least:
                best, least = tried, got
        if best is None:
            break
        network, low = best, least
    return maps if network is maps.network else maps.with_network(network)


def _moves(network: Network, options: PlaceOptions, busy: Sequence[float]) -> Iterator[Network]:
    """Every network with one head in another cell that has room for it and its load `busy`, no cell left empty."""
    count = Counter(head.cell for head in network.heads)
    load = dict.fromkeys(count, 0.0)
    for head, one in zip(network.heads, busy, strict=True):
        load[head.cell] += one
    for i, head in enumerate(network.heads):
        for cell in network.cells:
            fits = (
                count[cell.cell] < options.heads_per_cell and load.get(cell.cell, 0.0) + busy[i] <= options.load_ratio
            )
            if cell.cell != head.cell and fits and count[head.cell] > 1:
                moved = replace(head, cell=cell.cell)
                yield replace(network, heads=(*network.heads[:i], moved, *network.heads[i + 1 :]))


def powers(
    maps: RadioMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, reach: Reach
) -> tuple[RadioMaps, tuple[str, ...]]:
    """The maps with less power at heads whose signal leaves the building, as long as no other target is lost."""
    before = len(_but_leakage(maps, wants, options, reach))
    taken: dict[str, float] = {}
    for _ in range(MOST_STEPS):
        for index in _loudest(maps, options):
            head = maps.network.heads[index]
            tried = maps.with_head(index, replace(head, power_dbm=head.power_dbm - POWER_STEP_DB))
            if len(_but_leakage(tried, wants, options, reach)) <= before:
                maps = tried
                taken[head.head] = taken.get(head.head, 0.0) + POWER_STEP_DB
    notes = tuple(f"head {name} sends {db:g} dB less, for the level outside" for name, db in sorted(taken.items()))
    return maps, notes


def _but_leakage(maps: RadioMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, reach: Reach) -> list[str]:
    return [b.subject for b in bindings(maps, wants, options, reach) if b.constraint != "leakage"]


def _loudest(maps: RadioMaps, options: PlaceOptions) -> list[int]:
    """Heads that lift a pixel outside over the limit by themselves, without those placed by hand.

    A floor whose level outside no allowed step brings under the limit is left as it is.
    """
    limit, found = leakage_limit_dbm(options), set()
    for floor in maps.floors:
        met = floor.leakage_dbm(options.maps.outside_m)
        if met is None or not limit < met <= limit + MOST_STEPS * POWER_STEP_DB:
            continue
        there = ring(floor.scene.footprint, floor.grid.resolution_m, options.maps.outside_m)
        for row, index in enumerate(floor.heard.index):
            top = float(floor.planes[row][there].max())
            if top > 0.0 and 10.0 * np.log10(top) > limit and maps.network.heads[index].origin != "placed":
                found.add(index)
    return sorted(found)
