"""Targets against maps: which rooms fall short, by how much, and what binds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from setsail.base.arrays import F64
from setsail.design.indoor.cells import Loads
from setsail.design.indoor.demand import NOTHING, RoomDemand
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.predict import judged_rooms
from setsail.design.indoor.raster import is_lift
from setsail.design.indoor.results import Binding
from setsail.design.indoor.rooms import quantiles

Reach = Mapping[tuple[str, str], float]
"""Greatest share that all candidates together reach, by room and constraint (`rsrp`, `second_server`)."""
STEP_DB = 0.25
SLACK = 1e-9


def shortfall(floor: FloorMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, reach: Reach) -> F64:
    """(2, rooms) decibels by which rooms miss the levels of first and second server; 0 where met or out of reach."""
    aims, margin = options.maps.targets, options.maps.margin_db
    missing = np.zeros((2, len(floor.grid.rooms)))
    layers = (
        ("rsrp", floor.rsrp_dbm, floor.rooms.covered_ratio, aims.rsrp_dbm),
        ("second_server", floor.second_rsrp_dbm, floor.rooms.second_ratio, aims.second_rsrp_dbm),
    )
    for row, (name, level, share, aim) in enumerate(layers):
        low = quantiles(level, floor.parts, tuple(1.0 - aims.room_ratio(lift=lift) for lift in (False, True)))
        for k, room in judged_rooms(floor.grid):
            at = int(is_lift(room))
            if row and not wants.get(room.room, NOTHING).critical:
                continue
            wanted = min(aims.room_ratio(lift=is_lift(room)), reach.get((room.room, name), 1.0))
            if share[k] < wanted - SLACK and np.isfinite(low[k, at]):
                missing[row, k] = max(aim + margin - float(low[k, at]), 0.0) + STEP_DB
    return missing


def bindings(
    maps: RadioMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, reach: Reach, load: Loads | None = None
) -> tuple[Binding, ...]:
    """Every target that the maps do not meet."""
    found = []
    for floor in maps.floors:
        found += list(_rooms(floor, wants, options, reach))
        found += list(_floor(floor, options))
        found += list(_leakage(floor, options))
    return (*found, *(_capacity(maps, load, options) if load else ()))


def _rooms(floor: FloorMaps, wants: Mapping[str, RoomDemand], options: PlaceOptions, reach: Reach) -> Iterator[Binding]:
    aims, made = options.maps.targets, floor.rooms
    for k, room in judged_rooms(floor.grid):
        asked, subject = wants.get(room.room, NOTHING), f"room:{room.room}"
        wanted = aims.room_ratio(lift=is_lift(room))
        for name, share in (("rsrp", made.covered_ratio[k]), ("second_server", made.second_ratio[k])):
            if name == "second_server" and not asked.critical:
                continue
            if share < wanted - SLACK:
                most = reach.get((room.room, name), 1.0)
                why = f"all candidate places together reach {most:.3g}" if most < wanted else "the search ended"
                yield Binding(subject, name, wanted, float(share), "ratio", most < wanted - SLACK, why)
        for name, rate in (("rate_dl", asked.device_dl_bps), ("rate_ul", asked.device_ul_bps)):
            got = float(made.quantile[f"{name}_bps"][k, 0])
            if rate > got:
                why = f"one device asks for it; SINR of the room {made.quantile['sinr_db'][k, 0]:.1f} dB"
                yield Binding(subject, name, rate, got, "bit/s", proved=False, why=why)


def _floor(floor: FloorMaps, options: PlaceOptions) -> Iterator[Binding]:
    aims, made = options.maps.targets, floor.rooms
    rows = (
        ("rsrp", made.covered_ratio),
        ("sinr", made.sinr_ratio),
        ("rate_dl", made.dl_ratio),
        ("rate_ul", made.ul_ratio),
    )
    for name, share in rows:
        if share[-1] < aims.covered_ratio - SLACK:
            why = "share of the floor at the target"
            yield Binding(f"floor:{floor.floor.floor}", name, aims.covered_ratio, float(share[-1]), "ratio", False, why)


def leakage_limit_dbm(options: PlaceOptions) -> float:
    """The target, or 10 dB under the macro network where that is higher."""
    macro = options.maps.macro
    return (
        options.maps.targets.leakage_dbm
        if macro is None
        else max(options.maps.targets.leakage_dbm, macro.rsrp_dbm - 10.0)
    )


def _leakage(floor: FloorMaps, options: PlaceOptions) -> Iterator[Binding]:
    met = floor.leakage_dbm(options.maps.outside_m)
    limit = leakage_limit_dbm(options)
    if met is not None and met > limit:
        why = f"highest level {options.maps.outside_m:g} m outside; windows and facade decide"
        yield Binding(f"floor:{floor.floor.floor}", "leakage", limit, met, "dBm", False, why)


def _capacity(maps: RadioMaps, load: Loads, options: PlaceOptions) -> Iterator[Binding]:
    cells = [h.cell for h in maps.network.heads]
    for cell in maps.network.cells:
        own = np.array([c == cell.cell for c in cells], dtype=np.bool_)
        worst = max(float(load.dl[own].sum()), float(load.ul[own].sum()))
        if worst > options.load_ratio + SLACK:
            why = "traffic of the busy hour over what its cell carries"
            yield Binding(f"cell:{cell.cell}", "capacity", options.load_ratio, worst, "ratio", False, why)
