"""Why a candidate was not chosen, where that can be said simply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.design.siting.problem import ROUNDING, Problem


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, and the site that explains it where there is one."""

    code: str
    by: int | None = None


TEXTS = {
    "fixed-out": "is fixed out",
    "covers-nothing": "covers no demand",
    "dominated": "covers nothing that this chosen site does not cover, and costs no less",
    "adds-nothing": "covers nothing that the chosen sites do not cover",
    "above-budget": "costs more than the whole budget",
    "no-money-left": "costs more than the budget has left",
    "outweighed": "would add demand; the chosen set does better for its money",
}


def reasons(problem: Problem, chosen: I64, fixed: I64) -> dict[int, Reason]:
    """The reason of every site that is not chosen; fixed : (s,) -1 for fixed out."""
    held = problem.coverage.counts(chosen) > 0
    left = problem.budget - problem.cost(chosen)
    used = {int(s) for s in problem.site[chosen]}
    own = _by_site(problem)
    return {
        s: Reason("fixed-out")
        if fixed[s] < 0
        else _reason(problem, chosen, own.get(s, np.empty(0, np.int64)), held, left)
        for s in range(len(problem.site_price))
        if s not in used
    }


def _by_site(problem: Problem) -> dict[int, I64]:
    begins = np.flatnonzero(np.diff(problem.site, prepend=-1))
    ends = [*begins[1:], len(problem)]
    return {int(problem.site[b]): np.arange(b, e, dtype=np.int64) for b, e in zip(begins, ends, strict=True)}


def _reason(problem: Problem, chosen: I64, own: I64, held: Bool, left: float) -> Reason:
    reach = _union(problem, own)
    if not problem.weight[reach].sum() > 0.0:
        return Reason("covers-nothing")
    price = float((problem.price[own] + problem.site_price[problem.site[own]]).min())
    if not problem.affords(price):
        return Reason("above-budget")
    if not problem.capacitated and held[reach].all():
        by = _dominating(problem, chosen, reach, price)
        return Reason("adds-nothing") if by is None else Reason("dominated", by)
    return Reason("no-money-left") if price > left * (1.0 + ROUNDING) else Reason("outweighed")


def _union(problem: Problem, own: I64) -> I64:
    parts = [problem.coverage.of(int(c)) for c in own]
    return np.unique(np.concatenate([*parts, np.empty(0, np.int32)])).astype(np.int64)


def _dominating(problem: Problem, chosen: I64, reach: I64, price: float) -> int | None:
    """The chosen site that alone covers `reach` at no more than `price`."""
    for site in np.unique(problem.site[chosen]):
        own = chosen[problem.site[chosen] == site]
        if problem.cost(own) <= price and np.isin(reach, _union(problem, own)).all():
            return int(site)
    return None


def alone(problem: Problem, chosen: I64) -> F64:
    """(chosen,) demand that only this one of the chosen covers."""
    counts = problem.coverage.counts(chosen)
    single = np.where(counts == 1, problem.weight, 0.0)
    return np.array([single[problem.coverage.of(int(c))].sum() for c in chosen])
