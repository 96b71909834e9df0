"""Synthetic logs of a walk and of probes, made from the maps of a design: for examples and tests, said so inside."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from setsail.base.arrays import F64
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.indoor.raster import is_shaft
from setsail.design.network.model import Network

WALK_HEADER = "time_s,floor,x_m,y_m,rsrp_dbm,sinr_db,rate_dl_mbps,rate_ul_mbps"
PROBE_HEADER = "flow,time_s,delay_ms,clock"
MARK = "# synthetic: made from the maps of a design, not measured"


def walk(maps: RadioMaps, rng: Generator, *, visited: float = 0.8, spread_db: float = 2.0, bias_db: float = 0.0) -> str:
    """A walk log (CSV) through every room of the maps.

    visited : share of the places of each room that are reached;  spread_db : of the level around the map, correlated
    over some metres;  bias_db : added to every level, for a network that was built otherwise than designed.
    """
    lines, time_s = [MARK, WALK_HEADER], 0.0
    for floor in maps.floors:
        for row, column in _route(floor, rng, visited):
            time_s += 0.5
            lines.append(_line(floor, row, column, time_s, bias_db + float(rng.normal(0.0, spread_db))))
    return "\n".join(lines) + "\n"


def _route(floor: FloorMaps, rng: Generator, visited: float) -> Iterator[tuple[int, int]]:
    """Places of each room after the other, row by row to and fro; every room at one place at least."""
    for index, room in enumerate(floor.grid.rooms):
        if is_shaft(room):
            continue
        rows, columns = np.nonzero(floor.grid.room == index)
        keep = np.sort(rng.permutation(rows.size)[: max(1, math.ceil(visited * rows.size))])
        order = sorted(keep.tolist(), key=lambda k: (rows[k], columns[k] if rows[k] % 2 else -columns[k]))
        yield from ((int(rows[k]), int(columns[k])) for k in order)


def _line(floor: FloorMaps, row: int, column: int, time_s: float, shift_db: float) -> str:
    rsrp = float(np.clip(floor.rsrp_dbm[row, column] + shift_db, -156.0, -21.0))
    sinr = float(np.clip(floor.sinr_db[row, column] + shift_db / 2, -39.0, 59.0))
    rates = (float(np.nan_to_num(layer[row, column])) / 1e6 for layer in (floor.rate_dl_bps, floor.rate_ul_bps))
    x, y = float(floor.grid.x[column]), float(floor.grid.y[row])
    dl, ul = (f"{max(rate * 10 ** (shift_db / 50), 0.0):.3f}" for rate in rates)
    return f"{time_s:.1f},{floor.floor.floor},{x:.3f},{y:.3f},{rsrp:.2f},{sinr:.2f},{dl},{ul}"


def losses(rng: Generator, n: int, loss_ratio: float, mean_burst: float = 1.0) -> F64:
    """1 where a message is lost, of a two-state chain in its steady state; (n,)."""
    if mean_burst <= 1.0:
        return np.asarray(rng.random(n) < loss_ratio, dtype=np.float64)
    into_bad = loss_ratio / (mean_burst * (1.0 - loss_ratio))
    found, state = np.empty(n), bool(rng.random() < loss_ratio)
    draws = rng.random(n)
    for i in range(n):
        found[i] = state
        state = draws[i] >= 1.0 / mean_burst if state else draws[i] < into_bad
    return found


def probe(
    network: Network, rng: Generator, *, messages: int = 2000, delay_ms: float = 6.0, loss_ratio: float = 1e-3,
    mean_burst: float = 1.0, interval_s: float = 0.1,
) -> str:  # fmt: skip
    """A probe log (CSV) of every flow of a network, with one-way delays and lost messages."""
    lines = [MARK, PROBE_HEADER]
    for flow in network.flows:
        lost = losses(rng, messages, loss_ratio, mean_burst)
        delays = delay_ms * (0.5 + rng.random(messages))
        lines += [
            f"{flow.flow},{i * interval_s:.3f},{'' if lost[i] else f'{delays[i]:.3f}'},one-way" for i in range(messages)
        ]
    return "\n".join(lines) + "\n"
