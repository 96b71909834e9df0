"""Reports of progress, difficulties and suggestions by region, operator and industry, beside the figures they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from setsail.base.errors import BadInput
from setsail.base.observation import Observation, Observations
from setsail.base.period import Period, parse_day, parse_period
from setsail.base.tables import Row, iter_rows, read_text, require_unique
from setsail.standards import facts
from setsail.store.readers.components import component

ReportKind = Literal["progress", "difficulty", "suggestion"]
REPORT_KINDS: tuple[str, ...] = get_args(ReportKind)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told about a region, an operator or an industry; `known_on`: the day it came in."""

    region: str
    kind: ReportKind
    period: Period
    text: str
    operator: str = ""
    industry: str = ""
    indicator: str = ""
    reporter: str = ""
    known_on: date | None = None

    @property
    def known(self) -> date:
        """The day it came in; one without a day is taken as in at the end of its period."""
        return self.known_on or self.period.end


@dataclass(frozen=True, slots=True)
class Beside:
    """An indicator in a region: its latest figure if there is one, and the reports that touch it."""

    indicator: str
    region: str
    latest: Observation | None
    reports: tuple[Report, ...]


class Reports:
    """An immutable set of reports, found by the indicator and the region they touch."""

    def __init__(self, rows: Iterable[Report]) -> None:
        self._rows = tuple(rows)

    def __iter__(self) -> Iterator[Report]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def known_on(self, day: date) -> Reports:
        """What had come in by the end of that day."""
        return Reports(r for r in self._rows if r.known <= day)

    def where(self, *, kind: str | None = None, operator: str | None = None, industry: str | None = None) -> Reports:
        """Reports of that kind, operator and industry; None stands for any."""
        return Reports(
            r
            for r in self._rows
            if kind in (None, r.kind) and operator in (None, r.operator) and industry in (None, r.industry)
        )

    def beside(self, indicator: str, region: str, *, below: bool = False) -> list[Report]:
        """Reports that touch an indicator in a region, the newest last; `below`: also those of regions inside it."""
        found = [
            r
            for r in self._rows
            if r.indicator == indicator and (r.region == region or (below and region in _above(r.region)))
        ]
        return sorted(found, key=lambda r: (r.period, r.known, r.region))

    def touched(self) -> list[tuple[str, str]]:
        """The (indicator, region) pairs that reports speak of, sorted; an empty indicator is the region at large."""
        return sorted({(r.indicator, r.region) for r in self._rows})


def read_reports(path: Path) -> Reports:
    """The reports of a CSV file. Raises BadInput and its kin with file, line and column."""
    columns = component("reports")
    needed = [c.name for c in columns.read if c.needed]
    rows = list(iter_rows(read_text(path), str(path), required=needed, known=columns.names))
    require_unique(rows, columns.names)
    return Reports(_report(row) for row in rows)


def beside_figures(
    reports: Reports,
    observations: Observations,
    *,
    indicator: str | None = None,
    region: str | None = None,
    below: bool = False,
) -> list[Beside]:
    """Each touched indicator and region with its latest figure and its reports.

    indicator, region : only these;  below : reports of regions inside `region` too.
    """
    if region is not None and below:
        pairs: Sequence[tuple[str, str]] = sorted({(i, region) for i, _ in reports.touched()})
    else:
        pairs = [(i, r) for i, r in reports.touched() if region in (None, r)]
    return [
        Beside(i, r, _latest(observations, i, r), tuple(found))
        for i, r in pairs
        if indicator in (None, i) and (found := reports.beside(i, r, below=below))
    ]


def _latest(observations: Observations, indicator: str, region: str) -> Observation | None:
    rows = observations.of(indicator, region) if indicator else []
    return rows[-1] if rows else None


def _above(region: str) -> list[str]:
    """Regions that hold a region: its parents, and the groups of each."""
    known, found, at = facts.regions(), list[str](), region
    while at in known and len(found) < len(known):
        found += known[at].groups
        at = known[at].parent
        if at:
            found.append(at)
    return found


def _report(row: Row) -> Report:
    kind = row.need("kind")
    if kind not in REPORT_KINDS:
        raise BadInput(f"is {kind!r}", where=row.where("kind"), allowed=", ".join(REPORT_KINDS))
    known = row.get("known_on")
    return Report(
        region=row.need("region"),
        kind=cast(ReportKind, kind),
        period=parse_period(row.need("period"), row.where("period")),
        text=row.need("text"),
        operator=row.get("operator"),
        industry=row.get("industry"),
        indicator=row.get("indicator"),
        reporter=row.get("reporter"),
        known_on=parse_day(known, row.where("known_on")) if known else None,
    )
