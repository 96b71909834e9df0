"""Cost items by name: the shipped table, and a TOML file that replaces any of its values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.tables import read_text
from setsail.base.toml import document
from setsail.standards import facts

Kind = Literal["capital", "operating"]
Per = Literal["site", "band", "sector"]
Part = Literal["site", "backhaul", "radio"]
Sharing = Literal["none", "passive", "backhaul", "moran"]
PARTS: tuple[Part, ...] = get_args(Part)
SHARINGS: tuple[Sharing, ...] = get_args(Sharing)
AMOUNT = Limit("amount", 0.0, 1e15, "assumption")
RATIO = Limit("upkeep_ratio", 0.0, 10.0, "assumption")
TABLES = ("items", "upkeep_ratio", "band")


@dataclass(frozen=True, slots=True)
class Item:
    """One cost item.

    kind : paid once or every year;  per : what it is counted by;  applies : `new`, `existing` or `any` sites;
    value : for one, in the currency of the costs;  upkeep_ratio : yearly operating cost over the capital.
    """

    name: str
    kind: Kind
    per: Per
    part: Part
    applies: str
    value: float
    upkeep_ratio: float
    source: str


@dataclass(frozen=True, slots=True)
class Costs:
    """All inputs of cost.

    items : by name;  bands : values of items that hold for one band only, by (band, item);
    years, discount_rate, operators, first_payment_year, revenue_per_unit_year : see `cost_settings.csv`.
    """

    currency: str
    items: Mapping[str, Item]
    years: int
    discount_rate: float
    operators: int
    first_payment_year: int
    revenue_per_unit_year: float
    bands: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def value(self, item: str, band: str | None = None) -> float:
        """The amount of an item, at a band where one is named for it."""
        return self.bands.get((band, item), self.items[item].value) if band else self.items[item].value

    @property
    def annuity(self) -> float:
        """Present value of 1 paid every year."""
        return present_factor(self.years, self.discount_rate, self.first_payment_year)


def present_factor(years: int, discount_rate: float, first_payment_year: int) -> float:
    """Present value of 1 paid in each of `years` years, the first one after `first_payment_year` years."""
    return math.fsum((1.0 + discount_rate) ** -(first_payment_year + t) for t in range(years))


@cache
def shipped_items() -> Mapping[str, Item]:
    """The shipped items by name, each with its source."""
    found = {}
    for row in facts.table("design/cost_items.csv"):
        name = row.need("item")
        found[name] = Item(
            name, row.need("kind"), row.need("per"), row.need("part"), row.need("applies"),  # type: ignore[arg-type]
            float(row.need("value")), float(row.need("upkeep_ratio")), f"{row.need('source_id')}, {row.need('clause')}",
        )  # fmt: skip
    return found


@cache
def settings() -> Mapping[str, tuple[float, Limit, bool]]:
    """Default, range and whether it is a whole number, by setting."""
    return {
        row.need("setting"): (
            float(row.need("value")),
            Limit(row.need("setting"), float(row.need("low")), float(row.need("high")), row.need("source_id")),
            row.need("whole") == "yes",
        )
        for row in facts.table("design/cost_settings.csv")
    }


def sharing(name: str) -> Sharing:
    """The strategy of that name. Raises UnknownName."""
    for known in SHARINGS:
        if name == known:
            return known
    raise UnknownName(f"is {name!r}", where="sharing", allowed=", ".join(SHARINGS))


@cache
def shared(strategy: Sharing) -> frozenset[str]:
    """Names of the items that the operators share."""
    rows = facts.table("design/sharing.csv")
    return frozenset(r.need("item") for r in rows if r.need("strategy") == strategy and r.need("shared") == "yes")


def shipped() -> Costs:
    """The shipped costs, which are published inputs of another study and assumptions: examples, not prices."""
    return costs({}, "shipped costs")


def read(path: Path) -> Costs:
    """The costs of a TOML file; what it does not name keeps the shipped value. Raises BadInput, UnknownName."""
    return costs(document(read_text(path), str(path)), str(path))


def costs(content: Mapping[str, Any], where: str) -> Costs:
    """The costs of a parsed file.

    Keys: `currency`, the settings, and tables `[items]`, `[upkeep_ratio]` and `[band.NAME]` of item to number.
    Raises UnknownName, BadInput, OutOfRange.
    """
    allowed = ("currency", *settings(), *TABLES)
    _known(content, allowed, where)
    currency = content.get("currency", "USD")
    if not isinstance(currency, str) or not currency:
        raise BadInput(f"is {currency!r}", where=f"{where} currency", allowed="a text such as CNY")
    told = {name: _setting(content, name, where) for name in settings()}
    return Costs(
        currency, _items(content, where), int(told["years"]), told["discount_rate"], int(told["operators"]),
        int(told["first_payment_year"]), told["revenue_per_unit_year"], _bands(content, where),
    )  # fmt: skip


def _items(content: Mapping[str, Any], where: str) -> dict[str, Item]:
    values, upkeep = _table(content, "items", where), _table(content, "upkeep_ratio", where)
    made = {}
    for name, item in shipped_items().items():
        value = _amount(values, name, item.value, AMOUNT, f"{where} items.{name}")
        ratio = _amount(upkeep, name, item.upkeep_ratio, RATIO, f"{where} upkeep_ratio.{name}")
        if item.kind == "operating" and ratio:
            raise BadInput("has upkeep, which only capital has", where=f"{where} upkeep_ratio.{name}", allowed="0")
        origin = item.source if (value, ratio) == (item.value, item.upkeep_ratio) else where
        made[name] = Item(name, item.kind, item.per, item.part, item.applies, value, ratio, origin)
    return made


def _bands(content: Mapping[str, Any], where: str) -> dict[tuple[str, str], float]:
    from setsail.standards.radio import band  # noqa: PLC0415 - tables of bands are read only where a file names one

    found: dict[tuple[str, str], float] = {}
    groups = content.get("band", {})
    if not isinstance(groups, dict):
        raise BadInput("is not a table", where=f"{where} band", allowed="[band.n78]")
    for name, values in groups.items():
        place = f"{where} band.{name}"
        if not isinstance(values, dict):
            raise BadInput("is not a table", where=place, allowed=f"[band.{name}]")
        equipment = [i.name for i in shipped_items().values() if i.per != "site"]
        _known(values, equipment, place)
        for item in values:
            found[band(name).name, item] = _amount(values, item, 0.0, AMOUNT, f"{place}.{item}")
    return found


def _table(content: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    values = content.get(name, {})
    if not isinstance(values, dict):
        raise BadInput("is not a table", where=f"{where} {name}", allowed=f"[{name}]")
    _known(values, shipped_items(), f"{where} {name}")
    return values


def _known(given: Mapping[str, Any], allowed: Any, where: str) -> None:  # noqa: ANN401 - any collection of names
    strange = [name for name in given if name not in allowed]
    if strange:
        raise UnknownName(f"names {strange[0]!r}", where=where, allowed=", ".join(allowed))


def _setting(content: Mapping[str, Any], name: str, where: str) -> float:
    default, limit, whole = settings()[name]
    value = _amount(content, name, default, limit, f"{where} {name}")
    if whole and value != int(value):
        raise BadInput(f"is {value:g}", where=f"{where} {name}", allowed="a whole number")
    return value


def _amount(given: Mapping[str, Any], name: str, default: float, limit: Limit, where: str) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"is {value!r}", where=where, allowed="a number")
    limit.require(float(value), where)
    return float(value)
