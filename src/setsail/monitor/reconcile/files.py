"""A user's table of parts and a total, from a CSV file with columns region and value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.printed import QUALIFIERS, Qualifier, number
from setsail.base.tables import Row, read_rows
from setsail.base.units import factor, unit
from setsail.monitor.reconcile.numbers import NumberStyle, printed_number
from setsail.monitor.reconcile.shipped import whole_step
from setsail.monitor.reconcile.table import Cell, Neighbour, PrintedTable

REQUIRED = ("region", "value")
KNOWN = ("region", "value", "unit", "step", "qualifier", "note")
"""Columns of a table to reconcile; `docs/how-to/reconcile-a-table.md` tells each."""


def read_table(
    path: Path, total_row: str, *, previous: Sequence[Path] = (), style: NumberStyle = "plain"
) -> PrintedTable:
    """The table of a file; `previous` are the same table in earlier periods, the nearest first.

    style : how numbers are written.  Raises BadInput naming file, line and column; UnknownName (no such total row).
    """
    total, parts, unit_name = _read(path, total_row, style)
    if total is None:
        regions = ", ".join(cell.region for cell in parts[-3:])
        raise UnknownName(f"has no row {total_row!r}", where=str(path), allowed=f"a region of the file: ... {regions}")
    if total.value is None:
        raise BadInput("is blank", where=total.place, allowed="the printed total")
    if not parts:
        raise BadInput("holds no part beside the total", where=str(path), allowed="rows of region and value")
    neighbours = tuple(_neighbour(p, k, total_row, style, unit_name) for k, p in enumerate(previous, start=1))
    return PrintedTable(path.name, unit_name, "", total, parts, neighbours=neighbours)


def _neighbour(path: Path, back: int, total_row: str, style: NumberStyle, unit_name: str) -> Neighbour:
    total, parts, own_unit = _read(path, total_row, style)
    scale = factor(own_unit, unit_name, str(path)) if own_unit and unit_name else 1.0
    values: dict[str, float] = {}
    for cell in parts:
        if cell.region in values:
            raise DuplicateKey(f"names {cell.region!r} again", where=cell.place, hint="reconcile that file first")
        if cell.value is not None:
            values[cell.region] = cell.amount * scale
    return Neighbour(path.stem, -float(back), values, total.amount * scale if total else None)


def _read(path: Path, total_row: str, style: NumberStyle) -> tuple[Cell | None, tuple[Cell, ...], str]:
    """The total row if there is one, the parts in the total's unit, and that unit."""
    rows = read_rows(path, required=REQUIRED, known=KNOWN)
    named = [row for row in rows if row.need("region") == total_row]
    if len(named) > 1:
        raise DuplicateKey(f"names {total_row!r} again", where=named[1].where("region"), hint="keep one total row")
    units = {row.get("unit") for row in rows}
    if len(units) > 1 and "" in units:
        blank = next(row for row in rows if not row.get("unit"))
        raise BadInput("is empty while other rows have one", where=blank.where("unit"), allowed="a unit in every row")
    base = named[0] if named else rows[0] if rows else None
    base_unit = unit(base.get("unit"), base.where("unit")).unit if base is not None and base.get("unit") else ""
    cells = [(row, _cell(row, base_unit, style)) for row in rows]
    total = next((cell for row, cell in cells if row in named), None)
    return total, tuple(cell for row, cell in cells if row not in named), base_unit


def _cell(row: Row, base_unit: str, style: NumberStyle) -> Cell:
    own = row.get("unit")
    scale = factor(own, base_unit, row.where("unit")) if own else 1.0
    cell = Cell(row.need("region"), None, factor=scale, qualifier=_qualifier(row), place=row.where("value"))
    text = row.get("value")
    if not text:
        return cell
    value, step = printed_number(text, row.where("value"), style)
    if value < 0:
        raise BadInput(f"is {text}", where=row.where("value"), allowed="0 or more: parts of a total")
    if row.get("step"):
        step = number(row.get("step"), row.where("step"))
        if step < 0:
            raise BadInput(f"is {row.get('step')}", where=row.where("step"), allowed="0 or more")
    return replace(cell, value=value, step=whole_step(own, step))


def _qualifier(row: Row) -> Qualifier:
    text = row.get("qualifier") or "exact"
    if text not in QUALIFIERS:
        raise BadInput(f"is {text!r}", where=row.where("qualifier"), allowed=", ".join(QUALIFIERS))
    return cast(Qualifier, text)
