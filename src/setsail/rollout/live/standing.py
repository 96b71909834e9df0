"""Where the work stands at a time: what is done, begun, late, broken and free, as the planner reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from setsail.rollout.live.course import Course
from setsail.rollout.live.facts import CHAIN
from setsail.rollout.live.stops import Out, Stops, aboard, carried, install_of, stops
from setsail.rollout.model import Rollout, RolloutSite, Stage
from setsail.rollout.plan_model import CrewStanding, Standing, Visit
from setsail.rollout.timing.supply import sets_at
from setsail.rollout.travel.study import times


@dataclass(frozen=True, slots=True)
class State:
    """Where a rollout stands at `at`. done : (site, stage) -> end, told or by plan;  told : those that were told;
    begun : begun visits as they run;  standing : all of it as the planner reads it.
    """

    course: Course
    at: datetime
    found: Stops
    done: Mapping[tuple[str, Stage], datetime]
    told: frozenset[tuple[str, Stage]]
    begun: tuple[Visit, ...]
    standing: Standing


def state(course: Course, at: datetime | None = None) -> State:
    """Where the rollout stands; at : the latest time told where None, and never before it."""
    at = max(course.at, at or course.at)
    found = stops(course, at)
    done = _done(course, found, at)
    begun = tuple(
        replace(s.visit, begun=True) for own in found.by_crew.values() for s in own if _holds(found, s.visit, s.counts)
    )
    standing = _standing(course, found, at, done, begun)
    done |= _aboard_done(course, found, at, done)
    return State(course, at, found, done, frozenset(course.facts.done), begun, standing)


def reopened_at(found: Stops, site: str) -> datetime | None:
    """Since when a crew must come to a site again, None where it need not or need no more."""
    since = [at for at in (found.broken.get(site), found.again.get(site)) if at is not None]
    return max(since, default=None)


def _holds(found: Stops, visit: Visit, counts: bool) -> bool:
    """True for a visit that the planner must keep: it counts, and nobody has to come to its site again since."""
    if visit.kind not in ("visit", "again"):
        return True
    since = reopened_at(found, visit.place)
    return counts and (since is None or visit.depart >= since)


def _done(course: Course, found: Stops, at: datetime) -> dict[tuple[str, Stage], datetime]:
    """Stages that have ended: told, or by the plan and not told otherwise."""
    done = {key: end for key, end in course.facts.done.items() if end <= at}
    here: dict[str, list[Visit]] = {}
    for own in found.by_crew.values():
        for stop in own:
            if stop.counts and stop.visit.kind in ("visit", "again"):
                here.setdefault(stop.visit.place, []).append(stop.visit)
    for site in course.rollout.sites:
        visits = sorted(here.get(site.site, []), key=lambda v: v.depart)
        if visits:
            _left_depot(found, site.site, course.stages.get(site.site, {}), visits[0], done)
        _on_site_done(course, found, site, visits, at, done)
    return done


def _aboard_done(
    course: Course, found: Stops, at: datetime, done: Mapping[tuple[str, Stage], datetime]
) -> dict[tuple[str, Stage], datetime]:
    """Sites whose set is under way by the plan although nobody drives there yet. The planner may give it to another."""
    loaded: dict[tuple[str, Stage], datetime] = {}
    for site in course.plan.sites if course.plan else ():
        end, key = site.stages.get("loaded"), (site.site, "loaded")
        if end is None or end > at or key in done or site.site in found.spoiled or key in found.late:
            continue
        if not course.facts.lost.keys() & set(site.crews):
            loaded[site.site, "loaded"] = end
    return loaded


def _left_depot(
    found: Stops, name: str, plan: Mapping[Stage, datetime], first: Visit, done: dict[tuple[str, Stage], datetime]
) -> None:
    """What must have ended because a crew is on its way: its vehicle left when its own loading ended, where it did."""
    loads = [s.visit for s in found.by_crew[first.crew] if s.visit.kind == "load" and s.visit.trip == first.trip]
    left = loads[-1].end if loads else plan.get("loaded", first.depart)
    loaded = min(left, first.depart)
    done.setdefault((name, "loaded"), loaded)
    for stage in CHAIN[:2]:
        done.setdefault((name, stage), min(plan.get(stage, loaded), loaded))


def _on_site_done(  # noqa: PLR0917 - the parts of one state
    course: Course,
    found: Stops,
    site: RolloutSite,
    here: list[Visit],
    at: datetime,
    done: dict[tuple[str, Stage], datetime],
) -> None:
    name, plan = site.site, course.stages.get(site.site, {})
    since = reopened_at(found, name)
    ended = sorted((v for v in here if v.end <= at), key=lambda v: v.end)
    floor = max([t for t in (course.facts.floor.get(name), since) if t is not None], default=None)
    brought = [v for v in ended if v.kind == "visit"]
    if len({v.crew for v in ended}) >= max(1, site.crews) or (ended and ended[-1].kind == "again"):
        first = brought[-1].end - install_of(course, site) if brought else ended[-1].end
        done.setdefault((name, "delivered"), first)
        if since is None or ended[-1].depart >= since:
            done.setdefault((name, "installed"), ended[-1].end)
    _implied(name, done, plan)
    for stage in (*CHAIN[:2], "line_ready"):
        end = plan.get(stage)
        end = None if end is None else max(end, found.late.get((name, stage), end))
        if end is not None and end <= at:
            done.setdefault((name, stage), end)
    _remote_done(course, site, floor, at, done)
    _put_in_order(name, done)


def _implied(name: str, done: dict[tuple[str, Stage], datetime], plan: Mapping[Stage, datetime]) -> None:
    """What must have ended because a later stage has."""
    last = next((s for s in reversed(CHAIN) if (name, s) in done), None)
    if last is None:
        return
    end = done[name, last]
    for stage in reversed(CHAIN[: CHAIN.index(last)]):
        end = done.setdefault((name, stage), min(plan.get(stage, end), end))
    if CHAIN.index(last) >= CHAIN.index("registered"):
        done.setdefault((name, "line_ready"), min(plan.get("line_ready", done[name, last]), done[name, last]))


def _put_in_order(name: str, done: dict[tuple[str, Stage], datetime]) -> None:
    """A stage that only the plan has ended did not end before one that it follows."""
    latest: datetime | None = None
    for stage in CHAIN:
        end = done.get((name, stage))
        if end is not None:
            latest = done[name, stage] = end if latest is None else max(end, latest)


def _remote_done(
    course: Course, site: RolloutSite, floor: datetime | None, at: datetime, done: dict[tuple[str, Stage], datetime]
) -> None:
    """Registered and accepted by the plan, where the site is installed and nothing was told since that undoes it;
    not before each step has had its time.
    """
    name, plan, usual = site.site, course.stages.get(site.site, {}), course.rollout.durations
    if (name, "installed") not in done or (name, "line_ready") not in done:
        return
    ready = max(done[name, "installed"], done[name, "line_ready"])
    register = usual.register_min if site.register_min is None else site.register_min
    accept = usual.accept_min if site.accept_min is None else site.accept_min
    for stage, minutes in zip(CHAIN[5:], (register, accept), strict=True):
        end = plan.get(stage)
        if end is None or (floor is not None and end < floor):
            return
        ready = done.get((name, stage), max(end, ready + timedelta(seconds=round(minutes * 60))))
        if ready > at:
            return
        done[name, stage] = ready


def _standing(
    course: Course, found: Stops, at: datetime, done: Mapping[tuple[str, Stage], datetime], begun: tuple[Visit, ...]
) -> Standing:
    facts, rollout = course.facts, course.rollout
    come = {v.place for v in begun if v.kind in ("visit", "again") and reopened_at(found, v.place) is not None}
    incoming = _incoming(rollout, [o for o in found.out if o.returned and o.aboard])
    return Standing(
        at=at,
        done=dict(done),
        begun=begun,
        crews=_crews(course, found, at),
        lost=frozenset(facts.lost),
        closed=frozenset(facts.closed),
        line_ready=_lines(course, found),
        again=frozenset(found.again) - come - frozenset(found.broken),
        dead=frozenset(found.broken) - come,
        configured=_stock(course, found, at, incoming),
        incoming={d: tuple(t for t in ts if t > at) for d, ts in incoming.items() if any(t > at for t in ts)},
        spares=_spares(course, found),
        sets_again=frozenset(s for s in found.spoiled if (s, "delivered") not in done),
        late=_late(course, found),
        bench=tuple(s for s in course.begun_bench(at) if s.end > at),
        raw=_raw(course, at),
    )


def _crews(course: Course, found: Stops, at: datetime) -> dict[str, CrewStanding]:
    """Where each crew is free that has left its depot or came back to it."""
    depots = {v.vehicle: v.depot for v in course.rollout.vehicles}
    standing = {}
    for crew in course.rollout.crews:
        if crew.crew in course.facts.lost:
            continue
        back = found.back.get(crew.crew)
        own = [s for s in found.by_crew.get(crew.crew, []) if back is None or s.visit.depart >= back]
        if own:
            last = own[-1].visit
            standing[crew.crew] = CrewStanding(crew.crew, last.place, max(at, last.end), aboard(own))
        elif back is not None:
            standing[crew.crew] = CrewStanding(crew.crew, depots[crew.vehicle], max(at, back), 0)
    return standing


def _late(course: Course, found: Stops) -> dict[tuple[str, Stage], datetime]:
    """Stages that do not end before a time: told late, or after a step before that was told."""
    late = {key: until for key, until in found.late.items() if key[1] != "line_ready"}
    for site in course.rollout.sites:
        registered = course.facts.done.get((site.site, "registered"))
        if registered is not None and (site.site, "accepted") not in course.facts.done:
            minutes = course.rollout.durations.accept_min if site.accept_min is None else site.accept_min
            end = registered + timedelta(seconds=round(minutes * 60))
            late[site.site, "accepted"] = max(end, late.get((site.site, "accepted"), end))
    return late


def _lines(course: Course, found: Stops) -> dict[str, datetime]:
    """When lines come up that do not as the rollout says."""
    told = {site: until for (site, stage), until in found.late.items() if stage == "line_ready"}
    return told | {site: end for (site, stage), end in course.facts.done.items() if stage == "line_ready"}


def _incoming(rollout: Rollout, out: list[Out]) -> dict[str, tuple[datetime, ...]]:
    """Depot -> when the sets of lost crews are there again: after the drive back and the time to hand them over."""
    vehicles = {v.vehicle: v.depot for v in rollout.vehicles}
    homes = {c.crew: vehicles[c.vehicle] for c in rollout.crews}
    wait = timedelta(minutes=rollout.durations.return_sets_min)
    found: dict[str, list[datetime]] = {}
    for loss in out:
        home = homes[loss.crew]
        back = loss.at + _drive(rollout, loss.place or home, home) + wait
        found.setdefault(home, []).extend([back] * loss.aboard)
    return {depot: tuple(sorted(ends)) for depot, ends in found.items()}


def _drive(rollout: Rollout, place: str, depot: str) -> timedelta:
    """The drive from a site to a depot with every road open."""
    site = rollout.site(place)
    if site is None:
        return timedelta(0)
    travel = times(replace(rollout, sites=(site,)))
    return timedelta(seconds=int(travel.seconds[travel.index[place], travel.index[depot]]))


def _stock(course: Course, found: Stops, at: datetime, incoming: Mapping[str, tuple[datetime, ...]]) -> dict[str, int]:
    """Configured sets at each depot: made and come back, less those that left or broke."""
    depots = [d.depot for d in course.rollout.depots]
    stock = Counter(dict.fromkeys(depots, 0))
    stock.update(s.depot for s in course.begun_bench(at) if s.end <= at)
    for crew, own in found.by_crew.items():
        loads = [s.visit for s in own if s.visit.kind == "load"]
        stock.subtract({d: sum(v.sets for v in loads if v.place == d) for d in depots})
        stock[_home(course.rollout, crew)] += carried(own)[1]
    for loss in found.out:
        home = _home(course.rollout, loss.crew)
        stock[home] -= _loads_taken_back(course, found, loss)
    for depot, ends in incoming.items():
        stock[depot] += sum(end <= at for end in ends)
    stock[depots[0]] -= sum(found.spoiled.values())
    return {depot: max(0, stock[depot]) for depot in depots}


def _raw(course: Course, at: datetime) -> dict[str, int]:
    """Sets of each depot that were never on the bench, and those of which the configuration came to nothing."""
    begun = Counter(s.depot for s in course.begun_bench(at))
    there = {d.depot: sets_at(course.rollout, d.depot) for d in course.rollout.depots}
    left = {depot: max(0, sets - begun[depot]) for depot, sets in there.items() if sets is not None}
    failed = sum(e.kind == "failed" and e.fields["stage"] == "configured" for e in course.events)
    first = course.rollout.depots[0].depot
    return left | ({first: left[first] + failed} if first in left else {})


def _home(rollout: Rollout, crew: str) -> str:
    vehicle = next(c.vehicle for c in rollout.crews if c.crew == crew)
    return next(v.depot for v in rollout.vehicles if v.vehicle == vehicle)


def _loads_taken_back(course: Course, found: Stops, loss: Out) -> int:
    """Sets of a load that was under way when the crew was lost: they left the stock although the load did not end."""
    running = [
        v for _, v in course.begun_visits(loss.at) if v.crew == loss.crew and v.kind == "load" and v.end > loss.at
    ]
    kept = {(s.visit.depart, s.visit.trip) for s in found.by_crew.get(loss.crew, []) if s.visit.kind == "load"}
    return sum(v.sets for v in running if (v.depart, v.trip) not in kept)


def main_kind(rollout: Rollout) -> str:
    """The kind of which most sets are there: what a vehicle carries, where nothing says otherwise."""
    return max(rollout.equipment, key=lambda e: e.sets).kind if rollout.equipment else rollout.sites[0].kind


def _spares(course: Course, found: Stops) -> dict[str, int]:
    """Spare sets of each kind that are left."""
    left: Counter[str] = Counter()
    for item in course.rollout.equipment:
        left[item.kind] += item.spares
    kinds = {s.site: s.kind for s in course.rollout.sites}
    for event in course.events:
        if event.kind == "device-dead":
            left[kinds[event.fields["site"]]] -= 1
    for loss in found.out:
        if not loss.returned:
            left[main_kind(course.rollout)] -= loss.aboard
    return {kind: max(0, count) for kind, count in left.items()}
