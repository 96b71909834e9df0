"""Which walls, doors and windows a room has by its function, where a plan shows rooms only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from setsail.base.errors import BadInput
from setsail.base.tables import Row, read_rows, require_unique
from setsail.site.classes import DATA, wall_class
from setsail.site.model import Room

Role = Literal["room", "circulation", "core", "shaft"]
"""A room; a place through which people reach others; a lift or staircase; a shaft that nobody enters."""
COLUMNS = ("function", "role", "wall_class", "outer_class", "door_class", "door_width_m", "windows")
SHIELDED = "lead-lined"
STRENGTH = ("light", "wood", "glass", "brick", "block", "concrete", "exterior", "metal", "lead-lined")
"""Of the classes that two rooms ask of their common wall, the one named last here is built."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a function asks of its room: role, classes of inner and outer walls, its door, whether it has windows."""

    role: Role
    wall_class: str
    outer_class: str
    door_class: str
    door_width_m: float
    windows: bool


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by function; that of "" holds where no other does."""
    found = read_rows(DATA / "wall_rules.csv", required=COLUMNS, known=COLUMNS, name="wall_rules.csv")
    require_unique(found, ["function"])
    return MappingProxyType({row.get("function"): _parsed(row) for row in found})


def rule(room: Room) -> Rule:
    """The rule of a room's function, or the one for all others."""
    return rules().get(room.function, rules()[""])


def inner_class(first: Room, second: Room) -> str:
    """Class of the wall between two rooms: lead-lined where one is shielded, else the stronger of the two."""
    if first.shielded or second.shielded:
        return SHIELDED
    return max(rule(first).wall_class, rule(second).wall_class, key=STRENGTH.index)


def outer_class(room: Room) -> str:
    """Class of the wall between a room and the open."""
    return SHIELDED if room.shielded else rule(room).outer_class


def void_class(room: Room) -> str:
    """Class of the wall between a room and a void that the plan does not name."""
    return SHIELDED if room.shielded else rule(room).wall_class


def is_open(first: Room, second: Room) -> bool:
    """True where no wall stands between two rooms: both are circulation, and neither is shielded."""
    return all(rule(room).role == "circulation" and not room.shielded for room in (first, second))


def door_class(first: Room, second: Room) -> str:
    """Class of a door between two rooms."""
    if first.shielded or second.shielded:
        return "door-lead"
    core = next((r for r in (first, second) if rule(r).role in ("core", "shaft")), None)
    if core is not None:
        return rule(core).door_class
    return rule(first).door_class


def _parsed(row: Row) -> Rule:
    role = row.need("role")
    if role not in get_args(Role):
        raise BadInput(f"is {role!r}", where=row.where("role"), allowed=", ".join(get_args(Role)))
    wall, outer, door = (wall_class(row.need(c), row.where(c)).wall_class for c in COLUMNS[2:5])
    width, windows = float(row.need("door_width_m")), row.need("windows") == "yes"
    return Rule(role, wall, outer, door, width, windows)  # type: ignore[arg-type]
