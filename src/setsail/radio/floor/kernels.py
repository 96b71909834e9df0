"""The floor kernel: all heads on the pixels of some rows, behind the walls that each ray crosses.

What a wall hides from a head is convex, so along a row of pixels it is one interval: its ends are found per row, head
and wall, and the loss of all walls follows from one running sum. The ends are found with the very sign tests that the
twin makes at each pixel (no division decides), so both agree on every crossing. Numba is needed.
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


@nb.njit
def _flip(x, x0, c, k, low, high, first):
    """Least index of (low, high) from which `_left` is not `first`; it is so at high - 1."""
    step = x[1] - x[0]
    guess = math.floor(min(max((k / c + x0 - x[0]) / step, float(low)), float(high - 1)))
    i = min(max(guess, low + 1), high - 1)
    while i < high - 1 and _left(x[i] - x0, c, k) == first:
        i += 1
    while i > low + 1 and _left(x[i - 1] - x0, c, k) != first:
        i -= 1
    return i


@nb.njit
def _sides(x, y, walls, at, first):
    """Of each wall: whether the row at y begins on its left side, and the index from which it is on the other."""
    n = x.size
    for w in range(at.size):
        ax, ay = walls[w, 0], walls[w, 1]
        c, k = walls[w, 3] - ay, (y - ay) * (walls[w, 2] - ax)
        first[w] = _left(x[0] - ax, c, k)
        at[w] = n if _left(x[n - 1] - ax, c, k) == first[w] else _flip(x, ax, c, k, 0, n, first[w])


@nb.njit
def _hidden(x, y, hx, hy, wall, low, high):
    """The interval of the row at y whose rays from the head pass between the ends of a wall."""
    ca, ka = wall[1] - hy, (y - hy) * (wall[0] - hx)
    cb, kb = wall[3] - hy, (y - hy) * (wall[2] - hx)
    near, far = x[low] - hx, x[high - 1] - hx
    a, b = _left(near, ca, ka), _left(near, cb, kb)
    a_end, b_end = _left(far, ca, ka), _left(far, cb, kb)
    if a == a_end and b == b_end:
        return (low, high) if a != b else (low, low)
    at_a = high if a == a_end else _flip(x, hx, ca, ka, low, high, a)
    at_b = high if b == b_end else _flip(x, hx, cb, kb, low, high, b)
    if a == b:
        return min(at_a, at_b), max(at_a, at_b)
    return low, high if at_a == at_b else min(at_a, at_b)


@nb.njit
def _behind(x, y, head, wall, at, after):
    """The interval of the row at y that a wall hides from a head, empty where low >= high.

    at : where the line of the wall cuts the row;  after : the hidden side is the one of higher x.
    """
    hy = head[1]
    if (wall[1] > hy and wall[3] > hy and y <= hy) or (wall[1] < hy and wall[3] < hy and y >= hy):
        return 0, 0
    low, high = (at, x.size) if after else (0, at)
    if low >= high:
        return 0, 0
    return _hidden(x, y, head[0], hy, wall, low, high)


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
def _crossed(x, y, head, left, walls, tables, at, first, steps, extra):
    """Adds the losses of the walls between a head and the row at y, as steps along it and by pixel."""
    for w in range(at.size):
        low, high = _behind(x, y, head, walls[w], at[w], first[w] == left[w])
        if low >= high:
            continue
        if tables.shape[1] > 1:
            _oblique(x, y, head, walls[w], tables[w], low, high, extra)
        else:
            steps[low] += tables[w, 0]
            steps[high] -= tables[w, 0]


@nb.njit(nogil=True)
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
    n, m = x.size, walls.shape[0]
    steps, extra, share = np.zeros(n + 1), np.zeros(n), np.empty(n)
    at, first, left = np.empty(m, np.int64), np.empty(m, np.bool_), _beside(heads, walls)
    for r in range(y.size):
        best[r, :], second[r, :], others[r, :], who[r, :], runner[r, :] = 0.0, 0.0, 0.0, -1, -1
        _sides(x, y[r], walls, at, first)
        for h in range(heads.shape[0]):
            _crossed(x, y[r], heads[h], left[h], walls, tables, at, first, steps, extra)
            _through(steps, extra, most_db, share)
            _received(x, (y[r] - heads[h, 1]) ** 2, heads[h], half_slope, share)
            _joined(share, h, best[r], second[r], others[r], who[r], runner[r])


@nb.njit(nogil=True, cache=True)
def planes(x: F64, y: F64, heads: F64, walls: F64, tables: F64, half_slope: float, most_db: float, out: F32) -> None:
    """Fills the power [mW] of each head at each pixel, out (heads, rows, columns); arguments as in `rows`."""
    n, m = x.size, walls.shape[0]
    steps, extra, share = np.zeros(n + 1), np.zeros(n), np.empty(n)
    at, first, left = np.empty(m, np.int64), np.empty(m, np.bool_), _beside(heads, walls)
    for r in range(y.size):
        _sides(x, y[r], walls, at, first)
        for h in range(heads.shape[0]):
            _crossed(x, y[r], heads[h], left[h], walls, tables, at, first, steps, extra)
            _through(steps, extra, most_db, share)
            _received(x, (y[r] - heads[h, 1]) ** 2, heads[h], half_slope, share)
            for i in range(n):
                out[h, r, i] = share[i]


@nb.njit
def _crossed_by_all(x, y, head, left, walls, losses, at, first, steps):
    """As `_crossed` for several carriers at once: losses (carriers, walls), steps (carriers, n + 1)."""
    for w in range(at.size):
        low, high = _behind(x, y, head, walls[w], at[w], first[w] == left[w])
        if low < high:
            for f in range(losses.shape[0]):
                steps[f, low] += losses[f, w]
                steps[f, high] -= losses[f, w]


@nb.njit(nogil=True, cache=True)
def carrier_planes(
    x: F64, y: F64, heads: F64, power: F64, walls: F64, losses: F64, half_slope: F64, most_db: float, out: F32
) -> None:  # fmt: skip
    """Fills what `planes` fills for several carriers, out (carriers, heads, rows, columns), each crossing found once.

    power : (carriers, heads) in place of that of `heads`;  losses : (carriers, walls);  half_slope : (carriers,).
    """
    n, m, carriers = x.size, walls.shape[0], losses.shape[0]
    steps, extra, share = np.zeros((carriers, n + 1)), np.zeros(n), np.empty(n)
    at, first, left, head = np.empty(m, np.int64), np.empty(m, np.bool_), _beside(heads, walls), np.empty(4)
    for r in range(y.size):
        _sides(x, y[r], walls, at, first)
        for h in range(heads.shape[0]):
            head[:] = heads[h]
            _crossed_by_all(x, y[r], head, left[h], walls, losses, at, first, steps)
            for f in range(carriers):
                head[3] = power[f, h]
                _through(steps[f], extra, most_db, share)
                _received(x, (y[r] - head[1]) ** 2, head, half_slope[f], share)
                for i in range(n):
                    out[f, h, r, i] = share[i]
