"""Kernels of the indoor maps: the planes of all heads joined by cell, and percentiles of every room."""

# ruff: noqa: ANN001, ANN202, PLR0917 - types and arguments of device code are those of Numba
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False
from __future__ import annotations

import numba as nb
import numpy as np

from setsail.base.arrays import F32, F64, I64

BLOCK = 256
"""Pixels worked on at once, so that the sums of all cells stay in the nearest memory."""


@nb.njit
def _one_head(plane, h, ports, uplink, add, power, full, gain, head, first, second):
    """Adds one head to the sums of its cell, and keeps the two strongest heads of each pixel."""
    for i in range(plane.size):
        p = plane[i]
        power[i] += p
        full[i] += p * ports
        g = p * uplink
        gain[i] = gain[i] + g if add else max(gain[i], g)
        stronger = p > first[i]
        second[i] = first[i] if stronger else max(second[i], p)
        head[i] = h if stronger else head[i]
        first[i] = p if stronger else first[i]


@nb.njit(nogil=True, cache=True)
def joined(
    planes: F32, cell: I64, ports: F64, uplink: F64, load: F64, noise: float, background: F32, add: bool,
    server: I64, head: I64, level: F32, second: F32, next_cell: F32, others: F32, sinr: F32, total: F32, path: F32
) -> None:  # fmt: skip
    """Fills what every pixel receives, of planes (heads, pixels) [mW] of one port of each head.

    cell : (heads,) of each head, below the length of load (cells,);  ports : (heads,);  uplink : (heads,) 1 / power of
    one resource element at the connector [1/mW];  noise : of one resource element [mW];  background : (pixels,)
    interference from elsewhere [mW];  add : uplink gains of a cell's heads add.
    The heads of a cell send the same signal, so their powers add and only other cells interfere.
    server, head : strongest cell and head;  level : power of that cell;  second : of the strongest other head;
    next_cell : of the strongest other cell;  others : of all other cells;  sinr : of one port;  total : of all ports;
    path : uplink gain.
    """
    heads, pixels = planes.shape
    cells = load.size
    power, full, gain = np.empty((cells, BLOCK)), np.empty((cells, BLOCK)), np.empty((cells, BLOCK))
    for start in range(0, pixels, BLOCK):
        n = min(BLOCK, pixels - start)
        power[:, :] = 0.0
        full[:, :] = 0.0
        gain[:, :] = 0.0
        for i in range(n):
            head[start + i], level[start + i], second[start + i] = -1, 0.0, 0.0
        for h in range(heads):
            c, end = cell[h], start + n
            _one_head(
                planes[h, start:end], h, ports[h], uplink[h], add, power[c], full[c], gain[c], head[start:end],
                level[start:end], second[start:end],
            )  # fmt: skip
        for i in range(n):
            at, best = start + i, -1
            for c in range(cells):
                if power[c, i] > 0.0 and (best < 0 or power[c, i] > power[best, i]):
                    best = c
            top, rest, loaded, loaded_full = 0.0, 0.0, 0.0, 0.0
            for c in range(cells):
                if c != best:
                    top = max(top, power[c, i])
                    rest += power[c, i]
                    loaded += load[c] * power[c, i]
                    loaded_full += load[c] * full[c, i]
            server[at], next_cell[at], others[at] = best, top, rest
            level[at], path[at], sinr[at], total[at] = 0.0, 0.0, 0.0, 0.0
            if best >= 0:
                level[at], path[at] = power[best, i], gain[best, i]
                sinr[at] = power[best, i] / (loaded + background[at] + noise)
                total[at] = full[best, i] / (loaded_full + background[at] + noise)


@nb.njit(nogil=True, cache=True)
def quantiles(values: F32, order: I64, first: I64, shares: F64, out: F64) -> None:
    """Fills out (rooms, shares) with quantiles of values (pixels,), linear between ranks; NaN for no pixel.

    order : pixels room by room;  first : (rooms + 1,) where each begins.
    """
    for r in range(first.size - 1):
        n = first[r + 1] - first[r]
        if n == 0:
            out[r, :] = np.nan
            continue
        part = np.sort(values[order[first[r] : first[r + 1]]])
        for k in range(shares.size):
            at = shares[k] * (n - 1)
            low = min(int(at), n - 2) if n > 1 else 0
            high = min(low + 1, n - 1)
            out[r, k] = part[low] + (at - low) * (part[high] - part[low]) if part[low] != part[high] else part[low]


@nb.njit(nogil=True, cache=True)
def shares(values: F32, least: F64, order: I64, first: I64, out: F64) -> None:
    """Fills out (rooms,) with the share of pixels whose value is at least `least` (rooms,); NaN for no pixel."""
    for r in range(first.size - 1):
        n, held = first[r + 1] - first[r], 0
        for k in range(first[r], first[r + 1]):
            held += values[order[k]] >= least[r]
        out[r] = held / n if n else np.nan
