"""Routing instances from files: Solomon's text and VRPLIB."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.rollout.routes.instance import FOREVER, SCALE, Instance, Rounding, require_servable

MOST_CUSTOMERS = 10_000
"""A matrix of more does not fit beside the search into the memory of a small machine."""
COLUMNS = 7
"""Of a row in Solomon's text: number, x, y, demand, ready time, due date, service time."""
KNOWN = frozenset({
    "name", "comment", "type", "dimension", "vehicles", "capacity", "edge_weight_type", "edge_weight_format",
    "node_coord_type", "display_data_type", "node_coord", "demand", "time_window", "service_time", "release_time",
    "vehicles_reload_depot", "depot", "edge_weight",
})  # fmt: skip
"""Specifications and sections of a VRPLIB file that are read; another one would be a rule that we do not keep."""


def read(path: Path, *, dimacs: bool = False) -> Instance:
    """The instance of a file in Solomon's text or VRPLIB.

    dimacs : distances in tenths, truncated (12th DIMACS Implementation Challenge, VRPTW track); else Solomon's text
    and timed VRPLIB files are taken to 0.001, and a VRPLIB file without times by TSPLIB's rule (rounded).
    Raises BadInput that names the line or the section, MissingExtra.
    """
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "is not text"
        raise BadInput(str(why or err).lower(), where=where, allowed="Solomon's text or VRPLIB") from err
    lines = [(k, line.strip()) for k, line in enumerate(text.splitlines(), start=1)]
    lines = [(k, line) for k, line in lines if line and not line.startswith("#")]
    if any(line.upper().startswith("VEHICLE") and ":" not in line for _, line in lines[:3]):
        made = _solomon(lines, where, dimacs=dimacs)
    elif any(":" in line for _, line in lines[:3]):
        made = _vrplib(text, where, dimacs=dimacs)
    else:
        raise BadInput("is neither of the formats read", where=where, allowed="Solomon's text or VRPLIB")
    require_servable(made, where)
    return made


def _solomon(lines: Sequence[tuple[int, str]], where: str, *, dimacs: bool) -> Instance:
    """Solomon's text: name, VEHICLE with number and capacity, CUSTOMER with one row each."""
    rows = list(_rows(lines[1:], where))
    fleet = next((row for row in rows if len(row[1]) == 2), None)
    if fleet is None:
        raise BadInput("has no row with the number of vehicles and their capacity", where=where)
    places = [row for row in rows if row[0] > fleet[0]]
    for k, (line, row) in enumerate(places):
        if len(row) != COLUMNS:
            raise BadInput(f"has {len(row)} numbers", where=f"{where}:{line}", allowed=f"{COLUMNS} a customer")
        if row[0] != k:
            raise BadInput(f"is customer {row[0]:g} where {k} follows", where=f"{where}:{line}")
    table = np.array([row for _, row in places], dtype=np.float64).reshape(-1, COLUMNS)
    rounding: Rounding = "dimacs" if dimacs else "exact"
    return _made(
        lines[0][1], rounding, where, fleet=(fleet[1][0], fleet[1][1]), weight=_between(table[:, 1:3]),
        demand=table[:, 3], ready=table[:, 4], due=table[:, 5], service=table[:, 6],
    )  # fmt: skip


def _rows(lines: Sequence[tuple[int, str]], where: str) -> Iterator[tuple[int, list[float]]]:
    """Rows of numbers with their line; headings are passed over, a damaged row is told."""
    for line, text in lines:
        words = text.split()
        if not words[0][0].isdigit() and words[0][0] not in "+-.":
            continue
        try:
            row = [float(word) for word in words]
        except ValueError as err:
            raise BadInput(f"has {text[:40]!r}", where=f"{where}:{line}", allowed="numbers") from err
        if not all(map(math.isfinite, row)):
            raise BadInput(f"has {text[:40]!r}", where=f"{where}:{line}", allowed="finite numbers")
        yield line, row


def _between(points: F64) -> F64:
    """Euclidean distances (n, n) of points (n, 2)."""
    return np.asarray(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)), dtype=np.float64)


def _vrplib(text: str, where: str, *, dimacs: bool) -> Instance:
    """A VRPLIB file: CVRP, VRPTW, or with several trips and release times (MTVRPTWR); one depot."""
    parse = require("vrplib.parse", "rollout").parse_vrplib
    try:
        held: dict[str, Any] = parse(text)
    except (ValueError, RuntimeError, TypeError, KeyError, IndexError, AssertionError) as err:
        raise BadInput(f"cannot be read as VRPLIB ({err})", where=where) from err
    strange = sorted(set(held) - KNOWN)
    if strange:
        raise BadInput(f"holds {strange[0].upper()}, which is not kept here", where=where, allowed=_named(KNOWN))
    depots = np.atleast_1d(held.get("depot", 0)).tolist()
    if depots != [0]:
        raise BadInput(f"has depots {[d + 1 for d in depots]}", where=f"{where}: DEPOT_SECTION", allowed="node 1 alone")
    weight = _column(held, "edge_weight", where, None)
    count = int(held.get("dimension", 0) or 0)
    if weight.shape != (count, count):
        raise BadInput(f"gives distances {weight.shape}", where=where, allowed=f"DIMENSION {count} x {count}")
    timed = bool({"time_window", "release_time"} & set(held))
    rounding: Rounding = "dimacs" if dimacs else "exact" if timed else "nint"
    window = _column(held, "time_window", where, np.tile([0.0, math.inf], (count, 1)))
    return _made(
        str(held.get("name", Path(where).stem)), rounding, where, weight=weight,
        fleet=(held.get("vehicles", max(1, count - 1)), held.get("capacity", 0)),
        demand=_column(held, "demand", where, np.zeros(count)), ready=window[..., 0], due=window[..., -1],
        service=np.broadcast_to(_column(held, "service_time", where, np.zeros(count)), (count,)),
        release=_column(held, "release_time", where, np.zeros(count)), reload=_reload(held, where),
    )  # fmt: skip


