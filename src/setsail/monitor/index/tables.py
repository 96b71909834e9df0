"""Data and meta files of an index: strict readers of COINr's two tables and of own data files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, NotComputable
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows, require_unique
from setsail.standards.frameworks import Aggregate, Columns, Framework, Indicator, checked

MISSING = ("", "NA")
META_COLUMNS = (
    "Level", "iCode", "iName", "Direction", "Weight", "Unit", "Target", "Denominator", "Parent", "Type",
)  # fmt: skip
META_REQUIRED = ("Level", "iCode", "Direction", "Weight", "Parent", "Type")
TYPES = ("Indicator", "Aggregate", "Group", "Denominator", "Other")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the reader of a result should know: a stable code, where, and what."""

    code: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class IndexData:
    """Rows of units (in one time or several) by indicators, in the framework's order of columns.

    halves : half of the band that each printed value leaves open, in its unit; None where it is not known.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    times: tuple[str, ...]
    values: F64
    denominators: Mapping[str, F64] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    source: str = "data"
    notes: tuple[Note, ...] = ()
    halves: F64 | None = None

    @property
    def panel(self) -> bool:
        """True where there is more than one time."""
        return len(set(self.times)) > 1

    def blocks(self) -> dict[str, I64]:
        """Row numbers of each time, in the order of time."""
        times = np.asarray(self.times)
        return {t: np.flatnonzero(times == t) for t in sorted(set(self.times), key=time_key)}

    def at(self, time: str) -> IndexData:
        """The rows of one time."""
        return self.take(self.blocks()[time])

    def take(self, rows: I64) -> IndexData:
        """The rows of these numbers."""
        pick = [int(r) for r in rows]
        return replace(
            self,
            units=tuple(self.units[r] for r in pick),
            names=tuple(self.names[r] for r in pick),
            times=tuple(self.times[r] for r in pick),
            values=self.values[rows],
            halves=None if self.halves is None else self.halves[rows],
            denominators={k: v[rows] for k, v in self.denominators.items()},
            groups={k: tuple(v[r] for r in pick) for k, v in self.groups.items()},
            where=tuple(self.where[r] for r in pick) if self.where else (),
        )


def time_key(text: str) -> tuple[int, float, str]:
    """Order of times: numbers as numbers, then texts."""
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0, text)


def read_meta(path: Path) -> Framework:
    """The framework of a COINr meta table (iMeta). Raises BadInput and its kin with file, line and column."""
    rows = read_rows(path, required=META_REQUIRED, known=META_COLUMNS)
    require_unique(rows, ("iCode",))
    by_type: dict[str, list[Row]] = {t: [] for t in TYPES}
    for row in rows:
        if row.get("Type") not in TYPES:
            raise BadInput(f"is {row.get('Type')!r}", where=row.where("Type"), allowed=", ".join(TYPES))
        by_type[row.get("Type")].append(row)
    framework = Framework(
        id=path.stem,
        title=path.stem,
        indicators=tuple(_indicator(r) for r in by_type["Indicator"]),
        aggregates=tuple(_aggregate(r) for r in by_type["Aggregate"]),
        denominators=tuple(r.need("iCode") for r in by_type["Denominator"]),
        groupings=tuple(r.need("iCode") for r in by_type["Group"]),
    )
    _require_denominators(framework, by_type["Indicator"])
    found = checked(framework, str(path))
    _require_levels(found, by_type["Aggregate"])
    return found


def _indicator(row: Row) -> Indicator:
    direction = _number(row, "Direction")
    if direction not in (1.0, -1.0):
        raise BadInput(f"is {row.get('Direction')!r}", where=row.where("Direction"), allowed="1 or -1")
    return Indicator(
        code=row.need("iCode"),
        name=row.get("iName"),
        parent=_absent(row.get("Parent")),
        direction=int(direction),
        weight=_number(row, "Weight"),
        unit=_absent(row.get("Unit")),
        target=None if row.get("Target") in MISSING else _number(row, "Target"),
        denominator=_absent(row.get("Denominator")),
        where=f"{row.table}:{row.line}",
    )


def _aggregate(row: Row) -> Aggregate:
    return Aggregate(
        code=row.need("iCode"),
        name=row.get("iName"),
        parent=_absent(row.get("Parent")),
        weight=_number(row, "Weight"),
        where=f"{row.table}:{row.line}",
    )


def _absent(text: str) -> str:
    return "" if text in MISSING else text


def _number(row: Row, column: str) -> float:
    return number(row.need(column), row.where(column))


def _require_denominators(framework: Framework, rows: Sequence[Row]) -> None:
    for row, indicator in zip(rows, framework.indicators, strict=True):
        if indicator.denominator and indicator.denominator not in framework.denominators:
            allowed = ", ".join(framework.denominators) or "a row of Type Denominator"
            raise BadInput(f"is {indicator.denominator!r}", where=row.where("Denominator"), allowed=allowed)


def _require_levels(framework: Framework, rows: Sequence[Row]) -> None:
    levels = {a.code: a.level for a in framework.aggregates}
    for row in rows:
        if row.get("Level") != str(levels[row.get("iCode")]):
            raise BadInput(
                f"is {row.get('Level')!r}",
                where=row.where("Level"),
                allowed=f"{levels[row.get('iCode')]}, by its parts",
            )


def read_data(path: Path, framework: Framework) -> IndexData:
    """The data of a framework from a CSV file. Raises BadInput and its kin with file, line and column.

    A column that the framework does not name is left out, with a note. Missing: an empty cell, or NA.
    """
    columns = framework.columns
    rows = read_rows(path, required=(columns.code, *framework.codes))
    if not rows:
        raise BadInput("has no row", where=str(path), allowed="a row for each unit")
    header = list(rows[0].cells)
    has_time = columns.time in header
    require_unique(rows, (columns.code, columns.time) if has_time else (columns.code,))
    told = (columns.code, columns.name, columns.time, *framework.codes, *framework.denominators, *framework.groupings)
    strange = [c for c in header if c not in told]
    data = IndexData(
        units=tuple(r.need(columns.code) for r in rows),
        names=tuple(r.get(columns.name) or r.need(columns.code) for r in rows),
        times=tuple(r.need(columns.time) for r in rows) if has_time else ("",) * len(rows),
        values=np.array([[_cell(r, c) for c in framework.codes] for r in rows], dtype=np.float64),
        denominators={
            c: np.array([_cell(r, c) for r in rows], dtype=np.float64) for c in framework.denominators if c in header
        },
        groups={c: tuple(_absent(r.get(c)) for r in rows) for c in framework.groupings if c in header},
        where=tuple(f"{r.table}:{r.line}" for r in rows),
        source=str(path),
        notes=tuple(
            Note("unknown-column", f"{path}:1", f"column {c!r} is not in the framework, left out") for c in strange
        ),
    )
    _require_some(data, columns)
    return data


def _cell(row: Row, column: str) -> float:
    text = row.get(column)
    return float("nan") if text in MISSING else number(text, row.where(column))


def _require_some(data: IndexData, columns: Columns) -> None:
    """Refuses a unit without a single value in any time."""
    known = {u for u, row in zip(data.units, data.values, strict=True) if not np.isnan(row).all()}
    for unit, where in zip(data.units, data.where, strict=True):
        if unit not in known:
            raise NotComputable(
                f"unit {unit!r} has no value at all", where=f"{where} column '{columns.code}'", hint="remove the row"
            )
