"""A country of synthetic masts as a coverage raster: 5 M sites, 15 M sectors, 9.6 M km2 at 100 m, part by part.

`python -m benchmarks.national` computes 1/64 of it and smaller parts, time against area; `--whole` all 64 parts.
A part is computed in streams: its masts and those of the halo around it are drawn from seeds, its blocks go through
the executor, its rasters are written as Cloud-Optimised GeoTIFF and dropped. Masts are clustered: half of them belong
to towns.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import peak_mb
from setsail.base.arrays import F64
from setsail.engine.blocks import open_blocks
from setsail.radio.coverage.arrays import Carrier, group_rows, sector_rows
from setsail.radio.coverage.block import compute, layer, task
from setsail.radio.coverage.cells import Cells
from setsail.radio.coverage.grid import Grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.rasters import Rasters
from setsail.radio.coverage.rates import attenuated_shannon, downlink_table, uplink_table
from setsail.radio.coverage.reach import reaches_m

COUNTRY_KM2, SITES, RESOLUTION_M = 9.6e6, 5_000_000, 100.0
PARTS = 8
"""Along a side: 64 parts."""
SIDE_PX = math.ceil(math.sqrt(COUNTRY_KM2 / PARTS**2) * 1e3 / RESOLUTION_M / 16) * 16
HALO_M = 30_000.0
TOWNS, TOWN_SHARE, TOWN_RADIUS_M = 40, 0.5, 6_000.0
FC_HZ, BANDWIDTH_HZ, SCS_HZ, BLOCKS = 3.5e9, 100e6, 30e3, 273
CRS = "EPSG:6933"
SHARES = {"smoke": (1 / 64,), "full": (1 / 16, 1 / 4, 1.0)}
"""Of one part."""


@dataclass(frozen=True)
class Part:
    """What one part took: pixels, sectors that reach it, processor and wall seconds, bytes written."""

    pixels: int
    sites: int
    cpu_s: float
    compute_s: float
    write_s: float
    output_bytes: int


def run(size: str) -> list[dict[str, Any]]:
    """Rows of growing area; size : smoke or full."""
    return [row(size, share / PARTS**2, part(0, 0, share)) for share in SHARES[size]]


def row(size: str, share: float, took: Part) -> dict[str, Any]:
    """A line of the table."""
    seconds = took.compute_s + took.write_s
    return {
        "case": "national_raster", "size": size, "share_of_country": share, "area_km2": took.pixels * 0.01,
        "sites": took.sites, "pixels": took.pixels, "cpu_seconds": took.cpu_s, "seconds_compute": took.compute_s,
        "seconds_write": took.write_s, "seconds_per_million_km2": 1e8 * seconds / took.pixels,
        "minutes_for_whole": seconds / share / 60, "core_minutes_for_whole": took.cpu_s / share / 60,
        "output_mb": took.output_bytes / 1e6, "peak_mb": peak_mb(),
    }  # fmt: skip


def part(i: int, j: int, share: float = 1.0) -> Part:
    """One part of the country, or the north-west corner of it, computed and written."""
    options = CoverageOptions()
    side = math.ceil(SIDE_PX * math.sqrt(share) / 16) * 16
    step = SIDE_PX * RESOLUTION_M
    made = Grid(CRS, RESOLUTION_M, j * step, -i * step, side, side)
    begun, cpu = time.perf_counter(), time.process_time()
    carrier = carrier_of(np.concatenate(list(_masts(i, j, made))), i * PARTS + j, options)
    conducted = np.full(len(carrier.cell), 49 - 10 * math.log10(12 * BLOCKS))
    down = downlink_table(carrier, options, attenuated_shannon("dl"))
    up = uplink_table(carrier, options, attenuated_shannon("ul"))
    layers = (layer(carrier, reaches_m(carrier, options), conducted, down, up),)
    folder = Path(tempfile.mkdtemp(prefix="setsail-national-"))
    waited = 0.0
    try:
        with open_blocks() as blocks, Rasters(folder, made, "synthetic country") as out:
            tasks = (task(made, b, layers, options.threshold_dbm, "") for b in made.blocks(options.block_px))
            for one, rasters in blocks.map(compute, tasks):
                if isinstance(rasters, Exception):
                    raise rasters
                start = time.perf_counter()
                out.write(one.block, rasters)
                waited += time.perf_counter() - start
            computed = time.perf_counter() - begun - waited
            start = time.perf_counter()
            size = sum(path.stat().st_size for path in out.publish())
            waited += time.perf_counter() - start
    finally:
        shutil.rmtree(folder)
    west, south, east, north = made.bounds_m
    x, y = carrier.place_m.T
    inside = int(np.sum((x >= west) & (x < east) & (y >= south) & (y < north)))
    return Part(made.pixels, inside, time.process_time() - cpu, computed, waited, size)


def _masts(i: int, j: int, made: Grid) -> Iterator[F64]:
    """Places (n, 2) of the masts of a part and of those of its neighbours within the halo."""
    west, south, east, north = made.bounds_m
    for p in range(i - 1, i + 2):
        for q in range(j - 1, j + 2):
            place = drawn(p, q)
            x, y = place.T
            near = (x > west - HALO_M) & (x < east + HALO_M) & (y > south - HALO_M) & (y < north + HALO_M)
            yield place[near]


def drawn(i: int, j: int) -> F64:
    """Places (n, 2) of the masts of one part, from its own seed."""
    rng = np.random.default_rng([2021, i + PARTS, j + PARTS])
    step, n = SIDE_PX * RESOLUTION_M, SITES // PARTS**2
    town = rng.random(n) < TOWN_SHARE
    place = rng.uniform(0, step, (n, 2))
    centres = rng.uniform(0, step, (TOWNS, 2))
    spread = rng.exponential(TOWN_RADIUS_M, (n, 1)) * _units(rng, n)
    place[town] = (centres[rng.integers(0, TOWNS, n)] + spread)[town] % step
    return np.column_stack([place[:, 0] + j * step, -i * step - place[:, 1]])


def _units(rng: np.random.Generator, n: int) -> F64:
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def carrier_of(place: F64, seed: int, options: CoverageOptions) -> Carrier:
    """Three sectors on every mast, sorted by easting as the blocks want them."""
    rng = np.random.default_rng(seed)
    place = place[np.argsort(place[:, 0], kind="stable")]
    g, n = len(place), 3 * len(place)
    zeros, gain = np.zeros(n), np.full(n, 17.0)
    cells = Cells(
        np.empty(n, dtype="U1"), zeros, zeros, np.tile([0.0, 120.0, 240.0], g) + np.repeat(rng.uniform(0, 120, g), 3),
        rng.uniform(4, 10, n), np.full(n, 25.0), np.full(n, FC_HZ), np.full(n, BANDWIDTH_HZ), np.full(n, SCS_HZ),
        49 + gain - 10 * math.log10(12 * BLOCKS), gain, rng.uniform(0.2, 0.8, n), np.full(n, 65.0), np.full(n, 10.0),
        np.full(n, 30.0), np.full(n, 30.0), np.full(n, BLOCKS),
    )  # fmt: skip
    noise = -174 + 10 * math.log10(SCS_HZ) + options.noise_figure_db
    return Carrier(
        FC_HZ, BANDWIDTH_HZ, SCS_HZ, BLOCKS, place, group_rows(np.full(g, 25.0), FC_HZ, options),
        np.arange(0, n + 1, 3), sector_rows(cells, cells.azimuth_deg, options), np.arange(n), noise,
    )  # fmt: skip


def main() -> None:
    """Prints a line per area."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="all 64 parts instead of one")
    if not parser.parse_args().whole:
        for line in run("full"):
            print(json.dumps(line))
        return
    total = Part(0, 0, 0.0, 0.0, 0.0, 0)
    for k in range(PARTS**2):
        one = part(*divmod(k, PARTS))
        total = Part(*(getattr(total, f) + getattr(one, f) for f in total.__dataclass_fields__))
        print(json.dumps(row("whole", (k + 1) / PARTS**2, total)), flush=True)


if __name__ == "__main__":
    main()
