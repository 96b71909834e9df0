"""The shipped facts: published figures with sources, regions, indicators, definitions. Read-only, always present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from setsail.base.errors import UnknownName
from setsail.base.observation import KEY, Observations, observation
from setsail.base.tables import Row, iter_rows, require_unique

DATASETS = {
    "china-national": "china_national.csv",
    "china-regions": "china_regions.csv",
    "china-provinces": "china_provinces.csv",
    "india-states": "india_states.csv",
}
"""Shipped sets of observations by name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure was read."""

    source_id: str
    title: str
    publisher: str
    version: str
    date: str
    url: str
    licence: str


@dataclass(frozen=True, slots=True)
class Region:
    """A place that figures speak of. `groups`: the macro-region of a province, or the members of a cluster."""

    region: str
    name_en: str
    name_zh: str
    level: str
    parent: str
    groups: tuple[str, ...]
    country: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted. `nondecreasing`: an earlier figure above a target proves a later day too."""

    indicator: str
    name_en: str
    name_zh: str
    unit: str
    kind: str
    nondecreasing: bool
    numerator: str
    denominator: str
    note: str


def table(name: str) -> list[Row]:
    """The rows of a shipped table, such as `regions.csv`."""
    text = (files("setsail.standards") / "data" / name).read_text(encoding="utf-8")
    return list(iter_rows(text, f"setsail/standards/data/{name}"))


@cache
def dataset(name: str) -> Observations:
    """One shipped set of observations. Raises UnknownName."""
    if name not in DATASETS:
        raise UnknownName(f"is {name!r}", where="data set", allowed=", ".join(DATASETS))
    rows = table(f"observations/{DATASETS[name]}")
    require_unique(rows, KEY)
    return Observations(observation(row) for row in rows)


@cache
def observations() -> Observations:
    """Every shipped observation."""
    merged = Observations(())
    for name in DATASETS:
        merged = merged + dataset(name)
    return merged


@cache
def sources() -> Mapping[str, Source]:
    """Every source by its id."""
    columns = ("source_id", "title", "publisher", "version", "date", "url", "licence")
    return {row.need("source_id"): Source(*(row.get(c) for c in columns)) for row in table("sources.csv")}


@cache
def regions() -> Mapping[str, Region]:
    """Every known region by its code."""
    found = {}
    for row in table("regions.csv"):
        groups = tuple(filter(None, row.get("groups").split("|")))
        code, en, zh = row.need("region"), row.get("name_en"), row.get("name_zh")
        found[code] = Region(code, en, zh, row.get("level"), row.get("parent"), groups, row.get("country"))
    return found


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every known indicator by its id."""
    found = {}
    for row in table("indicators.csv"):
        found[row.need("indicator")] = Indicator(
            indicator=row.get("indicator"),
            name_en=row.get("name_en"),
            name_zh=row.get("name_zh"),
            unit=row.get("unit"),
            kind=row.get("kind"),
            nondecreasing=row.get("nondecreasing") == "true",
            numerator=row.get("numerator"),
            denominator=row.get("denominator"),
            note=row.get("note"),
        )
    return found


@cache
def definitions() -> Mapping[tuple[str, str], str]:
    """What each definition of an indicator counts, by (indicator, definition)."""
    return {(row.need("indicator"), row.need("definition")): row.get("text") for row in table("definitions.csv")}
