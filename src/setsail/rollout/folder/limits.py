"""Limits of the numbers of a rollout, each written once."""

from __future__ import annotations

import dataclasses
from typing import Any

MINUTES = 14_400.0
"""Ten days: no stage, no drive and no delay of a rollout takes longer."""
METRES = 10_000_000.0
COUNT = 1_000_000
_BY_ENDING = {"_min": (0.0, MINUTES), "_kbps": (0.0, 1e6)}
_BY_NAME: dict[str, tuple[float, float]] = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "minutes_per_set": (0.0, MINUTES),
    "speed_kmh": (1.0, 200.0),
    "detour_factor": (1.0, 10.0),
    "sets": (1, 1000),
    "crews": (1, 20),
    "people": (1, 100),
    "stations": (1, 1000),
    "capacity_sets": (1, 10_000),
    "spares": (0, COUNT),
    "count": (0, COUNT),
    "room": (1, 2**31 - 1),
    "receive": (0, 64),
    "fps": (1.0, 120.0),
    "packets_per_frame": (1, 1000),
    "ip": (4, 6),
}
_BY_CLASS: dict[tuple[str, str], tuple[float, float]] = {("Equipment", "sets"): (0, COUNT)}
_NAMES: dict[type[Any], tuple[str, ...]] = {}


def of(cls: type[Any], name: str) -> tuple[float, float]:
    """The lowest and the highest value of a field that holds a number; both are allowed."""
    known = _BY_CLASS.get((cls.__name__, name)) or _BY_NAME.get(name)
    return known or next(limit for ending, limit in _BY_ENDING.items() if name.endswith(ending))


def names(cls: type[Any]) -> tuple[str, ...]:
    """The fields of a class."""
    if cls not in _NAMES:
        _NAMES[cls] = tuple(f.name for f in dataclasses.fields(cls))
    return _NAMES[cls]
