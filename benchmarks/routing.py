"""Solomon's instances against OR-Tools routing with guided local search, at equal time: ratio of the gaps to the best.

The instances are not part of the repository: SETSAIL_ORACLES names the folder that holds `routing/*.txt`. The smoke
size takes a synthetic instance instead, whose best known cost is the better of both sides'.

Ours searches on two threads, as the command does; the peer's routing search has one.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from setsail.rollout.routes import checking, solving
from setsail.rollout.routes.instance import Instance, VehicleRoute
from setsail.rollout.routes.reading import read
from setsail.rollout.routes.search import Effort

BEST = {"c101": 8273, "r101": 16377, "rc101": 16198, "r201": 11432, "rc208": 7761}
SECONDS = {"smoke": 1.0, "full": 5.0}
ROOT = Path(__file__).resolve().parents[1]


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark. size : smoke or full."""
    seconds = SECONDS[size]
    solving.prepare()
    rows = [row(name, instance, best, seconds) for name, instance, best in instances(size)]
    ours, peer = (sum(one[side] for one in rows) / len(rows) for side in ("gap_ours", "gap_peer"))
    return [{"size": size, **one} for one in [*rows, {"case": "mean", "seconds": seconds, **gaps(ours, peer)}]]


def instances(size: str) -> list[tuple[str, Instance, int]]:
    """Name, instance and best known cost [0.1 units]; 0 where it is not known."""
    folder = Path(os.environ.get("SETSAIL_ORACLES", ROOT.parent / "shared" / "oracles")) / "routing"
    if size == "full" and folder.is_dir():
        return [(name, read(folder / f"{name}.txt", dimacs=True), best) for name, best in BEST.items()]
    return [("synthetic", synthetic(25, seed=9), 0)]


def synthetic(count: int, seed: int) -> Instance:
    """Customers at random with windows, in Solomon's text."""
    rng = np.random.default_rng(seed)
    rows = ["0 50 50 0 0 1000 0"]
    for k in range(1, count + 1):
        x, y, opens = int(rng.integers(101)), int(rng.integers(101)), int(rng.integers(600))
        rows.append(f"{k} {x} {y} {int(rng.integers(1, 20))} {opens} {opens + 200} 10")
    head = "SYNTHETIC\nVEHICLE\nNUMBER CAPACITY\n25 200\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.txt"
        path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
        return read(path, dimacs=True)


def row(name: str, instance: Instance, best: int, seconds: float) -> dict[str, Any]:
    """Both sides on one instance. Raises ValueError where a side's routes do not hold."""
    begun = time.perf_counter()
    mine = solving.solved(instance, Effort(seconds), seed=0)
    taken = time.perf_counter() - begun
    theirs = ortools(instance, seconds)
    for side, routes in (("ours", mine.routes), ("peer", theirs)):
        broken = checking.violations(instance, routes)
        if broken:
            raise ValueError(f"{name}, {side}: {broken[0]}")
    peer = checking.cost(instance, theirs)
    known = best or min(mine.cost, peer)
    told = gaps(mine.cost / known - 1, peer / known - 1)
    return {
        "case": name,
        "seconds": seconds,
        "seconds_ours": taken,
        "cost_ours": mine.cost / 10,
        "cost_peer": peer / 10,
        **told,
    }


def gaps(ours: float, peer: float) -> dict[str, Any]:
    """Both gaps and their ratio; none where ours is nothing."""
    return {"gap_ours": ours, "gap_peer": peer, "ratio_peer_to_ours": peer / ours if ours > 0 else None}


def ortools(instance: Instance, seconds: float) -> tuple[VehicleRoute, ...]:
    """Routes of the peer: cheapest insertion first, then guided local search."""
    count = instance.customers + 1
    manager = pywrapcp.RoutingIndexManager(count, instance.vehicles, 0)
    model = pywrapcp.RoutingModel(manager)
    legs = model.RegisterTransitMatrix(instance.distance.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(legs)
    load = model.RegisterUnaryTransitVector(instance.demand.tolist())
    model.AddDimension(load, 0, instance.capacity, True, "load")
    times = model.RegisterTransitMatrix((instance.duration + instance.service[:, None]).tolist())
    horizon = int(instance.due[0])
    model.AddDimension(times, horizon, horizon, False, "time")
    dimension = model.GetDimensionOrDie("time")
    for place in range(1, count):
        index = manager.NodeToIndex(place)
        dimension.CumulVar(index).SetRange(int(instance.ready[place]), int(instance.due[place]))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(seconds * 1000))
    solution = model.SolveWithParameters(parameters)
    if solution is None:
        raise ValueError("the peer found no routes")
    out: list[list[int]] = []
    for vehicle in range(instance.vehicles):
        out.append([])
        index = solution.Value(model.NextVar(model.Start(vehicle)))
        while not model.IsEnd(index):
            out[-1].append(manager.IndexToNode(index))
            index = solution.Value(model.NextVar(index))
    return tuple(tuple(route) for route in out if route)
