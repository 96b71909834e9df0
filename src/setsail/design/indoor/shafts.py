"""Heads in lift shafts, where no head elsewhere gets through the metal of the car; a shaft is open between floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.design.indoor import building
from setsail.design.indoor.building import Scene
from setsail.design.indoor.candidates import ceiling_m
from setsail.design.indoor.choose import Wanted, choose, reachable
from setsail.design.indoor.lifts import Lifts, holds, lift_at, lifts, open_lift
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.predict import RoomNeed
from setsail.design.indoor.raster import Grid
from setsail.design.network.model import Carrier, Head
from setsail.site.model import Point, Room, Site

PLACES = (0.3, 0.7)
"""Where heads may hang in a shaft, along the longer side of its outline: at both ends of it (assumption)."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """Heads in shafts, the least number of them, the lifts that they are for, and what is reached there.

    reach : greatest share of a lift that heads in its shaft cover, by lift and constraint (`rsrp`, `second_server`).
    """

    heads: tuple[Head, ...]
    bound: float
    lifts: frozenset[str]
    reach: Mapping[tuple[str, str], float]


NONE = Served((), 0.0, frozenset(), {})


@dataclass(frozen=True, slots=True, eq=False)
class _Lift:
    scene: Scene
    row: int
    need: RoomNeed
    critical: bool

    @property
    def room(self) -> Room:
        return self.scene.grid.rooms[self.row]

    @property
    def middle(self) -> Point:
        points = np.array(self.room.outline)
        low, high = points.min(axis=0), points.max(axis=0)
        return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def serve(
    site: Site, ground: Sequence[Scene], carrier: Carrier, options: PlaceOptions,
    asked: Mapping[str, tuple[RoomNeed, bool]], *, pattern: Head, placed: Sequence[Head] = (),
) -> Served:  # fmt: skip
    """The fewest heads in the shafts of these lifts that cover them on every floor, critical ones by two.

    asked : level and whether critical, by lift;  pattern : a head with power, ports and gain;  placed : heads that
    stand there already, which count where they hang in the shaft. Each shaft is solved by itself, by HiGHS.
    """
    closed = [
        _Lift(scene, k, *asked[room.room])
        for scene in ground for k, room in enumerate(scene.grid.rooms) if room.room in asked
    ]  # fmt: skip
    heads: list[Head] = []
    bound, reach, known = 0.0, {}, lifts(site)
    for group in _stacks(site, known, closed):
        standing = [h for h in placed if any(_hangs(site, known, one, h) for one in group)]
        found, least, told = _shaft(site, group, carrier, options, pattern=pattern, standing=standing)
        heads += found
        bound += least
        reach.update(told)
    return Served(tuple(heads), bound, frozenset(asked), reach)


def _stacks(site: Site, known: Lifts, asked: Sequence[_Lift]) -> list[list[_Lift]]:
    """Lifts over each other, of one shaft."""
    groups: list[list[_Lift]] = []
    for one in asked:
        for group in groups:
            x_m, y_m = group[-1].middle
            if open_lift(known, site, one.scene.floor, group[-1].scene.floor, (x_m, y_m)) == one.room.room:
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _shaft(
    site: Site,
    group: Sequence[_Lift],
    carrier: Carrier,
    options: PlaceOptions,
    *,
    pattern: Head,
    standing: Sequence[Head],
) -> tuple[list[Head], float, dict[tuple[str, str], float]]:
    """New heads of one shaft, their least number, and what all of its places together reach."""
    heads = [*standing, *(head for one in group for head in _places(one, pattern))]
    aims, margin = options.maps.targets, options.maps.margin_db
    share = aims.room_ratio(lift=True)
    level = np.full((len(heads), len(group)), -np.inf)
    reach = {}
    for k, one in enumerate(group):
        planes = _levels(site, one, heads, carrier, options)
        missing = int((1.0 - share) * planes.shape[1] + 1e-9)
        level[:, k] = np.sort(planes, axis=1)[:, missing]
        two = np.sort(planes, axis=0)[-2:]
        reach[one.room.room, "rsrp"] = float(np.mean(two[-1] >= aims.rsrp_dbm + margin))
        reach[one.room.room, "second_server"] = float(np.mean(two[0] >= aims.second_rsrp_dbm + margin))
    need = np.array([one.need.level_dbm for one in group])
    wanted, _ = reachable(_wanted(group, level, need, aims.second_rsrp_dbm + margin, len(standing)))
    found = choose(wanted, options.time_limit_s, options.most_nodes)
    new = [heads[i] for i in found.index.tolist() if i >= len(standing)]
    return new, found.bound, reach


def _wanted(group: Sequence[_Lift], level: F64, need: F64, back: float, standing: int) -> Wanted:
    rooms = np.arange(len(group))
    ones, critical = np.ones(len(group)), np.array([float(one.critical) for one in group])
    fixed: Bool = np.arange(len(level)) < standing
    price = np.where(fixed, 0.0, 1.0)
    return Wanted(level >= need, level >= back, rooms, 0.0, ones, critical, ones, price, fixed)


def _hangs(site: Site, known: Lifts, lift: _Lift, head: Head) -> bool:
    """True where a head hangs in the shaft of a lift, on its floor or on another."""
    there = building.level_of(site, head.floor)
    if head.floor == lift.scene.floor.floor:
        return holds(lift.room.outline, head.x_m, head.y_m)
    return open_lift(known, site, lift.scene.floor, there, (head.x_m, head.y_m)) == lift.room.room


def _places(lift: _Lift, pattern: Head) -> list[Head]:
    """Heads at both ends of a lift's outline, those first that its pixels hold."""
    points = np.array(lift.room.outline)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, high - low
    along = int(np.argmax(size))
    floor = lift.scene.floor
    made = []
    for part in PLACES:
        place = middle.copy()
        place[along] = low[along] + part * size[along]
        if holds(lift.room.outline, float(place[0]), float(place[1])):
            x_m, y_m = (round(float(v), 3) for v in place)
            made.append(replace(pattern, floor=floor.floor, x_m=x_m, y_m=y_m, z_m=ceiling_m(floor)))
    return made


