"""The choice as a mixed-integer program for HiGHS: whole numbers for sites and configurations, none for coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from setsail.base.arrays import F64, I64
from setsail.base.errors import NotComputable
from setsail.base.extras import require
from setsail.design.siting.problem import Problem

MOST_NONZEROS = 5_000_000
"""Entries of the matrix above which HiGHS is not tried; the greedy with its bound is for those."""
GAP_RATIO = 1e-6
"""Relative gap at which HiGHS may stop."""

WRONG_PRESOLVE = "1.14."
"""Versions whose presolve calls sets optimal that are not (ERGO-Code/HiGHS issue 3043, mended in 1.15)."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """What HiGHS found: a set, or None; a bound of the objective, infinite for none; its word on how it ended."""

    chosen: I64 | None
    bound: float
    status: str


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The program: columns are sites (s), configurations (n), then coverage; rows low <= A x <= high.

    group : (m,) coverage group of each point, -1 where nothing covers it; unit : demand that counts as 1 inside.
    """

    cost: F64
    upper: F64
    lower: F64
    whole: int
    matrix: sparse.csc_array
    low: F64
    high: F64
    group: I64
    unit: float


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """What HiGHS left: its columns, or None; the bound of the program's objective; its word on how it ended."""

    columns: F64 | None
    bound: float
    status: str


def solve(problem: Problem, start: I64, time_limit_s: float) -> Solved:
    """The best set that HiGHS finds from the set `start` within the time. Raises MissingExtra, NotComputable."""
    model = build(problem)
    ran = run(model, _point(problem, model, start) if start.size else None, time_limit_s)
    bound = ran.bound * (-model.unit if problem.target is None else _money(problem))
    sites = len(problem.site_price)
    if ran.columns is None:
        return Solved(None, bound, ran.status)
    chosen = np.flatnonzero(ran.columns[sites : sites + len(problem)] > 0.5).astype(np.int64)
    return Solved(chosen, bound, ran.status)


def run(model: Model, start: F64 | None, time_limit_s: float, *, most_nodes: int | None = None) -> Ran:
    """What HiGHS makes of a program, from the columns `start` where there are some. Raises MissingExtra.

    most_nodes : of the search, an end that is the same on every machine.
    """
    highspy = require("highspy", "radio")
    engine = highspy.Highs()
    for name, value in _settings(str(engine.version()), time_limit_s).items():
        engine.setOptionValue(name, value)
    if most_nodes is not None:
        engine.setOptionValue("mip_max_nodes", most_nodes)
    engine.passModel(_passed(highspy, model))
    if start is not None:
        warm = highspy.HighsSolution()
        warm.col_value = list(start)
        engine.setSolution(warm)
    engine.run()
    info = engine.getInfo()
    found = np.array(engine.getSolution().col_value) if info.primal_solution_status == 2 else None
    return Ran(found, float(info.mip_dual_bound), engine.modelStatusToString(engine.getModelStatus()).lower())


def _settings(version: str, time_limit_s: float) -> dict[str, bool | float | str]:
    told: dict[str, bool | float | str] = {"output_flag": False, "time_limit": time_limit_s, "mip_rel_gap": GAP_RATIO}
    return told | {"presolve": "off", "mip_allow_restart": False} if version.startswith(WRONG_PRESOLVE) else told


def build(problem: Problem) -> Model:
    """The program of a problem. Raises NotComputable above `MOST_NONZEROS` entries.

    Points that the same configurations cover are one group. z_g <= sum of its configurations, so that coverage needs
    no whole numbers; with capacity, the part of a group that each of its configurations carries is a column instead.
    """
    group, matrix = groups(problem)
    if matrix.nnz > MOST_NONZEROS:
        raise NotComputable(
            f"has {matrix.nnz:,} pairs of configuration and point",
            where="method milp", allowed=f"at most {MOST_NONZEROS:,}", hint="--method greedy, which has a bound too",
        )  # fmt: skip
    covered = group >= 0
    weight = np.bincount(group[covered], weights=problem.weight[covered], minlength=matrix.shape[1])
    unit = float(weight.mean()) if weight.size and weight.any() else 1.0
    make = _carried if problem.capacitated else _covered
    return make(problem, group, matrix, weight / unit, unit)


def groups(problem: Problem) -> tuple[I64, sparse.csr_array]:
    """(m,) group of each point, -1 where nothing covers it, and which configurations (n) cover which groups."""
    cover = problem.coverage
    shape = (len(cover), cover.points)
    full = sparse.csr_array((np.ones(cover.point.size), cover.point, cover.first), shape=shape).tocsc()
    full.sort_indices()
    known: dict[bytes, int] = {}
    group = np.full(cover.points, -1, dtype=np.int64)
    firsts: list[int] = []
    for j in range(cover.points):
        key = full.indices[full.indptr[j] : full.indptr[j + 1]].tobytes()
        if not key or problem.weight[j] <= 0.0:
            continue
        if key not in known:
            known[key] = len(firsts)
            firsts.append(j)
        group[j] = known[key]
    return group, full[:, firsts].tocsr()


def _money(problem: Problem) -> float:
    """Money that counts as 1 inside."""
    top = max(float(problem.price.max(initial=0.0)), float(problem.site_price.max(initial=0.0)))
    return top if top > 0.0 else 1.0


