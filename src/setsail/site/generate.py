"""Synthetic buildings for demonstrations, tests and batches: hospitals of wings on a spine, and a factory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from setsail.base.errors import UnknownName
from setsail.base.limits import Limit
from setsail.base.tables import Row, read_rows
from setsail.site.classes import DATA
from setsail.site.model import Floor, Room, Site
from setsail.site.needs import default_needs
from setsail.site.walls import derive

FLOORS = Limit("floors", 1, 40, "assumption")
FLOOR_AREA_M2 = Limit("floor_area_m2", 500.0, 15_000.0, "assumption")
WINGS = Limit("wards_per_floor", 1, 8, "assumption")
WING_LENGTH_M = Limit("length of a wing", 12.0, 120.0, "assumption")
HALL_AREA_M2 = Limit("hall_area_m2", 500.0, 40_000.0, "assumption")
WALL_M = 0.12
"""Between the faces of two rooms."""
ROOM_DEPTH_M, CORRIDOR_M, SPINE_M, FRONT_M, COURT_M = 6.6, 2.6, 3.0, 6.0, 14.0
WING_M = 2 * ROOM_DEPTH_M + CORRIDOR_M + 2 * WALL_M
SPINE_Y = FRONT_M + WALL_M
WING_Y = SPINE_Y + SPINE_M + WALL_M
LIFT_M, LIFT_DEPTH_M, STAIRS_M, SHAFT_M = 2.5, 2.8, 2.9, 1.6
STOREY_M, CLEAR_M = 4.2, 2.8
WING_AREA_M2 = 1000.0
"""Floor area that asks for another wing where their number is not given."""
BANDS = ("n28", "n41", "n78", "n79")
DEMONSTRATION_SEED = 29
DEMONSTRATIONS = ("hospital", "factory")
SOURCE = "synthetic: made by setsail.site.generate"
COLUMNS = ("building", "zone", "function", "name", "width_low_m", "width_high_m", "shielded", "critical", "once")


Box = tuple[float, float, float, float]
"""West, south, east and north [m]."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One room of a row: its function, name, range of its width [m], and whether its row has one only."""

    function: str
    name: str
    low_m: float
    high_m: float
    shielded: bool
    critical: bool
    once: bool


@cache
def programme(building: str, zone: str) -> tuple[Slot, ...]:
    """The rooms of a zone in the order in which they are built, all but `once` over and over. Raises UnknownName."""
    rows = read_rows(DATA / "programmes.csv", required=COLUMNS, known=COLUMNS, name="programmes.csv")
    found = tuple(_slot(row) for row in rows if (row.get("building"), row.get("zone")) == (building, zone))
    if not found:
        allowed = ", ".join(sorted({r.get("zone") for r in rows if r.get("building") == building}))
        raise UnknownName(f"is {zone!r}", where=f"zone of a {building}", allowed=allowed)
    return found


