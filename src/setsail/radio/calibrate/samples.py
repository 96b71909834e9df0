"""A drive or walk test as a table: position, cell and RSRP, and what of it cannot be used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.base.tables import Row, iter_rows, read_text
from setsail.radio.calibrate.options import RSRP_DBM
from setsail.radio.coverage.cells import Finding

Names = npt.NDArray[np.str_]
ABSENT = ("", "-", "na", "nan", "null")


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows of a test (n,) in the order of the file; `geographic` says whether x, y are longitude and latitude."""

    x: F64
    y: F64
    geographic: bool
    cell_id: Names
    rsrp_dbm: F64
    device: Names
    clutter_class: Names

    def __len__(self) -> int:
        return len(self.rsrp_dbm)


def read_samples(path: Path) -> tuple[Samples, tuple[Finding, ...]]:
    """The usable rows of a CSV file with lon, lat (or x_m, y_m), cell_id, rsrp_dbm[, device, clutter_class].

    Rows without cell or RSRP, and RSRP outside the range of the standard, are left out and told as findings.
    Raises BadInput: no such columns, a position that is no number, longitude or latitude out of range.
    """
    rows = list(iter_rows(read_text(path), str(path), required=("cell_id", "rsrp_dbm")))
    if not rows:
        raise BadInput("holds no sample", where=str(path), allowed="a header line and one row or more")
    names, geographic = _position(rows[0])
    left = dict.fromkeys(LEFT, 0)
    kept: list[tuple[float, float, float, str, str, str]] = []
    for row in rows:
        rsrp = _rsrp(row)
        reason = "no-cell" if row.get("cell_id").lower() in ABSENT else _reason(rsrp)
        if reason:
            left[reason] += 1
            continue
        x, y = (_number(row, name) for name in names)
        if geographic:
            _require_degrees(row, x, y)
        kept.append((x, y, rsrp, row.get("cell_id"), row.get("device"), row.get("clutter_class")))
    told = tuple(Finding(code, str(path), f"{n} rows left out: {LEFT[code]}") for code, n in left.items() if n)
    if not kept:
        raise BadInput("holds no usable sample", where=str(path), hint="; ".join(f.what for f in told))
    x_, y_, rsrp_, cell, device, clutter = zip(*kept, strict=True)
    return Samples(
        np.array(x_), np.array(y_), geographic, np.array(cell, dtype=np.str_), np.array(rsrp_),
        np.array(device, dtype=np.str_), np.array(clutter, dtype=np.str_),
    ), told  # fmt: skip


LEFT = {
    "no-cell": "cell_id is empty",
    "no-rsrp": "rsrp_dbm is empty",
    "rsrp-out-of-range": f"rsrp_dbm is outside {RSRP_DBM.text()}",
}


def _position(row: Row) -> tuple[tuple[str, str], bool]:
    for names, geographic in ((("lon", "lat"), True), (("x_m", "y_m"), False), (("x", "y"), False)):
        if all(name in row.cells for name in names):
            return (names[0], names[1]), geographic
    raise BadInput("lacks the position", where=f"{row.table}:1", allowed="columns lon and lat, or x_m and y_m")


def _rsrp(row: Row) -> float:
    text = row.get("rsrp_dbm")
    return math.nan if text.lower() in ABSENT else _number(row, "rsrp_dbm")


def _reason(rsrp: float) -> str:
    if math.isnan(rsrp):
        return "no-rsrp"
    return "" if RSRP_DBM.low <= rsrp <= RSRP_DBM.high else "rsrp-out-of-range"


def _number(row: Row, name: str) -> float:
    try:
        value = float(row.need(name))
    except ValueError as err:
        raise BadInput(f"is {row.get(name)!r}", where=row.where(name), allowed="a number") from err
    if not math.isfinite(value):
        raise BadInput(f"is {row.get(name)!r}", where=row.where(name), allowed="a finite number")
    return value


def _require_degrees(row: Row, lon: float, lat: float) -> None:
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise BadInput(
            f"is {lon:g}, {lat:g}", where=f"{row.table}:{row.line} lon, lat", allowed="degrees, longitude first",
            hint="name metric columns x_m, y_m and give --crs",
        )  # fmt: skip
