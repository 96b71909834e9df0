"""A DXF file as plain shapes in metres: lines, closed rings, arcs and texts with their layers. Blocks are opened."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.extras import require
from setsail.site.model import Point
from setsail.site.notes import Notes
from setsail.site.units import length_factor
from setsail.store.readers.guards import require_regular

Entity = Any
"""A document or an entity of ezdxf, which is not typed."""
MAX_BYTES = 128 << 20
MAX_ENTITIES = 200_000
"""Of a drawing with its blocks opened: one that holds more is no floor plan, or was made to choke a reader."""
MAX_DEPTH = 8
MAX_POINTS = 2_000_000
FLAT_M = 0.02
"""Curves are followed within this."""
EXTENT_M = (2.0, 5_000.0)
UNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 7: "km"}
"""Values of $INSUNITS that plans are drawn in."""
CURVES = ("LWPOLYLINE", "POLYLINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE")
TEXTS = ("TEXT", "MTEXT", "ATTRIB")
SILENT = ("ATTDEF", "VIEWPORT", "SEQEND", "POINT")


@dataclass(frozen=True, slots=True)
class Shape:
    """Points of one entity [m]. kind : such as LINE;  group : the block reference it came from, else its own handle;
    centre : of an arc, the hinge of a door.
    """

    kind: str
    layer: str
    points: tuple[Point, ...]
    closed: bool
    group: str
    centre: Point | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its place [m]."""

    text: str
    at: Point
    layer: str


@dataclass(slots=True)
class Drawing:
    """What one file holds."""

    shapes: list[Shape] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    count: int = 0
    points: int = 0


def opened(path: Path, unit: str | None, notes: Notes) -> Drawing:
    """The model space of a drawing, in metres.

    unit : of one drawing unit; by default what the file states ($INSUNITS).  Raises BadInput for a file that is no DXF,
    has no unit or too many parts, OutOfRange where the plan would be smaller or larger than any building.
    """
    document = _document(path, notes)
    factor = _factor(document, unit, path, notes)
    off = {layer.dxf.name.casefold() for layer in document.layers if layer.is_off() or layer.is_frozen()}
    found = Drawing()
    for entity in document.modelspace():
        _take(entity, _layer(entity), "", 0, (found, notes, factor, off, path))
    for layout in document.layouts:
        if layout.name != "Model" and len(layout):
            notes.leave(
                f"{path.name} paper space {layout.name}", "entities", "only the model space is read", len(layout)
            )
    _require_extent(found, path)
    return found


def _document(path: Path, notes: Notes) -> Entity:
    size = require_regular(path)
    if size > MAX_BYTES:
        raise BadInput(
            f"holds {size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES >> 20} MiB", hint="purge the drawing"
        )
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"AC10"):
        raise BadInput("is a DWG drawing", where=str(path), allowed="DXF", hint="save it as DXF")
    ezdxf = require("ezdxf", "site")
    logging.getLogger("ezdxf").addHandler(logging.NullHandler())
    recover = require("ezdxf.recover", "site")
    try:
        try:
            return ezdxf.readfile(path)
        except (ezdxf.DXFError, UnicodeError, ValueError, KeyError, AttributeError, TypeError, IndexError):
            document, audit = recover.readfile(path)
            notes.infer(path.name, f"repaired: {len(audit.fixes)} places", "the drawing is damaged")
            return document
    except (OSError, ezdxf.DXFError, UnicodeError, ValueError, KeyError, AttributeError, TypeError, IndexError,
            RecursionError, MemoryError) as err:  # fmt: skip
        raise BadInput(f"is no DXF drawing: {str(err)[:120]}", where=str(path), allowed="DXF R12 or newer") from err


def _factor(document: Entity, unit: str | None, path: Path, notes: Notes) -> float:
    stated = UNITS.get(document.header.get("$INSUNITS", 0))
    if unit is not None:
        factor = length_factor(unit, "--unit")
        if stated and length_factor(stated) != factor:
            notes.infer(path.name, f"read in {unit}", f"as told; the drawing states {stated}")
        return factor
    if stated is None:
        raise BadInput(
            "states no unit of length ($INSUNITS)", where=str(path), allowed="mm, cm, m, km, in, ft",
            hint="--unit mm, or the unit in which it was drawn",
        )  # fmt: skip
    return length_factor(stated)


State = tuple[Drawing, Notes, float, set[str], Path]


