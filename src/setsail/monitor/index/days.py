"""The days on which newly known figures changed what an index of the shipped observations is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from setsail.base.errors import NotComputable
from setsail.base.observation import Observations
from setsail.monitor.index.results import data_hash
from setsail.monitor.index.shipped import from_observations
from setsail.standards.facts import Region
from setsail.standards.frameworks import Framework


@dataclass(frozen=True, slots=True)
class Edition:
    """What was known from a day on: the newest period of the index, and how many of its inputs have a value."""

    day: date
    period: str
    inputs: int


def editions(
    framework: Framework, observations: Observations, regions: Mapping[str, Region], geography: str, until: date
) -> list[Edition]:
    """The days up to `until` that changed the inputs of an index, the newest first. Raises UnknownName."""
    asked = {name for i in framework.indicators for s in i.series.values() for name in (s.observation, s.per) if name}
    days = sorted({o.known for o in observations if o.indicator in asked and o.known <= until})
    found: list[Edition] = []
    last = ""
    for day in days:
        try:
            data = from_observations(framework, observations, regions, geography=geography, known_on=day)
        except NotComputable:  # nothing was known of these regions yet
            continue
        told = data_hash(data)
        if told != last:
            found.append(Edition(day, data.times[0], int(np.count_nonzero(~np.isnan(data.values)))))
        last = told
    return found[::-1]
