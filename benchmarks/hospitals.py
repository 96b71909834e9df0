"""A batch of generated hospitals of one to four floors: sites per minute and core, and how time and memory grow.

One batch in one process; the rows are told as its 10th, 30th and last site is done, so growth is that of one run. The
first to be done are the smaller ones, so growth is read from the rooms that a core does in a minute.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import peak_mb
from setsail import api
from setsail.base.record import Record
from setsail.site.folder import write
from setsail.site.generate import hospital
from setsail.site.model import Site
from setsail.site.needs import default_needs

MARKS = {"smoke": (1, 2), "full": (10, 30, 100)}
"""Sites after which a row is told; the last is all of them."""
FLOORS = {"smoke": 1, "full": 4}
"""Most floors of a hospital."""
RESOLUTION_M = {"smoke": 2.0, "full": 0.5}


def run(size: str) -> list[dict[str, Any]]:
    """One row per mark. size : smoke or full. Raises AssertionError where a site could not be designed."""
    marks = MARKS[size]
    with tempfile.TemporaryDirectory() as there:
        sites = strewn(Path(there), marks[-1], FLOORS[size])
        warm = Path(there) / "warm"
        write(sites[0], warm / "site")
        api.design_batch(warm, resolution_m=RESOLUTION_M[size])
        rows: list[dict[str, Any]] = []
        done: list[Record] = []
        wall, core = time.perf_counter(), time.process_time()

        def told(row: Record) -> None:
            assert row["state"] == "done", row["error"]
            done.append(row)
            if len(done) in marks:
                spent = time.process_time() - core
                rows.append(_row(size, done, spent, time.perf_counter() - wall))

        api.design_batch(Path(there) / "sites", resolution_m=RESOLUTION_M[size], told=told)
    per_site = [r["core_seconds"] / r["sites"] for r in rows]
    return [row | {"per_site_over_first_mark": p / per_site[0]} for row, p in zip(rows, per_site, strict=True)]


def strewn(folder: Path, count: int, most_floors: int) -> list[Site]:
    """Invented hospitals of one to so many floors of 700 to 1,600 m2 each, and their folders, in a mixed order."""
    made = []
    for k, rng in enumerate(np.random.default_rng(2026).spawn(count)):
        floors, area = int(rng.integers(1, most_floors + 1)), float(round(rng.uniform(700.0, 1600.0)))
        name = f"h{k:03d}"
        bare = hospital(rng, name=f"Synthetic hospital {k}", floors=floors, floor_area_m2=area, site=name)
        made.append(replace(bare, needs=default_needs(bare)))
        write(made[-1], folder / "sites" / name)
    return made


def _row(size: str, done: list[Record], core: float, wall: float) -> dict[str, Any]:
    return {
        "case": "hospitals", "size": size, "sites": len(done), "rooms": sum(r["rooms"] for r in done),
        "heads": sum(r["heads"] for r in done), "seconds": wall, "core_seconds": core,
        "sites_per_minute": 60.0 * len(done) / wall, "sites_per_core_minute": 60.0 * len(done) / core,
        "rooms_per_core_minute": 60.0 * sum(r["rooms"] for r in done) / core, "peak_mb": peak_mb(),
    }  # fmt: skip
