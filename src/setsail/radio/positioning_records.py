"""Positioning bounds as records: anchors read from a table, bounds at points or on a grid, percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.base.tables import Row, read_rows, require_unique
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss
from setsail.radio.positioning import C_M_PER_S, METHODS, Bound, Errors, Method, Prs, bound, grid_points, snr_re_db

COLUMNS = ("anchor", "x_m", "y_m", "z_m", "snr_db", "sync_ns", "nlos_m", "boresight_deg")
PERCENTILES = (50, 67, 80, 90, 95)
NEAREST_M = 0.1
"""Ground distance below which a point straight under an anchor is taken for the path loss."""
TERMS = ("crlb_m", "noise_m", "sync_m", "bias_m", "total_m", "gdop")


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchors as read: names, (n, 3) positions, and the columns that were given, (n,) each or None."""

    names: tuple[str, ...]
    positions_m: F64
    snr_db: F64 | None
    sync_m: F64 | None
    nlos_m: F64 | None
    boresight_rad: F64 | None


@dataclass(frozen=True, slots=True)
class Signal:
    """How strong the signal is: one SNR per resource element, or power and a scenario of TR 38.901."""

    snr_db: float | None = None
    tx_dbm: float | None = None
    fc_hz: float | None = None
    scenario: str = "inh"
    condition: str = "los"
    noise_figure_db: float = 9.0


def read_anchors(path: Path) -> Anchors:
    """The anchors of a CSV file with columns anchor, x_m, y_m, z_m and any of snr_db, sync_ns, nlos_m, boresight_deg.

    Raises BadInput, DuplicateKey.
    """
    rows = read_rows(path, required=COLUMNS[:4], known=COLUMNS)
    if not rows:
        raise BadInput("holds no anchor", where=str(path), allowed="one row per anchor")
    require_unique(rows, ("anchor",))
    positions = np.array([[_number(row, column) for column in COLUMNS[1:4]] for row in rows])
    sync, heading = _column(rows, "sync_ns"), _column(rows, "boresight_deg")
    return Anchors(
        tuple(row.need("anchor") for row in rows), positions, _column(rows, "snr_db"),
        None if sync is None else sync * 1e-9 * C_M_PER_S, _column(rows, "nlos_m"),
        None if heading is None else np.radians(heading),
    )  # fmt: skip


def _number(row: Row, column: str) -> float:
    text = row.need(column)
    try:
        value = float(text)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where=row.where(column), allowed="a number") from err
    if not math.isfinite(value):
        raise BadInput(f"is {text!r}", where=row.where(column), allowed="a finite number")
    return value


def _column(rows: Sequence[Row], column: str) -> F64 | None:
    """One column; None where the file lacks it. Raises BadInput where only some rows hold it."""
    if column not in rows[0].cells:
        return None
    return np.array([_number(row, column) for row in rows])


def method_of(text: str) -> Method:
    """The method of that name. Raises UnknownName."""
    for name in METHODS:
        if name == text:
            return name
    raise UnknownName(f"is {text!r}", where="method", allowed=", ".join(METHODS))


