"""Tables of parts and totals out of observations: which series belong together is declared in `data/sets.csv`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise

from setsail.base.errors import UnknownName
from setsail.base.observation import Observation, Observations
from setsail.base.period import Period, parse_period
from setsail.base.printed import number
from setsail.base.tables import Row, iter_rows
from setsail.base.units import factor, unit
from setsail.monitor.reconcile.numbers import NUMBER_STYLES, NumberStyle, printed_number, told
from setsail.monitor.reconcile.results import ReconcileFinding
from setsail.monitor.reconcile.table import Cell, Neighbour, PrintedTable

WHOLE = frozenset({"count", "persons", "accounts"})
"""Dimensions that count whole things: printed to the unit they are exact, without half a step of rounding."""


@dataclass(frozen=True, slots=True)
class PartsSet:
    """One declaration: the parts of an indicator in one data set, and the total they should make up."""

    dataset: str
    indicator: str
    total_region: str
    parts: re.Pattern[str]
    definition: str
    total_definition: str
    total_indicator: str


@cache
def parts_sets() -> tuple[PartsSet, ...]:
    """Every declaration."""
    return tuple(
        PartsSet(
            row.need("dataset"),
            row.need("indicator"),
            row.need("total_region"),
            re.compile(row.need("parts")),
            row.get("definition"),
            row.get("total_definition"),
            row.need("total_indicator"),
        )
        for row in _rows("sets.csv")
    )


def dataset_names() -> list[str]:
    """Names of the data sets that hold parts and totals."""
    return sorted({s.dataset for s in parts_sets()})


def tables(
    dataset: str,
    observations: Observations,
    *,
    known_on: date,
    period: str | None = None,
    indicator: str | None = None,
) -> list[PrintedTable]:
    """The tables of a data set, by indicator and period, each with the same table of other periods beside it.

    period : only tables that stand at that day or period.  Raises UnknownName with what there is.
    """
    if dataset not in dataset_names():
        raise UnknownName(f"is {dataset!r}", where="--dataset", allowed=", ".join(dataset_names()))
    chosen = [s for s in parts_sets() if s.dataset == dataset and indicator in (None, s.indicator)]
    if not chosen:
        known = sorted({s.indicator for s in parts_sets() if s.dataset == dataset})
        raise UnknownName(f"is {indicator!r}", where="--indicator", allowed=", ".join(known))
    seen = observations.known_on(known_on)
    found = [t for s in chosen for t in _of_set(s, seen)]
    if period is None:
        return found
    asked = parse_period(period, "--date")
    matching = [t for t in found if parse_period(t.period).last_day == asked.last_day]
    if not matching:
        known = sorted({t.period for t in found})
        raise UnknownName(f"is {period!r}", where="--date", allowed=", ".join(known) or "nothing was known then")
    return matching


def whole_step(unit_name: str, step: float) -> float:
    """The step that rounding may have hidden: 0 for whole things printed to the unit."""
    if not unit_name:
        return step
    known = unit(unit_name)
    return 0.0 if known.dimension in WHOLE and step * known.factor <= 1 else step


def definition_breaks(observations: Iterable[Observation]) -> Iterator[ReconcileFinding]:
    """Where one series goes on under another definition: a break, not an error. Each pair of them is told once."""
    by_region: dict[str, list[Observation]] = {}
    for o in observations:
        by_region.setdefault(o.region, []).append(o)
    for region, rows in by_region.items():
        rows.sort(key=lambda o: (o.period, o.known))
        seen: set[frozenset[str]] = set()
        for before, after in pairwise(rows):
            pair = frozenset((before.definition, after.definition))
            if len(pair) == 1 or pair in seen:
                continue
            seen.add(pair)
            same = factor(after.unit, before.unit) * after.value
            text = (
                f"{before.period} {told(before.value)} counts {before.definition or 'the default'}, {after.period} "
                f"{told(round(same, 9))} counts {after.definition or 'the default'}: not comparable, not an error"
            )
            yield ReconcileFinding("definition_break", region, text)


def _of_set(declared: PartsSet, seen: Observations) -> list[PrintedTable]:
    groups: dict[tuple[Period, str], list[Observation]] = {}
    for o in seen:
        if o.indicator != declared.indicator or o.region == declared.total_region:
            continue
        if not declared.parts.fullmatch(o.region):
            continue
        if declared.definition in ("", o.definition):
            groups.setdefault((o.period, o.definition), []).append(o)
    made = []
    for (period, definition), rows in groups.items():
        total = _total(declared, seen, period, definition)
        if total is not None:
            made.append((period, definition, _table(declared, _latest(rows), total)))
    made.sort(key=lambda m: m[0])
    order = _order([row.region for rows in groups.values() for row in rows])
    return [
        replace(t, neighbours=(*t.neighbours, *_bare_totals(declared, seen, p, d, t)))
        for p, d, table in made
        for t in [_beside(table, p, d, made, order)]
    ]


def _bare_totals(
    declared: PartsSet, seen: Observations, period: Period, definition: str, table: PrintedTable
) -> Iterator[Neighbour]:
    """Totals of periods without parts: they cannot judge a part, but a total may have been taken from them."""
    known = {table.period, *(n.label for n in table.neighbours)}
    for o in seen.of(declared.total_indicator, declared.total_region):
        if o.period.text not in known and o.definition == (declared.total_definition or definition):
            when = o.period.year_fraction - period.year_fraction
            yield Neighbour(o.period.text, when, {}, o.value * factor(o.unit, table.unit))


def _total(declared: PartsSet, seen: Observations, period: Period, definition: str) -> Observation | None:
    wanted = declared.total_definition or definition
    rows = [
        o
        for o in seen.of(declared.total_indicator, declared.total_region)
        if o.period == period and o.definition == wanted
    ]
    return rows[-1] if rows else None


def _latest(rows: Sequence[Observation]) -> list[Observation]:
    """One row per region: the latest known, in the order of the table."""
    best: dict[str, Observation] = {}
    for row in rows:
        if row.region not in best or row.known >= best[row.region].known:
            best[row.region] = row
    return list(best.values())


def _table(declared: PartsSet, rows: Sequence[Observation], total: Observation) -> PrintedTable:
    extra = [
        Cell(r.need("name"), number(r.need("value")), 0.0, factor(r.need("unit"), total.unit))
        for r in _rows("besides.csv")
        if (r.get("dataset"), r.get("indicator")) == (declared.dataset, declared.indicator)
    ]
    also = []
    for r in _rows("also_printed.csv"):
        if (r.get("dataset"), r.get("indicator"), r.get("period")) != (
            declared.dataset,
            declared.indicator,
            total.period.text,
        ):
            continue
        value, step = printed_number(r.need("text"), r.where("text"), _style(r))
        also.append(Cell(total.region, value, whole_step(total.unit, step), place=r.need("place")))
    return PrintedTable(
        declared.dataset,
        total.unit,
        total.period.text,
        _cell(total, total.unit),
        tuple(_cell(o, total.unit) for o in rows),
        declared.indicator,
        tuple(extra),
        also_printed=tuple(also),
    )


def _style(row: Row) -> NumberStyle:
    return next(s for s in ("plain", "western", "indian") if s == row.get("style") and s in NUMBER_STYLES)


def _cell(o: Observation, unit_name: str) -> Cell:
    return Cell(o.region, o.value, whole_step(o.unit, o.step), factor(o.unit, unit_name), o.qualifier, o.source_id)


def _beside(
    table: PrintedTable,
    period: Period,
    definition: str,
    made: Sequence[tuple[Period, str, PrintedTable]],
    order: Sequence[str],
) -> PrintedTable:
    """The table with its neighbours in time, and with blank cells for regions that only other periods print."""
    neighbours = tuple(
        Neighbour(
            other.period,
            when.year_fraction - period.year_fraction,
            {cell.region: cell.amount * factor(other.unit, table.unit) for cell in other.parts},
            other.balance.total * factor(other.unit, table.unit),
        )
        for when, counted, other in made
        if when != period and counted == definition
    )
    breaks = tuple(
        f"{other.period} counts {counted}, {table.period} counts {definition}: not comparable, no neighbour, no error"
        for _, counted, other in made
        if counted != definition
    )
    here = {cell.region: cell for cell in table.parts}
    like = table.parts[0]
    parts = tuple(here.get(region) or replace(like, region=region, value=None) for region in order)
    return replace(table, parts=parts, neighbours=neighbours, breaks=breaks)


def _order(regions: Iterable[str]) -> list[str]:
    """Regions in the order of their names, which is that of the shipped tables."""
    return sorted(set(regions))


def _rows(name: str) -> list[Row]:
    text = (files("setsail.monitor.reconcile") / "data" / name).read_text(encoding="utf-8")
    return list(iter_rows(text, f"setsail/monitor/reconcile/data/{name}"))
