"""The raster kernel, full UMa with three sectors per mast: against its NumPy float32 twin and a measured roofline.

Processor seconds of one core. Visited sector-pixels are those computed; useful ones lie within the reach of their
mast. The roofline counts every addition, multiplication, comparison, choice, shift and conversion of the source as one
slot of the fused multiply-add pipes, whose rate is measured in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np

from benchmarks import national
from benchmarks.measure import peak_mb
from setsail.radio.coverage import kernels, twin
from setsail.radio.coverage.arrays import DB_PER_LOG2, F32
from setsail.radio.coverage.block import Task, layer, pixels, task
from setsail.radio.coverage.grid import Block, Grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.rates import LEVELS
from setsail.radio.coverage.reach import reaches_m

SIDES = {"smoke": 128, "full": 1024}
TWIN_MASTS = {"smoke": 5, "full": 40}
TWIN_PIXELS = 128
REPEATS = 7
SLOTS_PER_MAST, SLOTS_PER_SECTOR = 71, 39
"""Operations of `_reach` (without the linear term of RMa) and of `_power`, `_joined`, exp2 and the count."""
TERMS, CHAINS = 8, 12
AGREEMENT_DB = 0.01


def run(size: str) -> list[dict[str, Any]]:
    """One row. size : smoke or full. Raises AssertionError where kernel and reference disagree."""
    job, arguments = _job(SIDES[size])
    first, warm = _timed(lambda: kernels.tiles(*arguments))
    visited = int(np.diff(arguments[0]).sum()) * 3 * kernels.N
    useful = _useful(job)
    peer = _twin_rate(job, TWIN_MASTS[size])
    error = _error_db(job, arguments)
    assert error <= AGREEMENT_DB
    slots = _slots_per_second()
    bound = slots / (SLOTS_PER_SECTOR + SLOTS_PER_MAST / 3)
    return [{
        "case": "raster_uma", "size": size, "pixels": job.block.height * job.block.width,
        "masts_per_tile": float(np.diff(arguments[0]).mean()), "peer": "NumPy float32 twin",
        "seconds_ours_first": first, "seconds_ours_warm": warm, "visited_per_core_second": visited / warm,
        "useful_per_core_second": useful / warm, "useful_share": useful / visited, "peer_per_core_second": peer,
        "ratio": visited / warm / peer, "largest_error_db": error, "bound_per_core_second": bound,
        "share_of_bound": visited / warm / bound, "peak_mb": peak_mb(),
    }]  # fmt: skip


def _job(side: int) -> tuple[Task, tuple[Any, ...]]:
    """A block in the middle of a synthetic part, and the arguments of the kernel."""
    options = CoverageOptions()
    corner = (national.SIDE_PX - side) // 2 // 16 * 16 * national.RESOLUTION_M
    made = Grid(national.CRS, national.RESOLUTION_M, corner, -corner, side, side)
    carrier = national.carrier_of(national.drawn(0, 0), 0, options)
    none = np.zeros(LEVELS, dtype=np.uint16)
    whole = layer(carrier, reaches_m(carrier, options), np.zeros(len(carrier.cell)), none, none)
    job = task(made, Block(0, 0, side, side), (whole,), options.threshold_dbm, "")
    one = job.layers[0]
    step, rows = kernels.SIDE * job.resolution_m, side // kernels.SIDE
    starts, members = kernels.bins(one.place_m, one.reach_m, job.west_m, job.north_m, step, rows, rows)
    i, j = np.divmod(np.arange(rows * rows), rows)
    centres = np.column_stack([job.west_m + (j + 0.5) * step, job.north_m - (i + 0.5) * step])
    out = tuple(np.empty((rows * rows, kernels.N), dtype=np.float32) for _ in range(4))
    return job, (
        starts, members, centres, pixels(kernels.SIDE, job.resolution_m), one.place_m, one.groups, one.first,
        one.sectors, np.arange(len(one.cell), dtype=np.float32), np.float32(job.threshold_dbm / DB_PER_LOG2), *out,
    )  # fmt: skip


def _useful(job: Task) -> int:
    """Sector-pixels whose pixel lies within the reach of the mast."""
    one = job.layers[0]
    x = job.west_m + (np.arange(job.block.width) + 0.5) * job.resolution_m
    y = job.north_m - (np.arange(job.block.height) + 0.5) * job.resolution_m
    total = 0
    for (px, py), r in zip(one.place_m, one.reach_m, strict=True):
        dx, dy = np.abs(x - px), np.abs(y - py)
        dx, dy = dx[dx <= r], dy[dy <= r]
        total += int(np.sum(dx[None] ** 2 + dy[:, None] ** 2 <= r * r))
    return 3 * total


def _twin_rate(job: Task, masts: int) -> float:
    """Sector-pixels per processor second of the twin, on a square of pixels that fits the caches."""
    carrier = _as_carrier(job)
    x, y = np.meshgrid(np.arange(TWIN_PIXELS) * 100.0 + job.west_m, job.north_m - np.arange(TWIN_PIXELS) * 100.0)
    members = np.arange(masts)
    _, warm = _timed(
        lambda: twin.raster(carrier, x.ravel(), y.ravel(), members, threshold_log2=-36.5, dtype=np.float32), repeats=3
    )
    return float(masts * 3 * x.size / warm)


def _error_db(job: Task, arguments: tuple[Any, ...]) -> float:
    """Largest distance of the best level from the reference, on the first tiles."""
    carrier, worst = _as_carrier(job), 0.0
    starts, members, centres, at = arguments[:4]
    for t in range(0, len(starts) - 1, max(1, len(starts) // 16)):
        seen = members[starts[t] : starts[t + 1]]
        if seen.size:
            x, y = centres[t, 0] + at[0].astype(np.float64), centres[t, 1] + at[1].astype(np.float64)
            best, *_ = twin.raster(carrier, x, y, seen, threshold_log2=-36.5)
            worst = max(worst, float(np.abs(arguments[10][t] - best).max()) * DB_PER_LOG2)
    return worst


def _as_carrier(job: Task) -> Any:  # noqa: ANN401 - what the twin reads of a carrier, in the kernel's own numbers
    one = job.layers[0]
    return type("Masts", (), {"place_m": one.place_m, "groups": one.groups.astype(float), "first": one.first,
                              "sectors": one.sectors.astype(float)})  # fmt: skip


@nb.njit(nogil=True, fastmath={"contract"})
def _chains(x: F32, out: F32) -> None:
    """Independent chains of fused multiply-add: the pace of the pipes."""
    for i in range(x.size):
        v = x[i]
        a, b, c, d, e, f = v, v + v, v * v, v - v * v, v * v * v, v + v * v
        g, h, k, m, n, p = a * b, a * c, a * d, a * e, a * f, b * c
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        a, b, c, d, e, f = a * v + v, b * v + v, c * v + v, d * v + v, e * v + v, f * v + v
        g, h, k, m, n, p = g * v + v, h * v + v, k * v + v, m * v + v, n * v + v, p * v + v
        out[i] = a + b + c + d + e + f + g + h + k + m + n + p


def _slots_per_second() -> float:
    """Fused multiply-adds of single numbers per processor second of one core."""
    x = np.linspace(0.1, 0.5, 4096, dtype=np.float32)
    out = np.empty_like(x)

    def many() -> None:
        for _ in range(500):
            _chains(x, out)

    _, warm = _timed(many)
    return 500 * x.size * TERMS * CHAINS / warm


def _timed(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, float]:
    """Processor seconds of the first call and of the quickest of the later ones."""
    times = []
    for _ in range(repeats + 1):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return times[0], min(times[1:])
