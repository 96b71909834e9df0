"""Shipped cases: tables and TOML of published and assumed facts, made into rollouts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from setsail.base import toml
from setsail.base.fields import build, parse
from setsail.base.tables import Row
from setsail.rollout.folder.files import HistoryEvent
from setsail.rollout.folder.reading import head_fields
from setsail.rollout.model import Bridge, Crew, Depot, Equipment, Rollout, RolloutSite, Vehicle
from setsail.standards.facts import table

T = TypeVar("T")
DATA = "setsail/standards/data/rollout"
METRES_PER_DEGREE = 111_195.0
"""Along a meridian of a sphere of 6,371 km."""
GRID_M = 90.0
"""Between places on a building ground of which only the middle is known."""
_GIVEN = ("sites", "roles", "depots", "equipment", "fleet", "facts", "groups", "centre", "crewing")


@cache
def wuhan() -> Rollout:
    """The founding case: 29 hospitals, one depot, eight vans, all lines up at the notice, no river."""
    head, given, where = _document("wuhan-2020")
    fleet = dict(given["fleet"])
    numbers, people = range(1, fleet.pop("vehicles") + 1), fleet.pop("people")
    return Rollout(
        **head,
        sites=tuple(s for s in hospitals(given["roles"]) if s.role in given["sites"]["roles"]),
        depots=_built(Depot, given, "depots", where),
        equipment=_built(Equipment, given, "equipment", where),
        vehicles=tuple(Vehicle(vehicle=f"V{i}", **fleet) for i in numbers),
        crews=tuple(Crew(f"C{i}", f"V{i}", people, mark=fleet["mark"]) for i in numbers),
    )


@cache
def wuhan_bridges() -> Rollout:
    """The founding case with its two rivers: three banks, and bridges and tunnels as the only crossings."""
    base = wuhan()
    bridges = tuple(_sourced(Bridge, row) for row in table("rollout/wuhan_bridges.csv"))
    return replace(base, rollout="wuhan-2020-bridges", name=f"{base.name}, with its bridges", bridges=bridges)


def wuhan_history() -> tuple[HistoryEvent, ...]:
    """The late lines of the founding case; which and when is mostly assumed."""
    return tuple(_sourced(HistoryEvent, row) for row in table("rollout/wuhan_history.csv"))


def hospitals(roles: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[RolloutSite, ...]:
    """Every hospital of the table, further ones ("extra") too; roles : fields that a role settles."""
    found = (_sourced(RolloutSite, row) for row in table("rollout/wuhan_hospitals.csv"))
    return tuple(replace(site, **(roles or {}).get(site.role, {})) for site in found)


@cache
def huoshenshan() -> Rollout:
    """The works of one operator at Huoshenshan: a trunk cable, 24 poles, three 5G sites."""
    head, given, where = _document("huoshenshan-2020")
    crews: list[Crew] = []
    vehicles: list[Vehicle] = []
    for group in given["crewing"]:
        for _ in range(group["crews"]):
            number = len(crews) + 1
            vehicles.append(Vehicle(f"V{number}", "D1", group["capacity_sets"], mark="assumed"))
            crews.append(Crew(f"C{number}", f"V{number}", group["people"], tuple(group["skills"]), mark="assumed"))
    return Rollout(
        **head,
        sites=_on_the_ground(given["groups"], given["centre"], where),
        depots=_built(Depot, given, "depots", where),
        equipment=_built(Equipment, given, "equipment", where),
        vehicles=tuple(vehicles),
        crews=tuple(crews),
    )


def _on_the_ground(
    groups: Sequence[Mapping[str, Any]], centre: Mapping[str, float], where: str
) -> tuple[RolloutSite, ...]:
    """The places of each group on a square grid about the centre, in order."""
    total = sum(g["count"] for g in groups)
    side = math.ceil(math.sqrt(total))
    found: list[RolloutSite] = []
    for group in groups:
        told = {k: v for k, v in group.items() if k not in ("prefix", "count", "name")}
        for number in range(1, group["count"] + 1):
            row, column = divmod(len(found), side)
            north, east = (row - side / 2) * GRID_M, (column - side / 2) * GRID_M
            narrow = math.cos(math.radians(centre["latitude_deg"]))
            named = group["name"] if group["count"] == 1 else f"{group['name']} {number}"
            place = {
                "site": f"{group['prefix']}{number:02d}",
                "name": named,
                "latitude_deg": round(centre["latitude_deg"] + north / METRES_PER_DEGREE, 6),
                "longitude_deg": round(centre["longitude_deg"] + east / METRES_PER_DEGREE / narrow, 6),
                "mark": "assumed",
                "source": "assumption: a grid about the recalled middle of the ground",
            }
            found.append(build(RolloutSite, told | place, where))
    return tuple(found)


def _document(name: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The head of a case's rollout, what the case is made of, and the name of its file."""
    where = f"{DATA}/{name}.toml"
    text = (files("setsail.standards") / "data" / "rollout" / f"{name}.toml").read_text(encoding="utf-8")
    case = toml.document(text, where)
    given = {k: case.pop(k) for k in _GIVEN if k in case}
    return head_fields(case, where), given, where


def _built(cls: type[T], given: Mapping[str, Any], key: str, where: str) -> tuple[T, ...]:
    return tuple(build(cls, each, f"{where} [[{key}]]") for each in given[key])


def _sourced(cls: type[T], row: Row) -> T:
    """A value from a row of facts: the columns that it has, its source as `source_id: clause`."""
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    cells = {k: v for k, v in row.cells.items() if k in names}
    cells["source"] = f"{row.get('source_id')}: {row.get('clause')}"
    return parse(cls, cells, f"{row.table}:{row.line}")
