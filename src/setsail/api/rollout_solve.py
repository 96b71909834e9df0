"""Routing instances solved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from setsail.base.record import Record

LEAST_RATIO = 0.4
"""Of the seconds asked for, which the search gets however long the libraries take to load."""


def rollout_solve(
    path: Path, *, seconds: float = 5.0, dimacs: bool = False, seed: int = 0, iterations: int | None = None,
    clock: Callable[[], float],
) -> Record:  # fmt: skip
    """Routes of least distance of an instance in Solomon's text or VRPLIB, checked by a walk of their own.

    dimacs : distances truncated to 0.1;  iterations : of each of the two searchers, to repeat a run exactly.
    `cost` and `distance` are in the unit of the file;  a route is the customers in order, 0 where the vehicle loads
    again.  Raises BadInput and its kin, MissingExtra.
    """
    from setsail.rollout.routes import reading, solving
    from setsail.rollout.routes.instance import TOLD
    from setsail.rollout.routes.search import Effort

    begun = clock()
    solving.SECONDS.require(seconds)
    instance = reading.read(path, dimacs=dimacs)
    solving.prepare()
    left = max(LEAST_RATIO * seconds, seconds - (clock() - begun))
    made = solving.solved(instance, Effort(left, iterations), seed=seed)
    cost = made.cost / instance.scale
    return {
        "instance": instance.name,
        "feasible": not made.broken,
        "cost": cost,
        "distance": cost,
        "unit": TOLD[instance.rounding],
        "vehicles": len(made.routes),
        "vehicles_at_most": instance.vehicles,
        "customers": instance.customers,
        "routes": [list(route) for route in made.routes],
        "broken": list(made.broken),
        "method": solving.METHOD,
        "seed": seed,
        "iterations": made.iterations,
        "seconds": round(clock() - begun, 3),
    }
