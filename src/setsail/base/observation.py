"""One published figure in two times: the period it speaks of and the day it became known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from setsail.base.errors import BadInput
from setsail.base.period import Period, parse_day, parse_period
from setsail.base.printed import QUALIFIERS, Band, Qualifier, band, number, printed_step
from setsail.base.tables import Row, iter_rows, read_text, require_unique
from setsail.base.units import unit

Mark = Literal["measured", "published", "derived", "modelled", "recalled", "assumed", "unverified", "synthetic"]
MARKS: tuple[str, ...] = get_args(Mark)
WEAK_MARKS = frozenset({"recalled", "assumed", "unverified"})
"""Marks that alone never prove a target met."""

REQUIRED = ("indicator", "region", "period", "value", "unit")
KEY = ("indicator", "region", "operator", "industry", "period", "definition", "known_on")
COLUMNS = (
    *REQUIRED,
    "operator",
    "industry",
    "step",
    "qualifier",
    "definition",
    "known_on",
    "known_mark",
    "mark",
    "source_id",
    "clause",
    "note",
)
"""Columns of a file of observations; `docs/reference/observations.md` tells each."""

MAY_BE_NEGATIVE = frozenset({"growth", "level", "power_level"})


@dataclass(frozen=True, slots=True)
class Observation:
    """A figure as published. `value` and `step` (size of the last printed digit) are in `unit`."""

    indicator: str
    region: str
    period: Period
    value: float
    unit: str
    operator: str = ""
    industry: str = ""
    step: float = 0.0
    qualifier: Qualifier = "exact"
    definition: str = ""
    known_on: date | None = None
    known_mark: str = ""
    mark: Mark = "published"
    source_id: str = ""
    clause: str = ""
    note: str = ""

    @property
    def band(self) -> Band:
        """What the printed figure allows the true one to be, in `unit`."""
        return band(self.value, self.step, self.qualifier)

    @property
    def known(self) -> date:
        """The day it became known; a figure without one is taken as known at the end of its period."""
        return self.known_on or self.period.end


class Observations:
    """An immutable set of observations, found by indicator and region."""

    def __init__(self, rows: Iterable[Observation]) -> None:
        self._rows = tuple(rows)
        self._index: dict[tuple[str, str], list[Observation]] = {}
        for row in self._rows:
            self._index.setdefault((row.indicator, row.region), []).append(row)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __add__(self, other: Observations) -> Observations:
        return Observations((*self._rows, *other))

    def of(self, indicator: str, region: str) -> Sequence[Observation]:
        """Observations of one indicator in one region, in the order of period, then of the day known."""
        found = self._index.get((indicator, region), [])
        return sorted(found, key=lambda o: (o.period, o.known, o.definition))

    def known_on(self, day: date) -> Observations:
        """What was known at the end of that day: the set a verdict of that day rested on."""
        return Observations(o for o in self._rows if o.known <= day)

    def indicators(self) -> list[str]:
        """Names of the indicators here, sorted."""
        return sorted({o.indicator for o in self._rows})

    def regions(self) -> list[str]:
        """Codes of the regions here, sorted."""
        return sorted({o.region for o in self._rows})


def read_observations(path: Path, *, name: str | None = None) -> Observations:
    """The observations of a CSV file (`COLUMNS`). Raises BadInput and its kin with file, line and column."""
    told = name or str(path)
    rows = list(iter_rows(read_text(path), told, required=REQUIRED, known=COLUMNS))
    require_unique(rows, KEY)
    return Observations(observation(row) for row in rows)


def observation(row: Row) -> Observation:
    """The observation that one row of a table states. Raises BadInput."""
    unit_name = unit(row.need("unit"), row.where("unit")).unit
    value_text = row.need("value")
    value = number(value_text, row.where("value"))
    if value < 0 and unit(unit_name).dimension not in MAY_BE_NEGATIVE:
        raise BadInput(f"is {value_text}", where=row.where("value"), allowed=f"0 or more in {unit_name}")
    known_text = row.get("known_on")
    return Observation(
        indicator=row.need("indicator"),
        region=row.need("region"),
        period=parse_period(row.need("period"), row.where("period")),
        value=value,
        unit=unit_name,
        operator=row.get("operator"),
        industry=row.get("industry"),
        step=_step(row, value_text),
        qualifier=cast(Qualifier, _choice(row, "qualifier", QUALIFIERS, "exact")),
        definition=row.get("definition"),
        known_on=parse_day(known_text, row.where("known_on")) if known_text else None,
        known_mark=row.get("known_mark"),
        mark=cast(Mark, _choice(row, "mark", MARKS, "published")),
        source_id=row.get("source_id"),
        clause=row.get("clause"),
        note=row.get("note"),
    )


def _step(row: Row, value_text: str) -> float:
    text = row.get("step")
    if not text:
        return printed_step(value_text)
    step = number(text, row.where("step"))
    if step < 0:
        raise BadInput(f"is {text}", where=row.where("step"), allowed="0 or more")
    return step


def _choice(row: Row, column: str, allowed: tuple[str, ...], default: str) -> str:
    text = row.get(column) or default
    if text not in allowed:
        raise BadInput(f"is {text!r}", where=row.where(column), allowed=", ".join(allowed))
    return text
