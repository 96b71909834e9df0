"""The whole design of growing synthetic hospitals: how time and memory grow, and one of its floors against the twin.

Each hospital is designed in a process of its own, so that its peak of memory is its own. Peer is the plain NumPy twin
of the floor kernel: rays of some heads of the design to rows of pixels spread over a floor, against the kernel there.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.measure import measure
from setsail.base.arrays import F64
from setsail.design.indoor.maps import FloorMaps
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.run import RunOptions
from setsail.design.run import run as design
from setsail.radio.floor import twin
from setsail.radio.floor.study import MOST_WALL_DB, Arrays, head_planes
from setsail.site.generate import hospital
from setsail.site.needs import default_needs

SIZES = {
    "smoke": ((1, 800.0, 2.0),),
    "full": ((2, 3500.0, 0.5), (3, 5000.0, 0.5), (6, 5000.0, 0.5), (12, 5000.0, 0.5)),
}
"""Floors, area of each [m2], side of a pixel [m]."""
TWIN_HEADS, TWIN_ROWS = 4, 6
AGREEMENT_DB = 0.01
LEAST = float(np.finfo(np.float32).tiny)


def run(size: str) -> list[dict[str, Any]]:
    """One row per hospital. size : smoke or full. Raises AssertionError where kernel and twin disagree."""
    rows: list[dict[str, Any]] = []
    for floors, area_m2, resolution_m in SIZES[size]:
        order = {"floors": floors, "area_m2": area_m2, "resolution_m": resolution_m}
        met = measure("benchmarks.large:designed", order, repeats=0)
        rows.append({"case": "large_hospital", "size": size, **met["result"], "peak_mb": met["peak_mb"]})
    per_room = [row["core_seconds"] / row["rooms"] for row in rows]
    return [row | {"per_room_over_first": p / per_room[0]} for row, p in zip(rows, per_room, strict=True)]


def designed(floors: int, area_m2: float, resolution_m: float) -> dict[str, Any]:
    """Numbers of one design made in this process, its kernels compiled before."""
    rng = np.random.default_rng(12)
    bare = hospital(rng, name="Synthetic", floors=floors, floor_area_m2=area_m2)
    site = replace(bare, needs=default_needs(bare))
    options = RunOptions(PlaceOptions(maps=MapOptions(resolution_m=resolution_m)))
    small = hospital(rng, name="Synthetic", floors=1, floor_area_m2=600.0)
    design(replace(small, needs=default_needs(small)), RunOptions(PlaceOptions(maps=MapOptions(resolution_m=4.0))))
    wall, core = time.perf_counter(), time.process_time()
    made = design(site, options)
    wall, core = time.perf_counter() - wall, time.process_time() - core
    floors_made = made.placed.maps.floors
    ours, peer, error = _against_twin(floors_made[len(floors_made) // 2])
    assert error <= AGREEMENT_DB
    return {
        "floors": floors, "area_m2": round(sum(r.area_m2 for r in site.rooms())), "rooms": len(list(site.rooms())),
        "heads": len(made.network.heads), "gap_ratio": made.placed.gap_ratio, "seconds": wall, "core_seconds": core,
        "load": os.getloadavg()[0], "peer": "plain twin", "core_seconds_kernel": ours, "core_seconds_peer": peer,
        "ratio": peer / ours, "largest_error_db": error,
    }  # fmt: skip


def _against_twin(floor: FloorMaps) -> tuple[float, float, float]:
    """Processor seconds of all rows and of `TWIN_HEADS` heads by kernel and twin, and their greatest distance [dB]."""
    made, grid = floor.scene.walls, floor.grid
    heads = floor.heard.rows[np.linspace(0, len(floor.heard.rows) - 1, TWIN_HEADS).astype(int)]
    arrays = Arrays(grid.x, grid.y, heads, made.ends, made.loss_db, 1.0)
    start = time.process_time()
    planes = head_planes(arrays)
    ours = time.process_time() - start
    seen = np.linspace(0, grid.y.size - 1, TWIN_ROWS).astype(int)
    start = time.process_time()
    parts = [
        twin.rows(grid.x, grid.y[seen], head[None], made.ends, made.loss_db, half_slope=1.0, most_db=MOST_WALL_DB)[0]
        for head in heads
    ]
    peer = (time.process_time() - start) * grid.y.size / TWIN_ROWS
    error = _distance_db(planes[:, seen].astype(np.float64), np.array(parts))
    return ours, peer, error


def _distance_db(ours: F64, peer: F64) -> float:
    """Greatest distance where both are above the least number of float32."""
    told = (ours > LEAST) & (peer > LEAST)
    return float(np.abs(10 * np.log10(ours[told] / peer[told])).max())
