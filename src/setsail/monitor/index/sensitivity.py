"""Which choice of method moves the ranks: variance-based sensitivity indices with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import sobol_indices, uniform

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index.choices import Choices, Design, design
from setsail.monitor.index.robustness import run_all
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import compute, ranks


@dataclass(frozen=True, slots=True)
class Sobol:
    """First and total order (d,) with the bounds (d, 2) of their bootstrap intervals."""

    first: F64
    total: F64
    first_interval: F64
    total_interval: F64


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Indices of every factor for the mean shift of ranks.

    exact_first, exact_total : (d,) from the complete table of all combinations (and drawn weight sets);
    runs : distinct computations of the index;  evaluations : of the estimator, n (d + 2).
    """

    design: Design
    names: tuple[str, ...]
    sobol: Sobol
    exact_first: F64
    exact_total: F64
    runs: int
    evaluations: int
    mean_shift: float


def sobol(f: Callable[[F64], F64], factors: int, n: int, rng: np.random.Generator, resamples: int = 500) -> Sobol:
    """Sobol' indices of f over the unit cube; f takes (factors, k) and gives (1, k).

    n : a power of 2;  intervals : 5 to 95 % of `resamples` bootstrap samples of the n base points.
    Source: Saltelli et al. (2010), Computer Physics Communications 181, 259-270, Table 2 (b), (f).
    """
    if n < 2 or n & (n - 1):
        raise BadInput(f"is {n}", where="--samples", allowed="a power of 2")
    evenly: Any = uniform(0, 1)
    values: list[tuple[F64, F64, F64]] = []

    def estimator(f_A: F64, f_B: F64, f_AB: F64) -> tuple[F64, F64]:  # noqa: N803 - the names that scipy asks for
        values.append((f_A[0], f_B[0], f_AB[:, 0]))
        first, total = estimated(*values[-1])
        return first[None], total[None]

    found = sobol_indices(func=f, n=n, dists=[evenly] * factors, rng=rng, method=estimator)
    a, b, ab = values[0]
    draws = []
    for _ in range(resamples):
        pick = rng.integers(0, n, n)
        draws.append(estimated(a[pick], b[pick], ab[:, pick]))
    bounds = np.nanquantile(np.array(draws), (0.05, 0.95), axis=0)
    first, total = (np.asarray(x, dtype=np.float64).reshape(factors) for x in (found.first_order, found.total_order))
    return Sobol(first, total, bounds[:, 0].T, bounds[:, 1].T)


def estimated(a: F64, b: F64, ab: F64) -> tuple[F64, F64]:
    """First and total order (d,) from f at two samples (n,) and at the first with one column of the second (d, n)."""
    both = np.concatenate([a, b])
    variance, mean = both.var(), both.mean()
    if variance == 0:
        return np.full(len(ab), np.nan), np.full(len(ab), np.nan)
    first = ((b - mean) * (ab - a)).mean(axis=1) / variance
    total = 0.5 * ((a - ab) ** 2).mean(axis=1) / variance
    return first, total


def sensitivity(
    inputs: Inputs, choices: Choices, rng: np.random.Generator, *, samples: int = 16384, weight_sets: int = 2000
) -> Sensitivity:
    """Sobol' indices of the mean absolute shift of ranks from the nominal result.

    The factors are discrete but for the weights, of which `weight_sets` sets are drawn. So the index is computed once
    for every combination, and the estimator looks its values up. Raises NotComputable, BadInput.
    """
    made = design(inputs, choices, rng)
    sizes = [len(a) for a in made.factors.values()] + ([weight_sets] if made.nodes else [])
    names = (*made.factors, *(["weights"] if made.nodes else []))
    if len(names) < 2:
        raise NotComputable(
            f"varies {', '.join(names) or 'nothing'}", where="sensitivity", allowed="two choices or more", hint="--vary"
        )
    table = _table(inputs, made, rng, sizes)
    first, total = exact(table)
    bounds = np.array(sizes)[:, None]

    def look_up(u: F64) -> F64:
        at = np.minimum((u * bounds).astype(np.int64), bounds - 1)
        found: F64 = table[tuple(at)][None]
        return found

    return Sensitivity(
        made, names, sobol(look_up, len(names), samples, rng), first, total, table.size,
        samples * (len(names) + 2), float(table.mean()),
    )  # fmt: skip


def _table(inputs: Inputs, made: Design, rng: np.random.Generator, sizes: list[int]) -> F64:
    """Mean absolute shift of ranks under every combination, one axis for each factor."""
    nominal = compute(inputs.framework, inputs.data, inputs.pipeline).ranks
    factors = made.draw_weights(rng, sizes[-1]) if made.nodes else {}
    draws = sizes[-1] if made.nodes else 1
    rows = []
    for combination in made.combinations():
        picked = np.tile(np.array(combination, dtype=np.int64), (draws, 1))
        index, skipped = run_all(made, picked, factors)
        if skipped:
            raise NotComputable(
                f"{skipped[0].what}: {skipped[0].reason}", where="sensitivity", hint="leave out one of the two: --vary"
            )
        shift = np.abs(ranks(index, made.place) - nominal)
        rows.append(np.nanmean(shift, axis=1))
    table = np.stack(rows).reshape(sizes)
    if table.std() == 0:
        raise NotComputable("no choice moves any rank", where="sensitivity", hint="vary other choices")
    return table


def exact(table: F64) -> tuple[F64, F64]:
    """First and total order (d,) of a function given on a complete grid with even weights."""
    axes = range(table.ndim)
    variance = table.var()
    first = [table.mean(axis=tuple(a for a in axes if a != k)).var() / variance for k in axes]
    total = [1 - table.mean(axis=k).var() / variance for k in axes]
    return np.array(first), np.array(total)
