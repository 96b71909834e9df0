"""Spectral efficiency and rate from SINR, with the origin of the mapping told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.radio.rates.tdd import symbol_s
from setsail.standards.radio import Direction, Scheme, cqi_table, rows, source_of

MODELS = ("cqi", "m2101", "tr36942", "shannon")
LAYERS = Limit("layers", 1, 8, "TS 38.211 cl. 7.3.1.3")
OVERHEAD = Limit("overhead", 0, 1, "share of resource elements", ends="[)")
SHARE = Limit("share", 0, 1, "share of symbols")
N_PRB = Limit("prb", 1, 275, "TS 38.211 cl. 4.4.2")


@dataclass(frozen=True, slots=True)
class LinkModel:
    """A mapping from SINR to bits per resource element and layer, as steps or as an attenuated Shannon bound."""

    name: str
    direction: Direction
    origin: str
    verified: bool
    sinr_db: tuple[float, ...] = ()
    bps_hz: tuple[float, ...] = ()
    alpha: float = 1.0
    sinr_min_db: float = -np.inf
    max_bps_hz: float = np.inf

    def efficiency(self, sinr_db: ArrayLike) -> F64:
        """Bits per resource element and layer, of the shape of `sinr_db` [dB]; NaN stays NaN."""
        x = np.asarray(sinr_db, dtype=np.float64)
        if self.sinr_db:
            steps = np.concatenate(([0.0], self.bps_hz))
            found = steps[np.searchsorted(self.sinr_db, x, side="right") * np.isfinite(x)]
            found = np.where(x == np.inf, steps[-1], found)
        else:
            bound = self.alpha * np.log2(1.0 + np.power(10.0, x / 10.0))
            found = np.where(x >= self.sinr_min_db, np.minimum(bound, self.max_bps_hz), 0.0)
        return np.where(np.isnan(x), np.nan, found)


@cache
def thresholds_db(table: int) -> tuple[tuple[float, ...], bool]:
    """SINR [dB] from which each CQI of a table is used, and whether all come from the named source.

    The source gives the 15 CQI of the 64QAM table (block error rate 10 %, AWGN). A CQI of another table with the same
    modulation and code rate takes the same value; the others take the Shannon SINR of their efficiency plus the gap
    that the source shows at its nearest efficiency (`assumption`).  Raises UnknownName.
    """
    given = [float(row.need("sinr_db")) for row in rows("cqi_sinr")]
    base = cqi_table(1)
    same = {(s.qm, s.rate_x1024): sinr for s, sinr in zip(base, given, strict=True)}
    gaps = [(s.efficiency, sinr - shannon_sinr_db(s.efficiency)) for s, sinr in zip(base, given, strict=True)]
    found = [same.get((s.qm, s.rate_x1024), _by_gap(s, gaps)) for s in cqi_table(table)]
    return tuple(found), all((s.qm, s.rate_x1024) in same for s in cqi_table(table))


def _by_gap(scheme: Scheme, gaps: list[tuple[float, float]]) -> float:
    _, gap = min(gaps, key=lambda pair: abs(pair[0] - scheme.efficiency))
    return shannon_sinr_db(scheme.efficiency) + gap


def shannon_sinr_db(bps_hz: float) -> float:
    """SINR [dB] at which log2(1 + SINR) reaches an efficiency above 0."""
    return float(10.0 * np.log10(2.0**bps_hz - 1.0))


@cache
def link_model(name: str = "cqi", direction: Direction = "dl", table: int = 2) -> LinkModel:
    """The mapping of that name.

    name : `cqi` (steps of a CQI table), `m2101` or `tr36942` (attenuated, truncated Shannon), `shannon`;
    table : of CQI, 1 to 4 (64QAM, 256QAM, low efficiency, 1024QAM).  Raises UnknownName.
    """
    if name == "cqi":
        return _cqi_model(direction, table)
    for row in rows("link_models"):
        if row.need("model") == name and row.need("direction") == direction:
            top, alpha = row.get("sinr_max_db"), float(row.need("alpha"))
            most = float(row.get("max_bps_hz") or np.inf)
            if top:
                most = alpha * float(np.log2(1.0 + 10.0 ** (float(top) / 10.0)))
            return LinkModel(
                name, direction, source_of(row), row.need("evidence") == "seen", alpha=alpha,
                sinr_min_db=float(row.get("sinr_min_db") or -np.inf), max_bps_hz=most,
            )  # fmt: skip
    raise UnknownName(f"is {name!r}", where="link model", allowed=", ".join(MODELS))


def _cqi_model(direction: Direction, table: int) -> LinkModel:
    schemes = cqi_table(table)
    sinr, named = thresholds_db(table)
    origin = f"efficiency: {schemes[0].source}; SINR: {source_of(rows('cqi_sinr')[0])}"
    if not named:
        origin += "; indices that it lacks by its gap to Shannon (assumption)"
    return LinkModel(
        "cqi", direction, origin, all(s.verified for s in schemes), sinr, tuple(s.efficiency for s in schemes)
    )


def cqi(sinr_db: ArrayLike, table: int = 2) -> I64:
    """The CQI (0 = out of range) of the shape of `sinr_db` [dB]. Raises BadInput for NaN, UnknownName."""
    x = np.asarray(sinr_db, dtype=np.float64)
    if np.isnan(x).any():
        raise BadInput("holds NaN", where="sinr_db", allowed="numbers")
    return np.asarray(np.searchsorted(thresholds_db(table)[0], x, side="right"), dtype=np.int64)


def rate_bps(
    sinr_db: ArrayLike,
    n_prb: int,
    scs_hz: float,
    *,
    layers: int = 1,
    overhead: float = 0.14,
    share: float = 1.0,
    model: LinkModel | None = None,
) -> F64:
    """Rate [bit/s] of the shape of `sinr_db`: efficiency x layers x resource elements that carry data.

    sinr_db : per layer;  overhead : share of resource elements without data;  share : of symbols in this direction.
    Raises OutOfRange.
    """
    N_PRB.require(n_prb)
    LAYERS.require(layers)
    OVERHEAD.require(overhead)
    SHARE.require(share)
    elements_per_s = 12 * n_prb / symbol_s(scs_hz) * (1 - overhead) * share
    return (model or link_model()).efficiency(sinr_db) * layers * elements_per_s
