"""Shipped cases: tables and TOML of published and assumed facts, made into rollouts."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from setsail.base import toml
from setsail.base.fields import build, parse
from setsail.rollout.folder.reading import head_fields
from setsail.rollout.model import Crew, Depot, Equipment, Rollout, RolloutSite, Vehicle
from setsail.standards.facts import table

DATA = "setsail/standards/data/rollout"
BRIDGED = "wuhan-2020-bridges"


def document(name: str) -> dict[str, Any]:
    """The TOML tables of a shipped case."""
    text = (files("setsail.standards") / "data" / "rollout" / f"{name}.toml").read_text(encoding="utf-8")
    return toml.document(text, f"{DATA}/{name}.toml")


@cache
def wuhan() -> Rollout:
    """The founding case: 29 hospitals, one depot, eight vans, all lines up at the notice."""
    case = document("wuhan-2020")
    where = f"{DATA}/wuhan-2020.toml"
    asked = {k: case.pop(k) for k in ("sites", "roles", "depots", "equipment", "fleet", "facts")}
    head = head_fields(case, where)
    vehicles, crews = _fleet(dict(asked["fleet"]))
    return Rollout(
        **head,
        sites=tuple(s for s in hospitals(asked["roles"]) if s.role in asked["sites"]["roles"]),
        depots=tuple(build(Depot, d, where) for d in asked["depots"]),
        equipment=tuple(build(Equipment, e, where) for e in asked["equipment"]),
        vehicles=vehicles,
        crews=crews,
        bridges=(),
        matrix=(),
    )


def hospitals(roles: dict[str, dict[str, Any]] | None = None) -> tuple[RolloutSite, ...]:
    """Every hospital of the table, further ones ("extra") too; roles : fields that a role settles."""
    names = {f.name for f in fields(RolloutSite)}
    found = []
    for row in table("rollout/wuhan_hospitals.csv"):
        cells = {k: v for k, v in row.cells.items() if k in names}
        cells["source"] = f"{row.get('source_id')}: {row.get('clause')}"
        site = parse(RolloutSite, cells, f"{row.table}:{row.line}")
        found.append(replace(site, **(roles or {}).get(site.role, {})))
    return tuple(found)


def _fleet(told: dict[str, Any]) -> tuple[tuple[Vehicle, ...], tuple[Crew, ...]]:
    count, people = told.pop("vehicles"), told.pop("people")
    numbers = range(1, count + 1)
    vehicles = tuple(Vehicle(vehicle=f"V{i}", **told) for i in numbers)
    return vehicles, tuple(Crew(f"C{i}", f"V{i}", people, mark=told["mark"]) for i in numbers)
