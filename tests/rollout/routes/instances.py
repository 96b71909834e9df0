"""Synthetic routing instances as text."""

from __future__ import annotations

import numpy as np

HEAD = "SYNTHETIC\n\nVEHICLE\nNUMBER     CAPACITY\n  {vehicles}         {capacity}\n\nCUSTOMER\n"
COLUMNS = "CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME\n\n"
ROWS = (
    (0, 0, 0, 0, 0, 1000, 0), (1, 3, 4, 10, 0, 1000, 10), (2, 6, 8, 10, 0, 1000, 10), (3, -3, -4, 10, 0, 1000, 10),
)  # fmt: skip


def solomon(rows: tuple[tuple[object, ...], ...] = ROWS, *, vehicles: object = 3, capacity: object = 20) -> str:
    """Solomon's text of a depot and customers."""
    lines = "".join(" ".join(map(str, row)) + "\n" for row in rows)
    return HEAD.format(vehicles=vehicles, capacity=capacity) + COLUMNS + lines


def random_rows(count: int, seed: int) -> tuple[tuple[object, ...], ...]:
    """Customers at random with windows that a vehicle of its own can keep."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = [(0, 50, 50, 0, 0, 2000, 0)]
    for k in range(1, count + 1):
        x, y = (int(v) for v in rng.integers(0, 101, 2))
        opens = int(rng.integers(0, 800))
        rows.append((k, x, y, int(rng.integers(1, 20)), opens, opens + int(rng.integers(100, 600)), 10))
    return tuple(rows)


VRPLIB = """NAME : small
TYPE : {type}
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
VEHICLES : 2
CAPACITY : 20
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
4 -3 -4
DEMAND_SECTION
1 0
2 10
3 10
4 10
{more}DEPOT_SECTION
1
-1
EOF
"""


def vrplib(more: str = "", kind: str = "CVRP") -> str:
    """A VRPLIB file of the same four places."""
    return VRPLIB.format(type=kind, more=more)