def _levels(site: Site, lift: _Lift, heads: Sequence[Head], carrier: Carrier, options: PlaceOptions) -> F64:
    """(heads, pixels) level [dBm] in the lift, -inf of heads that its floor does not hear."""
    grid = _cut(lift.scene.grid, lift.row)
    heard = building.heard(site, lift.scene, list(enumerate(heads)), carrier, options.maps)
    planes = building.planes(grid, lift.scene.walls, heard, carrier.fc_hz, options.maps)
    own = grid.room == lift.row
    out = np.full((len(heads), int(own.sum())), -np.inf)
    with np.errstate(divide="ignore"):
        out[list(heard.index)] = 10.0 * np.log10(planes[:, own].astype(np.float64))
    return out


def _cut(grid: Grid, row: int) -> Grid:
    """The pixels around one room, at least two each way."""
    rows, columns = np.nonzero(grid.room == row)
    top, left = min(int(rows.min()), grid.y.size - 2), min(int(columns.min()), grid.x.size - 2)
    down = slice(top, max(int(rows.max()) + 1, top + 2))
    across = slice(left, max(int(columns.max()) + 1, left + 2))
    return Grid(grid.x[across], grid.y[down], grid.room[down, across], grid.rooms, grid.cut, grid.resolution_m)


def note(site: Site, head: Head) -> str:
    """What is told of a head that hangs in a lift's shaft; "" of any other."""
    lift = lift_at(lifts(site), building.level_of(site, head.floor).level, head.x_m, head.y_m)
    return f"head {head.head} hangs in the shaft of lift {lift.room}, floor {head.floor}" if lift is not None else ""
