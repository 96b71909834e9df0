"""Where crews have been and are: what the plan began, corrected by what was told.

The dispatcher need not tell each step: what the plan lets begin counts as begun. What is told wins over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from setsail.rollout.live.chains import follow
from setsail.rollout.live.course import Course
from setsail.rollout.live.facts import CHAIN, stage_of
from setsail.rollout.live.log import Line
from setsail.rollout.live.planned import Codec
from setsail.rollout.model import RolloutSite, Stage
from setsail.rollout.plan_model import Visit

ON_SITE = ("visit", "again")
PULLED = "pulled"
"""The field of a log line that keeps the planned visits that it says have begun before their time."""
OTHERS = "others"
"""The field of a log line that is true where the crew of the plan cannot have been there: somebody else was."""


@dataclass(slots=True)
class Stop:
    """A begun visit as it really runs. line : of the log that it comes from;  counts : its work on site holds;
    used : sets that stay there;  told : an event speaks of it, so that nothing but another event takes it away.
    """

    visit: Visit
    line: int
    counts: bool = True
    used: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True)
class Out:
    """A crew that was lost. place : where it was or went to;  aboard : sets with it;  returned : they come back."""

    crew: str
    at: datetime
    place: str
    aboard: int
    returned: bool


@dataclass(slots=True)
class Stops:
    """Begun visits of every crew in the order of departure, and what else events say of sites and crews.

    out : every loss of a crew, over or not;  back : crew -> free at its depot from;  broken : site -> its set broke
    on site then;  again : site -> a crew had to come back from then on;  spoiled : site -> configured sets that came to
    nothing before they were on site;  late : (site, stage) -> not before.
    """

    by_crew: dict[str, list[Stop]] = field(default_factory=dict)
    out: list[Out] = field(default_factory=list)
    back: dict[str, datetime] = field(default_factory=dict)
    broken: dict[str, datetime] = field(default_factory=dict)
    again: dict[str, datetime] = field(default_factory=dict)
    spoiled: dict[str, int] = field(default_factory=dict)
    late: dict[tuple[str, Stage], datetime] = field(default_factory=dict)

    def at_site(self, site: str) -> list[Stop]:
        """Stops at a site whose work holds, in the order of departure."""
        found = [s for own in self.by_crew.values() for s in own if s.visit.place == site and s.visit.kind in ON_SITE]
        return sorted((s for s in found if s.counts), key=lambda s: s.visit.depart)


def stops(course: Course, at: datetime) -> Stops:
    """Begun visits at a time, corrected by the events up to it."""
    return _Walk(course, at).stops()


def to_pull(course: Course, site: str, stage: Stage, at: datetime) -> list[list[Any]]:
    """Crew and written form of planned visits that have begun, if a stage of a site is told of that time."""
    walk = _Walk(course, max(course.at, at))
    walk.stops()
    return [[v.crew, *walk.codec.row(v)] for v in walk.to_pull(site, stage, at)]


def install_of(course: Course, site: RolloutSite) -> timedelta:
    """The part of the work on site that comes after "delivered"."""
    minutes = course.rollout.durations.install_min if site.install_min is None else site.install_min
    return timedelta(seconds=round(minutes * 60))


def aboard(stops: Iterable[Stop]) -> int:
    """Sets aboard a vehicle after these stops."""
    return carried(stops)[0]


def carried(stops: Iterable[Stop]) -> tuple[int, int]:
    """Sets aboard a vehicle after these stops, and those that it handed back to its depot when it was loaded anew."""
    count = handed_back = 0
    for stop in stops:
        if stop.visit.kind == "load":
            handed_back += count
            count = stop.visit.sets
        else:
            count = max(0, count - stop.used)
    return count, handed_back


class _Walk:
    """The events in the order of their times, each applied to the stops that are there."""

    def __init__(self, course: Course, at: datetime) -> None:
        self.course, self.at = course, at
        self.codec = Codec(course.rollout)
        self.sites = {s.site: s for s in course.rollout.sites}
        self.found = Stops()
        self.here: dict[str, list[Stop]] = {}
        for line, visit in sorted(course.begun_visits(at), key=lambda one: one[1].depart):
            self._add(visit, line)
        plan = course.plan
        self.ahead: dict[str, list[Visit]] = {}
        self.loads: dict[str, list[Visit]] = {}
        for visit in plan.visits if plan else ():
            if visit.kind in ON_SITE and not visit.begun and (visit.depart if visit.drive_s else visit.begin) >= at:
                self.ahead.setdefault(visit.place, []).append(visit)
            elif visit.kind == "load" and not visit.begun and visit.begin >= at:
                self.loads.setdefault(visit.crew, []).append(visit)

    def stops(self) -> Stops:
        """All of them."""
        for event in sorted(self.course.events, key=lambda e: (e.at, e.n)):
            if event.at <= self.at:
                self._apply(event)
        follow(self.found.by_crew, self.at, {s.site for s in self.sites.values() if s.crews > 1})
        return self.found

    def _add(self, visit: Visit, line: int, *, told: bool = False) -> Stop:
        stop = Stop(visit, line, used=visit.sets if visit.kind in ON_SITE else 0, told=told)
        self.found.by_crew.setdefault(visit.crew, []).append(stop)
        if visit.kind in ON_SITE:
            self.here.setdefault(visit.place, []).append(stop)
        return stop

    def _apply(self, event: Line) -> None:
        site = event.fields.get("site", "")
        match event.kind:
            case "crew-lost":
                self._lost(event)
            case "crew-back":
                self.found.back[event.fields["crew"]] = event.at
            case "device-dead":
                self._dead(event, site)
            case "test-failed":
                self._failed_test(event, site)
            case "started" | "done" | "accepted":
                self._reported(event, site, stage_of(event))
            case "late" | "line-late":
                self._held_up(event, site, stage_of(event))
            case "failed":
                self._failed(event, site, stage_of(event))

    def _round(self, site: str, at: datetime, line: int) -> list[Stop]:
        """The stops of one round at a site that an event at a time speaks of: those begun last before it.

        line : of the event; it cannot speak of a plan that was made after it.
        """
        begun = [s for s in self.here.get(site, ()) if s.counts and s.line < line and s.visit.depart <= at]
        if not begun:
            return []
        last: dict[str, Stop] = {}
        for stop in begun:
            last[stop.visit.crew] = stop
        kind = max(begun, key=lambda s: s.visit.depart).visit.kind
        return [s for s in last.values() if s.visit.kind == kind]

    def _reported(self, event: Line, site: str, stage: Stage) -> None:
        """started, done, accepted: the stop runs as told, and has begun even where the plan has it later."""
        at = event.at
        if stage == "loaded" and event.kind == "done":
            self._loaded(event, site)
        if stage not in CHAIN[3:]:
            return
        if event.fields.get(OTHERS):
            self._by_others(event, site)
            return
        held = self._round(site, at, event.n) or self._pulled(event)
        for stop in held:
            visit, install = stop.visit, install_of(self.course, self.sites[site])
            install = install if visit.kind == "visit" else timedelta(0)
            if event.kind == "started" and stage == "delivered":
                stop.visit = _with_work(visit, at, at + (visit.end - visit.begin))
            elif (event.kind, stage) == ("started", "installed") or stage == "delivered":
                stop.visit = _with_work(visit, min(visit.begin, at), at + install)
            elif stage == "installed":
                stop.visit = _with_work(visit, min(visit.begin, at), at)
            else:
                stop.visit = _with_work(visit, min(visit.begin, at), min(visit.end, at))
            stop.told = True

    def _by_others(self, event: Line, site: str) -> None:
        """Somebody else did the work: a crew on its way there finds it done and keeps its sets."""
        for stop in self._round(site, event.at, event.n):
            arrive = stop.visit.arrive
            stop.visit, stop.used, stop.told = replace(stop.visit, begin=arrive, end=arrive), 0, True

    def _pulled(self, event: Line) -> list[Stop]:
        """The planned visits that the event says have begun although the plan had them later."""
        found = []
        for crew, *row in event.fields.get(PULLED, ()):
            visit = self.codec.visit(crew, row)
            early = max(visit.depart - event.at, timedelta(0))
            times = {k: getattr(visit, k) - early for k in ("depart", "arrive", "begin", "end")}
            found.append(self._add(replace(visit, **times), event.n, told=True))
        return found

    def _loaded(self, event: Line, site: str) -> None:
        """The vehicle that carries the set of a site has left its depot."""
        begun = [load for stop in self._round(site, self.at, event.n) for load in self._loads_of(stop.visit)]
        for stop in begun or self._pulled(event):
            stop.visit, stop.told = _with_work(stop.visit, min(stop.visit.begin, event.at), event.at), True

    def _loads_of(self, visit: Visit) -> list[Stop]:
        """The loading of the trip of a visit, where it has begun."""
        own = self.found.by_crew.get(visit.crew, [])
        return [s for s in own if s.visit.kind == "load" and s.visit.trip == visit.trip]

    def to_pull(self, site: str, stage: Stage, at: datetime) -> list[Visit]:
        """What of the plan must have begun, where a stage of a site is told that the plan has later."""
        line = self.course.log.last + 1
        if stage in CHAIN[3:]:
            return [] if self._round(site, at, line) else self.ahead.get(site, [])
        if stage != "loaded" or self._round(site, at, line):
            return []
        trips = {(v.crew, v.trip) for v in self.ahead.get(site, [])}
        return [v for crew, trip in sorted(trips) for v in self.loads.get(crew, []) if v.trip == trip]

    def _held_up(self, event: Line, site: str, stage: Stage) -> None:
        """late: a begun stop ends then; otherwise the stage ends no earlier."""
        until = datetime.fromisoformat(event.fields["until"])
        self.found.late[site, stage] = until
        if stage == "loaded":
            self._load_held_up(site, until, event.n)
        if stage not in ("delivered", "installed"):
            return
        install = install_of(self.course, self.sites[site])
        for stop in self._round(site, event.at, event.n):
            more = install if stage == "delivered" and stop.visit.kind == "visit" else timedelta(0)
            stop.visit, stop.told = replace(stop.visit, end=max(until + more, stop.visit.begin)), True

    def _load_held_up(self, site: str, until: datetime, line: int) -> None:
        """The vehicle that carries the set of a site stands at its depot until then."""
        for stop in self._round(site, self.at, line):
            crew, trip = stop.visit.crew, stop.visit.trip
            for load in self.found.by_crew.get(crew, []):
                if load.visit.kind == "load" and load.visit.trip == trip and load.visit.end < until:
                    load.visit, load.told = replace(load.visit, end=until), True

    def _failed(self, event: Line, site: str, stage: Stage) -> None:
        """The work of a stop came to nothing: its crew is free, the site is as before."""
        if stage in ("registered", "accepted"):
            self._retry(site, event.at)
        elif stage in ("delivered", "installed"):
            for stop in self._round(site, event.at, event.n):
                end = max(event.at, stop.visit.arrive)
                stop.told = True
                stop.visit = replace(stop.visit, begin=min(stop.visit.begin, end), end=min(stop.visit.end, end))
                if stage == "delivered":
                    stop.counts, stop.used = False, 0
            if stage == "installed" and self._stood(event, site):
                self.found.again[site] = event.at
        else:
            self.found.late[site, stage] = event.at
            if stage == "configured":
                self.found.spoiled[site] = self.found.spoiled.get(site, 0) + 1

    def _retry(self, site: str, at: datetime) -> None:
        durations, here = self.course.rollout.durations, self.sites[site]
        register = durations.register_min if here.register_min is None else here.register_min
        accept = durations.accept_min if here.accept_min is None else here.accept_min
        self.found.late[site, "accepted"] = at + timedelta(minutes=register + accept)

    def _failed_test(self, event: Line, site: str) -> None:
        self._retry(site, event.at)
        if event.fields.get("needs") == "visit" and self._stood(event, site):
            self.found.again[site] = event.at

    def _stood(self, event: Line, site: str) -> bool:
        """True where a set stood at the site: otherwise a crew comes there anyway."""
        begun = any(s.visit.begin <= event.at for s in self._round(site, event.at, event.n))
        return begun or (site, "delivered") in self._done_by(event)

    def _dead(self, event: Line, site: str) -> None:
        """A set broke: on site another must come; under way or before, the site still waits for one."""
        held = self._round(site, event.at, event.n)
        if (held and all(s.visit.end <= event.at for s in held)) or (site, "delivered") in self._done_by(event):
            self.found.broken[site] = event.at
            return
        for stop in held:
            end = max(event.at, stop.visit.arrive)
            stop.counts, stop.told = False, True
            stop.visit = replace(stop.visit, begin=min(stop.visit.begin, end), end=min(stop.visit.end, end))
        if not held:
            self.found.spoiled[site] = self.found.spoiled.get(site, 0) + 1

    def _done_by(self, event: Line) -> set[tuple[str, Stage]]:
        """Stages at and after "delivered" that were reported of the site before an event, as ends of "delivered"."""
        earlier = (
            e
            for e in self.course.events
            if (e.at, e.n) < (event.at, event.n) and e.fields.get("site") == event.fields["site"]
        )
        ends = {"done", "accepted"}
        return {(event.fields["site"], "delivered") for e in earlier if e.kind in ends and stage_of(e) in CHAIN[3:]}

    def _lost(self, event: Line) -> None:
        """The crew's unfinished visits are taken back."""
        crew, at, until = event.fields["crew"], event.at, self._back_after(event)
        own = sorted(self.found.by_crew.get(crew, []), key=lambda s: s.visit.depart)
        after = [s for s in own if s.line > event.n or (until is not None and s.visit.depart >= until)]
        kept = [s for s in own if s.visit.end <= at and s not in after]
        gone = [s for s in own if s not in kept and s not in after]
        running = next((s for s in gone if s.visit.depart < at), None)
        last = running or (kept[-1] if kept else None)
        loading = running.visit.sets if running and running.visit.kind == "load" else 0
        returned = event.fields.get("sets") != "lost"
        self.found.out.append(Out(crew, at, last.visit.place if last else "", aboard(kept) + loading, returned))
        self.found.back.pop(crew, None)
        for stop in gone:
            stop.counts = False
        self.found.by_crew[crew] = kept + after

    def _back_after(self, event: Line) -> datetime | None:
        """When a crew that was lost came back, None where it has not."""
        own = (e for e in self.course.events if e.kind == "crew-back" and e.fields["crew"] == event.fields["crew"])
        return min((e.at for e in own if (e.at, e.n) > (event.at, event.n) and e.at <= self.at), default=None)


def _with_work(visit: Visit, begin: datetime, end: datetime) -> Visit:
    """A visit whose work runs from begin to end; what came before is no later than that."""
    end = max(begin, end)
    arrive = min(visit.arrive, begin)
    return replace(visit, depart=min(visit.depart, arrive), arrive=arrive, begin=begin, end=end)
