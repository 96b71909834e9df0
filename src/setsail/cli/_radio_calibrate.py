"""`setsail radio calibrate`: a drive or walk test against the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

COLUMNS = (
    "class", "samples", "offset_db", "offset_db_low", "offset_db_high", "slope_db_per_decade",
    "slope_db_per_decade_low", "slope_db_per_decade_high", "sigma_db", "reference_m", "blocks",
)  # fmt: skip
HELD = ("terms", "in_sample_rmse_db", "held_out_rmse_db", "held_out_bias_db", "reason")


def calibrate(
    cells: Annotated[Path, typer.Option("--cells", help="Parquet or CSV; see `setsail radio coverage-columns`.")],
    test: Annotated[
        Path, typer.Option("--test", help="CSV: lon, lat (or x_m, y_m), cell_id, rsrp_dbm[, device, clutter_class].")
    ],
    scenario: Annotated[str, typer.Option("--scenario", help="Of TR 38.901: uma, umi or rma.")] = "uma",
    condition: Annotated[
        str, typer.Option("--condition", help="expected (loss weighed with the probability of LOS), los or nlos.")
    ] = "expected",
    ut_height: Annotated[float, typer.Option("--ut-height", help="Of the receiver [m].")] = 1.5,
    extra_loss: Annotated[float, typer.Option("--extra-loss", help="On every path [dB], such as into a car.")] = 0.0,
    crs: Annotated[str | None, typer.Option("--crs", help="Projected system of x_m and y_m, in metres.")] = None,
    slope: Annotated[bool, typer.Option("--slope/--no-slope", help="Fit a change with distance too.")] = True,
    per_cell: Annotated[bool, typer.Option("--per-cell", help="A term for every cell.")] = False,
    per_device: Annotated[bool, typer.Option("--per-device", help="A term for every device.")] = False,
    floor: Annotated[
        float | None,
        typer.Option("--floor", help="Least RSRP that the receiver tells [dBm]; samples there are cut off."),
    ] = None,
    bin_decades: Annotated[
        float, typer.Option("--bin-decades", help="Bins of distance that weigh alike; 0 weighs every sample alike.")
    ] = 0.1,
    resample: Annotated[
        str, typer.Option("--resample", help="Blocks of the bootstrap: ground, cell, or auto (cell from 10 cells on).")
    ] = "auto",
    block: Annotated[
        float | None, typer.Option("--block", help="Side of ground blocks [m]; else 6 decorrelation distances.")
    ] = None,
    replicates: Annotated[int, typer.Option("--replicates", help="Of the bootstrap.")] = 1000,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the intervals.")] = 0.95,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 1,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Offset, slope and spread of measured against modelled RSRP by clutter class, and the error at cells held out."""
    found = api.radio_calibrate(
        cells, test, crs=crs, seed=seed, slope=slope, per_cell=per_cell, per_device=per_device, floor_dbm=floor,
        bin_decades=bin_decades or None, resample=resample, block_m=block, replicates=replicates, confidence=confidence,
        model={"scenario": scenario, "condition": condition, "h_ut_m": ut_height, "extra_loss_db": extra_loss},
    )  # fmt: skip
    for finding in found["findings"]:
        say(f"note: {finding['where']}: {finding['what']}")
    for refused in found["refused"]:
        say(f"not fitted: {refused['reason']}; needed: {refused['needed']}")
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    rows: list[dict[str, Any]] = [found["overall"], *found["classes"]]
    emit(rows, fmt, out, columns=COLUMNS, title="measured = model + offset + slope x log10(d / reference)")
    if fmt is Format.table and out is None:
        emit(found["held_out"], fmt, None, columns=HELD, title="error of the fit, and at cells held out [dB]")


def register(commands: typer.Typer) -> None:
    """Adds the command of this module."""
    commands.command("calibrate")(calibrate)
