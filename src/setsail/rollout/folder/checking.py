"""What a person should know of a rollout before it is planned: breaches, what no plan can do, what is assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

import numpy as np

from setsail.base.errors import MissingExtra, SetSailError
from setsail.rollout.folder import files
from setsail.rollout.folder.rules import Places, breaches
from setsail.rollout.model import Depot, Rollout, RolloutSite
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes
from setsail.rollout.travel.study import times

Grade = Literal["defect", "impossible", "notice"]
MOST_TOGETHER = 50_000
"""Groups of crews that are tried for a site that needs several."""


@dataclass(frozen=True, slots=True)
class Problem:
    """grade : a "defect" keeps the rollout from being planned, with something "impossible" no plan can be feasible, a
    "notice" is to be known.
    """

    grade: Grade
    where: str
    what: str
    allowed: str = ""
    hint: str = ""


def problems(rollout: Rollout, places: Places) -> tuple[Problem, ...]:
    """Everything that is found; what is impossible is asked only where there is no defect. Raises MissingExtra."""
    found = [Problem("defect", e.where, e.what, e.allowed, e.hint) for e in breaches(rollout, places)]
    if found:
        return tuple(found)
    return (*_impossible(rollout, places), *_notices(rollout, places))


def _impossible(rollout: Rollout, places: Places) -> Iterator[Problem]:
    yield from _stock(rollout, places)
    try:
        travel = times(rollout)
    except MissingExtra:
        raise
    except SetSailError as err:
        yield Problem("defect", err.where, err.what, err.allowed, err.hint)
        return
    first, fleet = _first_arrivals(rollout, travel), _fleet(rollout)
    for number, site in enumerate(rollout.sites):
        where = places.row("sites", number, site.site)
        yield from _site(rollout, site, where, first[number])
        yield from _people(fleet, site, where)


def _stock(rollout: Rollout, places: Places) -> Iterator[Problem]:
    if not rollout.equipment:
        return
    there = Counter[str]()
    for stock in rollout.equipment:
        there[stock.kind] += stock.sets
    needed = Counter[str]()
    for site in rollout.sites:
        needed[site.kind] += site.sets
    for kind, count in sorted(needed.items()):
        if there[kind] < count:
            what = f"has {there[kind]} sets of {kind!r}, and the sites need {count}"
            yield Problem("impossible", places.file(files.EQUIPMENT), what, f"{count} or more")


def _first_arrivals(rollout: Rollout, travel: TravelTimes) -> Sequence[datetime | None]:
    """Before when nobody can be at each site: survey, one set on a bench, loading, the drive from the nearest depot."""
    used = {v.depot for v in rollout.vehicles}
    leave = {d.depot: _leaves(rollout, d) for d in rollout.depots if d.depot in used}
    start = min(leave.values())
    rows = [travel.index[d] for d in leave]
    offset = np.array([(leave[d] - start).total_seconds() for d in leave])
    to_sites = travel.seconds[rows][:, len(rollout.depots) :].astype(np.int64)
    first = (to_sites + offset[:, None]).min(axis=0)
    reached = to_sites.min(axis=0) < UNREACHABLE
    return [start + timedelta(seconds=float(s)) if ok else None for s, ok in zip(first, reached, strict=True)]


def _leaves(rollout: Rollout, depot: Depot) -> datetime:
    """Before when no vehicle can leave a depot with a set."""
    surveyed = rollout.notice + timedelta(minutes=rollout.durations.survey_min)
    bench = max(surveyed, depot.opens_at or surveyed) + timedelta(minutes=depot.minutes_per_set)
    loaded = bench + timedelta(minutes=depot.load_min)
    road = min((v.from_at or rollout.notice for v in rollout.vehicles if v.depot == depot.depot), default=loaded)
    return max(loaded, road)


def _site(rollout: Rollout, site: RolloutSite, where: str, first: datetime | None) -> Iterator[Problem]:
    def at(column: str) -> str:
        return f"{where} column '{column}'"

    if first is None:
        yield Problem(
            "impossible", at("bank"), f"no way leads to site {site.site!r} from any depot", hint="bridges.csv"
        )
        return
    work = _minutes(rollout, site, "deliver_min") + _minutes(rollout, site, "install_min")
    remote = _minutes(rollout, site, "register_min") + _minutes(rollout, site, "accept_min")
    begin = max(t for t in (first, site.released_at, site.window_from) if t is not None)
    installed = begin + timedelta(minutes=work)
    if site.window_to is not None and installed > site.window_to:
        told = f"work of {work:g} min at site {site.site!r} cannot end before {installed.isoformat()}"
        yield Problem("impossible", at("window_to"), told, f"a window that closes at {installed.isoformat()} or later")
    ready = max(t for t in (installed, site.line_ready_at) if t is not None) + timedelta(minutes=remote)
    for column, limit in (("due", site.due), ("deadline", rollout.deadline)):
        if limit is not None and ready > limit:
            late = "line" if site.line_ready_at is not None and site.line_ready_at > installed else "crew"
            what = f"site {site.site!r} cannot be accepted before {ready.isoformat()}, for its {late}"
            place = at("line_ready_at" if late == "line" else "site")
            yield Problem("impossible", place, what, f"{column} {limit.isoformat()}")


@dataclass(frozen=True, slots=True)
class _Fleet:
    """skills : the different sets of skills that crews have;  capacity : of the vehicles, the biggest first."""

    skills: tuple[frozenset[str], ...]
    capacity: tuple[int, ...]


def _fleet(rollout: Rollout) -> _Fleet:
    skills = {frozenset(c.skills): None for c in rollout.crews}
    return _Fleet(tuple(skills), tuple(sorted((v.capacity_sets for v in rollout.vehicles), reverse=True)))


def _people(fleet: _Fleet, site: RolloutSite, where: str) -> Iterator[Problem]:
    if not _together(fleet, site):
        what = f"no {site.crews} crews together have the skills {', '.join(site.skills)} of site {site.site!r}"
        yield Problem("impossible", f"{where} column 'skills'", what, hint=files.CREWS)
    most = sum(fleet.capacity[: site.crews])
    if site.sets > most:
        what = f"site {site.site!r} gets {site.sets} sets, more than its crews can carry"
        yield Problem("impossible", f"{where} column 'sets'", what, f"up to {most}")


def _together(fleet: _Fleet, site: RolloutSite) -> bool:
    """True where some crews, as many as the site needs, have all of its skills; unknown counts as true."""
    wanted = frozenset(site.skills)
    if not wanted:
        return True
    useful = {own & wanted: None for own in fleet.skills if own & wanted}
    groups = combinations(useful, min(site.crews, len(useful)))
    return any(tried > MOST_TOGETHER or wanted <= frozenset[str]().union(*g) for tried, g in enumerate(groups))


def _minutes(rollout: Rollout, site: RolloutSite, name: str) -> float:
    own = getattr(site, name)
    return float(getattr(rollout.durations, name) if own is None else own)


def _notices(rollout: Rollout, places: Places) -> Iterator[Problem]:
    for name, (attribute, _) in files.TABLES.items():
        values = getattr(rollout, attribute)
        marks = Counter(v.mark for v in values)
        for mark in ("assumed", "synthetic"):
            if marks[mark]:
                yield Problem("notice", places.file(name), f"{marks[mark]} of {len(values)} rows are {mark}")
    if rollout.travel.mark == "assumed":
        yield Problem("notice", f"{places.head} [travel]", "speed and detour are assumed")
    if not rollout.equipment:
        yield Problem("notice", places.file(files.EQUIPMENT), "is not there: sets are taken to suffice")
    elif not any(e.spares for e in rollout.equipment):
        yield Problem("notice", places.file(files.EQUIPMENT), "there is no spare: a dead set cannot be replaced")
    if rollout.matrix and rollout.travel.method != "matrix":
        what = f"is not used: travel.method is {rollout.travel.method!r}"
        yield Problem("notice", places.file(files.TRAVEL), what, hint='method = "matrix"')
    if rollout.bridges:
        nowhere = [s.site for s in rollout.sites if not s.bank]
        if nowhere:
            what = f"{len(nowhere)} sites lie on no bank, so that no bridge matters to them: {', '.join(nowhere[:5])}"
            yield Problem("notice", places.file(files.SITES), what)
