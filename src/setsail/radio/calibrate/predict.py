"""What the coverage model says of each sample: the same path loss, pattern and power as the raster."""

from __future__ import annotations

import numpy as np
import pyproj

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput
from setsail.radio.calibrate.links import Links, links
from setsail.radio.calibrate.samples import Samples
from setsail.radio.coverage.arrays import DB_PER_LOG2, carriers
from setsail.radio.coverage.cells import Cells, Finding
from setsail.radio.coverage.grid import Grid, grid, metric_crs
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.twin import path_gain, pattern_loss

RESOLUTION_M = 100.0
SHOWN = 5
FARTHEST_M = 30_000.0
"""A sample farther from its cell belongs to another cell of that name, or the table is wrong."""


def linked(
    samples: Samples, cells: Cells, options: CoverageOptions, crs: str | None = None
) -> tuple[Links, tuple[Finding, ...]]:
    """The samples of known cells with the model's prediction (TR 38.901, mean of LOS and NLOS as `options` say).

    crs : projected system in metres; needed where the samples are in metres, else the UTM zone of the cells.
    Raises BadInput: no crs, no sample of a known cell.
    """
    findings: list[Finding] = []
    order = np.argsort(cells.cell_id)
    at = np.searchsorted(cells.cell_id, samples.cell_id, sorter=order)
    row = order[np.minimum(at, len(cells) - 1)]
    known = cells.cell_id[row] == samples.cell_id
    _tell_unknown(samples, known, findings)
    if known.any():
        used = np.unique(row[known])
        cells, row = cells.take(used), np.minimum(np.searchsorted(used, row), len(used) - 1)
    where = _grid(samples, cells, crs)
    x, y = where.to_metres(samples.x, samples.y) if samples.geographic else (samples.x, samples.y)
    distance, predicted, loss = predict(cells, where, options, row, np.column_stack([x, y]))
    far = known & ~(distance <= FARTHEST_M)
    if far.any():
        what = f"{int(far.sum())} samples left out: farther than {FARTHEST_M / 1e3:g} km from their cell"
        findings.append(Finding("too-far", _names(samples.cell_id[far]), what))
    keep = known & ~far
    if not keep.any():
        raise BadInput(
            "holds no sample of a cell of the table", where="test", allowed=_names(cells.cell_id),
            hint="; ".join(f.what for f in findings),
        )  # fmt: skip
    made = links(
        cell=samples.cell_id[keep], x_m=x[keep], y_m=y[keep], distance_m=distance[keep], predicted_dbm=predicted[keep],
        path_loss_db=loss[keep], rsrp_dbm=samples.rsrp_dbm[keep], clutter=samples.clutter_class[keep],
        device=samples.device[keep],
    )  # fmt: skip
    return made, tuple(findings)


def predict(cells: Cells, where: Grid, options: CoverageOptions, row: I64, place_m: F64) -> tuple[F64, F64, F64]:
    """Distance (3D) [m], RSRP [dBm] and path loss [dB] (n,) at place_m (n, 2), each of its cell, a row of the table.

    The formulas are those of the raster in float64 (TR 38.901 v17.0.0, Tables 7.4.1-1, 7.4.2-1 and 7.3-1): a place
    nearer than 10 m counts as 10 m away.
    """
    distance, predicted, loss = (np.full(len(row), np.nan) for _ in range(3))
    for carrier in carriers(cells, where, options):
        mast = np.repeat(np.arange(len(carrier.place_m)), np.diff(carrier.first))
        for s, cell in enumerate(carrier.cell):
            mine = np.flatnonzero(row == cell)
            if not mine.size:
                continue
            k = int(mast[s])
            dx, dy = (place_m[mine] - carrier.place_m[k]).T
            d_2d = np.hypot(dx, dy)
            gain, d = path_gain(d_2d, carrier.groups[k])
            gap = carrier.groups[k, 1]
            away = pattern_loss(dx / d, dy / d, np.arctan2(gap, d), carrier.sectors[s])
            loss[mine] = -DB_PER_LOG2 * gain
            predicted[mine] = DB_PER_LOG2 * (gain + carrier.sectors[s, 8] - away)
            distance[mine] = np.hypot(d, gap)
    return distance, predicted, loss


def _grid(samples: Samples, cells: Cells, crs: str | None) -> Grid:
    if crs is None and not samples.geographic:
        raise BadInput("is not given", where="--crs", allowed="the system of x_m and y_m, such as EPSG:32650")
    if not samples.geographic:
        _require_in_area(samples, cells, metric_crs(str(crs)))
    box = (
        float(cells.lon.min()) - 0.01, max(float(cells.lat.min()) - 0.01, -90.0),
        float(cells.lon.max()) + 0.01, min(float(cells.lat.max()) + 0.01, 90.0),
    )  # fmt: skip
    return grid(box, RESOLUTION_M, crs)


def _require_in_area(samples: Samples, cells: Cells, crs: str) -> None:
    """Refuses metres that lie nowhere near the cells in that system."""
    move = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = move.transform(float(np.median(samples.x)), float(np.median(samples.y)))
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise BadInput("has no such place", where=f"crs {crs}", allowed="the system of x_m and y_m")
    if np.hypot(lon - np.median(cells.lon), lat - np.median(cells.lat)) > 5.0:
        raise BadInput(
            f"puts the test at {lon:.2f}, {lat:.2f}, far from the cells", where=f"crs {crs}",
            allowed="the system of x_m and y_m",
        )  # fmt: skip


def _tell_unknown(samples: Samples, known: Bool, findings: list[Finding]) -> None:
    if known.all():
        return
    lost = samples.cell_id[~known]
    what = f"{len(lost)} samples left out: their cell is not in the table, or not usable there"
    findings.append(Finding("unknown-cell", _names(lost), what))


def _names(ids: object) -> str:
    known = sorted({str(v) for v in np.asarray(ids)})
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more
