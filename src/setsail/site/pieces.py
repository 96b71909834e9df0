"""What a ray meets on a floor: walls cut by their doors, windows and passages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from setsail.base.errors import BadInput
from setsail.site.classes import Layers, wall_class
from setsail.site.geometry import LEAST_LENGTH_M, gaps_between
from setsail.site.model import Floor, Opening, Point, Told, Wall
from setsail.site.openings import holder

OFF_WALL_M = 0.35
"""An opening is in a wall where both its ends lie within this of the wall's line: half of a thick wall."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece of one class: layers of P.2040, or a loss [dB] that is known. `of` : id of wall or opening."""

    start: Point
    end: Point
    wall_class: str
    layers: Layers
    loss_db: float | None
    of: str


def pieces(floor: Floor) -> tuple[Piece, ...]:
    """The pieces of every wall in order, openings in their place; a passage leaves nothing.

    Where openings of one wall overlap, the one listed first keeps the common part (`faults` tells so).
    Raises BadInput for a wall or opening without length, and for an opening that lies in no wall; UnknownName for a
    class that `wall_classes.csv` does not hold.
    """
    for wall in floor.walls:
        _require_length(wall.start, wall.end, f"wall {wall.wall}")
    cuts: dict[str, list[tuple[float, float, Opening]]] = {}
    for opening in floor.openings:
        wall = _wall_of(opening, floor.walls)
        low, high = sorted((_along(opening.start, wall), _along(opening.end, wall)))
        cuts.setdefault(wall.wall, []).append((max(low, 0.0), min(high, math.dist(wall.start, wall.end)), opening))
    return tuple(piece for wall in floor.walls for piece in _cut(wall, cuts.get(wall.wall, [])))


def faults(floor: Floor) -> tuple[Told, ...]:
    """What is wrong with walls and openings: no length, no wall, an unknown class, overlap; empty where all is well."""
    found = []
    good = []
    for wall in floor.walls:
        try:
            _require_length(wall.start, wall.end, f"wall {wall.wall}")
            wall_class(wall.wall_class, f"wall {wall.wall}")
            good.append(wall)
        except BadInput as err:
            found.append(Told(f"wall {wall.wall}", err.what, err.allowed))
    spans: dict[str, list[tuple[float, float, str]]] = {}
    for opening in floor.openings:
        try:
            wall = _wall_of(opening, good)
            wall_class(opening.opening_class, f"opening {opening.opening}")
        except BadInput as err:
            found.append(Told(f"opening {opening.opening}", err.what, err.allowed))
            continue
        low, high = sorted((_along(opening.start, wall), _along(opening.end, wall)))
        for a, b, other in spans.setdefault(wall.wall, []):
            if min(b, high) - max(a, low) > LEAST_LENGTH_M:
                found.append(Told(f"opening {opening.opening}", f"overlaps {other}", "openings of one wall lie apart"))
        spans[wall.wall].append((low, high, opening.opening))
    return tuple(found)


def _require_length(start: Point, end: Point, where: str) -> None:
    if not all(map(math.isfinite, (*start, *end))):
        raise BadInput("is not at a finite place", where=where, allowed="numbers")
    if math.dist(start, end) < LEAST_LENGTH_M:
        allowed = f"two ends at least {LEAST_LENGTH_M:g} m apart"
        raise BadInput(f"has no length, at ({start[0]:g}, {start[1]:g})", where=where, allowed=allowed)


def _wall_of(opening: Opening, walls: Sequence[Wall]) -> Wall:
    where = f"opening {opening.opening}"
    _require_length(opening.start, opening.end, where)
    named = [wall for wall in walls if wall.wall == opening.wall] if opening.wall else walls
    if not named:
        raise BadInput(
            f"names the wall {opening.wall!r}, which is not here", where=where, allowed="a wall of the floor"
        )
    found = holder(opening.start, opening.end, named, OFF_WALL_M)
    if found is None:
        what = f"lies in no wall{f' {opening.wall}' if opening.wall else ''}"
        raise BadInput(what, where=where, allowed=f"both ends within {OFF_WALL_M:g} m of a wall's line")
    return found


def _along(at: Point, wall: Wall) -> float:
    (x0, y0), (x1, y1) = wall.start, wall.end
    return ((at[0] - x0) * (x1 - x0) + (at[1] - y0) * (y1 - y0)) / math.dist(wall.start, wall.end)


def _cut(wall: Wall, cuts: Sequence[tuple[float, float, Opening]]) -> list[Piece]:
    length = math.dist(wall.start, wall.end)
    taken: list[tuple[float, float]] = []
    stretches: list[tuple[float, float, str, str]] = []
    for low, high, opening in cuts:
        free = gaps_between(taken, low, high)
        stretches += [(a, b, opening.opening_class, opening.opening) for a, b in free]
        taken.append((low, high))
    stretches += [(a, b, wall.wall_class, wall.wall) for a, b in gaps_between(taken, 0.0, length)]
    found = []
    for low, high, name, of in sorted(stretches):
        known = wall_class(name, f"class of {of}")
        if known.kind != "gap" and high - low >= LEAST_LENGTH_M / 2.0:
            found.append(Piece(_at(wall, low), _at(wall, high), name, known.layers, known.loss_db, of))
    return found


def _at(wall: Wall, along: float) -> Point:
    (x0, y0), (x1, y1) = wall.start, wall.end
    share = along / math.dist(wall.start, wall.end)
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
