"""Levels of every candidate of a floor at points of every room, and what each room needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F32, F64, I64, Bool
from setsail.design.indoor import building, rates
from setsail.design.indoor.building import Scene
from setsail.design.indoor.candidates import candidates
from setsail.design.indoor.choose import Wanted
from setsail.design.indoor.demand import NOTHING, RoomDemand
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.raster import Grid, is_lift
from setsail.design.indoor.rooms import target_rooms
from setsail.design.indoor.targets import CarrierChoice, Targets
from setsail.design.network.model import Carrier, Head
from setsail.site.model import Floor, Room, Site

T = TypeVar("T", np.float32, np.float64)
INTERFERENCE_DB = 3.0
"""What other cells add to the noise where a rate is turned into a level, before the cells are known."""
HEADS_OF_A_CELL = 8
"""Heads whose noise is added there."""
EASED_DB = 6.0
"""What is given way where a level is out of reach, so that not every room gets a head of its own (assumption)."""
SMALL_M2 = 25.0
"""Up to this area one head must serve a room by itself."""
MOST_POINTS = 64
"""Points of one larger room."""


@dataclass(frozen=True, slots=True)
class RoomNeed:
    """Level [dBm] that a room needs of one port, and what asks for it: `rsrp`, `rate_dl`, `rate_ul`.

    impossible : rates that no level gives on this carrier.
    """

    level_dbm: float
    reason: str
    impossible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """One floor: its pixels, heads that could hang there, and levels.

    heads : (n,);  fixed, last : (n,) stand there already, used only where nothing else serves;  level_dbm : (n, m) of
    one port;  room : (m,) index of each point into the grid's rooms;  weight : (m,) area [m2];
    needs, critical : (rooms,);  best_dbm : (2, pixels) the two highest levels of any candidates.
    """

    floor: Floor
    grid: Grid
    heads: tuple[Head, ...]
    fixed: Bool
    last: Bool
    level_dbm: F64
    room: I64
    weight: F64
    needs: tuple[RoomNeed, ...]
    critical: Bool
    best_dbm: F64

    def reach(self, options: PlaceOptions) -> tuple[F64, F64]:
        """(rooms,) share of pixels that a candidate brings to the RSRP target, and two to that of the second."""
        aims, margin = options.maps.targets, options.maps.margin_db
        flat, rooms = self.grid.room.ravel(), len(self.needs)
        inside = flat >= 0
        size = np.maximum(np.bincount(flat[inside], minlength=rooms), 1)
        levels = (aims.rsrp_dbm + margin, aims.second_rsrp_dbm + margin)
        first, second = (
            np.bincount(flat[inside], weights=self.best_dbm[k][inside] >= level, minlength=rooms) / size
            for k, level in enumerate(levels)
        )
        return first, second

    def eased_dbm(self, options: PlaceOptions, use: Bool) -> tuple[F64, F64]:
        """(rooms,) level asked for of the first and of the second server.

        Where not even all candidates together give a room its level on the share asked for, it is asked for what they
        give less `EASED_DB`, so that the nearest design is built.
        """
        aims, margin = options.maps.targets, options.maps.margin_db
        asked = np.array([n.level_dbm for n in self.needs]), np.full(len(self.needs), aims.second_rsrp_dbm + margin)
        top = _top_two(self.level_dbm[use])
        best, share = np.full((2, len(self.needs)), np.inf), room_shares(self.grid, aims)
        for k in range(len(self.needs)):
            own = top[:, self.room == k]
            if own.size:
                missing = int((1.0 - share[k]) * own.shape[1] + 1e-9)
                best[:, k] = np.sort(own, axis=1)[:, missing]
        first, second = (np.where(have < want, have - EASED_DB, want) for want, have in zip(asked, best, strict=True))
        return first, second

    def wanted(
        self, options: PlaceOptions, harder_db: F64, use: Bool, elsewhere: Collection[str] = frozenset()
    ) -> Wanted:
        """What is asked of the candidates in `use` (n,).

        harder_db : (2, rooms) more of first and second server;  elsewhere : rooms that are served otherwise.
        """
        aims = options.maps.targets
        first, second = self.eased_dbm(options, use)
        need = first + harder_db[0]
        back = second + harder_db[1]
        target = target_rooms(self.grid) & np.array([r.room not in elsewhere for r in self.grid.rooms], dtype=np.bool_)
        share = np.where(target, room_shares(self.grid, aims), 0.0)
        level = self.level_dbm[use]
        return Wanted(
            level >= need[self.room], level >= back[self.room],
            self.room, aims.covered_ratio,
            share, np.where(self.critical, share, 0.0),
            self.weight * target[self.room], np.where(self.fixed[use], 0.0, 1.0), self.fixed[use],
        )  # fmt: skip


def predict(
    site: Site, scene: Scene, carrier: Carrier, choice: CarrierChoice, options: PlaceOptions, *,
    demand: Mapping[str, RoomDemand], placed: Sequence[Head],
) -> Predicted:  # fmt: skip
    """Levels of the candidates of one floor and of the heads placed there. Raises OutOfRange, UnknownName."""
    asked, floor = options.maps, scene.floor
    pixels = scene.grid.cropped()
    found = candidates(floor, pixels, options.step_m)
    made = tuple(
        Head("", floor.floor, float(x), float(y), found.z_m, "", choice.power_dbm, choice.ports, choice.gain_dbi)
        for x, y in zip(found.x_m, found.y_m, strict=True)
    )
    standing = tuple(h for h in placed if h.floor == floor.floor)
    heads = (*standing, *made)
    known = building.heard(site, floor, list(enumerate(heads)), carrier, asked)
    planes = building.planes(pixels, scene.walls, known, carrier.fc_hz, asked).reshape(len(heads), pixels.room.size)
    level, room, weight = _sampled(pixels, planes, options)
    fixed = np.arange(len(heads)) < len(standing)
    with np.errstate(divide="ignore"):
        best = 10.0 * np.log10(_top_two(planes).astype(np.float64))
    needs = tuple(room_need(carrier, choice, demand.get(r.room, NOTHING), asked) for r in pixels.rooms)
    critical = np.array([demand.get(r.room, NOTHING).critical for r in pixels.rooms], dtype=np.bool_)
    last = np.concatenate([np.zeros(len(standing), dtype=np.bool_), found.last])
    return Predicted(floor, pixels, heads, fixed, last, level, room, weight, needs, critical, best)


def _sampled(grid: Grid, planes: F32, options: PlaceOptions) -> tuple[F64, I64, F64]:
    """Level (heads, points) [dBm], room (points,) and area (points,) [m2] where coverage is asked for.

    A small room is one point, with the level that its share of pixels reaches, so that one head serves it; a large one
    is a lattice of pixels, which heads may share.
    """
    flat = grid.room.ravel()
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(len(grid.rooms) + 1))
    level, room, weight, share = [], [], [], room_shares(grid, options.maps.targets)
    for k in range(len(grid.rooms)):
        own = order[first[k] : first[k + 1]]
        area = own.size * grid.resolution_m**2
        if not own.size:
            continue
        if area <= SMALL_M2:
            missing = int((1.0 - share[k]) * own.size + 1e-9)
            found = np.partition(planes[:, own], missing, axis=1)[:, missing : missing + 1]
        else:
            found = planes[:, _lattice(own, grid.x.size, max(1, round(options.demand_m / grid.resolution_m)))]
        level.append(found)
        room.append(np.full(found.shape[1], k))
        weight.append(np.full(found.shape[1], area / found.shape[1]))
    with np.errstate(divide="ignore"):
        level_dbm = 10.0 * np.log10(np.concatenate(level, axis=1).astype(np.float64))
    return level_dbm, np.concatenate(room).astype(np.int64), np.concatenate(weight)


def _top_two(levels: npt.NDArray[T]) -> npt.NDArray[T]:
    """(2, n) the two greatest values of each column, the greatest first; of one row, that row and the least number."""
    if len(levels) < 2:
        least = -np.inf if levels.dtype == np.float64 else 0.0
        return np.vstack([levels, np.full((2 - len(levels), levels.shape[1]), least, dtype=levels.dtype)])
    return np.partition(levels, len(levels) - 2, axis=0)[-2:][::-1]


def _lattice(own: I64, columns: int, stride: int) -> I64:
    """Those pixels of a room on a lattice of its own, its middle one where the lattice misses it."""
    row, column = own // columns, own % columns
    hit = ((row - row.min()) % stride == stride // 2) & ((column - column.min()) % stride == stride // 2)
    picked = own[hit] if hit.any() else own[own.size // 2 : own.size // 2 + 1]
    spread = np.unique(np.linspace(0, picked.size - 1, min(picked.size, MOST_POINTS)).astype(int))
    return np.asarray(picked[spread], dtype=np.int64)


def room_need(carrier: Carrier, choice: CarrierChoice, asked: RoomDemand, options: MapOptions) -> RoomNeed:
    """The level that a room needs: of the coverage target and of the rates of one device, with the margin."""
    aims = options.targets
    made = building.radio_carrier(carrier)
    found = [(aims.rsrp_dbm, "rsrp")]
    impossible = []
    down = rates.downlink(carrier, choice.ports, options).least_db(max(aims.edge_dl_bps, asked.device_dl_bps))
    noise = made.noise_per_re_dbm(options.noise_figure_db) + INTERFERENCE_DB
    if down is None:
        impossible.append("rate_dl")
    else:
        found.append((down + noise - 10.0 * float(np.log10(choice.ports)), "rate_dl"))
    up = rates.uplink(carrier, choice.ports, HEADS_OF_A_CELL, options)
    loss = greatest_loss_db(up, max(aims.edge_ul_bps, asked.device_ul_bps))
    if loss is None:
        impossible.append("rate_ul")
    else:
        found.append((choice.power_dbm - 10.0 * float(np.log10(made.subcarriers)) - loss, "rate_ul"))
    level, reason = max(found)
    return RoomNeed(level + options.margin_db, reason, tuple(impossible))


def greatest_loss_db(table: rates.RateTable, rate: float) -> float | None:
    """Greatest coupling loss at which the uplink reaches a rate; None where it never does."""
    reached = np.flatnonzero(table.bps >= rate)
    return float(rates.LOW_DB + rates.STEP_DB * reached[-1]) if reached.size else None


def room_shares(grid: Grid, aims: Targets) -> F64:
    """(rooms,) share of each room that is to be covered."""
    return np.array([aims.room_ratio(lift=is_lift(room)) for room in grid.rooms], dtype=np.float64)


def judged_rooms(grid: Grid) -> list[tuple[int, Room]]:
    """Rooms that are asked for coverage, with their index."""
    kept = target_rooms(grid)
    return [(k, room) for k, room in enumerate(grid.rooms) if kept[k]]
