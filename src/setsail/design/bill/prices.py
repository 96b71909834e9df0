"""Prices, powers and settings of a bill: shipped assumptions, each replaced by what a TOML file names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.base.tables import read_text
from setsail.base.toml import document, is_number, text
from setsail.design.cost.items import present_factor
from setsail.standards import facts

Kind = Literal["capital", "operating"]
Mark = Literal["assumption", "public", "given"]
PRICE = Limit("price", 0.0, 1e12, "assumption")
TABLES = {"price": PRICE, "upkeep_ratio": Limit("upkeep_ratio", 0.0, 10.0, "assumption"),
          "life_years": Limit("life_years", 1.0, 1000.0, "assumption"),
          "idle_w": Limit("idle_w", 0.0, 1e6, "assumption")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is bought. price : of one unit, once (capital) or every year (operating);  upkeep_ratio : yearly
    cost over the price;  life_years : until it is bought again;  idle_w : power without traffic;  mark : of the price.
    """

    item: str
    label_en: str
    label_zh: str
    unit: str
    kind: Kind
    price: float
    upkeep_ratio: float
    life_years: float
    idle_w: float
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True)
class Prices:
    """All inputs of a bill. settings : see `bill_settings.csv`, by name."""

    currency: str
    items: Mapping[str, Item]
    settings: Mapping[str, float]

    def __getitem__(self, setting: str) -> float:
        """A setting by its name."""
        return self.settings[setting]

    @property
    def annuity(self) -> float:
        """Present value of 1 paid every year."""
        return present_factor(int(self["years"]), self["discount_rate"], int(self["first_payment_year"]))

    def bought_again(self, life_years: float) -> float:
        """Present value of a thing that costs 1 and is bought again at the end of each life within the years."""
        return math.fsum(
            (1.0 + self["discount_rate"]) ** -(n * life_years)
            for n in range(int(self["years"]) + 1)
            if n * life_years < self["years"]
        )

    def record(self) -> Record:
        """Currency, settings and items with their marks."""
        return {
            "currency": self.currency, "settings": dict(self.settings),
            "items": [
                {"item": i.item, "label": i.label_en, "unit": i.unit, "kind": i.kind, "price": i.price,
                 "upkeep_ratio": i.upkeep_ratio, "life_years": i.life_years, "idle_w": i.idle_w, "mark": i.mark,
                 "source": i.source}
                for i in self.items.values()
            ],
        }  # fmt: skip


@cache
def _items() -> Mapping[str, Item]:
    found = {}
    for row in facts.table("design/bill_items.csv"):
        source = row.need("source_id")
        found[row.need("item")] = Item(
            row.need("item"), row.need("label_en"), row.need("label_zh"), row.need("unit"),
            row.need("kind"), float(row.need("price")), float(row.need("upkeep_ratio")),  # type: ignore[arg-type]
            float(row.need("life_years")), float(row.need("idle_w")),
            "assumption" if source == "assumption" else "public", f"{source} {row.need('clause')}",
        )  # fmt: skip
    return found


@cache
def _settings() -> Mapping[str, tuple[float, Limit, bool]]:
    return {
        row.need("setting"): (
            float(row.need("value")),
            Limit(row.need("setting"), float(row.need("low")), float(row.need("high")), row.need("source_id")),
            row.need("whole") == "yes",
        )
        for row in facts.table("design/bill_settings.csv")
    }


@cache
def shipped() -> Prices:
    """The shipped prices: no public price list of indoor heads was found, so that all of them are assumptions."""
    return prices({}, "shipped prices")


def read(path: Path) -> Prices:
    """The prices of a TOML file; what it does not name keeps the shipped value. Raises BadInput, UnknownName."""
    return prices(document(read_text(path), str(path)), str(path))


def prices(content: Mapping[str, Any], where: str) -> Prices:
    """The prices of a parsed file.

    Keys: `currency`, the settings, and tables `[price]`, `[upkeep_ratio]`, `[life_years]`, `[idle_w]` of item to
    number and `[source]` of item to text. Raises UnknownName, BadInput, OutOfRange.
    """
    _known(content, ("currency", "source", *TABLES, *_settings()), where)
    currency = text(content, "currency", where, "CNY")
    if not currency:
        raise BadInput("is empty", where=f"{where} currency", allowed="a text such as CNY")
    if currency != "CNY" and "price" not in content:
        raise BadInput("names no price", where=f"{where} price", allowed=f"prices in {currency}",
                       hint="the shipped ones are in CNY")  # fmt: skip
    told = {name: _number(content, name, row[0], row[1], f"{where} {name}") for name, row in _settings().items()}
    for name, value in told.items():
        if _settings()[name][2] and value != int(value):
            raise BadInput(f"is {value:g}", where=f"{where} {name}", allowed="a whole number")
    return Prices(currency, {name: _item(name, content, where) for name in _items()}, told)


def _item(name: str, content: Mapping[str, Any], where: str) -> Item:
    item = _items()[name]
    values = {}
    for table, limit in TABLES.items():
        given = _table(content, table, where)
        values[table] = _number(given, name, getattr(item, table), limit, f"{where} {table}.{name}")
    if item.kind == "operating" and values["upkeep_ratio"]:
        raise BadInput("has upkeep, which only capital has", where=f"{where} upkeep_ratio.{name}", allowed="0")
    named = _table(content, "source", where)
    given_here = name in _table(content, "price", where)
    source = text(named, name, f"{where} source", where if given_here else item.source)
    mark: Mark = "given" if given_here else item.mark
    return Item(name, item.label_en, item.label_zh, item.unit, item.kind, values["price"], values["upkeep_ratio"],
                values["life_years"], values["idle_w"], mark, source)  # fmt: skip


def _table(content: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    values = content.get(name, {})
    if not isinstance(values, dict):
        raise BadInput("is not a table", where=f"{where} {name}", allowed=f"[{name}]")
    _known(values, tuple(_items()), f"{where} {name}")
    return values


def _known(given: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    strange = [name for name in given if name not in allowed]
    if strange:
        raise UnknownName(f"names {strange[0]!r}", where=where, allowed=", ".join(allowed))


def _number(given: Mapping[str, Any], name: str, default: float, limit: Limit, where: str) -> float:
    value = given.get(name, default)
    if not is_number(value):
        raise BadInput(f"is {value!r}", where=where, allowed="a finite number")
    limit.require(float(value), where)
    return float(value)
