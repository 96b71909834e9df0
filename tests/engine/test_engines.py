"""The same expressions on each engine give equal answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from h3ronpy import change_resolution

from setsail.base.errors import BadInput, MissingExtra, NotComputable, OutOfRange
from setsail.base.extras import require
from setsail.engine import open_engine
from setsail.monitor.aggregate import Quality, activity_by, quality_by, stations_by, suppressed
from setsail.store.expressions import Tables, exact_quantile, h3_parent, share

KEYS = ["province", "operator"]
QUALITY = Quality(threshold_dbm=-100.0)
RELATIVE = 1e-12
"""Sums run in another order on each engine: the last bits may differ, nothing more."""

Study = Callable[[ir.Table], ir.Table]


def _hexes(rows: ir.Table) -> ir.Table:
    return (
        rows.mutate(r7=h3_parent(rows.h3, 9, 7), r3=h3_parent(rows.h3, 9, 3))
        .group_by("r3")
        .aggregate(n=ibis._.count(), r7=ibis._.r7.nunique(), last=ibis._.time.max(), day=ibis._.day.min())
        .order_by("r3")
    )


def _quantiles(rows: ir.Table) -> ir.Table:
    told = {f"q{round(q * 1000)}": exact_quantile(rows.dl_bps, q) for q in (0.0, 0.001, 0.05, 0.5, 0.95, 1.0)}
    return rows.group_by(*KEYS, "band").aggregate(**told, nr=share(rows.nr)).order_by(*KEYS, "band")


def _private(rows: ir.Table) -> ir.Table:
    keys = ["province", "operator", "band"]
    return suppressed(activity_by(rows, keys, "devices"), keys, k=140, within=["province"])


STUDIES: dict[str, Study] = {
    "stations": lambda rows: stations_by(rows, [*KEYS, "band"]),
    "quality": lambda rows: quality_by(rows, KEYS, QUALITY),
    "quality of nothing": lambda rows: quality_by(rows.filter(rows.operator == "nobody"), KEYS, QUALITY),
    "H3 parents": _hexes,
    "exact quantiles": _quantiles,
    "suppressed activity": _private,
}


def _require_equal(ours: pa.Table, theirs: pa.Table) -> None:
    assert ours.column_names == theirs.column_names
    assert ours.num_rows == theirs.num_rows
    for name in ours.column_names:
        left, right = ours[name].to_pylist(), theirs[name].to_pylist()
        if pa.types.is_floating(ours[name].type):
            assert right == pytest.approx(left, rel=RELATIVE, abs=0), name
        else:
            assert right == left, name


@pytest.mark.parametrize("study", STUDIES)
def test_engines_agree_on_a_study(study: str, files: list[Path], embedded: Tables, distributed: Tables) -> None:
    ours, theirs = (tables.run(STUDIES[study](tables.read(files))) for tables in (embedded, distributed))
    assert study == "quality of nothing" or ours.num_rows > 5
    _require_equal(ours, theirs)
    assert ours.schema.types == theirs.schema.types


def test_engines_agree_on_a_join_with_rows_of_the_caller(
    files: list[Path], embedded: Tables, distributed: Tables
) -> None:
    people = pa.table({"province": ["110000", "310000"], "residents": pa.array([21_893_095, 24_870_895], pa.int64())})

    def per_head(tables: Tables) -> pa.Table:
        counted = stations_by(tables.read(files), ["province"]).join(tables.given(people), "province")
        return tables.run(counted.mutate(rate=counted.n * 10_000 / counted.residents).order_by("province"))

    ours = per_head(embedded)
    assert ours.num_rows == 2
    _require_equal(ours, per_head(distributed))


def test_engines_read_no_more_than_the_files_they_are_given(
    files: list[Path], embedded: Tables, distributed: Tables
) -> None:
    counts = [
        tables.run(tables.read(files[:1]).aggregate(n=ibis._.count())).to_pylist() for tables in (embedded, distributed)
    ]
    assert counts[0] == counts[1] == [{"n": 10_000}]


def test_server_that_cannot_see_a_file_is_refused_and_counts_no_zero(
    files: list[Path], distributed: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path leads each process to its own folder: ours holds the file, the server's does not."""
    monkeypatch.chdir(files[0].parent)
    unseen = Path("/proc/self/cwd") / files[0].name
    assert unseen.is_file()
    with pytest.raises(NotComputable, match="sees 0 of 10000 rows"):
        distributed.read([unseen])
    with pytest.raises(NotComputable, match="sees 10000 of 20000 rows"):
        distributed.read([files[1], unseen])


def test_file_that_is_no_parquet_is_told(embedded: Tables, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(NotComputable, match="duckdb"):
        embedded.run(embedded.read([tmp_path / "x.parquet"]))


def test_parents_are_those_of_the_h3_library(files: list[Path], embedded: Tables) -> None:
    rows = embedded.read(files[:1])
    for resolution in range(10):
        found = embedded.run(rows.select("h3", parent=h3_parent(rows.h3, 9, resolution)))
        cells = found["h3"].combine_chunks().to_numpy().astype(np.uint64)
        expected = pa.array(change_resolution(cells, resolution)).to_numpy(zero_copy_only=False)
        np.testing.assert_array_equal(found["parent"].to_numpy(), expected.astype(np.int64))


@pytest.mark.parametrize(("low", "high"), [(9, 10), (9, -1), (16, 3)])
def test_parent_that_is_finer_or_no_resolution_is_refused(low: int, high: int) -> None:
    with pytest.raises(OutOfRange):
        h3_parent(ibis.table({"h3": "int64"}).h3, low, high)


@pytest.mark.parametrize("q", [-0.01, 1.01, float("nan")])
def test_quantile_outside_its_range_is_refused(q: float) -> None:
    with pytest.raises(OutOfRange):
        exact_quantile(ibis.table({"x": "float64"}).x, q)


def test_quantile_is_that_of_numpy(files: list[Path], embedded: Tables) -> None:
    rows = embedded.read(files)
    found = embedded.run(rows.aggregate(low=exact_quantile(rows.dl_bps, 0.05)))["low"].to_pylist()
    values = embedded.run(rows.select("dl_bps"))["dl_bps"].drop_null().to_numpy().astype(np.float64)
    assert found == pytest.approx([np.quantile(values, 0.05, method="linear")], rel=RELATIVE)


@pytest.mark.parametrize("address", ["spark://h:1", "http://h", "", "DuckDB"])
def test_unknown_address_is_refused_with_the_known_ones(address: str) -> None:
    with pytest.raises(BadInput, match="sc://host:port"):
        open_engine(address)


def test_address_where_nobody_answers_is_bad_input() -> None:
    pytest.importorskip("pyspark", reason="the extra 'sail' is not installed; try: uv sync --extra sail")
    with pytest.raises(BadInput, match=r"sc://127\.0\.0\.1:1"):
        open_engine("sc://127.0.0.1:1")


def test_missing_client_is_named_with_its_command() -> None:
    with pytest.raises(MissingExtra, match="uv sync --extra sail"):
        require("pyspark_that_is_not_there", "sail")
