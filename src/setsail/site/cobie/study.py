"""A site from a COBie workbook: rooms by their boxes, walls derived between them, doors and windows where given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import shapely

from setsail.base.errors import BadInput
from setsail.site.cobie import openings, rooms
from setsail.site.cobie.book import Book, Line, opened
from setsail.site.cobie.rooms import Box
from setsail.site.functions import Match, functions, match
from setsail.site.model import Floor, Room, Site
from setsail.site.notes import Notes, identifier
from setsail.site.records import counted
from setsail.site.units import METRES, area_factor, length_factor
from setsail.site.walls import with_walls

NEEDED = ("Floor", "Space", "Coordinate")
USEFUL = ("Facility", "Component", "Attribute")
OVERLAP_M2 = 0.5
FULL_RATIO = 0.8
OVER_RATIO = 1.02
"""A net area above its box by more than this is no matter of rounding."""
WORDS_OF_KINDS = (
    ("hospital", ("clinic", "hospital", "medical", "health", "医院", "诊所")),
    ("factory", ("factory", "manufactur", "industrial", "plant", "warehouse", "工厂", "车间")),
    ("port", ("port", "terminal", "码头", "港")),
)


def read(path: Path, *, name: str = "", unit: str | None = None) -> Site:
    """The site of a workbook with everything that was inferred or left out.

    name : of the site, else that of the facility;  unit : of lengths (m, mm, ft ...), where the Facility sheet does
    not say it or errs.  Raises BadInput for a file that is no COBie workbook, UnknownName for an unknown unit.
    """
    book = opened(path, NEEDED, USEFUL)
    notes = Notes(inferred=list(book.told))
    facility = next(iter(book.sheets.get("Facility", [])), Line("Facility", 2, {}))
    length, area = _units(path, facility, unit, notes)
    boxed = _boxed(book, length, notes)
    storeys, found = _rooms(book, boxed, length, area, notes)
    if not found:
        allowed = "spaces with a floor and two corners in the sheet Coordinate"
        raise BadInput("has no space that can be placed", where=str(path), allowed=allowed)
    _told_boxes(found, notes)
    doors = openings.on_points(_doors(book, length, notes), book.sheets["Coordinate"], length)
    found = openings.shielded(found, doors, notes)
    floors = tuple(replace(f, rooms=tuple(r for r in found if r.floor == f.floor)) for f in storeys)
    _told_rest(book, notes)
    title = name or facility.text("ProjectName") or facility.text("Name") or path.stem
    site = Site(
        identifier(name or path.stem, "site"), title, _kind(facility, notes), floors, source=f"{path.name} (COBie)"
    )
    walled = with_walls(site)
    notes.inferred += walled.inferred
    done = openings.placed(walled, doors, notes)
    return replace(done, inferred=tuple(notes.inferred), refused=tuple(notes.refused))


def _units(path: Path, facility: Line, unit: str | None, notes: Notes) -> tuple[float, float]:
    """Metres in a unit of length, square metres in one of area."""
    where = f"{path} Facility LinearUnits"
    stated = facility.text("LinearUnits")
    if unit is None and not stated:
        raise BadInput("states no unit of length", where=where, allowed=", ".join(METRES), hint="--unit m")
    length = length_factor(unit, "--unit") if unit is not None else length_factor(stated, where)
    if unit is not None:
        notes.infer("lengths", f"in {unit}", f"asked for; the workbook says {stated or 'nothing'}")
    areas = facility.text("AreaUnits")
    if not areas:
        notes.infer("areas", "in the square of the unit of length", "the workbook states no unit of area")
    return length, area_factor(areas, f"{path} Facility AreaUnits") if areas else length**2


def _boxed(book: Book, factor: float, notes: Notes) -> dict[str, Box]:
    """The box of each space, by the name of the space."""
    found = rooms.boxes(book.sheets["Coordinate"], "Space", factor, notes)
    names = [line.text("Name") for line in book.sheets["Space"]]
    boxed = {name: box for name in names if name and (box := rooms.box_of(name, found, notes)) is not None}
    known = {name.casefold() for name in names}
    for name in found:
        if name.casefold() not in known:
            notes.refuse(f"box {name}", "left out", "no space has this name")
    return boxed


def _rooms(
    book: Book, boxed: dict[str, Box], length: float, area: float, notes: Notes
) -> tuple[list[Floor], list[Room]]:
    """Floors and rooms of the lines of the Space sheet that can be placed."""
    lines = _placeable(book, boxed, notes)
    used: dict[str, list[Box]] = defaultdict(list)
    for line in lines:
        used[line.text("FloorName")].append(boxed[line.text("Name")])
    storeys = rooms.floors(book.sheets["Floor"], used, length, notes)
    height = rooms.heights(lines, boxed, length, notes)
    matches: dict[str, Match] = {}
    found = []
    for line in lines:
        name = line.text("Name")
        matches[name] = match(line.text("Description") or name, line.text("Category"))
        floor, box = storeys[line.text("FloorName")], boxed[name]
        value = rooms.area(line, notes)
        given = None if value is None else value * area
        found.append(rooms.room(line, floor, box, given=given, height_m=height[name], found=matches[name]))
        if found[-1].area_origin == "derived":
            notes.infer(
                f"room {name}", f"area {found[-1].area_m2:g} m2", "of its box; neither NetArea nor GrossArea is given"
            )
        if not found[-1].indoor and counted(found[-1:], "floor"):
            why = f"function {found[-1].function}; its area counts with the floors, as the source has it"
            notes.infer(f"room {name}", "outdoors", why)
    rooms.told_functions(found, matches, notes)
    ordered = list(storeys.values())
    return ordered, rooms.reaching(found, boxed, ordered, notes)


def _placeable(book: Book, boxed: dict[str, Box], notes: Notes) -> list[Line]:
    """The lines of spaces that have a name of their own, a floor and a box; the others are noted."""
    floors = {line.text("Name") for line in book.sheets["Floor"]}
    seen: set[str] = set()
    kept = []
    for line in book.sheets["Space"]:
        name, floor = line.text("Name"), line.text("FloorName")
        box = boxed.get(name)
        reason = (
            "it has no name" if not name
            else "its name is that of another space" if name in seen
            else f"its floor {floor!r} is not in the sheet Floor" if floor not in floors
            else "it has no box in the sheet Coordinate" if box is None
            else "its box has no area" if box.low[0] == box.high[0] or box.low[1] == box.high[1]
            else ""
        )  # fmt: skip
        if reason:
            notes.refuse(f"{line.where} (space {name})", "left out", reason)
            continue
        seen.add(name)
        kept.append(line)
    return kept


def _doors(book: Book, factor: float, notes: Notes) -> list[openings.Given]:
    components = book.sheets.get("Component", [])
    if not components:
        return []
    silent = Notes()  # a corner of a pump is no news
    found = rooms.boxes(book.sheets["Coordinate"], "Component", factor, silent)
    return openings.given(components, book.sheets.get("Attribute", []), book.sheets["Coordinate"], found, notes)


def _told_boxes(found: Sequence[Room], notes: Notes) -> None:
    """Notes what bounding boxes leave open: shapes that are not rectangles, and boxes that overlap."""
    shapes = {one.room: shapely.Polygon(one.outline) for one in found}
    sized = [one for one in found if one.area_m2 > 0.0]
    over = [one.room for one in sized if one.area_m2 > OVER_RATIO * shapes[one.room].area]
    under = [one.room for one in sized if one.area_m2 < FULL_RATIO * shapes[one.room].area]
    notes.infer(f"{len(found)} rooms", "outlines are bounding boxes", "the workbook gives two corners of each space")
    if over:
        notes.infer(
            f"{len(over)} rooms",
            "NetArea kept as given, more than 2 % above the area of the box",
            "both are of the source",
        )
    if under:
        what = f"fill less than {FULL_RATIO:.0%} of their box: not rectangular"
        notes.infer(f"{len(under)} rooms: {', '.join(under)}", what, "NetArea against the box")
    inside = [one for one in counted(found, "floor") if not one.to_floor]
    pairs, all_pairs = overlapping(inside), overlapping(found)
    if pairs:
        what = f"boxes overlap by more than {OVERLAP_M2:g} m2; the smaller room keeps what both cover"
        notes.infer(f"{len(pairs)} pairs of rooms", what, "expected of bounding boxes")
    if len(all_pairs) > len(pairs):
        more = f"{len(all_pairs) - len(pairs)} more pairs with a roof, or with a room through several floors"
        notes.infer(more, "boxes overlap likewise", "expected of bounding boxes")


def overlapping(found: Sequence[Room], least_m2: float = OVERLAP_M2) -> list[tuple[str, str, float]]:
    """Pairs of rooms of one floor whose outlines overlap by more than an area, with it [m2]; without the grounds."""
    known = functions()
    shown = [one for one in found if one.function not in known or known[one.function].counted != "site"]
    if not shown:
        return []
    shapes = [shapely.Polygon(one.outline) for one in shown]
    pairs = []
    for i, j in shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist():
        if i < j and shown[i].floor == shown[j].floor:
            area = shapes[i].intersection(shapes[j]).area
            if area > least_m2:
                pairs.append((shown[i].room, shown[j].room, area))
    return pairs


def _told_rest(book: Book, notes: Notes) -> None:
    """Notes every sheet, component and attribute that no use was found for."""
    for name in book.others:
        notes.refuse(f"sheet {name}", "not read", "holds nothing that a network's design needs")
    other: dict[str, int] = defaultdict(int)
    for line in book.sheets.get("Component", []):
        kind = line.text("ExtObject")
        if kind.casefold() not in openings.KINDS:
            other[kind or "of no kind"] += 1
    for kind, count in sorted(other.items()):
        notes.refuse(f"{count} components {kind}", "not read", "only doors and windows are placed")
    attributes = book.sheets.get("Attribute", [])
    unused = sum(1 for a in attributes if (a.text("SheetName"), a.text("Name")) != ("Component", "Shielded"))
    if unused:
        notes.refuse(f"{unused} lines of sheet Attribute", "not read", "only 'Shielded' of a component is used")


def _kind(facility: Line, notes: Notes) -> str:
    told = " ".join(facility.text(c) for c in ("Category", "Description", "ProjectName")).casefold()
    for kind, words in WORDS_OF_KINDS:
        found = next((word for word in words if word in told), None)
        if found is not None:
            notes.infer("site", f"kind {kind}", f"by the word {found!r} of its facility")
            return kind
    notes.infer("site", "kind building", "its facility names no kind that is known")
    return "building"
