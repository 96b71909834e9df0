"""What a rollout needs beside its sites: what the user says, and what is assumed where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from setsail.base.errors import OutOfRange
from setsail.rollout.model import Crew, Depot, Durations, Equipment, Mark, RolloutSite, Travel, Vehicle

HOURS = 24
LOAD_MIN, SURVEY_MIN = 10.0, 60.0
SPARES_EACH = 20
"""One spare for so many sets."""
MOST = {"vehicles": 10_000, "capacity": 10_000, "people": 100, "stations": 1000}


@dataclass(frozen=True, slots=True)
class Ask:
    """What the user says beside the sites; None where nothing is said and a default is assumed.

    depot : latitude, longitude [deg];  capacity : sets in a vehicle;  people : of a crew;  stations, minutes_per_set :
    of the bench;  on_site_min : work at a site up to delivered;  datum : of the coordinates of the table.
    """

    rollout: str = ""
    name: str = ""
    notice: datetime | None = None
    deadline: datetime | None = None
    depot: tuple[float, float] | None = None
    vehicles: int | None = None
    capacity: int | None = None
    people: int | None = None
    stations: int | None = None
    minutes_per_set: float | None = None
    on_site_min: float | None = None
    speed_kmh: float | None = None
    datum: str = "wgs84"
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Something that the user did not say: what was taken, and why."""

    subject: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything of a rollout but its sites and its head, and what of it was assumed."""

    deadline: datetime
    depot: Depot
    vehicles: tuple[Vehicle, ...]
    crews: tuple[Crew, ...]
    equipment: tuple[Equipment, ...]
    durations: Durations
    travel: Travel
    assumed: tuple[Assumed, ...]


def terms(ask: Ask, sites: Sequence[RolloutSite], notice: datetime, apart: frozenset[int] = frozenset()) -> Terms:
    """One depot with its bench, a crew in every vehicle with every skill asked for, sets for all sites and spares.

    apart : numbers of sites that do not count for where the depot is taken to be.  Raises OutOfRange.
    """
    for name, most in MOST.items():
        said = getattr(ask, name)
        if said is not None and not 1 <= said <= most:
            raise OutOfRange(f"is {said}", where=f"--{name}", allowed=f"1 to {most:,}")
    n, skills = len(sites), tuple(sorted({skill for s in sites for skill in s.skills}))
    at = ask.depot or _middle([s for k, s in enumerate(sites) if k not in apart])
    stations, vehicles = ask.stations or max(1, -(-n // 6)), ask.vehicles or max(1, -(-n // 4))
    each = 20.0 if ask.minutes_per_set is None else ask.minutes_per_set
    on_site = 45.0 if ask.on_site_min is None else ask.on_site_min
    bench = _mark(ask.depot, ask.stations, ask.minutes_per_set)
    fleet, capacity, people = _mark(ask.vehicles, ask.capacity), ask.capacity or 6, ask.people or 2
    equipment = tuple(_stock(sites))
    deadline = ask.deadline or notice + timedelta(hours=HOURS)
    speed = 40.0 if ask.speed_kmh is None else ask.speed_kmh
    told = [
        (ask.notice, "notice", notice.isoformat(), "now, to the minute; --notice"),
        (ask.deadline, "deadline", deadline.isoformat(), f"{HOURS} h after the notice; --deadline"),
        (ask.depot, "depot", f"{at[0]}, {at[1]}", f"the middle of {'the other' if apart else 'all'} sites; --depot"),
        (ask.vehicles, "vehicles", f"{vehicles}, each with one crew", "one for every four sites; --vehicles"),
        (ask.capacity, "capacity", f"{capacity} sets a vehicle", "a van; --capacity"),
        (ask.people, "people", f"{people} of each crew", "--people"),
        (ask.stations, "bench", f"{stations} stations", "one for every six sites; --stations"),
        (ask.minutes_per_set, "configuration", f"{each:g} minutes a set", "--minutes-per-set"),
        (ask.on_site_min, "work on site", f"{on_site:g} minutes", "where the table says no other; --on-site"),
        (ask.speed_kmh, "driving", f"{speed:g} km/h, great circle x 1.35", "--speed"),
        (None, "equipment", _told(equipment), "what the sites need, and 5 %; equipment.csv"),
        (None, "survey", f"{SURVEY_MIN:g} minutes from the notice", "rollout.toml"),
        (None, "loading", f"{LOAD_MIN:g} minutes at each departure", "depots.csv"),
    ]
    assumed = [Assumed(subject, what, reason) for said, subject, what, reason in told if said is None]
    if skills:
        assumed.append(Assumed("skills", f"every crew has {', '.join(skills)}", "crews.csv says who really has them"))
    numbers = range(1, vehicles + 1)
    return Terms(
        deadline,
        Depot("D1", at[0], at[1], stations, each, load_min=LOAD_MIN, mark=bench),
        tuple(Vehicle(f"V{i}", "D1", capacity, mark=fleet) for i in numbers),
        tuple(Crew(f"C{i}", f"V{i}", people, skills, mark="assumed") for i in numbers),
        equipment,
        Durations(survey_min=SURVEY_MIN, deliver_min=on_site),
        Travel(speed_kmh=speed, mark=_mark(ask.speed_kmh)),
        tuple(assumed),
    )


def _middle(sites: Sequence[RolloutSite]) -> tuple[float, float]:
    """Mean latitude and longitude [deg]."""
    n = len(sites)
    return round(sum(s.latitude_deg for s in sites) / n, 6), round(sum(s.longitude_deg for s in sites) / n, 6)


def _mark(*said: object) -> Mark:
    return "assumed" if None in said else "given"


def _told(equipment: Sequence[Equipment]) -> str:
    return "; ".join(f"{e.sets} sets of {e.kind}, {e.spares} of them spares" for e in equipment)


def _stock(sites: Sequence[RolloutSite]) -> Iterator[Equipment]:
    for kind in sorted({s.kind for s in sites}):
        needed = sum(s.sets for s in sites if s.kind == kind)
        spares = -(-needed // SPARES_EACH)
        yield Equipment(kind, "D1", needed + spares, spares, "assumed")
