"""A vehicle routing instance as whole numbers, and what a solution of it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from setsail.base.arrays import I64
from setsail.base.errors import BadInput

Rounding = Literal["dimacs", "nint", "exact"]
"""dimacs : tenths, truncated;  nint : whole numbers, rounded (TSPLIB EUC_2D);  exact : thousandths, times up."""
SCALE: dict[Rounding, int] = {"dimacs": 10, "nint": 1, "exact": 1000}
TOLD: dict[Rounding, str] = {
    "dimacs": "units of the instance, distances truncated to 0.1",
    "nint": "units of the instance, distances rounded to whole numbers",
    "exact": "units of the instance, distances to 0.001",
}
FOREVER = 10**12
"""A time that no route reaches, in scaled units."""

VehicleRoute = tuple[int, ...]
"""Customers 1..n in order; 0 where the vehicle comes back to the depot to load again."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One depot (place 0) and customers 1..n; distances, times and windows count 1/`scale` of the file's unit.

    distance, duration : (n + 1, n + 1);  demand, ready, due, service, release : (n + 1,);  release : a customer's
    goods leave the depot no earlier;  reload : a vehicle may come back to load again;  timed : False where neither
    windows nor releases limit anything.
    """

    name: str
    rounding: Rounding
    vehicles: int
    capacity: int
    distance: I64
    duration: I64
    demand: I64
    ready: I64
    due: I64
    service: I64
    release: I64
    reload: bool
    timed: bool

    @property
    def scale(self) -> int:
        """Units of the whole numbers in one unit of the file."""
        return SCALE[self.rounding]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self.demand) - 1


def require_servable(instance: Instance, where: str) -> None:
    """Raises BadInput where a customer cannot be served by any vehicle, or the fleet cannot carry all goods."""
    out, back = instance.duration[0, 1:], instance.duration[1:, 0]
    begin = np.maximum(np.maximum(instance.ready[0], instance.release[1:]) + out, instance.ready[1:])
    checks = (
        (instance.demand[1:] > instance.capacity, f"asks for more than a vehicle carries ({instance.capacity})"),
        (instance.due[1:] < instance.ready[1:], "has a window that closes before it opens"),
        (begin > instance.due[1:], "cannot be reached before its window closes"),
        (begin + instance.service[1:] + back > instance.due[0], "cannot be served before the depot closes"),
    )
    for bad, what in checks:
        if bad.any():
            raise BadInput(f"customer {int(np.flatnonzero(bad)[0]) + 1} {what}", where=where)
    total, most = int(instance.demand.sum()), instance.vehicles * instance.capacity
    if not instance.reload and total > most:
        raise BadInput(f"asks for {total} in all, the vehicles carry {most}", where=where)
