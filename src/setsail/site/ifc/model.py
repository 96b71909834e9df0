"""An IFC file opened within a stated memory, with its unit, and the plans of its elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.extras import require
from setsail.site.notes import Notes
from setsail.site.units import length_factor
from setsail.store.readers.guards import require_regular

MEMORY_BYTES = 1.5e9
Entity = Any
"""An entity or a file of ifcopenshell, which is not typed."""
BYTES_PER_BYTE = 10.0
"""Memory of one byte of a file: 6.3 was measured on a model of 30,000 extruded walls, and the shapes come on top."""
EXTRA = "ifc"
ALLOWED = "IFC2X3, IFC4 or IFC4X3 as STEP (.ifc)"


def require_within(path: Path, memory_bytes: float) -> None:
    """Raises OutOfRange for a file that would need more than `memory_bytes`, BadInput for none or an empty one."""
    size = require_regular(path)
    if size * BYTES_PER_BYTE > memory_bytes:
        most = f"up to {memory_bytes / BYTES_PER_BYTE / 1e6:,.0f} MB within {memory_bytes / 1e9:g} GB"
        raise OutOfRange(
            f"holds {size / 1e6:,.0f} MB and needs about {size * BYTES_PER_BYTE / 1e9:.1f} GB of memory",
            where=str(path), allowed=most, hint="a model of the architecture alone, or more memory_bytes from Python",
        )  # fmt: skip


def opened(path: Path, unit: str | None, memory_bytes: float) -> tuple[Entity, float, float]:
    """The model, the metres in one of its units of length, and what its shapes are to be scaled by.

    Shapes come in metres where the model states its unit (scale 1), else in units of `unit`.
    Raises OutOfRange for a file that would need more than `memory_bytes`, BadInput for one that is no IFC or has no
    unit of length, MissingExtra.
    """
    require_within(path, memory_bytes)
    ifcopenshell = require("ifcopenshell", EXTRA)
    with path.open("rb") as file:
        head = file.read(256)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"ISO-10303-21", b"/*")):
        kind = "a zip archive (.ifczip)" if head.startswith(b"PK") else "no IFC file (STEP)"
        raise BadInput(f"is {kind}", where=str(path), allowed=ALLOWED)
    try:
        model = ifcopenshell.open(str(path))
        projects = len(model.by_type("IfcProject"))
    except Exception as err:  # the library raises its own C++ exceptions and bare RuntimeErrors
        raise BadInput(f"cannot be read: {str(err)[:120]}", where=str(path), allowed=ALLOWED) from err
    if not projects:
        raise BadInput("holds no IfcProject", where=str(path), allowed="a building model")
    if any(_has_length(a) for a in model.by_type("IfcUnitAssignment")):
        return model, float(require("ifcopenshell.util.unit", EXTRA).calculate_unit_scale(model)), 1.0
    if unit is None:
        hint = "--unit mm, or the unit in which it was drawn"
        raise BadInput("states no unit of length", where=str(path), allowed="mm, cm, m, in, ft", hint=hint)
    factor = length_factor(unit, "--unit")
    return model, factor, factor


def _has_length(assignment: Entity) -> bool:
    return any(getattr(unit, "UnitType", "") == "LENGTHUNIT" for unit in assignment.Units)


def plans(model: Entity, elements: Sequence[Entity], scale: float, notes: Notes) -> dict[int, Plan]:
    """The plan of each element that has a body, by its id; one without is told.

    scale : 1, or the metres in a unit where the model states none.
    """
    if not elements:
        return {}
    geom = require("ifcopenshell.geom", EXTRA)
    settings = geom.settings()
    settings.set("use-world-coords", True)
    settings.set("disable-opening-subtractions", True)
    iterator = geom.iterator(settings, model, 1, include=list(elements))
    found: dict[int, Plan] = {}
    if iterator.initialize():
        while True:
            shape = iterator.get()
            plan = _plan(shape.geometry.verts, shape.geometry.faces, scale)
            if plan is not None:
                found[int(shape.id)] = plan
            if not iterator.next():
                break
    for element in elements:
        if element.id() not in found:
            notes.leave(element.is_a(), "without a body", "its shape is missing or cannot be made")
    return found


class Plan:
    """What an element covers seen from above (`shape`, metres), and its lowest and highest point [m]."""

    __slots__ = ("high_m", "low_m", "shape")

    def __init__(self, shape: shapely.Geometry, low_m: float, high_m: float) -> None:
        self.shape, self.low_m, self.high_m = shape, low_m, high_m


def _plan(verts: Iterable[float], faces: Iterable[int], scale: float) -> Plan | None:
    points = np.asarray(verts, dtype=np.float64).reshape(-1, 3) * scale
    index = np.asarray(faces, dtype=np.int64).reshape(-1, 3)
    if not len(points) or not len(index) or not np.isfinite(points).all() or np.abs(points).max() > 1e7:
        return None
    corners = np.round(points[:, :2], 4)[index]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    flat = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) > 1e-9
    if not flat.any():
        return None
    rings = np.concatenate([corners[flat], corners[flat][:, :1]], axis=1)
    shape = shapely.union_all(shapely.polygons(rings), grid_size=1e-4)
    return Plan(shapely.simplify(shape, 1e-3), float(points[:, 2].min()), float(points[:, 2].max()))
