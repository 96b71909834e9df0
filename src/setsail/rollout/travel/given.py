"""Driving times given as a table: travel.csv, which may differ by direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.rollout.model import Rollout

MOST_NAMED = 5


def missing(rollout: Rollout) -> Iterator[tuple[str, str]]:
    """Pairs of places that the matrix lacks, row by row."""
    given = {(a, b) for a, b, _, _ in rollout.matrix}
    names = [d.depot for d in rollout.depots] + [s.site for s in rollout.sites]
    return ((a, b) for a in names for b in names if a != b and (a, b) not in given)


def times(rollout: Rollout, index: Mapping[str, int]) -> tuple[F64, F64]:
    """Seconds and metres (n, n) of the matrix; zero from a place to itself where nothing else is given.

    Raises BadInput where a pair is missing.
    """
    n = len(index)
    seconds, metres = np.full((n, n), np.nan), np.zeros((n, n))
    np.fill_diagonal(seconds, 0.0)
    for a, b, minutes, way in rollout.matrix:
        i, j = index.get(a), index.get(b)
        if i is not None and j is not None:
            seconds[i, j], metres[i, j] = 60.0 * minutes, way
    if np.isnan(seconds).any():
        raise lack(rollout)
    return seconds, metres


def lack(rollout: Rollout, where: str = "travel.csv") -> BadInput:
    """The error that names the first missing pairs and how many there are."""
    pairs = list(missing(rollout))
    shown = ", ".join(f"{a} -> {b}" for a, b in pairs[:MOST_NAMED])
    return BadInput(
        f"lacks {len(pairs):,} of the ways between depots and sites: {shown}",
        where=where,
        allowed="a row from every place to every other",
        hint='travel.method = "circle" in rollout.toml works them out',
    )
