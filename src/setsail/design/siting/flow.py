"""The most demand that a set of configurations with capacity can carry together."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from setsail.base.arrays import F64, I64
from setsail.base.errors import NotComputable
from setsail.design.siting.problem import Problem


def most_carried(problem: Problem, chosen: I64) -> F64:
    """(chosen,) demand carried by each, so that the sum is the largest; a linear program (HiGHS in SciPy)."""
    points = [problem.coverage.of(int(c)) for c in chosen]
    j = np.concatenate([*points, np.empty(0, np.int32)]).astype(np.int64)
    c = np.repeat(np.arange(chosen.size), [p.size for p in points])
    if not j.size:
        return np.zeros(chosen.size)
    used, row = np.unique(j, return_inverse=True)
    one, index = np.ones(j.size), np.arange(j.size)
    demand = sparse.csr_array((one, (row, index)), shape=(used.size, j.size))
    full = np.flatnonzero(np.isfinite(problem.capacity[chosen]))
    own = np.isin(c, full)
    room = sparse.csr_array((one[own], (np.searchsorted(full, c[own]), index[own])), shape=(full.size, j.size))
    most = np.concatenate([problem.weight[used], problem.capacity[chosen][full]])
    scale = float(most.max()) or 1.0
    rows = sparse.csr_matrix(sparse.vstack([demand, room]))
    found = linprog(-one, A_ub=rows, b_ub=most / scale, bounds=(0, None), method="highs")  # type: ignore[call-overload]
    if found.x is None:
        raise NotComputable(str(found.message), where="capacity")
    carried = np.bincount(c, weights=np.maximum(found.x, 0.0) * scale, minlength=chosen.size)
    return np.asarray(carried, dtype=np.float64)
