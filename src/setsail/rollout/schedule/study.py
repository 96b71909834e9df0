"""A plan for a rollout as it stands: routes, times, what binds, and what is proved of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from setsail.rollout.model import Rollout
from setsail.rollout.plan_model import MilestoneState, Plan, Routes, SitePlan, Standing, Visit
from setsail.rollout.routes.floors import stock_short, why_not
from setsail.rollout.schedule.checking import require_sound
from setsail.rollout.schedule.proving import Proof, proved
from setsail.rollout.schedule.searching import Effort, Found, searched
from setsail.rollout.schedule.words import Cause, causes, decided
from setsail.rollout.timing.frame import Frame, frame_of, moment
from setsail.rollout.timing.runs import Run, run
from setsail.rollout.timing.slack import slacks
from setsail.rollout.timing.study import dated
from setsail.rollout.timing.supply import NONE_LEFT
from setsail.rollout.timing.values import Timed
from setsail.rollout.travel.matrix import TravelTimes

SEARCH_SHARE = 0.85
"""Of the seconds; the rest is for the bound."""
NONE_EARLIER = "; it is proved that no plan ends earlier"
USUAL_S, FEW_SITES, USUAL_A_SITE_S = 7.0, 300, 0.011


def plan(
    rollout: Rollout,
    travel: TravelTimes,
    *,
    at: datetime,
    standing: Standing | None = None,
    routes: Routes | None = None,
    seed: int = 0,
    seconds: float | None = None,
    rounds: int | None = None,
    begun: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """The best plan found in about `seconds`, checked by a walk of its own before it is given out.

    at : nothing that is not begun begins before;  standing : what is done and begun, None at the start;  routes : to
    begin from, such as those in force;  seconds : `usual_seconds` by default;  rounds : of ruin and recreate, so that
    the same input gives the same plan as long as the seconds suffice;  begun : on the clock, when the seconds began to
    count, now by default.  Sites that no crew can serve are in `unplanned` with the reason, and the plan
    is for the others.  Raises MissingExtra where the solvers are not installed and routes are asked for.
    """
    begun = clock() if begun is None else begun
    seconds = usual_seconds(len(rollout.sites)) if seconds is None else seconds
    frame = frame_of(rollout, travel, standing, at=at)
    unplanned = {p: why for p in sorted(frame.todo) if (why := why_not(frame, p))}
    unplanned |= _without_stock(frame, unplanned)
    served = replace(frame, todo=frame.todo - unplanned.keys())
    given = None if routes is None else frame.numbered(routes)
    found = searched(served, given, Effort(begun, seconds * SEARCH_SHARE, seed, clock, rounds))
    beyond, surely = _beyond_stock(served, found.run), bool(unplanned)
    if beyond:
        unplanned |= beyond
        served, found = _without(served, found, frozenset(beyond))
    proof = proved(served, found, unplanned, seconds=seconds * (1 - SEARCH_SHARE))
    if beyond and not surely:
        proof = replace(proof, feasible=None)  # other trips might share the sets out better
    told = {frame.places[p]: why for p, why in unplanned.items()}
    made = replace(_written(frame, found, proof, told), at=at, seed=seed)
    require_sound(rollout, travel, made, standing)
    return made


def usual_seconds(sites: int) -> float:
    """Seconds of a search where nobody says another number: a minute for 5,500 sites."""
    return USUAL_S + USUAL_A_SITE_S * max(0, sites - FEW_SITES)


def _without_stock(frame: Frame, unplanned: dict[int, str]) -> dict[int, str]:
    """Sites that are left out because sets are short: those that would be done last."""
    out: dict[int, str] = {}
    sites = {frame.index[s.site]: s for s in frame.rollout.sites}
    for kind, (asked, there) in stock_short(frame, frame.todo - unplanned.keys()).items():
        over = asked - there
        mine = [p for p in frame.todo - unplanned.keys() if sites[p].kind == kind and frame.bring[p]]
        for p in sorted(mine, key=lambda p: (frame.due[p], frame.floor[p], p), reverse=True):
            if over <= 0:
                break
            over -= frame.bring[p]
            out[p] = f"{asked} sets of {kind} are asked for and {there} are there"
    return out


def _beyond_stock(frame: Frame, done: Run) -> dict[int, str]:
    """Sites of trips that wait for a set that their depot does not have and will not have."""
    out: dict[int, str] = {}
    for depot, given in done.bench.items():
        name = frame.places[depot]
        out |= {p: f"{name} has no set left for it" for one, p in given if one.end >= NONE_LEFT}
    return out


def _without(frame: Frame, found: Found, places: frozenset[int]) -> tuple[Frame, Found]:
    """The same without some places, which are left out of the trips."""
    served = replace(frame, todo=frame.todo - places)
    trips = [[rest for trip in own if (rest := [p for p in trip if p not in places])] for own in found.trips]
    return served, replace(found, trips=trips, run=run(served, trips), bound=0, bound_reason="", impossible="")


def _written(frame: Frame, found: Found, proof: Proof, unplanned: dict[str, str]) -> Plan:
    """The plan of the best routes."""
    done = found.run
    routes = frame.named(found.trips)
    times = dated(frame, done, routes)
    why = causes(frame, done)
    accepted = done.accepted | {p: t[2] for p, t in frame.fixed.items()}
    last = max(accepted, key=lambda p: (accepted[p], -p), default=None)
    best = last is not None and accepted[last] <= proof.bound
    return Plan(
        rollout=frame.rollout.rollout,
        at=moment(frame, frame.at),
        feasible=proof.feasible,
        reason=proof.reason or decided(frame, last, why) + (NONE_EARLIER if best else ""),
        finish=times.finish,
        finish_delivered=times.finish_delivered,
        bound_finish=moment(frame, proof.bound),
        bound_reason=proof.bound_reason,
        distance_m=times.distance_m,
        lateness_min=times.lateness_s / 60,
        sites=_sites(frame, done, times, why),
        visits=times.visits,
        bench=times.bench,
        milestones=milestones(frame, times),
        routes=routes,
        unplanned=unplanned,
        critical_site="" if last is None else frame.places[last],
        method=found.method,
    )


def milestones(frame: Frame, times: Timed) -> tuple[MilestoneState, ...]:
    """Every milestone with the number of sites that reach it in time."""
    return tuple(
        MilestoneState(m.by, m.stage, m.count, sum(m.by >= t[m.stage] for t in times.stages.values() if m.stage in t))
        for m in frame.rollout.milestones
    )


def _sites(frame: Frame, done: Run, times: Timed, why: dict[int, Cause]) -> tuple[SitePlan, ...]:
    """Every site that is served or done, in the order of the rollout."""
    slack = slacks(frame, done)
    visits: dict[str, list[Visit]] = {}
    for visit in times.visits:
        if visit.kind in {"visit", "again"}:
            visits.setdefault(visit.place, []).append(visit)
    out = []
    for site in frame.rollout.sites:
        stages = times.stages.get(site.site)
        if stages is None:
            continue
        p, mine = frame.index[site.site], visits.get(site.site, [])
        accepted = round((stages["accepted"] - frame.rollout.notice).total_seconds())
        out.append(
            SitePlan(
                site=site.site,
                stages=stages,
                crews=tuple(dict.fromkeys(v.crew for v in mine)),
                trip=mine[0].trip if mine else 0,
                order=mine[0].order if mine else 0,
                arrive=max((v.arrive for v in mine), default=None),
                slack_min=slack.get(p, 0) / 60,
                late_min=max(0, accepted - frame.due[p]) / 60,
                binding=why[p].word,
            )
        )
    return tuple(out)
