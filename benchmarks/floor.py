"""One floor of 120 x 60 m at 0.25 m with 40 heads and 300 walls: whole rasters against the plain NumPy twin.

Processor seconds of one core, rasters with levels and SINR included. A nominal wall test is one pixel, head and wall;
the kernel finds the ends of each wall's shadow on a row of pixels instead of making them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measure import peak_mb
from setsail.radio.floor import twin
from setsail.radio.floor.options import Floor, FloorOptions, Head, Wall
from setsail.radio.floor.study import Arrays, block, floor_raster, prepared
from setsail.radio.pathloss.p2040 import Layer

SIZES = {"smoke": (30.0, 15.0, 6, 40), "full": (120.0, 60.0, 40, 300)}
"""Length and depth [m], heads, walls."""
TWIN_ROWS = {"smoke": 8, "full": 24}
KINDS = (Layer("concrete", 0.2), Layer("brick", 0.12), Layer("plasterboard", 0.025), Layer("glass", 0.006))
CASES = (("free-space", "normal"), ("inh-los", "normal"), ("free-space", "oblique"))
AGREEMENT_DB = 0.01
REPEATS = 7


def run(size: str) -> list[dict[str, Any]]:
    """One row per distance law and incidence. size : smoke or full. Raises AssertionError where the two disagree."""
    floor = synthetic(*SIZES[size], np.random.default_rng(231))
    return [_case(size, floor, FloorOptions(distance_law=law, incidence=angle)) for law, angle in CASES]  # type: ignore[arg-type]


def synthetic(length_m: float, depth_m: float, heads: int, walls: int, rng: np.random.Generator) -> Floor:
    """An invented floor: heads on a jittered grid under the ceiling, walls of 2 to 8 m along both axes."""
    across = max(1, round((heads * length_m / depth_m) ** 0.5))
    i, j = np.divmod(np.arange(heads), across)
    middle = np.column_stack([(j + 0.5) * length_m / across, (i + 0.5) * depth_m / -(-heads // across)])
    places = (middle + rng.uniform(-1.0, 1.0, (heads, 2))).tolist()
    starts, lengths = rng.uniform([0.0, 0.0], [length_m, depth_m], (walls, 2)), rng.uniform(2.0, 8.0, walls)
    along = (rng.random(walls) < 0.5)[:, None]
    ends = (starts + lengths[:, None] * np.where(along, [1.0, 0.0], [0.0, 1.0])).tolist()
    layers = [(KINDS[k],) for k in rng.integers(0, len(KINDS), walls).tolist()]
    made = tuple(
        Wall(a[0], a[1], b[0], b[1], layers=kind) for a, b, kind in zip(starts.tolist(), ends, layers, strict=True)
    )
    return Floor(0.0, 0.0, length_m, depth_m, 3.5e9, tuple(Head(x, y, 3.0, -11.2) for x, y in places), made)


def _case(size: str, floor: Floor, options: FloorOptions) -> dict[str, Any]:
    first, warm, rasters = _timed(lambda: floor_raster(floor, options), REPEATS)
    arrays, _, _ = prepared(floor, options)
    kernel = _timed(lambda: block(arrays, (0, len(arrays.y))), REPEATS)[1]
    peer, error = _twin(arrays, TWIN_ROWS[size])
    assert error <= AGREEMENT_DB
    pixels = rasters.rsrp_dbm.size
    links = pixels * len(floor.heads)
    return {
        "case": f"floor_{options.distance_law}_{options.incidence}", "size": size, "pixels": pixels,
        "heads": len(floor.heads), "walls": len(floor.walls), "peer": "plain twin",
        "core_seconds_ours_first": first, "core_seconds_ours_warm": warm, "core_seconds_kernel": kernel,
        "core_seconds_peer": peer, "ratio": peer / kernel, "links_per_core_second": links / kernel,
        "nominal_wall_tests_per_core_second": links * len(floor.walls) / kernel, "largest_error_db": error,
        "peak_mb": peak_mb(),
    }  # fmt: skip


def _twin(arrays: Arrays, rows: int) -> tuple[float, float]:
    """Processor seconds of the twin for all rows, from rows spread over the floor, and its distance from the kernel."""
    seen = np.linspace(0, len(arrays.y) - 1, rows).astype(int)
    some = arrays.y[seen]
    _, seconds, expected = _timed(
        lambda: twin.rows(
            arrays.x,
            some,
            arrays.heads,
            arrays.walls,
            arrays.tables,
            half_slope=arrays.half_slope,
            most_db=arrays.most_db,
        ),
        repeats=1,
    )
    got = block(arrays, (0, len(arrays.y)))
    worst = max(float(np.abs(10 * np.log10(a[seen] / b)).max()) for a, b in zip(got[:3], expected[:3], strict=True))
    return seconds * len(arrays.y) / rows, worst


def _timed(work: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Processor seconds of the first call and of the quickest of the later ones, and the result."""
    times = []
    for _ in range(repeats + 1):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return times[0], min(times[1:]), result
