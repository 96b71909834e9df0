"""Synthetic rollouts of any size: towns with a depot each, crews of several skills, late lines, windows."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import numpy as np

from setsail.base.arrays import I64
from setsail.base.errors import OutOfRange
from setsail.rollout.model import (
    Crew,
    Depot,
    Durations,
    Equipment,
    Milestone,
    Rollout,
    RolloutSite,
    Travel,
    Vehicle,
)

MOST_SITES = 20_000
SITES_PER_DEPOT = 150
FEWEST_FOR_TWO = 40
"""Sites from which on there are two depots."""
SITES_PER_CREW = 7
SITES_PER_STATION = 16
FEWEST_CREWS = 4
"""At a depot, so that each skill is there."""
KINDS = ("clinic", "hospital")
NOTICE = datetime(2026, 1, 12, 22, 0, tzinfo=timezone(timedelta(hours=8)))
FIRST = (30.0, 110.0)
"""Degrees of the first town; the next ones lie on a grid."""
APART_DEG = 0.7
SPREAD_DEG = 0.09
"""Standard deviation of sites about their town."""
SKILLS = ("fibre", "power")
SHARE = {"fibre": 0.10, "power": 0.06, "two_crews": 0.02, "two_sets": 0.05, "window": 0.10, "late": 0.10, "due": 0.05}


def generated(sites: int, seed: int) -> Rollout:
    """A synthetic rollout, the same for the same numbers; crews and bench suffice for a deadline of 24 hours.

    sites : 1 to 20,000;  seed : 0 or more.  Raises OutOfRange.
    """
    if not 1 <= sites <= MOST_SITES:
        raise OutOfRange(f"is {sites}", where="sites", allowed=f"1 to {MOST_SITES:,}")
    if seed < 0:
        raise OutOfRange(f"is {seed}", where="seed", allowed="0 or more")
    rng = np.random.default_rng(seed)
    towns = max(1 if sites < FEWEST_FOR_TWO else 2, round(sites / SITES_PER_DEPOT))
    town = np.sort(np.arange(sites) % towns)
    made = _sites(rng, town, _centres(towns))
    crews, vehicles = _fleet(town, towns)
    return Rollout(
        rollout=f"generated-{sites}",
        name=f"Synthetic rollout of {sites:,} sites",
        notice=NOTICE,
        deadline=NOTICE + timedelta(hours=24),
        sites=made,
        depots=_depots(town, towns),
        vehicles=vehicles,
        crews=crews,
        equipment=_equipment(made, town, towns),
        milestones=(Milestone(NOTICE + timedelta(hours=16), "delivered", math.ceil(sites / 2), "synthetic"),),
        durations=Durations(survey_min=60.0, deliver_min=35.0, install_min=10.0),
        travel=Travel(mark="synthetic"),
        note=f"Synthetic: no such place is there. Seed {seed}.",
    )


def _centres(towns: int) -> list[tuple[float, float]]:
    side = math.ceil(math.sqrt(towns))
    return [(FIRST[0] + APART_DEG * (i // side), FIRST[1] + APART_DEG * (i % side)) for i in range(towns)]


def _sites(rng: np.random.Generator, town: I64, centres: list[tuple[float, float]]) -> tuple[RolloutSite, ...]:
    """Sites about their towns. Every draw is made for every site, so that one share does not move another."""
    n = len(town)
    around = np.clip(rng.normal(0.0, SPREAD_DEG, (n, 2)), -3 * SPREAD_DEG, 3 * SPREAD_DEG)
    drawn = {name: rng.random(n) < share for name, share in SHARE.items()}
    hours = rng.uniform(0.0, 1.0, (n, 2))
    found = []
    for i in range(n):
        lat, lon = centres[town[i]]
        opens = NOTICE + timedelta(minutes=round(60 * (10 + 2 * hours[i, 0])))
        line = NOTICE + timedelta(minutes=round(60 * (6 + 12 * hours[i, 1])))
        found.append(
            RolloutSite(
                site=f"G{i + 1:05d}",
                name=f"Synthetic {KINDS[i % 2]} {i + 1}",
                latitude_deg=round(lat + float(around[i, 0]), 6),
                longitude_deg=round(lon + float(around[i, 1]), 6),
                district=f"Town {town[i] + 1}",
                role=KINDS[i % 2],
                sets=2 if drawn["two_sets"][i] else 1,
                window_from=opens if drawn["window"][i] else None,
                window_to=opens + timedelta(hours=8) if drawn["window"][i] else None,
                due=NOTICE + timedelta(hours=20) if drawn["due"][i] and not drawn["window"][i] else None,
                line_ready_at=line if drawn["late"][i] else None,
                skills=tuple(s for s in SKILLS if drawn[s][i]),
                crews=2 if drawn["two_crews"][i] else 1,
                mark="synthetic",
            )
        )
    return tuple(found)


def _crews_of(count: int) -> int:
    return max(FEWEST_CREWS, math.ceil(count / SITES_PER_CREW))


def _fleet(town: I64, towns: int) -> tuple[tuple[Crew, ...], tuple[Vehicle, ...]]:
    """Crews of each town: every third splices fibre, every second works on power, so that some do both."""
    crews: list[Crew] = []
    vehicles: list[Vehicle] = []
    for number, count in enumerate(np.bincount(town, minlength=towns)):
        for j in range(_crews_of(int(count))):
            name = f"{len(crews) + 1:04d}"
            skills = ("terminal",) + (("fibre",) if j % 3 == 0 else ()) + (("power",) if j % 2 else ())
            vehicles.append(Vehicle(f"V{name}", f"D{number + 1:02d}", 6, mark="synthetic"))
            crews.append(Crew(f"C{name}", f"V{name}", 2, skills, mark="synthetic"))
    return tuple(crews), tuple(vehicles)


def _depots(town: I64, towns: int) -> tuple[Depot, ...]:
    counts = np.bincount(town, minlength=towns)
    return tuple(
        Depot(
            f"D{i + 1:02d}", lat, lon, max(2, math.ceil(int(counts[i]) / SITES_PER_STATION)), 15.0,
            load_min=10.0, mark="synthetic",
        )
        for i, (lat, lon) in enumerate(_centres(towns))
    )  # fmt: skip


def _equipment(sites: tuple[RolloutSite, ...], town: I64, towns: int) -> tuple[Equipment, ...]:
    """What the sites of each town need, and a spare for every twenty sets."""
    needed = np.bincount(town, weights=[s.sets for s in sites], minlength=towns).astype(int)
    found = []
    for i, count in enumerate(needed):
        spares = max(1, math.ceil(int(count) / 20))
        found.append(Equipment("terminal", f"D{i + 1:02d}", int(count) + spares, spares, "synthetic"))
    return tuple(found)
