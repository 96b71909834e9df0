"""The floor kernel written plainly in NumPy, one head and one wall after the other, in decibels."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64, I64, Bool


def crosses(x: F64, y: F64, hx: float, hy: float, wall: F64) -> Bool:
    """(...) whether the ray from a head to each point (x, y) crosses a wall.

    The ends of the wall lie on two sides of the line of the ray, and the ends of the ray on two sides of the line of
    the wall, where a point on a line belongs to its left side.
    """
    ax, ay, bx, by = wall
    a = (x - hx) * (ay - hy) - (y - hy) * (ax - hx) >= 0.0
    b = (x - hx) * (by - hy) - (y - hy) * (bx - hx) >= 0.0
    point = (x - ax) * (by - ay) - (y - ay) * (bx - ax) >= 0.0
    head = (hx - ax) * (by - ay) - (hy - ay) * (bx - ax) >= 0.0
    return np.asarray((a != b) & (point != head), dtype=np.bool_)


def wall_loss_db(x: F64, y: F64, head: F64, walls: F64, tables: F64) -> F64:
    """Sum of the losses [dB] (...) of the walls between a head and each point."""
    loss = np.zeros(x.shape)
    for wall, table in zip(walls, tables, strict=True):
        hit = crosses(x, y, float(head[0]), float(head[1]), wall)
        if len(table) == 1:
            loss[hit] += table[0]
            continue
        dx, dy, along = x[hit] - head[0], y[hit] - head[1], wall[2:] - wall[:2]
        across = np.abs(along[1] * dx - along[0] * dy) / np.hypot(*along)
        cosine = across / np.sqrt(dx**2 + dy**2 + head[2])
        loss[hit] += np.interp(cosine, np.linspace(0.0, 1.0, len(table)), table)
    return loss


def rows(
    x: F64, y: F64, heads: F64, walls: F64, tables: F64, *, half_slope: float, most_db: float
) -> tuple[F64, F64, F64, I64, I64]:
    """What `kernels.rows` fills, from the same arguments."""
    east, north = np.meshgrid(x, y)
    level = np.empty((len(heads), *east.shape))
    for h, head in enumerate(heads):
        square = np.maximum((east - head[0]) ** 2 + (north - head[1]) ** 2 + head[2], 1.0)
        through = np.minimum(wall_loss_db(east, north, head, walls, tables), most_db)
        level[h] = 10.0 * np.log10(head[3]) - 10.0 * half_slope * np.log10(square) - through
    order = np.argsort(-level, axis=0, kind="stable")
    power = np.take_along_axis(10.0 ** (level / 10.0), order, axis=0)
    none = np.zeros(east.shape), np.full(east.shape, -1)
    second, runner = (power[1], order[1]) if len(heads) > 1 else none
    return power[0], second, power[1:].sum(axis=0), order[0], runner
