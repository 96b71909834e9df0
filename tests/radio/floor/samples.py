"""Invented floors for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setsail.radio.floor.options import Floor, Head, Wall

FC_HZ = 3.5e9


def room(
    walls: Sequence[Wall] = (), heads: Sequence[Head] = (Head(1.125, 2.125, 1.5, 0.0),), east_m: float = 8.0
) -> Floor:
    """A floor of 8 x 4 m with one head at UE height on the centre of a pixel of 0.25 m."""
    return Floor(0.0, 0.0, east_m, 4.0, FC_HZ, tuple(heads), tuple(walls))


def strewn(rng: np.random.Generator, heads: int = 5, walls: int = 30, side_m: float = 12.0) -> Floor:
    """Heads and walls at random, with every direction of walls and some along the axes."""
    starts, length, angle = rng.uniform(0.0, side_m, (walls, 2)), rng.uniform(0.5, 6.0, walls), rng.uniform(0, 7, walls)
    angle[::3] = np.round(angle[::3] / (np.pi / 2)) * (np.pi / 2)
    ends = starts + length[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    made = tuple(
        Wall(a[0], a[1], b[0], b[1], loss_db=db)
        for a, b, db in zip(starts.tolist(), ends.tolist(), rng.uniform(0.0, 25.0, walls).tolist(), strict=True)
    )
    places = rng.uniform(0.0, side_m, (heads, 2)).tolist()
    return Floor(0.0, 0.0, side_m, side_m, FC_HZ, tuple(Head(x, y, 3.0, -11.2) for x, y in places), made)
