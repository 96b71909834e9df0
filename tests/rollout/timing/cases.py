"""Small rollouts built by hand, and random ones for properties; all names and numbers are synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import numpy as np

from setsail.rollout.model import Crew, Depot, Durations, Equipment, Rollout, RolloutSite, Vehicle
from setsail.rollout.plan_model import Plan, Visit
from setsail.rollout.timing.values import Timed
from setsail.rollout.travel.matrix import TravelTimes

NOTICE = datetime(2030, 3, 1, 22, 0, tzinfo=timezone(timedelta(hours=8)))
DRIVE_S = 600


def clock(hours: float) -> datetime:
    """A moment so many hours after the notice."""
    return NOTICE + timedelta(hours=hours)


def site(name: str, **fields: Any) -> RolloutSite:
    """A synthetic site."""
    return RolloutSite(name, f"Synthetic site {name}", 30.0, 114.0, **fields)


def rollout(
    sites: Sequence[RolloutSite],
    crews: int = 1,
    *,
    stations: int = 4,
    minutes_per_set: float = 0.0,
    capacity: int = 8,
    load_min: float = 0.0,
    **fields: Any,
) -> Rollout:
    """A rollout with one depot D1 and crews C1, C2, ... on vehicles V1, V2, ..."""
    made = Rollout(
        rollout="synthetic",
        name="Synthetic rollout",
        notice=NOTICE,
        deadline=clock(24),
        sites=tuple(sites),
        depots=(Depot("D1", 30.0, 114.0, stations, minutes_per_set, load_min=load_min),),
        vehicles=tuple(Vehicle(f"V{i + 1}", "D1", capacity) for i in range(crews)),
        crews=tuple(Crew(f"C{i + 1}", f"V{i + 1}") for i in range(crews)),
        durations=Durations(deliver_min=30, register_min=2, accept_min=3, again_min=20),
    )
    return replace(made, **fields)


def line_travel(made: Rollout, step_s: int = DRIVE_S) -> TravelTimes:
    """All places on a line in their order, `step_s` apart, 10 m a second."""
    places = [d.depot for d in made.depots] + [s.site for s in made.sites]
    spots = np.arange(len(places))
    seconds = (np.abs(spots[:, None] - spots[None, :]) * step_s).astype(np.int32)
    return TravelTimes(tuple(places), {p: i for i, p in enumerate(places)}, seconds, (seconds * 10).astype(np.int32))


def random_travel(made: Rollout, rng: np.random.Generator, most_s: int = 3600) -> TravelTimes:
    """Random driving times, different in the two directions."""
    places = [d.depot for d in made.depots] + [s.site for s in made.sites]
    seconds = rng.integers(0, most_s, (len(places), len(places))).astype(np.int32)
    np.fill_diagonal(seconds, 0)
    return TravelTimes(tuple(places), {p: i for i, p in enumerate(places)}, seconds, (seconds * 10).astype(np.int32))


def random_rollout(rng: np.random.Generator, *, together: bool = False) -> Rollout:
    """Up to ten sites, up to four crews; windows, releases, lines, due times and the bench at random."""
    count, crews = int(rng.integers(1, 11)), int(rng.integers(1, 5))

    def maybe(low: float, high: float) -> datetime | None:
        return clock(float(rng.uniform(low, high))) if rng.random() < 0.3 else None

    sites = [
        site(
            f"S{i + 1:02}",
            sets=int(rng.integers(0, 4)),
            deliver_min=float(rng.integers(0, 90)),
            install_min=float(rng.integers(0, 30)),
            released_at=maybe(0, 10),
            window_from=maybe(0, 10),
            window_to=maybe(6, 20),
            due=maybe(6, 24),
            line_ready_at=maybe(0, 20),
            crews=int(rng.integers(1, min(crews, 3) + 1)) if together else 1,
        )
        for i in range(count)
    ]
    made = rollout(
        sites,
        crews,
        stations=int(rng.integers(1, 4)),
        minutes_per_set=float(rng.integers(0, 40)),
        load_min=float(rng.integers(0, 15)),
        capacity=int(rng.integers(3, 9)),
    )
    kinds = (Equipment("terminal", "D1", 40, 1),)
    vehicles = tuple(replace(v, from_at=maybe(0, 6), until_at=maybe(12, 30)) for v in made.vehicles)
    own = tuple(replace(c, from_at=maybe(0, 6), until_at=maybe(12, 30)) for c in made.crews)
    return replace(made, vehicles=vehicles, crews=own, equipment=kinds)


def random_routes(made: Rollout, rng: np.random.Generator) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Every site once with each crew that it needs, in one order for all crews, on trips that begin at random."""
    own: dict[str, list[list[str]]] = {c.crew: [] for c in made.crews}
    for i in rng.permutation(len(made.sites)):
        one = made.sites[int(i)]
        for c in rng.permutation(len(made.crews))[: one.crews]:
            trips = own[made.crews[int(c)].crew]
            if not trips or rng.random() < 0.4:
                trips.append([])
            trips[-1].append(one.site)
    return {crew: tuple(tuple(t) for t in trips) for crew, trips in own.items()}


def chains(found: Timed | Plan) -> dict[str, list[Visit]]:
    """The visits of each crew in the order of time."""
    out: dict[str, list[Visit]] = {}
    for visit in found.visits:
        out.setdefault(visit.crew, []).append(visit)
    return {crew: sorted(own, key=lambda v: (v.depart, v.arrive, v.end)) for crew, own in out.items()}


def require_no_overlap(found: Timed | Plan, travel: TravelTimes) -> None:
    """No two visits of a crew overlap, and every drive takes its time."""
    for own in chains(found).values():
        for before, after in pairwise(own):
            assert after.depart >= before.end
            drive = int(travel.seconds[travel.index[before.place], travel.index[after.place]])
            assert after.arrive - after.depart == timedelta(seconds=drive)
        for visit in own:
            assert visit.depart <= visit.arrive <= visit.begin <= visit.end
