"""The best heads where no more than so many may be built: the siting study's maximum coverage, with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from setsail.base.arrays import I64, Bool
from setsail.design.indoor.choose import Wanted
from setsail.design.siting.coverage import Coverage
from setsail.design.siting.options import Aim
from setsail.design.siting.problem import Answer, Problem
from setsail.design.siting.study import answer


def best_within(wanted: Sequence[Wanted], most: int, time_limit_s: float) -> tuple[list[I64], Answer]:
    """Chosen candidates of each floor that cover the most area with `most` heads in all, and the proof.

    Heads that stand there are kept and counted; shares of single rooms and second servers give way.
    """
    covers = [w.covers & (w.weight > 0.0)[None, :] for w in wanted]
    sizes, points = [c.shape[0] for c in covers], [c.shape[1] for c in covers]
    offset = np.concatenate([[0], np.cumsum(points)])
    hit = [np.flatnonzero(row) + offset[k] for k, c in enumerate(covers) for row in c]
    first = np.concatenate([[0], np.cumsum([h.size for h in hit])]).astype(np.int64)
    cover = Coverage(first, np.concatenate(hit).astype(np.int32), int(offset[-1]))
    n = sum(sizes)
    fixed: Bool = np.concatenate([w.fixed for w in wanted])
    budget = float(max(most, int(fixed.sum()), 1))
    problem = Problem(
        cover, np.arange(n), np.arange(n), np.ones(n), np.zeros(n), fixed,
        np.concatenate([w.weight for w in wanted]), np.full(n, np.inf), budget,
    )  # fmt: skip
    found = answer(problem, Aim(budget=budget, time_limit_s=time_limit_s))
    edges = np.concatenate([[0], np.cumsum(sizes)])
    parts = [found.chosen[(found.chosen >= a) & (found.chosen < b)] - a for a, b in pairwise(edges)]
    return parts, found
