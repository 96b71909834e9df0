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
from setsail.design.indoor.candidates import Candidates, candidates
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
AT_ONCE = 64
"""Candidates whose planes are in memory at a time, for all carriers."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One carrier to be compared, on one floor: the choice that it comes from, and the floor at its frequency."""

    carrier: Carrier
    choice: CarrierChoice
    scene: Scene


def predict(
    site: Site, asked: Sequence[Option], options: PlaceOptions, *, demand: Mapping[str, RoomDemand],
    placed: Sequence[Head],
) -> list[Predicted]:  # fmt: skip
    """Levels of the candidates of one floor and of the heads placed there, of every carrier.

    Raises OutOfRange, UnknownName.
    """
    floor, pixels = asked[0].scene.floor, asked[0].scene.grid.cropped()
    found = candidates(floor, pixels, options.step_m)
    standing = tuple(h for h in placed if h.floor == floor.floor)
    heads = [(*standing, *_hung(floor, found, one.choice)) for one in asked]
    spots = _spots(pixels, options)
    level, best = _levels(site, list(zip(asked, heads, strict=True)), pixels, spots, options.maps)
    fixed = np.arange(len(heads[0])) < len(standing)
    critical = np.array([demand.get(r.room, NOTHING).critical for r in pixels.rooms], dtype=np.bool_)
    last = np.concatenate([np.zeros(len(standing), dtype=np.bool_), found.last])
    room = np.concatenate([np.full(s.points, s.room) for s in spots]).astype(np.int64)
    weight = np.concatenate([np.full(s.points, s.area_m2 / s.points) for s in spots])
    return [
        Predicted(
            floor, pixels, heads[f], fixed, last, level[f], room, weight,
            _needs(one, pixels, demand, options.maps), critical, best[f],
        )
        for f, one in enumerate(asked)
    ]  # fmt: skip


def _hung(floor: Floor, found: Candidates, choice: CarrierChoice) -> tuple[Head, ...]:
    return tuple(
        Head("", floor.floor, float(x), float(y), found.z_m, "", choice.power_dbm, choice.ports, choice.gain_dbi)
        for x, y in zip(found.x_m, found.y_m, strict=True)
    )


def _needs(one: Option, pixels: Grid, demand: Mapping[str, RoomDemand], options: MapOptions) -> tuple[RoomNeed, ...]:
    """Need of each room; equal rates are worked out once."""
    known: dict[tuple[float, float], RoomNeed] = {}
    found = []
    for room in pixels.rooms:
        asked = demand.get(room.room, NOTHING)
        rates_ = asked.device_dl_bps, asked.device_ul_bps
        if rates_ not in known:
            known[rates_] = room_need(one.carrier, one.choice, asked, options)
        found.append(known[rates_])
    return tuple(found)


def _levels(
    site: Site, sent: Sequence[tuple[Option, tuple[Head, ...]]], pixels: Grid, spots: Sequence[_Spot],
    options: MapOptions,
) -> tuple[list[F64], list[F64]]:  # fmt: skip
    """Of each carrier the levels (heads, points) [dBm] and the two highest of any head (2, pixels) [dBm]."""
    level: list[list[F64]] = [[] for _ in sent]
    best = [np.zeros((0, pixels.room.size), dtype=np.float32) for _ in sent]
    for start in range(0, max(len(sent[0][1]), 1), AT_ONCE):
        parts = []
        for one, heads in sent:
            some = list(enumerate(heads[start : start + AT_ONCE]))
            found = building.heard(site, one.scene, some, one.carrier, options)
            parts.append((one.scene.walls, found, one.carrier.fc_hz))
        planes = building.carriers_planes(pixels, parts, options)
        for f, plane in enumerate(planes.reshape(len(sent), len(parts[0][1].index), pixels.room.size)):
            level[f].append(_sampled(plane, spots))
            best[f] = _top_two(np.concatenate([best[f], plane]))
    with np.errstate(divide="ignore"):
        return [np.concatenate(own) for own in level], [10.0 * np.log10(b.astype(np.float64)) for b in best]


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    """Where coverage of a room is asked for: pixels, of which that level counts that all but `missing` reach, or all.

    missing : None where every pixel is a point of its own.
    """

    room: int
    pixels: I64
    area_m2: float
    missing: int | None

    @property
    def points(self) -> int:
        return self.pixels.size if self.missing is None else 1


def _spots(grid: Grid, options: PlaceOptions) -> list[_Spot]:
    """Points of every room that has pixels.

    A small room is one point, with the level that its share of pixels reaches, so that one head serves it; a large one
    is a lattice of pixels, which heads may share.
    """
    flat = grid.room.ravel()
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(len(grid.rooms) + 1))
    share, stride = room_shares(grid, options.maps.targets), max(1, round(options.demand_m / grid.resolution_m))
    found = []
    for k in range(len(grid.rooms)):
        own = order[first[k] : first[k + 1]]
        area = own.size * grid.resolution_m**2
        if own.size and area <= SMALL_M2:
            found.append(_Spot(k, own, area, int((1.0 - share[k]) * own.size + 1e-9)))
        elif own.size:
            found.append(_Spot(k, _lattice(own, grid.x.size, stride), area, None))
    return found


def _sampled(planes: F32, spots: Sequence[_Spot]) -> F64:
    """(heads, points) level [dBm] of planes (heads, pixels)."""
    found = []
    for spot in spots:
        own = planes[:, spot.pixels]
        if spot.missing is not None:
            own = np.partition(own, spot.missing, axis=1)[:, spot.missing : spot.missing + 1]
        found.append(own)
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.concatenate(found, axis=1).astype(np.float64)), dtype=np.float64)


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
