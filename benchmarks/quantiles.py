"""Measurement rows to 1,600 groups with an exact 5th percentile: our engine against bare DuckDB SQL on the same files.

The rows are synthetic, written by the store before the clock runs. Both sides read all of them in each call, and must
find the same figures.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import in_turns

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = {"smoke": 200_000, "full": 40_000_000}
REGIONS, OPERATORS = 400, 4
THRESHOLD_DBM = -105.0
BATCH = 1 << 19
RELATIVE = 1e-12
Figures = list[list[Any]]


def run(size: str) -> list[dict[str, Any]]:
    """One row: seconds and memory of both sides. size : smoke or full."""
    return [main(ROWS[size])]


def main(rows: int = ROWS["full"]) -> dict[str, Any]:
    """Both sides on the same data set of that many rows. Raises ValueError where they disagree."""
    with tempfile.TemporaryDirectory(prefix="setsail-bench-") as folder:
        files = [str(path) for path in make(Path(folder) / "workspace", rows)]
        sides = {name: f"benchmarks.quantiles:{name}" for name in ("ours", "peer")}
        met = in_turns(sides, {"files": files})
    ours, peer = met["ours"], met["peer"]
    require_equal(ours["result"], peer["result"])
    return {
        "case": "exact_p5_by_group",
        "size": rows,
        "groups": len(ours["result"]),
        "peer": "bare DuckDB SQL",
        "seconds_ours_first": ours["seconds_first"],
        "seconds_ours_warm": ours["seconds_warm"],
        "seconds_peer_first": peer["seconds_first"],
        "seconds_peer_warm": peer["seconds_warm"],
        "ratio": round(ours["seconds_warm"] / peer["seconds_warm"], 3),
        "ratio_first": round(ours["seconds_first"] / peer["seconds_first"], 3),
        "peak_mb_ours": ours["peak_mb"],
        "peak_mb_peer": peer["peak_mb"],
        "ratio_memory": round(ours["peak_mb"] / peer["peak_mb"], 3),
    }


def ours(files: list[str]) -> Figures:
    """Figures by the product's own path: engine, expression, Arrow."""
    from setsail.engine import open_engine  # noqa: PLC0415 - imports belong to the first call
    from setsail.monitor.aggregate import Quality, quality_by  # noqa: PLC0415

    with open_engine() as tables:
        rows = tables.read([Path(file) for file in files])
        found = tables.run(quality_by(rows, ["region", "operator"], Quality(THRESHOLD_DBM)))
    return [list(row.values()) for row in found.to_pylist()]


def peer(files: list[str]) -> Figures:
    """The same figures by the shortest SQL, on a DuckDB as it comes."""
    import duckdb  # noqa: PLC0415 - imports belong to the first call

    with duckdb.connect() as connection:
        found = connection.execute(
            """
            SELECT region, operator, count(*), count(rsrp_dbm), count(dl_bps),
                   avg(CASE WHEN rsrp_dbm >= $threshold THEN 1 WHEN rsrp_dbm < $threshold THEN 0 END),
                   avg(dl_bps::DOUBLE), quantile_cont(dl_bps::DOUBLE, 0.05)
            FROM read_parquet($files) GROUP BY ALL ORDER BY ALL
            """,
            {"threshold": THRESHOLD_DBM, "files": files},
        ).fetchall()
    return [list(row) for row in found]


def require_equal(left: Figures, right: Figures) -> None:
    """Raises ValueError where the sides do not tell the same: counts exactly, means and quantiles to 1e-12."""
    if len(left) != len(right):
        raise ValueError(f"{len(left)} and {len(right)} groups")
    for a, b in zip(left, right, strict=True):
        same = a[:5] == b[:5] and all(math.isclose(x, y, rel_tol=RELATIVE) for x, y in zip(a[5:], b[5:], strict=True))
        if not same:
            raise ValueError(f"{a} is not {b}")


def make(root: Path, rows: int) -> list[Path]:
    """Files of a stored data set of synthetic measurements."""
    from setsail.store.workspace import Workspace  # noqa: PLC0415

    batches = _batches(rows)
    first = next(batches)
    with Workspace.open(root) as workspace:
        manifest = workspace.write(
            "measurements",
            "synthetic",
            _chained(first, batches),
            schema=first.schema,
            source="synthetic: made for a benchmark",
            licence="CC0-1.0",
            recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
            actor="benchmark",
            meta={"synthetic": True, "seed": 38901},
        )
        return workspace.files(manifest)


def _chained(first: pa.RecordBatch, others: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from others


def _batches(rows: int) -> Iterator[pa.RecordBatch]:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    rng = np.random.default_rng(38901)
    names = pa.array([f"operator-{index}" for index in range(OPERATORS)])
    for start in range(0, rows, BATCH):
        count = min(BATCH, rows - start)
        operator = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, OPERATORS, count), pa.int8()), names)
        rate = (rng.standard_gamma(2.0, count, dtype=np.float32) * np.float32(40e6)).round()
        yield pa.record_batch(
            {
                "time": pa.array(1_760_000_000_000_000 + (start + np.arange(count)) * 1000, pa.timestamp("us", "UTC")),
                "region": pa.array(rng.integers(0, REGIONS, count), pa.int32()),
                "operator": operator.dictionary_decode(),
                "rsrp_dbm": pa.array(
                    (rng.standard_normal(count, dtype=np.float32) * 12 - 95).round(1).astype(np.float64)
                ),
                "dl_bps": pa.array(rate, mask=rng.random(count) < 0.02),
            }
        )


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
