"""A site from an IFC model: storeys, spaces, walls by their material layers, doors and windows in their walls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.site.classes import WallClass, wall_class
from setsail.site.geometry import LEAST_LENGTH_M, largest, parts, point, whole_rings
from setsail.site.ifc.materials import material_of, nearest_class
from setsail.site.ifc.model import EXTRA, MEMORY_BYTES, Entity, Plan, opened, plans
from setsail.site.joints import Line, joined
from setsail.site.model import Floor, Opening, Point, Room, Site
from setsail.site.notes import STOREY_M, Notes, finished, identifier, room_of, unique
from setsail.site.openings import holder
from setsail.site.runs import GAP_M
from setsail.site.units import length_factor
from setsail.site.walls import numbered

READ = ("IfcSpace", "IfcWall", "IfcCurtainWall", "IfcDoor", "IfcWindow")
UNTOLD = ("IfcOpeningElement", "IfcVirtualElement", "IfcAnnotation", "IfcGrid")
THICKEST_M = 1.0
LEAST_ROOM_M2 = 0.25
STRAIGHT_RATIO = 0.7
"""A wall whose plan fills less of its narrowest box than this is not straight: its outline is followed instead."""


class Read(NamedTuple):
    """What was read so far: plans by id, metres in a unit, ids of rooms that are taken, notes."""

    shapes: Mapping[int, Plan]
    factor: float
    taken: set[str]
    notes: Notes


class Found(NamedTuple):
    """What was found of the walls of a storey: their lines, and the line of each wall by its id."""

    lines: list[Line]
    by_id: dict[int, Line]


def read(
    path: Path, *, name: str = "", unit: str | None = None, kind: str = "hospital", memory_bytes: float = MEMORY_BYTES
) -> Site:
    """The site of a building model.

    unit : of lengths, where the model states none;  memory_bytes : what reading may take; a file that would need more
    is refused before it is opened. Classes of walls are the nearest ones to their layers. What is not read, such as
    columns and equipment, is counted in `refused`.
    Raises BadInput, OutOfRange, MissingExtra.
    """
    notes = Notes()
    model, factor, scale = opened(path, unit, memory_bytes)
    if unit is not None and length_factor(unit, "--unit") != factor:
        notes.infer(path.name, f"the unit {unit} is left aside", "the model states its own")
    elements = [e for one in READ for e in _all(model, one)]
    shapes = plans(model, [*elements, *_plates(model), *_openings_of(model)], scale, notes)
    storeys = _storeys(model, factor, notes)
    state = Read(shapes, factor, set(), notes)
    floors = [_floor(storey, floor, state) for storey, floor in storeys]
    if not any(floor.rooms or floor.walls for floor in floors):
        raise BadInput("holds no spaces and no walls on its storeys", where=str(path), allowed="an architectural model")
    _tell_others(model, notes)
    return finished(path, name, kind, floors, notes, form="IFC")


def _all(model: Entity, kind: str) -> list[Entity]:
    try:
        return list(model.by_type(kind))
    except RuntimeError:  # the schema of the model lacks the class
        return []


def _plates(model: Entity) -> list[Entity]:
    """What the curtain walls are made of."""
    util = require("ifcopenshell.util.element", EXTRA)
    return [part for wall in _all(model, "IfcCurtainWall") for part in util.get_decomposition(wall)]


def _openings_of(model: Entity) -> list[Entity]:
    """The openings that doors and windows fill."""
    found = {}
    for kind in ("IfcDoor", "IfcWindow"):
        for element in _all(model, kind):
            for fills in element.FillsVoids or ():
                found[fills.RelatingOpeningElement.id()] = fills.RelatingOpeningElement
    return list(found.values())


def _storeys(model: Entity, factor: float, notes: Notes) -> list[tuple[Entity, Floor]]:
    """Storeys from low to high; the ground is the one whose elevation is nearest to 0."""
    found = sorted(model.by_type("IfcBuildingStorey"), key=lambda s: (s.Elevation or 0.0, s.id()))
    if not found:
        raise BadInput("holds no IfcBuildingStorey", where="IFC model", allowed="a model with storeys")
    levels = [round(float(s.Elevation or 0.0) * factor, 4) for s in found]
    ground = min(range(len(found)), key=lambda i: (abs(levels[i]), i))
    taken: set[str] = set()
    floors = []
    for index, storey in enumerate(found):
        above = [level for level in levels if level > levels[index] + 0.5]
        height = round(min(above) - levels[index], 4) if above else STOREY_M
        title = storey.LongName or storey.Name or f"Storey {index + 1}"
        named = unique(identifier(storey.Name or title, f"F{index + 1}"), taken)
        if not above:
            notes.infer(f"floor {named}", f"height {height:g} m", "no storey lies above it")
        if storey.Elevation is None:
            notes.infer(f"floor {named}", "elevation 0 m", "none is given")
        floors.append((storey, Floor(named, title, index - ground, levels[index], height)))
    return floors


def _floor(storey: Entity, floor: Floor, state: Read) -> Floor:
    held = require("ifcopenshell.util.element", EXTRA).get_decomposition(storey)
    of_kind: dict[str, list[Entity]] = defaultdict(list)
    for element in sorted(held, key=lambda e: int(e.id())):
        of_kind[next((k for k in READ if element.is_a(k)), "")].append(element)
    found = _walls(floor, [*of_kind["IfcWall"], *of_kind["IfcCurtainWall"]], state)
    walls = numbered(floor.floor, joined(found.lines, {}, GAP_M), "given")
    rooms = [room for e in of_kind["IfcSpace"] for room in _rooms(e, floor, state)]
    whole = replace(floor, rooms=tuple(rooms), walls=walls)
    openings = _openings(whole, [*of_kind["IfcDoor"], *of_kind["IfcWindow"]], found.by_id, state)
    return replace(whole, openings=openings)


def _rooms(space: Entity, floor: Floor, state: Read) -> list[Room]:
    """The room of a space; of one with holes, or of several parts, a room for each part without holes."""
    plan = state.shapes.get(space.id())
    if plan is None:
        return []
    outlines = [whole for part in parts(plan.shape, LEAST_ROOM_M2) for whole in whole_rings(part)]
    if len(outlines) > 1:
        state.notes.infer(f"room {space.Name}", f"{len(outlines)} rooms", "its plan has several parts or holes")
    quantities = require("ifcopenshell.util.element", EXTRA).get_psets(space, qtos_only=True)
    areas = [v for q in quantities.values() for k, v in q.items() if k in ("NetFloorArea", "GrossFloorArea") and v]
    words = " ".join(dict.fromkeys(t for t in (space.LongName, space.ObjectType) if t))
    named = identifier(space.Name or "", f"{floor.floor}-r{space.id()}")
    return [
        room_of(
            unique(named, state.taken), words, floor.floor, [(float(x), float(y)) for x, y in one.exterior.coords[:-1]],
            code=_code(space), area_m2=float(areas[0]) if areas and len(outlines) == 1 else None,
            height_m=round(plan.high_m - plan.low_m, 3) or None,
        )
        for one in outlines
    ]  # fmt: skip


def _code(space: Entity) -> str:
    """The first classification code of a space."""
    for relation in space.HasAssociations or ():
        if relation.is_a("IfcRelAssociatesClassification"):
            reference = relation.RelatingClassification
            told = getattr(reference, "Identification", None) or getattr(reference, "ItemReference", None)
            if told:
                return str(told)
    return ""


def _walls(floor: Floor, elements: Sequence[Entity], state: Read) -> Found:
    lines: list[Line] = []
    by_id: dict[int, Line] = {}
    classes: Counter[tuple[str, str, str]] = Counter()
    for element in elements:
        plan = state.shapes.get(element.id()) or _of_parts(element, state.shapes)
        if plan is None:
            continue
        named, told, why = _class_of(element, state.factor)
        drawn = _centre(plan.shape, named)
        if not drawn:
            state.notes.leave(f"floor {floor.floor}", element.is_a(), "a wall of zero length")
            continue
        classes[told, named, why] += 1
        lines += drawn
        by_id[element.id()] = max(drawn, key=lambda line: line.length)
    for (told, named, why), count in sorted(classes.items()):
        state.notes.infer(f"floor {floor.floor}", f"{count} walls of {told} are of class {named}", why)
    return Found(lines, by_id)


def _of_parts(element: Entity, shapes: Mapping[int, Plan]) -> Plan | None:
    """The plan of what an element is made of, as a curtain wall of plates."""
    util = require("ifcopenshell.util.element", EXTRA)
    found = [shapes[part.id()] for part in util.get_decomposition(element) if part.id() in shapes]
    if not found:
        return None
    shape = shapely.union_all([plan.shape for plan in found])
    return Plan(shape, min(p.low_m for p in found), max(p.high_m for p in found))


def _centre(shape: shapely.Geometry, named: str) -> list[Line]:
    """The middle line of a straight wall; of another one the outline of its plan."""
    box = shapely.minimum_rotated_rectangle(shape)
    if box.geom_type != "Polygon":
        return []
    corners = np.array(box.exterior.coords[:4])
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    long, short = (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, first)
    if np.hypot(*long) < LEAST_LENGTH_M:
        return []
    if np.hypot(*short) > THICKEST_M or shape.area < STRAIGHT_RATIO * box.area:
        ring = shapely.get_coordinates(shapely.simplify(largest(shape).exterior, 0.02))
        return [Line(point(a), point(b), named) for a, b in pairwise(ring)]
    middle = corners.mean(axis=0)
    return [Line(point(middle - long / 2.0), point(middle + long / 2.0), named)]


def _class_of(element: Entity, factor: float) -> tuple[str, str, str]:
    """Class of a wall, what it is made of in words, and how that was found."""
    util = require("ifcopenshell.util.element", EXTRA)
    if element.is_a("IfcCurtainWall"):
        return "curtain", "curtain walls", "by its kind"
    outside = any(p.get("IsExternal") is True for p in util.get_psets(element).values() if isinstance(p, dict))
    layers = _layers(util.get_material(element, should_skip_usage=True), factor)
    told = " + ".join(f"{words} {thickness * 1000:g} mm" if thickness else words for words, thickness in layers)
    known = [(m, t or 0.1) for words, t in layers if (m := material_of(words)) is not None]
    nearest: WallClass | None = nearest_class(known)
    if nearest is None:
        named = "exterior" if outside else "light"
        return named, told or "no material", "no known material; exterior where it is said to be, else light"
    unknown = [words for words, _ in layers if material_of(words) is None]
    why = "nearest class to its layers" + (f", without {', '.join(unknown)}" if unknown else "")
    return nearest.wall_class, told, why


def _layers(material: Entity, factor: float) -> list[tuple[str, float]]:
    """Names and thicknesses [m] of what an element is made of; 0 where no thickness is told."""
    if material is None:
        return []
    if material.is_a("IfcMaterialLayerSet"):
        return [
            (str(layer.Material.Name) if layer.Material else "air", float(layer.LayerThickness) * factor)
            for layer in material.MaterialLayers
        ]
    if material.is_a("IfcMaterialConstituentSet"):
        return [(str(c.Material.Name), 0.0) for c in material.MaterialConstituents or () if c.Material]
    if material.is_a("IfcMaterialList"):
        return [(str(m.Name), 0.0) for m in material.Materials]
    return [(str(material.Name), 0.0)] if hasattr(material, "Name") and material.Name else []


def _openings(floor: Floor, elements: Sequence[Entity], by_id: Mapping[int, Line], state: Read) -> tuple[Opening, ...]:
    """Doors and windows as the stretch that they take of their wall."""
    found = []
    for element in elements:
        kind = "door" if element.is_a("IfcDoor") else "window"
        hole = next((fills.RelatingOpeningElement for fills in element.FillsVoids or ()), None)
        plan = state.shapes.get(hole.id()) if hole is not None else None
        plan = plan or state.shapes.get(element.id())
        host = by_id.get(hole.VoidsElements[0].RelatingBuildingElement.id()) if hole is not None else None
        ends = _span(plan.shape, host, floor) if plan is not None else None
        if ends is None:
            state.notes.leave(f"floor {floor.floor}", element.is_a(), "lies in no wall that was read")
            continue
        found.append((min(ends), max(ends), kind, _opening_class(element, kind)))
    found.sort()
    for (kind, named), count in sorted(Counter((k, n) for _, _, k, n in found).items()):
        state.notes.infer(
            f"floor {floor.floor}", f"{count} {kind}s are of class {named}", "by words of name and material"
        )
    return tuple(
        Opening(f"{floor.floor}-o{n:04d}", floor.floor, a, b, kind, named)  # type: ignore[arg-type]
        for n, (a, b, kind, named) in enumerate(found, start=1)
    )


def _span(shape: shapely.Geometry, host: Line | None, floor: Floor) -> tuple[Point, Point] | None:
    """The stretch of the host's line that a shape covers; without a host, of the wall of the floor that it lies in."""
    lines = [host] if host is not None else [Line(w.start, w.end, w.wall_class) for w in floor.walls]
    at = shapely.get_coordinates(shape)
    best: tuple[float, Point, Point] | None = None
    for line in lines:
        start, along = np.array(line.start), (np.array(line.end) - np.array(line.start)) / line.length
        s = (at - start) @ along
        off = float(np.abs((at - start) @ np.array([-along[1], along[0]])).min())
        low, high = max(float(s.min()), 0.0), min(float(s.max()), line.length)
        if high - low < LEAST_LENGTH_M or off > THICKEST_M / 2.0 or (best is not None and off >= best[0]):
            continue
        best = (off, point(start + along * low), point(start + along * high))
    if best is None or holder(best[1], best[2], floor.walls, 0.35) is None:
        return None
    return best[1], best[2]


def _opening_class(element: Entity, kind: str) -> str:
    util = require("ifcopenshell.util.element", EXTRA)
    words = [element.Name or "", element.ObjectType or ""]
    words += [name for name, _ in _layers(util.get_material(element, should_skip_usage=True), 1.0)]
    told = " ".join(words).casefold()
    if "lead" in told.split() or "铅" in told:
        return wall_class(f"{kind}-lead").wall_class
    if kind == "window":
        return "window-irr" if any(w in told for w in ("low-e", "irr", "infrared")) else "window"
    material = next((m for w in words if (m := material_of(w)) is not None), None)
    return {"metal": "door-steel", "glass": "door-glass"}.get(material or "", "door-wood")


def _tell_others(model: Entity, notes: Notes) -> None:
    """Counts the elements of kinds that are not read."""
    counts = Counter(e.is_a() for e in _all(model, "IfcElement") if not any(e.is_a(k) for k in (*READ, *UNTOLD)))
    for kind, count in counts.items():
        notes.leave(kind, "elements", "are not read", count)
