"""Levels as codes that sum: how many thresholds a place meets, whether a layer is not known there, or outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64


def codes(levels: Sequence[F64], edges: F64) -> I64:
    """Code of places whose RSRP [dBm] in each of the layers is given, NaN where not known.

    With m edges: c in 0..m is the number of edges that the best layer meets, all layers known; m + 1 + c the same
    where a layer is not known. Three-valued `or`: one layer that serves is enough, whatever the others.
    """
    best = np.zeros(levels[0].shape, dtype=np.int64)
    partial = np.zeros(levels[0].shape, dtype=np.bool_)
    for level in levels:
        unknown = np.isnan(level)
        met = np.searchsorted(edges, np.where(unknown, -np.inf, level), side="right")
        best, partial = np.maximum(best, met), partial | unknown
    return np.where(partial, best + len(edges) + 1, best)


def outside(edges: F64) -> int:
    """Code of places that no layer holds; codes run from 0 to this."""
    return 2 * len(edges) + 2


@dataclass(frozen=True, slots=True)
class Counted:
    """Amounts at one threshold: people, km2 or km; outside : of the rasters of coverage."""

    covered: float
    not_covered: float
    unknown: float
    outside: float

    @property
    def total(self) -> float:
        """All four."""
        return self.covered + self.not_covered + self.unknown + self.outside


def counted(amounts: F64, edge: int) -> Counted:
    """The amounts by code (2 m + 3,) at edge number `edge`."""
    m = (len(amounts) - 3) // 2
    known, partial = amounts[: m + 1], amounts[m + 1 : 2 * m + 2]
    return Counted(
        float(known[edge + 1 :].sum() + partial[edge + 1 :].sum()),
        float(known[: edge + 1].sum()),
        float(partial[: edge + 1].sum()),
        float(amounts[-1]),
    )


def summed(code: I64, region: I64, amount: F64 | None, regions: int, edges: F64) -> F64:
    """(regions + 1, codes) sums of an amount (n,), or numbers of places; region -1 (none) goes into the last row."""
    n = outside(edges) + 1
    flat = np.where(region < 0, regions, region).ravel() * n + code.ravel()
    weight = None if amount is None else amount.ravel()
    return np.bincount(flat, weight, (regions + 1) * n).astype(np.float64).reshape(regions + 1, n)
