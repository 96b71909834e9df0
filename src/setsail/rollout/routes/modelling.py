"""A rollout as PyVRP takes it, and PyVRP's routes as trips of crews.

What the library cannot hold is left to the exact times (`timing`): the order on the bench (a set is taken to be there
when the first one is), sites that need several crews, shifts that end with the last work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from setsail.base.arrays import I64
from setsail.base.extras import require
from setsail.rollout.timing.frame import NEVER, CrewFrame, Frame
from setsail.rollout.timing.runs import Trips

if TYPE_CHECKING:
    from pyvrp import Client, Depot, ProblemData, Solution, VehicleType

FORBIDDEN_S = 2 * 10**6
"""Seconds (and metres) to a site that a crew may not serve: beyond any window."""
LATEST = 10**7


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Places and crews (numbers of the frame) that are routed together."""

    places: tuple[int, ...]
    crews: tuple[int, ...]


def whole(frame: Frame) -> Part:
    """All places that one crew serves and all crews."""
    return Part(servable(frame, sorted(frame.todo), range(len(frame.crews))), tuple(range(len(frame.crews))))


def servable(frame: Frame, places: Sequence[int], crews: Sequence[int]) -> tuple[int, ...]:
    """Those places that one of the crews could serve were it the only one."""
    return tuple(p for p in places if frame.crews_at[p] == 1 and any(alone(frame, p, c) < NEVER for c in crews))


def alone(frame: Frame, p: int, c: int) -> int:
    """When a place is accepted if a crew goes there first; NEVER where it may not or its window closes before."""
    own = frame.crews[c]
    if frame.need[p] & ~own.have or frame.bring[p] > max(own.capacity, own.aboard):
        return NEVER
    best = NEVER
    loaded = max(start_s(frame, own, home=True), released(frame, p, own) + own.load)
    starts = [(own.home, loaded)]
    if own.moving and frame.bring[p] <= own.aboard:
        starts.append((own.start, start_s(frame, own, home=False)))
    for place, leave in starts:
        end = max(leave + frame.seconds[place * frame.n + p], frame.floor[p]) + frame.work[p]
        if end <= min(frame.limit[p], own.until_s, LATEST):
            best = min(best, max(end, frame.line[p]) + frame.remote[p])
    return best


def start_s(frame: Frame, own: CrewFrame, *, home: bool) -> int:
    """When a crew can leave its depot loaded (`home`), or where it stands, at the earliest."""
    free = max(own.free, own.from_s)
    if not home:
        return max(free, own.road_from)
    return max(free + frame.seconds[own.start * frame.n + own.home] + own.load, own.road_from)


def released(frame: Frame, p: int, own: CrewFrame) -> int:
    """When a set for a place can be loaded at a crew's depot at the earliest."""
    first = frame.supplies[own.home].first(frame.bring[p])[-1].end if frame.bring[p] else 0
    return max(first, frame.set_from[p], frame.load_from[p] - own.load, 0)


