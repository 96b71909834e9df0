"""The program that chooses among tours: each site in one of them, crews and sets as there are, milestones if it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.routes.programs import Program
from setsail.rollout.routes.tours import Tours

FREE = np.inf
A_MINUTE = 60.0
UNCOVERED = 1e4
"""What a site in no tour costs, in minutes, where tours have a cost."""
SHORT = 60.0
"""What a minute costs by which a milestone is missed, in minutes of way and waiting."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row over the tours of every class: `of` sums to `end` at most.

    costs : where told, to `end` at least, or these minutes are paid.
    """

    of: list[F64]
    end: float
    costs: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Master:
    """What is asked of a choice. costs : tours cost what they cost, else only sites that are left out do;  rows :
    limits of sets, then steps of milestones.
    """

    classes: list[Tours]
    count: int
    rows: list[Row]
    costs: bool = False

    def program(self, taken: Sequence[I64], *, whole: bool = False) -> Program:
        """The program of these tours. whole : each is taken or not, and each site is in exactly one.

        Columns : tours, milestones missed, sites left out;  rows : sites, classes, `rows`.
        """
        sizes, count, kinds = [len(own) for own in taken], self.count, len(self.classes)
        total, stones = sum(sizes), [k for k, row in enumerate(self.rows) if row.costs is not None]
        site_free = FREE if not whole else 1.0
        crews = np.array([one.crews for one in self.classes], dtype=np.float64)
        most = np.array([row.end if row.costs is None else FREE for row in self.rows])
        least = np.array([-FREE if row.costs is None else row.end for row in self.rows])
        left_out = np.full(count, 0.0 if whole else FREE)
        out = [np.full(total, 1.0 if whole else FREE), np.ones(len(stones)), left_out]
        cost = [np.zeros(total), np.zeros(len(stones)), np.ones(count)]
        if self.costs:
            own = [one.cost[mine] / A_MINUTE for one, mine in zip(self.classes, taken, strict=True)]
            missed = np.array([SHORT * (self.rows[k].costs or 0.0) for k in stones])
            cost = [np.concatenate(own), missed, np.full(count, UNCOVERED)]
        return Program(
            np.concatenate(cost), np.concatenate(out), np.concatenate([np.ones(count), np.full(kinds, -FREE), least]),
            np.concatenate([np.full(count, site_free), crews, most]),
            *self._entries(taken, sizes, stones), total + len(stones) if whole else 0,
        )  # fmt: skip

    def _entries(self, taken: Sequence[I64], sizes: Sequence[int], stones: Sequence[int]) -> tuple[I64, I64, F64]:
        """Rows, columns and values that are not 0."""
        count, kinds, total = self.count, len(self.classes), sum(sizes)
        tour, site = np.nonzero(np.concatenate([one.cover[own] for one, own in zip(self.classes, taken, strict=True)]))
        parts = [
            (site, tour, np.ones(len(site))),
            (np.arange(count), total + len(stones) + np.arange(count), np.ones(count)),
            (count + np.repeat(np.arange(kinds), sizes), np.arange(total), np.ones(total)),
        ]
        for k, row in enumerate(self.rows):
            value = np.concatenate([of[own] for of, own in zip(row.of, taken, strict=True)])
            some = np.flatnonzero(value)
            parts.append((np.full(len(some), count + kinds + k), some, value[some]))
        for i, k in enumerate(stones):
            parts.append((np.array([count + kinds + k]), np.array([total + i]), np.array([self.rows[k].end])))
        row_, column, value = (np.concatenate(one) for one in zip(*parts, strict=True))
        return row_.astype(np.int64), column.astype(np.int64), value.astype(np.float64)

    def reduced(self, ends: Sequence[int], duals: F64) -> list[F64]:
        """What each of the first tours of every class is dearer than those that the relaxation takes."""
        count, kinds = self.count, len(self.classes)
        out = []
        for k, (one, end) in enumerate(zip(self.classes, ends, strict=True)):
            value = one.cost[:end] / A_MINUTE - one.cover[:end] @ duals[:count] - duals[count + k]
            for row, dual in zip(self.rows, duals[count + kinds :], strict=True):
                if dual:
                    value = value - dual * row.of[k][:end]
            out.append(value)
        return out
