"""A data set in memory as the map asks it: sums by H3 cell, operator, band and month, sorted by cell."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import NotComputable
from setsail.monitor.maplayers import kernels
from setsail.monitor.maplayers.choice import NO_MONTH, Choice, month_of, month_text, text_of
from setsail.store.expressions import Tables, h3_parent
from setsail.store.places import H3_RESOLUTION

if TYPE_CHECKING:
    import ibis.expr.types as ir

COARSER = 7
MOST_ROWS = 40_000_000
"""Above this many rows of a data set its cells are kept at resolution `COARSER`."""
MOST_GROUPS = 10_000
COUNT = "n"
KEYS = ("cell", "group", "month")
RSRP_FROM_DBM = -105.0
"""RSRP from which a sample counts as covered, as in `setsail data aggregate`."""
INDEXED = (3, 4, 5)
"""Resolutions at which parts of a cube are found."""
MOST_LEVELS = 48


@dataclass(frozen=True, slots=True)
class Index:
    """Runs of the rows of a cube by coarse cell: `cells` (m,), where their rows begin (m + 1,), middles (m,) [deg]."""

    cells: I64
    starts: I64
    lon: F64
    lat: F64


def within(lon: F64, lat: F64, bounds: tuple[float, float, float, float], reach_deg: float) -> Bool:
    """Which cells, with middles (m,), may reach into west, south, east, north [degrees]."""
    west, south, east, north = bounds
    furthest = np.minimum(np.abs(lat) + reach_deg, 89.0)
    across = (east - west) / 2 + reach_deg / np.cos(np.radians(furthest))
    aside = np.abs((lon - (west + east) / 2 + 180.0) % 360.0 - 180.0) <= across
    return np.asarray(aside & (lat >= south - reach_deg) & (lat <= north + reach_deg))


def middles(cells: I64) -> tuple[F64, F64]:
    """Longitude and latitude (m,) of the middles of cells [degrees]."""
    from h3ronpy.vector import cells_to_coordinates  # noqa: PLC0415 - only where a map is asked

    found = pa.record_batch(cells_to_coordinates(pa.array(np.ascontiguousarray(cells).view(np.uint64))))
    lon, lat = (np.asarray(found.column(name), dtype=np.float64) for name in ("lng", "lat"))
    return lon, lat


@dataclass
class Cube:
    """cells : (n,) H3 ids of `resolution`, ascending;  group : (n,) number of operator and band;
    month : (n,) or NO_MONTH;  sums : (n, k) of `columns`;  groups : operator and band by number;
    unplaced : rows of the data set without coordinates.
    """

    kind: str
    resolution: int
    cells: I64
    group: NDArray[np.int16]
    month: NDArray[np.int32]
    sums: F64
    columns: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    unplaced: int
    _indexes: dict[int, Index] = field(default_factory=dict, repr=False)
    _levels: OrderedDict[tuple[str, int], tuple[I64, F64]] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def bytes(self) -> int:
        """Memory of the columns."""
        return self.cells.nbytes + self.group.nbytes + self.month.nbytes + self.sums.nbytes

    @property
    def months(self) -> tuple[str, str] | None:
        """First and last month of the rows, None where none has a date."""
        dated = self.month[self.month != NO_MONTH]
        return (month_text(int(dated.min())), month_text(int(dated.max()))) if dated.size else None

    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the middles of coarse cells [degrees], None where nothing has a place."""
        at = self._index(INDEXED[-1])
        if not at.lon.size:
            return None
        return float(at.lon.min()), float(at.lat.min()), float(at.lon.max()), float(at.lat.max())

    def undated(self) -> int:
        """Rows without a date."""
        return int(self.sums[self.month == NO_MONTH, 0].sum())

    def whole(self, choice: Choice, resolution: int) -> tuple[I64, F64]:
        """All cells (m,) of a resolution under a choice, and their sums (m, k); kept for the next call."""
        key = (choice.digest(), resolution)
        with self._lock:
            if key in self._levels:
                self._levels.move_to_end(key)
                return self._levels[key]
        found = self._summed(slice(0, len(self.cells)), choice, resolution)
        with self._lock:
            self._levels[key] = found
            while len(self._levels) > MOST_LEVELS:
                self._levels.popitem(last=False)
        return found

    def near(
        self, bounds: tuple[float, float, float, float], choice: Choice, resolution: int, reach_deg: float
    ) -> tuple[I64, F64]:
        """Cells (m,) of a resolution that may touch the bounds, whole, and their sums (m, k).

        bounds : west, south, east, north [degrees];  reach_deg : how far a cell of the index reaches from its middle.
        """
        index = self._index(min(resolution, INDEXED[-1]))
        inside = within(index.lon, index.lat, bounds, reach_deg)
        if resolution <= INDEXED[0]:  # few cells, and each tile would read most rows
            cells, sums = self.whole(choice, resolution)
            kept = inside[np.searchsorted(index.cells, cells)]
            return cells[kept], sums[kept]
        found = [self._summed(slice(*rows), choice, resolution) for rows in _joined(index.starts, inside)]
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros((0, self.sums.shape[1]))
        return np.concatenate([cells for cells, _ in found]), np.concatenate([sums for _, sums in found])

    def keeps(self, choice: Choice, rows: slice) -> Bool | None:
        """Which rows of a slice a choice keeps; None for all."""
        kept: Bool | None = None
        if choice.operators or choice.bands:
            known = [
                (not choice.operators or operator in choice.operators) and (not choice.bands or band in choice.bands)
                for operator, band in self.groups
            ]
            kept = np.array(known, dtype=bool)[self.group[rows]]
        if choice.dated:
            first, last = choice.months()
            month = self.month[rows]
            dated = (month >= first) & (month <= last) & (month != NO_MONTH)
            kept = dated if kept is None else kept & dated
        return kept

    def _summed(self, rows: slice, choice: Choice, resolution: int) -> tuple[I64, F64]:
        kept = self.keeps(choice, rows)
        cells, sums = self.cells[rows], self.sums[rows]
        if kept is not None:
            cells, sums = cells[kept], sums[kept]
        return kernels.sum_runs(kernels.parents(cells, min(resolution, self.resolution)), sums)

    def _index(self, resolution: int) -> Index:
        with self._lock:
            if resolution not in self._indexes:
                self._indexes[resolution] = _indexed(self.cells, resolution)
            return self._indexes[resolution]


