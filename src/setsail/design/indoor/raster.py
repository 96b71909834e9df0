"""The pixels of a floor and the room in which each lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput, OutOfRange
from setsail.site.model import Floor, Point, Room
from setsail.site.rules import rule

I32 = npt.NDArray[np.int32]
OUTSIDE = -1
MOST_PIXELS = 50_000_000
LIFT = "lift"


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Pixels of a floor from its north-west corner.

    x, y : (columns,), (rows,) of the centres [m], y falling;  room : (rows, columns) index into `rooms`, -1 outside;
    rooms : of the floor that are indoors, as the site holds them;  cut : rooms that hold no pixel of their own, which
    are judged at the pixel nearest to their middle.
    """

    x: F64
    y: F64
    room: I32
    rooms: tuple[Room, ...]
    cut: tuple[str, ...]
    resolution_m: float

    @property
    def west_m(self) -> float:
        """Outer edge of the first column."""
        return float(self.x[0]) - self.resolution_m / 2

    @property
    def north_m(self) -> float:
        """Outer edge of the first row."""
        return float(self.y[0]) + self.resolution_m / 2

    @property
    def indoor(self) -> Bool:
        """(rows, columns) pixels that lie in a room."""
        return np.asarray(self.room >= 0, dtype=np.bool_)

    def column(self, x_m: float) -> int:
        """Column of a place, the nearest one where it lies outside."""
        return int(np.clip(math.floor((x_m - self.west_m) / self.resolution_m), 0, self.x.size - 1))

    def row(self, y_m: float) -> int:
        """Row of a place, the nearest one where it lies outside."""
        return int(np.clip(math.floor((self.north_m - y_m) / self.resolution_m), 0, self.y.size - 1))


def grid(floor: Floor, resolution_m: float, margin_m: float) -> Grid:
    """The pixels of a floor with a margin around its rooms.

    Of boxes that overlap the smaller one is cut out of the larger; a room drawn as it is keeps its outline against a
    box. Raises BadInput (a floor without rooms), OutOfRange (too many pixels).
    """
    rooms = tuple(r for r in floor.rooms if r.indoor)
    if not rooms:
        raise BadInput("has no indoor room", where=f"floor {floor.floor}", allowed="at least one")
    corners = np.array([p for r in rooms for p in r.outline])
    low, high = corners.min(axis=0) - margin_m, corners.max(axis=0) + margin_m
    columns, rows = (max(2, math.ceil(side / resolution_m - 1e-9)) for side in (high - low).tolist())
    if columns * rows > MOST_PIXELS:
        raise OutOfRange(
            f"has {columns} x {rows} pixels", where=f"floor {floor.floor}", allowed=f"at most {MOST_PIXELS:,}",
            hint="a coarser resolution_m",
        )  # fmt: skip
    x = low[0] + (np.arange(columns) + 0.5) * resolution_m
    y = high[1] - (np.arange(rows) + 0.5) * resolution_m
    room = _rooms(x, y, rooms)
    found = np.unique(room)
    cut = [i for i in range(len(rooms)) if i not in found]
    made = Grid(x, y, room, rooms, tuple(rooms[i].room for i in cut), resolution_m)
    for i in cut:
        middle = np.mean(np.array(rooms[i].outline), axis=0)
        room[made.row(middle[1]), made.column(middle[0])] = i
    return made


def _rooms(x: F64, y: F64, rooms: tuple[Room, ...]) -> I32:
    out = np.full((y.size, x.size), OUTSIDE, dtype=np.int32)
    order = sorted(range(len(rooms)), key=lambda i: (rooms[i].drawn, -outline_area_m2(rooms[i].outline), rooms[i].room))
    for i in order:
        points = np.array(rooms[i].outline)
        low, high = points.min(axis=0), points.max(axis=0)
        columns = np.flatnonzero((x >= low[0]) & (x <= high[0]))
        rows = np.flatnonzero((y >= low[1]) & (y <= high[1]))
        if not columns.size or not rows.size:
            continue
        part = out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part[inside(x[columns], y[rows], rooms[i].outline)] = i
    return out


def inside(x: F64, y: F64, outline: tuple[Point, ...]) -> Bool:
    """(rows, columns) pixel centres within an outline, by the even-odd rule; x (columns,), y (rows,)."""
    found = np.zeros((y.size, x.size), dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if ay == by:
            continue
        beside = (ay > y) != (by > y)
        at = ax + (y - ay) * (bx - ax) / (by - ay)
        found ^= beside[:, None] & (x[None, :] < at[:, None])
    return found


def outline_area_m2(outline: tuple[Point, ...]) -> float:
    """Area within an outline."""
    x, y = np.array(outline).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def is_lift(room: Room) -> bool:
    """True where a car of sheet metal runs."""
    return room.function == LIFT


def is_shaft(room: Room) -> bool:
    """True where nobody stands: ducts and voids, which are not asked for coverage."""
    return rule(room).role == "shaft"
