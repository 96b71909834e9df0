"""Units as data: each has a dimension and a factor to the unit that its dimension counts in."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from setsail.base.errors import BadInput, UnknownName


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `value_in_base = value * factor`."""

    unit: str
    dimension: str
    factor: float
    description: str


@cache
def units() -> dict[str, Unit]:
    """Every known unit by its name and its other spellings."""
    table: dict[str, Unit] = {}
    text = (files("setsail.base") / "data" / "units.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        unit = Unit(row["unit"], row["dimension"], float(row["factor"]), row["description"])
        for name in [row["unit"], *filter(None, row["spellings"].split("|"))]:
            table[name] = unit
    return table


def unit(name: str, where: str = "unit") -> Unit:
    """The unit of that name or spelling. Raises UnknownName."""
    found = units().get(name.strip())
    if found is None:
        known = sorted({u.unit for u in units().values()})
        raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(known))
    return found


def factor(from_unit: str, to_unit: str, where: str = "unit") -> float:
    """Multiplier that turns a value in `from_unit` into one in `to_unit`. Raises BadInput across dimensions."""
    a, b = unit(from_unit, where), unit(to_unit, where)
    if a.dimension != b.dimension:
        raise BadInput(
            f"is {from_unit!r} ({a.dimension})", where=where, allowed=f"a unit of {b.dimension}, such as {b.unit!r}"
        )
    return a.factor / b.factor