def _indexed(cells: I64, resolution: int) -> Index:
    coarse = kernels.parents(cells, resolution)
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, coarse.size), dtype=bool), coarse[1:] != coarse[:-1]]))
    return Index(coarse[starts], np.append(starts, cells.size).astype(np.int64), *middles(coarse[starts]))


def _joined(starts: I64, inside: Bool) -> list[tuple[int, int]]:
    """Rows of the chosen runs, neighbouring runs joined."""
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(starts[first].tolist(), starts[last].tolist(), strict=True))


def load(tables: Tables, files: Sequence[Path], kind: str, date: str | None, resolution: int) -> Cube:
    """The cube of the rows of a data set, read on an engine. date : column that dates them, None where there is none.

    Raises NotComputable.
    """
    rows = tables.read(files)
    named = rows.mutate(operator_=text_of(rows, "operator"), band_=text_of(rows, "band"))
    groups = tables.run(named.select("operator_", "band_").distinct().order_by("operator_", "band_"))
    if groups.num_rows > MOST_GROUPS:
        raise NotComputable(
            f"has {groups.num_rows} pairs of operator and band", where="map", allowed=f"at most {MOST_GROUPS}"
        )
    numbers = groups.append_column("group", pa.array(range(groups.num_rows), pa.int16()))
    coded = named.join(tables.given(numbers), ["operator_", "band_"])
    table = tables.run(_columns(coded, kind, date, resolution))
    pairs = zip(*(groups.column(name).to_pylist() for name in ("operator_", "band_")), strict=True)
    return from_table(table, kind, resolution, tuple(pairs))


def _columns(rows: ir.Table, kind: str, date: str | None, resolution: int) -> ir.Table:
    """Cell, group, month, count and sums: of each row for stations, which seldom share all three, else of each group.

    A null cell holds what has no coordinates.
    """
    cell = rows.h3 if resolution == H3_RESOLUTION else h3_parent(rows.h3, H3_RESOLUTION, resolution)
    keyed = rows.mutate(cell=cell, month=month_of(rows, date))
    if kind != "measurements":
        return keyed.select("cell", "group", "month")
    covered = (keyed.rsrp_dbm >= RSRP_FROM_DBM).cast("int64")
    return keyed.group_by(["cell", "group", "month"]).aggregate(
        n=keyed.count(), n_rsrp=keyed.rsrp_dbm.count(), n_covered=covered.sum(), n_rate=keyed.dl_bps.count(),
        sum_dl_bps=keyed.dl_bps.cast("float64").sum(),
    )  # fmt: skip


def resolution_for(rows: int) -> int:
    """Resolution at which a data set of that many rows is kept."""
    return H3_RESOLUTION if rows <= MOST_ROWS else COARSER


def from_table(table: pa.Table, kind: str, resolution: int, groups: tuple[tuple[str, str], ...]) -> Cube:
    """The cube of columns `cell`, `group`, `month` and of sums; without sums each row counts once."""
    names = tuple(name for name in table.column_names if name not in KEYS)
    one = pa.chunked_array([pa.repeat(pa.scalar(1.0), table.num_rows)])
    sums = [_numbers(table.column(name)) for name in names] or [_numbers(one)]
    placed = table.column("cell").is_valid().to_numpy()
    cells = table.column("cell").fill_null(0).to_numpy()
    order = np.argsort(cells, kind="stable")
    order = order[placed[order]]
    group = table.column("group").to_numpy().astype(np.int16, copy=False)[order]
    month = table.column("month").to_numpy().astype(np.int32, copy=False)[order]
    return Cube(
        kind=kind, resolution=resolution, cells=cells[order], group=group, month=month,
        sums=np.column_stack([column[order] for column in sums]), columns=names or (COUNT,), groups=groups,
        unplaced=int(sums[0][~placed].sum()),
    )  # fmt: skip


def _numbers(column: pa.ChunkedArray) -> F64:
    return np.asarray(column.cast(pa.float64()).fill_null(0.0).to_numpy(), dtype=np.float64)


class Cubes:
    """Cubes in use, the least used given up first where they outgrow the memory allowed."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[str, Cube] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def peek(self, key: str) -> Cube | None:
        """The cube of a version of a data set where it is in memory."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def get(self, key: str, make: Callable[[], Cube]) -> Cube:
        """The cube of a version of a data set, made once however many ask."""
        with self._lock:
            one = self._locks.setdefault(key, threading.Lock())
        with one:
            found = self.peek(key)
            if found is None:
                found = make()
                with self._lock:
                    self._kept[key] = found
                    while len(self._kept) > 1 and sum(c.bytes for c in self._kept.values()) > self.most_bytes:
                        self._kept.popitem(last=False)
            return found
