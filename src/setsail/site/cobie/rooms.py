"""The rooms and floors of a COBie workbook: boxes, areas and heights as they really are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from setsail.site.cobie.book import Line
from setsail.site.functions import Match, functions
from setsail.site.model import Floor, Point, Room
from setsail.site.notes import Notes, identifier, unique
from setsail.site.records import counted_with

DECIMALS = 4
"""Coordinates are kept to a tenth of a millimetre: what lies beyond is noise of the program that wrote them."""
TALL_M = 50.0
"""A clear height above this is one in millimetres in a workbook that counts in metres."""
REACH_M = 0.5
"""A room reaches the next floor where it ends more than this above it."""
ON_FLOOR_M = 0.5
STOREY_M = 3.0


@dataclass(frozen=True, slots=True)
class Box:
    """Two opposite corners [m], the lower left one first."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def outline(self) -> tuple[Point, ...]:
        """The four corners of its plan, counter-clockwise."""
        (x0, y0, _), (x1, y1, _) = self.low, self.high
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1)

    @property
    def height_m(self) -> float:
        """From bottom to top."""
        return self.high[2] - self.low[2]


def boxes(lines: Sequence[Line], sheet: str, factor: float, notes: Notes) -> dict[str, Box]:
    """The boxes of the lines of the Coordinate sheet that belong to a sheet, by the name of their row [m]."""
    corners: dict[str, dict[str, tuple[float, float, float]]] = {}
    for line in lines:
        if line.text("SheetName").casefold() != sheet.casefold():
            continue
        kind = line.text("Category").casefold()
        axes = [line.number_of(f"Coordinate{axis}Axis") for axis in "XYZ"]
        if kind not in ("box-lowerleft", "box-upperright"):
            continue
        if any(axis is None for axis in axes):
            notes.refuse(line.where, "a corner that is no number", "left out")
            continue
        if sheet == "Space" and any(line.number_of(f"{a}Rotation") for a in ("Clockwise", "Elevational", "Yaw")):
            notes.refuse(line.where, "the rotation of a box", "the box is taken as if it stood straight")
        x, y, z = (round(float(axis) * factor, DECIMALS) + 0.0 for axis in axes if axis is not None)
        corners.setdefault(line.text("RowName"), {})[kind] = (x, y, z)
    found = {}
    for name, pair in corners.items():
        if len(pair) == 2:
            a, b = pair["box-lowerleft"], pair["box-upperright"]
            low, high = tuple(map(min, a, b)), tuple(map(max, a, b))
            found[name] = Box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        else:
            notes.refuse(f"{sheet} {name}", "a box with one corner", "both corners are needed")
    return found


def box_of(name: str, found: Mapping[str, Box], notes: Notes) -> Box | None:
    """The box of a space by its name, else by its name in other letters."""
    if name in found:
        return found[name]
    for other, box in found.items():
        if other.casefold() == name.casefold():
            notes.infer(f"room {name}", f"its box is that of {other!r}", "the names differ in capital letters only")
            return box
    return None


def floors(lines: Sequence[Line], used: Mapping[str, Sequence[Box]], factor: float, notes: Notes) -> dict[str, Floor]:
    """The floors that hold spaces, by their name in the workbook, from low to high.

    used : boxes of the spaces of each floor.  A height that is not given is the rise to the next storey, and for the
    topmost the tallest of its boxes.
    """
    given: dict[str, tuple[float, float, str]] = {}
    for line in lines:
        name = line.text("Name")
        elevation = line.number_of("Elevation")
        if name not in used:
            notes.refuse(f"floor {name}", "left out", "no space stands on it")
            continue
        if elevation is None:
            elevation = min(box.low[2] for box in used[name]) / factor
            notes.infer(f"floor {name}", f"elevation {elevation * factor:g} m", "of its lowest box; none is given")
        given[name] = elevation * factor, (line.number_of("Height") or 0.0) * factor, line.text("Category").casefold()
    storeys = sorted((n for n in given if given[n][2] != "site"), key=lambda n: given[n][0])
    ground = min(range(len(storeys)), key=lambda i: abs(given[storeys[i]][0]), default=0)
    ids: set[str] = set()
    found = {}
    for name in sorted(given, key=lambda n: given[n][0]):
        elevation, height, _ = given[name]
        level = storeys.index(name) - ground if name in storeys else 0
        if height <= 0.0:
            height = _height(name, storeys, given, used[name])
            notes.infer(f"floor {name}", f"height {height:g} m", "rise to the next storey, or the tallest of its boxes")
        found[name] = Floor(
            unique(identifier(name.casefold(), "floor"), ids),
            name,
            level,
            round(elevation, DECIMALS),
            round(height, DECIMALS),
        )
    return found


