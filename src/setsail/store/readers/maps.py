"""Declared column maps: which column of a file fills which column of ours, in which unit, by which words."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from setsail.base import toml
from setsail.base.errors import BadInput, UnknownName
from setsail.base.tables import read_text
from setsail.base.units import factor
from setsail.store.readers.components import KINDS, NUMBERS, Column, Component, component

ANY_KIND = "any"
DATUMS = ("wgs84", "gcj02", "bd09")
TIME_FORMATS = ("iso", "unix_s", "unix_ms")

_TOP = ("title", "kind", "same_names", "source", "licence", "documented", "note", "file", "columns")
_FILE = (
    "encoding", "delimiter", "quote", "decimal", "thousands", "header",
    "columns", "comment", "sheet", "missing", "datum",
)  # fmt: skip
_RULE = ("from", "unit", "constant", "values", "other", "missing", "format", "timezone", "optional")


@dataclass(frozen=True, slots=True)
class Form:
    """How the bytes of a file are laid out. `header` is the line of the column names, 0 where there is none."""

    encoding: str = ""
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    header: int = 1
    columns: tuple[str, ...] = ()
    comment: str = ""
    sheet: str = ""
    missing: tuple[str, ...] = ("",)
    datum: str = "wgs84"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one of our columns is filled: from the first of `sources` that the file holds, or by a constant."""

    column: Column
    sources: tuple[str, ...] = ()
    constant: str | None = None
    factor: float = 1.0
    values: Mapping[str, str] = field(default_factory=dict)
    other: str = "refuse"
    missing: tuple[str, ...] = ()
    format: str = "iso"
    timezone: str = "UTC"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map for one kind, checked against its component. `same_names`: columns named as ours are taken too."""

    name: str
    title: str
    component: Component
    rules: tuple[Rule, ...]
    form: Form
    source: str
    licence: str
    same_names: bool

    def with_constants(self, constants: Mapping[str, str]) -> ColumnMap:
        """The map with some columns set to one value in all rows. Raises UnknownName."""
        rules = {rule.column.name: rule for rule in self.rules}
        for name, value in constants.items():
            column = self.component.column(name, f"--set {name}")
            rules[name] = Rule(column, constant=value)
        return replace(self, rules=tuple(rules.values()))


@dataclass(frozen=True, slots=True)
class Bound:
    """A map that met a header: rules with the column each one reads (None: a constant or the default)."""

    map: ColumnMap
    rules: tuple[tuple[Rule, str | None], ...]
    unmapped: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the file that are read."""
        return tuple(dict.fromkeys(source for _, source in self.rules if source is not None))


def bind(column_map: ColumnMap, header: Sequence[str], where: str) -> Bound:
    """The map met with the header of a file.

    Raises BadInput where a mapped column is absent (unless its rule says `optional`) or a needed column has no rule,
    naming a shipped map that fits where one does.
    """
    rules = _with_same_names(column_map, header)
    bound: list[tuple[Rule, str | None]] = []
    for rule in rules:
        found = next((name for name in rule.sources if name in header), None)
        if found is None and rule.sources and not (rule.optional and not rule.column.needed):
            raise BadInput(
                f"lacks column {' or '.join(map(repr, rule.sources))}, which fills '{rule.column.name}'",
                where=where,
                allowed=f"the columns of map '{column_map.name}'; met: {', '.join(header) or '-'}",
                hint=_suggestion(column_map, header),
            )
        bound.append((rule, found))
    filled = {rule.column.name for rule in rules}
    absent = [c.name for c in column_map.component.read if c.needed and c.name not in filled and not c.default]
    if absent:
        raise BadInput(
            f"has nothing that fills {', '.join(map(repr, absent))}",
            where=where,
            allowed=f"every needed column of {column_map.component.kind}; met: {', '.join(header) or '-'}",
            hint=_suggestion(column_map, header),
        )
    used = {source for _, source in bound}
    return Bound(column_map, tuple(bound), tuple(name for name in header if name not in used))


def load_map(name: str, kind: str) -> ColumnMap:
    """The map of a shipped name or of a TOML file, for that kind. Raises BadInput and UnknownName with file and key."""
    wanted = component(kind)
    path = Path(name)
    if name in shipped_maps() and not path.is_file():
        text, told = _shipped_text(name), name
    elif path.suffix == ".toml" or path.exists():
        text, told = read_text(path), str(path)
    else:
        raise UnknownName(
            f"no map {name!r}", where="--map", allowed=f"a TOML file, or {', '.join(shipped_maps())}",
            hint="setsail data maps",
        )  # fmt: skip
    return _parse(text, told, wanted)


