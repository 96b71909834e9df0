"""The floor kernel: all heads on the pixels of some rows, behind the walls that each ray crosses.

What a wall hides from a head is convex, so along a row of pixels it is one interval, and the loss of all walls follows
from one running sum. An interval ends where the row passes the line of the wall, found once for all heads, or behind an
end of the wall, found once for the walls that meet there; walls that lie beyond the row or behind the head are left
out. The places are found with the very sign tests that the twin makes at each pixel (no division decides), so both
agree on every crossing. Numba is needed.
"""

# ruff: noqa: ANN001, ANN202, PLR0917 - types and arguments of device code are those of Numba
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False
from __future__ import annotations

import math

import numba as nb
import numpy as np

from setsail.base.arrays import F32, F64, I64

NEPERS_PER_DB = math.log(10.0) / 10.0
FLAGS = {"contract", "nsz"}
"""Fused multiply-add and a free sign of zero in the sums of power; the sign tests of walls have neither."""


@nb.njit(inline="always")
def _left(x, c, k):
    """True where x c - k is not negative: the half-open rule that gives a shared end to one of two walls."""
    return x * c - k >= 0.0


@nb.njit(inline="always")
def _flip(x, x0, c, k, about, first):
    """Least index from which `_left` is not `first`, or the length of the row. about : x of the place, or near it."""
    n = x.size
    if _left(x[n - 1] - x0, c, k) == first:
        return n
    guess = min(max((about - x[0]) / (x[1] - x[0]), 0.0), float(n - 1))
    i = min(max(int(guess) + 1, 1), n - 1)
    while i < n - 1 and _left(x[i] - x0, c, k) == first:
        i += 1
    while i > 1 and _left(x[i - 1] - x0, c, k) != first:
        i -= 1
    return i


@nb.njit
def _sides(x, y, walls, at, first):
    """Of each row and wall: whether the row begins on its left side, and the index from which it is on the other."""
    for r in range(y.size):
        for w in range(walls.shape[0]):
            ax, ay = walls[w, 0], walls[w, 1]
            c, k = walls[w, 3] - ay, (y[r] - ay) * (walls[w, 2] - ax)
            first[r, w] = _left(x[0] - ax, c, k)
            at[r, w] = _flip(x, ax, c, k, k / c + ax if c != 0.0 else x[0], first[r, w])


@nb.njit
def _corners(walls):
    """Ends of the walls (n, 2), those once where a wall goes on from the one before, and both of each wall (walls, 2).

    The last array holds the least and the greatest y of the walls at each end (n, 2).
    """
    m, n = walls.shape[0], 0
    ends, of, reach = np.empty((2 * m, 2)), np.empty((m, 2), np.int64), np.empty((2 * m, 2))
    for w in range(m):
        for e in range(2):
            px, py = walls[w, 2 * e], walls[w, 2 * e + 1]
            if e == 1 or w == 0 or px != ends[n - 1, 0] or py != ends[n - 1, 1]:
                ends[n, 0], ends[n, 1], reach[n, 0], reach[n, 1] = px, py, np.inf, -np.inf
                n += 1
            of[w, e] = n - 1
            reach[n - 1, 0] = min(reach[n - 1, 0], walls[w, 1], walls[w, 3])
            reach[n - 1, 1] = max(reach[n - 1, 1], walls[w, 1], walls[w, 3])
    return ends[:n], of, reach[:n]


@nb.njit
def _passed(x, y, head, ends, reach, slope, at, first):
    """Of each end: whether the row at y begins left of the ray from the head through it, and where it ends to be so."""
    hx, hy = head[0], head[1]
    low, high = min(y, hy), max(y, hy)
    for p in range(at.size):
        if reach[p, 0] > high or reach[p, 1] < low:
            continue
        c, k = ends[p, 1] - hy, (y - hy) * (ends[p, 0] - hx)
        first[p] = _left(x[0] - hx, c, k)
        at[p] = _flip(x, hx, c, k, hx + (y - hy) * slope[p], first[p])


