from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio

from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.radio.coverage import study as studies
from setsail.radio.coverage import twin
from setsail.radio.coverage.arrays import DB_PER_LOG2
from setsail.radio.coverage.block import PRODUCTS
from setsail.radio.coverage.grid import Block
from setsail.radio.coverage.study import PARTIAL, SUMMARY, require_memory, run
from tests.radio.coverage.samples import SMALL, R, Serial, T, contents, network, pixel_centres, small_study


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished")
    run(small_study(), out, Serial())
    return out


class Failing(Serial):
    """An engine on which one block raises where it is computed."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def map(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        for block in blocks:
            bad = block.block.name in self.names  # type: ignore[attr-defined]
            yield from super().map(work, [replace(block, layers=("not a layer",)) if bad else block])  # type: ignore[type-var]


def test_rasters_hold_what_the_reference_computes_with_every_mast(finished: Path, tmp_path: Path) -> None:
    options = replace(SMALL, reach_low_m=50_000.0, reach_high_m=50_000.0)
    made = small_study(options=options)
    run(made, tmp_path, Serial())
    (carrier,) = made.carriers
    east, north = pixel_centres(made.grid)
    best, others, who, count = twin.raster(
        carrier, east.ravel(), north.ravel(), np.arange(len(carrier.place_m)),
        threshold_log2=options.threshold_dbm / DB_PER_LOG2,
    )  # fmt: skip
    rsrp = best * DB_PER_LOG2
    sinr = rsrp - 10 * np.log10(others + 10 ** (carrier.noise_re_dbm / 10))
    got = {p.name: _read(tmp_path, p.name).ravel() for p in PRODUCTS}
    assert np.abs(got["rsrp"] * 0.01 - rsrp).max() <= 0.011
    assert np.abs(got["sinr"] * 0.01 - sinr).max() <= 0.016
    assert np.mean(got["best_server"] != carrier.cell[who]) < 1e-3
    assert np.mean(got["servers"] != count) < 1e-3


def test_interference_left_out_is_never_more_than_the_bound_told(finished: Path, tmp_path: Path) -> None:
    """The same masts with a reach over everything: no pixel loses more SINR than the summary allows."""
    options = replace(SMALL, reach_low_m=1_000.0, reach_high_m=1_500.0)
    run(small_study(network(40), options), tmp_path / "near", Serial())
    run(
        small_study(network(40), replace(SMALL, reach_low_m=90_000.0, reach_high_m=90_000.0)),
        tmp_path / "all",
        Serial(),
    )
    near, whole = _read(tmp_path / "near", "sinr") * 0.01, _read(tmp_path / "all", "sinr") * 0.01
    same = _read(tmp_path / "near", "best_server") == _read(tmp_path / "all", "best_server")
    bound = json.loads((tmp_path / "near" / SUMMARY).read_text())["interference_left_out"]
    lost = (near - whole)[same]
    assert 0.05 < lost.max() <= bound["max_db"] + 0.02
    assert lost.mean() <= bound["mean_db"] + 0.02
    told = json.loads((tmp_path / "all" / SUMMARY).read_text())["interference_left_out"]
    assert told["max_db"] == pytest.approx(0.0, abs=1e-6)


def test_outputs_are_cloud_optimised_with_scale_nodata_overviews_and_a_named_system(tmp_path: Path) -> None:
    run(small_study(options=replace(SMALL, block_px=512), resolution_m=10.0), tmp_path, Serial())
    for product in PRODUCTS:
        with rasterio.open(tmp_path / f"{product.name}.tif") as file:
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert file.crs.to_string() == "EPSG:32650"
            assert (file.dtypes[0], file.scales[0], file.nodata) == (product.dtype, product.scale, product.nodata)
            assert file.overviews(1)
            assert file.res == (10.0, 10.0)
            assert file.transform.c % 10.0 == 0.0


def test_the_summary_counts_what_the_rasters_hold(finished: Path) -> None:
    told = json.loads((finished / SUMMARY).read_text())
    every = _read(finished, "rsrp") * 0.01
    rsrp = every[every > -327]
    results = told["results"]["rsrp"]
    assert (results["min"], results["max"]) == (pytest.approx(rsrp.min()), pytest.approx(rsrp.max()))
    assert results["mean"] == pytest.approx(rsrp.mean(), abs=1e-5)
    assert results["share_of_area_at_or_above"]["-100"] == pytest.approx(np.mean(every >= -100), abs=1e-6)
    assert results["percentiles"]["p50"] == pytest.approx(np.quantile(rsrp, 0.5, method="inverted_cdf"), abs=1e-6)
    cells = pq.ParquetFile(finished / "cells.parquet").read()
    best = _read(finished, "best_server")
    assert cells["pixels"].to_pylist() == np.bincount(best[best >= 0], minlength=len(cells)).tolist()
    blocks = pq.ParquetFile(finished / "blocks.parquet").read()
    assert sum(blocks["covered_pixels"].to_pylist()) == np.sum(best >= 0)
    assert set(blocks["state"].to_pylist()) == {"done"}
    assert told["code_version"] == studies.code_version()
    assert len(told["inputs_sha256"]["cells used"]) == 64


def test_the_same_run_gives_the_same_bytes_and_computes_nothing_again(finished: Path, tmp_path: Path) -> None:
    run(small_study(), tmp_path, Serial())
    before = contents(tmp_path)
    assert before == contents(finished)
    again = run(small_study(), tmp_path, Serial())
    assert (again.computed, again.failed) == (0, 0)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("change", ["tilt", "power", "moved", "added"])
def test_an_update_after_a_change_of_one_site_equals_a_full_run_byte_by_byte(
    finished: Path, tmp_path: Path, change: str
) -> None:
    changed = _changed(network(), change)
    full = run(small_study(changed), tmp_path / "full", Serial())
    quick = run(small_study(changed), tmp_path / "quick", Serial(), update=finished)
    assert 0 < quick.computed < full.computed
    assert quick.reused == full.computed - quick.computed
    assert contents(tmp_path / "quick") == contents(tmp_path / "full")


def test_an_update_into_its_own_folder_equals_a_full_run(finished: Path, tmp_path: Path) -> None:
    changed = _changed(network(), "tilt")
    run(small_study(), tmp_path / "a", Serial())
    run(small_study(changed), tmp_path / "a", Serial())
    run(small_study(changed), tmp_path / "b", Serial())
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_an_altered_earlier_run_is_not_trusted(finished: Path, tmp_path: Path) -> None:
    run(small_study(), tmp_path / "old", Serial())
    with (tmp_path / "old" / "rsrp.tif").open("r+b") as file:
        file.seek(-20, 2)
        file.write(b"\0" * 20)
    again = run(small_study(), tmp_path / "new", Serial(), update=tmp_path / "old")
    assert again.reused == 0
    assert contents(tmp_path / "new") == contents(finished)


def test_a_folder_without_a_run_cannot_be_updated(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no finished run.*summary\.json"):
        run(small_study(), tmp_path / "new", Serial(), update=tmp_path)


def test_a_block_that_raises_is_a_finding_and_the_rest_is_kept(finished: Path, tmp_path: Path) -> None:
    bad = Block(32, 32, 32, 32).name
    got = run(small_study(), tmp_path, Failing(bad))
    assert got.failed == 1
    (finding,) = [f for f in got.summary["findings"] if f["code"] == "block-failed"]
    assert finding["where"] == f"block {bad}"
    assert "AttributeError" in finding["what"]
    kept, whole = _read(tmp_path, "rsrp"), _read(finished, "rsrp")
    hole = np.zeros(kept.shape, dtype=bool)
    hole[32:64, 32:64] = True
    assert np.all(kept[hole] == -32768)
    np.testing.assert_array_equal(kept[~hole], whole[~hole])
    mended = run(small_study(), tmp_path, Serial())
    assert (mended.computed, mended.failed) == (1, 0)
    assert contents(tmp_path) == contents(finished)


def test_a_run_where_every_block_raises_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    made = small_study()
    names = [b.name for b in made.grid.blocks(SMALL.block_px)]
    with pytest.raises(NotComputable, match="every block failed, the first with AttributeError"):
        run(made, tmp_path, Failing(*names))
    assert [p.name for p in tmp_path.iterdir()] == [PARTIAL]


def test_a_run_stopped_between_blocks_goes_on_where_it_was(finished: Path, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int, pixels: int) -> None:
        if done == 5:
            raise Stopped

    with pytest.raises(Stopped):
        run(small_study(), tmp_path, Serial(), progress=stop)
    assert not (tmp_path / SUMMARY).exists()
    went_on = run(small_study(), tmp_path, Serial())
    assert went_on.reused == 5
    assert contents(tmp_path) == contents(finished)


def test_a_block_file_cut_short_is_computed_again(finished: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int, pixels: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(small_study(), tmp_path, Serial(), progress=stop)
    first = min((tmp_path / PARTIAL / "blocks").glob("*.block"))
    first.write_bytes(first.read_bytes()[:-7])
    assert run(small_study(), tmp_path, Serial()).reused == 2
    assert contents(tmp_path) == contents(finished)


def test_two_carriers_do_not_interfere_and_the_better_one_serves(tmp_path: Path) -> None:
    n = 36
    both = network(frequency_hz=np.where(np.arange(n) < 18, 3.5e9, 2.6e9))
    run(small_study(both), tmp_path / "both", Serial())
    for name, rows in (("high", slice(0, 18)), ("low", slice(18, n))):
        part = both.take(pa.array(np.arange(n)[rows]))
        run(small_study(part), tmp_path / name, Serial())
    rsrp = {name: _read(tmp_path / name, "rsrp").astype(int) for name in ("both", "high", "low")}
    np.testing.assert_array_equal(rsrp["both"], np.maximum(rsrp["high"], rsrp["low"]))
    sinr = {name: _read(tmp_path / name, "sinr") for name in ("both", "high", "low")}
    won = rsrp["high"] > rsrp["low"]
    np.testing.assert_array_equal(sinr["both"][won], sinr["high"][won])
    servers = {name: _read(tmp_path / name, "servers").astype(int) for name in ("both", "high", "low")}
    heard = {name: np.where(values == 255, 0, values) for name, values in servers.items()}
    np.testing.assert_array_equal(heard["both"], heard["high"] + heard["low"])


def test_a_grid_beyond_the_memory_allowed_is_refused_with_the_need() -> None:
    made = small_study()
    need = require_memory(made.grid, 36, SMALL, workers=1)
    require_memory(made.grid, 36, replace(SMALL, memory_bytes=float(need)), workers=1)
    with pytest.raises(OutOfRange, match=rf"need {need / 1e9:.3g} GB.*allowed: up to"):
        require_memory(made.grid, 36, replace(SMALL, memory_bytes=need - 1.0), workers=1)


def test_a_raster_beyond_the_free_disk_is_refused_with_the_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(OutOfRange, match=r"GB of disk"):
        run(small_study(), tmp_path, Serial())


def _changed(table: pa.Table, change: str) -> pa.Table:
    """The network with the mast of its first three cells changed, or with one more."""
    columns = {name: np.array(table[name].to_pylist()) for name in table.column_names}
    if change == "added":
        extra = {name: values[:3] for name, values in columns.items()}
        extra["cell_id"] = np.array(["synthetic-new-1", "synthetic-new-2", "synthetic-new-3"])
        extra["lon"], extra["lat"] = extra["lon"] * 0 + 116.352, extra["lat"] * 0 + 39.962
        return pa.table({name: np.concatenate([columns[name], extra[name]]) for name in columns})
    name, shift = {"tilt": ("tilt_deg", 2.0), "power": ("eirp_re_dbm", -3.0), "moved": ("lon", 0.002)}[change]
    columns[name][:3] += shift
    return pa.table(columns)


def _read(folder: Path, name: str) -> np.ndarray:
    with rasterio.open(folder / f"{name}.tif") as file:
        return np.asarray(file.read(1))
