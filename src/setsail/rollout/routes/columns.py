"""The best choice among all routes met by a search: a set partitioning problem, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from setsail.base.arrays import F64, I64

Column = tuple[int, str]
"""Vehicle type and stops of a route as the search writes them: "C4 C1 | C2", with a bar where it loads again."""
SOLVED = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """columns : those chosen, None where nothing cheaper than `below` was found;  proved : no choice is cheaper."""

    columns: tuple[Column, ...] | None
    proved: bool


def prepare() -> tuple[Any, Any]:
    """SciPy's `optimize` and `sparse`; loaded before a search counts its time."""
    return import_module("scipy.optimize"), import_module("scipy.sparse")


def clients(stops: str) -> tuple[int, ...]:
    """Numbers of the clients among the stops."""
    return tuple(int(stop[1:]) for stop in stops.split() if stop[0] == "C")


def cheapest(
    pool: Mapping[Column, int], customers: int, available: Sequence[int], *, below: int, seconds: float
) -> Choice:
    """Routes of the pool that serve every customer once, with the fleet there is, at a cost less than `below`.

    available : vehicles of each type.  The linear relaxation comes first: a column whose reduced cost reaches the gap
    between it and `below` is in no better choice, so that only the few others go to the integer program.
    """
    optimize, sparse = prepare()
    held = _distinct(pool)
    if not held:
        return Choice(None, proved=False)
    cost = np.array([pool[column] for column in held], dtype=np.float64)
    rows, places = _entries(held, customers)
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, places)), shape=(customers + len(available), len(held)))
    cover, fleet = matrix[:customers], matrix[customers:]
    relaxed = optimize.linprog(
        cost, A_ub=fleet, b_ub=available, A_eq=cover, b_eq=np.ones(customers), bounds=(0, None), method="highs",
        options={"time_limit": seconds},
    )  # fmt: skip
    if relaxed.status != SOLVED:
        return Choice(None, proved=False)
    reduced: F64 = cost - cover.T @ relaxed.eqlin.marginals - fleet.T @ relaxed.ineqlin.marginals
    kept: I64 = np.flatnonzero(reduced < below - 1 - relaxed.fun + 1e-6)
    if relaxed.fun > below - 1 + 1e-6 or not len(kept):
        return Choice(None, proved=True)
    found = optimize.milp(
        cost[kept], integrality=np.ones(len(kept), dtype=np.int64), bounds=optimize.Bounds(0, 1),
        options={"time_limit": seconds},
        constraints=[
            optimize.LinearConstraint(cover[:, kept], 1, 1),
            optimize.LinearConstraint(fleet[:, kept], -np.inf, np.asarray(available)),
        ],
    )  # fmt: skip
    if found.x is None or found.fun > below - 0.5:
        return Choice(None, proved=found.status == SOLVED)
    return Choice(tuple(held[kept[k]] for k in np.flatnonzero(found.x > 0.5)), proved=found.status == SOLVED)


def _distinct(pool: Mapping[Column, int]) -> list[Column]:
    """The cheapest order of each set of clients on each type of vehicle, in a fixed order."""
    best: dict[tuple[int, frozenset[int]], tuple[int, Column]] = {}
    for column, cost in pool.items():
        key = (column[0], frozenset(clients(column[1])))
        if key not in best or (cost, column) < best[key]:
            best[key] = (cost, column)
    return sorted(column for _, column in best.values())


def _entries(held: Sequence[Column], customers: int) -> tuple[list[int], list[int]]:
    """Rows and columns of the ones: a customer served, and a vehicle of a type used."""
    rows: list[int] = []
    places: list[int] = []
    for k, (kind, stops) in enumerate(held):
        served = clients(stops)
        rows += [*served, customers + kind]
        places += [k] * (len(served) + 1)
    return rows, places
