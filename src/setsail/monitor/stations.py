"""Stations counted by region and operator straight from a CSV file of any length, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.store.csv_chunks import map_chunks
from setsail.store.places import Places, h3_cells

I32 = NDArray[np.int32]

HEX_RESOLUTION = 7
"""Resolution at which occupied cells are counted: about 5.2 km2 each."""

_HEX_BITS = 7 + 3 * HEX_RESOLUTION

SCHEMA = pa.schema(
    [
        pa.field("level", pa.string()),
        pa.field("region", pa.int32()),
        pa.field("operator", pa.string()),
        pa.field("stations", pa.int64()),
        pa.field("hexes", pa.int64()),
        pa.field("per_10k_persons", pa.float64()),
    ]
)
"""region: null outside all; operator: null for all together; hexes and per_10k_persons: only for all together."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of the file."""

    lon: str = "lon"
    lat: str = "lat"
    operator: str = "operator"


@dataclass(frozen=True)
class Part:
    """Counts of one piece: n (regions + 1, operators), the last row outside; occupied (region, hexagon) keys."""

    operators: tuple[str, ...]
    n: I64
    hexes: I64


def count_file(
    path: Path,
    places: Places,
    population: Mapping[int, float],
    *,
    columns: Columns | None = None,
    threads: int | None = None,
) -> pa.Table:
    """Stations, occupied H3 cells and stations per 10,000 people, by region and by its parent, in `SCHEMA`.

    places : the regions;  population : persons by adcode, where known.  Raises BadInput (a column, a value, no place).
    """
    names = columns or Columns()
    text = pa.dictionary(pa.int32(), pa.string())
    types = {names.lon: pa.float64(), names.lat: pa.float64(), names.operator: text}
    operators: dict[str, int] = {}
    n = np.zeros((len(places.regions) + 1, 0), dtype=np.int64)
    hexes: list[I64] = []
    for part in map_chunks(path, types, lambda table: count(table, places, names, str(path)), threads=threads):
        for name in part.operators:
            operators.setdefault(name, len(operators))
        n = np.pad(n, ((0, 0), (0, len(operators) - n.shape[1])))
        n[:, [operators[name] for name in part.operators]] += part.n
        hexes = _merged([*hexes, part.hexes])
    return _table(places, list(operators), n, np.concatenate([np.zeros(0, np.int64), *hexes]), population)


def count(table: pa.Table, places: Places, columns: Columns, where: str) -> Part:
    """Counts of one piece. Raises BadInput where a point or an operator is missing, OutOfRange off the globe."""
    lon, lat = (_numbers(table, name, where) for name in (columns.lon, columns.lat))
    operator = table.column(columns.operator).unify_dictionaries().combine_chunks()
    if isinstance(operator, pa.ChunkedArray):  # an empty table
        operator = pa.array([], pa.dictionary(pa.int32(), pa.string()))
    if operator.null_count:
        raise BadInput("holds an empty cell", where=f"{where} column {columns.operator!r}")
    cells = h3_cells(lon, lat)
    region = places.rows(lon, lat, cells)
    regions, known = len(places.regions), len(operator.dictionary)
    flat = np.where(region < 0, regions, region) * max(known, 1) + operator.indices.to_numpy()
    n = np.bincount(flat, minlength=(regions + 1) * known).reshape(regions + 1, known)
    hexes = cells >> (45 - 3 * HEX_RESOLUTION) & ((1 << _HEX_BITS) - 1)
    keys = (region.astype(np.int64) << _HEX_BITS | hexes)[region >= 0]
    return Part(tuple(operator.dictionary.to_pylist()), n.astype(np.int64), _unique(keys))


def _numbers(table: pa.Table, name: str, where: str) -> F64:
    column = table.column(name)
    if column.null_count:
        raise BadInput("holds an empty cell", where=f"{where} column {name!r}")
    return np.asarray(column.to_numpy())


def _unique(keys: I64) -> I64:
    return np.asarray(pyarrow.compute.unique(pa.array(keys)).to_numpy())


def _merged(parts: list[I64]) -> list[I64]:
    """The same keys in fewer arrays: the last ones are joined once they outweigh what is before them."""
    while len(parts) > 1 and parts[-1].size * 2 > parts[-2].size:
        parts[-2:] = [_unique(np.concatenate(parts[-2:]))]
    return parts


def _table(places: Places, operators: list[str], n: I64, hexes: I64, population: Mapping[int, float]) -> pa.Table:
    """Rows for the regions, then for their parents, then for what lies outside."""
    hexes = _unique(hexes)
    codes, parents = places.regions.adcode, places.regions.parent
    row, cell = hexes >> _HEX_BITS, hexes & ((1 << _HEX_BITS) - 1)
    held = np.bincount(row, minlength=len(codes))
    rows = _level(places.regions.level, codes, n[:-1], held, operators=operators, population=population)
    above, index = np.unique(parents, return_inverse=True)
    if above[0] != 0 or above.size > 1:
        sums = np.zeros((above.size, n.shape[1]), dtype=np.int64)
        np.add.at(sums, index, n[:-1])
        pairs = _unique(index[row].astype(np.int64) << _HEX_BITS | cell)
        held = np.bincount(pairs >> _HEX_BITS, minlength=above.size)
        rows += _level("province", above, sums, held, operators=operators, population=population)
    rows += [("outside", None, None, int(n[-1].sum()), None, None)]
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)


def _level(
    level: str, codes: I32, n: I64, hexes: I64, *, operators: list[str], population: Mapping[int, float]
) -> list[tuple[str, int | None, str | None, int, int | None, float | None]]:
    rows: list[tuple[str, int | None, str | None, int, int | None, float | None]] = []
    for k, code in enumerate(codes.tolist()):
        total = int(n[k].sum())
        people = population.get(code)
        rows.append((level, code, None, total, int(hexes[k]), total / people * 1e4 if people else None))
        rows += [(level, code, name, int(n[k, j]), None, None) for j, name in enumerate(operators)]
    return rows