class Model:
    """A part of a rollout for PyVRP; `data` gives it for a time by which everything must be accepted."""

    def __init__(self, frame: Frame, part: Part) -> None:
        self.frame, self.part = frame, part
        self.crews = [frame.crews[c] for c in part.crews]
        self.under_way = [own.moving and own.aboard > 0 for own in self.crews]
        self.homes = sorted({own.home for own in self.crews})
        starts = [own.start for own, moving in zip(self.crews, self.under_way, strict=True) if moving]
        self.depots = [*self.homes, *starts]
        self.rows = np.array([*self.depots, *part.places], dtype=np.int64)
        self.kinds = sorted({own.have for own in self.crews}) if any(frame.need[p] for p in part.places) else [0]
        self.distances, self.durations = self._matrices()
        self.best_alone = [min(alone(frame, p, c) for c in part.crews) for p in part.places]

    def _matrices(self) -> tuple[list[I64], list[I64]]:
        """A matrix for each combination of skills: forbidden where one is missing."""
        n, count = self.frame.n, len(self.depots)
        out: list[list[I64]] = []
        for flat in (self.frame.metres, self.frame.seconds):
            table = np.asarray(flat).reshape(n, n)[np.ix_(self.rows, self.rows)].astype(np.int64)
            np.fill_diagonal(table, 0)
            out.append([np.minimum(table, FORBIDDEN_S) for _ in self.kinds])
        if self.kinds != [0]:
            for k, have in enumerate(self.kinds):
                bad = [count + i for i, p in enumerate(self.part.places) if self.frame.need[p] & ~have]
                for tables in out:
                    tables[k][:, bad] = FORBIDDEN_S
                    np.fill_diagonal(tables[k], 0)
        return out[0], out[1]

    def least(self) -> int:
        """No plan of this part has its last acceptance before."""
        return max(self.best_alone, default=0)

    def data(self, by: int | None, *, dues: bool = True) -> ProblemData:
        """PyVRP's data. by : everything accepted by then, None for no limit;  dues : a site's own due time too."""
        pyvrp = require("pyvrp", "rollout")
        made: ProblemData = pyvrp.ProblemData(
            [pyvrp.Location(x=0, y=0) for _ in self.rows],
            [self._client(k, by, dues=dues) for k in range(len(self.part.places))],
            self._depots(),
            [self._vehicle(k) for k in range(len(self.crews))],
            self.distances,
            self.durations,
        )
        return made

    def _client(self, k: int, by: int | None, *, dues: bool) -> Client:
        """A site: its window such that the work ends, and the remote steps too, in time.

        A set that a depot has too late, or never, is no reason to refuse a site that sets aboard can serve.
        """
        frame, p = self.frame, self.part.places[k]
        accepted = NEVER if by is None else max(by, self.best_alone[k])
        if dues:
            accepted = min(accepted, max(frame.due[p], self.best_alone[k]))
        latest = min(frame.limit[p], accepted - frame.remote[p], LATEST) - frame.work[p]
        made: Client = require("pyvrp", "rollout").Client(
            location=len(self.depots) + k,
            delivery=[frame.bring[p]],
            service_duration=frame.work[p],
            tw_early=min(frame.floor[p], max(0, latest)),
            tw_late=max(0, latest),
            release_time=min(max(0, latest), *(released(frame, p, own) for own in self.crews)),
        )
        return made

    def _depots(self) -> list[Depot]:
        """Depots with their loading time, then the places where crews under way stand."""
        pyvrp = require("pyvrp", "rollout")
        load = {own.home: own.load for own in self.crews}
        homes = len(self.homes)
        return [
            pyvrp.Depot(location=i, service_duration=load[place] if i < homes else 0)
            for i, place in enumerate(self.depots)
        ]

    def _vehicle(self, k: int) -> VehicleType:
        """A crew with its vehicle; one under way may serve its first trip with the sets aboard alone."""
        own, frame = self.crews[k], self.frame
        home = self.homes.index(own.home)
        start, ready, full = home, start_s(frame, own, home=True) - own.load, 0
        if self.under_way[k]:
            start = len(self.homes) + sum(self.under_way[:k])
            ready = start_s(frame, own, home=False)
            full = max(0, own.capacity - own.aboard)
        made: VehicleType = require("pyvrp", "rollout").VehicleType(
            capacity=[max(own.capacity, own.aboard)],
            initial_load=[full],
            start_depot=start,
            end_depot=home,
            tw_early=max(0, ready),
            tw_late=max(0, ready, min(own.road_until, LATEST)),
            reload_depots=[home],
            profile=self.kinds.index(own.have) if self.kinds != [0] else 0,
        )
        return made

    def trips(self, solution: Solution) -> Trips:
        """The trips of each crew of the part, in its order, as place numbers."""
        out: Trips = [[] for _ in self.crews]
        for route in solution.routes():
            trips: list[list[int]] = [[]]
            for stop in list(route)[1:-1]:
                if stop.is_depot():
                    trips.append([])
                else:
                    trips[-1].append(self.part.places[stop.idx])
            out[route.vehicle_type()] = [trip for trip in trips if trip]
        return out

    def solution(self, data: ProblemData, trips: Trips) -> Solution:
        """PyVRP's solution of given trips of the crews of the part; places that it does not hold are left out."""
        pyvrp = require("pyvrp", "rollout")
        number = {p: k for k, p in enumerate(self.part.places)}
        routes = []
        for k, own in enumerate(trips):
            kept = [[f"C{number[p]}" for p in trip if p in number] for trip in own]
            kept = [trip for trip in kept if trip]
            if not kept:
                continue
            names = list(kept[0])
            held = sum(self.frame.bring[p] for p in own[0])
            if self.under_way[k] and held > self.crews[k].aboard:
                names.insert(0, f"D{self.homes.index(self.crews[k].home)}")
            for trip in kept[1:]:
                names += [f"D{self.homes.index(self.crews[k].home)}", *trip]
            routes.append(pyvrp.Route(data, [pyvrp.Activity(name) for name in names], k))
        made: Solution = pyvrp.Solution(data, routes)
        return made

    def finish(self, solution: Solution) -> int:
        """The last acceptance by the library's own schedule, which does not know the order on the bench."""
        frame, last = self.frame, 0
        for route in solution.routes():
            for stop in route.schedule():
                if stop.is_client():
                    p = self.part.places[stop.idx]
                    last = max(last, max(stop.end_time, frame.line[p]) + frame.remote[p])
        return last