def _named(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)).upper()


def _column(held: Mapping[str, Any], name: str, where: str, default: F64 | None) -> F64:
    """A section as numbers. Raises BadInput where it is missing or holds other things."""
    if name not in held and default is not None:
        return default
    try:
        return np.asarray(held[name], dtype=np.float64)
    except (KeyError, ValueError, TypeError) as err:
        raise BadInput("is missing or does not hold one number a node", where=f"{where}: {name.upper()}") from err


def _reload(held: Mapping[str, Any], where: str) -> bool:
    """True where every vehicle may load again at the depot."""
    if "vehicles_reload_depot" not in held:
        return False
    depots = _column(held, "vehicles_reload_depot", where, None).ravel()
    if not np.all(depots == 1):
        raise BadInput("names another depot", where=f"{where}: VEHICLES_RELOAD_DEPOT_SECTION", allowed="node 1")
    return True


def _made(
    name: str, rounding: Rounding, where: str, *, fleet: tuple[Any, Any], weight: F64, demand: F64, ready: F64,
    due: F64, service: F64, release: F64 | None = None, reload: bool = False,
) -> Instance:  # fmt: skip
    """The columns as whole numbers, checked."""
    count = len(weight)
    if not 2 <= count <= MOST_CUSTOMERS + 1:
        raise BadInput(f"has {max(0, count - 1)} customers", where=where, allowed=f"1 to {MOST_CUSTOMERS}")
    vehicles, capacity = (
        _count(value, where, what) for value, what in zip(fleet, ("vehicles", "capacity"), strict=True)
    )
    released = np.zeros(count) if release is None else release
    for what, column in (("demand", demand), ("service time", service), ("ready time", ready), ("release", released)):
        _require_column(column, count, where, what)
    if due.shape != (count,) or np.isnan(due).any():
        raise BadInput("must have one number a node", where=f"{where}: due date")
    if not np.all(demand == np.floor(demand)):
        raise BadInput("is not whole", where=f"{where}: demand", allowed="whole numbers")
    if not (np.isfinite(weight).all() and np.all(weight >= 0)):
        raise BadInput("has a negative distance or none", where=where)
    scale = SCALE[rounding]
    distance = _scaled(weight, rounding)
    duration = np.ceil(weight * scale - 1e-9).astype(np.int64) if rounding == "exact" else distance
    latest = np.where(np.isfinite(due), np.minimum(np.where(np.isfinite(due), due, 0) * scale, FOREVER), FOREVER)
    return Instance(
        name=name, rounding=rounding, vehicles=vehicles, capacity=capacity, distance=distance, duration=duration,
        demand=demand.astype(np.int64), ready=np.ceil(ready * scale - 1e-9).astype(np.int64),
        due=np.floor(latest + 1e-9).astype(np.int64), service=np.ceil(service * scale - 1e-9).astype(np.int64),
        release=np.ceil(released * scale - 1e-9).astype(np.int64), reload=reload,
        timed=bool(np.isfinite(due).any() or released.any()),
    )  # fmt: skip


def _scaled(weight: F64, rounding: Rounding) -> I64:
    """Distances by the rule; the diagonal is nothing."""
    if rounding == "dimacs":
        made = np.floor(weight * 10.0)
    elif rounding == "nint":
        made = np.floor(weight + 0.5)
    else:
        made = np.round(weight * 1000.0)
    np.fill_diagonal(made, 0.0)
    return made.astype(np.int64)


def _count(value: object, where: str, what: str) -> int:
    """A whole number of at least one."""
    if isinstance(value, int | float) and value >= 1 and float(value).is_integer():
        return int(value)
    raise BadInput(f"is {value!r}", where=f"{where}: {what}", allowed="a whole number of at least 1")


def _require_column(column: F64, count: int, where: str, what: str) -> None:
    """Raises BadInput where a column has not one number of at least zero a node."""
    if column.shape != (count,):
        raise BadInput(
            f"has {len(np.atleast_1d(column))} values", where=f"{where}: {what}", allowed=f"{count}, one a node"
        )
    if not (np.isfinite(column).all() and np.all(column >= 0)):
        worst = int(np.flatnonzero(~(np.isfinite(column) & (column >= 0)))[0])
        raise BadInput(f"of node {worst} is {column[worst]:g}", where=f"{where}: {what}", allowed="at least 0")
