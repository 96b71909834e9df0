"""One made-up country of measurements and cells, and the engines that must agree on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from h3ronpy.vector import coordinates_to_cells

from setsail.engine import open_engine
from setsail.store import parquet
from setsail.store.expressions import Tables
from setsail.store.workspace import Workspace
from tests.engine.sail import CLUSTER, serving

AT = datetime(2026, 1, 2, tzinfo=UTC)
ROWS = 40_000
FILES = 4
SCHEMA = pa.schema(
    [
        ("province", pa.string()), ("operator", pa.string()), ("band", pa.string()), ("site_id", pa.string()),
        ("h3", pa.int64()), ("rsrp_dbm", pa.float64()), ("dl_bps", pa.float32()), ("devices", pa.int32()),
        ("time", pa.timestamp("us", "UTC")), ("day", pa.date32()), ("nr", pa.bool_()),
    ]
)  # fmt: skip


def _rows(rng: np.random.Generator, count: int) -> pa.RecordBatch:
    lon, lat = rng.uniform(100, 120, count), rng.uniform(22, 40, count)
    cells = pa.array(coordinates_to_cells(lat, lon, 9)).to_numpy(zero_copy_only=False).astype(np.int64)
    province = rng.choice(["110000", "310000", "440000", "650000"], count, p=[0.5, 0.3, 0.195, 0.005])
    rate = rng.gamma(2, 40e6, count).astype(np.float32)
    columns = [
        pa.array(province, mask=rng.random(count) < 0.01), pa.array(rng.choice(["East", "West"], count)),
        pa.array(rng.choice(["n1", "n28", "n78"], count)), pa.array(rng.integers(0, 900, count).astype(str)),
        pa.array(cells), pa.array(rng.normal(-95, 12, count).clip(-156, -31), mask=rng.random(count) < 0.1),
        pa.array(rate, mask=rng.random(count) < 0.2), pa.array(rng.integers(0, 5, count), pa.int32()),
        pa.array(1_760_000_000_000_000 + rng.integers(0, 10**13, count), pa.timestamp("us", "UTC")),
        pa.array(rng.integers(20_000, 20_100, count), pa.int32()).cast(pa.date32()), pa.array(rng.random(count) < 0.5),
    ]  # fmt: skip
    return pa.record_batch(columns, schema=SCHEMA)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Parquet files of a stored data set; several, so that several workers have work."""
    rng = np.random.default_rng(38901)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "GROUP_ROWS", ROWS // FILES // 2)
        patch.setattr(parquet, "FILE_ROWS", ROWS // FILES)
        with Workspace.open(tmp_path_factory.mktemp("engines") / "workspace") as workspace:
            manifest = workspace.write(
                "measurements", "drive", iter([_rows(rng, ROWS)]), schema=SCHEMA, source="made for a test",
                licence="CC0-1.0", recorded_at=AT, actor="tester", meta={"synthetic": True},
            )  # fmt: skip
            found = workspace.files(manifest)
    assert len(found) == FILES
    return found


@pytest.fixture(scope="session")
def embedded() -> Iterator[Tables]:
    with open_engine() as tables:
        yield tables


@pytest.fixture(scope="session", params=["server", "cluster of two workers"])
def distributed(request: pytest.FixtureRequest) -> Iterator[Tables]:
    """A Sail server on loopback: by itself, and as a cluster of two workers that exchange rows by RPC."""
    pytest.importorskip("pysail", reason="the extra 'sail' is not installed; try: uv sync --extra sail")
    with ExitStack() as stack:
        address = stack.enter_context(serving(CLUSTER if "cluster" in request.param else {}))
        yield stack.enter_context(open_engine(address))
