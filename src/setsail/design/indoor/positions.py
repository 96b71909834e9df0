"""The bound of the position error in every room, from the heads of its floor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.design.indoor import building
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.radio.positioning import C_M_PER_S, LEAST, SNR_DB, Errors, Method, Prs, bound

EXCESS_DB = 10.0
"""Decibels in which the kernel adds up one metre of excess way."""
LEAST_SNR_DB = -13.0
"""Heads under this SNR of one resource element are not heard (assumption: 20 dB of processing gain above 7 dB)."""
MOST_PRB = 272
MOST_POINTS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Bound of the position error [m] at points of a floor, infinite where fewer heads are heard than are needed.

    point : (n,) flat pixels;  room : (n,) of each;  error_m : (n,);  method : `tdoa`, or `rtt` with two heads;
    p90_m : (rooms,) value that 90 % of the points of a room keep;  cause : why there is none, else what decides.
    """

    point: I64
    room: I64
    error_m: F64
    method: Method
    p90_m: F64
    cause: str


def positions(maps: RadioMaps, floor: FloorMaps) -> Positions:
    """The bound with noise, clocks of the heads, and the way that rays gain in walls as bias.

    Each head is taken to send a positioning signal of its own over the carrier's bandwidth, also where heads share a
    cell. Source: `radio.positioning` (Cramer-Rao bound, PRS of two symbols at comb 2).
    """
    point = _points(floor, maps.options.position_step_m)
    room = floor.grid.room.ravel()[point].astype(np.int64)
    rows = [k for k, i in enumerate(floor.heard.index) if maps.network.heads[i].floor == floor.floor.floor]
    method: Method = "tdoa" if len(rows) >= LEAST["tdoa"][2] else "rtt"
    rooms = len(floor.grid.rooms)
    if len(rows) < LEAST[method][2]:
        cause = f"{len(rows)} heads on the floor; ranges need {LEAST['rtt'][2]}, differences {LEAST['tdoa'][2]}"
        return Positions(point, room, np.full(point.size, np.inf), method, np.full(rooms, np.inf), cause)
    error = _bound(maps, floor, point, rows, method)
    p90 = np.array([_upper(error[room == k]) for k in range(rooms)])
    return Positions(point, room, error, method, p90, f"{method} with {len(rows)} heads")


def _bound(maps: RadioMaps, floor: FloorMaps, point: I64, rows: list[int], method: Method) -> F64:
    carrier = building.radio_carrier(maps.carrier)
    heads = [maps.network.heads[floor.heard.index[k]] for k in rows]
    with np.errstate(divide="ignore"):
        power = 10.0 * np.log10(floor.planes[rows].reshape(len(rows), -1)[:, point].astype(np.float64)).T
    snr = power - carrier.noise_per_re_dbm(maps.options.noise_figure_db)
    heard = (snr >= LEAST_SNR_DB).sum(axis=1)
    prs = Prs(min(carrier.n_rb, MOST_PRB), maps.carrier.scs_hz)
    columns = floor.grid.x.size
    places = np.column_stack([
        floor.grid.x[point % columns], floor.grid.y[point // columns], np.full(point.size, maps.options.h_ut_m)
    ])  # fmt: skip
    anchors = np.array([(h.x_m, h.y_m, h.z_m) for h in heads])
    errors = Errors(sync_m=maps.options.sync_m, nlos_m=_excess_m(floor, rows, point))
    level = np.clip(np.where(snr >= LEAST_SNR_DB, snr, SNR_DB.low), SNR_DB.low, SNR_DB.high)
    total = bound(method, anchors, places, prs, level, errors=errors).total_m
    return np.where(heard >= LEAST[method][2], total, np.inf)


def _excess_m(floor: FloorMaps, rows: list[int], point: I64) -> F64:
    """(points, heads) way that each ray gains in the walls that it crosses, by the kernel that adds up their losses."""
    walls = replace(floor.scene.walls, loss_db=floor.scene.walls.excess_m * EXCESS_DB)
    sent = floor.heard.rows[rows].copy()
    sent[:, 2], sent[:, 3] = 0.0, 1.0
    step = building.losses_db(floor.grid, walls, sent)
    return np.asarray(step.reshape(len(rows), -1)[:, point].T / EXCESS_DB, dtype=np.float64)


def _points(floor: FloorMaps, step_m: float) -> I64:
    """Pixels on a lattice, and the middle one of each room that it misses."""
    grid = floor.grid
    inside = int(grid.indoor.sum()) * grid.resolution_m**2
    step = max(step_m, float(np.sqrt(inside / MOST_POINTS)))
    stride = max(1, round(step / grid.resolution_m))
    hit = np.zeros(grid.room.shape, dtype=np.bool_)
    hit[stride // 2 :: stride, stride // 2 :: stride] = True
    chosen = np.flatnonzero((hit & grid.indoor).ravel())
    seen = np.unique(grid.room.ravel()[chosen])
    order, first = floor.parts.order, floor.parts.first
    missed = [
        order[(first[k] + first[k + 1]) // 2]
        for k in range(len(grid.rooms))
        if k not in seen and first[k] < first[k + 1]
    ]
    return np.unique(np.concatenate([chosen, np.array(missed, dtype=np.int64)])).astype(np.int64)


def _upper(error: F64) -> float:
    """The value that 90 % keep: the least error that at least 90 % of the points do not pass."""
    if not error.size:
        return float("inf")
    return float(np.sort(error)[int(np.ceil(0.9 * error.size)) - 1])


def resolution_m(maps: RadioMaps) -> float:
    """The way c / B below which two paths are one peak; multipath of that order is not in the bound."""
    return C_M_PER_S / building.radio_carrier(maps.carrier).occupied_hz
