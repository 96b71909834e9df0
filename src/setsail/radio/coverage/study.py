"""A coverage raster from a table of cells to files: plan the blocks, reuse what is known, compute, write, sum up."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from setsail import __version__
from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.radio.coverage import rasters as files_of
from setsail.radio.coverage.arrays import Carrier, carriers
from setsail.radio.coverage.block import PRODUCTS, Layer, Raster, Task, compute, layer, task
from setsail.radio.coverage.cells import Cells, Finding
from setsail.radio.coverage.grid import Block, Grid
from setsail.radio.coverage.ledger import Ledger
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.rates import SpectralEfficiency, attenuated_shannon, downlink_table, uplink_table
from setsail.radio.coverage.reach import left_out_mw, reaches_m
from setsail.radio.coverage.results import Tally, block_row

T = TypeVar("T")
R = TypeVar("R")
PARTIAL = ".partial"
SUMMARY, BLOCKS, CELLS = "summary.json", "blocks.parquet", "cells.parquet"
PIXEL_BYTES = sum(np.dtype(p.dtype).itemsize for p in PRODUCTS)
WORK_BYTES = 60
"""Per pixel of a block in work: tiles, floats and integers."""
CELL_BYTES, BLOCK_BYTES = 1_000, 4_000
SCALE_TOLD = 0.01
Progress = Callable[[int, int, int], None]
"""Called with blocks done, blocks in all and pixels computed so far."""


class Engine(Protocol):
    """Where blocks are computed: each block comes back with its result or its error, in any order."""

    @property
    def workers(self) -> int:
        """Blocks computed at one time."""

    def map(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each block with its outcome."""


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a raster depends on, ready to run."""

    grid: Grid
    cells: Cells
    options: CoverageOptions
    carriers: tuple[Carrier, ...]
    reaches_m: tuple[F64, ...]
    layers: tuple[Layer, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)

    def tasks(self) -> Iterator[Task]:
        """The blocks with what reaches them, row by row."""
        for block in self.grid.blocks(self.options.block_px):
            yield task(self.grid, block, self.layers, self.options.threshold_dbm, code_version())


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome: the summary as written, and how the blocks came about (not part of the files)."""

    summary: Mapping[str, Any]
    computed: int
    reused: int
    failed: int


