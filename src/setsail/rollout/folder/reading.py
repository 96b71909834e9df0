"""Strict reading of a rollout's folder: every refusal names file, line and column, and what is allowed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from setsail.base import toml
from setsail.base.errors import BadInput
from setsail.base.fields import build, columns, parse
from setsail.base.folders import read_whole
from setsail.base.tables import Row, iter_rows, read_text, require_unique
from setsail.rollout.folder import files
from setsail.rollout.folder.rules import Places, require
from setsail.rollout.model import CallOrder, Durations, Milestone, Rollout, Travel

T = TypeVar("T")
MAX_BYTES = 64 << 20
"""Of one file: some hundred thousand sites, or the matrix of a thousand."""
MAX_ROWS = 2_000_000
_PARTS: dict[str, type[Any]] = {"durations": Durations, "travel": Travel, "call": CallOrder}


def read(path: Path) -> Rollout:
    """The rollout of a folder, which holds to every rule. Raises BadInput and its kin with file, line and column."""
    found, places = read_loosely(path)
    require(found, places)
    return found


def read_loosely(path: Path) -> tuple[Rollout, Places]:
    """The rollout of a folder whose cells can be read, rules not yet asked; and where each row stands.

    Raises BadInput for what cannot be read at all.
    """
    path = Path(path)
    if not (path / files.ROLLOUT_FILE).is_file():
        what = "has no rollout.toml" if path.is_dir() else "does not exist" if not path.exists() else "is no folder"
        allowed = "a folder of `setsail rollout new` or `setsail rollout example`"
        raise BadInput(what, where=str(path), allowed=allowed)
    return read_whole(path, _read)


def history(path: Path) -> tuple[files.HistoryEvent, ...]:
    """The events of history.csv in the order of time; none where the folder has no such file. Raises BadInput."""
    file = Path(path) / files.HISTORY
    if not file.exists():
        return ()
    rows = _rows(file, ("at", "kind"), columns(files.HistoryEvent))
    found = [_value(r, files.HistoryEvent) for r in rows]
    return tuple(sorted(found, key=lambda e: e.at))


def _read(path: Path) -> tuple[Rollout, Places]:
    file = path / files.ROLLOUT_FILE
    head = head_fields(toml.document(_text(file), str(file)), str(file))
    lines: dict[str, list[str]] = {}
    for name, (field, cls) in files.TABLES.items():
        rows = _table(path / name, cls, needed=name in files.NEEDED)
        require_unique(rows, files.KEYS[name])
        head[field] = tuple(_value(r, cls) for r in rows)
        lines[field] = [_line(r) for r in rows]
    head["matrix"], lines["matrix"] = _matrix(path / files.TRAVEL)
    head["travel"] = _resolved(head["travel"], path)
    return Rollout(**head), Places(str(file), str(path), lines)


def _resolved(travel: Travel, folder: Path) -> Travel:
    """An extract named beside the other files is found wherever the folder lies."""
    if not travel.extract or Path(travel.extract).is_absolute():
        return travel
    return replace(travel, extract=str((folder / travel.extract).resolve()))


def _value(row: Row, cls: type[T]) -> T:
    for column in _required(cls):
        row.need(column)
    return parse(cls, _cells(row), _line(row))


def head_fields(table: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields of `Rollout` that rollout.toml holds. Raises BadInput."""
    allowed = ("format", *files.HEAD_FIELDS, *files.PARTS, "milestones")
    toml.require_known(table, allowed, where)
    if table.get("format") != files.FORMAT or isinstance(table.get("format"), bool):
        raise BadInput("is no format that is read here", where=f"{where} format", allowed=str(files.FORMAT))
    found: dict[str, Any] = {p: _part(table, p, where) for p in files.PARTS}
    found["milestones"] = tuple(
        build(Milestone, t, f"{where} [[milestones]] {i}")
        for i, t in enumerate(toml.tables(table, "milestones", where), 1)
    )
    plain = {k: v for k, v in table.items() if k in files.HEAD_FIELDS}
    known = found | dict.fromkeys(("sites", "depots", "vehicles", "crews", "equipment", "bridges", "matrix"), ())
    made = build(Rollout, plain, where, known=known)
    return found | {k: getattr(made, k) for k in files.HEAD_FIELDS}


def _part(table: Mapping[str, Any], part: str, where: str) -> Any:  # noqa: ANN401 - one of three classes
    value = table.get(part, {})
    if not isinstance(value, dict):
        raise BadInput(f"is {value!r}", where=f"{where} {part}", allowed=f"a table [{part}]")
    return build(_PARTS[part], value, f"{where} [{part}]")


def _table(file: Path, cls: type[Any], *, needed: bool) -> list[Row]:
    if not needed and not file.exists():
        return []
    return _rows(file, _required(cls), columns(cls))


def _required(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING)


def _rows(file: Path, required: tuple[str, ...], known: tuple[str, ...]) -> list[Row]:
    found = []
    for row in iter_rows(_text(file), str(file), required=required, known=known):
        found.append(row)
        if len(found) > MAX_ROWS:
            raise BadInput(f"has more than {MAX_ROWS:,} rows", where=str(file), allowed=f"up to {MAX_ROWS:,}")
    return found


def _matrix(file: Path) -> tuple[tuple[tuple[str, str, float, float], ...], list[str]]:
    if not file.exists():
        return (), []
    rows = _rows(file, files.TRAVEL_COLUMNS, files.TRAVEL_COLUMNS)
    require_unique(rows, ("from", "to"))
    found = tuple((r.need("from"), r.need("to"), _number(r, "minutes"), _number(r, "metres")) for r in rows)
    return found, [_line(r) for r in rows]


def _number(row: Row, column: str) -> float:
    try:
        return float(row.need(column))
    except ValueError as err:
        raise BadInput(f"is {row.get(column)[:60]!r}", where=row.where(column), allowed="a finite number") from err


def _cells(row: Row) -> dict[str, str]:
    return {k: v.strip() for k, v in row.cells.items()}


def _line(row: Row) -> str:
    return f"{row.table}:{row.line}"


def _text(file: Path) -> str:
    if file.is_file() and file.stat().st_size > MAX_BYTES:
        raise BadInput(f"holds {file.stat().st_size:,} bytes", where=str(file), allowed=f"up to {MAX_BYTES >> 20} MiB")
    return read_text(file)
