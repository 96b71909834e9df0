"""From request to tile over millions of synthetic stations, at zooms 3, 6, 9 and 12; against DuckDB's ST_AsMVT.

Both sides make the same tile from the same Parquet files: cells of the same resolution with exact counts, under the
same choice of months. `seconds_cold` is the first request of a fresh process, which reads the data set (ours) or counts
and places its cells (the peer); `seconds_warm` the median of requests for a tile that was not asked before, with what
the process keeps; `seconds_again` the same tile asked again by its tag. Ours goes through the application as a request
does, with routing, roles and compression; the peer is the bare query, so the comparison is in its favour.

The peer needs the spatial extension of DuckDB of its own version, without a network: SETSAIL_BENCH_SPATIAL names a
Python that has `duckdb`, `duckdb-extension-spatial`, `numpy`, `pyarrow` and `h3ronpy`. Without it the peer is not run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROWS = {"smoke": (20_000,), "full": (5_000_000,)}
PLACES = {3: (6, 3), 6: (52, 24), 9: (421, 194), 12: (3372, 1552)}
"""One tile of each zoom, around Beijing."""
MONTHS = ("2023-03", "2023-06", "2023-09", "2023-12", "2024-03", "2024-06")
"""Warm requests choose rows until one of these months: the tile is new, the data set is not."""
NAME = "synthetic-bench"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEER = os.environ.get("SETSAIL_BENCH_SPATIAL", "")


def run(size: str) -> list[dict[str, Any]]:
    """One row per number of stations and zoom. size : smoke or full."""
    rows = []
    for count in ROWS[size]:
        with tempfile.TemporaryDirectory(prefix="setsail-bench-") as folder:
            workspace = Path(folder)
            files = make(workspace, count)
            rows += [case(count, workspace, files, z) for z in PLACES]
    return rows


def make(workspace: Path, count: int) -> list[str]:
    """A workspace with that many synthetic stations, and the files that hold them."""
    from setsail import api  # noqa: PLC0415
    from setsail.store.workspace import Workspace  # noqa: PLC0415

    api.data_synthesise(workspace, stations=count, seed=1, name=NAME, recorded_at=NOW, actor="bench")
    with Workspace.open(workspace) as store:
        return [str(path) for path in store.files(store.latest(NAME))]


def case(count: int, workspace: Path, files: list[str], z: int) -> dict[str, Any]:
    """Both sides at one zoom. Raises ValueError where they count differently."""
    ours = side(sys.executable, "ours", {"workspace": str(workspace), "z": z})
    peer = side(PEER, "peer", {"files": files, "z": z, "r": ours["resolution"]}) if PEER else None
    if peer and peer["stations"] != ours["stations"]:
        raise ValueError(f"{count} stations, zoom {z}: {ours['stations']} against {peer['stations']}")
    row: dict[str, Any] = {"case": "request_to_tile", "size": count, "zoom": z, "resolution": ours["resolution"]}
    row |= {"cells": ours["cells"], "kilobytes": ours["kilobytes"], "peer": "DuckDB ST_AsMVT"}
    for key in ("seconds_cold", "seconds_warm", "seconds_again"):
        row[f"{key}_ours"] = ours[key]
    for key in ("seconds_cold", "seconds_warm"):
        row[f"{key}_peer"] = peer[key] if peer else "not run: no spatial extension"
    row["peak_mb_ours"] = ours["peak_mb"]
    row["ratio_warm"] = peer["seconds_warm"] / ours["seconds_warm"] if peer else None
    return row


def side(python: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a fresh process met."""
    command = [python, str(Path(__file__).resolve()), name, json.dumps(arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip()[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def timed(call: Callable[[str], bytes]) -> dict[str, Any]:
    """Seconds of the first call with all months, and the median of calls with others."""
    start = time.perf_counter()
    data = call("")
    cold = time.perf_counter() - start
    warm = []
    for month in MONTHS:
        start = time.perf_counter()
        call(month)
        warm.append(time.perf_counter() - start)
    return {"seconds_cold": cold, "seconds_warm": statistics.median(warm), "kilobytes": len(data) / 1024}


def ours(workspace: str, z: int) -> dict[str, Any]:
    """Requests to the application in this process, after it has started."""
    from tests.web.asgi import Client  # noqa: PLC0415

    from benchmarks.measure import peak_mb  # noqa: PLC0415
    from setsail import api  # noqa: PLC0415
    from setsail.web.app import create_app  # noqa: PLC0415
    from setsail.web.settings import Settings  # noqa: PLC0415

    client = Client(create_app(Settings(Path(workspace), "of a benchmark", demonstration=True, worker=False)))
    version = client.get("/api/v1/map/data").json()[0]["id"]
    x, y = PLACES[z]
    told: dict[str, str] = {}

    def call(until: str) -> bytes:
        path = f"/api/v1/map/data/{NAME}/tiles/{z}/{x}/{y}?v={version}&until={until}"
        answer = client.get(path, headers={"accept-encoding": "gzip", "if-none-match": told.get(until, "")})
        if answer.status_code not in (200, 204, 304):
            raise RuntimeError(answer.text)
        told[until] = answer.headers["etag"]
        return answer.content

    met = timed(call)
    start = time.perf_counter()
    call(MONTHS[-1])
    again = time.perf_counter() - start
    return met | {"seconds_again": again, "peak_mb": peak_mb()} | counted(api, Path(workspace), (z, x, y))


def counted(api: Any, workspace: Path, place: tuple[int, int, int]) -> dict[str, Any]:  # noqa: ANN401 - a module
    """Cells of the tile and the stations in those whose middle lies in it."""
    from setsail.api.map import kept_cubes  # noqa: PLC0415
    from setsail.monitor.maplayers import hexes  # noqa: PLC0415
    from setsail.monitor.maplayers.cube import middles  # noqa: PLC0415
    from setsail.monitor.maplayers.mercator import Tile  # noqa: PLC0415

    tile = Tile(*place)
    version = api.map_data_sets(workspace)[0]["id"]
    cube = kept_cubes().peek(version)
    if cube is None:
        raise RuntimeError("the data set is not in memory")
    drawn = hexes.cells_of(cube, api.map_choice(), tile)
    lon, lat = middles(drawn.cells)
    west, south, east, north = tile.bounds()
    inside = (lon >= west) & (lon < east) & (lat > south) & (lat <= north)
    return {
        "resolution": drawn.resolution, "cells": len(drawn.cells), "stations": int(drawn.sums[inside, 0].sum()),
    }  # fmt: skip


def peer(files: list[str], z: int, r: int) -> dict[str, Any]:
    """The same tile by SQL: cells counted by bits, outlines placed once in a table with an r-tree, ST_AsMVT."""
    import duckdb  # noqa: PLC0415
    import duckdb_extension_spatial as spatial  # type: ignore[import-not-found]  # noqa: PLC0415

    x, y = PLACES[z]
    begun = time.perf_counter()
    connection = duckdb.connect()
    extension = next(Path(spatial.__file__).parent.rglob("*.duckdb_extension"))
    connection.execute(f"LOAD '{extension}'")
    outlines = _outlines(connection, files, r)
    connection.register("outlines_given", outlines)
    connection.execute(
        "CREATE TABLE outlines AS SELECT cell, ST_Transform(ST_GeomFromWKB(wkb), 'EPSG:4326', 'EPSG:3857', "
        "always_xy := true) AS shape, lon, lat FROM outlines_given"
    )
    connection.execute("CREATE INDEX places ON outlines USING RTREE (shape)")
    made = time.perf_counter() - begun
    below, keep = (1 << 3 * (15 - r)) - 1, ((1 << 63) - 1) & ~(15 << 52)
    sql = f"""
        WITH near AS (SELECT cell, shape FROM outlines WHERE ST_Intersects(shape, ST_TileEnvelope({z}, {x}, {y}))),
             counted AS (SELECT (h3 & {keep}) | {r << 52 | below} AS cell, count(*) AS n FROM read_parquet({files})
                         WHERE opened <= ? GROUP BY 1)
        SELECT ST_AsMVT(t, 'cells', 4096, 'geom') FROM (
            SELECT ST_AsMVTGeom(shape, ST_Extent(ST_TileEnvelope({z}, {x}, {y})), 4096, 64, true) AS geom, n
            FROM near JOIN counted USING (cell)) t"""

    def call(until: str) -> bytes:
        found = connection.execute(sql, [f"{until or '2999-01'}-28"]).fetchone()
        return bytes(found[0]) if found and found[0] else b""

    met = timed(call)
    west, south, east, north = _bounds(z, x, y)
    inside = connection.execute(
        f"SELECT coalesce(sum(n), 0) FROM (SELECT (h3 & {keep}) | {r << 52 | below} AS cell, count(*) n "
        f"FROM read_parquet({files}) GROUP BY 1) JOIN outlines USING (cell) "
        "WHERE lon >= ? AND lon < ? AND lat > ? AND lat <= ?",
        [west, east, south, north],
    ).fetchone()
    return met | {"seconds_cold": made + met["seconds_cold"], "stations": int(inside[0]) if inside else 0}


def _outlines(connection: Any, files: list[str], r: int) -> Any:  # noqa: ANN401 - library types
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons  # noqa: PLC0415

    below, keep = (1 << 3 * (15 - r)) - 1, ((1 << 63) - 1) & ~(15 << 52)
    found = connection.execute(
        f"SELECT DISTINCT (h3 & {keep}) | {r << 52 | below} AS cell FROM read_parquet({files})"
    ).fetchnumpy()["cell"]
    cells = pa.array(np.asarray(found).view(np.uint64))
    middle = pa.record_batch(cells_to_coordinates(cells))
    return pa.table(
        {
            "cell": pa.array(np.asarray(found)), "wkb": pa.array(cells_to_wkb_polygons(cells)),
            "lon": middle.column("lng"), "lat": middle.column("lat"),
        }
    )  # fmt: skip


def _bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    from math import atan, degrees, pi, sinh  # noqa: PLC0415

    n = 1 << z
    lat = [degrees(atan(sinh(pi * (1 - 2 * (y + d) / n)))) for d in (0, 1)]
    return x / n * 360 - 180, lat[1], (x + 1) / n * 360 - 180, lat[0]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        given = json.loads(sys.argv[2])
        print(json.dumps(ours(**given) if sys.argv[1] == "ours" else peer(**given)))
    else:
        print(json.dumps(run(os.environ.get("SIZE", "smoke")), indent=1))