@cache
def shipped_maps() -> tuple[str, ...]:
    """Names of the maps that ship, sorted."""
    folder = files("setsail.standards") / "data" / "maps"
    return tuple(sorted(item.name[: -len(".toml")] for item in folder.iterdir() if item.name.endswith(".toml")))


def shipped_facts(name: str) -> dict[str, str]:
    """Title, kind, source, licence and columns of a shipped map, as shown in a list."""
    table = toml.document(_shipped_text(name), name)
    return {
        "map": name,
        "kind": str(table["kind"]),
        "title": str(table["title"]),
        "source": str(table.get("source", "")),
        "licence": str(table.get("licence", "")),
        "documented": str(table.get("documented", "")),
    }


def _shipped_text(name: str) -> str:
    return (files("setsail.standards") / "data" / "maps" / f"{name}.toml").read_text(encoding="utf-8")


def _parse(text: str, told: str, wanted: Component) -> ColumnMap:
    table = toml.document(text, told)
    _require_known(table, _TOP, told)
    kind = _text(table, "kind", told)
    if kind not in (*KINDS, ANY_KIND):
        raise UnknownName(f"is {kind!r}", where=f"{told} key 'kind'", allowed=", ".join((*KINDS, ANY_KIND)))
    if kind not in (wanted.kind, ANY_KIND):
        raise BadInput(f"is a map for {kind}", where=told, allowed=f"a map for {wanted.kind}", hint=f"--as {kind}")
    same_names = table.get("same_names", False)
    if not isinstance(same_names, bool):
        raise BadInput(f"is {same_names!r}", where=f"{told} key 'same_names'", allowed="true or false")
    columns = _table(table, "columns", told)
    rules = tuple(_rule(wanted, name, value, f"{told} key 'columns.{name}'") for name, value in columns.items())
    return ColumnMap(
        name=Path(told).stem,
        title=_text(table, "title", told),
        component=wanted,
        rules=rules,
        form=_form(_table(table, "file", told), told),
        source=_text(table, "source", told),
        licence=_text(table, "licence", told),
        same_names=same_names,
    )


def _form(table: dict[str, Any], told: str) -> Form:
    _require_known(table, _FILE, f"{told} key 'file'")
    where = f"{told} key 'file.{{}}'"
    texts = {key: table[key] for key in _FILE if key in table and key not in {"header", "columns", "missing"}}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise BadInput(f"is {value!r}", where=where.format(key), allowed="text")
    for key in ("delimiter", "decimal"):
        if len(texts.get(key, ",").encode()) != 1 or texts.get(key) in {"\n", "\r"}:
            raise BadInput(f"is {texts[key]!r}", where=where.format(key), allowed="one sign")
    for key in ("quote", "thousands", "comment"):
        if len(texts.get(key, "").encode()) > 1:
            raise BadInput(f"is {texts[key]!r}", where=where.format(key), allowed="one sign, or empty for none")
    if texts.get("decimal", ".") not in {".", ","}:
        raise BadInput(f"is {texts['decimal']!r}", where=where.format("decimal"), allowed="'.' or ','")
    signs = [texts.get("delimiter", ","), texts.get("decimal", "."), texts.get("thousands", "")]
    if signs[1] == signs[2]:
        raise BadInput("is the decimal sign too", where=where.format("thousands"), allowed="another sign")
    if texts.get("datum", "wgs84") not in DATUMS:
        raise UnknownName(f"is {texts['datum']!r}", where=where.format("datum"), allowed=", ".join(DATUMS))
    if texts.get("encoding"):
        _require_encoding(texts["encoding"], where.format("encoding"))
    header = table.get("header", 1)
    if not isinstance(header, int) or isinstance(header, bool) or not 0 <= header <= 1000:
        raise BadInput(f"is {header!r}", where=where.format("header"), allowed="a line number, or 0 for no header")
    names = _texts(table.get("columns", []), where.format("columns"))
    if header == 0 and not names:
        raise BadInput("is not there", where=where.format("columns"), allowed="the column names, as header = 0")
    missing = _texts(table.get("missing", [""]), where.format("missing"))
    return Form(**texts, header=header, columns=names, missing=tuple(dict.fromkeys(("", *missing))))