@nb.njit(inline="always")
def _between(at_a, a, at_b, b, low, high):
    """The part of an interval whose rays from the head pass between the ends a and b of a wall.

    at_a, a : where the row passes the ray through the end, and whether it begins on its left side.
    """
    a, b, a_end, b_end = a ^ (low >= at_a), b ^ (low >= at_b), a ^ (high - 1 >= at_a), b ^ (high - 1 >= at_b)
    if a == a_end and b == b_end:
        return (low, high) if a != b else (low, low)
    at_a = high if a == a_end else at_a
    at_b = high if b == b_end else at_b
    if a == b:
        return min(at_a, at_b), max(at_a, at_b)
    return low, high if at_a == at_b else min(at_a, at_b)


@nb.njit
def _crossed(y, hy, left, walls, of, at, first, at_end, first_end, columns, hit):
    """Fills the walls between a head and pixels of the row at y, hit (n, 3) with the interval of each; their number."""
    bottom, top, n = min(y, hy), max(y, hy), 0
    for w in range(left.size):
        ay, by = walls[w, 1], walls[w, 3]
        if (ay > top and by > top) or (ay < bottom and by < bottom):
            continue
        low, high = (at[w], columns) if first[w] == left[w] else (0, at[w])
        if low >= high:
            continue
        a, b = of[w, 0], of[w, 1]
        low, high = _between(at_end[a], first_end[a], at_end[b], first_end[b], low, high)
        if low < high:
            hit[n, 0], hit[n, 1], hit[n, 2] = w, low, high
            n += 1
    return n


@nb.njit
def _oblique(x, y, head, wall, table, low, high, extra):
    """Adds the loss of a wall at the cosine of each ray's incidence, read between the nodes of its table."""
    ex, ey = wall[2] - wall[0], wall[3] - wall[1]
    length = math.sqrt(ex * ex + ey * ey)
    nx, ny, top = ey / length, -ex / length, table.size - 1
    dy = y - head[1]
    for i in range(low, high):
        dx = x[i] - head[0]
        u = top * abs(nx * dx + ny * dy) / math.sqrt(dx * dx + dy * dy + head[2])
        k = min(int(u), top - 1)
        extra[i] += table[k] + (u - k) * (table[k + 1] - table[k])


@nb.njit
def _through(steps, extra, most_db, share):
    """Share of power (n,) that the walls let through, and clears steps and extra."""
    total, last, m = 0.0, 0.0, 1.0
    for i in range(share.size):
        total += steps[i]
        loss = min(total + extra[i], most_db)
        if loss != last:
            m, last = math.exp(-NEPERS_PER_DB * loss), loss
        share[i] = m
        steps[i] = 0.0
        extra[i] = 0.0
    steps[share.size] = 0.0


@nb.njit(fastmath=FLAGS)
def _received(x, dy2, head, half_slope, share):
    """Turns shares into received power [mW] (n,); the slope 1 of free space needs no logarithm."""
    for i in range(share.size):
        dx = x[i] - head[0]
        square = max(dx * dx + dy2 + head[2], 1.0)
        if half_slope == 1.0:
            share[i] *= head[3] / square
        else:
            share[i] *= head[3] * math.exp(-half_slope * math.log(square))


@nb.njit(fastmath=FLAGS)
def _joined(power, h, best, second, others, who, runner):
    """Keeps the two strongest heads of each pixel and the sum of all but the strongest."""
    for i in range(power.size):
        p, b, s = power[i], best[i], second[i]
        first, next_ = p > b, p > s
        others[i] += b if first else p
        second[i] = b if first else (p if next_ else s)
        runner[i] = who[i] if first else (h if next_ else runner[i])
        best[i] = p if first else b
        who[i] = h if first else who[i]


@nb.njit
def _beside(heads, walls):
    """Whether each head (rows) stands on the left side of each wall (columns)."""
    left = np.empty((heads.shape[0], walls.shape[0]), np.bool_)
    for h in range(heads.shape[0]):
        for w in range(walls.shape[0]):
            rise, run = walls[w, 3] - walls[w, 1], walls[w, 2] - walls[w, 0]
            left[h, w] = _left(heads[h, 0] - walls[w, 0], rise, (heads[h, 1] - walls[w, 1]) * run)
    return left


@nb.njit
def _plan(x, y, heads, walls):
    """What all rows and heads share: `_sides`, `_beside` and `_corners`, and room for what one row meets."""
    m = walls.shape[0]
    at, first = np.empty((y.size, m), np.int64), np.empty((y.size, m), np.bool_)
    _sides(x, y, walls, at, first)
    ends, of, reach = _corners(walls)
    n = ends.shape[0]
    room = np.empty(n), np.empty(n, np.int64), np.empty(n, np.bool_), np.empty((m, 3), np.int64)
    return at, first, _beside(heads, walls), ends, of, reach, room


