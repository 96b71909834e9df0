"""Rasters of one floor: losses of its walls, the kernel on blocks of rows, levels and SINR."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from setsail.base.arrays import F32, F64
from setsail.base.errors import OutOfRange
from setsail.base.extras import require
from setsail.radio.floor.options import Floor, FloorOptions, Wall, shape
from setsail.radio.floor.results import FloorRasters
from setsail.radio.link.carrier import BOLTZMANN_J_PER_K, REFERENCE_K
from setsail.radio.pathloss.p2040 import C_M_S, Layer, wall_loss
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss

T = TypeVar("T")
R = TypeVar("R")
MOST_WALL_DB = 300.0
"""The walls of one ray take at most this: far under any receiver, far above the least number of float64."""
NODES = 65
LEAST_COSINE = 1.0 / (NODES - 1)
"""Steps of the cosine of incidence, and the grazing ray (89.1 degrees) whose loss stands for all flatter ones."""
RASTER_BYTES = 2 * 2 + 3 * 4
WORK_BYTES = 3 * 8 + 2 * 8 + 5 * 8
"""Of a pixel in the rasters, and in a block in hand."""
DISTANCE_M = 100.0
INH_MOST_M = 150.0
"""Greatest d_3D of InH: TR 38.901 v17.0.0, Table 7.4.1-1."""
BLOCKS_IN_HAND = 8

Part = tuple[int, int]
Rows = tuple[Any, ...]


class Engine(Protocol):
    """Where blocks of rows are computed: each comes back with its result or its error, in any order."""

    def map(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each block with its result or with what it raised."""
        ...


@dataclass(frozen=True, slots=True)
class Arrays:
    """What the kernel reads; see `kernels.rows`."""

    x: F64
    y: F64
    heads: F64
    walls: F64
    tables: F64
    half_slope: float
    most_db: float = MOST_WALL_DB


def floor_raster(floor: Floor, options: FloorOptions | None = None, *, engine: Engine | None = None) -> FloorRasters:
    """Best server, RSRP, second server and SINR of every pixel of a floor, mean values without fading.

    Loss of a ray is that of its distance (at least 1 m) and the sum of the losses of the walls that it crosses; a wall
    is from floor to ceiling, and the ray is straight. A wall's end belongs to the left side of a line, so a chain of
    walls is crossed once at a shared end, and neither a ray along a wall nor one that grazes it is counted twice.
    engine : blocks of rows, such as `engine.blocks.open_blocks()`; else one after the other.
    Raises OutOfRange (memory, ranges), UnknownName (material), MissingExtra, and what a block raised.
    Source: COST 231 multi-wall model, L = L_FS + L_c + sum k_i L_wi (its form, read in public re-implementations, not
    in the report); ITU-R P.2040-3 (walls); free space or 3GPP TR 38.901 v17.0.0, Table 7.4.1-1, InH LOS.
    Deviates: one floor; no constant L_c (a fitted term); the loss of each wall is by its layers and the frequency
    instead of two classes fitted at 1.8 GHz. No reflection, no diffraction through doors.
    """
    asked = options or FloorOptions()
    require("numba", "radio")
    height, width = shape(floor, asked.resolution_m)
    _require_memory(height, width, asked)
    arrays, outside, notes = prepared(floor, asked)
    out = _empty(height, width)
    parts = [(top, min(top + int(asked.rows_per_block), height)) for top in range(0, height, int(asked.rows_per_block))]

    def work(part: Part) -> Rows:
        return levels(block(arrays, part), asked)

    for part, found in engine.map(work, parts) if engine else ((part, work(part)) for part in parts):
        if isinstance(found, Exception):
            raise found
        for whole, rows in zip(out, found, strict=True):
            whole[part[0] : part[1]] = rows
    best, rsrp, second, second_rsrp, sinr = out
    corner = floor.west_m, floor.north_m, asked.resolution_m
    return FloorRasters(best, rsrp, second, second_rsrp, sinr, *corner, outside, notes)


def prepared(floor: Floor, options: FloorOptions) -> tuple[Arrays, tuple[str, ...], tuple[str, ...]]:
    """Arrays of the kernel, materials used outside their range, and notes."""
    height, width = shape(floor, options.resolution_m)
    x = floor.west_m + (np.arange(width, dtype=np.float64) + 0.5) * options.resolution_m
    y = floor.north_m - (np.arange(height, dtype=np.float64) + 0.5) * options.resolution_m
    intercept, half_slope = distance_law(floor.fc_hz, options)
    heads = np.array([
        (h.x_m, h.y_m, (h.z_m - options.h_ut_m) ** 2, 10.0 ** ((h.eirp_per_re_dbm - intercept) / 10.0))
        for h in floor.heads
    ])  # fmt: skip
    walls = np.array([(w.x0_m, w.y0_m, w.x1_m, w.y1_m) for w in floor.walls]).reshape(-1, 4)
    tables, outside = wall_tables(floor.walls, floor.fc_hz, options)
    return (
        Arrays(x, y, heads, walls, np.minimum(tables, MOST_WALL_DB), half_slope),
        outside,
        _notes(floor, options, tables),
    )


