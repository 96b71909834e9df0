"""Single stations, sites or samples as a layer of a vector tile, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from setsail.monitor.maplayers import encode
from setsail.monitor.maplayers.choice import Choice, date_column, kept, month_of, text_of
from setsail.monitor.maplayers.mercator import EXTENT, Tile

if TYPE_CHECKING:
    import ibis.expr.types as ir

LAYER = "points"
FROM_ZOOM = 12
MOST = 15_000
"""A tile with more points than this holds cells only."""
MARGIN = 64 / EXTENT
NAMES = {"cells": "cell_id", "sites": "name", "measurements": "session"}
FIGURES = ("rsrp_dbm", "dl_bps")


def expression(rows: ir.Table, kind: str, choice: Choice, tile: Tile | None) -> ir.Table:
    """Places, names and figures of the points of a tile, or of all of a small data set; at most one over `MOST`."""
    date = date_column(kind, rows.columns)
    found = kept(_near(rows, tile) if tile else rows.filter(rows.h3.notnull()), choice, date)
    name = found[NAMES[kind]].cast("string").fill_null("") if NAMES[kind] in found.columns else text_of(found, "name")
    told = {"lon": found.lon, "lat": found.lat, "name": name, "operator": text_of(found, "operator")}
    told |= {"band": text_of(found, "band"), "month": month_of(found, date), "h3": found.h3}
    told |= {figure: found[figure].cast("float64") for figure in FIGURES if kind == "measurements"}
    return found.select(**told).limit(MOST + 1)


def _near(rows: ir.Table, tile: Tile) -> ir.Table:
    west, south, east, north = tile.bounds(MARGIN)
    return rows.filter(rows.lon >= west, rows.lon < east, rows.lat >= south, rows.lat < north)


def layer(table: pa.Table, tile: Tile) -> bytes:
    """The layer of the rows of `expression` in a tile; empty where there are none, or too many to show all."""
    if table.num_rows > MOST:
        return b""
    lon, lat = (table.column(name).to_numpy() for name in ("lon", "lat"))
    x, y = tile.place(lon, lat)
    margin = MARGIN * EXTENT
    inside = (x >= -margin) & (x < EXTENT + margin) & (y >= -margin) & (y < EXTENT + margin)
    if not inside.any():
        return b""
    table, x, y, n = table.filter(pa.array(inside)), x[inside], y[inside], int(inside.sum())
    values = encode.Values()
    parts = [values.column(name, table.column(name).to_pylist()) for name in ("name", "operator", "band")]
    parts.append(values.column("h3", [f"{cell:x}" for cell in table.column("h3").to_pylist()]))
    for name in FIGURES:
        if name in table.column_names:
            parts.append(values.column(name, table.column(name).fill_null(-1e9).to_numpy()))
    ids = np.arange(1, n + 1)
    return encode.layer(
        LAYER, encode.features(ids, encode.POINT, np.hstack(parts), encode.point_geometry(x, y)), values
    )
