"""Which lift goes through a floor at a place: the shafts of a site, open from floor to floor."""

from __future__ import annotations

from collections.abc import Sequence

from setsail.design.indoor.raster import is_lift
from setsail.site.model import Floor, Point, Room, Site

Lifts = Sequence[tuple[Floor, int, Room]]
"""Lifts of a site with their floor, and the level of the topmost floor that each reaches."""


def lifts(site: Site) -> Lifts:
    """Every lift of a site."""
    found = []
    for floor in site.floors:
        for room in floor.rooms:
            if is_lift(room):
                top = site.floor(room.to_floor) if room.to_floor else None
                found.append((floor, max(top.level, floor.level) if top else floor.level, room))
    return found


def lift_at(known: Lifts, level: int, x_m: float, y_m: float) -> Room | None:
    """The lift that goes through a level at a place: of that floor, or of a lower one that reaches it."""
    for floor, top, room in known:
        if floor.level <= level <= top and holds(room.outline, x_m, y_m):
            return room
    return None


def open_lift(known: Lifts, site: Site, here: Floor, there: Floor, place: Point) -> str:
    """The lift of the floor `here` that a head at a place of the floor `there` reaches past no slab; "" for none."""
    if not known or here.floor == there.floor:
        return ""
    low, high = sorted((here.level, there.level))
    levels = [f.level for f in site.floors if low <= f.level <= high]
    if any(lift_at(known, level, *place) is None for level in levels):
        return ""
    found = lift_at(known, here.level, *place)
    return found.room if found is not None and found.floor == here.floor else ""


def holds(outline: Sequence[Point], x_m: float, y_m: float) -> bool:
    """True where a place lies within an outline, by the even-odd rule."""
    held = False
    for (ax, ay), (bx, by) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (ay > y_m) != (by > y_m) and x_m < ax + (y_m - ay) * (bx - ax) / (by - ay):
            held = not held
    return held
