"""The least total of an assignment: every row to a column of its own (Hungarian method).

Source: Jonker, Volgenant, Computing 38, 1987: shortest augmenting paths. Small enough here that no library is loaded
for it, which would take longer than the search that it serves.
"""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import I64

FAR = np.iinfo(np.int64).max // 4


def least(cost: I64) -> int:
    """The least sum of costs where every row takes one column and no column is taken twice; rows <= columns."""
    count, width = cost.shape
    of_row, of_column = np.zeros(count, dtype=np.int64), np.zeros(width, dtype=np.int64)
    taken_by = np.full(width, -1, dtype=np.int64)
    for row in range(count):
        _augment(cost, row, of_row, of_column, taken_by)
    columns = np.flatnonzero(taken_by >= 0)
    return int(cost[taken_by[columns], columns].sum())


def _augment(cost: I64, row: int, of_row: I64, of_column: I64, taken_by: I64) -> None:
    """Gives a row a column by the shortest way of exchanges; the duals follow."""
    width = cost.shape[1]
    near, before = np.full(width, FAR, dtype=np.int64), np.full(width, -1, dtype=np.int64)
    seen = np.zeros(width, dtype=bool)
    here, at, way = row, -1, 0
    while True:
        reach = way + cost[here] - of_row[here] - of_column
        closer = ~seen & (reach < near)
        near[closer], before[closer] = reach[closer], at
        at = int(np.argmin(np.where(seen, FAR, near)))
        way, seen[at] = int(near[at]), True
        if taken_by[at] < 0:
            break
        here = int(taken_by[at])
    known = np.flatnonzero(seen & (taken_by >= 0))
    of_row[row] += way
    of_row[taken_by[known]] += way - near[known]
    of_column[seen] -= way - near[seen]
    while at >= 0:
        last = int(before[at])
        taken_by[at] = row if last < 0 else taken_by[last]
        at = last