def distance_law(fc_hz: float, options: FloorOptions) -> tuple[float, float]:
    """Loss at 1 m [dB] and half the exponent of the distance (1 in free space).

    Source: 20 log10(4 pi d / lambda); 3GPP TR 38.901 v17.0.0, Table 7.4.1-1, InH LOS, through two of its values.
    """
    if options.distance_law == "free-space":
        return 20.0 * math.log10(4.0 * math.pi * fc_hz / C_M_S), 1.0
    kind = link("inh", "los", fc_hz, h_bs_m=options.h_ut_m, h_ut_m=options.h_ut_m)
    near, far = path_loss(kind, [1.0, DISTANCE_M]).loss_db
    return float(near), float(far - near) / (20.0 * math.log10(DISTANCE_M))


def wall_tables(walls: tuple[Wall, ...], fc_hz: float, options: FloorOptions) -> tuple[F64, tuple[str, ...]]:
    """Loss [dB] (walls, nodes) at steps of the cosine of incidence, one node for all angles, and materials outside.

    A loss given in dB holds at every angle.
    """
    layered = options.incidence == "oblique" and any(w.layers for w in walls)
    cosines = np.linspace(0.0, 1.0, NODES) if layered else np.ones(1)
    known: dict[tuple[Layer, ...], F64] = {}
    outside: dict[str, None] = {}
    for layers in {w.layers: None for w in walls if w.layers}:
        angles = np.arccos(np.maximum(cosines, LEAST_COSINE))
        met = [wall_loss(layers, fc_hz, incidence_rad=a, average_ratio=options.average_ratio) for a in angles.tolist()]
        known[layers] = np.array([max(m.transmission_loss_db, 0.0) for m in met])
        outside.update(dict.fromkeys(met[-1].outside))
    tables = [known[w.layers] if w.loss_db is None else np.full(len(cosines), w.loss_db) for w in walls]
    return np.array(tables, dtype=np.float64).reshape(-1, len(cosines)), tuple(outside)


def block(arrays: Arrays, part: Part) -> Rows:
    """What `kernels.rows` fills, for the rows from part[0] to before part[1]."""
    kernels = require("setsail.radio.floor.kernels", "radio")
    y = arrays.y[part[0] : part[1]]
    size = (len(y), len(arrays.x))
    powers = tuple(np.empty(size) for _ in range(3))
    heads = tuple(np.empty(size, dtype=np.int64) for _ in range(2))
    kernels.rows(
        arrays.x, y, arrays.heads, arrays.walls, arrays.tables, arrays.half_slope, arrays.most_db, *powers, *heads
    )
    return (*powers, *heads)


def head_planes(arrays: Arrays) -> F32:
    """Received power [mW] (heads, rows, columns) of each head by itself, from which sums over any set are made.

    Loss as in `floor_raster`. Raises MissingExtra.
    """
    return np.asarray(carrier_planes([arrays])[0], dtype=np.float32)


def carrier_planes(parts: Sequence[Arrays]) -> F32:
    """Planes as of `head_planes` (carriers, heads, rows, columns) for the same pixels, heads and walls on each carrier.

    parts : one for each carrier, which differ in the powers of heads, in losses and in the law of distance.
    Each crossing of a wall is found once for all. Raises MissingExtra.
    """
    kernels = require("setsail.radio.floor.kernels", "radio")
    one = parts[0]
    out = np.empty((len(parts), len(one.heads), len(one.y), len(one.x)), dtype=np.float32)
    power, tables = np.array([p.heads[:, 3] for p in parts]), np.array([p.tables for p in parts])
    slopes = np.array([p.half_slope for p in parts], dtype=np.float64)
    kernels.planes(one.x, one.y, one.heads, power, one.walls, tables, slopes, one.most_db, out)
    return out


def levels(found: Rows, options: FloorOptions) -> Rows:
    """Best server, RSRP, second server, second RSRP and SINR from powers [mW] and heads."""
    best, second, others, who, runner = found
    noise = BOLTZMANN_J_PER_K * REFERENCE_K * options.scs_hz * 1e3 * 10.0 ** (options.noise_figure_db / 10.0)
    with np.errstate(divide="ignore"):
        second_dbm = 10.0 * np.log10(second)
    rsrp_dbm = 10.0 * np.log10(best)
    sinr_db = rsrp_dbm - 10.0 * np.log10(options.load_ratio * others + noise)
    return who, rsrp_dbm, runner, second_dbm, sinr_db


def _notes(floor: Floor, options: FloorOptions, tables: F64) -> tuple[str, ...]:
    told = []
    capped = int(np.count_nonzero(tables.max(axis=1, initial=0.0) > MOST_WALL_DB))
    if capped:
        told.append(f"{capped} walls lose more than {MOST_WALL_DB:g} dB, the most that a ray is given")
    far = math.hypot(floor.east_m - floor.west_m, floor.north_m - floor.south_m)
    if options.distance_law == "inh-los" and far > INH_MOST_M:
        told.append(f"InH is stated up to {INH_MOST_M:g} m; the diagonal of the floor has {far:.4g} m")
    return tuple(told)


def _empty(height: int, width: int) -> Rows:
    kinds = (np.int16, np.float32, np.int16, np.float32, np.float32)
    return tuple(np.empty((height, width), dtype=kind) for kind in kinds)


def _require_memory(height: int, width: int, options: FloorOptions) -> None:
    pixels = height * width
    need = pixels * RASTER_BYTES + min(pixels, options.rows_per_block * width * BLOCKS_IN_HAND) * WORK_BYTES
    if need > options.memory_bytes:
        raise OutOfRange(
            f"of {height} x {width} pixels needs {need:.4g} bytes", where="raster of the floor",
            allowed=f"memory_bytes = {options.memory_bytes:g}", hint="a coarser resolution_m or more memory_bytes",
        )  # fmt: skip
