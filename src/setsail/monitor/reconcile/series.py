"""Outliers of one series in time: a step that the steps around it do not prepare for; definition breaks apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import UnknownName
from setsail.base.observation import Observation, Observations
from setsail.base.units import factor
from setsail.monitor.reconcile.numbers import told
from setsail.monitor.reconcile.results import ReconcileFinding
from setsail.monitor.reconcile.shipped import definition_breaks
from setsail.monitor.reconcile.space import space_findings

JUMP_Z = 5.0
"""A step is a jump from this many spreads off the steps around it."""

AROUND = 4
"""Steps looked at on each side."""

FEWEST_STEPS = 3
"""Fewest steps on a side for that side to speak."""

FLOOR_SHARE = 0.1
"""Least spread of the pace, as a share of its median (an assumption): equal steps do not make the next one a jump."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A step between two periods whose pace is far from that of the steps around it. Paces in unit per day."""

    before: Observation
    after: Observation
    change: float
    pace: float
    usual: float
    z: float

    @property
    def text(self) -> str:
        """The jump in words."""
        days = (self.after.period.last_day - self.before.period.last_day).days
        return (
            f"{self.before.period} {told(self.before.value)} to {self.after.period} {told(self.after.value)}: "
            f"{self.change:+,.6g} in {days} days, against {self.usual * days:+,.6g} at the pace of the steps around it "
            f"({abs(self.z):.1f} spreads)"
        )


def jumps(series: Sequence[Observation], *, limit: float = JUMP_Z) -> Iterator[Jump]:
    """Jumps of one series of one definition, in the order of time.

    The pace of each step (change per day) is compared with the median of up to AROUND steps before it and after it,
    each side by itself, so that a lasting change of pace is no jump; the spread is 1.4826 MAD, at least FLOOR_SHARE of
    the median. A step is a jump when both sides say so, to the same direction; `z` is that of the milder side.
    The first and the last steps of a series have one side only and are not judged.
    """
    rows = _one_per_period(series)
    unit = rows[0].unit if rows else ""
    values = [o.value * factor(o.unit, unit) for o in rows]
    days = [max((b.period.last_day - a.period.last_day).days, 1) for a, b in pairwise(rows)]
    paces = np.array([(b - a) / d for a, b, d in zip(values, values[1:], days, strict=False)])
    for i in range(len(paces)):
        sides = [paces[max(0, i - AROUND) : i], paces[i + 1 : i + 1 + AROUND]]
        if min(side.size for side in sides) < FEWEST_STEPS:
            continue
        z, usual = min((_off(float(paces[i]), side) for side in sides), key=lambda found: abs(found[0]))
        if abs(z) >= limit and all(_off(float(paces[i]), side)[0] * z > 0 for side in sides):
            yield Jump(rows[i], rows[i + 1], values[i + 1] - values[i], float(paces[i]), usual, z)


def _off(pace: float, others: F64) -> tuple[float, float]:
    """How many spreads a pace lies off others, and their median."""
    usual = float(np.median(others))
    mad = 1.4826 * float(np.median(np.abs(others - usual)))
    return (pace - usual) / max(mad, FLOOR_SHARE * abs(usual), 1e-12), usual


def _one_per_period(series: Sequence[Observation]) -> list[Observation]:
    """The latest known row of each period."""
    best: dict[object, Observation] = {}
    for o in sorted(series, key=lambda o: (o.period.last_day, o.known)):
        best[o.period.last_day] = o
    return list(best.values())


def series_findings(indicator: str, observations: Observations, region: str | None = None) -> list[ReconcileFinding]:
    """Jumps and definition breaks of an indicator by region, then outliers among its regions.

    Raises UnknownName where it has no figure.
    """
    regions = sorted({o.region for o in observations if o.indicator == indicator and region in (None, o.region)})
    if not regions:
        allowed = ", ".join(observations.indicators())
        raise UnknownName(f"no figure of {indicator!r} {region or ''}".rstrip(), where="--indicator", allowed=allowed)
    found: list[ReconcileFinding] = []
    for place in regions:
        rows = observations.of(indicator, place)
        for definition in sorted({o.definition for o in rows}):
            same = [o for o in rows if o.definition == definition]
            found += [ReconcileFinding("jump", place, jump.text) for jump in jumps(same)]
        found += definition_breaks(rows)
    among = space_findings(o for o in observations if o.indicator == indicator)
    return [*found, *(f for f in among if region in (None, f.region))]