def _height(
    name: str, storeys: Sequence[str], given: Mapping[str, tuple[float, float, str]], own: Sequence[Box]
) -> float:
    at = given[name][0]
    above = [given[s][0] for s in storeys if given[s][0] > at + ON_FLOOR_M] if name in storeys else []
    rise = min(above) - at if above else max((box.high[2] for box in own), default=at) - at
    return round(rise, DECIMALS) if rise > 0.0 else STOREY_M


def area(line: Line, notes: Notes) -> float | None:
    """NetArea of a space, else its GrossArea, as written; a cell that holds no area is refused by its line."""
    for column in ("NetArea", "GrossArea"):
        value, told = line.number_of(column), line.text(column)
        if value is not None and value >= 0.0:
            return value
        if told:
            notes.refuse(f"{column} {told[:20]!r}", f"{line.where}: not read", "an area is a number from 0")
    return None


def room(
    line: Line, floor: Floor, box: Box, *, given: float | None, height_m: float | None, found: Match
) -> Room:  # fmt: skip
    """One room of a line of the Space sheet; its floor, box, area [m2], clear height and function were found before."""
    known = functions().get(found.function)
    (x0, y0), _, (x1, y1), _ = box.outline
    words, code = line.text("Description"), line.text("Category")
    return Room(
        line.text("Name"), words or line.text("Name"), floor.floor, found.function, box.outline,
        (x1 - x0) * (y1 - y0) if given is None else given,
        area_origin="derived" if given is None else "given",
        function_given=f"{words} ({code})" if code else words, height_m=height_m,
        indoor=known.indoor if known else True, drawn=False,
        critical=bool(known and known.critical), shielded=bool(known and known.shielded),
    )  # fmt: skip


def heights(lines: Iterable[Line], boxed: Mapping[str, Box], factor: float, notes: Notes) -> dict[str, float | None]:
    """Clear height [m] of each space: UsableHeight, which some write in millimetres, else that of its box."""
    given = {line.text("Name"): line.number_of("UsableHeight") for line in lines}
    told = [value * factor for value in given.values() if value]
    in_mm = bool(told) and median(told) > TALL_M and factor > 0.1
    scale = 1e-3 if in_mm else factor
    if in_mm:
        why = f"their median of {median(told):g} would else be as many metres"
        notes.infer("column UsableHeight", "is read as millimetres", why)
    found: dict[str, float | None] = {}
    for name, value in given.items():
        if value and value > 0.0:
            found[name] = round(value * scale, DECIMALS)
            continue
        box = boxed.get(name)
        height = round(box.height_m, DECIMALS) if box and box.height_m > 0.0 else None
        found[name] = height
        what = f"clear height {height:g} m" if height else "clear height unknown"
        notes.infer(f"room {name}", what, f"of its box; UsableHeight is {'0' if value == 0 else 'not given'}")
    return found


def reaching(rooms: Sequence[Room], boxed: Mapping[str, Box], storeys: Sequence[Floor], notes: Notes) -> list[Room]:
    """The rooms, with the topmost floor that each reaches where its box spans several."""
    found = []
    by_id = {floor.floor: floor for floor in storeys}
    for one in rooms:
        top, own = boxed[one.room].high[2], by_id[one.floor]
        above = [f for f in storeys if f.level > own.level and f.elevation_m < top - REACH_M]
        if above and (one.indoor or counted_with(one) == "floor"):
            highest = max(above, key=lambda f: f.level)
            notes.infer(f"room {one.room}", f"reaches up to {highest.name}", f"its box ends at {top:g} m")
            found.append(replace(one, to_floor=highest.floor))
        else:
            found.append(one)
    return found


def told_functions(rooms: Sequence[Room], matches: Mapping[str, Match], notes: Notes) -> None:
    """Notes by which words or codes each function was found, and which rooms have none."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in rooms:
        found = matches[one.room]
        groups.setdefault((found.function, found.by, found.key), []).append(one.room)
    for (function, by, key), names in sorted(groups.items()):
        subject = f"room{'s' if len(names) > 1 else ''} {', '.join(names)}"
        if function:
            notes.infer(subject, f"function {function}", f"by {'words' if by != 'code' else 'code'} {key!r}")
        else:
            given = {r.room: r.function_given for r in rooms}
            notes.refuse(subject, "no function", f"nothing known in {given[names[0]]!r}")