@nb.njit
def _slopes(head, ends, slope):
    """Of each end the way along x for one along y, from the head; only guesses are made of it."""
    for p in range(slope.size):
        dy = ends[p, 1] - head[1]
        slope[p] = (ends[p, 0] - head[0]) / dy if dy != 0.0 else 0.0


@nb.njit
def _added(x, y, head, walls, tables, hit, steps, extra):
    """Adds the losses of walls, as steps along the row at y or, where they depend on the angle, by pixel."""
    for j in range(hit.shape[0]):
        w, low, high = hit[j]
        if tables.shape[1] > 1:
            _oblique(x, y, head, walls[w], tables[w], low, high, extra)
        else:
            steps[low] += tables[w, 0]
            steps[high] -= tables[w, 0]


@nb.njit(nogil=True, cache=True)
def rows(
    x: F64, y: F64, heads: F64, walls: F64, tables: F64, half_slope: float, most_db: float,
    best: F64, second: F64, others: F64, who: I64, runner: I64
) -> None:  # fmt: skip
    """Fills strongest and second power [mW], sum of all but the strongest, and both heads (-1: none) (rows, columns).

    x, y : (columns,), (rows,) centres of pixels [m], x rising, two or more;  heads : (n, 4) x, y [m], square of the
    height over the UE [m2], power [mW] at 1 m;  walls : (m, 4) x0, y0, x1, y1 [m];  tables : (m, nodes) loss [dB] at
    equal steps of the cosine of incidence from 0 to 1, one node for any;  half_slope : power falls as the distance to
    the power of -2 half_slope;  most_db : the walls of one ray take at most this.
    """
    n = x.size
    steps, extra, share = np.zeros(n + 1), np.zeros(n), np.empty(n)
    at, first, left, ends, of, reach, room = _plan(x, y, heads, walls)
    slope, at_end, first_end, hit = room
    best[:, :], second[:, :], others[:, :], who[:, :], runner[:, :] = 0.0, 0.0, 0.0, -1, -1
    for h in range(heads.shape[0]):
        _slopes(heads[h], ends, slope)
        for r in range(y.size):
            _passed(x, y[r], heads[h], ends, reach, slope, at_end, first_end)
            k = _crossed(y[r], heads[h, 1], left[h], walls, of, at[r], first[r], at_end, first_end, n, hit)
            _added(x, y[r], heads[h], walls, tables, hit[:k], steps, extra)
            _through(steps, extra, most_db, share)
            _received(x, (y[r] - heads[h, 1]) ** 2, heads[h], half_slope, share)
            _joined(share, h, best[r], second[r], others[r], who[r], runner[r])


@nb.njit(nogil=True, cache=True)
def planes(
    x: F64, y: F64, heads: F64, power: F64, walls: F64, tables: F64, half_slope: F64, most_db: float, out: F32
) -> None:  # fmt: skip
    """Fills the power [mW] of each head at each pixel, out (carriers, heads, rows, columns), each crossing found once.

    power : (carriers, heads) in place of that of `heads`;  tables : (carriers, walls, nodes);  half_slope :
    (carriers,);  others as in `rows`.
    """
    n, carriers = x.size, tables.shape[0]
    steps, extra, share, head = np.zeros(n + 1), np.zeros(n), np.empty(n), np.empty(4)
    at, first, left, ends, of, reach, room = _plan(x, y, heads, walls)
    slope, at_end, first_end, hit = room
    for h in range(heads.shape[0]):
        head[:] = heads[h]
        _slopes(head, ends, slope)
        for r in range(y.size):
            _passed(x, y[r], head, ends, reach, slope, at_end, first_end)
            k = _crossed(y[r], head[1], left[h], walls, of, at[r], first[r], at_end, first_end, n, hit)
            for f in range(carriers):
                head[3] = power[f, h]
                _added(x, y[r], head, walls, tables[f], hit[:k], steps, extra)
                _through(steps, extra, most_db, share)
                _received(x, (y[r] - head[1]) ** 2, head, half_slope[f], share)
                for i in range(n):
                    out[f, h, r, i] = share[i]
