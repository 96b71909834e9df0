"""The pixels of a floor and the room in which each lies."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
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
    rooms : indoors or named by a need, as the site holds them;  cut : rooms that hold no pixel of their own, which
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
        """(rows, columns) pixels that lie in a room of the building."""
        return np.array([*(room.indoor for room in self.rooms), False], dtype=np.bool_)[self.room]

    @property
    def served(self) -> Bool:
        """(rows, columns) pixels that lie in a room, also outside the building."""
        return np.asarray(self.room >= 0, dtype=np.bool_)

    def cropped(self) -> Grid:
        """The same without the rows and columns that hold no room at either end."""
        rows, columns = np.flatnonzero(self.served.any(axis=1)), np.flatnonzero(self.served.any(axis=0))
        across, down = slice(columns[0], columns[-1] + 2), slice(rows[0], rows[-1] + 1)
        return Grid(self.x[across], self.y[down], self.room[down, across], self.rooms, self.cut, self.resolution_m)

    def column(self, x_m: float) -> int:
        """Column of a place, the nearest one where it lies outside."""
        return int(np.clip(math.floor((x_m - self.west_m) / self.resolution_m), 0, self.x.size - 1))

    def row(self, y_m: float) -> int:
        """Row of a place, the nearest one where it lies outside."""
        return int(np.clip(math.floor((self.north_m - y_m) / self.resolution_m), 0, self.y.size - 1))


Box = tuple[float, float, float, float]
"""West, south, east, north [m]."""


def extent(floors: Sequence[Floor], margin_m: float, outside: Collection[str] = frozenset()) -> Box:
    """The box of all indoor rooms, and those `outside`, with a margin. Raises BadInput where there are none."""
    corners = [
        p for floor in floors for room in floor.rooms if room.indoor or room.room in outside for p in room.outline
    ]
    if not corners:
        raise BadInput("have no indoor room", where="floors", allowed="at least one")
    low, high = np.min(corners, axis=0) - margin_m, np.max(corners, axis=0) + margin_m
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def grid(floor: Floor, resolution_m: float, box: Box, outside: Collection[str] = frozenset()) -> Grid:
    """The pixels of a floor in a box.

    outside : rooms that are not in the building and yet served.

    Of boxes that overlap the smaller one is cut out of the larger; a room drawn as it is keeps its outline against a
    box. Raises OutOfRange (too many pixels).
    """
    rooms = tuple(r for r in floor.rooms if r.indoor or r.room in outside)
    columns, rows = (max(2, math.ceil((b - a) / resolution_m - 1e-9)) for a, b in zip(box[:2], box[2:], strict=True))
    if columns * rows > MOST_PIXELS:
        raise OutOfRange(
            f"has {columns} x {rows} pixels", where=f"floor {floor.floor}", allowed=f"at most {MOST_PIXELS:,}",
            hint="a coarser resolution_m",
        )  # fmt: skip
    x = np.asarray(box[0] + (np.arange(columns) + 0.5) * resolution_m, dtype=np.float64)
    y = np.asarray(box[3] - (np.arange(rows) + 0.5) * resolution_m, dtype=np.float64)
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
