"""Percentiles of a study of the indoor hotspot as records, with their spread between runs."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64
from setsail.base.record import Record
from setsail.radio.hotspot.options import HotspotOptions
from setsail.radio.hotspot.study import Samples

PERCENTILES = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95)
GROUPS = 10
"""Groups of runs whose percentiles tell the standard error of the whole."""


def port(chosen: HotspotOptions) -> str:
    """Between which ports the coupling gain is told."""
    rays = "summed over clusters" if chosen.gain == "multipath" else "along the straight line"
    return (
        f"from the connector of one element ({chosen.layout.element.peak_dbi:g} dBi, port 0) to one isotropic UE port "
        f"of the same polarisation, {rays}; element gain, path loss and shadowing are in it, fast fading is not"
    )


def records(chosen: HotspotOptions, samples: Samples) -> list[Record]:
    """One record a percentile: geometry and coupling gain [dB] over all UEs of all runs, and their standard errors.

    The standard error is `None` with fewer than two runs.
    """
    told = {"dl_geometry": samples.geometry_db, "coupling_gain": samples.coupling_gain_db}
    values = {name: np.percentile(found, PERCENTILES) for name, found in told.items()}
    errors = {name: _standard_error(found) for name, found in told.items()}
    out = []
    for i, percentile in enumerate(PERCENTILES):
        record: Record = {"percentile": percentile}
        record |= {f"{name}_db": float(values[name][i]) for name in told}
        record |= {f"{name}_se_db": _at(errors[name], i) for name in told}
        out.append(record | {"coupling_gain_port": port(chosen)})
    return out


def _at(values: F64 | None, i: int) -> float | None:
    return None if values is None else float(values[i])


def _standard_error(found: F64) -> F64 | None:
    """(percentiles,) of the percentiles, from groups of runs that are independent of each other."""
    groups = min(GROUPS, len(found))
    if groups < 2:
        return None
    parts = np.stack([np.percentile(part, PERCENTILES) for part in np.array_split(found, groups)])
    return np.asarray(parts.std(axis=0, ddof=1) / np.sqrt(groups), dtype=np.float64)
