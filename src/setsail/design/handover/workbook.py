"""The workbook of a hand-over: one sheet each for heads, cables, bill, slices and flows, all cells values."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from setsail.base.extras import require
from setsail.base.record import Record
from setsail.design.bill import Bill
from setsail.design.network.model import Network
from setsail.site.model import Site

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""Signs at which a spreadsheet begins to compute; such text gets an apostrophe before it."""
WIDEST, LONGEST = 60, 32_767
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(site: Site, network: Network, bill: Bill, made: datetime) -> bytes:
    """The bytes of the XLSX; the same network at the same time gives the same bytes."""
    stream = io.BytesIO()
    book = require("xlsxwriter", "site").Workbook(stream, {"in_memory": True, **_PLAIN})
    book.set_properties({"title": f"Hand-over of {site.name or site.site}", "created": made.replace(tzinfo=None)})
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for name, (columns, rows) in sheets(site, network, bill).items():
        _sheet(book.add_worksheet(name), columns, rows, heading)
    book.close()
    return stream.getvalue()


def sheets(site: Site, network: Network, bill: Bill) -> dict[str, tuple[tuple[str, ...], list[Record]]]:
    """Columns and rows of each sheet."""
    about = [
        ("site", site.name or site.site), ("kind", site.kind), ("synthetic", "yes" if site.synthetic else "no"),
        ("floors", len(site.floors)), ("heads", len(network.heads)), ("currency", bill.currency),
        ("paid once", bill.capital), ("a year", bill.yearly), *(("note", n) for n in (*network.notes, *bill.notes)),
    ]  # fmt: skip
    names = {f.floor: f.name for f in site.floors}
    return {
        "About": (("what", "value"), [{"what": what, "value": value} for what, value in about]),
        "Heads": (
            ("head", "floor", "floor_name", "x_m", "y_m", "z_m", "cell", "carrier", "power_dbm", "ports", "gain_dbi",
             "origin"),
            _heads(network, names),
        ),
        "Cables": (
            ("run", "kind", "start", "end", "from_floor", "floor", "length_m", "path"),
            [run.record() | {"path": _path(run.path)} for run in bill.runs],
        ),
        "Bill": (
            ("item", "label", "label_zh", "model", "count", "unit", "kind", "price", "amount", "upkeep", "mark",
             "source"),
            [line.record() for line in bill.lines],
        ),
        "Slices": (
            ("slice", "sst", "sd", "prb_min_ratio", "prb_max_ratio", "isolation", "dnn", "upf"),
            [_columns(s) for s in network.slices],
        ),
        "Flows": (
            ("flow", "room", "application", "count", "activity_ratio", "fiveqi", "slice", "gbr_ul_bps", "gbr_dl_bps",
             "mbr_ul_bps", "mbr_dl_bps", "arp", "mdbv_bytes", "legs", "upf", "access", "critical", "reason"),
            [_columns(f) for f in network.flows],
        ),
    }  # fmt: skip


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula, here or after it was saved as CSV."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _heads(network: Network, names: dict[str, str]) -> list[Record]:
    carriers = {c.cell: c.carrier for c in network.cells}
    return [
        _columns(h) | {"floor_name": names.get(h.floor, ""), "carrier": carriers.get(h.cell, "")} for h in network.heads
    ]


def _columns(value: object) -> Record:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def _path(path: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in path)


def _sheet(sheet: Any, columns: Sequence[str], rows: Sequence[Record], heading: Any) -> None:  # noqa: ANN401
    sheet.freeze_panes(1, 0)
    for k, column in enumerate(columns):
        sheet.write_string(0, k, column, heading)
        longest = max((len(str(row.get(column) or "")) for row in rows), default=0)
        sheet.set_column(k, k, min(WIDEST, max(len(column), longest) + 2))
    for i, row in enumerate(rows, start=1):
        for k, column in enumerate(columns):
            _cell(sheet, i, k, row.get(column))
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _cell(sheet: Any, row: int, column: int, value: object) -> None:  # noqa: ANN401
    """A number as a number, a truth as a truth, anything else as text; nothing as a formula or a link."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, safe(str(value))[:LONGEST])
