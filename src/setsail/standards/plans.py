"""Plans as data: TOML files of targets, the shipped ones and a user's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from setsail.base import toml
from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.tables import read_text
from setsail.base.units import unit

Comparator = Literal[">=", ">", "<=", "<"]
Kind = Literal["level", "ratio", "growth", "per_industry", "monitor"]
COMPARATORS, KINDS = get_args(Comparator), get_args(Kind)


@dataclass(frozen=True, slots=True)
class Target:
    """One indicator of a plan with the value to be reached. `target` is in `unit`; none where it is only monitored.

    kind : `level` (a count), `ratio` (numerator over denominator), `growth` (of `series` over `growth_months`),
    `per_industry` (a count in every key industry), `monitor` (watched, no target).
    accepts : definitions of published figures of the indicator that count; empty for any.
    related : indicators that speak of the subject and cannot decide; shown beside the evidence.
    headline : stated in the text beside the plan's list of indicators, judged only when asked for.
    verified : false where the value was not read in the plan itself; it then never gives `met` alone.
    """

    indicator: str
    unit: str
    deadline: date
    geography: str
    name_en: str = ""
    name_zh: str = ""
    definition: str = ""
    definition_version: str = ""
    kind: Kind = "level"
    numerator: str = ""
    denominator: str = ""
    series: str = ""
    growth_months: int = 12
    industries: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    comparator: Comparator = ">="
    target: float | None = None
    target_upper: float | None = None
    group: str = ""
    headline: bool = False
    nondecreasing: bool | None = None
    limit: float | None = None
    replaces: str = ""
    settled_by: str = ""
    verified: bool = True
    source_id: str = ""
    clause: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        """A plan may set one indicator for several deadlines."""
        return (self.indicator, self.geography, self.deadline)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its place in time and in the cascade of plans, and its targets."""

    id: str
    title_en: str
    geography: str
    targets: tuple[Target, ...]
    title_zh: str = ""
    issued: str = ""
    parent: str = ""
    follows: str = ""
    note: str = ""
    source_id: str = ""


PLAN_KEYS = frozenset(f.name for f in fields(Plan)) - {"targets"}
TARGET_KEYS = frozenset(f.name for f in fields(Target))


@cache
def plans() -> Mapping[str, Plan]:
    """Every shipped plan by its id."""
    folder = files("setsail.standards") / "data" / "plans"
    texts = sorted((item.name, item.read_text(encoding="utf-8")) for item in folder.iterdir())
    read = [parse_plan(text, name) for name, text in texts if name.endswith(".toml")]
    return {plan.id: plan for plan in read}


def plan(id_or_file: str) -> Plan:
    """A shipped plan by its id, or the plan in a TOML file. Raises UnknownName or BadInput."""
    if id_or_file in plans():
        return plans()[id_or_file]
    path = Path(id_or_file)
    if path.suffix == ".toml" or path.exists():
        return parse_plan(read_text(path), id_or_file)
    raise UnknownName(f"is {id_or_file!r}", where="plan", allowed=", ".join(plans()) + " or a .toml file")


def parse_plan(text: str, name: str) -> Plan:
    """The plan that TOML text states. Raises BadInput naming file, line and key."""
    document = toml.document(text, name)
    place = _Places(name, text)
    strange = sorted(set(document) - {"plan", "target"})
    if strange:
        raise BadInput("is unknown", where=place.of(strange[0]), allowed="[plan] and [[target]]")
    head = document.get("plan")
    if not isinstance(head, dict):
        raise BadInput("has no table [plan]", where=name, allowed="[plan] with id, title_en, geography")
    rows = document.get("target", [])
    if not isinstance(rows, list) or not rows:
        raise BadInput("has no target", where=name, allowed="one [[target]] or more")
    known = {key: _text(head, key, place) for key in PLAN_KEYS}
    _refuse_unknown(head, PLAN_KEYS, place, None)
    for key in ("id", "title_en", "geography"):
        if not known[key]:
            raise BadInput("is missing", where=place.of(key, None), allowed="a text")
    targets = tuple(_target(row, i, known["geography"], place) for i, row in enumerate(rows))
    _refuse_repeats(targets, place)
    return Plan(targets=targets, **known)


