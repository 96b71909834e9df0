"""Which configuration covers which point of demand: sparse, from path loss, antenna and link budget."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.design.siting.configurations import BandChoice, Configurations, band_choice
from setsail.design.siting.inputs import Candidates, Demand
from setsail.design.siting.options import RadioChoice
from setsail.radio.antenna.frame import Mounting, gain_towards_dbi
from setsail.radio.coverage.grid import metric_crs, utm
from setsail.radio.pathloss.los import los_probability
from setsail.radio.pathloss.scenarios import Link, link
from setsail.radio.pathloss.tr38901 import path_loss

I32 = npt.NDArray[np.int32]
NEAREST_M = 10.0
"""The models begin there; nearer points are treated as there."""
TOUCHING_M = 1e-6
"""Drop between antennas of one height, so that even one place has a direction."""
PROBES = 400
CHUNK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Points that each configuration covers: those of `c` are `point[first[c]:first[c + 1]]`, rising.

    points : number of points;  notes : what a reader must know, such as ranges of the model that were left;
    crs : in which distances were taken.
    """

    first: I64
    point: I32
    points: int
    notes: tuple[str, ...] = ()
    crs: str = ""

    def __len__(self) -> int:
        """Number of configurations."""
        return len(self.first) - 1

    def of(self, c: int) -> I32:
        """Points that configuration `c` covers."""
        return self.point[self.first[c] : self.first[c + 1]]

    def sums(self, weight: F64) -> F64:
        """(configurations,) sum of weight (points,) over what each covers, in bounded memory."""
        out = np.zeros(len(self))
        start = 0
        while start < len(self):
            stop = max(int(np.searchsorted(self.first, self.first[start] + CHUNK, side="right")) - 1, start + 1)
            picked = weight[self.point[self.first[start] : self.first[stop]]]
            running = np.concatenate([[0.0], np.cumsum(picked)])
            cuts = self.first[start : stop + 1] - self.first[start]
            out[start:stop] = running[cuts[1:]] - running[cuts[:-1]]
            start = stop
        return out

    def largest(self, rate: F64) -> F64:
        """(configurations,) largest of rate (points,), all 0 or more, over what each covers; 0 for nothing."""
        some = np.flatnonzero(np.diff(self.first))
        out = np.zeros(len(self))
        if some.size:
            out[some] = np.maximum.reduceat(rate[self.point], self.first[some])
        return out

    def counts(self, chosen: I64) -> I64:
        """(points,) number of the chosen configurations that cover each point."""
        found = np.zeros(self.points, dtype=np.int64)
        for c in chosen:
            found[self.of(int(c))] += 1
        return found


def coverage(given: Candidates, wanted: Demand, found: Configurations, radio: RadioChoice) -> Coverage:
    """The coverage of all configurations. Raises BadInput, OutOfRange (range of the model).

    A point is covered where the strongest of the sectors gives `threshold_dbm + margin_db` or more. Points nearer than
    10 m are treated as at 10 m. Only points within reach of a site are looked at, found with a k-d tree.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - indoor designs use this module's tables, not its search

    crs, site, point = _metric(given, wanted, radio)
    tree = cKDTree(point)
    parts: list[I32] = [np.empty(0, np.int32)] * len(found)
    notes: dict[str, None] = {}
    begins = np.flatnonzero(np.diff(found.slot, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(found)], strict=True):
        k = int(found.site[begin])
        choice = band_choice(found.bands[found.band[begin]])
        one = link(radio.scenario, "los", choice.budget.carrier.fc_hz, h_bs_m=given.height_m[k], h_ut_m=radio.h_ut_m)
        reach = _reach_m(one, choice, radio)
        near = np.array(tree.query_ball_point(site[k], reach), dtype=np.int64)
        near.sort()
        if not near.size:
            continue
        offset = point[near] - site[k]
        loss, told = _loss_db(one, np.maximum(np.hypot(*offset.T), NEAREST_M), radio)
        notes.update(dict.fromkeys(told))
        base = choice.budget.rsrp_dbm(loss + radio.extra_loss_db) - choice.budget.tx_gain_dbi
        for c in range(int(begin), int(end)):
            gain = _gain_dbi(
                choice, offset, one, azimuth_deg=given.azimuth_deg[k], tilt_deg=found.tilt_deg[c], sectors=radio.sectors
            )
            parts[c] = near[base + gain >= radio.threshold_dbm + radio.margin_db].astype(np.int32)
    first = np.concatenate([[0], np.cumsum([p.size for p in parts])]).astype(np.int64)
    joined = np.concatenate(parts).astype(np.int32)
    return Coverage(first, joined, len(wanted), tuple(notes), crs)


def _metric(given: Candidates, wanted: Demand, radio: RadioChoice) -> tuple[str, F64, F64]:
    """The system, and both tables as (n, 2) eastings and northings [m]. Raises BadInput."""
    middle = float(np.median(given.lon)), float(np.median(given.lat))
    crs = metric_crs(radio.crs or utm(*middle))
    move = require("pyproj", "radio").Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    site, point = (np.stack(move.transform(t.lon, t.lat), axis=-1) for t in (given, wanted))
    if not np.all(np.isfinite(site)):
        raise BadInput("has no place for a candidate", where=f"crs {crs}", hint="name a system made for that place")
    far = ~np.all(np.isfinite(point), axis=1)
    point[far] = 1e9
    return crs, site, point


def _loss_db(one: Link, d_2d_m: F64, radio: RadioChoice) -> tuple[F64, tuple[str, ...]]:
    """Mean path loss [dB] (n,) in the condition asked for, and the ranges that were left."""
    if radio.condition != "expected":
        found = path_loss(one.with_condition(radio.condition), d_2d_m, extrapolate=True)
        return found.loss_db, (*found.notes, *found.outside)
    los = path_loss(one, d_2d_m, extrapolate=True)
    nlos = path_loss(one.with_condition("nlos"), d_2d_m, extrapolate=True)
    share = los_probability(one.scenario, d_2d_m, h_bs_m=one.h_bs_m, h_ut_m=one.h_ut_m).probability
    return share * los.loss_db + (1.0 - share) * nlos.loss_db, (*nlos.notes, *nlos.outside)


def _reach_m(one: Link, choice: BandChoice, radio: RadioChoice) -> float:
    """Distance [m] beyond which not even the peak of the antenna covers, and at most `reach_m`."""
    d = np.geomspace(NEAREST_M, max(radio.reach_m, NEAREST_M + 1.0), PROBES)
    level = choice.budget.rsrp_dbm(_loss_db(one, d, radio)[0] + radio.extra_loss_db)
    heard = np.flatnonzero(level >= radio.threshold_dbm + radio.margin_db)
    if not heard.size:
        return NEAREST_M
    return min(float(d[min(heard[-1] + 1, PROBES - 1)]), radio.reach_m)


def _gain_dbi(
    choice: BandChoice, offset_m: F64, one: Link, *, azimuth_deg: float, tilt_deg: float, sectors: int
) -> F64:
    """Gain [dBi] (n,) of the best of the sectors towards points at offset_m (n, 2) [m]."""
    dz = np.full(len(offset_m), (one.h_ut_m - one.h_bs_m) or -TOUCHING_M)
    best = np.full(len(offset_m), -math.inf)
    for s in range(sectors):
        bearing = (azimuth_deg + s * 360.0 / sectors) % 360.0
        mounting = Mounting.compass(bearing, tilt_deg)
        gain = gain_towards_dbi(choice.antenna, mounting, offset_m[:, 0], offset_m[:, 1], dz)
        best = np.maximum(best, gain)
    return best
