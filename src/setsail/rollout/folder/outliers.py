"""Sites whose coordinates can hardly be meant: nowhere, changed over, or far from all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.rollout.folder.rules import CHANGED_OVER
from setsail.rollout.model import RolloutSite

FAR_KM, FAR_RATIO = 300.0, 10.0
"""A site lies apart where it is further from the middle of all than both: more than a night's drive, and so many times
as far as the median site."""
LEAST_SITES = 3
KM_A_DEGREE = 111.2
NOWHERE_DEG = 1e-3


def apart(sites: Sequence[RolloutSite], lines: Sequence[str]) -> dict[int, float]:
    """Site by its number -> km from the middle of all, where that is much further than usual.

    lines : the place of each site.  Raises BadInput for a site at 0, 0 and for one whose latitude and longitude, the
    other way round, lie among the others.
    """
    degrees = np.array([(s.latitude_deg, s.longitude_deg) for s in sites], dtype=np.float64)
    for at in np.flatnonzero(np.abs(degrees).max(axis=1) < NOWHERE_DEG).tolist():
        hint = "the coordinates of the site, or leave its row out"
        raise BadInput(f"{_named(sites[at])} lies at 0, 0", where=lines[at], allowed="where the site is", hint=hint)
    if len(sites) < LEAST_SITES:
        return {}
    middle = np.median(degrees, axis=0)
    away = _km(degrees, middle)
    far = max(FAR_KM, FAR_RATIO * float(np.median(away)))
    for at in np.flatnonzero((away > far) & (_km(degrees[:, ::-1], middle) <= far)).tolist():
        what = f"{_named(sites[at])} lies {away[at]:,.0f} km from the middle of the others"
        raise BadInput(what, where=lines[at], allowed=f"a site within {far:,.0f} km", hint=CHANGED_OVER)
    return {int(at): float(away[at]) for at in np.flatnonzero(away > far)}


def _km(degrees: F64, middle: F64) -> F64:
    """Distances of points (n, 2) from another one on a plane, good enough to tell near from far."""
    north = degrees[:, 0] - middle[0]
    east = (degrees[:, 1] - middle[1] + 180.0) % 360.0 - 180.0
    return np.asarray(KM_A_DEGREE * np.hypot(north, east * np.cos(np.radians(middle[0]))), dtype=np.float64)


def _named(site: RolloutSite) -> str:
    return f"{site.name[:60]!r}"