def _target(row: object, index: int, geography: str, place: _Places) -> Target:
    if not isinstance(row, dict):
        raise BadInput("is not a table", where=place.of("target", index), allowed="[[target]]")
    _refuse_unknown(row, TARGET_KEYS, place, index)
    values = dict(row)
    values.setdefault("geography", geography)
    for key in ("indicator", "unit", "deadline"):
        if key not in values:
            raise BadInput("is missing", where=place.of(key, index), allowed=_ALLOWED[key])
    for key, value in values.items():
        _require_type(key, value, place.of(key, index))
    values["unit"] = unit(values["unit"], place.of("unit", index)).unit
    for key in ("target", "target_upper", "limit"):
        if values.get(key) is not None:
            values[key] = float(values[key])
    for key in ("accepts", "industries", "related"):
        values[key] = tuple(values.get(key, ()))
    target = Target(**values)
    _require_whole(target, place, index)
    return target


_ALLOWED = {"indicator": "an indicator id", "unit": "a unit", "deadline": "a date YYYY-MM-DD without quotes"}
_CHOICES = {"comparator": COMPARATORS, "kind": KINDS}
_NUMBERS = ("target", "target_upper", "limit")
_FLAGS = ("headline", "verified", "nondecreasing")
_LISTS = ("accepts", "industries", "related")


def _require_type(key: str, value: object, where: str) -> None:
    if key in _CHOICES and value not in _CHOICES[key]:
        raise BadInput(f"is {value!r}", where=where, allowed=", ".join(_CHOICES[key]))
    wanted, good = "a text", isinstance(value, str)
    if key in _NUMBERS:
        wanted, good = "a finite number", toml.is_number(value)
    elif key in _FLAGS:
        wanted, good = "true or false", isinstance(value, bool)
    elif key == "growth_months":
        wanted, good = "a whole number above 0", isinstance(value, int) and not isinstance(value, bool) and value > 0
    elif key in _LISTS:
        wanted, good = "a list of texts", isinstance(value, list) and all(isinstance(v, str) for v in value)
    elif key == "deadline":
        wanted, good = _ALLOWED[key], type(value) is date
    if not good:
        raise BadInput(f"is {value!r}", where=where, allowed=wanted)


def _require_whole(target: Target, place: _Places, index: int) -> None:
    if target.kind != "monitor" and target.target is None:
        raise BadInput("is missing", where=place.of("target", index), allowed='a number, or kind = "monitor"')
    if target.kind == "ratio" and not (target.numerator and target.denominator):
        key = "numerator" if not target.numerator else "denominator"
        raise BadInput("is missing", where=place.of(key, index), allowed="the indicator id of a series")
    if target.kind == "ratio" and unit(target.unit).dimension not in ("ratio", "per_person"):
        where = place.of("unit", index)
        raise BadInput(f"is {target.unit!r}", where=where, allowed="percent, ratio, per_10k_persons or per_person")
    if target.kind == "growth" and not target.series:
        raise BadInput("is missing", where=place.of("series", index), allowed="the indicator id whose growth is meant")


def _refuse_unknown(table: dict[str, Any], known: frozenset[str], place: _Places, index: int | None) -> None:
    for key in table:
        if key not in known:
            raise BadInput("is an unknown key", where=place.of(key, index), allowed=", ".join(sorted(known)))


def _refuse_repeats(targets: tuple[Target, ...], place: _Places) -> None:
    seen: set[tuple[str, str, date]] = set()
    for index, target in enumerate(targets):
        if target.key in seen:
            raise DuplicateKey(
                f"repeats {target.indicator} for {target.deadline}",
                where=place.of("indicator", index),
                hint="remove one",
            )
        seen.add(target.key)


def _text(table: dict[str, Any], key: str, place: _Places) -> str:
    value = table.get(key, "")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise BadInput(f"is {value!r}", where=place.of(key, None), allowed="a text")
    return value


class _Places:
    """Finds the line of a key, which the TOML reader does not tell."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()
        self._heads = [i for i, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*target\s*\]\]", line)]

    def of(self, key: str, index: int | None = None) -> str:
        """`file:line key 'k'`: the line of the key in the plan's head or in target number `index`."""
        first, last = self._span(index)
        name = re.escape(key)
        head = rf"|\s*\[+\s*{name}\s*\]" if index is None else ""
        pattern = re.compile(rf"\s*[\"']?{name}[\"']?\s*={head}")
        line = next((i for i in range(first, last) if pattern.match(self._lines[i])), first)
        return f"{self._name}:{line + 1} key '{key}'"

    def _span(self, index: int | None) -> tuple[int, int]:
        if index is None or index >= len(self._heads):
            return 0, self._heads[0] if self._heads and index is None else len(self._lines)
        following = self._heads[index + 1] if index + 1 < len(self._heads) else len(self._lines)
        return self._heads[index], following
