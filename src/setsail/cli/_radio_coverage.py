"""`setsail radio coverage | coverage-columns`: outdoor rasters of best server, RSRP, SINR, servers and rates."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

LINE_EVERY_S = 5.0
MEGA = 1e6


def coverage(
    cells: Annotated[Path, typer.Option("--cells", help="Parquet or CSV; see `setsail radio coverage-columns`.")],
    bbox: Annotated[str, typer.Option("--bbox", help="lon0,lat0,lon1,lat1 in degrees, WGS 84.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the outputs; the same call takes up a killed run.")
    ],
    resolution: Annotated[float, typer.Option("--resolution", help="Side of a pixel [m].")] = 100.0,
    crs: Annotated[str | None, typer.Option("--crs", help="Projected system in metres; else the UTM zone.")] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Of TR 38.901: uma, umi or rma.")] = "uma",
    condition: Annotated[
        str, typer.Option("--condition", help="expected (loss weighed with the probability of LOS), los or nlos.")
    ] = "expected",
    engine: Annotated[
        str | None, typer.Option("--engine", help="threads, threads:N, or dask://host:port of a scheduler.")
    ] = None,
    update: Annotated[
        Path | None, typer.Option("--update", help="Earlier run; its unchanged blocks are taken over, exactly.")
    ] = None,
    operator: Annotated[str | None, typer.Option("--operator", help="Cells of this operator only.")] = None,
    three_sectors: Annotated[
        bool, typer.Option("--three-sectors", help="Rows are stations: make cells at 0, 120 and 240 degrees.")
    ] = False,
    ut_height: Annotated[float, typer.Option("--ut-height", help="Of the UE [m].")] = 1.5,
    extra_loss: Annotated[
        float, typer.Option("--extra-loss", help="On every path [dB], such as into buildings.")
    ] = 0.0,
    noise_figure: Annotated[float, typer.Option("--noise-figure", help="Of the UE [dB].")] = 9.0,
    threshold: Annotated[float, typer.Option("--threshold", help="RSRP from which a server counts [dBm].")] = -110.0,
    reach_factor: Annotated[
        float, typer.Option("--reach-factor", help="A mast reaches so many times the way to its 6th neighbour.")
    ] = 4.0,
    reach_low: Annotated[float, typer.Option("--reach-low", help="Least reach [m].")] = 1_000.0,
    reach_high: Annotated[float, typer.Option("--reach-high", help="Largest reach [m].")] = 15_000.0,
    dl_ratio: Annotated[float, typer.Option("--dl-ratio", help="Share of time for the downlink.")] = 0.75,
    ul_ratio: Annotated[float, typer.Option("--ul-ratio", help="Share of time for the uplink.")] = 0.25,
    layers: Annotated[int, typer.Option("--layers", help="Spatial layers of the downlink.")] = 1,
    block: Annotated[int, typer.Option("--block", help="Side of a unit of work [pixels], a multiple of 16.")] = 1024,
    memory: Annotated[float, typer.Option("--memory", help="What the run may hold [GB].")] = 8.0,
    fmt: FormatOption = Format.table,
) -> None:
    """Best server, RSRP, SINR, servers and rates of many sectors on a metric grid, as GeoTIFF with a summary."""
    with _progress() as shown:
        found = api.radio_coverage(
            cells, _box(bbox), resolution, out, crs=crs, engine=engine, update=update, operator=operator,
            three_sectors=three_sectors, progress=shown, scenario=scenario, condition=condition, h_ut_m=ut_height,
            extra_loss_db=extra_loss, noise_figure_db=noise_figure, threshold_dbm=threshold,
            reach_factor=reach_factor, reach_low_m=reach_low, reach_high_m=reach_high, dl_ratio=dl_ratio,
            ul_ratio=ul_ratio, layers=layers, block_px=block, memory_bytes=memory * 1e9,
        )  # fmt: skip
    if fmt is Format.json:
        emit(found, fmt, None)
    else:
        emit(_rows(found), fmt, None, title=f"Coverage in {out}")
    _tell(found, out)
    raise typer.Exit(1 if found["blocks"]["failed"] else 0)


def coverage_columns(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The columns of a table of cells: units, defaults, ranges, sources."""
    emit(api.radio_coverage_columns(), fmt, out)


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command()(coverage)
    commands.command("coverage-columns")(coverage_columns)


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--bbox", allowed="lon0,lat0,lon1,lat1 in degrees") from err
    return west, south, east, north


def _rows(found: api.Record) -> list[dict[str, Any]]:
    """One line per raster."""
    rows = []
    for name, told in found["results"].items():
        if told["pixels"]:
            p = told["percentiles"]
            rows.append({"raster": name, "unit": told["unit"], "min": told["min"], "p5": p["p5"], "median": p["p50"],
                         "mean": told["mean"], "p95": p["p95"], "max": told["max"]})  # fmt: skip
    return rows


def _tell(found: api.Record, out: Path) -> None:
    grid, blocks, left = found["grid"], found["blocks"], found["interference_left_out"]
    say(f"{found['cells']:,} cells, {found['covered_share']:.1%} of the area has a server; in {out}")
    say(f"grid: {grid['width']} x {grid['height']} pixels of {grid['resolution_m']:g} m, {grid['crs']}")
    say(f"blocks: {blocks['computed']} computed, {blocks['reused']} taken over, {blocks['failed']} failed")
    say(f"interference left out: at most {left['max_db']:.2f} dB of SINR, {left['mean_db']:.2f} dB on average")
    for finding in found["findings"]:
        say(f"finding [{finding['code']}] {finding['where']}: {finding['what']}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int, int], None]]:
    """Shows blocks done, rate and time left on standard error: a bar at a terminal, else a line now and then."""
    if sys.stderr.isatty():
        with _bar() as shown:
            yield shown
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[[int, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("blocks"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    begun = time.monotonic()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown = bar.add_task("blocks", total=None, rate="")

        def tell(done: int, total: int, pixels: int) -> None:
            rate = pixels / max(time.monotonic() - begun, 1e-9) / MEGA
            bar.update(shown, completed=done, total=total, rate=f"{rate:.2f} Mpixel/s")

        yield tell


def _lines() -> Callable[[int, int, int], None]:
    state = {"begun": time.monotonic(), "told": -LINE_EVERY_S, "first": -1.0}

    def tell(done: int, total: int, pixels: int) -> None:
        elapsed = time.monotonic() - state["begun"]
        state["first"] = done if state["first"] < 0 else state["first"]
        if done < total and elapsed - state["told"] < LINE_EVERY_S:
            return
        state["told"] = elapsed
        fresh = done - state["first"]
        left = f"{elapsed / fresh * (total - done):.0f} s left" if fresh else "time left not known yet"
        say(f"blocks {done} of {total}, {pixels / max(elapsed, 1e-9) / MEGA:.2f} Mpixel/s, {left}")

    return tell
