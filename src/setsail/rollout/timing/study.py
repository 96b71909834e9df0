"""Exact times of given routes: every visit, bench slot and stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from setsail.rollout.model import STAGES, Rollout, RolloutSite, Stage
from setsail.rollout.plan_model import BenchSlot, Routes, Standing, Visit, VisitKind
from setsail.rollout.timing.frame import Frame, frame_of, moment
from setsail.rollout.timing.runs import Run, Stop, run
from setsail.rollout.timing.values import Timed
from setsail.rollout.travel.matrix import TravelTimes


def timed(
    rollout: Rollout,
    travel: TravelTimes,
    routes: Routes,
    standing: Standing | None,
    *,
    at: datetime,
    bench_order: Sequence[tuple[str, int]] | None = None,
) -> Timed:
    """The times of routes from how the work stands at `at`.

    bench_order : (crew, number of its trip, from 0) as the bench is to serve them; by default by need.
    Crews that are lost or unknown have no times: their sites are in `missing`.
    """
    frame = frame_of(rollout, travel, standing, at=at)
    order = [(frame.crew_index[c], k) for c, k in bench_order or () if c in frame.crew_index]
    return dated(frame, run(frame, frame.numbered(routes), order or None), routes)


def dated(frame: Frame, done: Run, routes: Routes) -> Timed:
    """A run in integers with dates."""
    begun = () if frame.standing is None else frame.standing.begun
    told: dict[str, dict[Stage, datetime]] = {}
    for (name, stage), when in () if frame.standing is None else frame.standing.done.items():
        told.setdefault(name, {})[stage] = when
    stages = {s.site: times for s in frame.rollout.sites if (times := _stages(frame, done, s, told.get(s.site, {})))}
    return Timed(
        routes=routes,
        visits=(*begun, *_visits(frame, done)),
        bench=_bench(frame, done),
        stages=stages,
        broken=tuple(done.broken),
        missing=tuple(frame.places[p] for p in done.missing),
        finish=max((t["accepted"] for t in stages.values() if "accepted" in t), default=None),
        finish_delivered=max((t["delivered"] for t in stages.values() if "delivered" in t), default=None),
        distance_m=done.score.distance_m + sum(v.distance_m for v in begun),
        lateness_s=done.score.late_s,
        score=done.score,
    )


def _visits(frame: Frame, done: Run) -> list[Visit]:
    """The stops of all crews, each crew's in the order of time."""
    stops = sorted(done.stops, key=lambda s: (s.crew, s.trip, s.order if s.order >= 0 else frame.n, s.begin))
    loaded = {s.crew for s in stops if s.trip == 0 and s.order == 0}
    goes_on = {s.crew for s in stops if s.crew not in loaded and frame.crews[s.crew].used_trips}
    return [_visit(frame, stop, goes_on) for stop in stops]


def _visit(frame: Frame, stop: Stop, goes_on: set[int]) -> Visit:
    """One stop with its dates. goes_on : crews whose first trip was under way and keeps its number."""
    own = frame.crews[stop.crew]
    leg = stop.left * frame.n + stop.place
    runs_on = stop.crew in goes_on
    return Visit(
        crew=own.crew,
        vehicle=own.vehicle,
        trip=own.used_trips + stop.trip + (not runs_on),
        order=stop.order + own.used_order * (runs_on and stop.trip == 0 and stop.order > 0),
        kind=_kind(frame, stop),
        place=frame.places[stop.place],
        depart=moment(frame, stop.depart),
        arrive=moment(frame, stop.arrive),
        begin=moment(frame, stop.begin),
        end=moment(frame, stop.end),
        drive_s=frame.seconds[leg],
        distance_m=frame.metres[leg],
        sets=stop.sets,
    )


def _kind(frame: Frame, stop: Stop) -> VisitKind:
    """What a stop is."""
    if stop.order <= 0:
        return "load" if stop.order == 0 else "return"
    return "again" if stop.place in frame.again else "visit"


def _bench(frame: Frame, done: Run) -> tuple[BenchSlot, ...]:
    """The slots of all benches: those begun, then new ones in the order of time, then the spares."""
    out = [] if frame.standing is None else list(frame.standing.bench)
    for place, given in done.bench.items():
        depot = frame.places[place]
        out += [
            BenchSlot(depot, one.station + 1, frame.places[p], moment(frame, one.begin), moment(frame, one.end))
            for one, p in given
            if one.station >= 0
        ]
        spares = sum(e.spares for e in frame.rollout.equipment if e.depot == depot) if frame.standing is None else 0
        out += [
            BenchSlot(depot, one.station + 1, "", moment(frame, one.begin), moment(frame, one.end))
            for one in frame.supplies[place].first(len(given) + spares)[len(given) :]
            if one.station >= 0
        ]
    return tuple(sorted(out, key=lambda s: (s.depot, s.begin, s.station)))


def _stages(frame: Frame, done: Run, site: RolloutSite, told: dict[Stage, datetime]) -> dict[Stage, datetime]:
    """When a site reaches each stage, in the order of STAGES; nothing where it is neither done nor served."""
    p = frame.index[site.site]
    if p in frame.again:
        told = {k: when for k, when in told.items() if k not in {"registered", "accepted"}}
    if p in done.end:
        found = _planned(frame, done, p)
    elif p in frame.fixed:
        found = _remote(frame, p, *frame.fixed[p])
    else:
        return {}
    merged = found | told
    if "loaded" not in told and "loaded" in merged:  # by a vehicle that has left, with a set made for another site
        merged["loaded"] = max(merged["loaded"], merged["configured"])
    return {stage: merged[stage] for stage in STAGES if stage in merged}


def _planned(frame: Frame, done: Run, p: int) -> dict[Stage, datetime]:
    """The stages of a site that a crew is to visit."""
    configured = done.configured.get(p, done.loaded[p])
    found = _remote(frame, p, done.end[p] - frame.install[p], done.end[p], done.accepted[p])
    return found | {"configured": moment(frame, configured), "loaded": moment(frame, done.loaded[p])}


def _remote(frame: Frame, p: int, delivered: int, installed: int, accepted: int) -> dict[Stage, datetime]:
    """The stages that do not need the bench."""
    seconds: dict[Stage, int] = {
        "surveyed": frame.surveyed,
        "delivered": delivered,
        "installed": installed,
        "line_ready": frame.line_up[p],
        "registered": accepted - frame.accept[p],
        "accepted": accepted,
    }
    return {stage: moment(frame, second) for stage, second in seconds.items()}
