"""A routing instance solved, and the solution checked before anybody sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setsail.base.errors import NotComputable
from setsail.base.extras import require
from setsail.base.limits import Limit
from setsail.rollout.routes import checking, columns, search
from setsail.rollout.routes.instance import FOREVER, Instance, VehicleRoute
from setsail.rollout.routes.search import Effort

if TYPE_CHECKING:
    from pyvrp import ProblemData, Route

SECONDS = Limit("--time", 0.1, 3600.0, "one hour on one machine")
METHOD = "iterated local search (PyVRP) and set partitioning (HiGHS)"


@dataclass(frozen=True, slots=True)
class Solved:
    """cost : total distance in scaled units;  broken : what the best solution breaks, empty where it is feasible."""

    routes: tuple[VehicleRoute, ...]
    cost: int
    broken: tuple[str, ...]
    iterations: int


def prepare() -> None:
    """Loads the libraries, so that a caller can count the time that it takes. Raises MissingExtra."""
    require("pyvrp", "rollout")
    columns.prepare()


def solved(instance: Instance, effort: Effort, *, seed: int) -> Solved:
    """Routes of least total distance that could be found, in the order of their first customers, checked.

    Raises OutOfRange, MissingExtra, NotComputable where the library and our own walk disagree on the cost.
    """
    SECONDS.require(effort.seconds)
    data = _data(instance)
    found = search.searched(data, effort, seed=seed)
    routes = tuple(sorted(_stops(route) for route in found.solution.routes()))
    cost = checking.cost(instance, routes)
    broken = checking.violations(instance, routes)
    if found.solution.is_complete() and found.solution.distance() != cost:
        raise NotComputable(
            f"the search says {found.solution.distance()}, the walk {cost}", where=f"routes of {instance.name}"
        )
    return Solved(routes, cost, broken, found.iterations)


def _data(instance: Instance) -> ProblemData:
    """The instance as the library takes it."""
    pyvrp = require("pyvrp", "rollout")
    clients = [
        pyvrp.Client(
            location=k, delivery=[int(instance.demand[k])], service_duration=int(instance.service[k]),
            tw_early=int(instance.ready[k]), tw_late=int(instance.due[k]), release_time=int(instance.release[k]),
        )
        for k in range(1, instance.customers + 1)
    ]  # fmt: skip
    fleet = pyvrp.VehicleType(
        num_available=min(instance.vehicles, instance.customers), capacity=[instance.capacity],
        tw_early=int(instance.ready[0]), tw_late=min(int(instance.due[0]), FOREVER),
        reload_depots=[0] if instance.reload else [],
    )  # fmt: skip
    places = [pyvrp.Location(x=0, y=0) for _ in range(instance.customers + 1)]
    made: ProblemData = pyvrp.ProblemData(
        places, clients, [pyvrp.Depot(location=0)], [fleet], [instance.distance], [instance.duration]
    )
    return made


def _stops(route: Route) -> VehicleRoute:
    """Customers of a route, 0 where it loads again."""
    inside = list(route)[1:-1]
    return tuple(0 if stop.is_depot() else stop.idx + 1 for stop in inside)
