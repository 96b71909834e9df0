"""The exact run of all crews together, in integers: bench, trips, crews that wait for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from setsail.rollout.model import Stage
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.route import BROKEN_S, depart
from setsail.rollout.timing.supply import Given
from setsail.rollout.travel.matrix import UNREACHABLE

Trips = list[list[list[int]]]
"""crew number -> its trips -> place numbers."""


class Stop(NamedTuple):
    """A stop of a crew: work at a place, or loading (`order` 0), or the way home (`order` -1). Seconds."""

    crew: int
    trip: int
    order: int
    place: int
    left: int
    depart: int
    arrive: int
    begin: int
    end: int
    sets: int


class Broken(NamedTuple):
    """A rule that a run breaks: which, whose, by how much, in words."""

    rule: str
    who: str
    seconds: int
    words: str


class Score(NamedTuple):
    """What a whole run comes to. Smaller is better, in this order.

    broken_s : as in `RouteValue`, and `BROKEN_S` for each place that is not served;  late_s : after due times and the
    deadline;  short_s : by how much milestones are missed;  finish_s : the last acceptance;  distance_m.
    """

    broken_s: int
    late_s: int
    short_s: int
    finish_s: int
    distance_m: int


@dataclass(slots=True)
class Run:
    """What comes out. ready : crew -> per trip, when its sets are there;  accepted, begin, end : by place;

    bench : depot -> (set given, place that it is for);  missing : places that are to be served and are not.
    """

    score: Score
    stops: list[Stop]
    ready: list[list[int]]
    begin: dict[int, int]
    end: dict[int, int]
    accepted: dict[int, int]
    loaded: dict[int, int]
    configured: dict[int, int]
    bench: dict[int, list[tuple[Given, int]]]
    broken: list[Broken]
    missing: list[int]


@dataclass(slots=True)
class _Crew:
    """Where a crew is during a pass: next trip and stop, place, time; when what is aboard was loaded."""

    trip: int = 0
    order: int = 0
    here: int = 0
    t: int = 0
    last: int = 0
    loaded: int = 0


class Pass:
    """One pass over all crews with the ready times of sets given."""

    def __init__(self, frame: Frame, trips: Trips, ready: Sequence[Sequence[int]]) -> None:
        self.frame, self.trips, self.ready = frame, trips, ready
        self.stops: list[Stop] = []
        self.begin: dict[int, int] = {}
        self.end: dict[int, int] = {}
        self.loaded: dict[int, int] = {}
        self.load_at: dict[tuple[int, int], int] = {}
        """(crew, trip) -> when the crew could begin to load, were all sets there; only trips that load."""
        self.home_at: dict[int, int] = {}
        self.wanted: dict[int, int] = {}
        self.met: dict[int, list[tuple[int, int, int]]] = {}
        """place -> (crew, left, arrival) of those that are there and wait."""
        self.crews = [_Crew(here=own.start, t=max(own.free, own.from_s)) for own in frame.crews]
        self.first = _suppliers(trips)
        self.shares = _shares(frame, trips, self.first)
        for own in trips:
            for trip in own:
                for p in trip:
                    self.wanted[p] = self.wanted.get(p, 0) + 1
        for crew, known in zip(self.crews, frame.crews, strict=True):
            crew.last, crew.loaded = crew.t, known.loaded

    def go(self) -> Pass:
        """Runs every crew as far as it comes; work begins when the last crew that is sent to a place is there."""
        ready = [c for c, own in enumerate(self.trips) if own]
        while ready:
            ready += self._advance(ready.pop())
        return self

    def crossed(self) -> list[int]:
        """Places where crews wait for each other for ever."""
        return sorted(p for p, met in self.met.items() if len(met) < self.wanted[p])

    def _advance(self, c: int) -> list[int]:
        """Moves a crew to its end or to a place where it waits for others; which crews can go on then."""
        frame, at = self.frame, self.crews[c]
        own, n = frame.crews[c], frame.n
        trips = self.trips[c]
        while at.trip < len(trips):
            trip = trips[at.trip]
            if at.order == 0:
                self._leave(c, trip)
            while at.order < len(trip):
                p = trip[at.order]
                arrive = at.t + frame.seconds[at.here * n + p]
                if self.wanted[p] > 1:
                    met = self.met.setdefault(p, [])
                    met.append((c, at.t, arrive))
                    return self._together(p) if len(met) == self.wanted[p] else []
                self._work(c, p, arrive, max(arrive, frame.floor[p]))
            at.trip, at.order = at.trip + 1, 0
        if trips:
            home = at.t + frame.seconds[at.here * n + own.home]
            self.home_at[c] = home
            self.stops.append(Stop(c, at.trip - 1, -1, own.home, at.here, at.t, home, home, home, 0))
        return []

    def _leave(self, c: int, trip: Sequence[int]) -> None:
        """The departure of a trip: from the depot, or from where the crew stands with its sets aboard."""
        frame, at, own = self.frame, self.crews[c], self.frame.crews[c]
        sets = self.shares[c][at.trip]
        if self._goes_on(c, trip, sets):
            at.t = max(at.t, own.road_from)
        else:
            arrive = at.t + frame.seconds[at.here * frame.n + own.home]
            self.load_at[c, at.trip] = arrive
            leave = depart(frame, c, trip, arrive, self.ready[c][at.trip])
            self.stops.append(Stop(c, at.trip, 0, own.home, at.here, at.t, arrive, leave - own.load, leave, sets))
            at.t, at.here, at.loaded = leave, own.home, leave
        for p in trip:
            if self.first[p] == (c, at.trip):
                self.loaded[p] = at.loaded

    def _goes_on(self, c: int, trip: Sequence[int], sets: int) -> bool:
        """True where a crew need not load: it has the sets aboard, or comes later to sites that another supplies."""
        own = self.frame.crews[c]
        if self.crews[c].trip == 0:
            return own.moving and sets <= own.aboard
        return not sets and any(self.frame.crews_at[p] > 1 for p in trip)

    def _work(self, c: int, p: int, arrive: int, begin: int) -> None:
        """Writes the work of a crew at a place."""
        frame, at = self.frame, self.crews[c]
        end = begin + frame.work[p]
        self.begin[p], self.end[p] = begin, end
        sets = frame.bring[p] if self.first[p] == (c, at.trip) else 0
        self.stops.append(Stop(c, at.trip, at.order + 1, p, at.here, at.t, arrive, begin, end, sets))
        at.t, at.here, at.last, at.order = end, p, end, at.order + 1

    def _together(self, p: int) -> list[int]:
        """All crews are there: they work and go on."""
        begin = max(self.frame.floor[p], *(arrive for _, _, arrive in self.met[p]))
        for c, _, arrive in self.met[p]:
            self._work(c, p, arrive, begin)
        return [c for c, _, _ in self.met[p]]


def _shares(frame: Frame, trips: Trips, first: Mapping[int, tuple[int, int]]) -> list[list[int]]:
    """Sets aboard per crew and trip: a place that several crews come to is supplied by the first of them in order."""
    return [
        [sum(frame.bring[p] for p in trip if first[p] == (c, k)) for k, trip in enumerate(own)]
        for c, own in enumerate(trips)
    ]


def run(frame: Frame, trips: Trips, bench_order: Sequence[tuple[int, int]] | None = None) -> Run:
    """The exact times of trips of all crews.

    bench_order : (crew, trip) in the order in which the bench serves them, each depot for itself; by default in the
    order in which crews could load, and of those at the same time the longest way to the end of its work first.
    """
    need = [[0] * len(own) for own in trips]
    drive = Pass(frame, trips, need).go()
    order = list(bench_order) if bench_order is not None else _by_need(drive)
    ready, bench, configured = _served(frame, drive, order)
    if any(r > drive.load_at.get((c, k), r) for c, own in enumerate(ready) for k, r in enumerate(own)):
        drive = Pass(frame, trips, ready).go()
    return _judged(frame, drive, ready, bench, configured)


def _by_need(drive: Pass) -> list[tuple[int, int]]:
    """The loading trips as the bench should serve them."""
    left = {(s.crew, s.trip): s.end for s in drive.stops if s.order == 0}
    last = [max(at.last, at.t) for at in drive.crews]
    keys = ((when, left.get((c, k), when) - last[c], c, k) for (c, k), when in drive.load_at.items())
    return [(c, k) for _, _, c, k in sorted(keys)]


def _served(
    frame: Frame, drive: Pass, order: Sequence[tuple[int, int]]
) -> tuple[list[list[int]], dict[int, list[tuple[Given, int]]], dict[int, int]]:
    """When the sets of each trip are there, the bench of each depot, and when the set of each place is configured."""
    ready = [[0] * len(own) for own in drive.trips]
    configured: dict[int, int] = {}
    bench: dict[int, list[tuple[Given, int]]] = {}
    first = drive.first
    for depot, supply in frame.supplies.items():
        mine = [(c, k) for c, k in order if frame.crews[c].home == depot and (c, k) in drive.load_at]
        wanted = [
            (c, k, p) for c, k in mine for p in drive.trips[c][k] if first[p] == (c, k) for _ in range(frame.bring[p])
        ]
        given = supply.first(len(wanted))
        bench[depot] = [(one, p) for one, (_, _, p) in zip(given, wanted, strict=True)]
        for one, (c, k, p) in zip(given, wanted, strict=True):
            ready[c][k] = max(ready[c][k], one.end)
            configured[p] = max(configured.get(p, 0), one.end, frame.set_from[p])
    return ready, bench, configured


def _suppliers(trips: Trips) -> dict[int, tuple[int, int]]:
    """The crew and the trip that bring the sets of each place: the first in order."""
    first: dict[int, tuple[int, int]] = {}
    for c, own in enumerate(trips):
        for k, trip in enumerate(own):
            for p in trip:
                first.setdefault(p, (c, k))
    return first


def _judged(
    frame: Frame,
    drive: Pass,
    ready: list[list[int]],
    bench: dict[int, list[tuple[Given, int]]],
    configured: dict[int, int],
) -> Run:
    """The run with its score and the rules it breaks."""
    accepted = {p: max(end, frame.line[p]) + frame.remote[p] for p, end in drive.end.items()}
    missing = sorted(frame.todo - drive.end.keys())
    broken = rules_broken(frame, drive)
    done = accepted | {p: times[2] for p, times in frame.fixed.items()}
    late = sum(max(0, when - frame.due[p]) for p, when in done.items())
    metres, n = frame.metres, frame.n
    score = Score(
        sum(b.seconds for b in broken) + BROKEN_S * len(missing),
        late,
        short_s(frame, drive.end, accepted),
        max(done.values(), default=frame.at),
        sum(metres[s.left * n + s.place] for s in drive.stops),
    )
    return Run(
        score, drive.stops, ready, drive.begin, drive.end, accepted, drive.loaded, configured, bench, broken, missing
    )


def short_s(frame: Frame, end: Mapping[int, int], accepted: Mapping[int, int]) -> int:
    """Seconds by which milestones are missed; a milestone that never comes counts as a rule broken."""
    short = 0
    for stone in frame.rollout.milestones:
        by = round((stone.by - frame.rollout.notice).total_seconds())
        found = stage_times(frame, stone.stage, end, accepted)
        if found is None:
            continue
        times = sorted(found)
        if stone.count > len(times):
            short += BROKEN_S
        elif stone.count > 0:
            short += max(0, times[stone.count - 1] - by)
    return short


def stage_times(frame: Frame, stage: Stage, end: Mapping[int, int], accepted: Mapping[int, int]) -> list[int] | None:
    """When each place reaches a stage that routes decide, None for another stage."""
    fixed = frame.fixed
    if stage == "delivered":
        return [e - frame.install[p] for p, e in end.items()] + [times[0] for times in fixed.values()]
    if stage == "installed":
        return [*end.values(), *(times[1] for times in fixed.values())]
    if stage == "accepted":
        return [*accepted.values(), *(times[2] for times in fixed.values())]
    if stage == "registered":
        return [when - frame.accept[p] for p, when in accepted.items()] + [
            times[2] - frame.accept[p] for p, times in fixed.items()
        ]
    return None


def rules_broken(frame: Frame, drive: Pass) -> list[Broken]:
    """Every rule that the times break."""
    places = frame.places
    out = [
        Broken("order", places[p], BROKEN_S, f"the crews of {places[p]} wait for each other") for p in drive.crossed()
    ]
    come: dict[int, list[int]] = {}
    for c, own in enumerate(drive.trips):
        out += _crew_rules(frame, drive, c)
        for trip in own:
            for p in trip:
                come.setdefault(p, []).append(c)
    for p, who in come.items():
        name, needed = places[p], frame.crews_at[p]
        have = 0
        for c in who:
            have |= frame.crews[c].have
        if len(set(who)) != needed or len(who) != needed:
            words = f"{name} needs {needed} crew{'s' if needed > 1 else ''} and gets {len(who)} visits"
            out.append(Broken("crews", name, BROKEN_S * max(1, abs(needed - len(who))), words))
        lacks = frame.need[p] & ~have
        if lacks:
            skills = ", ".join(k for i, k in enumerate(frame.skills) if lacks >> i & 1)
            out.append(Broken("skill", name, BROKEN_S, f"the crew sent to {name} has no skill {skills}"))
        if p not in frame.todo:
            out.append(Broken("again", name, BROKEN_S, f"{name} needs no visit"))
        end = drive.end.get(p)
        if end is not None and end > frame.limit[p]:
            out.append(Broken("window", name, end - frame.limit[p], f"the work at {name} ends after its window closes"))
    return out


def _crew_rules(frame: Frame, drive: Pass, c: int) -> list[Broken]:
    """The rules of one crew: capacity, ways that can be driven, shift, vehicle."""
    own, at = frame.crews[c], drive.crews[c]
    out = []
    for k, sets in enumerate(drive.shares[c]):
        if sets > own.capacity:
            words = f"{own.vehicle} carries {own.capacity} sets and trip {k + 1} of {own.crew} has {sets}"
            out.append(Broken("capacity", own.vehicle, BROKEN_S * (sets - own.capacity), words))
    if drive.trips[c] and at.last > own.until_s:
        out.append(Broken("shift", own.crew, at.last - own.until_s, f"the shift of {own.crew} ends before its work"))
    home = drive.home_at.get(c, 0)
    if home > own.road_until:
        out.append(Broken("vehicle", own.vehicle, home - own.road_until, f"{own.vehicle} is not back in time"))
    if max(at.t, home) >= UNREACHABLE:
        out.append(Broken("road", own.crew, BROKEN_S, f"a way of {own.crew} cannot be driven"))
    return out
