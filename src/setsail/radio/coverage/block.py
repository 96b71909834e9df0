"""One block of the raster: a pure function from the masts that matter to the integers of the outputs."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64, I64
from setsail.base.extras import require
from setsail.radio.coverage.arrays import DB_PER_LOG2, F32, Carrier
from setsail.radio.coverage.grid import Block, Grid
from setsail.radio.coverage.rates import LEVEL_OF_ZERO, LEVELS, U16

I32 = npt.NDArray[np.int32]
Raster = npt.NDArray[np.generic]
NO_LEVEL, NO_CELL, NO_COUNT, NO_RATE = -32768, -1, 255, 65535


@dataclass(frozen=True, slots=True)
class Layer:
    """What one carrier brings to a block; masts, sectors in float32 as the kernel takes them.

    cell (s,) row of the cells table;  conducted (s,) power of a resource element at the connector [0.01 dBm].
    """

    place_m: F64
    reach_m: F64
    groups: F32
    first: I64
    sectors: F32
    cell: I32
    conducted: I32
    noise_mw: float
    downlink: U16
    uplink: U16


@dataclass(frozen=True, slots=True)
class Task:
    """A block with everything that its result depends on."""

    block: Block
    west_m: float
    north_m: float
    resolution_m: float
    threshold_dbm: float
    layers: tuple[Layer, ...]
    key: str = ""

    @property
    def sectors(self) -> int:
        """Sectors that reach the block."""
        return sum(len(layer.cell) for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Product:
    """One output raster: its file, kind of integer, unit of one step and mark of no data."""

    name: str
    dtype: str
    unit: str
    scale: float
    nodata: int
    what: str


PRODUCTS = (
    Product("best_server", "int32", "", 1.0, NO_CELL, "row of cells.parquet that serves best"),
    Product("rsrp", "int16", "dBm", 0.01, NO_LEVEL, "SS-RSRP of the best server"),
    Product("sinr", "int16", "dB", 0.01, NO_LEVEL, "SINR of the best server under load"),
    Product("servers", "uint8", "", 1.0, NO_COUNT, "cells at or above the threshold"),
    Product("dl_rate", "uint16", "bit/s", 1e5, NO_RATE, "downlink rate of one UE with the whole carrier"),
    Product("ul_rate", "uint16", "bit/s", 1e5, NO_RATE, "uplink rate of one UE"),
)


def layer(carrier: Carrier, reach_m: F64, conducted_re_dbm: F64, downlink: U16, uplink: U16) -> Layer:
    """A carrier ready for the kernel, with all its masts. conducted_re_dbm : of all cells."""
    return Layer(
        carrier.place_m, reach_m, carrier.groups.astype(np.float32), carrier.first, carrier.sectors.astype(np.float32),
        carrier.cell.astype(np.int32), np.rint(conducted_re_dbm[carrier.cell] * 100).astype(np.int32),
        10 ** (carrier.noise_re_dbm / 10), downlink, uplink,
    )  # fmt: skip


def task(grid: Grid, block: Block, layers: tuple[Layer, ...], threshold_dbm: float, salt: str) -> Task:
    """A block with only the masts that reach it. salt : what else the bytes depend on, such as the code version."""
    west, north = grid.west_m + block.col * grid.resolution_m, grid.north_m - block.row * grid.resolution_m
    east, south = west + block.width * grid.resolution_m, north - block.height * grid.resolution_m
    near = tuple(_near(one, (west, south, east, north)) for one in layers)
    made = Task(block, west, north, grid.resolution_m, threshold_dbm, tuple(one for one in near if len(one.cell)))
    return replace(made, key=_key(made, salt))


def _near(one: Layer, box: tuple[float, float, float, float]) -> Layer:
    """The masts whose reach meets a box; masts are sorted by easting."""
    widest = float(one.reach_m.max(initial=0.0))
    low, high = np.searchsorted(one.place_m[:, 0], [box[0] - widest, box[2] + widest])
    x, y = one.place_m[low:high, 0], one.place_m[low:high, 1]
    dx = np.maximum(np.maximum(box[0] - x, x - box[2]), 0.0)
    dy = np.maximum(np.maximum(box[1] - y, y - box[3]), 0.0)
    keep = low + np.flatnonzero(dx * dx + dy * dy <= one.reach_m[low:high] ** 2)
    counts = np.diff(one.first)[keep]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows = np.repeat(one.first[:-1][keep] - starts[:-1], counts) + np.arange(starts[-1])
    return replace(
        one, place_m=one.place_m[keep], reach_m=one.reach_m[keep], groups=one.groups[keep], first=starts,
        sectors=one.sectors[rows], cell=one.cell[rows], conducted=one.conducted[rows],
    )  # fmt: skip


def _key(made: Task, salt: str) -> str:
    told = hashlib.sha256(
        f"{salt} {made.block} {made.west_m} {made.north_m} {made.resolution_m} {made.threshold_dbm}".encode()
    )
    for one in made.layers:
        told.update(f"{len(one.place_m)} {len(one.cell)} {one.noise_mw}".encode())
        for array in (one.place_m, one.reach_m, one.groups, one.first, one.sectors, one.cell, one.conducted,
                      one.downlink, one.uplink):  # fmt: skip
            told.update(np.ascontiguousarray(array).tobytes())
    return told.hexdigest()


def compute(made: Task) -> dict[str, Raster]:
    """The rasters (height, width) of a block by name of product; each pixel takes the carrier that is received best."""
    shape = made.block.height, made.block.width
    out = {p.name: np.full(shape, p.nodata, dtype=p.dtype) for p in PRODUCTS}
    heard = np.zeros(shape, dtype=np.int64)
    for one in made.layers:
        _add(out, heard, made, one)
    seen = out["best_server"] != NO_CELL
    out["servers"][seen] = np.minimum(heard[seen], NO_COUNT - 1).astype(np.uint8)
    return out


def _add(out: dict[str, Raster], heard: npt.NDArray[np.int64], made: Task, one: Layer) -> None:
    """Brings one carrier in."""
    best, others, who, count = received(made, one)
    rsrp_db = DB_PER_LOG2 * best
    floor = 10.0 * np.log10(others + np.float32(one.noise_mw))
    rsrp = np.rint(np.clip(rsrp_db, -327.0, 327.0) * 100).astype(np.int16)
    sinr = np.rint(np.clip(rsrp_db - floor, -327.0, 327.0) * 100).astype(np.int16)
    heard += count.astype(np.int64)
    wins = (who >= 0) & (rsrp > out["rsrp"])
    sector = who[wins].astype(np.int64)
    loss = np.clip(one.conducted[sector] - rsrp[wins].astype(np.int32) + LEVEL_OF_ZERO, 0, LEVELS - 1)
    out["best_server"][wins] = one.cell[sector]
    out["rsrp"][wins], out["sinr"][wins] = rsrp[wins], sinr[wins]
    out["dl_rate"][wins] = one.downlink[sinr[wins].astype(np.int32) + LEVEL_OF_ZERO]
    out["ul_rate"][wins] = one.uplink[loss]


def received(made: Task, one: Layer) -> tuple[F32, F32, F32, F32]:
    """Best power [log2 of mW], sum of the others [mW], best sector (-1: none) and servers, each (height, width)."""
    require("numba", "radio")
    from setsail.radio.coverage import kernels  # noqa: PLC0415 - compiled code only where it runs

    side = kernels.SIDE * made.resolution_m
    rows, cols = (math.ceil(n / kernels.SIDE) for n in (made.block.height, made.block.width))
    starts, members = kernels.bins(one.place_m, one.reach_m, made.west_m, made.north_m, side, rows, cols)
    i, j = np.divmod(np.arange(rows * cols), cols)
    centres = np.column_stack([made.west_m + (j + 0.5) * side, made.north_m - (i + 0.5) * side])
    out = tuple(np.empty((rows * cols, kernels.N), dtype=np.float32) for _ in range(4))
    kernels.tiles(
        starts, members, centres, pixels(kernels.SIDE, made.resolution_m), one.place_m, one.groups, one.first,
        one.sectors, np.arange(len(one.cell), dtype=np.float32), np.float32(made.threshold_dbm / DB_PER_LOG2), *out,
    )  # fmt: skip
    best, others, who, count = (_joined(a, rows, cols, kernels.SIDE, made.block) for a in out)
    return best, others, who, count


def pixels(side: int, resolution_m: float) -> F32:
    """(2, side^2) east and north of the middle of each pixel of a tile from the middle of the tile [m]."""
    at = (np.arange(side) - (side - 1) / 2) * resolution_m
    return np.stack([np.tile(at, side), np.repeat(-at, side)]).astype(np.float32)


def _joined(tiles: F32, rows: int, cols: int, side: int, block: Block) -> F32:
    """Tiles side by side, cut to the block."""
    whole = tiles.reshape(rows, cols, side, side).swapaxes(1, 2).reshape(rows * side, cols * side)
    return whole[: block.height, : block.width]
