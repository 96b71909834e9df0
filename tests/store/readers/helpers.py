"""What the tests of the readers share: a workspace to read into, and files made on the spot. All data are synthetic."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from setsail.store.ingest import Ingested, Order, ingest
from setsail.store.readers.maps import load_map
from setsail.store.readers.refusals import Policy
from setsail.store.readers.regions import Placer
from setsail.store.workspace import Workspace

RECORDED_AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SITES = "site_id,lon,lat\n"


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    with Workspace.open(folder / "workspace") as workspace:
        yield workspace


def read_in(
    folder: Path,
    file: Path,
    kind: str = "sites",
    column_map: str = "generic",
    *,
    max_rejects: str = "100%",
    constants: Mapping[str, str] | None = None,
    placer: Placer | None = None,
    name: str = "case",
) -> Ingested:
    """Reads a file into the workspace of the test; nearly all rows may be refused unless said otherwise."""
    order = Order(
        file,
        name,
        load_map(column_map, kind).with_constants(constants or {}),
        RECORDED_AT,
        "tester",
        folder / "rejects.csv",
        policy=Policy.parse(max_rejects),
        placer=placer,
        synthetic=True,
    )
    with open_workspace(folder) as workspace:
        return ingest(workspace, order)


def stored(folder: Path, done: Ingested) -> pa.Table:
    """All rows of a data set."""
    with open_workspace(folder) as workspace:
        return pa.concat_tables(pq.read_table(path) for path in workspace.files(done.manifest))


def rejects(folder: Path) -> list[dict[str, str]]:
    """The rows of the rejects file."""
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(folder: Path, text: str | bytes, name: str = "case.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def map_file(folder: Path, text: str) -> str:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def nothing_kept(folder: Path) -> bool:
    """True where the workspace holds no data set, no half-written folder and no left-over file."""
    with open_workspace(folder) as workspace:
        left: Sequence[Path] = [
            path
            for place in ("data", "incoming", "scratch")
            for path in (workspace.root / place).rglob("*")
            if path.is_file()
        ]
        return not workspace.manifests() and not left