def _take(entity: Entity, layer: str, group: str, depth: int, state: State) -> None:
    found, notes, factor, off, path = state
    found.count += 1
    if found.count > MAX_ENTITIES:
        raise OutOfRange(f"holds more than {MAX_ENTITIES:,} parts", where=str(path), allowed="one floor plan")
    kind = entity.dxftype()
    if layer.casefold() in off:
        notes.leave(f"{path.name} layer {layer}", kind, "the layer is off or frozen")
    elif kind == "INSERT":
        _open_block(entity, layer, group or str(entity.dxf.handle), depth, state)
    elif kind in TEXTS:
        lines = entity.plain_text(split=True) if kind == "MTEXT" else [entity.dxf.text]
        place = entity.dxf.get("align_point") if kind != "MTEXT" and entity.dxf.get("halign", 0) else None
        at = place or entity.dxf.insert
        texts = [text for line in lines if (text := " ".join(line.split()))]
        if _is_finite((at.x, at.y)):
            found.labels += [Label(text, (at.x * factor, at.y * factor), layer) for text in texts]
    elif kind == "LINE":
        ends = [(v.x * factor, v.y * factor) for v in (entity.dxf.start, entity.dxf.end)]
        _add(found, Shape(kind, layer, tuple(ends), False, group or str(entity.dxf.handle)), notes, path)
    elif kind in CURVES:
        _follow(entity, kind, layer, group, state)
    elif kind not in SILENT:
        notes.leave(f"{path.name} layer {layer}", kind, "is not read")


def _layer(entity: Entity) -> str:
    return str(entity.dxf.get("layer", "0")) if entity.dxf.is_supported("layer") else "0"


def _open_block(insert: Entity, layer: str, group: str, depth: int, state: State) -> None:
    found, notes, _, _, path = state
    name = str(insert.dxf.get("name", ""))
    block = insert.block()
    if block is None or block.block.is_xref:
        notes.leave(f"{path.name} layer {layer}", f"INSERT of {name!r}", "its drawing lies in another file, or nowhere")
        return
    if depth >= MAX_DEPTH:
        notes.leave(f"{path.name} layer {layer}", f"INSERT of {name!r}", f"nested deeper than {MAX_DEPTH}")
        return
    copies = max(insert.dxf.get("row_count", 1), 1) * max(insert.dxf.get("column_count", 1), 1)
    if copies > 1 and found.count + copies > MAX_ENTITIES:
        raise OutOfRange(f"repeats block {name!r} {copies:,} times", where=str(path), allowed="one floor plan")
    for index, one in enumerate(insert.multi_insert() if copies > 1 else [insert]):
        own = group if depth or copies == 1 else f"{group}.{index}"
        for part in (*_parts(one, notes, path), *one.attribs):
            given = _layer(part)
            _take(part, layer if given == "0" else given, own, depth + 1, state)


def _parts(insert: Entity, notes: Notes, path: Path) -> Iterator[Entity]:
    def skipped(entity: Entity, reason: str) -> None:
        notes.leave(f"{path.name} block {insert.dxf.name}", entity.dxftype(), f"is not read: {reason}")

    yield from insert.virtual_entities(skipped_entity_callback=skipped)


def _follow(entity: Entity, kind: str, layer: str, group: str, state: State) -> None:
    found, notes, factor, _, path = state
    if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
        notes.leave(f"{path.name} layer {layer}", "POLYLINE mesh", "is not read")
        return
    try:
        line = require("ezdxf.path", "site").make_path(entity)
        points = [(v.x * factor, v.y * factor) for v in line.flattening(FLAT_M / factor)]
    except (ValueError, TypeError, ZeroDivisionError, OverflowError, ArithmeticError):
        notes.leave(f"{path.name} layer {layer}", kind, "has no shape")
        return
    hinge = entity.ocs().to_wcs(entity.dxf.center) if kind == "ARC" else None
    centre = (hinge.x * factor, hinge.y * factor) if hinge is not None else None
    closed = bool(len(points) > 3 and math.dist(points[0], points[-1]) < FLAT_M / 2)
    handle = group or str(entity.dxf.handle)
    _add(found, Shape(kind, layer, tuple(points[:-1] if closed else points), closed, handle, centre), notes, path)


def _add(found: Drawing, shape: Shape, notes: Notes, path: Path) -> None:
    found.points += len(shape.points)
    if found.points > MAX_POINTS:
        raise OutOfRange(f"holds more than {MAX_POINTS:,} points", where=str(path), allowed="one floor plan")
    if len(shape.points) > 1 and all(_is_finite(p) for p in shape.points):
        found.shapes.append(shape)
    else:
        notes.leave(f"{path.name} layer {shape.layer}", shape.kind, "has no length")


def _is_finite(at: Point) -> bool:
    return all(math.isfinite(v) and abs(v) < 1e9 for v in at)


def _require_extent(found: Drawing, path: Path) -> None:
    points = [p for shape in found.shapes for p in shape.points]
    if not points:
        raise BadInput("holds no lines in its model space", where=str(path), allowed="a floor plan")
    wide = max(max(p[axis] for p in points) - min(p[axis] for p in points) for axis in (0, 1))
    if not EXTENT_M[0] <= wide <= EXTENT_M[1]:
        raise OutOfRange(
            f"is {wide:g} m wide", where=str(path), allowed=f"{EXTENT_M[0]:g} to {EXTENT_M[1]:g} m",
            hint="--unit mm, cm, m, in or ft: the unit in which it was drawn",
        )  # fmt: skip
