"""Doors, passages and windows of a floor whose plan shows rooms only: inferred, and said so."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from setsail.site.geometry import point
from setsail.site.model import Floor, Opening, Point, Room, Told, Wall
from setsail.site.rules import door_class, rule
from setsail.site.runs import Run

JAMB_M = 0.1
LEAST_DOOR_M = 0.6
WINDOW_RATIO = 0.5
LEAST_WINDOW_RUN_M = 1.2
ENTRANCE_M = 1.8
ENTRANCE = "door-glass"
CORRIDOR = "corridor"
ON_WALL_M = 0.1
"""Both ends of an opening lie within this of the line of its wall."""
REASON = "the source holds rooms, no openings"


def infer(
    floor: Floor, rooms: Sequence[Room], stretches: Sequence[Run], walls: Sequence[Wall]
) -> tuple[tuple[Opening, ...], tuple[Told, ...]]:
    """Openings that make the floor usable, and what was inferred.

    Circulation rooms that touch are open to each other; every other room has one door, to a corridor where it touches
    one, else to other circulation, else to the neighbour with the longest common wall; rooms that are still cut off get
    one more. On the ground floor the longest outer wall of a lobby, else of other circulation, has an entrance. Rooms
    with windows have one in each outer wall.
    """
    inner = sorted((r for r in stretches if r.second is not None), key=lambda r: (-r.length, r.start, r.end))
    joined = {room.room: room.room for room in rooms}
    passages = sum(_join(joined, run) for run in inner if run.is_open)
    doors = _doors(rooms, inner, joined)
    doors += _joins(inner, joined)
    entrance = _entrance(floor, stretches)
    windows = [_window(run) for run in stretches if _has_window(run) and (entrance is None or run is not entrance[0])]
    doors += [entrance[1]] if entrance else []
    placed = _placed(floor.floor, [*doors, *windows], walls)
    told = _told(floor, passages, len(doors), len(windows))
    shut = [r for r in rooms if _root(joined, r.room) == r.room and list(joined.values()).count(r.room) == 1]
    for room in shut:
        if rule(room).role != "shaft" and len(rooms) > 1:
            told.append(Told(f"room {room.room}", "no door", "no neighbour has a common wall as wide as a door"))
    return placed, tuple(told)


def _told(floor: Floor, passages: int, doors: int, windows: int) -> list[Told]:
    counted = (
        (passages, "passages without a wall between rooms of circulation"),
        (doors, "doors, one for each room to circulation or else to its neighbour"),
        (windows, f"windows, {WINDOW_RATIO:.0%} of each outer wall of a room"),
    )
    return [Told(f"floor {floor.floor}", f"{count} {what}", REASON) for count, what in counted if count]


def _root(joined: dict[str, str], room: str) -> str:
    while joined[room] != room:
        joined[room] = joined[joined[room]]
        room = joined[room]
    return room


def _join(joined: dict[str, str], run: Run) -> bool:
    """True where the two rooms of a run were not joined before."""
    a, b = (_root(joined, room.room) for room in run.rooms)
    joined[max(a, b)] = min(a, b)
    return a != b


def _doors(rooms: Sequence[Room], inner: Sequence[Run], joined: dict[str, str]) -> list[Opening]:
    of_room: dict[str, list[Run]] = {room.room: [] for room in rooms}
    for run in inner:
        if run.length >= LEAST_DOOR_M + 2 * JAMB_M:
            for room in run.rooms:
                of_room[room.room].append(run)
    found, used = [], set()
    for room in sorted(rooms, key=lambda r: r.room):
        if rule(room).role in ("circulation", "shaft"):
            continue
        choices = [run for run in of_room[room.room] if rule(_other(run, room)).role != "shaft"]
        best = min(choices, key=lambda run: _rank(room, run), default=None)
        if best is None or id(best) in used:
            continue
        used.add(id(best))
        _join(joined, best)
        found.append(_door(best, room))
    return found


def _other(run: Run, room: Room) -> Room:
    first, second = run.rooms
    return second if first.room == room.room else first


def _rank(room: Room, run: Run) -> tuple[int, float, str]:
    other = _other(run, room)
    order = {"circulation": 1, "room": 2}.get(rule(other).role, 3)
    return 0 if other.function == CORRIDOR else order, -run.length, other.room


def _joins(inner: Sequence[Run], joined: dict[str, str]) -> list[Opening]:
    """Doors between groups of rooms that no door joins yet, the longest common wall first."""
    found = []
    for run in inner:
        shaft = any(rule(room).role == "shaft" for room in run.rooms)
        if not shaft and not run.is_open and run.length >= LEAST_DOOR_M + 2 * JAMB_M and _join(joined, run):
            found.append(_door(run, run.first))
    return found


def _door(run: Run, room: Room) -> Opening:
    width = min(rule(room).door_width_m, run.length - 2 * JAMB_M)
    return _opening(run, width, "door", door_class(room, _other(run, room)))


def _entrance(floor: Floor, stretches: Sequence[Run]) -> tuple[Run, Opening] | None:
    outer = [r for r in stretches if r.outside and rule(r.first).role == "circulation" and not r.first.shielded]
    longest = max(outer, key=lambda r: (rule(r.first).door_class == ENTRANCE, r.length, r.start), default=None)
    if floor.level != 0 or longest is None or longest.length < LEAST_DOOR_M + 2 * JAMB_M:
        return None
    width = min(ENTRANCE_M, longest.length - 2 * JAMB_M)
    return longest, _opening(longest, width, "door", ENTRANCE)


def _has_window(run: Run) -> bool:
    return run.outside and run.length >= LEAST_WINDOW_RUN_M and rule(run.first).windows and not run.first.shielded


def _window(run: Run) -> Opening:
    return _opening(run, run.length * WINDOW_RATIO, "window", "window")


def _opening(run: Run, width: float, kind: str, opening_class: str) -> Opening:
    """An opening in the middle of a run, without its id, floor and wall."""
    start, end = np.array(run.start), np.array(run.end)
    middle, half = (start + end) / 2.0, (end - start) / run.length * width / 2.0
    return Opening("", "", point(middle - half), point(middle + half), kind, opening_class, "", "inferred")  # type: ignore[arg-type]


def _placed(floor: str, found: Sequence[Opening], walls: Sequence[Wall]) -> tuple[Opening, ...]:
    """The openings with ids and the wall that each lies in; one that no wall holds is left out."""
    placed = []
    for opening in found:
        held = holder(opening.start, opening.end, walls)
        if held is not None:
            a, b = sorted((opening.start, opening.end))
            placed.append((a, b, opening.kind, opening.opening_class, held.wall))
    placed.sort()
    return tuple(
        Opening(f"{floor}-o{n:04d}", floor, a, b, kind, named, wall, "inferred")
        for n, (a, b, kind, named, wall) in enumerate(placed, start=1)
    )


def holder(start: Point, end: Point, walls: Sequence[Wall], within_m: float = ON_WALL_M) -> Wall | None:
    """The wall on whose line both ends lie, nearest first; None where there is none."""
    best: tuple[float, Wall] | None = None
    for wall in walls:
        away = max(_away(start, wall, within_m), _away(end, wall, within_m))
        if away <= within_m and (best is None or away < best[0]):
            best = (away, wall)
    return best[1] if best else None


def _away(at: Point, wall: Wall, within_m: float) -> float:
    """Distance from the line of a wall, infinite beyond its ends."""
    (x0, y0), (x1, y1) = wall.start, wall.end
    length = math.hypot(x1 - x0, y1 - y0)
    if length <= 0.0:
        return math.inf
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    s = (at[0] - x0) * ux + (at[1] - y0) * uy
    if not -within_m <= s <= length + within_m:
        return math.inf
    return abs((at[1] - y0) * ux - (at[0] - x0) * uy)
