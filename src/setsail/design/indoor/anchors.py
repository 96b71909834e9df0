"""Heads added so that rooms whose needs state a position error can be located, by a greedy search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.design.indoor import building
from setsail.design.indoor.candidates import candidates
from setsail.design.indoor.demand import NOTHING, RoomDemand
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.indoor.positions import Sights, points, positions, prs, sights
from setsail.design.indoor.results import Binding
from setsail.design.network.model import Head
from setsail.radio.positioning import SNR_DB, range_sigma_m
from setsail.site.model import Site

NEAR_M = 30.0
"""Candidates farther than this from every room in question are not tried (assumption)."""
AT_ONCE = 64
"""Candidates whose planes are in memory at a time."""
LOST = 100.0
"""Error over need that stands for no position at all."""
SLACK = 1e-6


def position_bindings(maps: RadioMaps, wants: Mapping[str, RoomDemand]) -> tuple[Binding, ...]:
    """Rooms whose needs state a position error that the bound does not meet."""
    found = []
    for floor in maps.floors:
        if not _asked(floor, wants).size:
            continue
        made = positions(maps, floor)
        for k in _asked(floor, wants).tolist():
            room = floor.grid.rooms[k].room
            need, met = wants[room].position_m, float(made.p90_m[k])
            if met > need:
                why = f"bound of the error, {made.cause(k)}; more heads would have to be seen"
                found.append(Binding(f"room:{room}", "position", need, met, "m", proved=False, why=why))
    return tuple(found)


def _asked(floor: FloorMaps, wants: Mapping[str, RoomDemand]) -> I64:
    """Rooms of a floor whose needs state a position error."""
    rooms = [k for k, r in enumerate(floor.grid.rooms) if np.isfinite(wants.get(r.room, NOTHING).position_m)]
    return np.array(rooms, dtype=np.int64)


def added(
    site: Site, maps: RadioMaps, wants: Mapping[str, RoomDemand], pattern: Head, *, most: int, step_m: float
) -> tuple[Head, ...]:
    """At most `most` heads without names or cells that bring rooms to the position errors of their needs.

    pattern : a head with power, ports and gain;  step_m : of the ceiling grid. One after the other that head is added
    which lessens the sum of error over need over the rooms that miss it most; at the end those that are not needed are
    taken away. Located by multi-RTT, so that no clocks are shared.
    """
    unmet = {b.subject for b in position_bindings(maps, wants)}
    works = [
        _Work(site, maps, floor, wants, pattern, step_m)
        for floor in maps.floors
        if any(f"room:{r.room}" in unmet for r in floor.grid.rooms)
    ]
    for _ in range(most):
        best = max(works, key=lambda work: work.gain, default=None)
        if best is None or best.gain <= SLACK:
            break
        best.add()
    return tuple(head for work in works for head in work.kept())


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """What each head gives to each point: information (heads, points, 3) xx, xy, yy and pull (heads, points, 2).

    Source: least squares with weights 1 / (noise^2 + clock^2); its covariance is the inverse of the information, and
    biases pull the position by that inverse times their weighted sum: the bound of `radio.positioning`, by heads.
    """

    information: F64
    pull: F64


def _terms(maps: RadioMaps, seen: Sights) -> _Terms:
    away = seen.places[:, None, :] - seen.anchors[None, :, :]
    unit = away[..., :2] / np.linalg.norm(away, axis=2)[..., None]
    level = np.clip(seen.snr_db, SNR_DB.low, SNR_DB.high)
    variance = range_sigma_m(prs(maps), level) ** 2 / 2.0 + maps.options.sync_m**2
    weight = np.where(seen.heard, 1.0 / variance, 0.0)
    x, y = unit[..., 0], unit[..., 1]
    information = np.stack([weight * x * x, weight * x * y, weight * y * y], axis=2)
    pull = (weight * seen.excess_m)[..., None] * unit
    return _Terms(information.transpose(1, 0, 2), pull.transpose(1, 0, 2))


def _error_m(information: F64, pull: F64) -> F64:
    """Root mean square error of information (..., 3) and pull (..., 2); infinite where it tells no point."""
    xx, xy, yy = (information[..., k] for k in range(3))
    det = xx * yy - xy * xy
    with np.errstate(divide="ignore", invalid="ignore"):
        dx, dy = (yy * pull[..., 0] - xy * pull[..., 1]) / det, (xx * pull[..., 1] - xy * pull[..., 0]) / det
        error = np.sqrt((xx + yy) / det + dx * dx + dy * dy)
    return np.where(det > SLACK * SLACK, error, np.inf)


class _Work:
    """The search on one floor."""

    def __init__(  # noqa: PLR0917 - all of them are kept or used once
        self, site: Site, maps: RadioMaps, floor: FloorMaps, wants: Mapping[str, RoomDemand], pattern: Head,
        step_m: float,
    ) -> None:  # fmt: skip
        asked = _asked(floor, wants)
        point = points(floor, maps.options.position_step_m)
        room = floor.grid.room.ravel()[point]
        self._point = point[np.isin(room, asked)]
        room = floor.grid.room.ravel()[self._point]
        self._rooms = [np.flatnonzero(room == k) for k in asked.tolist()]
        self._need = np.array([wants[floor.grid.rooms[k].room].position_m for k in asked.tolist()])
        rows = [k for k, i in enumerate(floor.heard.index) if maps.network.heads[i].floor == floor.floor.floor]
        standing = [maps.network.heads[floor.heard.index[k]] for k in rows]
        self._own = _terms(
            maps, sights(maps, floor, self._point, standing, found=floor.heard.only(rows), planes=floor.planes[rows])
        )
        self._heads = self._tried(floor, pattern, step_m, standing)
        self._theirs = self._all(site, maps, floor)
        self._chosen: list[int] = []
        self._next: tuple[float, int] | None = None

    def _tried(self, floor: FloorMaps, pattern: Head, step_m: float, standing: Sequence[Head]) -> list[Head]:
        """Candidates of the first choice near the points, none where a head hangs."""
        made, grid = candidates(floor.floor, floor.grid, step_m), floor.grid
        x, y = grid.x[self._point % grid.x.size], grid.y[self._point // grid.x.size]
        there = {(h.x_m, h.y_m) for h in standing}
        found = []
        for k in np.flatnonzero(~made.last).tolist():
            place = float(made.x_m[k]), float(made.y_m[k])
            if place not in there and np.min(np.hypot(x - place[0], y - place[1])) <= NEAR_M:
                found.append(replace(pattern, floor=floor.floor.floor, x_m=place[0], y_m=place[1], z_m=made.z_m))
        return found

    def _all(self, site: Site, maps: RadioMaps, floor: FloorMaps) -> _Terms:
        parts = [_Terms(np.empty((0, self._point.size, 3)), np.empty((0, self._point.size, 2)))]
        for start in range(0, len(self._heads), AT_ONCE):
            some = self._heads[start : start + AT_ONCE]
            found = building.heard(site, floor.scene, list(enumerate(some)), maps.carrier, maps.options)
            planes = building.planes(floor.grid, floor.scene.walls, found, maps.carrier.fc_hz, maps.options)
            parts.append(_terms(maps, sights(maps, floor, self._point, some, found=found, planes=planes)))
        return _Terms(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("information", "pull")))

    def _missed(self, index: Sequence[int], more: Bool | None = None) -> F64:
        """Sum over rooms of error over need past 1, with these heads; for each candidate in `more` also with it."""
        information = self._own.information.sum(axis=0) + self._theirs.information[list(index)].sum(axis=0)
        pull = self._own.pull.sum(axis=0) + self._theirs.pull[list(index)].sum(axis=0)
        extra = slice(0, 0) if more is None else more
        error = _error_m(
            np.concatenate([information[None], information + self._theirs.information[extra]]),
            np.concatenate([pull[None], pull + self._theirs.pull[extra]]),
        )
        return np.asarray(sum(self._ratios(error)), dtype=np.float64)

    def _ratios(self, error: F64) -> Iterator[F64]:
        """(sets,) of each room: error over need past 1, at most `LOST`."""
        for own, need in zip(self._rooms, self._need.tolist(), strict=True):
            met = np.sort(error[:, own], axis=1)[:, int(np.ceil(0.9 * own.size)) - 1]
            yield np.clip(met / need, 1.0, LOST) - 1.0

    @property
    def gain(self) -> float:
        """What the next head would bring."""
        if self._next is None:
            found = self._missed(self._chosen, np.ones(len(self._heads), dtype=np.bool_))
            found[1 + np.array(self._chosen, dtype=np.int64)] = np.inf
            best = int(np.argmin(found[1:])) if self._heads else 0
            self._next = (float(found[0] - found[1 + best]), best) if self._heads else (0.0, 0)
        return self._next[0]

    def add(self) -> None:
        """Adds the next head."""
        if self._next is not None:
            self._chosen.append(self._next[1])
        self._next = None

    def kept(self) -> Iterator[Head]:
        """The heads that were added, without those that are not needed for what they reach together."""
        least = float(self._missed(self._chosen)[0])
        for one in list(self._chosen):
            left = [k for k in self._chosen if k != one]
            if float(self._missed(left)[0]) <= least + SLACK:
                self._chosen = left
        yield from (self._heads[k] for k in self._chosen)
