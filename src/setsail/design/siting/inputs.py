"""Candidates and demand, read strictly from tables; demand also from a raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput, UnknownName
from setsail.base.extras import require
from setsail.base.limits import Limit
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows, require_unique
from setsail.design.cost.items import AMOUNT, shipped_items
from setsail.standards import facts
from setsail.standards.radio import band

OVERRIDE = "cost_"
RASTERS = (".tif", ".tiff")
FIXED = {"": 0, "in": 1, "out": -1}


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places where a site may be, as columns (n,).

    existing : stands already;  fixed : 1 must be chosen, -1 must not, 0 free;  bands, tilts : what may go there;
    azimuth_deg : of the first sector, clockwise from true north;  overrides : item -> own amount, NaN for none.
    """

    site_id: tuple[str, ...]
    lon: F64
    lat: F64
    height_m: F64
    existing: Bool
    fixed: I64
    bands: tuple[tuple[str, ...], ...]
    tilts: tuple[tuple[str, ...], ...]
    azimuth_deg: F64
    overrides: dict[str, F64]

    def __len__(self) -> int:
        """Number of candidates."""
        return len(self.site_id)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Points with what is to be covered there, as columns (m,)."""

    point_id: tuple[str, ...]
    lon: F64
    lat: F64
    weight: F64

    def __len__(self) -> int:
        """Number of points."""
        return len(self.weight)


@cache
def tilt_classes() -> dict[str, float]:
    """Downtilt [degrees] by class."""
    return {row.need("tilt_class"): float(row.need("tilt_deg")) for row in facts.table("design/tilt_classes.csv")}


def columns() -> list[dict[str, str]]:
    """The columns of both tables, with units, ranges and defaults."""
    own = [
        {"table": "candidates", "column": f"{OVERRIDE}{name}", "required": "no", "unit": "currency", "low": "0",
         "high": f"{AMOUNT.high:g}", "default": "", "description": f"Own amount of the item {name}"}
        for name in shipped_items()
    ]  # fmt: skip
    return [dict(row.cells) for row in facts.table("design/siting_columns.csv")] + own


def candidates(path: Path) -> Candidates:
    """The candidates of a CSV file. Raises BadInput, DuplicateKey, UnknownName, OutOfRange."""
    rows = _rows(path, "candidates", "site_id")
    items = [name for name in shipped_items() if f"{OVERRIDE}{name}" in rows[0].cells]
    return Candidates(
        tuple(row.need("site_id") for row in rows),
        _numbers(rows, "candidates", "lon"),
        _numbers(rows, "candidates", "lat"),
        _numbers(rows, "candidates", "height_m"),
        np.array([_choice(row, "status", ("new", "existing"), "new") == "existing" for row in rows]),
        np.array([FIXED[_choice(row, "fixed", tuple(FIXED), "")] for row in rows], dtype=np.int64),
        tuple(_bands(row) for row in rows),
        tuple(_tilts(row) for row in rows),
        _numbers(rows, "candidates", "azimuth_deg"),
        {name: _amounts(rows, name) for name in items},
    )


def demand(path: Path) -> Demand:
    """The demand of a CSV file or of the cells of a GeoTIFF. Raises BadInput, DuplicateKey, OutOfRange."""
    if path.suffix.lower() in RASTERS:
        return _raster(path)
    rows = _rows(path, "demand", "point_id")
    names = tuple(row.get("point_id") or str(row.line) for row in rows)
    return _positive(
        Demand(
            names, _numbers(rows, "demand", "lon"), _numbers(rows, "demand", "lat"), _numbers(rows, "demand", "weight")
        ),
        path,
    )


def _rows(path: Path, table: str, key: str) -> list[Row]:
    told = [row for row in columns() if row["table"] == table]
    needed = [row["column"] for row in told if row["required"] == "yes"]
    rows = read_rows(path, required=needed, known=[row["column"] for row in told])
    if not rows:
        raise BadInput(f"holds no {table}", where=str(path), allowed="one row or more")
    require_unique([row for row in rows if row.get(key)], [key])
    return rows


@cache
def _limits(table: str) -> dict[str, tuple[Limit, str]]:
    return {
        row.need("column"): (
            Limit(row.need("column"), float(row.get("low")), float(row.get("high")), "siting_columns.csv"),
            row.get("default"),
        )
        for row in facts.table("design/siting_columns.csv")
        if row.need("table") == table and row.get("low")
    }


def _numbers(rows: Sequence[Row], table: str, column: str) -> F64:
    limit, default = _limits(table)[column]
    values = np.empty(len(rows))
    for k, row in enumerate(rows):
        values[k] = number(row.get(column) or default or row.need(column), row.where(column))
    if not limit.holds(values):
        bad = next(row for row, value in zip(rows, values, strict=True) if not limit.holds(value))
        limit.require(float(bad.get(column)), bad.where(column))
    return values


def _amounts(rows: Sequence[Row], item: str) -> F64:
    column = f"{OVERRIDE}{item}"
    told = [number(row.get(column), row.where(column)) if row.get(column) else np.nan for row in rows]
    for row, value in zip(rows, told, strict=True):
        if not np.isnan(value):
            AMOUNT.require(value, row.where(column))
    return np.array(told)


def _choice(row: Row, column: str, allowed: tuple[str, ...], default: str) -> str:
    text = row.get(column).lower() or default
    if text not in allowed:
        raise UnknownName(f"is {text!r}", where=row.where(column), allowed=", ".join(filter(None, allowed)))
    return text


def _bands(row: Row) -> tuple[str, ...]:
    found: list[str] = []
    for text in row.need("bands").split():
        try:
            name = band(text).name
        except UnknownName as err:
            raise UnknownName(err.what, where=row.where("bands"), allowed=err.allowed) from err
        if name in found:
            raise BadInput(f"names {name} twice", where=row.where("bands"))
        found.append(name)
    return tuple(found)


def _tilts(row: Row) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(row.get("tilts").lower().split())) or ("all",)
    if named == ("all",):
        return tuple(tilt_classes())
    strange = [name for name in named if name not in tilt_classes()]
    if strange:
        raise UnknownName(f"is {strange[0]!r}", where=row.where("tilts"), allowed=", ".join(tilt_classes()))
    return named


def _raster(path: Path) -> Demand:
    """Cells of the first band with a value above 0; cells without data are passed over."""
    rasterio, pyproj = require("rasterio", "radio"), require("pyproj", "radio")
    try:
        with rasterio.open(path) as opened:
            values = opened.read(1, masked=True)
            transform, crs = opened.transform, opened.crs
    except rasterio.errors.RasterioIOError as err:
        raise BadInput(f"cannot be read: {err}", where=str(path), allowed="a GeoTIFF") from err
    if crs is None:
        raise BadInput("names no coordinate system", where=str(path), allowed="a GeoTIFF with one")
    held = np.ma.getmaskarray(values)
    plain = np.asarray(values.filled(0), dtype=np.float64)
    if not np.all(np.isfinite(plain) & (plain >= 0.0) | held):
        raise BadInput(
            "holds a cell that is negative or not a number", where=str(path), allowed="0 or more, or no data"
        )
    row, col = np.nonzero((plain > 0.0) & ~held)
    a, b, c, d, e, f = tuple(transform)[:6]
    x, y = a * (col + 0.5) + b * (row + 0.5) + c, d * (col + 0.5) + e * (row + 0.5) + f
    lon, lat = pyproj.Transformer.from_crs(crs.to_wkt(), "EPSG:4326", always_xy=True).transform(x, y)
    names = tuple(f"{r}-{c}" for r, c in zip(row, col, strict=True))
    return _positive(Demand(names, np.asarray(lon), np.asarray(lat), plain[row, col]), path)


def _positive(found: Demand, path: Path) -> Demand:
    if not found.weight.sum() > 0.0:
        raise BadInput("asks for nothing: all weights are 0", where=str(path), allowed="a weight above 0 somewhere")
    return found
