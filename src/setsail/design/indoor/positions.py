"""The bound of the position error in every room, from the heads of its floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F32, F64, I64, Bool
from setsail.design.indoor import building
from setsail.design.indoor.building import Heard
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.network.model import Head
from setsail.radio.positioning import C_M_PER_S, LEAST, SNR_DB, Errors, Method, Prs, bound

EXCESS_DB = 10.0
"""Decibels in which the kernel adds up one metre of excess way."""
LEAST_SNR_DB = -13.0
"""Heads under this SNR of one resource element are not heard (assumption: 20 dB of processing gain above 7 dB)."""
METHODS: Mapping[Method, str] = {"tdoa": "TDOA", "rtt": "multi-RTT"}
"""Methods that a room may use. Source: 3GPP TS 38.305, cl. 4.3 (DL-TDOA, Multi-RTT)."""
MOST_PRB = 272
MOST_POINTS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Bound of the position error [m] at points of a floor, infinite where fewer heads are heard than are needed.

    point : (n,) flat pixels;  room : (n,) of each;  error_m : (n,) by the method of its room;  p90_m : (rooms,) value
    that 90 % of the points of a room keep;  method : (rooms,) `tdoa` or `rtt`, the one with the less error;
    heads : on the floor.
    """

    point: I64
    room: I64
    error_m: F64
    p90_m: F64
    method: tuple[Method, ...]
    heads: int

    def cause(self, room: int) -> str:
        """What the value of a room rests on, or why there is none."""
        if self.heads < LEAST["rtt"][2]:
            return f"{self.heads} heads on the floor; ranges need {LEAST['rtt'][2]}, differences {LEAST['tdoa'][2]}"
        return f"{METHODS[self.method[room]]} with {self.heads} heads"


def positions(maps: RadioMaps, floor: FloorMaps) -> Positions:
    """The bound with noise, clocks of the heads, and the way that rays gain in walls as bias.

    A room is located by differences of arrival (TDOA) or by round trips to several heads (multi-RTT), whichever errs
    less there. Each head is taken to send a positioning signal of its own over the carrier's bandwidth, also where
    heads share a cell. Source: `radio.positioning` (Cramer-Rao bound, PRS of two symbols at comb 2).
    """
    point = points(floor, maps.options.position_step_m)
    room = floor.grid.room.ravel()[point].astype(np.int64)
    rooms, rows = len(floor.grid.rooms), _own(maps, floor)
    error = np.full(point.size, np.inf)
    p90 = np.full(rooms, np.inf)
    chosen: list[Method] = ["rtt"] * rooms
    methods = [method for method in METHODS if len(rows) >= LEAST[method][2]]
    seen = _seen(maps, floor, point, rows) if methods else None
    for method in methods:
        met = _bound(maps, seen, method) if seen else error
        for k in range(rooms):
            own = room == k
            least = upper(met[own])
            if least < p90[k]:
                p90[k], chosen[k], error[own] = least, method, met[own]
    return Positions(point, room, error, p90, tuple(chosen), len(rows))


def _own(maps: RadioMaps, floor: FloorMaps) -> list[int]:
    """Rows of the heads that hang on a floor."""
    return [k for k, i in enumerate(floor.heard.index) if maps.network.heads[i].floor == floor.floor.floor]


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """What points of a floor hear of heads.

    anchors : (heads, 3);  places : (points, 3);  snr_db : (points, heads) of one resource element;  excess_m : (points,
    heads) way that each ray gains in walls.
    """

    anchors: F64
    places: F64
    snr_db: F64
    excess_m: F64

    @property
    def heard(self) -> Bool:
        """(points, heads) those that are loud enough."""
        return np.asarray(self.snr_db >= LEAST_SNR_DB, dtype=np.bool_)


