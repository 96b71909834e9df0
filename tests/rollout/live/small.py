"""A small synthetic rollout and what the tests of live changes share."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from setsail.rollout.live.events import Told
from setsail.rollout.model import (
    Bridge,
    Crew,
    Depot,
    Durations,
    Equipment,
    Milestone,
    Rollout,
    RolloutSite,
    Vehicle,
)

HERE = timezone(timedelta(hours=8))
NOTICE = datetime(2030, 1, 5, 22, tzinfo=HERE)
NOW = datetime(2030, 1, 7, tzinfo=HERE)
BY = "synthetic dispatcher"


def clock(text: str) -> datetime:
    """The first such time of day after the notice."""
    hour, minute = (int(part) for part in text.split(":"))
    at = NOTICE.replace(hour=hour, minute=minute)
    return at if at >= NOTICE else at + timedelta(days=1)


def rollout(sites: int = 6, crews: int = 2, **more: object) -> Rollout:
    """Synthetic sites on a ring around one depot, about six kilometres out."""
    places = tuple(
        RolloutSite(
            f"S{i:02d}",
            f"Synthetic clinic {i}",
            30.5 + 0.05 * ((i % 3) - 1),
            114.3 + 0.02 * i,
            bank="north" if i % 2 else "south",
        )
        for i in range(1, sites + 1)
    )
    numbers = range(1, crews + 1)
    values: dict[str, object] = {
        "rollout": "small", "name": "Synthetic rollout", "notice": NOTICE, "deadline": NOTICE + timedelta(hours=24),
        "sites": places, "depots": (Depot("D1", 30.5, 114.3, 2, 20.0, load_min=10.0, bank="north"),),
        "vehicles": tuple(Vehicle(f"V{i}", "D1", 4) for i in numbers),
        "crews": tuple(Crew(f"C{i}", f"V{i}") for i in numbers),
        "equipment": (Equipment("terminal", "D1", sites + 3, 3),),
        "bridges": (Bridge("B1", "Synthetic bridge", "north", "south", 30.5, 114.32),
                    Bridge("B2", "Synthetic ferry", "north", "south", 30.51, 114.4)),
        "milestones": (Milestone(NOTICE + timedelta(hours=12), "delivered", sites),),
        "durations": Durations(survey_min=60.0),
    }  # fmt: skip
    return Rollout(**(values | more))  # type: ignore[arg-type]


def told(kind: str, at: str = "", **values: str) -> Told:
    """An event as a dispatcher gives it."""
    return Told(kind, at, values)
