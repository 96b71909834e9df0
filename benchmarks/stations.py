"""Stations from CSV to indicators by prefecture: read, H3, place, count; against the same in pandas and geopandas.

Each side runs in a process of its own: `seconds_*_first` holds its imports, its tables of regions and the first call,
`seconds_*_warm` a second call with the tables kept; peak memory is that of the whole process. Both sides must find the
same counts, to the station. The file is synthetic and made before the clock runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import peak_mb

ROWS = {"smoke": (20_000,), "full": (1_000_000, 5_000_000, 20_000_000)}
PEER_BYTES_PER_ROW = 600
"""Memory that the peer needs, about; a size that does not fit into what is free is not run for it."""

FILE_COLUMNS = ["cell_id", "operator", "band", "lon", "lat", "opened", "mark"]
Counts = list[tuple[str, int, str, int]]
"""Kind of figure (stations, hexes), adcode or 0 outside, operator, figure."""


def run(size: str) -> list[dict[str, Any]]:
    """One row per number of stations. size : smoke or full."""
    with tempfile.TemporaryDirectory(prefix="setsail-bench-") as folder:
        return [case(count, Path(folder)) for count in ROWS[size]]


def case(count: int, folder: Path) -> dict[str, Any]:
    """Both sides on the same file of that many stations. Raises ValueError where they disagree."""
    file = folder / f"stations-{count}.csv"
    make_file(file, count)
    ours = measured("ours", file)
    peer = measured("peer", file) if count * PEER_BYTES_PER_ROW < free_bytes() else None
    file.unlink()
    if peer and ours["counts"] != peer["counts"]:
        raise ValueError(f"{count} stations: the two sides count differently")
    row: dict[str, Any] = {"case": "stations_by_prefecture", "size": count, "peer": "pandas and geopandas"}
    for key in ("seconds_ours_first", "seconds_ours_warm", "peak_mb_ours"):
        row[key] = ours[key.replace("_ours", "")]
    for key in ("seconds_peer_first", "seconds_peer_warm", "peak_mb_peer"):
        row[key] = peer[key.replace("_peer", "")] if peer else "not run: it does not fit into memory"
    row["ratio"] = peer["seconds_warm"] / ours["seconds_warm"] if peer else None
    row["ratio_first"] = peer["seconds_first"] / ours["seconds_first"] if peer else None
    row["ratio_memory"] = ours["peak_mb"] / peer["peak_mb"] if peer else None
    return row


def make_file(file: Path, count: int) -> None:
    """A CSV file of synthetic stations."""
    import numpy as np  # noqa: PLC0415
    import pyarrow.csv as pc  # noqa: PLC0415

    from setsail.monitor import synthetic  # noqa: PLC0415
    from setsail.standards import facts  # noqa: PLC0415
    from setsail.standards.boundaries import shipped  # noqa: PLC0415
    from setsail.store.places import Places  # noqa: PLC0415

    plan = synthetic.country(facts.observations(), count)
    places = Places.from_regions(shipped("prefecture"))
    batches = synthetic.batches(plan, places, np.random.default_rng(1))
    first = next(batches).select(FILE_COLUMNS)
    with pc.CSVWriter(file, first.schema, write_options=pc.WriteOptions(quoting_style="none")) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch.select(FILE_COLUMNS))


def measured(side: str, file: Path) -> dict[str, Any]:
    """Seconds of both calls, peak memory and counts of one side, from a fresh process."""
    command = [sys.executable, "-m", "benchmarks.stations", side, str(file)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def free_bytes() -> int:
    """Memory that is free for a new process."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def ours() -> Callable[[Path], Counts]:
    """Our side, with its table of places built."""
    from setsail.monitor.stations import count_file  # noqa: PLC0415
    from setsail.standards.boundaries import shipped  # noqa: PLC0415
    from setsail.store.places import Places  # noqa: PLC0415

    places, people = Places.from_regions(shipped("prefecture")), population()

    def call(file: Path) -> Counts:
        table = count_file(file, places, people)
        found: Counts = []
        for row in table.to_pylist():
            if row["level"] == "province":
                continue
            if row["operator"] is not None:
                found.append(("stations", row["region"], row["operator"], row["stations"]))
            elif row["hexes"] is not None:
                found.append(("hexes", row["region"], "", row["hexes"]))
            else:
                found.append(("stations", 0, "", row["stations"]))
        return sorted(row for row in found if row[-1])

    return call


def peer() -> Callable[[Path], Counts]:
    """The peer: one frame, one spatial join against the indexed outlines, group-bys."""
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from h3ronpy.vector import coordinates_to_cells  # noqa: PLC0415

    from setsail.standards.boundaries import shipped  # noqa: PLC0415

    regions = shipped("prefecture")
    outlines = gpd.GeoDataFrame({"adcode": regions.adcode}, geometry=list(regions.shape), crs="EPSG:4326")
    outlines.sindex.query(outlines.geometry.iloc[0])
    people = pd.Series(population())

    def call(file: Path) -> Counts:
        frame = pd.read_csv(file, usecols=["lon", "lat", "operator"], dtype={"operator": "category"})
        lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
        cells = pa.array(coordinates_to_cells(pa.array(lat), pa.array(lon), 9)).to_numpy().view(np.int64)
        frame["hex"] = cells >> 24 & ((1 << 28) - 1)
        points = gpd.GeoDataFrame(
            frame[["operator", "hex"]], geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326", copy=False
        )
        joined = points.sjoin(outlines, how="left", predicate="intersects")
        joined = joined.sort_values("adcode", kind="stable") if joined.index.has_duplicates else joined
        joined = joined[~joined.index.duplicated()]
        outside = int(joined["adcode"].isna().sum())
        placed = joined.dropna(subset="adcode")
        stations = placed.groupby(["adcode", "operator"], observed=True).size()
        hexes = placed.groupby("adcode")["hex"].nunique()
        total = stations.groupby("adcode").sum()
        _ = total / people.reindex(total.index) * 1e4
        found: Counts = [("stations", int(code), str(name), int(n)) for (code, name), n in stations.items()]
        found += [("hexes", int(code), "", int(n)) for code, n in hexes.items()]
        found += [("stations", 0, "", outside)]
        return sorted(row for row in found if row[-1])

    return call


def population() -> dict[int, float]:
    """Persons by adcode, newest figure of the shipped ones."""
    from setsail.standards import facts  # noqa: PLC0415

    figures = [o for o in facts.observations() if o.indicator == "population" and o.region.isdigit()]
    return {int(o.region): o.value for o in sorted(figures, key=lambda o: o.period)}


def worker(side: str, file: Path) -> None:
    """Prints what `measured` reads."""
    started = time.perf_counter()
    call = ours() if side == "ours" else peer()
    call(file)
    first = time.perf_counter()
    counts = call(file)
    told = {
        "seconds_first": first - started,
        "seconds_warm": time.perf_counter() - first,
        "peak_mb": peak_mb(),
        "counts": counts,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        worker(sys.argv[1], Path(sys.argv[2]))
    else:
        print(json.dumps(run(os.environ.get("SIZE", "smoke")), indent=1))