def hospital(
    rng: np.random.Generator,
    *,
    name: str,
    floors: int = 3,
    floor_area_m2: float = 1500.0,
    wards_per_floor: int | None = None,
    site: str = "hospital",
) -> Site:
    """A synthetic hospital: wings with a corridor between two rows of rooms, on a spine with lifts and stairs.

    The ground floor holds emergency, imaging, outpatients and laboratory, the next one theatres and intensive care, all
    others wards; with one floor everything is small and together. Lifts, stairs and shafts stand above each other.

    floor_area_m2 : gross, of each floor;  wards_per_floor : wings, by default one for each 1,000 m2 up to eight.
    Raises OutOfRange for numbers that make no such building.
    """
    FLOORS.require(floors)
    FLOOR_AREA_M2.require(floor_area_m2)
    wings = wards_per_floor or min(int(WINGS.high), max(1, round(floor_area_m2 / WING_AREA_M2)))
    WINGS.require(wings)
    spine_m = wings * WING_M + (wings - 1) * COURT_M
    wing_m = (floor_area_m2 - spine_m * WING_Y) / (wings * WING_M)
    WING_LENGTH_M.require(round(wing_m, 6), f"length of a wing, of {wings} on {floor_area_m2:g} m2")
    lifts = int(np.clip(wings + floors // 4, 2, 6))
    built = []
    for level in range(floors):
        rooms = _front(rng, level, spine_m, lifts)
        for wing in range(wings):
            rooms += _wing(rng, level, floors, wing, wing_m)
        built.append(_floor(level, rooms, STOREY_M, CLEAR_M))
    return _site(site, name, "hospital", built)


def factory(rng: np.random.Generator, *, name: str, hall_area_m2: float = 2400.0, site: str = "factory") -> Site:
    """A synthetic factory of one floor: a production hall, a warehouse, and a strip of rooms on a corridor before them.

    Raises OutOfRange for a hall that is too small or too large.
    """
    HALL_AREA_M2.require(hall_area_m2)
    depth = round((hall_area_m2 / 1.5) ** 0.5, 2)
    hall = round(hall_area_m2 / depth, 2)
    store = round(hall * 0.45, 2)
    length = hall + WALL_M + store
    south = SPINE_Y + CORRIDOR_M + WALL_M
    rooms = _row(rng, "factory", "strip", (0.0, length), lambda a, b: (a, 0.0, b, FRONT_M))
    rooms.append(_box("corridor", "Corridor", (0.0, SPINE_Y, length, SPINE_Y + CORRIDOR_M)))
    rooms.append(_box("production-hall", "Production hall", (0.0, south, hall, south + depth), critical=True))
    rooms.append(_box("warehouse", "Warehouse", (hall + WALL_M, south, length, south + depth)))
    dock = _box("loading-dock", "Loading dock", (length + WALL_M, south, length + 8.0, south + depth / 2.0))
    rooms.append(replace(dock, indoor=False))
    high = {"production-hall", "warehouse"}
    rooms = [replace(r, height_m=9.0 if r.function in high else CLEAR_M) for r in rooms]
    return _site(site, name, "factory", [_floor(0, rooms, 10.0, None)])


def demonstration(kind: str) -> Site:
    """The demonstration building of a kind with the needs of its rooms, the same at every call. Raises UnknownName."""
    if kind not in DEMONSTRATIONS:
        raise UnknownName(f"is {kind!r}", where="demonstration", allowed=", ".join(DEMONSTRATIONS))
    rng = np.random.default_rng(DEMONSTRATION_SEED)
    name = {"hospital": "Harbour Light Hospital", "factory": "Copper Kite Works"}[kind] + " (invented, synthetic)"
    if kind == "hospital":
        made = hospital(
            rng, name=name, floors=3, floor_area_m2=1100.0, wards_per_floor=2, site="demonstration-hospital"
        )
    else:
        made = factory(rng, name=name, site="demonstration-factory")
    return replace(made, needs=default_needs(made))


def _slot(row: Row) -> Slot:
    low, high = float(row.need("width_low_m")), float(row.need("width_high_m"))
    shielded, critical = row.get("shielded") == "yes", row.get("critical") == "yes"
    return Slot(row.need("function"), row.need("name"), low, high, shielded, critical, row.get("once") == "yes")


def _zone(level: int, floors: int, side: int) -> str:
    """What one side of a wing holds; sides count through the wings of a floor."""
    if floors == 1 and side < 2:
        return ("compact-west", "compact-east")[side]
    if level == 0:
        return ("emergency", "imaging", "outpatient", "laboratory", "outpatient", "outpatient")[side % 6]
    if level == 1:
        return ("surgery", "icu", "ward", "ward")[side % 4]
    return "ward"


def _wing(rng: np.random.Generator, level: int, floors: int, wing: int, length: float) -> list[Room]:
    """A wing to the north of the spine: two rows of rooms, a corridor, and stairs at its far end."""
    west = wing * (WING_M + COURT_M)
    east = west + ROOM_DEPTH_M + WALL_M + CORRIDOR_M + WALL_M
    end = WING_Y + length
    rooms = [_box("corridor", "Corridor", (west + ROOM_DEPTH_M + WALL_M, WING_Y, east - WALL_M, end))]
    for side, x in enumerate((west, east)):
        stop = end if side == 0 else end - STAIRS_M - WALL_M
        zone = _zone(level, floors, 2 * wing + side)
        rooms += _row(rng, "hospital", zone, (WING_Y, stop), partial(_across, x))
    return [*rooms, _box("stairs", "Stairs", (east, end - STAIRS_M, east + ROOM_DEPTH_M, end))]


def _across(x: float, low: float, high: float) -> Box:
    """The box of a room of a wing."""
    return x, low, x + ROOM_DEPTH_M, high


def _front(rng: np.random.Generator, level: int, length: float, lifts: int) -> list[Room]:
    """The spine corridor, and south of it lifts with a shaft behind them, stairs, and a row of rooms."""
    rooms = [_box("corridor", "Spine corridor", (0.0, SPINE_Y, length, SPINE_Y + SPINE_M))]
    at = 0.0
    for _ in range(lifts):
        rooms.append(_box("lift", "Lift", (at, FRONT_M - LIFT_DEPTH_M, at + LIFT_M, FRONT_M)))
        at += LIFT_M + WALL_M
    rooms.append(_box("shaft", "Riser", (0.0, FRONT_M - LIFT_DEPTH_M - WALL_M - SHAFT_M, at - WALL_M,
                      FRONT_M - LIFT_DEPTH_M - WALL_M)))  # fmt: skip
    rooms.append(_box("stairs", "Stairs", (at, 0.0, at + STAIRS_M, FRONT_M)))
    at += STAIRS_M + WALL_M
    zone = "support" if level else "front"
    return rooms + _row(rng, "hospital", zone, (at, length), lambda a, b: (a, 0.0, b, FRONT_M))


def _row(
    rng: np.random.Generator, building: str, zone: str, span: tuple[float, float], place: Callable[[float, float], Box]
) -> list[Room]:
    """Rooms of a zone one after the other over a span, their widths stretched alike to fill the row."""
    slots: list[Slot] = []
    free = span[1] - span[0] + WALL_M
    widths: list[float] = []
    plan = programme(building, zone)
    again = [slot for slot in plan if not slot.once]
    while True:
        done = len(slots)
        slot = plan[done] if done < len(plan) else again[(done - len(plan)) % len(again)]
        width = slot.low_m + (slot.high_m - slot.low_m) * float(rng.random())
        if slots and sum(widths) + width + WALL_M * (len(widths) + 1) > free:
            break
        slots.append(slot)
        widths.append(width)
    stretch = (free - WALL_M * len(widths)) / sum(widths)
    rooms, at = [], span[0]
    for slot, width in zip(slots, widths, strict=True):
        box = place(round(at, 2), round(at + width * stretch, 2))
        rooms.append(_box(slot.function, slot.name, box, shielded=slot.shielded, critical=slot.critical))
        at += width * stretch + WALL_M
    return rooms


def _box(function: str, name: str, box: Box, *, shielded: bool = False, critical: bool = False) -> Room:
    """A rectangular room without its id and floor."""
    x0, y0, x1, y1 = (round(v, 2) for v in box)
    outline = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    area = round((x1 - x0) * (y1 - y0), 3)
    return Room("", name, "", function, outline, area, "given", name, critical=critical, shielded=shielded)


def _floor(level: int, rooms: Sequence[Room], storey_m: float, clear_m: float | None) -> Floor:
    """The floor with numbered rooms, and the walls and openings that its plan gives."""
    named = f"L{level}"
    numbered = tuple(
        replace(r, room=f"{level}{n:03d}", name=f"{r.name} {level}{n:03d}", floor=named, height_m=r.height_m or clear_m)
        for n, r in enumerate(rooms, start=1)
    )
    bare = Floor(named, f"Level {level}", level, round(level * storey_m, 3), storey_m, numbered)
    walls, openings, _ = derive(bare)
    return replace(
        bare,
        walls=tuple(replace(w, origin="given") for w in walls),
        openings=tuple(replace(o, origin="given") for o in openings),
    )


def _site(site: str, name: str, kind: str, floors: Sequence[Floor]) -> Site:
    return Site(site, name, kind, tuple(floors), licensed_bands=BANDS, synthetic=True, source=SOURCE)