def _rule(wanted: Component, name: str, value: object, where: str) -> Rule:
    column = wanted.column(name, where)
    table = {"from": value} if isinstance(value, str | list) else value
    if not isinstance(table, dict):
        raise BadInput(f"is {value!r}", where=where, allowed="a column name, or a table with 'from' or 'constant'")
    _require_known(table, _RULE, where)
    if ("from" in table) == ("constant" in table):
        raise BadInput("has both or none of 'from' and 'constant'", where=where, allowed="one of them")
    if "constant" in table:
        return Rule(column, constant=str(table["constant"]), factor=_factor(column, table, where))
    sources = _texts(table["from"], f"{where}.from")
    return Rule(
        column=column,
        sources=sources,
        factor=_factor(column, table, where),
        values=_values(column, table.get("values", {}), where),
        other=_choice(table.get("other", "refuse"), ("refuse", "missing", "keep"), f"{where}.other"),
        missing=_texts(table.get("missing", []), f"{where}.missing"),
        format=_time_format(column, table.get("format", "iso"), where),
        timezone=_timezone(str(table.get("timezone", "UTC")), f"{where}.timezone"),
        optional=bool(table.get("optional", False)),
    )


def _factor(column: Column, table: dict[str, Any], where: str) -> float:
    unit = table.get("unit")
    if unit is None:
        return 1.0
    if not isinstance(unit, str) or column.dtype not in NUMBERS or not column.unit:
        raise BadInput(f"has unit {unit!r}", where=where, allowed="no unit: this column has none")
    return factor(unit, column.unit, f"{where}.unit")


def _values(column: Column, table: object, where: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise BadInput(f"is {table!r}", where=f"{where}.values", allowed="a table from their words to ours")
    words = {str(theirs): str(ours) for theirs, ours in table.items()}
    for theirs, ours in words.items():
        if column.choices and ours and ours not in column.choices:
            raise BadInput(f"is {ours!r}", where=f"{where}.values.{theirs}", allowed=", ".join(column.choices))
    return words


def _time_format(column: Column, value: object, where: str) -> str:
    if not isinstance(value, str) or (value not in TIME_FORMATS and "%" not in value):
        raise BadInput(
            f"is {value!r}", where=f"{where}.format", allowed=f"{', '.join(TIME_FORMATS)} or such as %Y/%m/%d"
        )
    if value != "iso" and column.dtype not in {"time", "day"}:
        raise BadInput(f"is {value!r}", where=f"{where}.format", allowed="no format: this column is no time")
    return value


def _timezone(name: str, where: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise UnknownName(f"is {name!r}", where=where, allowed="a name such as Asia/Shanghai or UTC") from err
    return name


def _require_encoding(name: str, where: str) -> None:
    try:
        info = codecs.lookup(name)
        plain = info.incrementaldecoder is not None and isinstance(info.incrementaldecoder("strict").decode(b""), str)
    except (LookupError, TypeError, AssertionError):
        plain = False
    if not plain:
        raise UnknownName(f"is {name!r}", where=where, allowed="an encoding such as utf-8, gb18030, utf-16, cp1252")


def _with_same_names(column_map: ColumnMap, header: Sequence[str]) -> list[Rule]:
    rules = list(column_map.rules)
    if column_map.same_names:
        filled = {rule.column.name for rule in rules}
        rules += [
            Rule(column, (column.name,))
            for column in column_map.component.read
            if column.name not in filled and column.name in header
        ]
    return rules


def _suggestion(column_map: ColumnMap, header: Sequence[str]) -> str:
    for name in shipped_maps():
        table = toml.document(_shipped_text(name), name)
        if name == column_map.name or table["kind"] != column_map.component.kind:
            continue
        candidate = load_map(name, column_map.component.kind)
        wanted = [rule for rule in candidate.rules if rule.sources and not rule.optional]
        if wanted and all(any(source in header for source in rule.sources) for rule in wanted):
            return f"--map {name}"
    return "declare a map (--map MAP.toml); setsail data maps lists those that ship"


def _require_known(table: Mapping[str, object], known: Sequence[str], where: str) -> None:
    strange = [key for key in table if key not in known]
    if strange:
        raise UnknownName(f"has unknown key {strange[0]!r}", where=where, allowed=", ".join(known))


def _text(table: Mapping[str, object], key: str, told: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise BadInput(f"is {value!r}", where=f"{told} key '{key}'", allowed="text")
    return value


def _table(table: Mapping[str, object], key: str, told: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise BadInput(f"is {value!r}", where=f"{told} key '{key}'", allowed="a table")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise BadInput(f"is {value!r}", where=where, allowed="text, or a list of texts")
    return tuple(items)


def _choice(value: object, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise BadInput(f"is {value!r}", where=where, allowed=", ".join(allowed))
    return str(value)
