"""What in the samples would bend a fit without showing in its numbers."""

from __future__ import annotations

import numpy as np

from setsail.radio.calibrate.links import Links
from setsail.radio.calibrate.options import CalibrateOptions
from setsail.radio.coverage.cells import Finding

PILED = 0.01
PILED_LEAST = 10


def findings(links: Links, options: CalibrateOptions) -> tuple[Finding, ...]:
    """Samples piled up at the least value, samples of the serving cell only, cells out of line."""
    told = [_floor(links, options), _serving(links)]
    return tuple(f for f in told if f is not None)


def _floor(links: Links, options: CalibrateOptions) -> Finding | None:
    least = float(links.rsrp_dbm.min())
    at = int((links.rsrp_dbm == least).sum())
    if options.floor_dbm is not None:
        cut = int((links.rsrp_dbm <= options.floor_dbm).sum())
        return Finding("floor", "rsrp_dbm", f"{cut} samples at or below {options.floor_dbm:g} dBm count as censored")
    if at < max(PILED_LEAST, PILED * len(links)):
        return None
    what = f"{at} samples stand at the least value, as at a receiver's floor; --floor {least:g} treats them so"
    return Finding("floor-suspected", "rsrp_dbm", what)


def _serving(links: Links) -> Finding | None:
    """One cell at each place: the strongest was chosen, which hides paths of much shadowing."""
    if len(links.cell) < 2:
        return None
    place = np.stack([np.round(links.x_m), np.round(links.y_m)], axis=1)
    _, index = np.unique(place, axis=0, return_inverse=True)
    pairs = np.unique(np.stack([index.ravel(), links.cell.index], axis=1), axis=0)
    if len(pairs) > len(np.unique(index)):
        return None
    what = "each place has one cell only: if that was the strongest, weak paths are missing and the fit is too good"
    return Finding("serving-only", "cell_id", what)
