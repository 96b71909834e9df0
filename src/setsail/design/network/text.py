"""The three files of a network as text, and back: `network.toml`, `heads.csv`, `flows.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.base.tables import Row, iter_rows
from setsail.base.toml import document, require_known, tables
from setsail.design.network import toml_text
from setsail.design.network.columns import columns, from_text
from setsail.design.network.model import Network
from setsail.design.network.tables import CLASSES, build, rows_of

TOML, HEADS, FLOWS = "network.toml", "heads.csv", "flows.csv"
FILES = (TOML, HEADS, FLOWS)
IN_CSV = {"heads": HEADS, "flows": FLOWS}
IN_TOML = tuple(name for name in CLASSES if name not in IN_CSV)
IN_LINES = ("shares",)
"""Components of many short rows: one line each."""
FORMAT = 1
"""Of `network.toml`; a later edition of the product reads the earlier ones."""
OPENING = "# The network of this site, with heads.csv and flows.csv beside it; `setsail design run` writes the three.\n"


def texts(network: Network) -> dict[str, str]:
    """The text of each of the three files; the same network always gives the same text."""
    return {TOML: _toml(network)} | {name: _csv(rows_of(network, part), part) for part, name in IN_CSV.items()}


def network_of(given: Mapping[str, str], folder: str) -> Network:
    """The network of the texts of the three files, of which `flows.csv` may be left out.

    Raises BadInput, UnknownName, DuplicateKey, OutOfRange.
    """
    where = f"{folder}/{TOML}"
    top = document(given[TOML], where)
    own = {c.column for c in columns()["network"]} | {"notes", "settings"}
    require_known(top, [*own, "format", *IN_TOML], where)
    if top.pop("format", None) != FORMAT:
        raise BadInput("has another format or none", where=f"{where} format", allowed=str(FORMAT))
    rows: dict[str, Iterable[Mapping[str, Any]]] = {name: tables(top, name, where) for name in IN_TOML}
    lines: dict[str, list[int]] = {}
    for component, name in IN_CSV.items():
        if name not in given:
            continue
        read = list(_csv_rows(given[name], f"{folder}/{name}", component))
        lines[component] = [row.line for row in read]
        rows[component] = [_typed(row, component) for row in read]

    def place(component: str, index: int, column: str) -> str:
        told = f" column '{column}'" if column else ""
        if component in IN_CSV:
            return f"{folder}/{IN_CSV[component]}:{lines[component][index]}{told}"
        if component == "network":
            return f"{where} {column}".rstrip()
        return f"{where} {component}[{index + 1}] {column}".rstrip()

    return build({k: v for k, v in top.items() if k in own}, rows, place)


def _toml(network: Network) -> str:
    head: Record = {"format": FORMAT} | {c.column: getattr(network, c.column) for c in columns()["network"]}
    head["notes"] = list(network.notes)
    parts = [OPENING, toml_text.pairs(head)]
    parts += [toml_text.lines(name, rows_of(network, name)) for name in IN_LINES]
    if network.settings:
        parts.append("\n[settings]\n" + toml_text.pairs(network.settings))
    parts += [toml_text.tables(name, rows_of(network, name)) for name in IN_TOML if name not in IN_LINES]
    return "".join(parts)


def _csv(rows: Iterable[Record], component: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([c.column for c in columns()[component]])
    writer.writerows([_cell(v) for v in row.values()] for row in rows)
    return buffer.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return toml_text.number(value) if isinstance(value, int | float) else str(value)


def _csv_rows(text: str, where: str, component: str) -> Iterable[Row]:
    known = columns()[component]
    required = [c.column for c in known if c.default is None]
    return iter_rows(text, where, required=required, known=[c.column for c in known])


def _typed(row: Row, component: str) -> dict[str, Any]:
    by_name = {c.column: c for c in columns()[component]}
    return {name: from_text(by_name[name], row.get(name), row.where(name)) for name in row.cells}