def parse_point(text: str, height_m: float) -> list[float]:
    """A point from `x,y` or `x,y,z` [m]. Raises BadInput."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) not in (2, 3) or not all(map(math.isfinite, values)):
        raise BadInput(f"is {text!r}", where="point", allowed="x,y or x,y,z in metres")
    return values if len(values) == 3 else [*values, height_m]


def parse_grid(text: str, step_m: float, height_m: float) -> F64:
    """The points of a grid `x0,y0,x1,y1` [m]. Raises BadInput, OutOfRange."""
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="grid", allowed="x0,y0,x1,y1 in metres") from err
    return grid_points((x0, x1), (y0, y1), step_m, height_m)


def places(points: Sequence[str], grid: str | None, step_m: float, height_m: float) -> F64:
    """The points (n, 3) of a wish: single ones or a grid. Raises BadInput where neither or both are given."""
    if bool(points) == (grid is not None):
        raise BadInput("are both or neither given", where="points and grid", allowed="one of them")
    if grid is not None:
        return parse_grid(grid, step_m, height_m)
    return np.array([parse_point(text, height_m) for text in points])


def snr_at(signal: Signal, prs: Prs, anchors: Anchors, points: F64) -> tuple[F64, list[str]]:
    """SNR per resource element [dB] (n_points, n_anchors), and which ranges of the path loss model were left.

    Raises BadInput where the signal is told not at all or twice.
    Source: TR 38.901 v17.0.0 mean path loss without shadowing; thermal noise and noise figure.
    """
    given = [signal.snr_db is not None, signal.tx_dbm is not None, anchors.snr_db is not None]
    if sum(given) != 1:
        raise BadInput(
            "is told in no or several ways", where="signal", allowed="one of: SNR, power and frequency, column snr_db"
        )
    if signal.tx_dbm is not None:
        loss, outside = _losses_db(signal, anchors, points)
        return snr_re_db(signal.tx_dbm, loss, prs, signal.noise_figure_db), outside
    told = signal.snr_db if anchors.snr_db is None else anchors.snr_db
    return np.broadcast_to(np.asarray(told, dtype=np.float64), (len(points), len(anchors.names))), []


def _losses_db(signal: Signal, anchors: Anchors, points: F64) -> tuple[F64, list[str]]:
    if signal.fc_hz is None:
        raise BadInput("is missing", where="frequency", allowed="a carrier [Hz] with the power")
    loss = np.empty((len(points), len(anchors.names)))
    outside: dict[str, str] = {}
    for i, place in enumerate(anchors.positions_m):
        across = np.maximum(np.hypot(*(points[:, :2] - place[:2]).T), NEAREST_M)
        for height in np.unique(points[:, 2]):
            at = points[:, 2] == height
            one = link(signal.scenario, signal.condition, signal.fc_hz, h_bs_m=float(place[2]), h_ut_m=float(height))
            found = path_loss(one, across[at], extrapolate=True)
            loss[at, i] = found.loss_db
            for text in found.outside:
                outside.setdefault(text.split(" is outside ")[-1], text)  # one line per range
    return loss, list(outside.values())


def positioning_record(
    method: str,
    anchors: Anchors,
    points: F64,
    prs: Prs,
    signal: Signal,
    *,
    errors: Errors,
    dimensions: int = 2,
    elements: int = 8,
    each: bool = True,
) -> Record:
    """The bound at the points: percentiles over them, and with `each` every point. Raises as `bound`.

    errors : for all anchors; a column of the anchors (sync_ns, nlos_m) takes its place.
    """
    snr, outside = snr_at(signal, prs, anchors, points)
    terms = Errors(
        errors.sync_m if anchors.sync_m is None else anchors.sync_m, errors.heading_rad,
        errors.nlos_m if anchors.nlos_m is None else anchors.nlos_m, errors.nlos_rad,
    )  # fmt: skip
    found = bound(
        method_of(method), anchors.positions_m, points, prs, snr, errors=terms, dimensions=dimensions,
        elements=elements, boresight_rad=anchors.boresight_rad,
    )  # fmt: skip
    return {
        "method": found.method,
        "dimensions": dimensions,
        "anchors": len(anchors.names),
        "n_points": len(points),
        "n_resolved": int(found.resolved.sum()),
        "prs": {"n_prb": prs.n_prb, "scs_hz": prs.scs_hz, "n_re": prs.n_re, "b_rms_hz": prs.b_rms_hz},
        "resolution_m": prs.resolution_m,
        "percentiles": _percentiles(found),
        "points": _points(found, points) if each else None,
        "outside": outside,
        "note": "a lower bound of the mean squared error: unresolved multipath, about resolution_m, is not in it",
        "source": "Cramer-Rao bound; PRS grid of TS 38.211 cl. 7.4.1.7",
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _percentiles(found: Bound) -> list[Record]:
    """Percentiles of each term over all points; None where a point that is not resolved stands there."""
    rows = []
    for p in PERCENTILES:
        values = {name: np.percentile(getattr(found, name), p, method="higher") for name in TERMS}
        rows.append({"percentile": p} | {name: _plain(value) for name, value in values.items()})
    return rows


def _points(found: Bound, points: F64) -> list[Record]:
    return [
        {"x_m": float(x), "y_m": float(y), "z_m": float(z)}
        | {name: _plain(getattr(found, name)[i]) for name in TERMS}
        | {"resolved": bool(found.resolved[i])}
        for i, (x, y, z) in enumerate(points)
    ]
