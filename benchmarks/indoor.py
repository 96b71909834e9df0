"""Indoor maps of invented hospital floors: a whole run against the move of one head, and the design itself.

Peer of the move is the whole run of the moved network, whose rasters must be the same to the last bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.measure import peak_mb
from setsail.design.assess.radio import facts
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.place import place
from setsail.site.generate import hospital
from setsail.site.model import Site
from setsail.site.needs import default_needs

SIZES = {"smoke": (1, 1000.0, 1.0), "full": (2, 4000.0, 0.5)}
"""Floors, area of each [m2], side of a pixel [m]."""
REPEATS = 5


def run(size: str) -> list[dict[str, Any]]:
    """One row. size : smoke or full. Raises AssertionError where a move and a whole run differ."""
    floors, area_m2, resolution_m = SIZES[size]
    bare = hospital(np.random.default_rng(41), name="Synthetic hospital", floors=floors, floor_area_m2=area_m2)
    site = replace(bare, needs=default_needs(bare))
    options = MapOptions(resolution_m=resolution_m)
    first, design, made = _timed(lambda: place(site, PlaceOptions(maps=options)), repeats=1)
    sent = made.maps
    one = sent.network.heads[0]
    _, move, moved = _timed(lambda: sent.moved(one.head, one.x_m + 1.0, one.y_m), REPEATS)
    _, whole, again = _timed(lambda: maps(site, moved.network, options), REPEATS)
    _, stated, told = _timed(lambda: facts(site, moved.network, moved), REPEATS)
    for a, b in zip(moved.floors, again.floors, strict=True):
        assert np.array_equal(a.sinr_db, b.sinr_db)
    row: dict[str, Any] = {
        "case": "indoor_move", "size": size, "floors": floors, "rooms": _rooms(site), "facts": len(told),
        "heads": len(sent.network.heads), "pixels": sum(f.rsrp_dbm.size for f in sent.floors), "peer": "whole run",
        "core_seconds_design_first": first, "core_seconds_design_warm": design, "core_seconds_ours_warm": move,
        "core_seconds_peer": whole, "ratio": whole / move, "core_seconds_facts": stated, "gap_ratio": made.gap_ratio,
        "peak_mb": peak_mb(),
    }  # fmt: skip
    return [row]


def _rooms(site: Site) -> int:
    return sum(room.indoor for room in site.rooms())


def _timed(work: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Processor seconds of the first call and of the quickest of the later ones, and the result."""
    times = []
    for _ in range(repeats + 1):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return times[0], min(times[1:]), result
