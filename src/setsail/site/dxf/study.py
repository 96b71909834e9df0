"""A site from DXF drawings: one file for each storey, or storeys by a prefix of the layers, as in `F1$A-WALL`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import shapely

from setsail.base.errors import BadInput
from setsail.site.dxf.drawing import Drawing, Label, Shape, opened
from setsail.site.dxf.layers import Rule, rule_of, rules
from setsail.site.faces import centre_lines, placed
from setsail.site.geometry import LEAST_LENGTH_M, parts, polygon, whole_rings
from setsail.site.joints import Line, joined
from setsail.site.model import Floor, Opening, Point, Room, Site, Wall
from setsail.site.notes import Notes, finished, room_of, storeys, unique
from setsail.site.runs import GAP_M
from setsail.site.walls import numbered

LEAST_ROOM_M2 = 0.5
FAR_M = 10_000.0
"""Coordinates beyond this are those of a map: the plan is moved to its own corner."""
_STOREY = re.compile(r"([^$]{1,40})\$(?:\d+\$)?(.+)")
_NUMBER = re.compile(r"[A-Za-z]{0,3}-?\d[\w.-]{0,15}")


def read(path: Path, *, name: str, unit: str | None = None, layers: Path | None = None, kind: str = "hospital") -> Site:
    """The site of a drawing, or of a folder with one drawing for each storey.

    unit : of one drawing unit, where the file states none or states it wrongly;  layers : CSV of your own patterns with
    the columns of `dxf_layers.csv` (pattern, kind, class), which count before the shipped ones.
    Storeys are ordered by their names (F2, 1F, B1, 3层), else as sorted. Everything left out is in `refused`.
    Raises BadInput, OutOfRange, UnknownName, MissingExtra.
    """
    notes, known = Notes(), rules(layers)
    drawings: dict[str, Drawing] = {}
    for file in _files(path):
        for storey, drawing in _split(opened(file, unit, notes), file.stem).items():
            drawings[storey if storey not in drawings else f"{file.stem}-{storey}"] = drawing
    origin = _origin(drawings.values())
    if origin != (0.0, 0.0):
        notes.infer(
            "origin", f"at ({origin[0]:g}, {origin[1]:g}) m of the drawing", "its coordinates are those of a map"
        )
    empty = storeys(list(drawings), notes)
    taken: set[str] = set()
    floors = []
    for floor in empty:
        floors.append(_floor(floor, _moved(drawings[floor.name], origin), known, taken, notes))
    if not any(floor.rooms or floor.walls for floor in floors):
        met = ", ".join(sorted({s.layer for d in drawings.values() for s in d.shapes})[:8])
        hint = "--layers FILE.csv with pattern, kind, class"
        raise BadInput(
            f"has no layer that is known; it has {met}", where=str(path), allowed="see dxf_layers.csv", hint=hint
        )
    return finished(path, name, kind, floors, notes, form="DXF")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix.casefold() == ".dxf" and not p.name.startswith("."))
    if not found:
        raise BadInput("holds no .dxf file", where=str(path), allowed="one drawing for each storey")
    return found


def _split(drawing: Drawing, whole: str) -> dict[str, Drawing]:
    """The drawing by the storeys that its layers name before a `$`; under `whole` what names none."""
    found: dict[str, Drawing] = defaultdict(Drawing)
    for shape in drawing.shapes:
        storey, layer = _storey(shape.layer, whole)
        found[storey].shapes.append(replace(shape, layer=layer))
    for label in drawing.labels:
        storey, layer = _storey(label.layer, whole)
        found[storey].labels.append(replace(label, layer=layer))
    return {storey: one for storey, one in found.items() if one.shapes}


def _storey(layer: str, whole: str) -> tuple[str, str]:
    told = _STOREY.fullmatch(layer)
    return (told[1], told[2]) if told else (whole, layer)


def _origin(drawings: Iterable[Drawing]) -> Point:
    points = [p for drawing in drawings for shape in drawing.shapes for p in shape.points]
    if max(max(abs(x), abs(y)) for x, y in points) <= FAR_M:
        return 0.0, 0.0
    return float(min(x for x, _ in points) // 1.0), float(min(y for _, y in points) // 1.0)


def _moved(drawing: Drawing, origin: Point) -> Drawing:
    def there(at: Point) -> Point:
        return at[0] - origin[0], at[1] - origin[1]

    shapes = [
        replace(s, points=tuple(map(there, s.points)), centre=there(s.centre) if s.centre else None)
        for s in drawing.shapes
    ]
    return Drawing(shapes, [replace(label, at=there(label.at)) for label in drawing.labels])


def _floor(floor: Floor, drawing: Drawing, known: Sequence[Rule], taken: set[str], notes: Notes) -> Floor:
    by_kind: dict[str, list[tuple[Shape, Rule]]] = defaultdict(list)
    unknown: Counter[tuple[str, str]] = Counter()
    for shape in drawing.shapes:
        rule = rule_of(shape.layer, known)
        if rule is None or rule.kind == "none":
            unknown[shape.layer, shape.kind] += 1
        else:
            by_kind[rule.kind].append((shape, rule))
    for (layer, kind), count in unknown.items():
        notes.leave(f"floor {floor.floor} layer {layer}", kind, "no pattern gives the layer a class", count)
    lines = _lines(floor, by_kind["wall"], notes)
    openings = _openings(floor, by_kind, lines, notes)
    walls = numbered(floor.floor, joined(lines, {}, GAP_M), "given")
    rooms = _rooms(floor, by_kind["room"], drawing.labels, taken, notes)
    if not rooms and walls:
        rooms = _enclosed(floor, walls, drawing.labels, taken, notes)
    return replace(floor, rooms=tuple(rooms), walls=walls, openings=openings)


def _lines(floor: Floor, shapes: Sequence[tuple[Shape, Rule]], notes: Notes) -> list[Line]:
    """Centre lines of the walls; the faces of double lines are joined."""
    drawn = []
    for shape, rule in shapes:
        corners = [*shape.points, shape.points[0]] if shape.closed else list(shape.points)
        for a, b in pairwise(corners):
            line = Line(a, b, rule.named)
            if line.length >= LEAST_LENGTH_M:
                drawn.append(line)
            elif len(corners) == 2:
                notes.leave(f"floor {floor.floor} layer {shape.layer}", shape.kind, "a wall of zero length")
    lines, pairs = centre_lines(drawn)
    if pairs:
        notes.infer(f"floor {floor.floor}", f"{pairs} pairs of lines as one wall each", "two faces within 0.4 m")
    for named, count in sorted(Counter(rule.named for _, rule in shapes).items()):
        notes.infer(
            f"floor {floor.floor}", f"{count} shapes of walls are of class {named}", "by the names of their layers"
        )
    return lines


def _openings(
    floor: Floor, by_kind: dict[str, list[tuple[Shape, Rule]]], lines: list[Line], notes: Notes
) -> tuple[Opening, ...]:
    """Doors and windows, each on the wall that it stands in; `lines` grow over the gaps that they stand in."""
    found: list[tuple[int, Point, Point, str, str]] = []
    for kind in ("door", "window"):
        groups: dict[str, list[tuple[Shape, Rule]]] = defaultdict(list)
        for shape, rule in by_kind[kind]:
            groups[shape.group].append((shape, rule))
        for group in groups.values():
            place = placed([p for shape, _ in group for p in _anchors(shape)], lines)
            first, rule = group[0]
            if place is None:
                notes.leave(
                    f"floor {floor.floor} layer {first.layer}", f"{kind} symbol ({first.kind})", "no wall is near it"
                )
            elif not any(_same(place, other) for other in found):
                found.append((*place, kind, rule.named))
    named = sorted((min(a, b), max(a, b), kind, given) for _, a, b, kind, given in found)
    return tuple(
        Opening(f"{floor.floor}-o{n:04d}", floor.floor, a, b, kind, given)  # type: ignore[arg-type]
        for n, (a, b, kind, given) in enumerate(named, start=1)
    )


def _anchors(shape: Shape) -> list[Point]:
    """The points that tell where an opening stands: of an arc its ends and the hinge, of other shapes all corners."""
    return [shape.points[0], shape.points[-1], shape.centre] if shape.centre else list(shape.points)


def _same(place: tuple[int, Point, Point], other: tuple[int, Point, Point, str, str]) -> bool:
    """True where two symbols stand for one opening: more than half of the narrower is common."""
    if place[0] != other[0]:
        return False
    a, b = shapely.LineString(place[1:]), shapely.LineString(other[1:3])
    return bool(a.buffer(0.05).intersection(b).length > 0.5 * min(a.length, b.length))


def _rooms(
    floor: Floor, shapes: Sequence[tuple[Shape, Rule]], labels: Sequence[Label], taken: set[str], notes: Notes
) -> list[Room]:
    """Rooms of closed outlines, with the texts inside them."""
    outlines = []
    seen: set[bytes] = set()
    for shape, _ in shapes:
        where = f"floor {floor.floor} layer {shape.layer}"
        drawn = polygon(shape.points) if shape.closed else polygon(())
        key = shapely.normalize(shapely.set_precision(drawn, 1e-3)).wkb
        if not shape.closed:
            notes.leave(where, shape.kind, "an outline of a room that is not closed")
        elif drawn.area < LEAST_ROOM_M2:
            notes.leave(where, shape.kind, f"an outline of less than {LEAST_ROOM_M2:g} m2")
        elif key in seen:
            notes.leave(where, shape.kind, "the same outline twice")
        else:
            seen.add(key)
            outlines.append(drawn)
    return _named(floor, outlines, labels, taken)


def _enclosed(
    floor: Floor, walls: Sequence[Wall], labels: Sequence[Label], taken: set[str], notes: Notes
) -> list[Room]:
    """Rooms that the walls enclose, where the drawing has no outlines."""
    lines = shapely.MultiLineString([[w.start, w.end] for w in walls])
    closed = parts(shapely.polygonize(list(shapely.get_parts(shapely.unary_union(lines)))), LEAST_ROOM_M2)
    faces = [whole for face in closed for whole in whole_rings(face)]
    rooms = _named(floor, faces, labels, taken)
    if rooms:
        notes.infer(
            f"floor {floor.floor}", f"{len(rooms)} rooms that its walls enclose", "no layer holds outlines of rooms"
        )
    return rooms


def _named(floor: Floor, outlines: Sequence[shapely.Polygon], labels: Sequence[Label], taken: set[str]) -> list[Room]:
    tree = shapely.STRtree([shapely.Point(label.at) for label in labels])
    inside: dict[int, list[int]] = defaultdict(list)
    small_first = sorted(range(len(outlines)), key=lambda i: outlines[i].area)
    used: set[int] = set()
    for index in small_first:
        hits = [int(k) for k in tree.query(outlines[index], predicate="contains") if int(k) not in used]
        inside[index] = hits
        used.update(hits)
    rooms = []
    for index, outline in enumerate(outlines):
        told = sorted((labels[k] for k in inside[index]), key=lambda label: (-label.at[1], label.at[0]))
        texts = list(dict.fromkeys(label.text for label in told))
        number = next((t for t in texts if _NUMBER.fullmatch(t)), "")
        words = " ".join(t for t in texts if t != number)
        room = unique(number or f"{floor.floor}-r{index + 1:03d}", taken)
        corners = [(float(x), float(y)) for x, y in outline.exterior.coords[:-1]]
        rooms.append(room_of(room, words, floor.floor, corners))
    return rooms
