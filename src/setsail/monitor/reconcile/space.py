"""Outliers in space: a share or a density of one region far from those of its peers at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from setsail.base.observation import Observation
from setsail.base.units import unit
from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.results import ReconcileFinding
from setsail.standards import facts

INTENSIVE = frozenset({"ratio", "per_person", "growth", "rate"})
"""Dimensions that do not grow with the size of a region, so that regions compare as they stand."""

SPACE_Z = 5.0
"""A region is an outlier from this many spreads off its peers."""

FEWEST_PEERS = 8


def space_findings(observations: Iterable[Observation]) -> Iterator[ReconcileFinding]:
    """Outliers among regions of one level, period and definition; observations of one indicator.

    ln(value) is compared with the median of the peers, itself left out; the spread is 1.4826 MAD.
    """
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for o in observations:
        known = facts.regions().get(o.region)
        if unit(o.unit).dimension in INTENSIVE and o.value > 0:
            key = (o.period.text, o.definition, o.unit, o.operator, o.industry, known.level if known else "")
            groups.setdefault(key, []).append(o)
    for rows in groups.values():
        yield from _of_group(rows)


def _of_group(rows: list[Observation]) -> Iterator[ReconcileFinding]:
    logs = np.log([o.value for o in rows])
    if len(rows) <= FEWEST_PEERS:
        return
    for i, o in enumerate(rows):
        peers = np.delete(logs, i)
        median = float(np.median(peers))
        spread = max(1.4826 * float(np.median(np.abs(peers - median))), 1e-12)
        z = (logs[i] - median) / spread
        if abs(z) >= SPACE_Z:
            usual = told(float(f"{np.exp(median):.4g}"))
            text = (
                f"{o.period} {told(o.value)} {o.unit} is {abs(z):.1f} spreads off {len(peers)} peers (median {usual})"
            )
            yield ReconcileFinding("outlier_in_space", o.region, text)