def study(
    cells: Cells,
    grid: Grid,
    options: CoverageOptions,
    *,
    findings: Sequence[Finding] = (),
    downlink: SpectralEfficiency | None = None,
    uplink: SpectralEfficiency | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Study:
    """A raster ready to run. downlink, uplink : spectral efficiency by SINR; inputs : hashes of files, by name.

    Raises OutOfRange: rates above what a raster holds, or more memory than `options.memory_bytes`, with the need.
    """
    require_memory(grid, len(cells), options, workers=1)
    dl, ul = downlink or attenuated_shannon("dl"), uplink or attenuated_shannon("ul")
    found = list(findings)
    made = carriers(cells, grid, options)
    found.extend(_told(cells, grid, made))
    reach = tuple(reaches_m(one, options) for one in made)
    layers = tuple(
        layer(one, r, cells.conducted_re_dbm, downlink_table(one, options, dl), uplink_table(one, options, ul))
        for one, r in zip(made, reach, strict=True)
    )
    return Study(
        grid,
        cells,
        options,
        made,
        reach,
        layers,
        tuple(found),
        {"downlink": dl.source, "uplink": ul.source},
        inputs or {},
    )


def require_memory(grid: Grid, cells: int, options: CoverageOptions, *, workers: int) -> int:
    """Bytes that a run holds at most. Raises OutOfRange with that number where it is more than allowed."""
    blocks, side = grid.count(options.block_px), options.block_px
    in_work = min(blocks, 4 * workers) * side * side * WORK_BYTES
    need = in_work + cells * CELL_BYTES + blocks * BLOCK_BYTES + 512_000_000
    if need > options.memory_bytes:
        raise OutOfRange(
            f"{grid.width} x {grid.height} pixels and {cells} cells need {need / 1e9:.3g} GB",
            where="memory", allowed=f"up to {options.memory_bytes / 1e9:g} GB",
            hint="a coarser --resolution, a smaller --bbox, or a larger --memory",
        )  # fmt: skip
    return need


def run(made: Study, out: Path, engine: Engine, *, update: Path | None = None, progress: Progress | None = None) -> Run:
    """Computes what is not known yet and writes the outputs into `out`; a killed run is taken up by the same call.

    update : folder of an earlier run whose unchanged blocks are taken over, beside those of `out` itself.
    Raises BadInput, OutOfRange (memory, disk), NotComputable where every block failed.
    """
    require_memory(made.grid, len(made.cells), made.options, workers=engine.workers)
    _require_disk(made.grid, out)
    partial = out / PARTIAL
    ledger = Ledger(partial / "blocks")
    earlier = [e for e in map(_earlier, dict.fromkeys([*([update] if update else []), out])) if e]
    if update and not (update / SUMMARY).is_file():
        raise BadInput("holds no finished run", where=str(update), allowed=f"a folder with {SUMMARY}")
    reused, wanted = 0, []
    keys: dict[Block, tuple[str, int]] = {}
    for one in made.tasks():
        keys[one.block] = one.key, one.sectors
        if _known(one, ledger, earlier):
            reused += 1
        else:
            wanted.append(one.block)
    failures = _compute(made, wanted, ledger, engine, reused=reused, progress=progress)
    if failures and len(failures) == made.grid.count(made.options.block_px):
        first = next(iter(failures.values()))
        raise NotComputable(
            f"every block failed, the first with {type(first).__name__}: {first}", where="raster"
        ) from first
    summary = _write(made, out, ledger, keys, failures)
    return Run(summary, len(wanted) - len(failures), reused, len(failures))


def _known(one: Task, ledger: Ledger, earlier: Sequence[tuple[Path, dict[tuple[int, int], str]]]) -> bool:
    """True when the block is in the ledger, or could be brought there from an earlier run."""
    if ledger.read(one) is not None:
        return True
    for folder, keys in earlier:
        if keys.get((one.block.row, one.block.col)) == one.key:
            ledger.write(one, files_of.read(folder, one.block))
            return True
    return False


def _compute(
    made: Study, wanted: Sequence[Block], ledger: Ledger, engine: Engine, *, reused: int, progress: Progress | None
) -> dict[Block, Exception]:
    """Computes blocks into the ledger; returns those that failed."""
    failures: dict[Block, Exception] = {}
    tasks = (task(made.grid, b, made.layers, made.options.threshold_dbm, code_version()) for b in wanted)
    total, pixels = reused + len(wanted), 0
    if progress:
        progress(reused, total, 0)
    for done, (one, outcome) in enumerate(engine.map(compute, tasks), start=1):
        if isinstance(outcome, Exception):
            failures[one.block] = outcome
        else:
            ledger.write(one, outcome)
        pixels += one.block.height * one.block.width
        if progress:
            progress(reused + done, total, pixels)
    return failures


def _write(
    made: Study, out: Path, ledger: Ledger, keys: Mapping[Block, tuple[str, int]], failures: Mapping[Block, Exception]
) -> dict[str, Any]:
    """Writes all outputs beside their places, then moves them there; the summary comes last and marks the run done."""
    partial = out / PARTIAL
    tally, rows = Tally(len(made.cells)), []
    bound, side = _left_out(made)
    with files_of.Rasters(partial / "files", made.grid, "Set Sail outdoor coverage") as opened:
        for block, (key, sectors) in keys.items():
            rasters = _block(made, block, ledger, failed=block in failures)
            opened.write(block, rasters)
            tally.add(rasters, _spread(bound, side, made.grid, block))
            state = "failed" if block in failures else "done"
            rows.append(block_row(block, "" if block in failures else key, sectors, rasters, state))
        paths = opened.publish()
    paths += [_blocks_file(partial / "files" / BLOCKS, rows), _cells_file(partial / "files" / CELLS, made, tally)]
    summary = _summary(made, tally, failures, {p.name: _sha256(p) for p in paths})
    _move(paths, out, summary)
    return summary


def _block(made: Study, block: Block, ledger: Ledger, *, failed: bool) -> dict[str, Raster]:
    if not failed:
        found = ledger.read(task(made.grid, block, made.layers, made.options.threshold_dbm, code_version()))
        if found is not None:
            return found
        raise NotComputable("was lost while the run went on", where=f"block {block.name}", hint="run again")
    return {p.name: np.full((block.height, block.width), p.nodata, dtype=p.dtype) for p in PRODUCTS}


def _left_out(made: Study) -> tuple[F64, float]:
    """Largest bound of any carrier [mW] on squares over the grid."""
    least = 16 * made.grid.resolution_m
    found = [left_out_mw(c, r, made.grid.bounds_m, least) for c, r in zip(made.carriers, made.reaches_m, strict=True)]
    side = max(s for _, s in found)
    if any(s != side for _, s in found):
        found = [
            left_out_mw(c, r, made.grid.bounds_m, side) for c, r in zip(made.carriers, made.reaches_m, strict=True)
        ]
        side = max(s for _, s in found)
    return np.max([f for f, _ in found], axis=0), side


def _spread(bound: F64, side: float, grid: Grid, block: Block) -> F64:
    """The bound at the pixels of a block."""
    i = ((block.row + np.arange(block.height) + 0.5) * grid.resolution_m / side).astype(int)
    j = ((block.col + np.arange(block.width) + 0.5) * grid.resolution_m / side).astype(int)
    return np.asarray(bound[np.ix_(i, j)])


def _told(cells: Cells, grid: Grid, made: Sequence[Carrier]) -> Iterator[Finding]:
    """What the geometry and the carriers give cause to say."""
    _, scale = grid.convergence_deg(cells.lon, cells.lat)
    worst = float(np.max(np.abs(scale - 1)))
    if worst > SCALE_TOLD:
        yield Finding(
            "scale", grid.crs, f"distances in this system are off by up to {worst:.1%}; choose one made for the place"
        )
    spans = sorted((c.frequency_hz - c.bandwidth_hz / 2, c.frequency_hz + c.bandwidth_hz / 2) for c in made)
    if any(low < top - 1.0 for (_, top), (low, _) in pairwise(spans)):
        yield Finding("carriers-overlap", "frequency_hz", "carriers of different centre or width overlap; "
                      "interference between them is not counted")  # fmt: skip


def _earlier(folder: Path) -> tuple[Path, dict[tuple[int, int], str]] | None:
    """Keys of the blocks of an earlier run, where its files are as its summary says."""
    try:
        told = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        outputs = told["outputs_sha256"]
        if any(_sha256(folder / name) != value for name, value in outputs.items()):
            return None
        rows = pq.ParquetFile(folder / BLOCKS).read(["row", "col", "key"]).to_pylist()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return folder, {(r["row"], r["col"]): r["key"] for r in rows if r["key"]}


def _require_disk(grid: Grid, out: Path) -> None:
    """Raises OutOfRange where the disk cannot take the rasters twice."""
    home = next(p for p in (out, *out.parents) if p.exists())
    need, free = 2 * grid.pixels * PIXEL_BYTES, shutil.disk_usage(home).free
    if need > free:
        raise OutOfRange(
            f"{grid.width} x {grid.height} pixels need {need / 1e9:.3g} GB of disk", where=str(out),
            allowed=f"up to the {free / 1e9:.3g} GB that are free", hint="a coarser --resolution or a smaller --bbox",
        )  # fmt: skip


def _blocks_file(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    numbers = {"mean_rsrp_dbm", "mean_sinr_db", "mean_dl_rate_bps", "mean_ul_rate_bps"}
    kinds = {"key": pa.string(), "state": pa.string(), **dict.fromkeys(numbers, pa.float64())}
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(list(rows), schema), path, compression="zstd")
    return path


def _cells_file(path: Path, made: Study, tally: Tally) -> Path:
    served, area, mean = tally.cells((made.grid.resolution_m / 1e3) ** 2)
    c = made.cells
    table = pa.table({
        "best_server": np.arange(len(c), dtype=np.int32), "cell_id": pa.array(c.cell_id.tolist(), pa.string()),
        "lon": c.lon, "lat": c.lat, "azimuth_deg": c.azimuth_deg, "frequency_hz": c.frequency_hz,
        "bandwidth_hz": c.bandwidth_hz, "pixels": served, "area_km2": area,
        "mean_rsrp_dbm": pa.array(mean, mask=np.isnan(mean)),
    })  # fmt: skip
    pq.write_table(table, path, compression="zstd")
    return path


def _summary(
    made: Study, tally: Tally, failures: Mapping[Block, Exception], outputs: Mapping[str, str]
) -> dict[str, Any]:
    grid = made.grid
    failed = [Finding("block-failed", f"block {b.name}", f"{type(e).__name__}: {e}") for b, e in sorted(
        failures.items(), key=lambda item: (item[0].row, item[0].col))]  # fmt: skip
    return {
        "kind": "radio-coverage",
        "grid": {**asdict(grid), "bounds_m": list(grid.bounds_m), "pixels": grid.pixels,
                 "area_km2": round(grid.pixels * (grid.resolution_m / 1e3) ** 2, 6)},
        "cells": len(made.cells),
        "carriers": [{"frequency_hz": c.frequency_hz, "bandwidth_hz": c.bandwidth_hz, "scs_hz": c.scs_hz,
                      "sites": len(c.place_m), "cells": len(c.cell), "noise_re_dbm": round(c.noise_re_dbm, 6)}
                     for c in made.carriers],
        "options": asdict(made.options),
        "covered_share": round(tally.covered / grid.pixels, 6),
        "results": tally.record(),
        "interference_left_out": tally.left_out(),
        "reach_m": {"min": round(float(min(r.min() for r in made.reaches_m)), 3),
                    "max": round(float(max(r.max() for r in made.reaches_m)), 3)},
        "rates_source": dict(made.sources),
        "findings": [f.record() for f in (*made.findings, *failed)],
        "inputs_sha256": {**made.inputs, "cells used": made.cells.digest()},
        "outputs_sha256": dict(outputs),
        "code_version": code_version(),
    }  # fmt: skip


def _move(paths: Sequence[Path], out: Path, summary: Mapping[str, Any]) -> None:
    (out / SUMMARY).unlink(missing_ok=True)
    for path in paths:
        path.replace(out / path.name)
    temporary = out / PARTIAL / SUMMARY
    temporary.write_text(json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    temporary.replace(out / SUMMARY)
    shutil.rmtree(out / PARTIAL)


@cache
def code_version() -> str:
    """Version of the product and a hash of the code that makes the pixels."""
    told = hashlib.sha256()
    for name in ("arrays.py", "block.py", "kernels.py", "rates.py", "reach.py"):
        told.update(files("setsail.radio.coverage").joinpath(name).read_bytes())
    told.update(files("setsail.radio.pathloss").joinpath("formulas.py").read_bytes())
    return f"{__version__}+{told.hexdigest()[:12]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
