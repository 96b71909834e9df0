"""The list beside the map: rows by region under the same choice, with what no cell can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.monitor.maplayers.choice import NO_MONTH, Choice, kept, month_of, text_of
from setsail.store.expressions import h3_parent
from setsail.store.places import H3_RESOLUTION

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_RECORDS = Limit("limit", 1, 1000, "rows of one cell that are listed")
Bounds = tuple[float, float, float, float]


def by_region(rows: ir.Table, level: str, choice: Choice, date: str | None) -> ir.Table:
    """Rows `n` by region code (null outside all, or without coordinates) and `placed`."""
    found = kept(rows, choice, date)
    keyed = found.mutate(region=found[level], placed=found.h3.notnull())
    return keyed.group_by(["region", "placed"]).aggregate(n=keyed.count()).order_by(["region", "placed"])


def undated(rows: ir.Table, choice: Choice, date: str | None) -> ir.Table:
    """Number `n` of rows left out because they tell no date, the rest of the choice as it is."""
    found = kept(rows, Choice(choice.operators, choice.bands), date)
    left = found.filter(month_of(found, date) == NO_MONTH)
    return left.aggregate(n=left.count())


def in_view(rows: ir.Table, choice: Choice, date: str | None, bounds: Bounds) -> ir.Table:
    """Number `n` of rows with coordinates in west, south, east, north [degrees]."""
    west, south, east, north = bounds
    if not (west < east and south < north):
        raise BadInput(f"is {bounds}", where="bounds", allowed="west < east, south < north")
    found = kept(rows, choice, date)
    inside = found.filter(found.lon >= west, found.lon <= east, found.lat >= south, found.lat <= north)
    return inside.aggregate(n=inside.count())


def of_cell(rows: ir.Table, cell: int, resolution: int, choice: Choice, date: str | None) -> ir.Table:
    """The rows of one H3 cell."""
    found = kept(rows, choice, date)
    held = found.h3 if resolution == H3_RESOLUTION else h3_parent(found.h3, H3_RESOLUTION, resolution)
    return found.filter(held == cell)


def parts(rows: ir.Table) -> ir.Table:
    """Rows `n` by operator and band."""
    keyed = rows.mutate(operator=text_of(rows, "operator"), band=text_of(rows, "band"))
    return keyed.group_by(["operator", "band"]).aggregate(n=keyed.count()).order_by(["operator", "band"])


def resolution_of(cell: int) -> int:
    """The resolution of an H3 id. Raises BadInput for what is no cell of resolution 0 to 9."""
    resolution = cell >> 52 & 15
    if cell >> 59 != 1 or cell >> 56 & 7 or resolution > H3_RESOLUTION:
        raise BadInput(f"is {cell:x}", where="cell", allowed=f"an H3 cell of resolution 0 to {H3_RESOLUTION}")
    return resolution