def _common(problem: Problem, extra: int) -> tuple[list[sparse.csr_array], list[F64], list[F64]]:
    """Rows on sites and configurations: one tilt of a band on an open site, and no forced site left empty."""
    n, s = len(problem), len(problem.site_price)
    slots = int(problem.slot.max()) + 1
    of_slot = np.zeros(slots, dtype=np.int64)
    of_slot[problem.slot] = problem.site
    ones = np.ones(n)
    taken = sparse.csr_array((ones, (problem.slot, np.arange(n))), shape=(slots, n))
    opened = sparse.csr_array((-np.ones(slots), (np.arange(slots), of_slot)), shape=(slots, s))
    forced = np.flatnonzero(problem.forced)
    at = np.flatnonzero(problem.forced[problem.site])
    row = np.searchsorted(forced, problem.site[at])
    some = sparse.csr_array((np.ones(at.size), (row, at)), shape=(forced.size, n))
    blank = sparse.csr_array((forced.size, s))
    rows = [
        sparse.hstack([opened, taken, sparse.csr_array((slots, extra))], format="csr"),
        sparse.hstack([blank, some, sparse.csr_array((forced.size, extra))], format="csr"),
    ]
    low = [np.full(slots, -np.inf), np.ones(forced.size)]
    return rows, low, [np.zeros(slots), np.full(forced.size, np.inf)]


def _aim(problem: Problem, weight: F64, unit: float) -> tuple[F64, sparse.csr_array | None, float, float]:
    """Cost of all columns, and the row of the budget or of the target with its ends."""
    money = np.concatenate([problem.site_price, problem.price]) / _money(problem)
    blank = np.zeros(weight.size)
    if problem.target is None:
        cost = np.concatenate([np.zeros(money.size), -weight])
        if not np.isfinite(problem.budget):
            return cost, None, 0.0, 0.0
        row = sparse.csr_array(np.concatenate([money, blank])[None, :])
        return cost, row, -np.inf, problem.budget / _money(problem)
    row = sparse.csr_array(np.concatenate([np.zeros(money.size), weight])[None, :])
    return np.concatenate([money, blank]), row, problem.target / unit, np.inf


def _finished(
    problem: Problem,
    rows: list[sparse.csr_array],
    low: list[F64],
    high: list[F64],
    *,
    weight: F64,
    group: I64,
    unit: float,
) -> Model:  # fmt: skip
    cost, aim, least, most = _aim(problem, weight, unit)
    if aim is not None:
        rows, low, high = [*rows, aim], [*low, np.array([least])], [*high, np.array([most])]
    sites, n = len(problem.site_price), len(problem)
    lower = np.zeros(cost.size)
    lower[:sites] = problem.forced
    matrix = sparse.vstack(rows, format="csc")
    return Model(
        cost, np.ones(cost.size), lower, sites + n, matrix, np.concatenate(low), np.concatenate(high), group, unit
    )


def _covered(problem: Problem, group: I64, matrix: sparse.csr_array, weight: F64, unit: float) -> Model:
    g, s = weight.size, len(problem.site_price)
    rows, low, high = _common(problem, g)
    rows.append(sparse.hstack([sparse.csr_array((g, s)), -matrix.T, sparse.eye_array(g)], format="csr"))
    return _finished(
        problem, rows, [*low, np.full(g, -np.inf)], [*high, np.zeros(g)], weight=weight, group=group, unit=unit
    )


def _carried(problem: Problem, group: I64, matrix: sparse.csr_array, weight: F64, unit: float) -> Model:
    """Columns for each pair of configuration and group: the share of the group's demand that it carries."""
    pairs = matrix.tocoo()
    c, g = pairs.coords
    p, s, n = c.size, len(problem.site_price), len(problem)
    one, index = np.ones(p), np.arange(p)
    rows, low, high = _common(problem, p)
    blank = sparse.csr_array((weight.size, s + n))
    whole = sparse.csr_array((one, (g, index)), shape=(weight.size, p))
    chosen = sparse.csr_array((-one, (index, c)), shape=(p, n))
    rows.append(sparse.hstack([blank, whole], format="csr"))
    rows.append(sparse.hstack([sparse.csr_array((p, s)), chosen, sparse.eye_array(p)], format="csr"))
    full = np.flatnonzero(np.isfinite(problem.capacity))
    place = np.full(n, -1)
    place[full] = np.arange(full.size)
    at = np.flatnonzero(place[c] >= 0)
    load = sparse.csr_array((weight[g[at]], (place[c[at]], at)), shape=(full.size, p))
    room = sparse.csr_array((-problem.capacity[full] / unit, (np.arange(full.size), full)), shape=(full.size, n))
    rows.append(sparse.hstack([sparse.csr_array((full.size, s)), room, load], format="csr"))
    sizes = (weight.size, p, full.size)
    low = [*low, *(np.full(k, -np.inf) for k in sizes)]
    high = [*high, np.ones(weight.size), np.zeros(p), np.zeros(full.size)]
    return _finished(problem, rows, low, high, weight=weight[g], group=group, unit=unit)


def _passed(highspy: Any, model: Model) -> Any:  # noqa: ANN401 - the solver's own class
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.cost.size, model.low.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.low, model.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.matrix.indptr, model.matrix.indices
    lp.a_matrix_.value_ = model.matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * model.whole + [kinds.kContinuous] * (model.cost.size - model.whole)
    return lp


def _point(problem: Problem, model: Model, chosen: I64) -> F64:
    """The columns of a set; with capacity, the shares are left to the solver."""
    x = np.zeros(model.cost.size)
    sites = len(problem.site_price)
    x[problem.site[chosen]] = 1.0
    x[sites + chosen] = 1.0
    if not problem.capacitated:
        held = problem.coverage.counts(chosen) > 0
        x[model.whole + model.group[held & (model.group >= 0)]] = 1.0
    return x
