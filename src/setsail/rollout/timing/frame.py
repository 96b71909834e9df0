"""A rollout and its standing as plain integers, made once: what the evaluators of routes read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from setsail.rollout.model import Crew, Depot, Rollout, RolloutSite, Stage
from setsail.rollout.plan_model import CrewStanding, Routes, Standing, Visit
from setsail.rollout.timing.supply import Supply, sets_at, supply_of
from setsail.rollout.travel.matrix import TravelTimes

NEVER = 10**9
"""A second that no rollout reaches: no limit."""
ZEROED = (
    "work", "install", "floor", "line", "line_up", "remote", "accept",
    "bring", "set_from", "load_from", "crews_at", "need",
)  # fmt: skip
"""Lists by place that are 0 at a depot."""


@dataclass(frozen=True, slots=True)
class CrewFrame:
    """A crew in integers. start, home : places;  free, from_s, until_s : seconds;  have : bits of its skills.

    road_from, road_until : of its vehicle;  load : seconds at each departure;  moving : it stands outside its depot
    or has sets aboard, so that a first trip that these sets serve goes on without loading;  loaded : when it was loaded
    with them.
    """

    crew: str
    vehicle: str
    home: int
    start: int
    free: int
    from_s: int
    until_s: int
    road_from: int
    road_until: int
    load: int
    capacity: int
    aboard: int
    loaded: int
    moving: bool
    have: int
    used_trips: int
    used_order: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A rollout in integers: lists are indexed by place (the number in `TravelTimes.index`), seconds from the notice.

    seconds, metres : flat rows of the travel matrices, `seconds[p * n + q]`;  work : on-site;  install : the part of
    it after "delivered";  floor : work does not begin before;  limit : work ends by;  line : the remote steps do not
    begin before;  line_up : when the line itself is up;  remote : seconds of the remote steps;  accept : of the last
    of them;  due : accepted by (its own or the deadline);  bring : sets that the visit needs;  set_from, load_from :
    not before, for its sets and for the departure;  crews_at : crews needed together;  need : bits of the skills;
    todo : places that must be visited;  again : those that are visited a second time;  fixed : place -> (delivered,
    installed, accepted) of those that need no visit;  supplies : place of a depot -> what its bench gives when;
    alike : numbers of crews that differ in nothing but their names, together.
    """

    rollout: Rollout
    standing: Standing | None
    at: int
    surveyed: int
    n: int
    seconds: memoryview[int]
    metres: memoryview[int]
    places: tuple[str, ...]
    index: Mapping[str, int]
    work: list[int]
    install: list[int]
    floor: list[int]
    limit: list[int]
    line: list[int]
    line_up: list[int]
    remote: list[int]
    accept: list[int]
    due: list[int]
    bring: list[int]
    set_from: list[int]
    load_from: list[int]
    crews_at: list[int]
    need: list[int]
    todo: frozenset[int]
    again: frozenset[int]
    fixed: Mapping[int, tuple[int, int, int]]
    crews: tuple[CrewFrame, ...]
    crew_index: Mapping[str, int]
    skills: tuple[str, ...]
    supplies: Mapping[int, Supply]
    alike: tuple[tuple[int, ...], ...]
    deadline: int
    together: bool
    """True where some place needs several crews, so that one crew's times depend on another's."""

    def numbered(self, routes: Routes) -> list[list[list[int]]]:
        """Routes by crew number and place number; names that are not here are left out, empty trips too."""
        out: list[list[list[int]]] = [[] for _ in self.crews]
        for crew, trips in routes.items():
            if crew in self.crew_index:
                numbers = ([self.index[s] for s in trip if s in self.index] for trip in trips)
                out[self.crew_index[crew]] = [trip for trip in numbers if trip]
        return out

    def part(self, places: Iterable[int], crews: Sequence[int]) -> Frame:
        """A frame in which these crews alone visit these places alone, crews numbered anew; without milestones.

        Its runs cost what its own places cost, however many the whole has.
        """
        own, todo = tuple(self.crews[c] for c in crews), frozenset(places)
        homes = {c.home for c in own}
        return replace(
            self,
            rollout=replace(self.rollout, milestones=()),
            todo=todo,
            fixed={},
            crews=own,
            crew_index={c.crew: i for i, c in enumerate(own)},
            supplies={place: supply for place, supply in self.supplies.items() if place in homes},
            alike=alike(own),
            together=any(self.crews_at[p] > 1 for p in todo),
        )

    def named(self, trips: Iterable[Iterable[Iterable[int]]]) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Routes by names of crews and sites."""
        return {
            crew.crew: tuple(tuple(self.places[p] for p in trip) for trip in own)
            for crew, own in zip(self.crews, trips, strict=True)
        }


def seconds_of(minutes: float) -> int:
    """Whole seconds of minutes."""
    return round(minutes * 60)


def frame_of(rollout: Rollout, travel: TravelTimes, standing: Standing | None, *, at: datetime) -> Frame:
    """The integers of a rollout as it stands; `at` : nothing that is not begun begins before."""
    return _Making(rollout, travel, standing, at).frame()


class _Making:
    """The steps from values to integers."""

    def __init__(self, rollout: Rollout, travel: TravelTimes, standing: Standing | None, at: datetime) -> None:
        self.rollout, self.travel = rollout, travel
        self.standing = standing or Standing(at)
        self.told = standing
        self.at = max(0, self.since(at))
        self.surveyed = seconds_of(rollout.durations.survey_min)
        self.skills = tuple(sorted({k for s in rollout.sites for k in s.skills}))
        self.apart: list[set[str]] = []
        """Crews that are under way to a site where further ones are needed, site by site: they are not those."""
        self.begun: dict[str, list[Visit]] = {}
        for visit in self.standing.begun:
            if visit.kind in {"visit", "again"}:
                self.begun.setdefault(visit.place, []).append(visit)

    def since(self, moment: datetime) -> int:
        """Whole seconds from the notice, not before the moment."""
        return math.ceil((moment - self.rollout.notice).total_seconds())

    def until(self, moment: datetime | None) -> int:
        """Whole seconds from the notice, not after the moment; `NEVER` for none."""
        return NEVER if moment is None else math.floor((moment - self.rollout.notice).total_seconds())

    def late(self, site: str, stage: Stage) -> int:
        """The second before which a stage of a site cannot end, by the log."""
        moment = self.standing.late.get((site, stage))
        return 0 if moment is None else self.since(moment)

    def frame(self) -> Frame:
        """All of it."""
        travel, n = self.travel, len(self.travel.places)
        sites = {travel.index[s.site]: s for s in self.rollout.sites}
        deadline = self.until(self.rollout.deadline)
        numbers = {name: [0] * n for name in ZEROED}
        numbers |= {"limit": [NEVER] * n, "due": [deadline] * n}
        todo, fixed = set[int](), dict[int, tuple[int, int, int]]()
        for place, site in sites.items():
            self.place(place, site, numbers)
            if self.visited(site):
                fixed[place] = self.settled(place, site, numbers)
            else:
                todo.add(place)
        crews = tuple(self.crew(c) for c in self.rollout.crews if c.crew not in self.standing.lost)
        return Frame(
            rollout=self.rollout,
            standing=self.told,
            at=self.at,
            surveyed=self.surveyed,
            n=n,
            seconds=travel.seconds.ravel().data,
            metres=travel.metres.ravel().data,
            places=travel.places,
            index=travel.index,
            **numbers,
            todo=frozenset(todo),
            again=frozenset(p for p, site in sites.items() if self.again(site)),
            fixed=fixed,
            crews=crews,
            crew_index={c.crew: i for i, c in enumerate(crews)},
            skills=self.skills,
            supplies={travel.index[d.depot]: self.supply(d) for d in self.rollout.depots},
            alike=alike(crews),
            deadline=deadline,
            together=any(numbers["crews_at"][p] > 1 for p in todo),
        )

    def visited(self, site: RolloutSite) -> bool:
        """True where no further visit is needed: done, or the crews are on the way or there."""
        name, done = site.site, self.standing.done
        if len({v.crew for v in self.begun.get(name, ())}) >= max(1, site.crews):
            return True
        if name in self.standing.again:
            return False
        if name in self.standing.dead and (name, "delivered") in done:
            return False
        delivered = (name, "delivered") in done
        return (name, "installed") in done or (delivered and not self.minutes(site, "install_min"))

    def again(self, site: RolloutSite) -> bool:
        """True where the visit repeats work at a site that was delivered before."""
        name = site.site
        return name in self.standing.again or (name in self.standing.dead and self.was(name, "delivered"))

    def was(self, site: str, stage: Stage) -> bool:
        """True where the log has the stage."""
        return (site, stage) in self.standing.done

    def minutes(self, site: RolloutSite, name: str) -> float:
        """A duration of a site, its own or the rollout's."""
        own = getattr(site, name)
        return float(getattr(self.rollout.durations, name) if own is None else own)

    def place(self, p: int, site: RolloutSite, out: dict[str, list[int]]) -> None:
        """Writes the integers of one site."""
        name = site.site
        install = seconds_of(self.minutes(site, "install_min"))
        work = seconds_of(self.minutes(site, "deliver_min")) + install
        sets = site.sets
        if self.again(site):
            work, install = seconds_of(self.rollout.durations.again_min), 0
            sets = 1 if name in self.standing.dead else 0
        elif self.was(name, "delivered"):
            work, sets = install, 0
        if name in self.standing.on_site:
            work = seconds_of(self.standing.on_site[name])
        out["work"][p], out["install"][p], out["bring"][p] = work, min(install, work), sets
        register, accept = (seconds_of(self.minutes(site, k)) for k in ("register_min", "accept_min"))
        out["remote"][p], out["accept"][p] = register + accept, accept
        line = self.standing.line_ready.get(name, site.line_ready_at)
        out["line_up"][p] = max(0 if line is None else self.since(line), self.late(name, "line_ready"))
        out["line"][p] = max(
            out["line_up"][p],
            self.late(name, "registered") - register,
            self.late(name, "accepted") - register - accept,
        )
        floors = [self.surveyed, self.at, self.late(name, "surveyed")]
        floors += [self.since(m) for m in (site.released_at, site.window_from) if m is not None]
        floors += [self.late(name, "delivered") - work + install, self.late(name, "installed") - work]
        out["floor"][p] = max(floors)
        out["limit"][p] = self.until(site.window_to)
        out["due"][p] = min(out["due"][p], self.until(site.due))
        out["set_from"][p] = max(self.late(name, "surveyed"), self.late(name, "configured"))
        out["load_from"][p] = self.late(name, "loaded")
        out["crews_at"][p] = max(1, site.crews)
        out["need"][p] = sum(1 << self.skills.index(k) for k in set(site.skills))
        if name in self.begun and not self.visited(site):
            self.joined(p, name, out)

    def joined(self, p: int, name: str, out: dict[str, list[int]]) -> None:
        """What is still to come to a site to which some of its crews are under way: they wait there for the others."""
        begun = self.begun[name]
        crews = {v.crew for v in begun}
        have = {k for c in self.rollout.crews if c.crew in crews for k in c.skills}
        out["crews_at"][p] -= len(crews)
        out["need"][p] &= ~sum(1 << i for i, k in enumerate(self.skills) if k in have)
        out["floor"][p] = max(out["floor"][p], *(self.since(v.arrive) for v in begun))
        out["need"][p] |= 1 << (len(self.skills) + len(self.apart))  # what all but those crews can
        self.apart.append(crews)
        if any(v.sets for v in begun):
            out["bring"][p] = 0

    def settled(self, p: int, site: RolloutSite, out: dict[str, list[int]]) -> tuple[int, int, int]:
        """Delivered, installed and accepted of a site that needs no visit."""
        name, done = site.site, self.standing.done
        ends = [self.since(v.end) for v in self.begun.get(name, ())]
        delivered = self.since(done[name, "delivered"]) if self.was(name, "delivered") else None
        installed = self.since(done[name, "installed"]) if self.was(name, "installed") else None
        if ends:  # a stage before that was told to end later holds these up
            installed = max(*ends, installed or 0)
            delivered = max(ends) - out["install"][p] if delivered is None else delivered
        delivered = installed if delivered is None else delivered
        installed = delivered if installed is None else installed
        if delivered is None or installed is None:  # what `visited` excludes
            raise ValueError(name)
        if self.was(name, "accepted") and name not in self.standing.again:
            return delivered, installed, self.since(done[name, "accepted"])
        return delivered, installed, max(installed, out["line"][p]) + out["remote"][p]

    def crew(self, crew: Crew) -> CrewFrame:
        """The integers of one crew."""
        vehicle = next(v for v in self.rollout.vehicles if v.vehicle == crew.vehicle)
        depot = next(d for d in self.rollout.depots if d.depot == vehicle.depot)
        home = self.travel.index[depot.depot]
        told = self.standing.crews.get(crew.crew)
        mine = [v for v in self.standing.begun if v.crew == crew.crew]
        last = max(mine, key=lambda v: v.end, default=None)
        if told is None and last is not None:
            told = CrewStanding(crew.crew, last.place, last.end)
        start = home if told is None else self.travel.index[told.place]
        aboard = 0 if told is None else told.aboard
        free = max(self.at, self.surveyed if told is None else self.since(told.free_at))
        loads = [self.since(v.end) for v in mine if v.kind == "load"]
        return CrewFrame(
            crew=crew.crew,
            vehicle=vehicle.vehicle,
            home=home,
            start=start,
            free=free,
            from_s=0 if crew.from_at is None else self.since(crew.from_at),
            until_s=self.until(crew.until_at),
            road_from=0 if vehicle.from_at is None else self.since(vehicle.from_at),
            road_until=self.until(vehicle.until_at),
            load=seconds_of(depot.load_min),
            capacity=vehicle.capacity_sets,
            aboard=aboard,
            loaded=min(max(loads, default=free), free),
            moving=start != home or aboard > 0,
            have=sum(1 << i for i, k in enumerate(self.skills) if k in crew.skills)
            + sum(1 << (len(self.skills) + j) for j, there in enumerate(self.apart) if crew.crew not in there),
            used_trips=0 if last is None else last.trip,
            used_order=0 if last is None else last.order,
        )

    def supply(self, depot: Depot) -> Supply:
        """What the bench of a depot gives when."""
        opens = max(self.surveyed, self.at, 0 if depot.opens_at is None else self.since(depot.opens_at))
        raw = sets_at(self.rollout, depot.depot) if self.told is None else self.told.raw.get(depot.depot)
        return supply_of(depot, self.standing, raw=raw, opens=opens, at=self.at, since=self.since)


def moment(frame: Frame, second: int) -> datetime:
    """The moment of a second."""
    return frame.rollout.notice + timedelta(seconds=second)


def alike(crews: Sequence[CrewFrame]) -> tuple[tuple[int, ...], ...]:
    """Crews in groups of those that differ in nothing but their names and what is over."""
    groups: dict[CrewFrame, list[int]] = {}
    for c, own in enumerate(crews):
        groups.setdefault(replace(own, crew="", vehicle="", loaded=0), []).append(c)
    return tuple(tuple(group) for group in groups.values())