def sights(
    maps: RadioMaps, floor: FloorMaps, point: I64, heads: Sequence[Head], *, found: Heard, planes: F32
) -> Sights:
    """What points hear of heads on their floor. planes : (heads, ...) as `building.planes` gives them for `found`."""
    carrier = building.radio_carrier(maps.carrier)
    with np.errstate(divide="ignore"):
        power = 10.0 * np.log10(planes.reshape(len(heads), -1)[:, point].astype(np.float64)).T
    columns = floor.grid.x.size
    places = np.column_stack([
        floor.grid.x[point % columns], floor.grid.y[point // columns], np.full(point.size, maps.options.h_ut_m)
    ])  # fmt: skip
    anchors = np.array([(h.x_m, h.y_m, h.z_m) for h in heads]).reshape(-1, 3)
    snr = power - carrier.noise_per_re_dbm(maps.options.noise_figure_db)
    return Sights(anchors, places, snr, _excess_m(floor, found.rows, point))


def prs(maps: RadioMaps) -> Prs:
    """The positioning signal over the carrier."""
    return Prs(min(building.radio_carrier(maps.carrier).n_rb, MOST_PRB), maps.carrier.scs_hz)


def _seen(maps: RadioMaps, floor: FloorMaps, point: I64, rows: list[int]) -> Sights:
    heads = [maps.network.heads[floor.heard.index[k]] for k in rows]
    return sights(maps, floor, point, heads, found=floor.heard.only(rows), planes=floor.planes[rows])


def _bound(maps: RadioMaps, seen: Sights, method: Method) -> F64:
    errors = Errors(sync_m=maps.options.sync_m, nlos_m=seen.excess_m)
    level = np.clip(np.where(seen.heard, seen.snr_db, SNR_DB.low), SNR_DB.low, SNR_DB.high)
    total = bound(method, seen.anchors, seen.places, prs(maps), level, errors=errors).total_m
    return np.where(seen.heard.sum(axis=1) >= LEAST[method][2], total, np.inf)


def _excess_m(floor: FloorMaps, rows: F64, point: I64) -> F64:
    """(points, heads) way that each ray gains in the walls that it crosses, by the kernel that adds up their losses."""
    walls = replace(floor.scene.walls, loss_db=floor.scene.walls.excess_m * EXCESS_DB)
    sent = rows.copy()
    sent[:, 2], sent[:, 3] = 0.0, 1.0
    step = building.losses_db(floor.grid, walls, sent)
    return np.asarray(step.reshape(len(rows), -1)[:, point].T / EXCESS_DB, dtype=np.float64)


def points(floor: FloorMaps, step_m: float) -> I64:
    """Pixels on a lattice, and the middle one of each room that it misses."""
    grid = floor.grid
    inside = int(grid.indoor.sum()) * grid.resolution_m**2
    step = max(step_m, float(np.sqrt(inside / MOST_POINTS)))
    stride = max(1, round(step / grid.resolution_m))
    hit = np.zeros(grid.room.shape, dtype=np.bool_)
    hit[stride // 2 :: stride, stride // 2 :: stride] = True
    chosen = np.flatnonzero((hit & grid.served).ravel())
    seen = np.unique(grid.room.ravel()[chosen])
    order, first = floor.parts.order, floor.parts.first
    missed = [
        order[(first[k] + first[k + 1]) // 2]
        for k in range(len(grid.rooms))
        if k not in seen and first[k] < first[k + 1]
    ]
    return np.unique(np.concatenate([chosen, np.array(missed, dtype=np.int64)])).astype(np.int64)


def upper(error: F64) -> float:
    """The value that 90 % keep: the least error that at least 90 % of the points do not pass."""
    if not error.size:
        return float("inf")
    return float(np.sort(error)[int(np.ceil(0.9 * error.size)) - 1])


def resolution_m(maps: RadioMaps) -> float:
    """The way c / B below which two paths are one peak; multipath of that order is not in the bound."""
    return C_M_PER_S / building.radio_carrier(maps.carrier).occupied_hz
