"""A series ready to be forecast: one definition, one unit, each time once, in order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, DuplicateKey
from setsail.base.limits import Limit
from setsail.base.observation import Observation
from setsail.base.units import factor

TIMES = Limit("times", 1500.0, 3000.0, "decimal years")


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one indicator over time.

    times : decimal years, ascending [years];  values : in `unit`;  low, high : what the printed figures allow
    (`high` may be infinite for "over"); both default to the values themselves.
    Raises BadInput for unequal lengths, a number that is not finite or times out of order, OutOfRange for times that
    are no years.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    name: str = "series"
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", self.low or self.values)
        object.__setattr__(self, "high", self.high or self.values)
        for column in ("times", "values", "low", "high"):
            object.__setattr__(self, column, tuple(float(x) for x in getattr(self, column)))
        for column in ("values", "low", "high"):
            if len(getattr(self, column)) != len(self.times):
                raise BadInput(
                    f"has {len(getattr(self, column))} entries",
                    where=f"{self.name}.{column}",
                    allowed=f"{len(self.times)}, as times",
                )
        for column in ("times", "values"):
            bad = [i for i, x in enumerate(getattr(self, column)) if not math.isfinite(x)]
            if bad:
                raise BadInput("is not finite", where=f"{self.name}.{column}[{bad[0]}]", allowed="a finite number")
        if self.times:
            TIMES.require(self.times, f"{self.name}.times")
        for i, (before, after) in enumerate(zip(self.times, self.times[1:], strict=False)):
            if after <= before:
                raise BadInput(
                    f"is {after:g} after {before:g}",
                    where=f"{self.name}.times[{i + 1}]",
                    allowed="ascending times, each once",
                    hint="take one definition and one vintage per period",
                )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def t(self) -> F64:
        """Times as an array [years]."""
        return np.asarray(self.times, dtype=np.float64)

    @property
    def y(self) -> F64:
        """Values as an array, in `unit`."""
        return np.asarray(self.values, dtype=np.float64)

    @property
    def printed_half_width(self) -> float:
        """Half of the band that a printed figure usually leaves open (median, infinite ones aside), in `unit`."""
        halves = [(h - lo) / 2 for lo, h in zip(self.low, self.high, strict=True) if math.isfinite(h - lo)]
        return float(np.median(halves)) if halves else 0.0


def series_of(observations: Iterable[Observation], *, unit: str, name: str = "") -> Series:
    """The series that observations of one indicator, region and definition make: per period the latest known figure.

    Raises BadInput when there is none, DuplicateKey when they are not of one subject and definition.
    """
    rows = sorted(observations, key=lambda o: (o.period, o.known))
    if not rows:
        raise BadInput("is empty", where=name or "series", allowed="observations of one indicator")
    _require_one_subject(rows, name)
    latest = {row.period.end: row for row in rows}
    kept = [latest[end] for end in sorted(latest)]
    by = [factor(row.unit, unit) for row in kept]
    bands = [row.band.scaled(f) for row, f in zip(kept, by, strict=True)]
    return Series(
        times=tuple(row.period.year_fraction for row in kept),
        values=tuple(row.value * f for row, f in zip(kept, by, strict=True)),
        low=tuple(band.low for band in bands),
        high=tuple(band.high for band in bands),
        name=name or f"{kept[0].indicator} {kept[0].region}".strip(),
        unit=unit,
    )


def _require_one_subject(rows: Sequence[Observation], name: str) -> None:
    for key in ("indicator", "region", "operator", "industry", "definition"):
        met = sorted({getattr(row, key) for row in rows})
        if len(met) > 1:
            raise DuplicateKey(
                f"mixes {key} {met[0]!r} and {met[1]!r}",
                where=name or rows[0].indicator,
                hint="take one, or join two definitions with linked()",
            )


def linked(older: Series, newer: Series) -> Series:
    """The older series brought to the level of the newer one by their ratio at the last time both have, then the newer.

    Raises BadInput when they share no time or the older one is zero there.
    Source: Consumer Price Index Manual: Theory and Practice (ILO, IMF, OECD, Eurostat, UN, World Bank, 2004), glossary
    term "linking": one series is rescaled so that both have the same value in the period of overlap.
    """
    common = [t for t in older.times if t in newer.times]
    if not common:
        raise BadInput(
            "share no time", where=f"{older.name} and {newer.name}", allowed="one period stated in both definitions"
        )
    link = common[-1]
    i, j = older.times.index(link), newer.times.index(link)
    if older.values[i] == 0:
        raise BadInput("is zero at the link", where=older.name, allowed="a value other than zero")
    ratio = newer.values[j] / older.values[i]
    keep = [k for k, t in enumerate(older.times) if t < newer.times[0]]
    return Series(
        times=(*(older.times[k] for k in keep), *newer.times),
        values=(*(older.values[k] * ratio for k in keep), *newer.values),
        low=(*(older.low[k] * ratio for k in keep), *newer.low),
        high=(*(older.high[k] * ratio for k in keep), *newer.high),
        name=f"{newer.name} (linked)",
        unit=newer.unit,
    )
